"""What a visitor clicked before signing in is done after it, once, and only if it was a form of this site."""

from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client

from content.models import ContentItem
from genonaut.http.limits import Rate
from interactions.intended import GONE
from interactions.models import Interaction
from tests.factories import ContentItemFactory, InteractionFactory
from tests.pages.html import elements, texts
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
    assert [button.attributes["value"] for button in elements(client.get(address), "input", name="deed")] == ["like"]
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


@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/signup/"])
def test_signing_in_without_a_place_to_go_leads_to_where_something_was_wanted(
    client: Client, dora: User, path: str
) -> None:
    item = ContentItemFactory()
    assert client.post("/accounts/intent/", {"deed": "like", "pk": item.pk, "next": "/tags/"}, headers=HERE)
    form = {"username": "eve", "password1": "a long password", "password2": "a long password"}
    answer = client.post(path, form if "signup" in path else SIGN_IN)
    assert (answer.headers["Location"], len(liked(item))) == ("/tags/", 1)


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


@pytest.mark.parametrize(
    ("origin", "kept"),
    [(HERE, [("dora", None, "Oh")]), ({}, []), ({"Origin": "https://example.org"}, []), ({"Origin": "null"}, [])],
)
def test_what_is_sent_from_an_old_page_once_signed_in_is_done_at_once(
    client: Client, dora: User, origin: dict[str, str], kept: list
) -> None:
    item = ContentItemFactory()
    page = f"/content/{item.pk}/comments/"
    form = {**visitors_form(client, page, "comment"), "text": "Oh"}
    client.force_login(dora)
    answer = client.post("/accounts/intent/", form, headers=origin)
    assert (answer.status_code, answer.headers["Location"], COOKIE in answer.cookies) == (303, page, False)
    assert said(item) == kept
    assert ("Your comment is there." in client.get(page).content.decode()) == bool(kept)


def test_what_cannot_be_done_at_once_is_said(client: Client, dora: User) -> None:
    hidden = ContentItemFactory(is_private=True)
    client.force_login(dora)
    form = {"deed": "comment", "pk": hidden.pk, "text": "Oh", "next": "/"}
    assert client.post("/accounts/intent/", {**form, "text": " "}, headers=HERE).status_code == 400
    for deed in ("comment", "like"):
        assert client.post("/accounts/intent/", {**form, "deed": deed}, headers=HERE).status_code == 303
    told = [str(message) for message in client.get("/").context["messages"]]
    assert (told, Interaction.objects.count()) == ([GONE], 0)


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


# --- Ratings and comments


def said(item: ContentItem) -> list[tuple[str, int | None, str]]:
    """Return who gave how many stars to an item, and what they wrote."""
    rows = Interaction.objects.filter(content=item, kind__in=("rate", "comment")).order_by("pk")
    return list(rows.values_list("user__username", "rating", "comment"))


def visitors_form(client: Client, address: str, deed: str) -> dict[str, str]:
    """Return what the form of a deed sends, without what a visitor puts in."""
    page = client.get(address)
    [form] = [form for form in page_forms(page) if form.get("deed") == deed]
    return form


def page_forms(page: HttpResponse) -> list[dict[str, str]]:
    """Return the hidden fields of each form for visitors."""
    hidden = elements(page, "input", type="hidden")
    values = [(one.attributes["name"], one.attributes["value"]) for one in hidden]
    names = [name for name, _ in values]
    starts = [place for place, name in enumerate(names) if name == "deed"]
    return [dict(values[start : start + 3]) for start in starts]


LONG = "\u4e00\u9fa5 \u00e9" * 250


