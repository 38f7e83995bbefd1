"""How many queries each list and detail runs: the same for 1 row and for 20, on any page."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from genonaut import flags
from tests.api.endpoints import AUTO, CONTENT, ENDPOINTS, INTERACTIONS, JOBS, RECOMMENDATIONS, USERS, Endpoint
from tests.factories import ContentItemFactory
from tests.pagination.walks import cursor_url, read
from users.models import User

# Signing in: the session and its user.
SIGNING_IN = 2
# By rank: the page with its rows, total, places and version, all in one.
RANKED_LIST = 1
# The version alone, where that is asked first or Django serializes the rows.
VERSION = 1
# A list that no ranking counts: its anchors, its total, the keys of the page and its rows.
LIST = 4
# A cursor also asks whether there is a page the other way.
CURSOR_LIST = LIST + 1
# Past the end: anchors and total.
TOTAL = 2
DETAIL = 1
# How many jobs are taken before one that waits.
PLACE = 1


def ranked_or(endpoint: Endpoint, otherwise: int) -> int:
    """Return how many queries a page of a signed-in viewer's list takes; personal lists are not ranked."""
    return RANKED_LIST if endpoint.is_public else otherwise


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
    with django_assert_num_queries(SIGNING_IN + ranked_or(endpoint, LIST)):
        answer = read(api, endpoint.url)
    assert len(answer["items"]) == rows


@pytest.mark.parametrize("rows", [1, 20])
@pytest.mark.parametrize("endpoint", [CONTENT, AUTO, USERS], ids=str, indirect=True)
def test_a_public_list_runs_one_query_for_who_is_not_signed_in(
    api: APIClient, alice: User, endpoint: Endpoint, rows: int, django_assert_num_queries: Callable[..., Any]
) -> None:
    endpoint.fill(alice, rows)
    with django_assert_num_queries(RANKED_LIST):
        answer = read(api, endpoint.url)
    assert len(answer["items"]) == rows


@pytest.mark.parametrize("rows", [1, 20])
def test_a_list_runs_three_queries_for_staff(
    api: APIClient, staff: User, endpoint: Endpoint, rows: int, django_assert_num_queries: Callable[..., Any]
) -> None:
    endpoint.fill(staff, rows)
    api.force_login(staff)
    with django_assert_num_queries(SIGNING_IN + RANKED_LIST):
        read(api, endpoint.url)


@pytest.mark.parametrize("page", [1, 2, 7])
def test_any_numbered_page_runs_the_same_queries(
    api: APIClient, alice: User, endpoint: Endpoint, page: int, django_assert_num_queries: Callable[..., Any]
) -> None:
    endpoint.fill(alice, 20)
    api.force_login(alice)
    with django_assert_num_queries(SIGNING_IN + ranked_or(endpoint, LIST)):
        read(api, f"{endpoint.url}?page_size=3&page={page}")


@pytest.mark.parametrize("depth", [1, 2, 6])
def test_any_page_by_cursor_runs_the_same_queries(
    api: APIClient, alice: User, endpoint: Endpoint, depth: int, django_assert_num_queries: Callable[..., Any]
) -> None:
    endpoint.fill(alice, 20)
    api.force_login(alice)
    url = f"{endpoint.url}?page_size=3"
    before = read(api, f"{url}&page={depth}")
    with django_assert_num_queries(SIGNING_IN + ranked_or(endpoint, CURSOR_LIST)):
        read(api, cursor_url(url, before))


@pytest.mark.parametrize("endpoint", [CONTENT, AUTO, USERS], ids=str, indirect=True)
def test_an_unchanged_list_runs_its_version_alone(
    api: APIClient, alice: User, endpoint: Endpoint, django_assert_num_queries: Callable[..., Any]
) -> None:
    endpoint.fill(alice, 20)
    api.force_login(alice)
    etag = api.get(endpoint.url)["ETag"]
    with django_assert_num_queries(SIGNING_IN + VERSION):
        assert api.get(endpoint.url, headers={"if-none-match": etag}).status_code == 304


@pytest.mark.parametrize("endpoint", [CONTENT, AUTO, USERS], ids=str, indirect=True)
def test_a_ranked_list_that_django_serializes_runs_two_queries(
    api: APIClient, alice: User, endpoint: Endpoint, django_assert_num_queries: Callable[..., Any]
) -> None:
    endpoint.fill(alice, 20)
    api.force_login(alice)
    flags.remember(frozenset({flags.Flag.JSON_FROM_DATABASE}), seconds=None)
    with django_assert_num_queries(SIGNING_IN + RANKED_LIST + 1):
        read(api, f"{endpoint.url}?page_size=3&page=2")


def test_a_page_past_the_end_runs_the_total_alone(
    api: APIClient, alice: User, endpoint: Endpoint, django_assert_num_queries: Callable[..., Any]
) -> None:
    api.force_login(alice)
    with django_assert_num_queries(SIGNING_IN + ranked_or(endpoint, TOTAL)):
        api.get(f"{endpoint.url}?page=1000000")


@pytest.mark.parametrize(
    "endpoint", [CONTENT, AUTO, USERS, RECOMMENDATIONS, INTERACTIONS, JOBS], ids=str, indirect=True
)
def test_a_detail_runs_one_query(
    api: APIClient, alice: User, endpoint: Endpoint, django_assert_num_queries: Callable[..., Any]
) -> None:
    row = endpoint.fill(alice, 2)[0]
    api.force_login(alice)
    with django_assert_num_queries(SIGNING_IN + DETAIL + (PLACE if endpoint == JOBS else 0)):
        read(api, endpoint.detail(row))


def test_a_creator_named_by_username_is_looked_up_in_one_query(
    api: APIClient, alice: User, django_assert_num_queries: Callable[..., Any]
) -> None:
    ContentItemFactory(creator=alice)
    with django_assert_num_queries(LIST + 1):
        read(api, "/api/v1/content/?creator=alice")
