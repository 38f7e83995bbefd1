"""Who may do what: every endpoint, method and kind of viewer."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.db.models import Model
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from tests.api.endpoints import (
    ALBUMS,
    AUTO,
    CONTENT,
    ENDPOINTS,
    INTERACTIONS,
    JOBS,
    PRIVATE,
    RECOMMENDATIONS,
    USERS,
    Endpoint,
)
from tests.factories import (
    AlbumFactory,
    AutoContentItemFactory,
    ContentItemFactory,
    GenerationJobFactory,
    InteractionFactory,
    RecommendationFactory,
    UserFactory,
)
from users.models import User

ClientOf = Callable[[User | None], APIClient]
ACTORS = ("anonymous", "owner", "other", "staff", "inactive")
ROW = {
    CONTENT: lambda owner: ContentItemFactory(creator=owner),
    AUTO: lambda owner: AutoContentItemFactory(creator=owner),
    USERS: lambda owner: owner,
    RECOMMENDATIONS: lambda owner: RecommendationFactory(user=owner),
    INTERACTIONS: lambda owner: InteractionFactory(user=owner),
    JOBS: lambda owner: GenerationJobFactory(user=owner),
    ALBUMS: lambda owner: AlbumFactory(owner=owner, is_public=True),
}
PASSWORD = "a long password"
CONTENT_BODY = {"title": "New", "content_type": "text"}


def body(endpoint: Endpoint) -> dict[str, Any]:
    """Return what makes a new row of the endpoint."""
    return {
        CONTENT: lambda: CONTENT_BODY,
        AUTO: lambda: CONTENT_BODY,
        USERS: lambda: {"username": UserFactory.build().username, "password": "correct horse battery"},
        RECOMMENDATIONS: lambda: {
            "user": UserFactory().pk,
            "content": ContentItemFactory().pk,
            "score": 0.5,
            "algorithm": "als-1",
        },
        INTERACTIONS: lambda: {"content": ContentItemFactory().pk, "kind": "view"},
        JOBS: lambda: {"job_type": "image", "prompt": "A lighthouse"},
        ALBUMS: lambda: {"title": "New"},
    }[endpoint]()


def change(endpoint: Endpoint) -> dict[str, Any]:
    """Return what changes a row of the endpoint."""
    return {
        CONTENT: {"title": "Changed"},
        AUTO: {"title": "Changed"},
        USERS: {"name": "Changed"},
        RECOMMENDATIONS: {"is_served": True},
        INTERACTIONS: {"metadata": {"changed": True}},
        JOBS: {"status": "cancelled"},
        ALBUMS: {"title": "Changed"},
    }[endpoint]


def replacement(endpoint: Endpoint) -> dict[str, Any]:
    """Return what replaces a row of the endpoint; an account keeps its password, and needs it for its new name."""
    fields = {**body(endpoint), **change(endpoint)}
    kept = {name: value for name, value in fields.items() if name != "password"}
    return {**kept, "current_password": PASSWORD} if endpoint == USERS else kept


def statuses(*values: int) -> dict[str, int]:
    return dict(zip(ACTORS, values, strict=True))


READ_PUBLIC = statuses(200, 200, 200, 200, 200)
READ_PRIVATE = statuses(401, 200, 404, 200, 401)
CHANGE_PUBLIC = statuses(401, 200, 403, 200, 401)
DELETE_PUBLIC = statuses(401, 204, 403, 204, 401)
DELETE_PRIVATE = statuses(401, 204, 404, 204, 401)
# What people did and said is theirs: staff delete it, and change none of it.
CHANGE_DEEDS = statuses(401, 200, 404, 403, 401)
CREATE = {
    CONTENT: statuses(401, 201, 201, 201, 401),
    AUTO: statuses(401, 403, 403, 201, 401),
    USERS: statuses(201, 201, 201, 201, 201),
    RECOMMENDATIONS: statuses(401, 403, 403, 201, 401),
    INTERACTIONS: statuses(401, 201, 201, 201, 401),
    JOBS: statuses(401, 202, 202, 202, 401),
    ALBUMS: statuses(401, 201, 201, 201, 401),
}


def changed_by(endpoint: Endpoint) -> dict[str, int]:
    """Return the status that each kind of viewer is to get for a change."""
    if endpoint == INTERACTIONS:
        return CHANGE_DEEDS
    return CHANGE_PUBLIC if endpoint.is_public else READ_PRIVATE


@pytest.fixture(params=ENDPOINTS, ids=str)
def endpoint(request: pytest.FixtureRequest) -> Endpoint:
    """Each endpoint in turn."""
    return request.param


@pytest.fixture
def viewer(client_of: ClientOf, bob: User, staff: User) -> Callable[[str, User], APIClient]:
    """Return what gives a kind of viewer by name; the owner is handed in."""
    inactive = UserFactory()

    def client(name: str, owner: User) -> APIClient:
        users = {"anonymous": None, "owner": owner, "other": bob, "staff": staff, "inactive": inactive}
        made = client_of(users[name])
        if name == "inactive":
            User.objects.filter(pk=inactive.pk).update(is_active=False)
        return made

    return client


def answers(viewer: Callable, endpoint: Endpoint, ask: Callable[[APIClient, Model], Any]) -> dict[str, int]:
    """Return the status that each kind of viewer gets, each with a row of its own."""
    given = {}
    for name in ACTORS:
        owner = UserFactory(password=make_password(PASSWORD))
        row = ROW[endpoint](owner)
        given[name] = ask(viewer(name, owner), row).status_code
    return given


def test_public_lists_are_read_by_all_and_private_ones_by_who_is_signed_in(
    viewer: Callable, endpoint: Endpoint
) -> None:
    expected = READ_PUBLIC if endpoint.is_public else statuses(401, 200, 200, 200, 401)
    assert answers(viewer, endpoint, lambda client, _: client.get(endpoint.url)) == expected


def test_a_row_is_read_by_who_sees_it(viewer: Callable, endpoint: Endpoint) -> None:
    expected = READ_PUBLIC if endpoint.is_public else READ_PRIVATE
    assert answers(viewer, endpoint, lambda client, row: client.get(endpoint.detail(row))) == expected


def test_a_row_is_changed_by_its_owner_and_staff(viewer: Callable, endpoint: Endpoint) -> None:
    expected = changed_by(endpoint)
    given = answers(viewer, endpoint, lambda client, row: client.patch(endpoint.detail(row), change(endpoint)))
    assert given == expected


def test_a_row_is_replaced_by_its_owner_and_staff(viewer: Callable, endpoint: Endpoint) -> None:
    expected = changed_by(endpoint)
    given = answers(viewer, endpoint, lambda client, row: client.put(endpoint.detail(row), replacement(endpoint)))
    assert given == expected


def test_a_row_is_deleted_by_its_owner_and_staff(viewer: Callable, endpoint: Endpoint) -> None:
    """Trap 23. One's own account is deleted by its password."""
    expected = DELETE_PUBLIC if endpoint.is_public else DELETE_PRIVATE
    sent = {"current_password": PASSWORD} if endpoint == USERS else {}
    assert answers(viewer, endpoint, lambda client, row: client.delete(endpoint.detail(row), sent)) == expected


