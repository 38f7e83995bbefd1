"""What a visitor clicked before signing in is done after it, once, and only if it was a form of this site."""

import pytest
from django.test import Client

from content.models import ContentItem
from interactions.models import Interaction
from tests.factories import ContentItemFactory
from tests.pages.html import elements
from users.intents import COOKIE
from users.models import User

HERE = {"Origin": "http://testserver"}
SIGN_IN = {"username": "dora", "password": "a long password"}


@pytest.fixture
def dora(db: None) -> User:
    return User.objects.create_user(**SIGN_IN)


def wants(client: Client, item: ContentItem, origin: dict[str, str] = HERE, **changed: object) -> str:
    """Click the button of a visitor; return where it leads."""
    address = item.get_absolute_url()
    [button] = elements(client.get(address), "form", action="/accounts/intent/") or [None]
    assert button is not None
    form = {"deed": "like", "pk": item.pk, "next": address, **changed}
    return client.post("/accounts/intent/", form, headers=origin).headers["Location"]


def liked(item: ContentItem) -> list[tuple[str, str]]:
    """Return who did what with an item, but for views."""
    rows = Interaction.objects.filter(content=item).exclude(kind="view")
    return list(rows.order_by("pk").values_list("user__username", "kind"))


@pytest.mark.parametrize("deed", ["like", "bookmark"])
def test_what_a_visitor_wanted_is_done_once_they_signed_in(client: Client, dora: User, deed: str) -> None:
    item = ContentItemFactory()
    sign_in = wants(client, item, deed=deed)
    assert (sign_in, liked(item)) == (f"/accounts/login/?next={item.get_absolute_url()}", [])
    answer = client.post(sign_in, SIGN_IN)
    assert (answer.headers["Location"], liked(item)) == (item.get_absolute_url(), [("dora", deed)])
    assert "now." in client.get(answer.headers["Location"]).content.decode()
    assert client.cookies[COOKIE].value == ""
    assert (
        client.post("/accounts/intent/", {"deed": "bookmark", "pk": item.pk}, headers=HERE).headers["Location"] == "/"
    )
    assert liked(item) == [("dora", deed)]


def test_it_is_done_after_signing_up_too(client: Client, db: None) -> None:
    item = ContentItemFactory()
    wants(client, item)
    form = {"username": "eve", "password1": "a long password", "password2": "a long password"}
    client.post("/accounts/signup/", {**form, "next": item.get_absolute_url()})
    assert liked(item) == [("eve", "like")]


@pytest.mark.parametrize(
    ("origin", "changed"),
    [
        ({"Origin": "https://example.org"}, {}),
        ({"Origin": "null"}, {}),
        ({}, {}),
        (HERE, {"deed": "delete"}),
        (HERE, {"pk": "1" * 30}),
        (HERE, {"pk": "x"}),
        (HERE, {"next": "/"}),  # signing in leads elsewhere
    ],
)
def test_nothing_is_done_for_a_stranger_s_form_or_elsewhere(
    client: Client, dora: User, origin: dict[str, str], changed: dict[str, str]
) -> None:
    item = ContentItemFactory()
    wants(client, item, origin, **changed)
    client.post(f"/accounts/login/?next={item.get_absolute_url()}", SIGN_IN)
    assert liked(item) == []


@pytest.mark.parametrize("forged", ["x", "WyJsaWtlIiwxLCIvIl0:1:x"])
def test_a_forged_cookie_and_a_hidden_work_are_passed_over(client: Client, dora: User, forged: str) -> None:
    item = ContentItemFactory()
    sign_in = wants(client, item)
    ContentItem.objects.update(is_private=True)
    assert client.post(sign_in, SIGN_IN).status_code == 302
    assert liked(item) == []
    other = Client()
    other.cookies[COOKIE] = forged
    assert other.post(sign_in, SIGN_IN).status_code == 302


def test_a_click_after_the_session_ended_is_remembered(client: Client, dora: User) -> None:
    item = ContentItemFactory()
    answer = client.post(f"/content/{item.pk}/like/", {"on": "1"})
    client.post(answer.headers["Location"], SIGN_IN)
    assert liked(item) == [("dora", "like")]
    client.logout()
    client.post(f"/content/{item.pk}/like/", {"on": "0"})
    client.post(answer.headers["Location"], SIGN_IN)
    assert liked(item) == [("dora", "like")]
