"""Conditions that are applied to each row keep the same rows, whatever they are joined and negated with."""

import pytest
from django.db.models import Q

from content.models import ContentItem
from genonaut.pagination.row_by_row import row_by_row
from tests.factories import ContentItemFactory

HARBOUR, TAGGED = Q(search_words__finds="'harbour'"), Q(search_words__tagged=["Sea"])


@pytest.mark.parametrize(
    "condition",
    [HARBOUR, ~HARBOUR, HARBOUR & ~TAGGED, ~(HARBOUR & TAGGED), HARBOUR | TAGGED, ~HARBOUR | Q(title="night")],
)
def test_rows_are_the_same_and_no_index_answers(db: None, condition: Q) -> None:
    for title, tags in [("harbour", ["sea"]), ("harbour", []), ("night", ["sea"]), ("night", [])]:
        ContentItemFactory(title=title, tags=tags)
    works = ContentItem.objects.filter(condition).order_by("pk")
    by_row = row_by_row(works)
    assert list(by_row) == list(works)
    assert 0 < works.count() < 4
    assert "ts_match_vq" in str(by_row.query)
    assert "@@" not in str(by_row.query)
    assert "ts_match_vq" not in str(works.query)
