"""The form in which the owner of a work, and staff, edit it."""

from datetime import UTC, datetime

import pytest
from django.http import HttpResponse
from django.test import Client
from playwright.sync_api import Page, expect
from pytest_django import DjangoAssertNumQueries

from content.editing import ChangedMeanwhileError, change_item
from content.models import PROMPT_LIMIT, ContentItem
from tests.factories import ContentItemFactory, UserFactory
from tests.pages.accessibility import violations
from tests.pages.conftest import OpenContext
from tests.pages.html import elements, foreign_scripts, hrefs, texts, titles
from tests.pages.test_browser import DESKTOP, PHONE
from users.models import User

HOSTILE = "<script>alert(1)</script>\"'&"
FIELDS = ("title", "prompt", "tags", "is_private")


@pytest.fixture
def item(alice: User) -> ContentItem:
    return ContentItemFactory(title="Fog", prompt="a lighthouse\nin fog", tags=["sea", "low tide"], creator=alice)


def filled(item: ContentItem, **changes: str) -> dict[str, str]:
    """Return what a browser sends of the form of an item, with some of its fields changed."""
    sent = {"title": item.title, "prompt": item.prompt.replace("\n", "\r\n"), "tags": "\r\n".join(item.tags)}
    return {**sent, "updated_at": item.updated_at.isoformat(), **changes}


def send(client: Client, item: ContentItem, **changes: str) -> HttpResponse:
    return client.post(f"/content/{item.pk}/edit/", filled(item, **changes))


def state(item: ContentItem) -> tuple[object, ...]:
    return ContentItem.objects.values_list(*FIELDS, "updated_at").get(pk=item.pk)


@pytest.mark.parametrize("who", ["alice", "staff"])
def test_its_owner_and_staff_edit_a_work(
    request: pytest.FixtureRequest, client: Client, item: ContentItem, who: str
) -> None:
    client.force_login(request.getfixturevalue(who))
    page = client.get(item.get_absolute_url())
    assert f"/content/{item.pk}/edit/" in hrefs(page, "a", class_="button--quiet")
    answer = send(client, item, title=" Mist ", prompt="one\r\ntwo ", tags="b\r\n\r\n a,c \r\nb", is_private="on")
    assert (answer.status_code, answer["Location"]) == (303, f"/content/{item.pk}/")
    item.refresh_from_db()
    assert [getattr(item, name) for name in FIELDS] == ["Mist", "one\ntwo ", ["b", "a,c"], True]
    page = client.get(answer["Location"])
    [said] = elements(page, "p", class_="message")
    assert (said.text, said.attributes["data-changed-item"]) == ("Saved “Mist”.", str(item.pk))


def test_the_form_shows_what_is_there_and_saves_it_unchanged(client: Client, alice: User, item: ContentItem) -> None:
    client.force_login(alice)
    page = client.get(f"/content/{item.pk}/edit/")
    assert (texts(page, "h1"), page["Cache-Control"]) == (["Edit “Fog”"], "private, no-store")
    [title] = elements(page, "input", name="title")
    assert (title.attributes["value"], title.attributes["maxlength"]) == ("Fog", "300")
    assert texts(page, "textarea") == ["a lighthouse in fog", "sea low tide"]
    before = state(item)
    assert send(client, item).status_code == 303
    assert state(item) == before


