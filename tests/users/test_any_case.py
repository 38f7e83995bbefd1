"""A username is one in any case: an account is found by it however it is typed, and shown as it writes it."""

from collections.abc import Callable

import pytest
from django.test import Client
from rest_framework.authtoken.models import TokenProxy
from rest_framework.test import APIClient

from tests.factories import AlbumFactory, ContentItemFactory, InteractionFactory, UserFactory
from tests.pages.html import texts, titles
from users.models import PendingEmail, User

PASSWORD = "correct horse battery"
SPELLINGS = ("Turner", "turner", "TURNER")


@pytest.fixture
def turner(db: None) -> User:
    """He made one work."""
    turner = User.objects.create_user("Turner", password=PASSWORD)
    ContentItemFactory(creator=turner, title="Rain, Steam and Speed")
    ContentItemFactory(creator=UserFactory(username="Turnerino"))
    return turner


@pytest.mark.parametrize("username", SPELLINGS)
def test_one_signs_in_and_gets_a_token(api: APIClient, client: Client, turner: User, username: str) -> None:
    sent = {"username": username, "password": PASSWORD}
    assert client.post("/accounts/login/", sent).status_code == 302
    assert client.session["_auth_user_id"] == str(turner.pk)
    token = api.post("/api/v1/auth/token/", sent).json()["token"]
    assert api.get("/api/v1/users/me/", headers={"Authorization": f"Token {token}"}).json()["id"] == turner.pk
    assert api.post("/api/v1/auth/token/", {**sent, "password": "x"}).status_code == 400


@pytest.mark.parametrize("username", SPELLINGS)
def test_the_list_of_accounts_finds_one(api: APIClient, turner: User, username: str) -> None:
    answer = api.get(f"/api/v1/users/?username={username}").json()
    assert ([item["id"] for item in answer["items"]], answer["pagination"]["total_count"]) == ([turner.pk], 1)


ADMIN_LISTS: dict[str, Callable[[User], object]] = {
    "users/user": lambda user: user,
    "authtoken/tokenproxy": lambda user: TokenProxy.objects.create(user=user),
    "users/pendingemail": lambda user: PendingEmail.objects.create(user=user, email="turner@example.org"),
    "albums/album": lambda user: AlbumFactory(owner=user),
    "interactions/interaction": lambda user: InteractionFactory(user=user),
}


@pytest.mark.parametrize("path", ADMIN_LISTS)
def test_searches_of_the_admin_find_what_belongs_to_one(client: Client, turner: User, path: str) -> None:
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    ADMIN_LISTS[path](turner)
    for term in (*SPELLINGS, *(['"turner"'] if path == "users/user" else [])):
        assert client.get(f"/admin/{path}/", {"q": term}).context["cl"].result_count >= 1


@pytest.mark.parametrize("username", SPELLINGS[1:])
def test_a_profile_has_one_address(client: Client, turner: User, username: str) -> None:
    led = client.get(f"/users/{username}/?sort=quality_score&tag=a%26b")
    assert (led.status_code, led["Location"]) == (302, "/users/Turner/?sort=quality_score&tag=a%26b")
    assert client.get(f"/users/{username}/")["Location"] == "/users/Turner/"
    assert client.get("/users/Turner/").status_code == 200
    assert titles(client.get(f"/fragments/users/{username}/works/")) == ["Rain, Steam and Speed"]
    turner.is_active = False
    turner.save()
    assert client.get(f"/users/{username}/").status_code == 404


@pytest.mark.parametrize("username", SPELLINGS)
def test_works_of_a_creator_are_found(client: Client, turner: User, username: str) -> None:
    page = client.get(f"/?creator={username}")
    assert (texts(page, "h1"), titles(page)) == (["Works by Turner"], ["Rain, Steam and Speed"])
    items = client.get(f"/api/v1/content/?creator={username}").json()["items"]
    assert [item["title"] for item in items] == ["Rain, Steam and Speed"]
    # A list of none of theirs says so, and not that there is no such creator.
    empty = client.get(f"/?creator={username}&tag=none").content.decode()
    assert "There is no creator" not in empty
