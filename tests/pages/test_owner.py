"""What the owner of a work, and staff, do on its page."""

from collections.abc import Callable

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from content.models import ContentItem
from content.owners import delete_item
from interactions.likes import UnknownItemError, set_mark
from interactions.models import Interaction, Kind
from tests.factories import ContentItemFactory, InteractionFactory, UserFactory
from tests.interactions.test_likes import at_once
from tests.pages.html import elements, foreign_scripts, texts, titles
from users.models import User

HUGE = ["0", "9223372036854775807", "9223372036854775808", "9" * 100]
ACTIONS = {"privacy": {"is_private": "1"}, "delete": {}}


@pytest.fixture
def item(alice: User) -> ContentItem:
    return ContentItemFactory(title="Fog", creator=alice)


@pytest.fixture
def secret(alice: User) -> ContentItem:
    return ContentItemFactory(title="Secret", creator=alice, is_private=True)


def act(client: Client, pk: object, action: str, **sent: str) -> HttpResponse:
    return client.post(f"/content/{pk}/{action}/", sent or ACTIONS[action])


def said(page: HttpResponse) -> list[tuple[str, str | None]]:
    """Return what a page says was done, and to which item."""
    return [(one.text, one.attributes.get("data-changed-item")) for one in elements(page, "p", class_="message")]


def unchanged(item: ContentItem) -> bool:
    return ContentItem.objects.filter(pk=item.pk, is_private=item.is_private, updated_at=item.updated_at).exists()


@pytest.mark.parametrize("who", ["alice", "staff"])
def test_its_owner_and_staff_make_a_work_private_and_public(
    request: pytest.FixtureRequest, client: Client, item: ContentItem, who: str
) -> None:
    client.force_login(request.getfixturevalue(who))
    for is_private, state in (("1", "private"), ("0", "public")):
        answer = act(client, item.pk, "privacy", is_private=is_private)
        assert (answer.status_code, answer["Location"]) == (303, f"/content/{item.pk}/")
        page = client.get(answer["Location"])
        assert said(page) == [(f"“Fog” is {state} now.", str(item.pk))]
        assert texts(page, "span", class_="badge--private") == (["Private"] if state == "private" else [])
        assert f"Make {'public' if state == 'private' else 'private'}" in texts(page, "button")


def test_what_was_done_is_said_once(client: Client, alice: User, item: ContentItem) -> None:
    client.force_login(alice)
    act(client, item.pk, "privacy")
    assert [len(said(client.get("/"))) for _ in range(2)] == [1, 0]


def test_sending_a_form_twice_changes_nothing_more(client: Client, alice: User, item: ContentItem) -> None:
    client.force_login(alice)
    act(client, item.pk, "privacy")
    item.refresh_from_db()
    assert (act(client, item.pk, "privacy").status_code, unchanged(item)) == (303, True)


def test_staff_delete_a_work_once_they_have_been_asked(client: Client, item: ContentItem, staff: User) -> None:
    InteractionFactory(content=item, kind=Kind.LIKE)
    client.force_login(staff)
    links = elements(client.get(item.get_absolute_url()), "a", class_="button--quiet")
    asked = client.get(next(link.attributes["href"] for link in links if link.text == "Delete"))
    assert (texts(asked, "h1"), asked["Cache-Control"]) == (["Delete “Fog”?"], "private, no-store")
    assert ContentItem.objects.count() == 1
    answer = act(client, item.pk, "delete")
    assert (answer.status_code, answer["Location"]) == (303, "/")
    page = client.get("/")
    assert (said(page), titles(page)) == ([("Deleted “Fog”.", str(item.pk))], [])
    assert Interaction.objects.filter(content_id=item.pk).count() == 0


def test_an_id_of_over_a_thousand_has_no_comma(client: Client, alice: User) -> None:
    ContentItemFactory(pk=1_234_567, title="Fog", creator=alice)
    client.force_login(alice)
    act(client, 1234567, "delete")
    assert said(client.get("/")) == [("Moved “Fog” to the trash.", "1234567")]


def test_a_hostile_title_is_said_as_text(client: Client, alice: User) -> None:
    title = "<script>alert(1)</script>\"'&"
    client.force_login(alice)
    act(client, ContentItemFactory(title=title, creator=alice).pk, "delete")
    page = client.get("/")
    assert ([text for text, _ in said(page)], foreign_scripts(page)) == ([f"Moved “{title}” to the trash."], [])


# --- Who may not


