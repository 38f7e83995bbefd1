"""Every list with each switch off and with all off: the same rows under the same contract."""

import json
from collections.abc import Callable, Iterable, Iterator
from itertools import product
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from genonaut import flags
from genonaut.flags import Flag
from genonaut.pagination import plain, totals
from tests.api.endpoints import CONTENT, ENDPOINTS, PRIVATE, Endpoint
from tests.factories import ContentItemFactory
from tests.pages.html import titles
from tests.pagination.walks import cursor_url, flat, ids, read, walk
from users.models import User

ON: frozenset[str] = frozenset()
OFF = [*(frozenset({flag}) for flag in Flag), frozenset(Flag)]
STATES = [ON, *OFF]
WITHOUT_CURSORS = [off for off in STATES if Flag.CURSOR_PAGINATION in off]
WITHOUT_RANKS = [off for off in STATES if Flag.RANKED_PAGES in off]
# Of which no list of the API knows.
OF_THE_GALLERY = {Flag.PREFETCHING, Flag.INFINITE_SCROLL}
MAX_OFFSET = 12


def state(off: frozenset[str]) -> str:
    """Return the name of a state of the switches."""
    return " and ".join(sorted(off)) + " off" if off else "all on"


def switch_off(off: frozenset[str]) -> None:
    """Turn these switches off and all others on."""
    flags.remember(off, seconds=None)


@pytest.fixture(params=ENDPOINTS, ids=str)
def endpoint(request: pytest.FixtureRequest) -> Endpoint:
    """Each endpoint in turn."""
    return request.param


