"""The plain forms of uploads: who may send them, and what is saved of several works at once."""

import html
import re
from itertools import chain

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from content import moderated
from content.editing import change_item
from content.models import HELD, TOO_LOW, ContentItem, Level
from genonaut.http.redirects import sign_in_address
from tests.factories import ContentItemFactory
from tests.pages.html import elements
from tests.uploads.files import picture
from uploads.views import MOST_OF_FORM
from users.models import User

pytestmark = pytest.mark.usefixtures("own_folders")


@pytest.fixture
def hers(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def test_a_form_needs_a_session_and_its_token(db: None, alice: User) -> None:
    stranger = Client(enforce_csrf_checks=True)
    stranger.cookies["csrftoken"] = token = "a" * 32
    form = {"csrfmiddlewaretoken": token, "file": SimpleUploadedFile("a.png", picture())}
    response = stranger.post("/upload/", form)
    assert (response.status_code, response.headers["Location"]) == (303, "/accounts/login/?next=/upload/")
    stranger.force_login(alice)
    form["file"].seek(0)
    assert stranger.post("/upload/", form).status_code == 200
    form["file"].seek(0)
    assert stranger.post("/upload/", {"file": form["file"]}).status_code == 403
    assert ContentItem.objects.count() == 1


def test_several_works_are_changed_at_once_or_not_at_all(hers: Client, alice: User, bob: User) -> None:
    items = [ContentItemFactory(creator=alice, title=title) for title in ("a", "b")]
    other = ContentItemFactory(creator=bob, title="his")
    form = {"item": [*(item.pk for item in items), other.pk, "x", "9" * 30]}
    for item in (*items, other):
        form |= {f"{item.pk}-title": f"{item.title}!", f"{item.pk}-tags": "x, y", f"{item.pk}-is_private": "on"}
        form[f"{item.pk}-updated_at"] = item.updated_at.isoformat()
    wrong = hers.post("/upload/details/", {**form, f"{items[1].pk}-title": ""})
    assert (wrong.status_code, b"This field is required." in wrong.content) == (400, True)
    assert list(ContentItem.objects.order_by("pk").values_list("title", flat=True)) == ["a", "b", "his"]
    assert hers.post("/upload/details/", form).status_code == 303
    rows = ContentItem.objects.order_by("pk").values_list("title", "tags", "is_private")
    assert list(rows) == [("a!", ["x", "y"], True), ("b!", ["x", "y"], True), ("his", other.tags, False)]


def test_titles_and_tags_of_own_works_are_asked_for(
    hers: Client, alice: User, bob: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    mine = [ContentItemFactory(creator=alice, title=title, is_private=True) for title in ("Fog", "Sea")]
    other = ContentItemFactory(creator=bob, title="Lamp of another")
    address = f"/upload/details/?item={mine[0].pk}&publish={mine[1].pk}&item={other.pk}"
    hers.get(address)
    with django_assert_num_queries(3):
        answer = hers.get(address)
    page = answer.content.decode()
    assert (answer.status_code, "Fog" in page, other.title in page) == (200, True, False)
    ticked = re.findall(r'name="(\d+)-is_private"[^>]* checked', page)
    assert ticked == [str(mine[0].pk)]
    assert "private until this is saved" in page
    assert Client().get(address).headers["Location"].startswith("/accounts/login/?next=/upload/details/%3Fitem")
    assert list(ContentItem.objects.filter(creator=alice).values_list("is_private", flat=True)) == [True, True]


def test_the_controls_of_each_work_are_grouped_by_its_title(hers: Client, alice: User) -> None:
    items = [ContentItemFactory(creator=alice, title=title) for title in ("Fog", "Sea & “sand”")]
    page = hers.get("/upload/details/?" + "&".join(f"item={item.pk}" for item in items))
    groups = elements(page, "div", role="group")
    assert [group.attributes["aria-label"] for group in groups] == ["Fog", "Sea & “sand”"]


@pytest.mark.parametrize(
    "query", ["", "item=", "item=x", "item=-1", "publish=x", "&".join(f"item={number}" for number in range(101))]
)
def test_a_form_of_no_works_is_refused(hers: Client, query: str) -> None:
    assert hers.get(f"/upload/details/?{query}").status_code == 400


def test_works_are_private_until_the_form_that_follows_is_saved(hers: Client, alice: User) -> None:
    file = SimpleUploadedFile("a.png", picture())
    page = hers.post("/upload/", {"file": file, "looks_first": "on"}).content.decode()
    item = ContentItem.objects.get()
    assert item.is_private
    assert not re.search(r'-is_private"[^>]* checked', page)
    form = {"item": item.pk, f"{item.pk}-title": "Fog", f"{item.pk}-updated_at": item.updated_at.isoformat()}
    hers.post("/upload/details/", form)
    item.refresh_from_db()
    assert (item.title, item.is_private) == ("Fog", False)
    # One that is to be private stays so.
    file = SimpleUploadedFile("b.png", picture(1))
    page = hers.post("/upload/", {"file": file, "looks_first": "on", "is_private": "on"}).content.decode()
    assert re.search(r'-is_private"[^>]* checked', page)


def test_an_old_form_undoes_no_switch_and_brings_no_title_back(hers: Client, alice: User) -> None:
    items = [ContentItemFactory(creator=alice, title=title) for title in ("of the prompt", "b")]
    form: dict = {"item": [item.pk for item in items]}
    for item in items:
        form |= {f"{item.pk}-title": f"{item.title}!", f"{item.pk}-updated_at": item.updated_at.isoformat()}
    first = items[0]
    change_item(first.pk, {"title": "Untitled", "hides_prompt": True}, read_at=first.updated_at)
    old = {name: value for name, value in form.items() if not name.endswith("updated_at")}
    assert hers.post("/upload/details/", old).status_code == 400
    answer = hers.post("/upload/details/", form)
    assert (answer.status_code, b"was changed elsewhere" in answer.content) == (409, True)
    rows = ContentItem.objects.order_by("pk").values_list("title", "hides_prompt")
    assert list(rows) == [("Untitled", True), ("b", False)]
    # The page shows the switches as they are, and may be sent.
    assert re.search(rf'name="{first.pk}-hides_prompt"[^>]* checked', answer.content.decode())
    first.refresh_from_db()
    moment = first.updated_at.isoformat()
    assert moment in answer.content.decode().replace("&#x2B;", "+")
    form |= {f"{first.pk}-updated_at": moment, f"{first.pk}-hides_prompt": "on"}
    assert hers.post("/upload/details/", form).status_code == 303
    assert list(rows.all()) == [("of the prompt!", True), ("b!", False)]


@pytest.fixture
def held(alice: User) -> list[ContentItem]:
    """Alice's: a work that moderators hid, one that they put at the highest level, and one that is hers alone."""
    items = [ContentItemFactory(creator=alice, title=title) for title in ("a", "b", "c")]
    moderated.hold(ContentItem.objects.filter(pk=items[0].pk))
    moderated.set_least_level(ContentItem.objects.filter(pk=items[1].pk), Level.EXPLICIT)
    return list(ContentItem.objects.order_by("pk"))


def sent(items: list[ContentItem], **fields: str) -> dict[str, object]:
    """Return what the form of works sends, all public and with other titles."""
    form: dict[str, object] = {"item": [item.pk for item in items]}
    for item in items:
        said = {"title": f"{item.title}!", "tags": "", "updated_at": item.updated_at.isoformat(), **fields}
        form |= {f"{item.pk}-{name}": value for name, value in said.items()}
    return form


def test_a_form_that_is_saved_as_it_came_splits_no_tag(hers: Client, alice: User) -> None:
    item = ContentItemFactory(creator=alice, tags=["Paris, France", "night"])
    address = f"/upload/details/?item={item.pk}"
    [text] = [box.attributes["value"] for box in elements(hers.get(address), "input", id=f"id_{item.pk}-tags")]
    form = sent([item], title=item.title, tags=text or "", level=str(item.level))
    assert hers.post("/upload/details/", form).status_code == 303
    before, changed = item.updated_at, ContentItem.objects.get()
    assert (changed.tags, changed.updated_at) == (["Paris, France", "night"], before)
    form[f"{item.pk}-tags"] = "Paris, night"
    hers.post("/upload/details/", form)
    assert ContentItem.objects.get().tags == ["Paris", "night"]


def test_a_form_whose_session_ended_is_led_back_to(hers: Client, alice: User) -> None:
    items = [ContentItemFactory(creator=alice, is_private=True) for _ in range(2)]
    address = f"/upload/details/?publish={items[0].pk}&item={items[1].pk}"
    publishing = [box.attributes["value"] for box in elements(hers.get(address), "input", name="publish")]
    assert publishing == [str(items[0].pk)]
    form = sent(items, publish="") | {"publish": publishing}
    wrong = hers.post("/upload/details/", form | {f"{items[1].pk}-title": ""})
    assert [box.attributes["value"] for box in elements(wrong, "input", name="publish")] == publishing
    stranger = Client()
    answer = stranger.post("/upload/details/", form)
    assert (answer.status_code, answer.headers["Location"]) == (303, sign_in_address(address))
    assert "Nothing was saved" in stranger.get(answer.headers["Location"]).content.decode()
    assert all(ContentItem.objects.values_list("is_private", flat=True))
    assert stranger.post("/upload/details/").headers["Location"] == "/accounts/login/?next=/upload/"


@pytest.mark.parametrize(("number", "said"), [(0, HELD), (1, TOO_LOW.format("Explicit"))])
def test_what_moderators_decided_is_said_in_the_form_and_nothing_is_saved(
    hers: Client, held: list[ContentItem], number: int, said: str
) -> None:
    rows = ContentItem.objects.order_by("pk").values_list("title", "is_private", "level")
    before = list(rows)
    answer = hers.post("/upload/details/", sent([held[number], held[2]], level="0"))
    assert (answer.status_code, answer.content.decode().count(said)) == (400, 1)
    assert list(rows.all()) == before
    mended = sent([held[number], held[2]], level="2", is_private="on")
    assert hers.post("/upload/details/", mended).status_code == 303
    assert [row for row in rows.all() if row not in before] == [
        (f"{item.title}!", True, Level.EXPLICIT) for item in (held[number], held[2])
    ]


def test_a_form_that_publishes_leaves_hidden_works_private(hers: Client, held: list[ContentItem]) -> None:
    page = hers.get(f"/upload/details/?publish={held[0].pk}").content.decode()
    assert re.findall(r'name="(\d+)-is_private"[^>]* checked', page) == [str(held[0].pk)]
    assert "private until this is saved" not in page


def test_a_work_that_was_hidden_since_is_shown_so_before_it_is_saved(hers: Client, held: list[ContentItem]) -> None:
    item = held[2]
    form = sent([item])
    change_item(item.pk, {"title": "z"}, read_at=item.updated_at)
    assert hers.post("/upload/details/", form).status_code == 409
    moderated.hold(ContentItem.objects.filter(pk=item.pk))
    item.refresh_from_db()
    assert hers.post("/upload/details/", sent([item])).status_code == 400
    assert hers.post("/upload/details/", sent([item], is_private="on")).status_code == 303


@pytest.mark.parametrize("tags", ["x" * 101, ",".join(map(str, range(101)))])
def test_tags_have_limits(hers: Client, alice: User, tags: str) -> None:
    item = ContentItemFactory(creator=alice, tags=["a"])
    form = {"item": item.pk, f"{item.pk}-title": "t", f"{item.pk}-tags": tags}
    form[f"{item.pk}-updated_at"] = item.updated_at.isoformat()
    assert hers.post("/upload/details/", form).status_code == 400
    item.refresh_from_db()
    assert item.tags == ["a"]


def test_works_for_which_one_form_has_no_room_have_others(hers: Client) -> None:
    count = MOST_OF_FORM + 2
    files = [SimpleUploadedFile(f"{number}.txt", b"text %d" % number) for number in range(count)]
    page = hers.post("/upload/", {"file": files, "looks_first": "on"}).content.decode()
    own = list(ContentItem.objects.order_by("pk").values_list("pk", flat=True))
    assert len(own) == count
    [address] = re.findall(r'href="(/upload/details/[^"]*)"', page)
    rest = hers.get(html.unescape(address)).content.decode()
    named = [re.findall(r'name="item" value="(\d+)"', part) for part in (page, rest)]
    assert ([len(ids) for ids in named], sorted(map(int, chain(*named)))) == ([MOST_OF_FORM, 2], own)
    for part in (page, rest):
        form = {"item": re.findall(r'name="item" value="(\d+)"', part)}
        for pk, moment in re.findall(r'name="(\d+)-updated_at" value="([^"]*)"', part):
            form |= {f"{pk}-title": "Fog", f"{pk}-updated_at": html.unescape(moment)}
        assert hers.post("/upload/details/", form).status_code == 303
    assert set(ContentItem.objects.values_list("title", "is_private")) == {("Fog", False)}