@pytest.mark.parametrize("action", ACTIONS)
def test_others_see_neither_the_forms_nor_may_they_send_them(
    client: Client, bob: User, item: ContentItem, action: str
) -> None:
    client.force_login(bob)
    page = client.get(item.get_absolute_url())
    offered = [form.attributes["action"] for form in elements(page, "form", method="post")]
    assert offered == ["/accounts/logout/", f"/content/{item.pk}/like/", f"/content/{item.pk}/bookmark/"]
    assert (act(client, item.pk, action).status_code, unchanged(item)) == (403, True)


def test_nobody_but_staff_changes_a_work_without_a_creator(client: Client, bob: User, staff: User) -> None:
    item = ContentItemFactory(creator=None)
    answers = {}
    for user in (bob, staff):
        client.force_login(user)
        answers[user.username] = act(client, item.pk, "privacy").status_code
    assert answers == {"bob": 403, "stella": 303}


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.usefixtures("one_request_id")
def test_what_is_hidden_is_like_what_never_was(client: Client, bob: User, secret: ContentItem, action: str) -> None:
    client.force_login(bob)
    answers = [act(client, pk, action) for pk in (secret.pk, *HUGE)]
    assert [answer.status_code for answer in answers] == [404] * len(answers)
    assert texts(answers[0], "main") == texts(answers[1], "main")
    assert client.get(f"/content/{secret.pk}/delete/").status_code == 404
    assert unchanged(secret)


@pytest.mark.parametrize("action", ACTIONS)
def test_who_is_not_signed_in_is_led_to_sign_in_whatever_is_there(
    client: Client, secret: ContentItem, item: ContentItem, action: str
) -> None:
    for pk in (secret.pk, item.pk, 999_999):
        answer = act(client, pk, action)
        assert (answer.status_code, answer["Location"]) == (303, f"/accounts/login/?next=/content/{pk}/")
    assert unchanged(secret) and unchanged(item)


@pytest.mark.parametrize("action", ACTIONS)
def test_nothing_is_done_from_elsewhere(alice: User, item: ContentItem, action: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert (act(client, item.pk, action).status_code, unchanged(item)) == (403, True)


@pytest.mark.parametrize("sent", [{}, {"is_private": ""}, {"is_private": "2"}, {"is_private": ["1", "0"]}])
def test_anything_but_private_or_public_is_refused(client: Client, alice: User, item: ContentItem, sent: dict) -> None:
    client.force_login(alice)
    assert client.post(f"/content/{item.pk}/privacy/", sent).status_code == 400
    assert unchanged(item)


def test_the_form_of_privacy_is_no_link(client: Client, alice: User, item: ContentItem) -> None:
    client.force_login(alice)
    assert client.get(f"/content/{item.pk}/privacy/").status_code == 405


# --- At once, and kept pages


def test_a_like_that_arrives_while_its_work_is_deleted_stops_nothing(transactional_db: None) -> None:
    alice = UserFactory()
    for _ in range(10):
        item = ContentItemFactory()
        like: Callable[[], None] = lambda pk=item.pk: set_mark(alice, pk, Kind.LIKE, is_on=True)  # noqa: E731
        outcomes = at_once(like, lambda item=item: delete_item(item), like)
        assert {type(outcome) for outcome in outcomes} <= {type(None), UnknownItemError}
        assert not ContentItem.objects.filter(pk=item.pk).exists()


def test_a_work_that_has_gone_meanwhile_is_no_error(db: None) -> None:
    item = ContentItemFactory()
    ContentItem.objects.filter(pk=item.pk).delete()
    delete_item(item)


def test_a_list_that_says_something_is_kept_by_nobody_nor_answered_with_304(
    client: Client, alice: User, item: ContentItem
) -> None:
    client.force_login(alice)
    client.get("/")  # sets the cookie of forms, which the ETag holds
    etag = client.get("/")["ETag"]
    act(client, item.pk, "privacy", is_private="0")  # It is: the list stays as it was.
    page = client.get("/", headers={"if-none-match": etag})
    assert (page.status_code, page["Cache-Control"], "ETag" in page) == (200, "private, no-store", False)
    assert said(page) == [("“Fog” is public now.", str(item.pk))]
    assert client.get("/", headers={"if-none-match": etag}).status_code == 304


def test_a_message_costs_no_query(
    client: Client, alice: User, item: ContentItem, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.force_login(alice)
    act(client, item.pk, "privacy")
    signing_in, page = 2, 2
    with django_assert_num_queries(signing_in + page):
        assert len(said(client.get("/"))) == 1
