"""Likes, bookmarks and views over HTTP: who may, what it answers, and what it never tells."""

import logging
from datetime import timedelta
from itertools import product

import pytest
from django.db import OperationalError, connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from content.models import ContentItem
from interactions import views
from interactions.likes import set_mark
from interactions.models import MARK_KINDS, Interaction, Kind
from interactions.viewing import record_view
from tests.factories import ContentItemFactory, InteractionFactory, UserFactory
from tests.interactions.test_likes import at_once, rows
from tests.pages.html import elements, hrefs, texts
from users.models import User

NAMES = [str(kind) for kind in MARK_KINDS]
PREFIXES = ("", "/fragments")
# Each number is a good id, too large a one, or one that no item can have.
HUGE = ["0", "9223372036854775807", "9223372036854775808", "9" * 100, "9" * 5000]
SIGNING_IN = 2
SAVEPOINT = 2
MARKED = 1 + SAVEPOINT


@pytest.fixture
def item(db: None) -> ContentItem:
    return ContentItemFactory(title="Fog")


@pytest.fixture
def secret(alice: User) -> ContentItem:
    """Alice's, and liked by her; bob liked and viewed it before it was private."""
    return ContentItemFactory(title="Secret", creator=alice, is_private=True)


def set_on(client: Client, item: ContentItem, name: str = "like", on: str = "1", **sent: str) -> HttpResponse:
    return client.post(f"/content/{item.pk}/{name}/", {"on": on, **sent})


def pressed(page: HttpResponse) -> dict[str, str]:
    """Return which of the page's buttons are pressed."""
    buttons = elements(page, "button", class_="mark__button")
    return {button.text: button.attributes["aria-pressed"] for button in buttons}


# --- The plain form


@pytest.mark.parametrize("name", NAMES)
def test_a_form_sets_a_mark_and_takes_it_off(client: Client, alice: User, item: ContentItem, name: str) -> None:
    client.force_login(alice)
    answer = set_on(client, item, name)
    assert (answer.status_code, answer["Location"]) == (303, f"/content/{item.pk}/")
    assert rows(kind=name) == [(alice.pk, item.pk, name)]
    assert set_on(client, item, name, on="0").status_code == 303
    assert rows() == []


def test_a_page_offers_what_is_not_set_yet(client: Client, alice: User, item: ContentItem) -> None:
    client.force_login(alice)
    set_mark(alice, item.pk, Kind.LIKE, is_on=True)
    page = client.get(item.get_absolute_url())
    assert pressed(page) == {"Like": "true", "Bookmark": "false"}
    assert [field.attributes["value"] for field in elements(page, "input", name="on")] == ["0", "1"]
    assert texts(page, "form", class_="mark") == ["Like 1 like", "Bookmark"]


def test_who_is_not_signed_in_reads_the_count_and_is_offered_to_sign_in(client: Client, item: ContentItem) -> None:
    InteractionFactory.create_batch(2, content=item, kind=Kind.LIKE)
    page = client.get(item.get_absolute_url())
    assert texts(page, "div", class_="marks") == ["Sign in to like 2 likes"]
    assert f"/accounts/login/?next=/content/{item.pk}/" in hrefs(page, "a", class_="button")
    assert "Set-Cookie" not in page.headers


def test_who_is_not_signed_in_is_led_to_sign_in_whatever_is_there(client: Client, secret: ContentItem) -> None:
    for pk, name in product((str(secret.pk), "999999", "9" * 100), NAMES):
        answer = client.post(f"/content/{pk}/{name}/", {"on": "1"})
        assert (answer.status_code, answer["Location"]) == (303, f"/accounts/login/?next=/content/{pk}/")
    assert rows() == []


WISHES = {
    "/?tag=fog&page=3": "/?tag=fog&page=3",
    "/users/ada/": "/users/ada/",
    "": None,
    "https://example.org/": None,
    "//example.org/": None,
    "/\\example.org": None,
    "javascript:alert(1)": None,
    "http://[": None,
    "\x00/": None,
}