def test_saving_finds_the_work_by_its_new_words(client: Client, alice: User, item: ContentItem) -> None:
    client.force_login(alice)
    send(client, item, prompt="a harbour", tags="night")
    found = [titles(client.get(f"/?{query}")) for query in ("q=harbour", "tag=night", "q=sea")]
    assert found == [["Fog"], ["Fog"], []]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("title", "", "This field is required."),
        ("title", " ", "This field is required."),
        ("title", "x" * 301, "Ensure this value has at most 300 characters (it has 301)."),
        ("title", "a\x00b", "Null characters are not allowed."),
        ("prompt", "x" * (PROMPT_LIMIT + 1), "Ensure this value has at most 10000 characters (it has 10001)."),
        ("tags", "x" * 101, "Item 1 in the array did not validate: Ensure this value has at most 100 characters"),
        ("tags", "\n".join(str(n) for n in range(101)), "List contains 101 items, it should contain no more than 100."),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    client: Client, alice: User, item: ContentItem, name: str, value: str, said: str
) -> None:
    client.force_login(alice)
    before = state(item)
    page = send(client, item, **{name: value})
    assert (page.status_code, texts(page, "h1")) == (200, ["Edit “Fog”"])
    [errors] = elements(page, "div", class_="errors")
    assert errors.attributes["id"] == f"id_{name}_error"
    assert errors.text.startswith(said)
    [field] = [one for tag in ("input", "textarea") for one in elements(page, tag, name=name)]
    assert field.attributes["aria-invalid"] == "true"
    assert state(item) == before


