"""The one answer of every list: its keys, its values on each kind of page, its links and its Link header."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from rest_framework.test import APIClient

from tests.api.endpoints import (
    ALBUMS,
    AUTO,
    CONTENT,
    CREATORS,
    ENDPOINTS,
    INTERACTIONS,
    JOBS,
    MODELS,
    NAMES,
    RECOMMENDATIONS,
    TAGS,
    USERS,
    Endpoint,
    each_list,
)
from tests.factories import ContentItemFactory
from tests.pagination.walks import cursor_url, ids, read, walk
from users.models import User

EMPTY = "created_after=2999-01-01"
CARD_KEYS = {
    CONTENT: [
        "id",
        "title",
        "content_type",
        "source",
        "creator",
        "quality_score",
        "like_count",
        "stack",
        "stack_size",
        "level",
        "is_private",
        "hides_prompt",
        "picture",
        "file",
        "thumbnails",
        "placeholder",
        "created_at",
    ],
    USERS: ["id", "username", "name", "created_at"],
    RECOMMENDATIONS: [
        "id",
        "user",
        "username",
        "content",
        "title",
        "score",
        "algorithm",
        "is_served",
        "created_at",
    ],
    INTERACTIONS: [
        "id",
        "user",
        "username",
        "content",
        "title",
        "kind",
        "rating",
        "comment",
        "parent",
        "edited_at",
        "duration_seconds",
        "created_at",
    ],
    JOBS: [
        *("id", "user", "username", "job_type", "status", "is_paused", "batch", "result"),
        *("created_at", "started_at", "finished_at"),
    ],
    ALBUMS: ["id", "owner", "title", "query", "cover", "is_public", "created_at"],
    TAGS: ["id", "name", "works"],
    CREATORS: ["id", "username", "name", "works"],
    MODELS: ["id", "kind", "name", "hash", "works"],
}
CARD_KEYS[AUTO] = CARD_KEYS[CONTENT]
MORE_DETAIL_KEYS = {
    CONTENT: ["prompt", "data", "metadata", "tags", "seed", "generation", "source_id", "updated_at"],
    USERS: ["picture"],
    RECOMMENDATIONS: [],
    INTERACTIONS: ["metadata"],
    JOBS: [
        *("prompt", "negative_prompt", "workflow", "parameters", "parent", "publishes"),
        *("number", "progress", "outputs", "left_out", "error"),
    ],
    ALBUMS: ["notes", "updated_at"],
    TAGS: [],
    CREATORS: [],
    MODELS: [],
}
MORE_DETAIL_KEYS[AUTO] = MORE_DETAIL_KEYS[CONTENT]


def is_ranked(endpoint: Endpoint) -> bool:
    """Return whether a ranking counts an endpoint's list for somebody who is not staff."""
    return endpoint.is_public


