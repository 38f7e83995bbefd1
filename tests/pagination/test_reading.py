"""How a page's items are read: as model instances, or by whatever reader a caller hands over."""

from collections.abc import Sequence

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import QueryDict

from content.listings import ContentListing
from content.models import ContentItem
from genonaut.pagination.list_rows import ListRows
from tests.factories import ContentItemFactory


def titles(rows: ListRows, pks: Sequence[int]) -> dict[int, str]:
    """Read the titles alone."""
    return dict(rows.visible.filter(pk__in=pks).values_list("pk", "title"))


def test_a_page_holds_what_its_reader_makes_of_the_rows_in_the_list_s_order(db: None) -> None:
    made = [item.title for item in ContentItemFactory.create_batch(5)]
    page = ContentListing(AnonymousUser(), QueryDict("page_size=3"), read=titles).page()
    assert page.items == made[:1:-1]


@pytest.mark.parametrize("allow_ranking", [True, False])
def test_a_reader_meets_no_row_that_was_hidden_since_its_key_was_read(db: None, allow_ranking: bool) -> None:
    hidden, shown = ContentItemFactory.create_batch(2)

    def hide_and_read(rows: ListRows, pks: Sequence[int]) -> dict[int, str]:
        assert sorted(pks) == [hidden.pk, shown.pk]
        ContentItem.objects.filter(pk=hidden.pk).update(is_private=True)
        return titles(rows, pks)

    listing = ContentListing(AnonymousUser(), QueryDict(), read=hide_and_read, allow_ranking=allow_ranking)
    assert listing.page().items == [shown.title]