def test_a_form_leads_to_a_page_of_this_site_alone(client: Client, alice: User, item: ContentItem) -> None:
    client.force_login(alice)
    for wished, led_to in WISHES.items():
        answer = set_on(client, item, next=wished)
        assert (answer.status_code, answer["Location"]) == (303, led_to or f"/content/{item.pk}/"), wished


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("name", NAMES)
def test_anything_but_on_or_off_is_refused(
    client: Client, alice: User, item: ContentItem, prefix: str, name: str
) -> None:
    client.force_login(alice)
    for sent in ({}, {"on": ""}, {"on": "2"}, {"on": "true"}, {"on": ["1", "0"]}, {"on": "\x00"}):
        assert client.post(f"{prefix}/content/{item.pk}/{name}/", sent).status_code == 400, sent
    assert rows() == []


@pytest.mark.parametrize(("body", "status"), [('{"on": "1"}', 415), ("", 400), ("\x00", 415)])
def test_another_kind_of_body_is_refused(
    client: Client, alice: User, item: ContentItem, body: str, status: int
) -> None:
    client.force_login(alice)
    answer = client.post(f"/content/{item.pk}/like/", body, content_type="application/json")
    assert (answer.status_code, rows()) == (status, [])


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.usefixtures("one_request_id")
def test_what_is_hidden_is_like_what_never_was(
    client: Client, bob: User, secret: ContentItem, prefix: str, name: str
) -> None:
    client.force_login(bob)
    answers = [client.post(f"{prefix}/content/{pk}/{name}/", {"on": "1"}) for pk in (secret.pk, *HUGE)]
    assert [answer.status_code for answer in answers] == [404] * len(answers)
    assert texts(answers[0], "main") == texts(answers[1], "main")
    assert rows() == []


@pytest.mark.parametrize(
    "address", ["/content/{}/views/", *(f"{prefix}/content/{{}}/{name}/" for prefix in PREFIXES for name in NAMES)]
)
def test_nothing_is_set_by_a_link_or_from_elsewhere(
    client: Client, alice: User, item: ContentItem, address: str
) -> None:
    address = address.format(item.pk)
    client.force_login(alice)
    assert client.get(address).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice)
    assert strict.post(address, {"on": "1"}).status_code == 403
    assert rows() == []