def numbered(endpoint: Endpoint, page: int, total: int, *, size: int = 2) -> dict[str, Any]:
    """Return the `pagination` that a numbered page of a small list has: cursors and as_of by their presence."""
    total_pages = max(1, -(-total // size))
    has_next, has_previous = page < total_pages, page > 1
    is_placed = is_ranked(endpoint) and total > 0
    # To a moment: names have none.
    is_pinned = is_placed and endpoint not in NAMES
    return {
        "page": page,
        "page_size": size,
        "total_count": total,
        "total_count_kind": "exact",
        "total_pages": total_pages,
        "has_next": has_next,
        "has_more": has_next,
        "has_previous": has_previous,
        "next_page": page + 1 if has_next else None,
        "previous_page": page - 1 if has_previous else None,
        "next_cursor": has_next,
        "prev_cursor": has_previous,
        "first_position": size * (page - 1) + 1 if is_placed else None,
        "last_position": min(size * page, total) if is_placed else None,
        "as_of": is_pinned,
        "new_count": 0 if is_pinned else None,
    }


def by_cursor(endpoint: Endpoint, page: int, total: int) -> dict[str, Any]:
    """Return the `pagination` of the same page reached by cursor: without numbers where the list is not ranked."""
    numbers = {} if is_ranked(endpoint) else {"page": None, "next_page": None, "previous_page": None}
    return {**numbered(endpoint, page, total), **numbers}


def told(answer: dict[str, Any]) -> dict[str, Any]:
    """Return the answer's `pagination` with the cursors and as_of as whether they are there."""
    pagination = answer["pagination"]
    texts = ("next_cursor", "prev_cursor", "as_of")
    assert {type(pagination[name]) for name in texts} <= {str, type(None)}
    return {**pagination, **{name: pagination[name] is not None for name in texts}}


@pytest.fixture(params=ENDPOINTS, ids=str)
def endpoint(request: pytest.FixtureRequest) -> Endpoint:
    """Each endpoint in turn."""
    return request.param


@each_list
def test_a_numbered_page_has_the_contract_s_keys_and_values(api: APIClient, alice: User, endpoint: Endpoint) -> None:
    expected = endpoint.fill(alice, 5)
    api.force_login(alice)
    for number, rows in enumerate((slice(0, 2), slice(2, 4), slice(4, 5)), 1):
        answer = read(api, f"{endpoint.url}?page={number}&page_size=2")
        assert list(answer) == ["items", "pagination", "links"]
        assert list(answer["links"]) == ["self", "first", "prev", "next", "last"]
        assert (told(answer), ids(answer)) == (numbered(endpoint, number, 5), expected[rows])


@each_list
def test_the_only_page_of_a_list_has_no_neighbours(api: APIClient, alice: User, endpoint: Endpoint) -> None:
    expected = endpoint.fill(alice, 2)
    api.force_login(alice)
    answer = read(api, f"{endpoint.url}?page_size=2")
    assert (told(answer), ids(answer)) == (numbered(endpoint, 1, 2), expected)
    assert (answer["links"]["prev"], answer["links"]["next"]) == (None, None)


def test_page_1_of_an_empty_list_is_there(api: APIClient, alice: User, endpoint: Endpoint) -> None:
    api.force_login(alice)
    answer = read(api, f"{endpoint.url}?page_size=2&{EMPTY}")
    assert (told(answer), answer["items"]) == (numbered(endpoint, 1, 0), [])
    here = f"http://testserver{endpoint.url}?created_after=2999-01-01&page_size=2&page=1"
    assert answer["links"] == {"self": here, "first": here, "prev": None, "next": None, "last": here}


@each_list
def test_pages_by_cursor_have_the_contract_s_values(api: APIClient, alice: User, endpoint: Endpoint) -> None:
    expected = endpoint.fill(alice, 5)
    api.force_login(alice)
    url = f"{endpoint.url}?page_size=2"
    second = read(api, cursor_url(url, read(api, url)))
    third = read(api, cursor_url(url, second))
    first = read(api, cursor_url(url, second, "prev_cursor"))
    assert [told(page) for page in (first, second, third)] == [by_cursor(endpoint, number, 5) for number in (1, 2, 3)]
    assert [ids(page) for page in (first, second, third)] == [expected[:2], expected[2:4], expected[4:]]


def second_pages(api: APIClient, url: str) -> Iterator[dict[str, Any]]:
    """Yield the second page of a list by number and by cursor."""
    yield read(api, f"{url}&page=2")
    yield read(api, cursor_url(url, read(api, url)))


@each_list
def test_links_lead_to_the_page_the_neighbours_and_both_ends(api: APIClient, alice: User, endpoint: Endpoint) -> None:
    expected = endpoint.fill(alice, 6)
    api.force_login(alice)
    ends = {"first": expected[:2], "last": expected[4:]}
    for middle in second_pages(api, f"{endpoint.url}?page_size=2"):
        led = {relation: ids(read(api, link)) for relation, link in middle["links"].items()}
        assert led == {"self": expected[2:4], "prev": expected[:2], "next": expected[4:], **ends}


@each_list
def test_the_last_link_leads_to_the_end_of_the_list(api: APIClient, alice: User, endpoint: Endpoint) -> None:
    expected = endpoint.fill(alice, 5)
    api.force_login(alice)
    url = f"{endpoint.url}?page_size=2"
    for page in (first := read(api, f"{url}&page=1"), read(api, cursor_url(url, first))):
        end = read(api, page["links"]["last"])
        assert (end["pagination"]["has_next"], end["items"][-1]["id"]) == (False, expected[-1])


def test_links_are_absolute_and_keep_size_order_sort_and_filters(
    api: APIClient, alice: User, endpoint: Endpoint
) -> None:
    endpoint.fill(alice, 6)
    api.force_login(alice)
    kept = {"page_size": ["2"], "order": ["asc"], "sort": ["created_at"], "created_after": ["2001-01-01T00:00:00Z"]}
    url = f"{endpoint.url}?" + "&".join(f"{name}={value}" for name, (value,) in kept.items())
    for link in (link for page in second_pages(api, url) for link in page["links"].values()):
        parts = urlsplit(link)
        places = ("page", "cursor", "as_of")
        query = {name: value for name, value in parse_qs(parts.query).items() if name not in places}
        assert (parts.scheme, parts.netloc, parts.path, query) == ("http", "testserver", endpoint.url, kept)


def test_links_keep_every_value_of_a_repeated_filter(api: APIClient, alice: User) -> None:
    ContentItemFactory.create_batch(3, tags=["sea", "r&d =?#"])
    page = read(api, "/api/v1/content/?page_size=1&tag=sea&tag=r%26d+%3D%3F%23")
    second = read(api, page["links"]["next"])
    assert parse_qs(urlsplit(second["links"]["next"]).query)["tag"] == ["sea", "r&d =?#"]
    assert second["pagination"]["total_count"] == 3


def test_links_name_the_host_that_was_asked(api: APIClient, alice: User) -> None:
    answer = api.get("/api/v1/content/", headers={"host": "localhost:8000"}).json()
    assert answer["links"]["self"] == "http://localhost:8000/api/v1/content/?page=1"


def test_the_link_header_says_what_links_say(api: APIClient, alice: User, endpoint: Endpoint) -> None:
    endpoint.fill(alice, 5)
    api.force_login(alice)
    url = f"{endpoint.url}?page_size=2"
    addresses = [f"{url}&{start}" for start in ("page=1", "page=2", "page=3", EMPTY)]
    for address in (*addresses, cursor_url(url, read(api, url))):
        response = api.get(address)
        header = re.findall(r'<([^>]+)>; rel="([a-z]+)"(?:, |$)', response.headers["Link"])
        said = {relation: link for relation, link in response.json()["links"].items() if link}
        assert {relation: link for link, relation in header} == said, address


@pytest.mark.parametrize("headers", [{}, {"accept": "application/json; indent=1"}, {"accept": "text/html"}])
def test_a_search_by_a_whole_prompt_makes_no_header_long(api: APIClient, alice: User, headers: dict[str, str]) -> None:
    """nginx takes 4 KiB for those of an answer, and 64 KiB at most as docs/operating.md has it."""
    ContentItemFactory.create_batch(3, creator=alice, prompt="漢" * 10_000)
    for address in ("/api/v1/content/", "/", "/fragments/works/"):
        for query in (urlencode({"q": "漢" * 1_980, "page_size": 1}), urlencode({"q": "a" * 10_000, "page_size": 1})):
            answer = api.get(f"{address}?{query}", headers=headers)
            lines = {f"{name}: {value}" for name, value in answer.headers.items()}
            assert (answer.status_code, [line for line in lines if len(line) > 4_000]) == (200, [])


@each_list
def test_following_next_visits_every_row_once_and_prev_comes_back(
    api: APIClient, alice: User, endpoint: Endpoint
) -> None:
    expected = endpoint.fill(alice, 7)
    api.force_login(alice)
    there = walk(api, f"{endpoint.url}?page_size=3")
    back = walk(api, f"{endpoint.url}?page_size=3&page=3", "prev")
    assert there == [expected[:3], expected[3:6], expected[6:]] == back[::-1]


def test_a_page_holds_50_rows_unless_asked_otherwise(api: APIClient, alice: User) -> None:
    ContentItemFactory.create_batch(51, creator=alice)
    answer = read(api, "/api/v1/content/")
    assert (len(answer["items"]), answer["pagination"]["page_size"]) == (50, 50)


@each_list
def test_a_list_carries_the_card_and_nothing_more(api: APIClient, alice: User, endpoint: Endpoint) -> None:
    """Trap 26."""
    endpoint.fill(alice, 2)
    api.force_login(alice)
    assert [list(item) for item in read(api, endpoint.url)["items"]] == [CARD_KEYS[endpoint]] * 2


@each_list
def test_a_list_carries_the_card_to_staff_as_well(api: APIClient, staff: User, endpoint: Endpoint) -> None:
    """Trap 26."""
    endpoint.fill(staff, 2)
    api.force_login(staff)
    assert [list(item) for item in read(api, endpoint.url)["items"]] == [CARD_KEYS[endpoint]] * 2


@each_list
def test_a_detail_carries_all(api: APIClient, alice: User, endpoint: Endpoint) -> None:
    row = endpoint.fill(alice, 2)[0]
    api.force_login(alice)
    assert list(read(api, endpoint.detail(row))) == [*CARD_KEYS[endpoint], *MORE_DETAIL_KEYS[endpoint]]


@pytest.mark.parametrize("page", ["", "?page=1&page_size=1", "?page_size=1000"])
def test_a_head_request_answers_as_get_does_without_a_body(api: APIClient, alice: User, page: str) -> None:
    ContentItemFactory.create_batch(2)
    response = api.head(f"/api/v1/content/{page}")
    assert (response.status_code, response.content, "Link" in response.headers) == (200, b"", True)
