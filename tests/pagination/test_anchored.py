"""Anchored lists: every page is that of OFFSET and every total that of COUNT, at any depth, whoever writes meanwhile.

The budgets are lowered, so that a few dozen rows are a long list. In a test's transaction anchors are taken at once.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from random import Random
from time import monotonic, sleep
from typing import Any

import psycopg
import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils import timezone
from rest_framework.test import APIClient

from content.indexes import QUALITY_KEY
from content.listings import ContentListing
from content.models import ContentItem
from genonaut import flags
from genonaut.pagination import plain, totals
from genonaut.pagination.anchors import build_sql, building, scheduler, store
from genonaut.pagination.anchors.anchored_list import AnchoredList
from genonaut.pagination.anchors.building import build
from genonaut.pagination.anchors.scheduler import Scheduler, State, Turn
from genonaut.pagination.anchors.store import find
from genonaut.pagination.models import StoredCursor
from genonaut.ranking import RankingState, rebuild
from media.models import GenerationData
from tests.factories import ContentItemFactory, GenerationDataFactory, InteractionFactory, UserFactory
from tests.pagination.walks import cursor_url, cursor_walk, flat, ids, pages, read, walk
from tests.processes import database_url
from tests.ranking.items import random_item
from users.models import User

CONTENT = "/api/v1/content/"
SPACING, BUDGET, LARGE_BUDGET, MAX_OFFSET = 7, 10, 15, 20
ORDERS = ["desc", "asc"]
# An index gives the first two in order; the others are collected.
FILTERS = ["creator=alice", "creator=alice&content_type=image", "tag=sea", "q=harbour", "creator=alice&tag=sea"]
TIMEOUT_SECONDS = 300


@pytest.fixture(autouse=True)
def small_budgets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make 10 rows many, 15 too many to count, 20 too many to number, and every 7th or 5th an anchor."""
    monkeypatch.setattr(totals, "COUNT_BUDGET", BUDGET)
    monkeypatch.setattr(totals, "LARGE_COUNT_BUDGET", LARGE_BUDGET)
    monkeypatch.setattr(plain, "MAX_OFFSET", MAX_OFFSET)
    monkeypatch.setattr(build_sql, "SPACING", SPACING)
    monkeypatch.setattr(build_sql, "COLLECTED_SPACING", SPACING - 2)
    monkeypatch.setattr(scheduler, "RENEWAL_FACTOR", 0)
    start_scheduler(monkeypatch)


