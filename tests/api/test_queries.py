"""How many queries each list and detail runs: the same for 1 row and for 20, on any page."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.api.endpoints import AUTO, CONTENT, ENDPOINTS, INTERACTIONS, JOBS, RECOMMENDATIONS, USERS, Endpoint
from tests.factories import ContentItemFactory
from tests.pagination.walks import cursor_url, read
from users.models import User

# Signing in: the session and its user.
SIGNING_IN = 2
# By rank: the page with total and places, and its rows. Before them the list's version, where it has one.
RANKED_LIST = 2
VERSION = 1
# The viewer's own private works are no part of a ranking; what they change is looked at beside it.
OWN_VERSION = 1
# The plain way: the total, the keys of the page and its rows.
LIST = 3
# A first page that holds all there is needs no count.
WHOLE_LIST = 2
# A cursor also asks whether there is a page the other way.
CURSOR_LIST = LIST + 1
DETAIL = 1


def versions(endpoint: Endpoint) -> int:
    """Return how many queries a signed-in viewer's version of a list takes; personal lists have none."""
    if not endpoint.is_public:
        return 0
    return VERSION if endpoint is USERS else VERSION + OWN_VERSION


@pytest.fixture(params=ENDPOINTS, ids=str)
def endpoint(request: pytest.FixtureRequest) -> Endpoint:
    """Each endpoint in turn."""
    return request.param


@pytest.mark.parametrize("rows", [1, 20])
def test_a_list_runs_the_same_queries_for_its_owner_however_many_rows_it_has(
    api: APIClient, alice: User, endpoint: Endpoint, rows: int, django_assert_num_queries: Callable[..., Any]
) -> None:
    endpoint.fill(alice, rows)
    api.force_login(alice)
    with django_assert_num_queries(SIGNING_IN + versions(endpoint) + WHOLE_LIST):
        answer = read(api, endpoint.url)
    assert len(answer["items"]) == rows


@pytest.mark.parametrize("rows", [1, 20])
@pytest.mark.parametrize("endpoint", [CONTENT, AUTO, USERS], ids=str, indirect=True)
def test_a_public_list_runs_three_queries_for_who_is_not_signed_in(
    api: APIClient, alice: User, endpoint: Endpoint, rows: int, django_assert_num_queries: Callable[..., Any]
) -> None:
    endpoint.fill(alice, rows)
    with django_assert_num_queries(VERSION + RANKED_LIST):
        answer = read(api, endpoint.url)
    assert len(answer["items"]) == rows


@pytest.mark.parametrize("rows", [1, 20])
def test_a_list_runs_five_queries_for_staff(
    api: APIClient, staff: User, endpoint: Endpoint, rows: int, django_assert_num_queries: Callable[..., Any]
) -> None:
    endpoint.fill(staff, rows)
    api.force_login(staff)
    with django_assert_num_queries(SIGNING_IN + VERSION + RANKED_LIST):
        read(api, endpoint.url)


@pytest.mark.parametrize("page", [1, 2, 7])
def test_any_numbered_page_runs_the_same_queries(
    api: APIClient, alice: User, endpoint: Endpoint, page: int, django_assert_num_queries: Callable[..., Any]
) -> None:
    endpoint.fill(alice, 20)
    api.force_login(alice)
    with django_assert_num_queries(SIGNING_IN + versions(endpoint) + (RANKED_LIST if endpoint.is_public else LIST)):
        read(api, f"{endpoint.url}?page_size=3&page={page}")


@pytest.mark.parametrize("depth", [1, 2, 6])
def test_any_page_by_cursor_runs_the_same_queries(
    api: APIClient, alice: User, endpoint: Endpoint, depth: int, django_assert_num_queries: Callable[..., Any]
) -> None:
    endpoint.fill(alice, 20)
    api.force_login(alice)
    url = f"{endpoint.url}?page_size=3"
    before = read(api, f"{url}&page={depth}")
    page = RANKED_LIST if endpoint.is_public else CURSOR_LIST
    with django_assert_num_queries(SIGNING_IN + versions(endpoint) + page):
        read(api, cursor_url(url, before))


def test_a_page_past_the_end_runs_the_total_alone(
    api: APIClient, alice: User, endpoint: Endpoint, django_assert_num_queries: Callable[..., Any]
) -> None:
    api.force_login(alice)
    with django_assert_num_queries(SIGNING_IN + versions(endpoint) + 1):
        api.get(f"{endpoint.url}?page=1000000")


@pytest.mark.parametrize(
    "endpoint", [CONTENT, AUTO, USERS, RECOMMENDATIONS, INTERACTIONS, JOBS], ids=str, indirect=True
)
def test_a_detail_runs_one_query(
    api: APIClient, alice: User, endpoint: Endpoint, django_assert_num_queries: Callable[..., Any]
) -> None:
    row = endpoint.fill(alice, 2)[0]
    api.force_login(alice)
    with django_assert_num_queries(SIGNING_IN + DETAIL):
        read(api, endpoint.detail(row))


def test_a_creator_named_by_username_is_looked_up_in_one_query(
    api: APIClient, alice: User, django_assert_num_queries: Callable[..., Any]
) -> None:
    ContentItemFactory(creator=alice)
    with django_assert_num_queries(VERSION + WHOLE_LIST + 1):
        read(api, "/api/v1/content/?creator=alice")
