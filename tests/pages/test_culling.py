"""Culling in a real Chromium: by keys, by boxes, and without script."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from albums.models import AlbumItem
from content.models import ContentItem
from culling.models import BulkTask
from interactions.models import Interaction
from tests.factories import ContentItemFactory, UserFactory
from tests.pages.accessibility import violations
from tests.pages.conftest import OpenContext, until
from tests.pages.stillness import still
from tests.pages.test_lightbox import hear, open_work
from users.levels import Level
from users.models import User


@pytest.fixture
def ada(transactional_db: None) -> User:
    """She has twelve works; the newest, number 12, comes first."""
    ada = UserFactory(username="ada", name="Ada")
    ContentItem.objects.bulk_create(
        ContentItemFactory.build(pk=number, title=f"Work {number}", creator=ada) for number in range(1, 13)
    )
    return ada


BAR = "**/selection/bar/"


def ratings() -> dict[int, int]:
    """Return the ratings that there are, by work."""
    return dict(Interaction.objects.filter(kind="rate").values_list("content", "rating"))


def trashed() -> set[int]:
    """Return the works in the trash."""
    return set(ContentItem.objects.filter(trashed_at__isnull=False).values_list("pk", flat=True))


def liked() -> set[int]:
    """Return the works that are liked."""
    return set(Interaction.objects.filter(kind="like").values_list("content", flat=True))


def hidden() -> set[int]:
    """Return the private works."""
    return set(ContentItem.objects.filter(is_private=True).values_list("pk", flat=True))


def tagged(tag: str) -> set[int]:
    """Return the works with a tag."""
    return set(ContentItem.objects.filter(tags__contains=[tag]).values_list("pk", flat=True))


def in_albums() -> set[int]:
    """Return the works that are in an album."""
    return set(AlbumItem.objects.values_list("content", flat=True))


@pytest.fixture
def gallery(open_context: OpenContext, ada: User, complaints: list[str]) -> Iterator[Page]:
    """The first page of hers, with the hearts that say that what loads late is there.

    A test ends once the page asks for nothing more: lists read again what changed.
    """
    page = open_context(user=ada, viewport={"width": 1100, "height": 700}).new_page()
    hear(page, complaints)
    page.goto("/?page_size=12")
    expect(page.locator(".card__like")).to_have_count(12)
    yield page
    still(page)


def test_works_are_judged_by_keys_alone_and_an_undo_takes_back_the_last(gallery: Page) -> None:
    open_work(gallery, 12)
    heading = gallery.locator("#lightbox").get_by_role("heading", level=1)
    for key, next_work in (("5", 11), ("Delete", 10), ("1", 9)):
        gallery.keyboard.press(key)
        expect(heading).to_have_text(f"Work {next_work}")
    until(lambda: (ratings(), trashed()) == ({12: 5, 10: 1}, {11}), gallery)
    gallery.keyboard.press("u")
    until(lambda: (ratings(), trashed()) == ({12: 5}, {11}), gallery)
    gallery.keyboard.press("u")
    until(lambda: (ratings(), trashed()) == ({12: 5}, set()), gallery)
    expect(gallery.locator(".said")).to_have_text("Undone: 1 work as before.")


def test_works_are_selected_by_key_click_and_range_and_trashed_together(gallery: Page) -> None:
    gallery.locator('.card[data-id="12"] .card__title a').focus()
    gallery.keyboard.press("x")
    bar = gallery.get_by_role("region", name="Selection")
    expect(bar.get_by_text("1 work selected")).to_be_visible()
    gallery.locator('.card[data-id="10"] .card__pick').click()
    gallery.locator('.card[data-id="7"] .card__title a').click(modifiers=["Shift"])
    expect(bar.get_by_text("5 works selected")).to_be_visible()
    expect(gallery.locator("#lightbox[open]")).to_have_count(0)
    assert violations(gallery) == []
    bar.get_by_role("button", name="Move to trash").click()
    said = gallery.locator(".said")
    expect(said).to_contain_text("5 works moved to the trash.")
    assert trashed() == {12, 10, 9, 8, 7}
    said.get_by_role("button", name="Undo").click()
    expect(said).to_contain_text("Undone: 5 works as before.")
    assert trashed() == set()
    bar.get_by_role("button", name="End").click()
    expect(gallery.locator(".card__pick")).to_have_count(0)


def test_each_message_and_each_tab_undoes_its_own_deed(gallery: Page) -> None:
    gallery.locator('.card[data-id="12"] .card__title a').focus()
    gallery.keyboard.press("5")
    expect(gallery.locator(".said")).to_contain_text("1 work rated.")
    other = gallery.context.new_page()
    other.goto("/?page_size=12")
    expect(other.locator(".card__like")).to_have_count(12)
    other.keyboard.press("u")
    expect(other.locator(".said")).to_have_text("There is nothing to undo.")
    other.locator('.card[data-id="11"] .card__title a').focus()
    other.keyboard.press("Delete")
    expect(other.locator(".said")).to_contain_text("1 work moved to the trash.")
    gallery.locator(".said").get_by_role("button", name="Undo").click()
    expect(gallery.locator(".said")).to_have_text("Undone: 1 work as before.")
    assert (ratings(), trashed()) == ({}, {11})
    gallery.keyboard.press("u")
    expect(gallery.locator(".said")).to_have_text("There is nothing to undo.")
    other.reload()
    expect(other.locator(".card__like")).to_have_count(11)
    other.keyboard.press("u")
    expect(other.locator(".said")).to_have_text("Undone: 1 work as before.")
    assert trashed() == set()
    still(other)


def test_an_action_whose_answer_was_never_heard_does_not_undo_the_one_before(
    gallery: Page, complaints: list[str]
) -> None:
    gallery.locator('.card[data-id="12"] .card__title a').focus()
    gallery.keyboard.press("5")
    expect(gallery.locator(".said")).to_contain_text("1 work rated.")
    gallery.route("**/selection/act/", lambda route: route.abort())
    gallery.keyboard.press("Delete")
    expect(gallery.locator(".said")).to_have_text("The site cannot be reached.")
    complaints.clear()  # of the request
    gallery.reload()
    expect(gallery.locator(".card__like")).to_have_count(12)
    gallery.keyboard.press("u")
    expect(gallery.locator(".said")).to_contain_text("It is not known what became of the last action")
    assert ratings() == {12: 5}
    gallery.keyboard.press("u")
    expect(gallery.locator(".said")).to_have_text("Undone: 1 work as before.")
    assert ratings() == {}


def test_works_are_liked_hidden_and_published_by_keys(gallery: Page) -> None:
    open_work(gallery, 12)
    heading = gallery.locator("#lightbox").get_by_role("heading", level=1)
    for key, next_work in (("l", 11), ("h", 10), ("p", 9)):
        gallery.keyboard.press(key)
        expect(heading).to_have_text(f"Work {next_work}")
    until(lambda: (liked(), hidden()) == ({12}, {11}), gallery)
    expect(gallery.locator(".said")).to_contain_text("was so already")
    gallery.keyboard.press("u")
    until(lambda: (liked(), hidden()) == ({12}, set()), gallery)
    gallery.keyboard.press("u")
    until(lambda: (liked(), hidden()) == (set(), set()), gallery)


def test_t_tags_the_open_work_and_the_selected_ones(gallery: Page) -> None:
    open_work(gallery, 12)
    held: list[Route] = []
    gallery.route("**/selection/bar/", lambda route: held.append(route), times=1)
    gallery.keyboard.press("t")
    until(lambda: held, gallery)
    gallery.keyboard.press("l")  # before there is a field for it
    held[0].continue_()
    sheet = gallery.get_by_role("dialog", name="Tag")
    expect(sheet.get_by_label("Tag")).to_be_focused()
    assert violations(gallery) == []
    gallery.keyboard.type("fog 5lu")  # letters are letters here
    gallery.keyboard.press("Enter")
    expect(sheet).to_have_count(0)
    expect(gallery.locator("#lightbox").get_by_role("heading", level=1)).to_have_text("Work 11")
    until(lambda: (tagged("fog 5lu"), liked()) == ({12}, set()), gallery)
    gallery.keyboard.press("t")
    expect(sheet.get_by_label("Tag")).to_be_focused()
    gallery.keyboard.press("Escape")
    expect(gallery.locator(".ask")).to_have_count(0)
    expect(gallery.locator("#lightbox")).to_be_visible()
    gallery.keyboard.press("Escape")
    for number in (12, 10):
        gallery.locator(f'.card[data-id="{number}"] .card__title a').focus()
        gallery.keyboard.press("x")
    gallery.keyboard.press("t")
    sheet.get_by_label("Tag").fill("sea")
    sheet.get_by_role("button", name="Add tag").click()
    expect(gallery.locator(".said")).to_contain_text("2 works tagged.")
    assert tagged("sea") == {12, 10}
    expect(gallery.locator("#lightbox")).to_be_hidden()
    gallery.keyboard.press("u")
    until(lambda: tagged("sea") == set(), gallery)


def test_a_adds_to_an_album_or_a_new_one_and_takes_out(gallery: Page) -> None:
    gallery.locator('.card[data-id="9"] .card__title a').focus()
    gallery.keyboard.press("a")
    sheet = gallery.get_by_role("dialog", name="Album")
    expect(sheet.get_by_label("Album title")).to_be_focused()  # she has no album yet
    gallery.keyboard.type("Best")
    gallery.keyboard.press("Enter")
    expect(gallery.locator(".said")).to_contain_text("1 work added to the new album “\u2068Best\u2069”.")
    open_work(gallery, 12)
    gallery.keyboard.press("a")
    sheet.get_by_role("button", name="Add to album").click()
    until(lambda: in_albums() == {9, 12}, gallery)
    gallery.keyboard.press("u")
    until(lambda: in_albums() == {9}, gallery)
    gallery.keyboard.press("Escape")
    gallery.locator('.card[data-id="9"] .card__title a').focus()
    gallery.keyboard.press("a")
    sheet.get_by_role("button", name="Take out of album").click()
    until(lambda: in_albums() == set(), gallery)
    gallery.keyboard.press("u")
    until(lambda: in_albums() == {9}, gallery)
    gallery.keyboard.press("u")
    until(lambda: in_albums() == set(), gallery)


def test_works_that_go_to_the_trash_are_selected_no_longer(gallery: Page) -> None:
    for number in (12, 11):
        gallery.locator(f'.card[data-id="{number}"] .card__title a').focus()
        gallery.keyboard.press("x")
    expect(gallery.locator(".card[data-picked]")).to_have_count(2)
    gallery.keyboard.press("Delete")
    expect(gallery.locator(".card[data-picked]")).to_have_count(0)
    gallery.locator('.card[data-id="10"] .card__title a').focus()
    gallery.keyboard.press("4")
    until(lambda: (ratings(), trashed()) == ({10: 4}, {12, 11}), gallery)


def test_works_that_could_not_be_sent_stay_selected(gallery: Page, complaints: list[str]) -> None:
    gallery.locator('.card[data-id="12"] .card__title a').focus()
    gallery.keyboard.press("x")
    gallery.route("**/selection/act/", lambda route: route.abort())
    gallery.keyboard.press("Delete")
    expect(gallery.locator(".said")).to_contain_text("The site cannot be reached")
    expect(gallery.locator(".card[data-picked]")).to_have_count(1)
    complaints.clear()  # of the request


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (503, "the site is busy"),
        (403, "you are no longer signed in, or the page is too old"),
        (None, "the site cannot be reached"),
    ],
)
def test_a_form_of_actions_that_does_not_come_is_said_and_asked_for_again(
    gallery: Page, complaints: list[str], status: int | None, reason: str
) -> None:
    gallery.route(BAR, lambda route: route.fulfill(status=status) if status else route.abort())
    said, bar = gallery.locator(".said"), gallery.get_by_role("region", name="Selection")
    gallery.locator('.card[data-id="12"] .card__title a').focus()
    gallery.keyboard.press("t")
    expect(said).to_have_text(f"The form did not come: {reason}.")
    gallery.keyboard.press("x")
    expect(said).to_have_text(f"The actions did not come: {reason}.")
    expect(bar).to_have_count(0)
    complaints.clear()  # of the requests
    gallery.unroute(BAR)
    gallery.locator('.card[data-id="11"] .card__pick').click()
    expect(bar.get_by_text("2 works selected")).to_be_visible()


def test_keys_are_the_browser_s_while_a_form_of_actions_is_waited_for(gallery: Page) -> None:
    held: list[Route] = []
    gallery.route(BAR, lambda route: held.append(route), times=1)
    card = gallery.locator('.card[data-id="12"] .card__title a')
    card.focus()
    gallery.keyboard.press("t")
    until(lambda: held, gallery)
    gallery.keyboard.press("Delete")  # it is for the work of the form to come
    gallery.keyboard.press("Tab")
    expect(card).not_to_be_focused()
    held[0].continue_()
    expect(gallery.get_by_role("dialog", name="Tag").get_by_label("Tag")).to_be_focused()
    gallery.keyboard.press("Escape")
    expect(gallery.locator(".ask")).to_have_count(0)
    assert trashed() == set()


def test_a_value_that_is_refused_is_said_with_the_reason(gallery: Page, complaints: list[str]) -> None:
    gallery.locator('.card[data-id="12"] .card__title a').focus()
    gallery.keyboard.press("t")
    expect(gallery.get_by_role("dialog", name="Tag").get_by_label("Tag")).to_be_focused()
    gallery.keyboard.press("Enter")
    expect(gallery.locator(".said")).to_contain_text("Tag: Say a tag of 1 to")
    complaints.clear()  # of the status


def test_without_script_a_page_of_boxes_does_the_same(open_context: OpenContext, ada: User) -> None:
    page = open_context(user=ada, java_script_enabled=False, viewport={"width": 390, "height": 844}).new_page()
    page.goto("/?page_size=12")
    page.get_by_role("link", name="Select", exact=True).click()
    page.locator('.pick:has-text("Work 12") input').check()
    page.locator('.pick:has-text("Work 11") input').check()
    page.get_by_role("button", name="Move to trash").click()
    expect(page.locator(".message")).to_have_text("2 works moved to the trash.")
    page.wait_for_load_state()  # with its style sheets
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert trashed() == {12, 11}
    page.goto("/trash/")
    page.locator('.pick:has-text("Work 12") input').check()
    page.get_by_role("button", name="Restore").click()
    expect(page.locator(".message")).to_have_text("Restored 1 work.")
    page.wait_for_load_state()
    assert (page.evaluate("document.documentElement.scrollWidth"), trashed()) == (390, {11})


def test_two_works_lie_over_each_other_and_a_slider_parts_them(
    open_context: OpenContext, ada: User, complaints: list[str]
) -> None:
    page = open_context(user=ada, viewport={"width": 1100, "height": 700}).new_page()
    hear(page, complaints)
    page.goto("/compare/?a=12&b=11")
    slider = page.get_by_role("slider", name=re.compile("second"))
    slider.fill("25")
    expect(page.locator("figure + figure img")).to_have_css("clip-path", "inset(0px 0px 0px 75%)")
    assert violations(page) == []
    BulkTask.objects.create(user=ada, action="tag", value="fog", query="", total=41_234, changed=12_000)
    for address in ("/selection/", "/trash/", "/selection/tasks/"):
        page.goto(address)
        assert violations(page) == []


def test_blurred_works_are_compared_once_they_are_asked_for(
    open_context: OpenContext, ada: User, complaints: list[str]
) -> None:
    ContentItem.objects.filter(pk=11).update(level=Level.EXPLICIT)
    page = open_context(user=ada, viewport={"width": 320, "height": 700}).new_page()
    hear(page, complaints)
    page.goto("/compare/?a=12&b=11")
    expect(page.get_by_role("img", name="Work 11")).to_have_css("filter", "blur(40px)")
    expect(page.get_by_role("img", name="Work 12")).to_have_css("filter", "none")
    assert violations(page) == []
    page.get_by_role("link", name="Show it").click()
    expect(page.get_by_role("link", name="Show it")).to_have_count(0)
    expect(page.get_by_role("img", name="Work 11")).to_have_css("filter", "none")


def test_tasks_are_found_and_stopped_on_a_phone_without_script(open_context: OpenContext, ada: User) -> None:
    BulkTask.objects.create(user=ada, action="tag", value="fog" * 30, query="", total=41_234, changed=12_000)
    page = open_context(user=ada, java_script_enabled=False, viewport={"width": 320, "height": 700}).new_page()
    page.goto("/me/")
    page.get_by_role("link", name="Open tasks").click()
    expect(page.get_by_role("heading", name="Under way")).to_be_visible()
    page.wait_for_load_state()  # with its style sheets
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    page.get_by_role("link", name=re.compile("Add tag")).click()
    page.get_by_role("button", name="Stop here").click()
    expect(page.get_by_text("Stopped: the works that it had not met")).to_be_visible()
    page.get_by_role("link", name="Your tasks").click()
    expect(page.get_by_role("heading", name="Newest")).to_be_visible()
