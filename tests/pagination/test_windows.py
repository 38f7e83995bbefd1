"""Pages of long filtered lists before anything is anchored: from windows of the sort's index, the same rows as ever.

The sizes are lowered, so that a few dozen rows are a long list.
"""

import re
from collections.abc import Callable
from random import Random

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from content.models import ContentItem
from genonaut.large_admin import LargeTableAdmin
from genonaut.pagination import totals, windows
from genonaut.pagination.anchors.scheduler import SCHEDULER, State
from genonaut.pagination.scan_union import Estimate, ScanUnion
from genonaut.pagination.windows import Windows
from genonaut.ranking import RankingState
from tests.factories import ContentItemFactory
from tests.pagination.test_anchored import expected, fill
from tests.pagination.walks import cursor_url, cursor_walk, flat, ids, pages, read
from users.models import User

CONTENT = "/api/v1/content/"
FILTERS = ["tag=sea", "q=harbour", "tag=sea&q=harbour", "content_type=image&tag=sea"]
SORTS = [("created_at", "desc"), ("created_at", "asc"), ("quality_score", "desc"), ("quality_score", "asc")]


@pytest.fixture(autouse=True)
def small_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Estimate every filtered list, and look for it in windows of a few rows; nothing is ever anchored."""
    monkeypatch.setattr(totals, "MOST_COUNT_COST", -1)
    monkeypatch.setattr(windows, "LEAST_WINDOWED", 0)
    monkeypatch.setattr(windows, "SPARE_SHARE", 1)
    monkeypatch.setattr(windows, "SPARE_ROWS", 0)
    monkeypatch.setattr(windows, "WIDER", 2)
    monkeypatch.setattr(windows, "MOST_SCANNED", 9)
    monkeypatch.setattr(SCHEDULER, "begin", lambda *_arguments, **_options: State.PUT_OFF)


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each page that was looked for in windows was there."""
    found = []

    def noting(look: Callable[..., object]) -> Callable[..., object]:
        def noted(*arguments: object, **options: object) -> object:
            keys = look(*arguments, **options)
            found.append(keys is not None)
            return keys

        return noted

    for name in ("at_offset", "from_bound"):
        monkeypatch.setattr(Windows, name, noting(getattr(Windows, name)))
    return found