@pytest.mark.parametrize("place", ["/content/{}/comments/", "/fragments/content/{}/comments/"])
@pytest.mark.parametrize(
    ("deed", "typed", "kept"),
    [
        ("rate", {"rating": "4"}, ("dora", 4, "")),
        ("comment", {"text": f"Oh \U0001f525\r\n{LONG}"}, ("dora", None, f"Oh \U0001f525\n{LONG}")),
    ],
)
def test_what_a_visitor_says_of_a_work_is_kept_until_they_signed_in(
    client: Client, dora: User, place: str, deed: str, typed: dict[str, str], kept: tuple
) -> None:
    item = ContentItemFactory()
    form = visitors_form(client, place.format(item.pk), deed)
    assert form == {
        "deed": deed,
        "pk": str(item.pk),
        "next": item.get_absolute_url() if "fragments" in place else f"/content/{item.pk}/comments/",
    }
    sign_in = client.post("/accounts/intent/", {**form, **typed}, headers=HERE)
    cookie = sign_in.cookies[COOKIE].value
    assert (sign_in["Location"], len(cookie) < 4_000) == (f"/accounts/login/?next={form['next']}", True)
    for _ in range(2):  # the same cookie again, as a browser sends it that lost the answer
        answer = client.post(sign_in["Location"], SIGN_IN)
        assert (answer["Location"], said(item)) == (form["next"], [kept])
        client.logout()
        client.cookies[COOKIE] = cookie


@pytest.mark.parametrize("prefix", ["", "/fragments"])
def test_what_is_said_after_the_session_ended_is_kept_too(client: Client, dora: User, prefix: str) -> None:
    item = ContentItemFactory()
    thread = InteractionFactory(content=item, kind="comment", comment="First")
    page = f"/content/{item.pk}/comments/"
    for address, form in (("rate", {"rating": "2"}), ("comments", {"text": "Yes", "parent": thread.pk})):
        answer = client.post(f"{prefix}/content/{item.pk}/{address}/", form)
        led = answer["HX-Redirect" if prefix else "Location"]
        assert client.post(led, SIGN_IN)["Location"] == page
        client.logout()
    assert said(item)[1:] == [("dora", 2, ""), ("dora", None, "Yes")]
    assert thread.answers.get().comment == "Yes"
    # Nothing is taken back, and what cannot be kept is shown again.
    client.post(f"{prefix}/content/{item.pk}/rate/", {"rating": "0"})
    assert COOKIE not in client.post(f"{prefix}/content/{item.pk}/comments/", {"text": " "}).cookies
    long = "".join(chr(0x4E00 + number * 7919 % 20_000) for number in range(5_000))
    refused = client.post(f"{prefix}/content/{item.pk}/comments/", {"text": long})
    assert (refused.status_code, texts(refused, "textarea")[0]) == (200 if prefix else 400, long)
    assert "too long to be kept" in texts(refused, "div", class_="errors")[0]


def test_what_cannot_be_kept_or_done_is_said(client: Client, dora: User, monkeypatch: pytest.MonkeyPatch) -> None:
    item = ContentItemFactory()
    page = f"/content/{item.pk}/comments/"
    form = {"deed": "comment", "pk": item.pk, "next": page}
    long = "".join(chr(0x4E00 + number * 7919 % 20_000) for number in range(5_000))
    for wrong in ({"text": long}, {"text": ""}, {"text": "a", "parent": "x"}, {"deed": "rate", "rating": "0"}):
        refused = client.post("/accounts/intent/", {**form, **wrong}, headers=HERE)
        assert (refused.status_code, COOKIE in refused.cookies) == (400, False)

    def done(**changed: object) -> list[str]:
        """Return what the page after signing in says."""
        sign_in = client.post("/accounts/intent/", {**form, "text": "Oh", **changed}, headers=HERE)["Location"]
        client.post(sign_in, SIGN_IN)
        told = [str(message) for message in client.get("/").context["messages"]]
        client.logout()
        return told

    assert done(parent=99_999) == ["Your comment is not there: what you wrote about is gone or private by now."]
    monkeypatch.setattr("interactions.comments.RATE", Rate(1, timedelta(hours=1)))
    assert done(text="Two")[0].startswith("Your comment is not there. Too many tries")
    assert said(item) == []