@pytest.mark.parametrize("name", NAMES)
def test_a_form_runs_one_query(
    client: Client, alice: User, item: ContentItem, name: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.force_login(alice)
    with django_assert_num_queries(SIGNING_IN + MARKED):
        set_on(client, item, name)


# --- The fragment


@pytest.mark.parametrize(("name", "shown"), [("like", "Like 1 like"), ("bookmark", "Bookmark")])
def test_a_fragment_is_the_form_in_its_new_state(
    client: Client, alice: User, item: ContentItem, name: str, shown: str
) -> None:
    client.force_login(alice)
    address = f"/fragments/content/{item.pk}/{name}/"
    answer = client.post(address, {"on": "1"})
    [form] = elements(answer, "form")
    assert (form.text, form.attributes["hx-post"], form.attributes["hx-swap"]) == (shown, address, "outerHTML")
    assert (form.attributes["action"], form.attributes["method"]) == (f"/content/{item.pk}/{name}/", "post")
    assert set(pressed(answer).values()) == {"true"}
    assert [field.attributes["value"] for field in elements(answer, "input", name="on")] == ["0"]
    assert len(elements(answer, "input", name="csrfmiddlewaretoken")) == 1
    assert answer["Cache-Control"] == "private, no-store"


def test_the_page_holds_the_form_that_a_fragment_replaces(client: Client, alice: User, item: ContentItem) -> None:
    client.force_login(alice)
    client.post(f"/fragments/content/{item.pk}/like/", {"on": "1"})
    fragment = client.post(f"/fragments/content/{item.pk}/like/", {"on": "1"})
    page = client.get(item.get_absolute_url())
    assert elements(fragment, "form") == [elements(page, "form", class_="mark")[0]]
    assert elements(fragment, "button") == [elements(page, "button", class_="mark__button")[0]]


def test_an_id_of_over_a_thousand_has_no_comma(client: Client, alice: User) -> None:
    item = ContentItemFactory(pk=1_234_567)
    client.force_login(alice)
    buttons = elements(client.get(item.get_absolute_url()), "button", class_="mark__button")
    assert [button.attributes["id"] for button in buttons] == ["like-1234567", "bookmark-1234567"]


@pytest.mark.parametrize("name", NAMES)
def test_a_fragment_sends_who_is_not_signed_in_to_sign_in(client: Client, secret: ContentItem, name: str) -> None:
    answer = client.post(f"/fragments/content/{secret.pk}/{name}/", {"on": "1"})
    assert (answer.status_code, answer.content) == (403, b"")
    assert answer["HX-Redirect"] == f"/accounts/login/?next=/content/{secret.pk}/"


def test_a_fragment_runs_two_queries(
    client: Client, alice: User, item: ContentItem, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.force_login(alice)
    with django_assert_num_queries(SIGNING_IN + MARKED + 1):
        client.post(f"/fragments/content/{item.pk}/like/", {"on": "1"})


# --- The marks of many items


def marks(client: Client, *pks: object) -> HttpResponse:
    return client.get("/fragments/marks/", {"id": pks})


def test_marks_are_the_readers_own(client: Client, alice: User, bob: User, item: ContentItem) -> None:
    other = ContentItemFactory()
    set_mark(alice, item.pk, Kind.LIKE, is_on=True)
    set_mark(alice, other.pk, Kind.BOOKMARK, is_on=True)
    set_mark(bob, other.pk, Kind.LIKE, is_on=True)
    client.force_login(alice)
    answer = marks(client, item.pk, other.pk, other.pk, other.pk + 1)
    assert answer.json() == {"liked": [item.pk], "bookmarked": [other.pk]}
    assert answer["Cache-Control"] == "private, no-store"


def test_who_is_not_signed_in_has_no_marks(
    client: Client, item: ContentItem, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    InteractionFactory(content=item, kind=Kind.LIKE, user=None)
    with django_assert_num_queries(0):
        answer = marks(client, item.pk)
    assert (answer.json(), answer["Cache-Control"]) == ({"liked": [], "bookmarked": []}, "private, no-store")


def test_marks_tell_nothing_of_what_is_hidden(
    client: Client, alice: User, bob: User, staff: User, secret: ContentItem
) -> None:
    for user in (alice, bob, staff):
        InteractionFactory(user=user, content=secret, kind=Kind.LIKE)
    told = []
    for user in (alice, bob, staff):
        client.force_login(user)
        told.append(marks(client, secret.pk).json()["liked"])
    assert told == [[secret.pk], [], [secret.pk]]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "id=",
        "id=x",
        "id=1&id=x",
        "id=-1",
        "id=1.0",
        "id=%00",
        "id=١",
        "id=" + "9" * 20,
        "id=" + "9" * 5000,
        "&".join(["id=1"] * 201),
    ],
)
def test_other_questions_are_refused(client: Client, alice: User, query: str) -> None:
    client.force_login(alice)
    assert client.get(f"/fragments/marks/?{query}").status_code == 400


@pytest.mark.parametrize("pk", ["0", "9223372036854775807", "9223372036854775808", "9" * 19])
def test_an_id_that_no_item_has_is_unmarked(client: Client, alice: User, pk: str) -> None:
    client.force_login(alice)
    assert marks(client, pk).json() == {"liked": [], "bookmarked": []}


@pytest.mark.parametrize("items", [1, 200])
def test_the_marks_of_up_to_200_items_are_one_query(
    client: Client, alice: User, items: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    made = ContentItemFactory.create_batch(items, creator=alice)
    InteractionFactory(user=alice, content=made[-1], kind=Kind.LIKE)
    client.force_login(alice)
    with django_assert_num_queries(SIGNING_IN + 1):
        assert marks(client, *[item.pk for item in made]).json()["liked"] == [made[-1].pk]


# --- Views


def viewed() -> list[tuple[int, int, str]]:
    return rows(kind=Kind.VIEW)


def test_seeing_a_page_is_recorded_once_an_hour_for_each_user_and_item(
    client: Client, alice: User, bob: User, item: ContentItem
) -> None:
    other = ContentItemFactory()
    for user in (alice, bob):
        client.force_login(user)
        for seen in (item, other, item):
            assert client.get(seen.get_absolute_url()).status_code == 200
    assert viewed() == [(user.pk, seen.pk, "view") for user in (alice, bob) for seen in (item, other)]


@pytest.mark.parametrize(("minutes", "views"), [(59, 1), (61, 2)])
def test_an_hour_later_it_is_recorded_again(
    client: Client, alice: User, item: ContentItem, minutes: int, views: int
) -> None:
    InteractionFactory(user=alice, content=item, created_at=timezone.now() - timedelta(minutes=minutes))
    client.force_login(alice)
    client.get(item.get_absolute_url())
    assert len(viewed()) == views


def test_of_who_is_not_signed_in_nothing_is_recorded(client: Client, item: ContentItem) -> None:
    assert client.get(item.get_absolute_url()).status_code == 200
    assert client.post(f"/content/{item.pk}/views/").status_code == 204
    assert viewed() == []


@pytest.mark.parametrize("header", ["Sec-Purpose", "Purpose", "X-Purpose"])
def test_a_prefetch_records_nothing(client: Client, alice: User, item: ContentItem, header: str) -> None:
    """Trap 30."""
    client.force_login(alice)
    assert client.get(item.get_absolute_url(), headers={header: "prefetch;prerender"}).status_code == 200
    assert viewed() == []


def test_head_records_nothing(client: Client, alice: User, item: ContentItem) -> None:
    client.force_login(alice)
    assert client.head(item.get_absolute_url()).status_code == 200
    assert viewed() == []


@pytest.mark.parametrize("status", [304, 404, 500])
def test_a_page_that_is_not_shown_is_not_seen(
    client: Client, alice: User, item: ContentItem, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.setattr(views.content_views, "detail", lambda _request, _pk: HttpResponse(status=status))
    client.force_login(alice)
    assert client.get(item.get_absolute_url()).status_code == status
    assert viewed() == []


def test_a_page_that_is_hidden_is_not_seen(client: Client, bob: User, secret: ContentItem) -> None:
    client.force_login(bob)
    assert client.get(secret.get_absolute_url()).status_code == 404
    assert viewed() == []


def test_a_page_is_shown_even_if_its_view_cannot_be_recorded(
    client: Client,
    alice: User,
    item: ContentItem,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_args: object) -> None:
        raise OperationalError("canceling statement due to statement timeout")

    monkeypatch.setattr(views, "record_view", fail)
    client.force_login(alice)
    with caplog.at_level(logging.ERROR, logger="interactions.views"):
        page = client.get(item.get_absolute_url())
    assert (page.status_code, texts(page, "h1")) == (200, ["Fog"])
    assert caplog.messages == [f"The view of item {item.pk} could not be recorded"]


def test_script_records_a_view_of_what_it_had_prefetched(client: Client, alice: User, item: ContentItem) -> None:
    client.force_login(alice)
    answers = [client.post(f"/content/{item.pk}/views/") for _ in range(2)]
    assert [(answer.status_code, answer.content) for answer in answers] == [(204, b"")] * 2
    assert viewed() == [(alice.pk, item.pk, "view")]


def test_a_view_of_what_is_hidden_is_not_recorded(client: Client, bob: User, secret: ContentItem) -> None:
    client.force_login(bob)
    answers = [client.post(f"/content/{pk}/views/").status_code for pk in (secret.pk, *HUGE)]
    assert (answers, viewed()) == ([404] * 6, [])


def test_a_view_does_not_wait_for_the_account_s_row(transactional_db: None) -> None:
    """The worker holds the rows of 500 accounts at a time while it refreshes what is recommended to them."""
    alice, item = UserFactory(), ContentItemFactory()

    def view() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '5s'")
            record_view(alice, item.pk)
            # The connection goes back to the pool.
            cursor.execute("RESET lock_timeout")

    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=alice.pk)
        assert at_once(view) == [None]
    assert viewed() == [(alice.pk, item.pk, "view")]


def test_views_at_once_are_one(transactional_db: None) -> None:
    alice, item = UserFactory(), ContentItemFactory()
    assert at_once(*[lambda: record_view(alice, item.pk)] * 4) == [None] * 4
    assert viewed() == [(alice.pk, item.pk, "view")]


@pytest.mark.parametrize("goes", ["user", "item"])
def test_a_view_of_or_by_what_has_gone_is_no_error(transactional_db: None, goes: str) -> None:
    alice, item = UserFactory(), ContentItemFactory()
    kept = {"user": User(pk=alice.pk), "item": item.pk}
    {"user": alice, "item": item}[goes].delete()
    record_view(kept["user"], kept["item"])
    assert viewed() == []


def test_a_page_that_is_seen_runs_one_query_more_than_its_own(
    client: Client, alice: User, item: ContentItem, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.force_login(alice)
    work_and_marks, kin = 2, 1
    record = SAVEPOINT + 1
    for _ in range(2):
        with django_assert_num_queries(SIGNING_IN + work_and_marks + kin + record):
            client.get(item.get_absolute_url())
    assert Interaction.objects.count() == 1