def start_scheduler(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no list have been asked for, and no build have failed."""
    monkeypatch.setattr(scheduler, "SCHEDULER", Scheduler())


@pytest.fixture
def lasting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep anchors that are out of date."""
    monkeypatch.setattr(scheduler, "RENEWAL_FACTOR", 10**9)


def fill(owner: User, number: int, *, seed: int = 1) -> None:
    """Make random items of the owner's; one in four is private, half of them are tagged and half can be searched."""
    random = Random(seed)
    made = [random_item(random, ContentItem, creator=owner) for _ in range(number)]
    for item in made:
        item.tags = ["sea"] if random.random() < 0.7 else []
        item.title = "A harbour" if random.random() < 0.7 else "A hill"
    ContentItem.objects.bulk_create(made)


def expected(viewer: User | AnonymousUser, filters: str, sort: str = "created_at", order: str = "desc") -> list[int]:
    """Return the ids of a list, as one plain query gives them."""
    rows: QuerySet = ContentItem.objects.visible_to(viewer)
    for name, value in QueryDict(filters).items():
        narrowed = {
            "creator": Q(creator__username=value),
            "content_type": Q(content_type=value),
            "tag": Q(tags__contains=[value]),
            "q": Q(title__contains=value),
        }
        rows = rows.filter(narrowed[name])
    keys = [QUALITY_KEY] if sort == "quality_score" else []
    rows = rows.order_by(*keys, "created_at", "id").values_list("id", flat=True)
    return list(rows)[:: 1 if order == "asc" else -1]


def pagination(page: dict[str, Any], *names: str) -> tuple:
    """Return some values of a page's `pagination`."""
    return tuple(page["pagination"][name] for name in names)


TOTAL = ("total_count", "total_count_kind", "total_pages")
POSITIONS = ("first_position", "last_position")


def assert_whole(api: APIClient, url: str, rows: list[int], size: int) -> None:
    """Assert that every page of a list, by number and by cursor both ways, is right in all that it says."""
    last = -(-len(rows) // size)
    url = f"{url}&page_size={size}"
    read(api, url)
    for number in range(1, last + 1):
        page = read(api, f"{url}&page={number}")
        part = rows[(number - 1) * size : number * size]
        assert ids(page) == part, number
        assert pagination(page, *TOTAL) == (len(rows), "exact", last)
        assert pagination(page, *POSITIONS) == ((number - 1) * size + 1, (number - 1) * size + len(part))
        assert pagination(page, "has_next", "has_previous") == (number < last, number > 1)
        assert pagination(page, "next_page") == (number + 1 if number < last else None,)
    there = cursor_walk(api, url)
    assert flat([ids(page) for page in there]) == rows
    assert [pagination(page, "page", *POSITIONS) for page in there] == [
        (number + 1, number * size + 1, min((number + 1) * size, len(rows))) for number in range(last)
    ]
    back = list(pages(api, cursor_url(url, there[-1], "prev_cursor"), "prev"))
    assert flat([ids(page) for page in back[::-1]]) == rows[: size * (last - 1)]
    assert [pagination(page, "page") for page in back] == [(number,) for number in range(last - 1, 0, -1)]


@pytest.mark.parametrize(
    ("sort", "order", "size"),
    [("created_at", "desc", 5), ("created_at", "asc", 9), ("quality_score", "desc", 9), ("quality_score", "asc", 5)],
)
@pytest.mark.parametrize("filters", FILTERS)
def test_every_page_is_that_of_offset_and_every_total_that_of_count(
    api: APIClient, alice: User, filters: str, sort: str, order: str, size: int
) -> None:
    fill(alice, 70)
    rows = expected(AnonymousUser(), filters, sort, order)
    assert_whole(api, f"{CONTENT}?{filters}&sort={sort}&order={order}", rows, size)
    assert StoredCursor.objects.count() == 1


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("filters", ["creator=alice", "tag=sea"])
def test_lists_that_end_near_an_anchor_are_read_to_their_ends(
    api: APIClient, alice: User, filters: str, order: str
) -> None:
    ContentItemFactory.create_batch(3 * SPACING - 1, creator=alice, tags=["sea"])
    for _ in range(SPACING + 1):
        ContentItemFactory(creator=alice, tags=["sea"])
        assert_whole(
            api, f"{CONTENT}?{filters}&order={order}", expected(AnonymousUser(), filters, order=order), SPACING + 1
        )


def test_one_set_of_anchors_serves_both_orders(api: APIClient, alice: User) -> None:
    fill(alice, 60)
    walk(api, f"{CONTENT}?creator=alice&page_size=9&order=asc")
    stored = StoredCursor.objects.get()
    assert_whole(api, f"{CONTENT}?creator=alice&order=desc", expected(AnonymousUser(), "creator=alice"), 9)
    assert StoredCursor.objects.get().created_at == stored.created_at


def test_dates_of_another_sort_have_anchors(api: APIClient, alice: User) -> None:
    fill(alice, 80)
    rows = expected(AnonymousUser(), "", "quality_score")
    after = ContentItem.objects.order_by("created_at")[9].created_at
    kept = set(ContentItem.objects.filter(created_at__gte=after).values_list("id", flat=True))
    url = f"{CONTENT}?sort=quality_score&created_after={after.isoformat().replace('+00:00', 'Z')}"
    assert_whole(api, url, [pk for pk in rows if pk in kept], 7)
    assert StoredCursor.objects.count() == 1


@pytest.mark.parametrize("order", ORDERS)
def test_lists_sorted_by_text_have_anchors(api: APIClient, db: None, order: str) -> None:
    names = ["Zoe", "zoe", "a'b", 'a"b', "a\\b", "äpfel", "Äpfel", "a b"]
    UserFactory.create_batch(30)
    for number, name in enumerate(names):
        UserFactory(username=f"user-{name}{number}")
    rows = User.objects.order_by("username", "id").values_list("id", flat=True)
    url = f"/api/v1/users/?q=user-&sort=username&order={order}"
    assert_whole(api, url, list(rows)[:: 1 if order == "asc" else -1], 4)
    assert StoredCursor.objects.count() == 1


@pytest.mark.parametrize("page", [100, 10**18])
def test_a_page_past_the_end_is_not_found_and_says_how_many_there_are(api: APIClient, alice: User, page: int) -> None:
    fill(alice, 60)
    rows = expected(AnonymousUser(), "creator=alice")
    response = api.get(f"{CONTENT}?creator=alice&page_size=5&page={page}")
    assert (response.status_code, response.json()["total_pages"]) == (404, -(-len(rows) // 5))


def test_a_small_list_has_no_anchors(api: APIClient, alice: User) -> None:
    ContentItemFactory.create_batch(BUDGET, creator=alice)
    walk(api, f"{CONTENT}?creator=alice&page_size=3")
    assert not StoredCursor.objects.exists()


def test_a_gallery_page_says_its_positions(client_of: Callable, alice: User) -> None:
    ContentItemFactory.create_batch(120, creator=alice, tags=["sea"])
    answer = client_of(None).get("/?tag=sea&page=3")
    assert answer.status_code == 200
    assert "101" in answer.content.decode()


# --- Who sees what


def test_private_items_are_in_their_owners_anchors_alone(client_of: Callable, alice: User, bob: User) -> None:
    fill(alice, 60)
    fill(bob, 30, seed=2)
    for viewer in (alice, None, bob, alice):
        rows = expected(viewer or AnonymousUser(), "tag=sea")
        assert_whole(client_of(viewer), f"{CONTENT}?tag=sea", rows, 9)
    assert StoredCursor.objects.count() == 3


def test_what_somebody_does_in_private_does_not_make_others_anchors_old(
    client_of: Callable, alice: User, bob: User
) -> None:
    fill(alice, 90)
    fill(bob, 40, seed=2)
    url = f"{CONTENT}?tag=sea&page_size=6"
    for viewer in (None, bob):
        read(client_of(viewer), url)
    ContentItemFactory(creator=alice, is_private=True, tags=["sea"])
    ContentItem.objects.filter(creator=alice, is_private=True).update(title="Still mine")
    for viewer in (None, bob):
        total = len(expected(viewer or AnonymousUser(), "tag=sea"))
        assert pagination(read(client_of(viewer), url), *TOTAL) == (total, "exact", -(-total // 6))


def test_ones_own_private_change_makes_ones_own_anchors_old(
    client_of: Callable, alice: User, lasting: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(alice, 90)
    url = f"{CONTENT}?tag=sea&page_size=6"
    read(client_of(alice), url)
    ContentItemFactory(creator=alice, is_private=True, tags=["sea"])
    assert pagination(read(client_of(alice), url), "total_count_kind") == ("estimate",)
    monkeypatch.setattr(scheduler, "RENEWAL_FACTOR", 0)
    assert_whole(client_of(alice), f"{CONTENT}?tag=sea", expected(alice, "tag=sea"), 6)


def test_a_creators_new_name_does_not_lead_to_the_anchors_of_who_had_it(api: APIClient, alice: User, bob: User) -> None:
    fill(alice, 60)
    fill(bob, 50, seed=2)
    read(api, f"{CONTENT}?creator=alice")
    User.objects.filter(pk=alice.pk).update(username="alicia")
    User.objects.filter(pk=bob.pk).update(username="alice")
    assert_whole(api, f"{CONTENT}?creator=alice", expected(AnonymousUser(), "creator=alice"), 8)


def test_ones_own_interactions_have_anchors_and_stay_when_an_item_is_hidden(
    client_of: Callable, alice: User, lasting: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = InteractionFactory.create_batch(40, user=alice)
    api, url = client_of(alice), "/api/v1/interactions/?page_size=6"
    newest = [row.pk for row in reversed(rows)]
    assert flat(walk(api, url)) == newest
    assert pagination(read(api, f"{url}&page=6"), *TOTAL, *POSITIONS) == (40, "exact", 7, 31, 36)
    ContentItem.objects.filter(pk=rows[0].content_id).update(is_private=True)
    assert pagination(read(api, url), "total_count_kind") == ("estimate",)
    monkeypatch.setattr(scheduler, "RENEWAL_FACTOR", 0)
    assert pagination(read(api, f"{url}&page=6"), *TOTAL, *POSITIONS) == (40, "exact", 7, 31, 36)


# --- Writes between the build and the page


def write_around(owner: User, number: int) -> None:
    """Insert rows at both ends and in the middle, delete some, and move some."""
    some = list(ContentItem.objects.filter(is_private=False).order_by("created_at", "id"))
    times = [some[0].created_at - timedelta(1), some[len(some) // 2].created_at, some[-1].created_at + timedelta(1)]
    for time in times:
        ContentItemFactory.create_batch(number, creator=owner, tags=["sea"], created_at=time, title="A harbour")
    ContentItem.objects.filter(pk__in=[item.pk for item in some[5:60:9]]).delete()
    ContentItem.objects.filter(pk__in=[item.pk for item in some[7:60:11]]).update(created_at=times[1])


@pytest.mark.parametrize(
    ("filters", "number", "size", "order"),
    [
        (filters, number, size, ORDERS[(place + turn) % 2])
        for place, filters in enumerate(["creator=alice", "tag=sea", "q=harbour"])
        for turn, (number, size) in enumerate([(1, 5), (9, 7), (30, 16)])
    ],
)
def test_by_old_anchors_links_lead_through_all_rows_once_both_ways(
    api: APIClient, alice: User, lasting: None, filters: str, number: int, size: int, order: str
) -> None:
    fill(alice, 80)
    url = f"{CONTENT}?{filters}&page_size={size}&order={order}"
    read(api, url)
    write_around(alice, number)
    rows = expected(AnonymousUser(), filters, order=order)
    there = list(pages(api, url))
    assert flat([ids(page) for page in there]) == rows
    assert {page["pagination"]["total_count_kind"] for page in there} <= {"estimate", "at_least"}
    assert {pagination(page, *POSITIONS) for page in there} == {(None, None)}
    assert flat(walk(api, there[0]["links"]["last"], "prev")[::-1]) == rows


@pytest.mark.parametrize(("filters", "order"), [("creator=alice", "desc"), ("tag=sea", "asc")])
def test_any_page_by_old_anchors_is_of_neighbouring_rows_and_its_links_go_on_where_it_ends(
    api: APIClient, alice: User, lasting: None, filters: str, order: str
) -> None:
    fill(alice, 80)
    url = f"{CONTENT}?{filters}&page_size=4&order={order}"
    before = read(api, url)["pagination"]["total_pages"]
    write_around(alice, 9)
    rows = expected(AnonymousUser(), filters, order=order)
    for number in range(1, before + 1):
        page = read(api, f"{url}&page={number}")
        start = rows.index(ids(page)[0])
        assert ids(page) == rows[start : start + 4]
        assert page["pagination"]["has_next"] == (start + 4 < len(rows))
        if page["links"]["next"]:
            assert ids(read(api, page["links"]["next"])) == rows[start + 4 : start + 8]
        if page["links"]["prev"]:
            assert ids(read(api, page["links"]["prev"])) == rows[max(start - 4, 0) : start]


def test_a_page_that_only_old_anchors_promise_is_not_invented(api: APIClient, alice: User, lasting: None) -> None:
    ContentItemFactory.create_batch(90, creator=alice)
    url = f"{CONTENT}?creator=alice&page_size=5"
    read(api, url)
    ContentItem.objects.filter(pk__in=expected(AnonymousUser(), "creator=alice")[30:]).delete()
    for page in (12, 10**18):
        response = api.get(f"{url}&page={page}")
        assert (response.status_code, response.json()["total_pages"] < page) == (404, True)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("filters", ["creator=alice", "tag=sea", "q=harbour"])
def test_a_page_past_the_end_is_not_found_by_old_anchors_either(
    api: APIClient, alice: User, lasting: None, filters: str, order: str
) -> None:
    fill(alice, 90)
    url = f"{CONTENT}?{filters}&page_size=5&order={order}"
    known = read(api, url)["pagination"]["total_pages"]
    # Behind the end in one order, before the start in the other.
    ContentItemFactory.create_batch(10, creator=alice, tags=["sea"], title="A harbour", created_at=timezone.now())
    for _ in range(2):
        response = api.get(f"{url}&page={10**18}")
        assert (response.status_code, response.json()["total_pages"]) == (404, known + 2 * (order == "asc"))


def test_an_end_that_only_newer_anchors_reach_is_looked_for_later(api: APIClient, alice: User, lasting: None) -> None:
    fill(alice, 90)
    url = f"{CONTENT}?tag=sea&page_size=5&order=asc"
    read(api, url)
    ContentItemFactory.create_batch(MAX_OFFSET + 1, creator=alice, tags=["sea"], created_at=timezone.now())
    response = api.get(f"{url}&page={10**18}")
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert response["Content-Type"] == "application/problem+json"


def test_old_anchors_are_renewed(api: APIClient, alice: User) -> None:
    fill(alice, 90)
    read(api, f"{CONTENT}?tag=sea")
    write_around(alice, 9)
    assert_whole(api, f"{CONTENT}?tag=sea", expected(AnonymousUser(), "tag=sea"), 6)
    assert StoredCursor.objects.count() == 1


def test_words_that_a_newer_reader_changes_make_anchors_old(api: APIClient, db: None) -> None:
    made = GenerationDataFactory.create_batch(30, has_workflow=True)
    works = [ContentItemFactory(generation=data).pk for data in made]
    url = f"{CONTENT}?has_workflow=true"
    assert_whole(api, url, works[::-1], 6)
    GenerationData.objects.filter(pk=made.pop(12).pk).update(has_workflow=False)
    assert_whole(api, url, [pk for pk in reversed(works) if pk != works[12]], 6)


def test_anchors_that_expired_are_neither_used_nor_kept(api: APIClient, alice: User) -> None:
    fill(alice, 90)
    read(api, f"{CONTENT}?tag=sea")
    read(api, f"{CONTENT}?creator=alice")
    StoredCursor.objects.update(expires_at=timezone.now() - timedelta(seconds=1), cursor_data={"head": {}, "keys": []})
    assert_whole(api, f"{CONTENT}?q=harbour", expected(AnonymousUser(), "q=harbour"), 6)
    assert StoredCursor.objects.count() == 1


# --- Without


def test_with_ranked_pages_switched_off_lists_are_walked(api: APIClient, alice: User) -> None:
    fill(alice, 90)
    flags.turn(flags.Flag.RANKED_PAGES, is_on=False)
    page = read(api, f"{CONTENT}?q=harbour&page_size=6")
    assert pagination(page, *POSITIONS) == (None, None)
    assert api.get(f"{CONTENT}?q=harbour&page_size=6&page=9").status_code == 400
    assert not StoredCursor.objects.exists()


def test_with_cursors_switched_off_pages_are_numbered_by_old_anchors_too(
    api: APIClient, alice: User, lasting: None
) -> None:
    fill(alice, 90)
    flags.turn(flags.Flag.CURSOR_PAGINATION, is_on=False)
    url = f"{CONTENT}?tag=sea&page_size=6"
    read(api, url)
    ContentItemFactory(creator=alice, tags=["sea"])
    assert pagination(read(api, f"{url}&page=5"), "next_page", "previous_page", "next_cursor") == (6, 4, None)


def test_without_rankings_lists_are_walked(api: APIClient, alice: User) -> None:
    fill(alice, 90)
    RankingState.objects.all().delete()
    assert read(api, f"{CONTENT}?q=harbour&page_size=6")["pagination"]["first_position"] is None
    assert api.get(f"{CONTENT}?q=harbour&page_size=6&page=9").status_code == 400


# --- Builds beside readers


@pytest.fixture
def many(transactional_db: None, alice: User, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The ids of 60 items, newest first, that every connection sees. Their builds are waited for."""
    monkeypatch.setattr(scheduler, "WAIT_SECONDS", TIMEOUT_SECONDS)
    monkeypatch.setitem(building.SETTINGS, "statement_timeout", "300s")
    rebuild(ContentItem.rankings)
    items = ContentItemFactory.create_batch(60, creator=alice)
    return [item.pk for item in reversed(items)]


@pytest.fixture
def listed(many: list[int]) -> AnchoredList:
    """The list of these items."""
    return ContentListing(AnonymousUser(), QueryDict("creator=alice")).planner.fallback.listed


def wait_for(condition: Callable[[], object]) -> None:
    """Wait until something is so."""
    deadline = monotonic() + TIMEOUT_SECONDS
    while not condition():
        assert monotonic() < deadline, "It never came about."
        sleep(0.01)


@contextmanager
def locked(mode: str) -> Iterator[psycopg.Connection]:
    """Hold a lock on the items' table, beside which a build waits but a version is told."""
    with psycopg.connect(database_url()) as other:
        other.execute(f"LOCK TABLE content_contentitem IN {mode} MODE")
        yield other
        other.rollback()


def waiting() -> list[int]:
    """Return the processes of connections that wait for a lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return [pid for (pid,) in cursor.fetchall()]


def wait_for_builds() -> None:
    """Wait until no build of this process is under way."""
    wait_for(lambda: scheduler.SCHEDULER.is_idle)


def test_the_first_pages_do_not_wait_for_a_build_and_deep_ones_do(api: APIClient, many: list[int]) -> None:
    url = f"{CONTENT}?creator=alice&page_size=5"
    assert pagination(read(api, url), "first_position") == (None,)
    deep = read(api, f"{url}&page=9")
    assert (ids(deep), pagination(deep, *TOTAL)) == (many[40:45], (60, "exact", 12))
    wait_for_builds()


def test_a_deep_page_is_put_off_while_a_build_takes_too_long(
    api: APIClient, many: list[int], listed: AnchoredList, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler, "WAIT_SECONDS", 0.2)
    with psycopg.connect(database_url()) as other:
        # Somebody else is at it.
        other.execute("SELECT pg_advisory_lock(%s)", [int(listed.digest[:15], 16)])
        response = api.get(f"{CONTENT}?creator=alice&page_size=5&page=9")
        page = read(api, f"{CONTENT}?creator=alice&page_size=5&page=2")
        wait_for_builds()
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert response["Content-Type"] == "application/problem+json"
    assert ids(page) == many[5:10]


def test_of_two_builds_one_is_made(listed: AnchoredList) -> None:
    made: list[bool] = []

    def attempt() -> None:
        try:
            made.append(build(listed))
        finally:
            connection.close()

    threads = [threading.Thread(target=attempt) for _ in range(2)]
    with locked("ACCESS EXCLUSIVE"):
        threads[0].start()
        wait_for(waiting)
        threads[1].start()
        threads[1].join(TIMEOUT_SECONDS)
    threads[0].join(TIMEOUT_SECONDS)
    assert made == [False, True]


BUILD = """
from django.contrib.auth.models import AnonymousUser
from django.http import QueryDict
from content.listings import ContentListing
from genonaut.pagination.anchors import building
building.SETTINGS["statement_timeout"] = "300s"
print(building.build(ContentListing(AnonymousUser(), QueryDict("creator=alice")).planner.fallback.listed))
"""


def test_of_the_builds_of_two_processes_one_is_made(listed: AnchoredList, manage: Callable) -> None:
    with locked("ACCESS EXCLUSIVE"):
        first = manage("shell", "--no-imports", "-c", BUILD)
        wait_for(waiting)
        second = manage("shell", "--no-imports", "-c", BUILD)
        assert second.communicate(timeout=TIMEOUT_SECONDS)[0].split()[-1] == "False"
    assert first.communicate(timeout=TIMEOUT_SECONDS)[0].split()[-1] == "True"
    assert find(listed).total == 60


def test_all_processes_together_make_a_few_builds_at_a_time(
    many: list[int], listed: AnchoredList, monkeypatch: pytest.MonkeyPatch
) -> None:
    start_scheduler(monkeypatch)
    monkeypatch.setattr(scheduler, "REFUSED_SECONDS", 0)
    with psycopg.connect(database_url(), autocommit=True) as other:
        # Builds of other machines, of visitors.
        for slot in range(building.ANONYMOUS_SLOTS):
            other.execute("SELECT pg_advisory_lock(%s, %s)", [building.LONG, slot])
        with pytest.raises(building.NoSlotError):
            build(listed)
        assert scheduler.SCHEDULER.begin(listed, is_needed=True) is State.UNDER_WAY
        wait_for_builds()
        assert not StoredCursor.objects.exists()
        assert build(list_of("q=item"), is_short=True)
        assert build(replace(listed, viewer="member"))
        StoredCursor.objects.all().delete()
        other.execute("SELECT pg_advisory_unlock(%s, %s)", [building.LONG, slot])
        # It was no failure, which would be remembered.
        assert scheduler.SCHEDULER.begin(listed, is_needed=True) is State.UNDER_WAY
        wait_for_builds()
    assert find(listed).total == 60


def test_an_interrupted_build_leaves_nothing_and_the_next_is_made(
    api: APIClient, many: list[int], listed: AnchoredList, monkeypatch: pytest.MonkeyPatch
) -> None:
    with locked("ACCESS EXCLUSIVE") as other:
        assert scheduler.SCHEDULER.begin(listed, is_needed=True) is State.UNDER_WAY
        wait_for(waiting)
        other.execute("SELECT pg_terminate_backend(%s)", [waiting()[0]])
        wait_for_builds()
    assert not StoredCursor.objects.exists()
    # It failed, so there are none for a while: pages are walked to, as far as that goes.
    assert ids(read(api, f"{CONTENT}?creator=alice&page_size=5&page=2")) == many[5:10]
    assert api.get(f"{CONTENT}?creator=alice&page_size=5&page=9").status_code == 400
    start_scheduler(monkeypatch)
    assert ids(read(api, f"{CONTENT}?creator=alice&page_size=5&page=9")) == many[40:45]


def test_a_build_ends_with_its_budget(many: list[int], listed: AnchoredList, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(building.SETTINGS, "statement_timeout", "50ms")
    with locked("ACCESS EXCLUSIVE"):
        assert scheduler.SCHEDULER.begin(listed, is_needed=True) is State.UNDER_WAY
        wait_for_builds()
    assert scheduler.SCHEDULER.begin(listed) is State.FAILED
    assert not StoredCursor.objects.exists()


def test_rows_that_come_during_a_build_make_its_anchors_old(
    api: APIClient, many: list[int], listed: AnchoredList, alice: User, lasting: None
) -> None:
    def version_then_insert() -> str:
        version = read_version()
        if not inserted:
            inserted.append(ContentItemFactory(creator=alice).pk)
        return version

    inserted: list[int] = []
    read_version = listed.read_version
    assert build(replace(listed, read_version=version_then_insert))
    assert pagination(read(api, f"{CONTENT}?creator=alice&page_size=5"), "total_count_kind") == ("estimate",)


# --- Builds are shared out


def list_of(query: str, viewer: User | None = None) -> AnchoredList:
    """Return a list as a viewer asks for it."""
    return ContentListing(viewer or AnonymousUser(), QueryDict(query)).planner.fallback.listed


def test_a_list_that_is_looked_at_once_is_not_passed_over(api: APIClient, many: list[int]) -> None:
    url = f"{CONTENT}?creator=alice&page_size=5"
    read(api, url)
    assert scheduler.SCHEDULER.is_idle
    assert not StoredCursor.objects.exists()
    read(api, url)
    wait_for_builds()
    assert StoredCursor.objects.count() == 1


def test_whoever_asks_for_200_searches_has_one_build_at_a_time_and_leaves_room_for_others(
    many: list[int], alice: User, bob: User
) -> None:
    with locked("ACCESS EXCLUSIVE"):
        first = [scheduler.SCHEDULER.begin(list_of(f"q=item+{number}"), is_needed=True) for number in range(200)]
        assert (first[0], set(first[1:])) == (State.UNDER_WAY, {State.PUT_OFF})
        # Not even again, and again.
        assert {scheduler.SCHEDULER.begin(list_of(f"q=item+{number}")) for number in range(1, 200)} == {State.PUT_OFF}
        assert len(scheduler.SCHEDULER._running) == 1
        assert scheduler.SCHEDULER.begin(list_of("q=item", alice), is_needed=True) is State.UNDER_WAY
        # All that one process makes at a time.
        assert scheduler.SCHEDULER.begin(list_of("q=item", bob), is_needed=True) is State.PUT_OFF
        assert scheduler.SCHEDULER.begin(list_of("q=item+0"), is_needed=True) is State.UNDER_WAY
    wait_for_builds()


def test_a_short_list_waits_for_no_long_one(many: list[int], alice: User) -> None:
    with locked("ACCESS EXCLUSIVE"):
        assert scheduler.SCHEDULER.begin(list_of("q=item"), is_needed=True) is State.UNDER_WAY
        assert scheduler.SCHEDULER.begin(list_of("q=item+-1"), is_short=True) is State.UNDER_WAY
        # One of each kind for a viewer, and one short one at a time.
        assert scheduler.SCHEDULER.begin(list_of("q=item+-2"), is_short=True) is State.PUT_OFF
        assert scheduler.SCHEDULER.begin(list_of("q=item", alice), is_short=True) is State.PUT_OFF
    wait_for_builds()


def test_who_had_a_build_rests_in_proportion_and_others_go_first(
    many: list[int], alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler, "REST_FACTOR", 10**6)
    assert scheduler.SCHEDULER.begin(list_of("q=item"), is_needed=True) is State.UNDER_WAY
    wait_for_builds()
    assert scheduler.SCHEDULER.begin(list_of("creator=alice"), is_needed=True) is State.PUT_OFF
    assert scheduler.SCHEDULER.begin(list_of("creator=alice", alice), is_needed=True) is State.UNDER_WAY
    wait_for_builds()
    start_scheduler(monkeypatch)
    monkeypatch.setattr(scheduler, "REST_FACTOR", 0)
    for number in range(3):
        assert scheduler.SCHEDULER.begin(list_of(f"q=item+-{number}"), is_needed=True) is State.UNDER_WAY
        wait_for_builds()
    assert len(scheduler.SCHEDULER._resting) <= 2


def test_a_deep_page_of_a_list_that_has_to_wait_its_turn_is_put_off_at_once(
    api: APIClient, many: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    rests = {Turn(None, is_short): monotonic() + 1_000 for is_short in (False, True)}
    monkeypatch.setattr(scheduler.SCHEDULER, "_resting", rests)
    monkeypatch.setattr(scheduler, "WAIT_SECONDS", 1_000)
    response = api.get(f"{CONTENT}?creator=alice&page_size=5&page=9")
    assert (response.status_code, response["Retry-After"]) == (503, "5")


def test_no_more_pages_wait_at_a_time_than_leave_threads_for_others(
    api: APIClient, many: list[int], listed: AnchoredList, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler, "WAIT_SECONDS", 1_000)
    monkeypatch.setattr(scheduler, "MOST_WAITING", 1)
    start_scheduler(monkeypatch)
    with locked("ACCESS EXCLUSIVE"):
        assert scheduler.SCHEDULER.begin(listed, is_needed=True) is State.UNDER_WAY
        scheduler.SCHEDULER._waiting.acquire()
        assert scheduler.SCHEDULER.wait(listed) is None
    wait_for_builds()


def test_the_lists_that_are_remembered_as_asked_for_are_few(many: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "MOST_ASKED", 3)
    for number in range(5):
        assert scheduler.SCHEDULER.begin(list_of(f"q=item+{number}")) is State.PUT_OFF
    assert len(scheduler.SCHEDULER._asked) == 3


def test_stored_anchors_are_few_and_expired_ones_go_in_batches(
    api: APIClient, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "MOST_STORED", 4)
    monkeypatch.setattr(store, "MOST_CLEARED", 3)
    fill(alice, 60)
    now = timezone.now()
    old = [
        StoredCursor(query_hash=str(number), cursor_data={}, created_at=now - timedelta(number), expires_at=now)
        for number in range(1, 9)
    ]
    StoredCursor.objects.bulk_create(old)
    counts = []
    for filters in ("creator=alice", "tag=sea", "q=harbour", "creator=alice&tag=sea", "q=hill"):
        read(api, f"{CONTENT}?{filters}")
        counts.append(StoredCursor.objects.count())
    assert counts == [6, 4, 3, 4, 4]
    assert not StoredCursor.objects.filter(cursor_data={}).exists()
