"""A cursor means something in one list, in one order, for one viewer; anywhere else it is refused (trap 7)."""

from collections.abc import Callable
from uuid import UUID

import pytest
from rest_framework.test import APIClient

from tests.api.endpoints import AUTO, CONTENT, LISTS, NAMES, USERS, Endpoint
from tests.factories import AutoContentItemFactory, ContentItemFactory
from tests.pagination.walks import cursor_url, read
from users.models import User

ClientOf = Callable[[User | None], APIClient]
OF_WORKS = [
    *("model=a", "lora=a", "sampler=a", "scheduler=a", "generator=a", "seed=1", "steps=1", "cfg=1", "min_width=1"),
    *("min_height=1", "aspect=square", "has_workflow=false", "has_file=false", "library=a"),
    *("level=general", "stacks=on", "stack=1"),
]
FILTERS = {
    "content": ["content_type=image", "source=user", "q=item", "creator=alice", "tag=a", "min_quality=0.1", *OF_WORKS],
    "content-auto": ["content_type=image", "q=item", "creator=alice", "tag=a", "min_quality=0.1", *OF_WORKS],
    "users": ["q=a", "username=alice", "is_active=true"],
    "recommendations": ["is_served=false", "algorithm=a", "content=1", "user=1", "min_score=0"],
    "interactions": ["kind=view", "content=1", "user=1", "rating=1"],
    "generation-jobs": ["status=pending", "job_type=image", "user=1", f"batch={UUID(int=1)}"],
    "albums": ["owner=1"],
    "tags": ["q=tag"],
    "creators": ["q=user"],
    "models": ["q=model", "kind=model"],
}
TIMES = ["created_after=2001-01-01T00:00:00Z", "created_before=2901-01-01T00:00:00Z"]


def filters_of(endpoint: Endpoint) -> list[str]:
    """Return queries of all filters of a list."""
    return FILTERS[endpoint.name] + (TIMES if endpoint not in NAMES else [])


@pytest.fixture(params=LISTS, ids=str)
def endpoint(request: pytest.FixtureRequest) -> Endpoint:
    """Each endpoint in turn."""
    return request.param


@pytest.fixture
def cursor(api: APIClient, alice: User, endpoint: Endpoint) -> str:
    """A cursor of alice's from the endpoint's plain list; the API client stays hers."""
    endpoint.fill(alice, 3)
    api.force_login(alice)
    return read(api, f"{endpoint.url}?page_size=2")["pagination"]["next_cursor"]


def refused(api: APIClient, url: str) -> bool:
    """Return whether the answer is a 400 that names the cursor and nothing else."""
    response = api.get(url)
    assert response.status_code in (200, 400), response.content[:300]
    return response.status_code == 400 and list(response.json()["errors"]) == ["cursor"]


def test_with_any_other_filter_a_cursor_is_refused(api: APIClient, endpoint: Endpoint, cursor: str) -> None:
    queries = filters_of(endpoint)
    followed = [query for query in queries if not refused(api, f"{endpoint.url}?cursor={cursor}&{query}")]
    assert followed == []


def test_the_filters_above_are_all_there_are(endpoint: Endpoint) -> None:
    named = {query.partition("=")[0] for query in filters_of(endpoint)}
    assert named == set(endpoint.listing.filters.base_filters) - set(endpoint.listing.fixed)


def test_with_another_order_a_cursor_is_refused(api: APIClient, endpoint: Endpoint, cursor: str) -> None:
    assert refused(api, f"{endpoint.url}?cursor={cursor}&order=asc")


def test_with_another_sort_a_cursor_is_refused(api: APIClient, endpoint: Endpoint, cursor: str) -> None:
    others = list(endpoint.listing.sorts)[1:]
    followed = [sort for sort in others if not refused(api, f"{endpoint.url}?cursor={cursor}&sort={sort}")]
    assert followed == []


def test_at_another_endpoint_a_cursor_is_refused(api: APIClient, endpoint: Endpoint, cursor: str) -> None:
    others = [other for other in LISTS if other != endpoint]
    followed = [other.name for other in others if not refused(api, f"{other.url}?cursor={cursor}")]
    assert followed == []


def test_for_another_viewer_a_cursor_is_refused(
    client_of: ClientOf, bob: User, staff: User, endpoint: Endpoint, cursor: str
) -> None:
    """Trap 10."""
    url = f"{endpoint.url}?cursor={cursor}"
    assert [refused(client_of(viewer), url) for viewer in (bob, staff)] == [True, True]


@pytest.mark.parametrize("endpoint", [CONTENT, AUTO, USERS, *NAMES], ids=str, indirect=True)
def test_signed_out_a_cursor_of_a_public_list_is_refused(client_of: ClientOf, endpoint: Endpoint, cursor: str) -> None:
    """Trap 10."""
    assert refused(client_of(None), f"{endpoint.url}?cursor={cursor}")


def test_what_is_said_by_default_may_be_said_aloud(api: APIClient, endpoint: Endpoint, cursor: str) -> None:
    sort = next(iter(endpoint.listing.sorts))
    url = f"{endpoint.url}?cursor={cursor}&sort={sort}&order=desc&page_size=7"
    assert len(read(api, url)["items"]) == 1


def test_another_value_of_the_same_filter_is_another_list(api: APIClient, db: None) -> None:
    ContentItemFactory.create_batch(2, tags=["a", "b"])
    cursor = read(api, "/api/v1/content/?tag=a&page_size=1")["pagination"]["next_cursor"]
    queries = ["tag=b", "tag=a&tag=b", "", "tag=A"]
    assert [refused(api, f"/api/v1/content/?cursor={cursor}&{query}") for query in queries] == [True] * 4


def test_repeated_tags_mean_the_same_in_any_order(api: APIClient, db: None) -> None:
    ContentItemFactory.create_batch(2, tags=["a", "b"])
    cursor = read(api, "/api/v1/content/?tag=a&tag=b&page_size=1")["pagination"]["next_cursor"]
    assert len(read(api, f"/api/v1/content/?tag=b&tag=a&tag=b&cursor={cursor}")["items"]) == 1


def test_somebody_who_becomes_staff_starts_again(api: APIClient, alice: User) -> None:
    """Trap 10: their list now holds others' private items."""
    ContentItemFactory.create_batch(2)
    api.force_login(alice)
    first = read(api, "/api/v1/content/?page_size=1")
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    assert refused(api, cursor_url("/api/v1/content/", first))


def test_content_and_automatic_content_share_rows_but_no_cursors(api: APIClient, db: None) -> None:
    AutoContentItemFactory.create_batch(2)
    cursor = read(api, "/api/v1/content/?source=auto&page_size=1")["pagination"]["next_cursor"]
    assert refused(api, f"/api/v1/content-auto/?cursor={cursor}")