@pytest.fixture
def rows(api: APIClient, alice: User, endpoint: Endpoint) -> list[int]:
    """The ids of eight rows in the endpoint's list, in its order; the client is alice's."""
    api.force_login(alice)
    return endpoint.fill(alice, 8)


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make 5 rows many, 8 too many to count and 12 too many to number, for the plain way."""
    monkeypatch.setattr(totals, "COUNT_BUDGET", 5)
    monkeypatch.setattr(totals, "LARGE_COUNT_BUDGET", 8)
    monkeypatch.setattr(plain, "MAX_OFFSET", MAX_OFFSET)


def keys(answer: dict[str, Any]) -> list[Any]:
    """Return the names of all that an answer says, in order."""
    return [list(answer), list(answer["pagination"]), list(answer["links"]), [list(item) for item in answer["items"]]]


def seen(api: APIClient, endpoint: Endpoint, numbers: Iterable[int]) -> dict[tuple[str, str, int], list[Any]]:
    """Return what pages in every sort and order hold, and the names under which they say what."""
    found = {}
    names = ("page", "has_next", "has_previous", "next_page", "previous_page", "total_count", "total_pages")
    for sort, order, number in product(endpoint.listing.sorts, ("desc", "asc"), numbers):
        answer = read(api, f"{endpoint.url}?sort={sort}&order={order}&page_size=3&page={number}")
        said = answer["pagination"]
        found[sort, order, number] = [answer["items"], keys(answer), [said[name] for name in names]]
    return found


def test_the_same_rows_come_under_the_same_names(api: APIClient, endpoint: Endpoint, rows: list[int]) -> None:
    with_all_on = seen(api, endpoint, (1, 2, 3))
    for off in OFF:
        switch_off(off)
        numbers = (2,) if off < OF_THE_GALLERY else (1, 2, 3)
        expected = {which: page for which, page in with_all_on.items() if which[2] in numbers}
        assert seen(api, endpoint, numbers) == expected, state(off)


def test_links_lead_through_the_whole_list_and_back(api: APIClient, endpoint: Endpoint, rows: list[int]) -> None:
    for off in STATES:
        switch_off(off)
        first = read(api, f"{endpoint.url}?page_size=3")
        pages = [ids(first), *walk(api, first["links"]["next"])]
        back = walk(api, first["links"]["last"], "prev")
        assert (flat(pages), flat(back[::-1])) == (rows, rows), state(off)


def test_a_page_past_the_end_is_not_found(api: APIClient, endpoint: Endpoint, rows: list[int]) -> None:
    """Trap 19."""
    for off in STATES:
        switch_off(off)
        for number in (4, 10**18):
            answer = api.get(f"{endpoint.url}?page_size=3&page={number}")
            assert (answer.status_code, answer.json()["total_pages"]) == (404, 3), state(off)


def test_the_gallery_shows_the_same_works(client: Client, db: None) -> None:
    ContentItemFactory.create_batch(5)
    addresses = ["/", "/?page=2&page_size=2", "/?sort=quality_score&page_size=2&page=3", "/?q=item", "/?order=asc"]
    with_all_on = [titles(client.get(address)) for address in addresses]
    assert [len(shown) for shown in with_all_on] == [5, 2, 1, 5, 5]
    for off in OFF:
        switch_off(off)
        assert [titles(client.get(address)) for address in addresses] == with_all_on, state(off)


def test_private_works_stay_hidden(client_of: Callable[..., APIClient], alice: User, bob: User) -> None:
    ContentItemFactory(creator=alice, is_private=True)
    shown = ContentItemFactory(creator=alice)
    clients = [client_of(user) for user in (None, bob, alice)]
    for off in STATES:
        switch_off(off)
        answers = [read(client, CONTENT.url) for client in clients]
        assert [answer["pagination"]["total_count"] for answer in answers] == [1, 1, 2], state(off)
        assert [ids(answer)[0] for answer in answers] == [shown.pk] * 3, state(off)


# --- Cursors off


def test_without_cursors_no_answer_and_no_link_holds_one(api: APIClient, endpoint: Endpoint, rows: list[int]) -> None:
    for off, number in product(WITHOUT_CURSORS, (1, 2, 3)):
        switch_off(off)
        answer = api.get(f"{endpoint.url}?page_size=3&page={number}")
        said = answer.json()["pagination"]
        assert (said["next_cursor"], said["prev_cursor"], b"cursor=" in answer.content) == (None, None, False)
        assert "cursor=" not in answer["Link"]


def test_a_cursor_is_refused_while_cursors_are_off_and_followed_afterwards(
    api: APIClient, endpoint: Endpoint, rows: list[int]
) -> None:
    url = f"{endpoint.url}?page_size=5"
    behind = cursor_url(url, read(api, url))
    for off in WITHOUT_CURSORS:
        switch_off(off)
        refused = api.get(behind)
        message = "Cursors are switched off at present: use page."
        assert (refused.status_code, refused.json()["errors"]) == (400, {"cursor": [message]}), state(off)
        assert refused["Content-Type"] == "application/problem+json"
        switch_off(ON)
        assert ids(read(api, behind)) == rows[5:]


def test_the_gallery_refuses_a_cursor_while_cursors_are_off(client: Client, db: None) -> None:
    ContentItemFactory.create_batch(3)
    cursor = client.get("/?page_size=1").context["page"].next_cursor
    for off in WITHOUT_CURSORS:
        switch_off(off)
        page = client.get("/?page_size=1")
        assert (client.get(f"/?cursor={cursor}").status_code, b"cursor=" in page.content) == (400, False), state(off)


# --- Ranks off


def test_without_ranks_large_totals_are_estimates_and_page_numbers_end_at_a_reach(
    api: APIClient, db: None, large: None
) -> None:
    ContentItemFactory.create_batch(20, creator=None)
    url = f"{CONTENT.url}?page_size=3"
    ranked = read(api, url)["pagination"]
    assert (ranked["total_count"], ranked["total_count_kind"], ranked["total_pages"]) == (20, "exact", 7)
    for off in WITHOUT_RANKS:
        switch_off(off)
        first = read(api, url)["pagination"]
        assert (first["total_count_kind"] in ("estimate", "at_least"), first["total_pages"]) == (True, None), state(off)
        refused = api.get(f"{url}&page=5")
        message = "Page numbers reach page 4 of this list; from there, follow the link to the next page."
        assert (refused.status_code, refused.json()["errors"]) == (400, {"page": [message]}), state(off)


def test_without_ranks_the_links_go_on_beyond_the_reach(api: APIClient, db: None, large: None) -> None:
    made = [item.pk for item in ContentItemFactory.create_batch(20, creator=None)][::-1]
    switch_off(frozenset({Flag.RANKED_PAGES}))
    assert flat(walk(api, f"{CONTENT.url}?page_size=3")) == made


def test_without_ranks_and_cursors_the_links_end_at_the_reach(api: APIClient, db: None, large: None) -> None:
    """Rather than lead back to page 1, round and round."""
    made = [item.pk for item in ContentItemFactory.create_batch(20, creator=None)][::-1]
    switch_off(frozenset({Flag.RANKED_PAGES, Flag.CURSOR_PAGINATION}))
    assert flat(walk(api, f"{CONTENT.url}?page_size=3", limit=7)) == made[:MAX_OFFSET]
    end = read(api, f"{CONTENT.url}?page_size=3&page=4")
    assert (end["pagination"]["has_next"], end["pagination"]["next_page"], end["links"]["next"]) == (True, None, None)
    assert (end["links"]["last"], end["pagination"]["total_pages"]) == (None, None)


def test_without_ranks_there_are_no_places_and_no_moment(api: APIClient, staff: User, endpoint: Endpoint) -> None:
    endpoint.fill(staff, 5)
    api.force_login(staff)
    for off in WITHOUT_RANKS:
        switch_off(off)
        answer = read(api, f"{endpoint.url}?page_size=2&page=2")
        names = ("first_position", "last_position", "as_of", "new_count")
        assert [answer["pagination"][name] for name in names] == [None] * 4, state(off)
        assert [link for link in answer["links"].values() if "as_of" in link] == [], state(off)


def test_without_ranks_what_needs_them_is_refused(api: APIClient, staff: User, endpoint: Endpoint) -> None:
    endpoint.fill(staff, 3)
    api.force_login(staff)
    for name in ("as_of", "at"):
        url = f"{endpoint.url}?sort=created_at&{name}=2999-01-01"
        switch_off(ON)
        read(api, url)
        for off in WITHOUT_RANKS:
            switch_off(off)
            refused = api.get(url)
            assert (refused.status_code, list(refused.json()["errors"])) == (400, [name]), state(off)
            assert refused["Content-Type"] == "application/problem+json"


def test_without_ranks_no_statement_reads_a_ranking_for_a_page(
    client_of: Callable[..., APIClient], staff: User, endpoint: Endpoint
) -> None:
    """The plain way is to work where the ranking does not."""
    endpoint.fill(staff, 3)
    api = client_of(staff)
    switch_off(frozenset({Flag.RANKED_PAGES}))
    with CaptureQueriesContext(connection) as queries:
        read(api, f"{endpoint.url}?page_size=2&page=2")
    assert [query["sql"] for query in queries if "row_count" in query["sql"]] == []


@pytest.mark.parametrize("endpoint", PRIVATE, ids=str)
def test_a_personal_list_is_the_same_with_ranks_and_without(api: APIClient, alice: User, endpoint: Endpoint) -> None:
    endpoint.fill(alice, 5)
    api.force_login(alice)
    with_ranks = read(api, f"{endpoint.url}?page_size=2")
    switch_off(frozenset({Flag.RANKED_PAGES}))
    assert read(api, f"{endpoint.url}?page_size=2") == with_ranks


# --- JSON from the database off


def test_without_json_from_the_database_the_json_is_the_same(api: APIClient, alice: User, endpoint: Endpoint) -> None:
    """Down to the order of its keys; white space apart."""
    endpoint.fill(alice, 5)
    api.force_login(alice)
    for query in ("page=2&page_size=2", "sort=created_at&order=asc", "created_after=2999-01-01"):
        from_database = api.get(f"{endpoint.url}?{query}")
        switch_off(frozenset({Flag.JSON_FROM_DATABASE}))
        serialized = api.get(f"{endpoint.url}?{query}")
        switch_off(ON)
        assert json.dumps(serialized.json()) == json.dumps(from_database.json())
        headers = ("Content-Type", "Link", "Cache-Control", "Vary")
        assert [serialized[name] for name in headers] == [from_database[name] for name in headers]


# --- Turned while somebody reads


def test_a_walk_goes_on_while_ranks_are_turned_off_and_on(api: APIClient, db: None) -> None:
    made = [item.pk for item in ContentItemFactory.create_batch(10, creator=None)][::-1]
    url = f"{CONTENT.url}?page_size=2"
    page = read(api, url)
    rows = ids(page)
    for off in (Flag.RANKED_PAGES, None, Flag.JSON_FROM_DATABASE, Flag.RANKED_PAGES):
        switch_off(frozenset({off}) if off else ON)
        page = read(api, cursor_url(url, page))
        rows += ids(page)
    assert rows == made


@pytest.mark.parametrize("flag", Flag)
def test_an_answer_from_before_a_switch_was_turned_is_not_confirmed_unless_it_still_holds(
    api: APIClient, db: None, flag: Flag
) -> None:
    """A copy that holds cursors or places must not be confirmed by a 304 while there are to be none."""
    ContentItemFactory.create_batch(3)
    url = f"{CONTENT.url}?page_size=2"
    before = api.get(url)
    flags.turn(flag, is_on=False)
    after = api.get(url, headers={"if-none-match": before["ETag"]})
    if flag in (Flag.RANKED_PAGES, Flag.CURSOR_PAGINATION):
        assert after.status_code == 200
        assert after.json() != before.json()
    else:
        assert api.get(url).json() == before.json()