def test_what_is_refused_is_not_done(client_of: ClientOf, bob: User, endpoint: Endpoint) -> None:
    """Trap 23."""
    row = ROW[endpoint](UserFactory())
    before = type(row).objects.filter(pk=row.pk).values().get()
    for client in (client_of(None), client_of(bob)):
        client.patch(endpoint.detail(row), change(endpoint))
        client.put(endpoint.detail(row), replacement(endpoint))
        client.delete(endpoint.detail(row))
    assert type(row).objects.filter(pk=row.pk).values().get() == before


def test_rows_are_made_by_who_may(viewer: Callable, endpoint: Endpoint) -> None:
    given = answers(viewer, endpoint, lambda client, _: client.post(endpoint.url, body(endpoint)))
    assert given == CREATE[endpoint]


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
@pytest.mark.parametrize("endpoint", PRIVATE, ids=str, indirect=True)
def test_who_is_not_signed_in_learns_how_to_be(api: APIClient, endpoint: Endpoint, method: str, alice: User) -> None:
    row = ROW[endpoint](alice)
    addresses = [endpoint.url, endpoint.detail(row)] if method == "get" else [endpoint.detail(row)]
    addresses = [endpoint.url] if method == "post" else addresses
    for address in addresses:
        response = getattr(api, method)(address)
        said = (response.status_code, response.headers["WWW-Authenticate"], response.headers["Content-Type"])
        assert said == (401, "Token", "application/problem+json")


