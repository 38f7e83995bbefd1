"""First pages of filtered lists, before anything is anchored, visit some hundred rows of 100,000, not all matches."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import F, Q
from django.http import QueryDict
from pytest_django import DjangoDbBlocker

from content.listings import ContentListing
from content.models import ContentItem
from genonaut.pagination import totals, windows
from genonaut.pagination.anchors.scheduler import SCHEDULER, State
from tests.plans.test_plan_guard import explain
from tests.processes import wait_until_nobody_reads
from tests.statements import statements_run
from users.models import User

# Below the size of the table by as much as the real ones are below 10 million.
MOST_COUNT_COST, MOST_SCANNED, LEAST_WINDOWED = 200, 500, 100
# What is visited of the table by one statement: matches that are counted, or a window that is walked.
MOST_VISITED = 1_500
# Filters of each density, with what the rows they keep are.
DENSITIES = {
    "q=harbour": Q(title__startswith="Harbour"),  # a quarter
    "tag=common": Q(tags__contains=["common"]),  # a fifth
    "tag=some": Q(tags__contains=["some"]),  # 1.6 in a hundred
    "q=zeppelin": Q(title__endswith="zeppelin"),  # four rows
    "q=harbour&tag=common": Q(title__startswith="Harbour", tags__contains=["common"]),
    "q=mountain&tag=some": Q(title__startswith="Mountain", tags__contains=["some"]),
    "q=harbour&content_type=video": Q(title__startswith="Harbour", content_type="video"),
    "tag=some&content_type=video": Q(tags__contains=["some"], content_type="video"),
    "tag=common&min_quality=0.5": Q(tags__contains=["common"], quality_score__gte=0.5),
    "tag=some&created_after=2021-01-02T00:00Z": Q(tags__contains=["some"], created_at__gte="2021-01-02T00:00Z"),
    "q=user-77": Q(creator__username="user-77"),
}
ORDERS = {
    "created_at": [F("created_at").desc(), F("pk").desc()],
    "quality_score": [F("quality_score").desc(nulls_last=True), F("created_at").desc(), F("pk").desc()],
    "likes": [F("likes").desc(), F("created_at").desc(), F("pk").desc()],
}


@pytest.fixture(scope="module", autouse=True)
def vacuumed(rows: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Mark pages as visible again that other tests wrote to and took back: an index alone then answers for them."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        wait_until_nobody_reads()
        cursor.execute(f"VACUUM (INDEX_CLEANUP ON) {ContentItem._meta.db_table}")


@pytest.fixture(autouse=True)
def cold(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing be anchored, and a table of 100,000 rows be large."""
    monkeypatch.setattr(totals, "MOST_COUNT_COST", MOST_COUNT_COST)
    monkeypatch.setattr(windows, "MOST_SCANNED", MOST_SCANNED)
    monkeypatch.setattr(windows, "LEAST_WINDOWED", LEAST_WINDOWED)
    monkeypatch.setattr(SCHEDULER, "begin", lambda *_arguments, **_options: State.PUT_OFF)


@pytest.mark.parametrize("sort", ORDERS)
@pytest.mark.parametrize("filters", DENSITIES)
@pytest.mark.parametrize("viewer", ["anonymous", "user-1"])
def test_a_first_page_visits_few_rows(rows: None, db: None, viewer: str, filters: str, sort: str) -> None:
    user = AnonymousUser() if viewer == "anonymous" else User.objects.get(username=viewer)
    listing = ContentListing(user, QueryDict(f"{filters}&sort={sort}"))
    with statements_run() as statements:
        page = listing.page()
    found = ContentItem.objects.shown_to(user).filter(DENSITIES[filters]).order_by(*ORDERS[sort])[:50]
    assert [item.pk for item in page.items] == list(found.values_list("pk", flat=True))
    for sql in statements:
        # What ranks a row is guarded by test_rankings_at_scale.py.
        if '"content_contentitem"' in sql and "ranking_node" not in sql and not sql.startswith("EXPLAIN"):
            assert visited(sql) <= MOST_VISITED, sql


@pytest.mark.parametrize("sort", ORDERS)
def test_a_window_of_frequent_matches_is_scanned_whatever_another_index_seems_to_cost(
    rows: None, db: None, monkeypatch: pytest.MonkeyPatch, sort: str
) -> None:
    monkeypatch.setattr(windows, "MOST_SCANNED", 20_000)
    listing = ContentListing(AnonymousUser(), QueryDict(f"q=harbour&tag=common&sort={sort}"))
    with statements_run() as statements:
        listing.page()
    scans = [sql for sql in statements if "ts_match_vq" in sql and "LIMIT" in sql]
    assert scans
    for sql in scans:
        assert {node["Node Type"] for node in explain(sql)} <= {"Limit", "Index Scan", "Index Only Scan"}, sql


def visited(sql: str) -> float:
    """Return how many rows a statement visits in tables, those that a filter drops among them.

    Not entries of an index alone: 100,000 of them take some 15 ms.
    """
    return sum(
        node["Heap Fetches"]
        if node["Node Type"] == "Index Only Scan"
        else (
            node["Actual Rows"] + node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
        )
        * node["Actual Loops"]
        for node in explain(sql)
        if "Relation Name" in node
    )