def assert_walks(api: APIClient, url: str, rows: list[int]) -> None:
    """Assert that pages by number, and by cursor both ways, give these rows."""
    numbered = [ids(read(api, f"{url}&page={number}")) for number in range(1, -(-len(rows) // 5) + 1)]
    assert flat(numbered) == rows
    there = cursor_walk(api, url)
    assert flat([ids(page) for page in there]) == rows
    back = list(pages(api, cursor_url(url, there[-1], "prev_cursor"), "prev"))
    assert flat([ids(page) for page in back[::-1]]) == rows[: 5 * (len(there) - 1)]
    last = ids(read(api, there[0]["links"]["last"]))  # the rest, if its number is known
    assert last in (rows[-5:], rows[-(len(rows) % 5 or 5) :])


@pytest.mark.parametrize("filters", FILTERS)
@pytest.mark.parametrize(("sort", "order"), SORTS)
def test_every_page_is_that_of_a_plain_query(
    api: APIClient, alice: User, found: list[bool], filters: str, sort: str, order: str
) -> None:
    fill(alice, 90)
    analyze()
    url = f"{CONTENT}?{filters}&sort={sort}&order={order}&page_size=5"
    assert_walks(api, url, expected(AnonymousUser(), filters, sort, order))
    assert any(found)  # and False: the last page lies in no window short of the end


def test_a_viewers_own_private_rows_are_in_the_windows(
    client_of: Callable[[User | None], APIClient], alice: User, bob: User, found: list[bool]
) -> None:
    fill(alice, 60)
    fill(bob, 60, seed=2)
    analyze()
    rows = expected(alice, "tag=sea")
    assert_walks(client_of(alice), f"{CONTENT}?tag=sea&page_size=5", rows)
    assert any(found)


@pytest.mark.parametrize("at", ["newest", "oldest", "middle"])
def test_matches_that_lie_together_are_found_wherever_they_are(
    api: APIClient, db: None, found: list[bool], at: str
) -> None:
    first = {"newest": 110, "oldest": 0, "middle": 60}[at]
    made = ContentItem.objects.bulk_create(
        ContentItemFactory.build(creator=None, tags=["sea"] if first <= number < first + 12 else [])
        for number in range(122)
    )
    analyze()
    rows = [item.pk for item in reversed(made) if item.tags]
    assert_walks(api, f"{CONTENT}?tag=sea&page_size=5", rows)
    assert_walks(api, f"{CONTENT}?tag=sea&page_size=5&order=asc", rows[::-1])


@pytest.mark.parametrize("believed", [1, 10**9])
def test_a_wrong_estimate_costs_time_and_no_row(
    api: APIClient, alice: User, monkeypatch: pytest.MonkeyPatch, believed: int
) -> None:
    fill(alice, 70)
    monkeypatch.setattr(ScanUnion, "estimate", lambda _self: Estimate(believed, 10**9))
    assert_walks(api, f"{CONTENT}?tag=sea&page_size=5", expected(AnonymousUser(), "tag=sea"))


def test_dates_that_bound_the_sort_bound_its_windows(api: APIClient, alice: User, found: list[bool]) -> None:
    fill(alice, 90)
    analyze()
    times = sorted(ContentItem.objects.filter(is_private=False).values_list("created_at", flat=True))
    after, before = times[20], times[60]
    inside = ContentItem.objects.filter(created_at__gte=after, created_at__lt=before).values_list("pk", flat=True)
    rows = [pk for pk in expected(AnonymousUser(), "tag=sea") if pk in set(inside)]
    moments = "&".join(
        f"{name}={moment.isoformat().replace('+', '%2B')}"
        for name, moment in (("created_after", after), ("created_before", before))
    )
    assert_walks(api, f"{CONTENT}?tag=sea&{moments}&page_size=5", rows)
    assert_walks(api, f"{CONTENT}?tag=sea&{moments}&page_size=5&order=asc", rows[::-1])
    assert any(found)


def test_a_window_of_the_other_sort_serves_dates(api: APIClient, alice: User, found: list[bool]) -> None:
    fill(alice, 90)
    after = sorted(ContentItem.objects.values_list("created_at", flat=True))[10]
    public = ContentItem.objects.filter(is_private=False, created_at__gte=after)
    rows = list(
        public.order_by(F("quality_score").desc(nulls_last=True), "-created_at", "-pk").values_list("pk", flat=True)
    )
    moment = after.isoformat().replace("+", "%2B")
    assert_walks(api, f"{CONTENT}?created_after={moment}&sort=quality_score&page_size=5", rows)
    assert any(found)


@pytest.mark.parametrize("query", ["q=harbour", "q=harbour&o=-6", "q=harbour&source__exact=user"])
def test_the_admins_search_reads_windows_too(
    admin_client: Client, alice: User, monkeypatch: pytest.MonkeyPatch, found: list[bool], query: str
) -> None:
    monkeypatch.setattr(LargeTableAdmin, "list_per_page", 5)
    fill(alice, 90)
    analyze()
    best = F("quality_score").desc(nulls_last=True)
    order = [best, "-created_at", "-pk"] if "o=" in query else ["-created_at", "-pk"]
    titled = ContentItem.objects.filter(title__contains="harbour").order_by(*order)
    rows = titled.filter(source="user") if "source" in query else titled
    shown = [
        str(pk)
        for page in range(1, -(-rows.count() // 5) + 1)
        for pk in re.findall(r'name="_selected_action" value="(\d+)"', changelist(admin_client, f"{query}&p={page}"))
    ]
    assert shown == [str(pk) for pk in rows.values_list("pk", flat=True)]
    assert any(found)


def changelist(client: Client, query: str) -> str:
    return client.get(f"/admin/content/contentitem/?{query}").content.decode()


def test_without_rankings_the_list_is_read_as_it_can_be(api: APIClient, alice: User, found: list[bool]) -> None:
    fill(alice, 40)
    analyze()
    rows = expected(AnonymousUser(), "tag=sea")
    RankingState.objects.all().delete()
    assert flat([ids(page) for page in cursor_walk(api, f"{CONTENT}?tag=sea&page_size=5")]) == rows
    assert not any(found)


def test_no_rows_need_no_window(api: APIClient, db: None) -> None:
    assert ids(read(api, f"{CONTENT}?tag=sea")) == []
    ContentItemFactory(is_private=True)
    assert ids(read(api, f"{CONTENT}?tag=sea")) == []


def test_a_first_page_reads_a_window_and_not_all_matches(api: APIClient, db: None) -> None:
    random = Random(3)
    ContentItem.objects.bulk_create(
        ContentItemFactory.build(creator=None, tags=["sea"] if random.random() < 0.5 else []) for _ in range(3_000)
    )
    analyze()
    with CaptureQueriesContext(connection) as queries:
        assert len(ids(read(api, f"{CONTENT}?tag=sea&page_size=5"))) == 5
    filtered = [query["sql"] for query in queries if "search_words" in query["sql"]]
    windowed = [sql for sql in filtered if "EXPLAIN" not in sql]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {windowed[0]}")
        assert rows_visited(cursor.fetchone()[0][0]["Plan"]) < 100


def rows_visited(plan: dict) -> int:
    """Return how many rows of tables a plan read, those that a filter removed among them."""
    own = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0) if "Relation Name" in plan else 0
    return own + sum(rows_visited(part) for part in plan.get("Plans", []))


def analyze() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE content_contentitem")