def test_a_prompt_may_be_as_long_as_the_limit_with_line_ends_that_browsers_send(
    client: Client, alice: User, item: ContentItem
) -> None:
    client.force_login(alice)
    prompt = "x\n" * (PROMPT_LIMIT // 2)
    assert send(client, item, prompt=prompt.replace("\n", "\r\n")).status_code == 303
    item.refresh_from_db()
    assert item.prompt == prompt


@pytest.mark.parametrize("moment", ["", "now", "2024-01-01", "2024-01-01T00:00:00"])
def test_a_form_without_its_moment_is_refused(client: Client, alice: User, item: ContentItem, moment: str) -> None:
    client.force_login(alice)
    before = state(item)
    assert send(client, item, title="Mist", updated_at=moment).status_code == 400
    assert state(item) == before


def test_hostile_text_stays_text(client: Client, alice: User) -> None:
    item = ContentItemFactory(title=HOSTILE, prompt=HOSTILE, tags=[HOSTILE], creator=alice)
    client.force_login(alice)
    page = client.get(f"/content/{item.pk}/edit/")
    assert (texts(page, "h1"), texts(page, "textarea")) == ([f"Edit “{HOSTILE}”"], [HOSTILE, HOSTILE])
    assert foreign_scripts(page) == []


# --- Changed meanwhile


def test_another_change_is_shown_and_not_lost(client: Client, alice: User, item: ContentItem) -> None:
    client.force_login(alice)
    change_item(item.pk, {"title": "Dusk", "tags": ["other"]}, read_at=item.updated_at)
    before = state(item)
    page = send(client, item, title="Mist")
    assert (page.status_code, texts(page, "h1")) == (409, ["Edit “Dusk”"])
    assert state(item) == before
    assert dict(zip(texts(page, "dt"), texts(page, "dd"), strict=True)) == {"Title": "Dusk", "Tags": "other"}
    assert elements(page, "input", name="title")[0].attributes["value"] == "Mist"
    [moment] = elements(page, "input", name="updated_at")
    answer = send(client, item, title="Mist", updated_at=moment.attributes["value"])
    item.refresh_from_db()
    assert (answer.status_code, item.title, item.tags) == (303, "Mist", ["sea", "low tide"])


def test_a_change_to_the_same_values_is_no_conflict(client: Client, alice: User, item: ContentItem) -> None:
    client.force_login(alice)
    change_item(item.pk, {"title": "Mist"}, read_at=item.updated_at)
    assert send(client, item, title="Mist").status_code == 303


def test_changing_locks_the_row_and_writes_what_differs(
    item: ContentItem, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(4) as queries:  # two of them the savepoint's
        change_item(item.pk, {"title": "Mist", "prompt": item.prompt}, read_at=item.updated_at)
    written = [query["sql"] for query in queries if query["sql"].startswith("UPDATE")]
    assert len(written) == 1 and '"prompt"' not in written[0]
    with pytest.raises(ChangedMeanwhileError):
        change_item(item.pk, {"title": "Dusk"}, read_at=datetime(2020, 1, 1, tzinfo=UTC))


# --- Who may not


def test_others_may_neither_see_the_form_nor_send_it(client: Client, bob: User, item: ContentItem) -> None:
    client.force_login(bob)
    assert f"/content/{item.pk}/edit/" not in hrefs(client.get(item.get_absolute_url()), "a")
    before = state(item)
    answers = [client.get(f"/content/{item.pk}/edit/"), send(client, item, title="Mist")]
    assert [answer.status_code for answer in answers] == [403, 403]
    assert state(item) == before


@pytest.mark.usefixtures("one_request_id")
def test_what_is_hidden_is_like_what_never_was(client: Client, alice: User, bob: User) -> None:
    secret = ContentItemFactory(creator=alice, is_private=True)
    client.force_login(bob)
    answers = [client.get(f"/content/{pk}/edit/") for pk in (secret.pk, 999_999)]
    assert [answer.status_code for answer in (*answers, send(client, secret))] == [404, 404, 404]
    assert texts(answers[0], "main") == texts(answers[1], "main")


def test_who_is_not_signed_in_is_led_to_sign_in_and_back_to_the_form(client: Client, item: ContentItem) -> None:
    before, address = state(item), f"/content/{item.pk}/edit/"
    for answer in (client.get(address), send(client, item, title="Mist")):
        assert (answer.status_code, answer["Location"]) == (303, f"/accounts/login/?next={address}")
    [said] = elements(client.get(answer["Location"]), "p", class_="message")
    assert (said.text, state(item)) == ("Nothing was saved: sign in, and fill in the form again.", before)


def test_nothing_is_saved_from_elsewhere(alice: User, item: ContentItem) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    before = state(item)
    assert (send(client, item, title="Mist").status_code, state(item)) == (403, before)


def test_staff_alone_are_led_to_the_admin(client: Client, alice: User, staff: User, item: ContentItem) -> None:
    links = {}
    for user in (alice, staff):
        client.force_login(user)
        page = client.get(item.get_absolute_url())
        links[user.username] = [link.attributes["href"] for link in elements(page, "a") if link.text == "Edit in admin"]
    assert links == {"alice": [], "stella": [f"/admin/content/contentitem/{item.pk}/change/"]}
    assert client.get(links["stella"][0]).status_code == 200


# --- In a browser


@pytest.fixture
def ada(transactional_db: None) -> User:
    return UserFactory(username="ada")


def expect_clean(page: Page) -> None:
    """Check that axe finds nothing, in either colour scheme, and that nothing is wider than the window."""
    page.wait_for_load_state()
    for colours in ("light", "dark"):
        page.emulate_media(color_scheme=colours)
        assert violations(page, is_colours_alone=colours == "dark") == []
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]


@pytest.mark.parametrize("has_script", [True, False])
def test_an_owner_edits_a_work_with_and_without_script(
    open_context: OpenContext, ada: User, *, has_script: bool
) -> None:
    item = ContentItemFactory(title="Fog", creator=ada, tags=["sea"])
    window = PHONE if has_script else DESKTOP
    page = open_context(user=ada, java_script_enabled=has_script, viewport=window).new_page()
    page.goto(item.get_absolute_url())
    page.get_by_role("link", name="Edit", exact=True).click()
    page.get_by_label("Title").fill("Mist")
    page.get_by_label("Tags").fill("one\ntwo")
    page.get_by_label("Private").check()
    if has_script:
        expect_clean(page)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").filter(has_text="Saved “Mist”.")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mist")
    expect(page.locator(".badge--private")).to_be_visible()
    expect(page.locator("a[rel=tag]")).to_have_text(["one", "two"])


def test_a_work_that_has_changed_meanwhile_is_shown_beside_the_form(open_context: OpenContext, ada: User) -> None:
    item = ContentItemFactory(title="Fog", creator=ada)
    page = open_context(user=ada, viewport=PHONE).new_page()
    page.goto(f"/content/{item.pk}/edit/")
    change_item(item.pk, {"title": "Dusk"}, read_at=item.updated_at)
    page.get_by_label("Title").fill("Mist")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Dusk")
    expect_clean(page)
    page.get_by_role("button", name="Save mine over it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mist")