def test_a_token_opens_what_a_session_opens(client_of: ClientOf, alice: User, endpoint: Endpoint) -> None:
    endpoint.fill(alice, 3)
    with_session, with_token = client_of(alice), client_of(None)
    with_token.credentials(HTTP_AUTHORIZATION=f"Token {Token.objects.create(user=alice).key}")
    addresses = [endpoint.url, f"{endpoint.url}?page_size=1&page=2"]
    strip = [
        {**client.get(url).json(), "pagination": None} for client in (with_session, with_token) for url in addresses
    ]
    assert strip[:2] == strip[2:]


@pytest.mark.parametrize("header", ["Token nonsense", "Token", "Token a b", "Token \xff"])
def test_a_wrong_token_opens_nothing_not_even_what_is_public(api: APIClient, db: None, header: str) -> None:
    response = api.get("/api/v1/content/", HTTP_AUTHORIZATION=header)
    said = (response.status_code, response.headers["WWW-Authenticate"], response.headers["Content-Type"])
    assert said == (401, "Token", "application/problem+json")


def test_the_token_of_an_inactive_account_opens_nothing(api: APIClient, alice: User) -> None:
    api.credentials(HTTP_AUTHORIZATION=f"Token {Token.objects.create(user=alice).key}")
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert [api.get(url).status_code for url in ("/api/v1/content/", "/api/v1/interactions/")] == [401, 401]


def test_inactive_staff_see_no_more_than_anonymous(client_of: ClientOf, staff: User) -> None:
    ContentItemFactory(is_private=True)
    client = client_of(staff)
    User.objects.filter(pk=staff.pk).update(is_active=False)
    assert client.get("/api/v1/content/").json()["pagination"]["total_count"] == 0


def test_a_session_changes_nothing_without_a_csrf_token(client_of: ClientOf, alice: User, endpoint: Endpoint) -> None:
    if endpoint == USERS:
        ask = lambda client: client.patch(endpoint.detail(alice), change(endpoint))  # noqa: E731
    else:
        ask = lambda client: client.post(endpoint.url, body(endpoint))  # noqa: E731
    client = client_of(alice)
    client.handler.enforce_csrf_checks = True
    response = ask(client)
    assert (response.status_code, response.headers["Content-Type"]) == (403, "application/problem+json")


def test_staff_see_everybody_s_rows(api: APIClient, staff: User, alice: User, bob: User) -> None:
    totals = {}
    for endpoint in PRIVATE:
        for owner in (alice, bob):
            ROW[endpoint](owner)
        api.force_login(staff)
        totals[endpoint.name] = api.get(endpoint.url).json()["pagination"]["total_count"]
    assert totals == {endpoint.name: 2 for endpoint in PRIVATE}


def test_a_user_sees_their_own_rows_alone(api: APIClient, alice: User, bob: User) -> None:
    found = {}
    for endpoint in PRIVATE:
        mine = ROW[endpoint](alice)
        ROW[endpoint](bob)
        api.force_login(alice)
        found[endpoint.name] = [item["id"] == mine.pk for item in api.get(endpoint.url).json()["items"]]
    assert found == {endpoint.name: [True] for endpoint in PRIVATE}
