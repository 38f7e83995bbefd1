"""First pages of tags whose works lie together in time visit some hundred rows, wherever in the list they lie."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.http import QueryDict
from pytest_django import DjangoDbBlocker

from catalog import counting
from content.listings import ContentListing
from content.models import ContentItem
from genonaut.pagination import totals, windows
from genonaut.pagination.anchors.scheduler import SCHEDULER, State
from tests.plans.conftest import clean
from tests.plans.test_first_pages import LEAST_WINDOWED, MOST_COUNT_COST, MOST_SCANNED, MOST_VISITED, visited
from tests.statements import statements_run

ROWS = 6_000
# Where the rows of each tag begin, among 100,000 from the newest on.
TAGS = {"newest rows": 0, "middle rows": 52_000, "oldest rows": 94_000}
TAG = """
    UPDATE content_contentitem SET tags = tags || ARRAY[%s] WHERE id IN (
        SELECT id FROM content_contentitem ORDER BY created_at DESC, id DESC OFFSET %s LIMIT %s)
"""
# What a page's windows take, halves and halves of halves among them.
MOST_STATEMENTS = 60


@pytest.fixture(scope="module")
def cleaned(rows: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Leave the table as it was, once `lasting_rows` are rolled back."""
    yield
    with django_db_blocker.unblock():
        clean(ContentItem._meta.db_table)


@pytest.fixture(scope="module")
def tagged(rows: None, cleaned: None, lasting_rows: None) -> None:
    """Give neighbouring works tags of their own."""
    with connection.cursor() as cursor:
        for tag, first in TAGS.items():
            cursor.execute(TAG, [tag, first, ROWS])
        cursor.execute(f"ANALYZE {ContentItem._meta.db_table}")
    counting.compact()


@pytest.fixture(autouse=True)
def cold(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing be anchored, and a table of 100,000 rows be large."""
    monkeypatch.setattr(totals, "MOST_COUNT_COST", MOST_COUNT_COST)
    # More matches than these are not collected for a page.
    monkeypatch.setattr(totals, "LARGE_COUNT_BUDGET", 100)
    monkeypatch.setattr(windows, "MOST_SCANNED", MOST_SCANNED)
    monkeypatch.setattr(windows, "LEAST_WINDOWED", LEAST_WINDOWED)
    monkeypatch.setattr(SCHEDULER, "begin", lambda *_arguments, **_options: State.PUT_OFF)


@pytest.mark.parametrize("order", ["desc", "asc"])
@pytest.mark.parametrize("filters", ["", "&content_type=video"])
@pytest.mark.parametrize("tag", TAGS)
def test_a_first_page_visits_few_rows(tagged: None, db: None, tag: str, filters: str, order: str) -> None:
    listing = ContentListing(AnonymousUser(), QueryDict(f"tag={tag}{filters}&order={order}"))
    with statements_run() as statements:
        page = listing.page()
    sign = "-" if order == "desc" else ""
    works = ContentItem.objects.shown_to(AnonymousUser()).filter(
        tags__contains=[tag], **dict(QueryDict(filters).items())
    )
    assert [item.pk for item in page.items] == list(
        works.order_by(f"{sign}created_at", f"{sign}pk").values_list("pk", flat=True)[:50]
    )
    assert len(statements) < MOST_STATEMENTS
    for sql in statements:
        # What ranks a row is guarded by test_rankings_at_scale.py.
        if '"content_contentitem"' in sql and "ranking_node" not in sql and not sql.startswith("EXPLAIN"):
            assert visited(sql) <= MOST_VISITED, sql
