"""An open work under hands: what is said over it, what keys made of it, and what was typed into it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from genonaut.http.limits import Rate
from interactions import comments
from interactions.models import Interaction
from tests.pages.conftest import OpenContext, until
from tests.pages.owned_list import list_of, owner_of
from tests.pages.stillness import still
from tests.pages.test_lightbox import FRAGMENTS, expect_focus_on, expect_work, lightbox, open_work
from users.models import User

COUNT = 12
# Whether something is what a pointer would meet at its middle.
IS_ON_TOP = """(element) => {
  const {x, y, width, height} = element.getBoundingClientRect();
  return element.contains(document.elementFromPoint(x + width / 2, y + height / 2));
}"""


@pytest.fixture
def ada(transactional_db: None) -> User:
    """She has twelve works."""
    return owner_of(COUNT)


@pytest.fixture
def gallery(open_context: OpenContext, ada: User, complaints: list[str]) -> Iterator[Page]:
    """Her list."""
    yield from list_of(open_context, ada, complaints, size=(1100, 700))


def fill_screen(page: Page) -> None:
    """Open the first work, and have it fill the screen."""
    open_work(page, 12)
    expect(lightbox(page).locator("[data-ready]")).to_be_attached()
    page.keyboard.press("f")
    until(lambda: page.evaluate("document.fullscreenElement !== null"), page)


def expect_on_top(page: Page, selector: str) -> None:
    """Wait until nothing covers an element."""
    element = page.locator(selector)
    until(lambda: element.count() == 1 and element.evaluate(IS_ON_TOP), page)


def like_button(page: Page) -> Locator:
    return lightbox(page).locator("form.mark > [id^=like-]")


def comment_field(page: Page) -> Locator:
    """Scroll to the comments on the open work, which come once they are in sight."""
    lightbox(page).get_by_role("region", name="Ratings and comments").scroll_into_view_if_needed()
    field = lightbox(page).get_by_label("Your comment")
    expect(field).to_be_visible()
    return field


def test_full_screen_shows_what_is_said_over_it(gallery: Page, complaints: list[str]) -> None:
    gallery.route("**/selection/act/", lambda route: route.fulfill(status=403))
    fill_screen(gallery)
    gallery.keyboard.press("3")
    expect(gallery).to_have_title("Work 11 · Genonaut")
    said = gallery.locator(".said")
    expect(said).to_have_text("You are no longer signed in.")
    expect_on_top(gallery, ".said")
    gallery.keyboard.press("j")
    expect(gallery).to_have_title("Work 10 · Genonaut")
    still(gallery)
    expect_on_top(gallery, ".said")
    gallery.keyboard.press("f")
    until(lambda: gallery.evaluate("document.fullscreenElement === null"), gallery)
    expect_on_top(gallery, "#lightbox > .said")
    said.get_by_role("button", name="Close this message").click()
    expect(said).to_have_count(0)
    expect(lightbox(gallery).locator("[data-work]")).to_be_focused()
    complaints.clear()  # of the answer


def test_what_was_said_over_a_work_stays_over_the_list_until_it_is_closed(gallery: Page) -> None:
    open_work(gallery, 12)
    gallery.keyboard.press("l")
    said = gallery.locator(".said")
    expect(said).to_contain_text("1 work liked.")
    gallery.keyboard.press("Escape")
    expect(lightbox(gallery)).to_be_hidden()
    expect_on_top(gallery, "body > .said")
    said.get_by_role("button", name="Close this message").click()
    expect(said).to_have_count(0)
    expect(gallery.locator("#works")).to_be_focused()


def test_full_screen_shows_that_a_work_did_not_come(gallery: Page, complaints: list[str]) -> None:
    fill_screen(gallery)
    still(gallery)
    gallery.route(FRAGMENTS, lambda route: route.fulfill(status=500))
    for number in (11, 10):
        gallery.keyboard.press("j")
        expect(gallery).to_have_title(f"Work {number} · Genonaut")
    expect(lightbox(gallery).get_by_role("heading", name="This work did not come")).to_be_visible()
    expect_on_top(gallery, ".failure")
    gallery.unroute(FRAGMENTS)
    gallery.get_by_role("button", name="Try again").click()
    expect(gallery.locator(".failure")).to_have_count(0)
    still(gallery)
    complaints.clear()  # of the answers


def test_an_open_work_shows_what_keys_made_of_it(gallery: Page, complaints: list[str]) -> None:
    open_work(gallery, 12)
    said = gallery.locator(".said")
    gallery.keyboard.press("l")
    expect(said).to_contain_text("1 work liked.")
    gallery.keyboard.press("ArrowLeft")
    expect_work(gallery, 12)
    expect(like_button(gallery)).to_have_attribute("aria-pressed", "true")
    gallery.keyboard.press("u")
    expect(said).to_contain_text("Undone")
    expect(like_button(gallery)).to_have_attribute("aria-pressed", "false")
    gallery.keyboard.press("Delete")
    expect(said).to_contain_text("moved to the trash")
    gallery.keyboard.press("ArrowLeft")
    expect(lightbox(gallery).get_by_role("heading", name="This work did not come")).to_be_visible()
    expect(lightbox(gallery).get_by_role("heading", level=1)).to_have_text("Work 12")
    gallery.keyboard.press("u")
    expect_work(gallery, 12)
    expect(lightbox(gallery).locator(".failure")).to_have_count(0)
    complaints.clear()  # of the work in the trash


def test_what_keys_made_of_a_work_takes_nothing_that_is_typed_into_it(gallery: Page) -> None:
    open_work(gallery, 1)  # the last: no next one takes its place
    comment = comment_field(gallery)
    comment.fill("Such light!")
    lightbox(gallery).locator("[data-work]").focus()
    gallery.keyboard.press("l")
    expect(gallery.locator(".said")).to_contain_text("1 work liked.")
    still(gallery)
    expect(comment).to_have_value("Such light!")


@pytest.mark.moving
def test_escape_while_a_work_opens_closes_it(gallery: Page) -> None:
    opened = gallery.evaluate(
        """() => {
            document.querySelector('.card[data-id="9"] .card__title a').click();
            document.body.dispatchEvent(new KeyboardEvent("keydown", {key: "Escape", bubbles: true}));
            return lightbox.open;
        }"""
    )
    assert not opened  # until the movement has begun
    still(gallery)
    expect_focus_on(gallery, 9)
    expect(gallery).to_have_url(f"/?page_size={COUNT}")
    open_work(gallery, 9)


@pytest.mark.moving
def test_a_work_that_opens_is_judged_already(gallery: Page) -> None:
    gallery.evaluate(
        """() => {
            document.querySelector('.card[data-id="9"] .card__title a').click();
            document.body.dispatchEvent(new KeyboardEvent("keydown", {key: "l", bubbles: true}));
        }"""
    )
    expect_work(gallery, 8)
    gallery.keyboard.press("ArrowLeft")
    expect_work(gallery, 9)
    expect(like_button(gallery)).to_have_attribute("aria-pressed", "true")
    expect_on_top(gallery, "#lightbox > .said")


@pytest.mark.parametrize("close", ["Escape", "button"])
def test_what_is_typed_outlasts_escape_and_the_closing_of_its_work(gallery: Page, close: str) -> None:
    open_work(gallery, 12)
    comment_field(gallery).click()
    gallery.keyboard.type("Such light!")
    gallery.keyboard.press("Escape")
    expect(lightbox(gallery).locator("[data-work]")).to_be_focused()
    expect(comment_field(gallery)).to_have_value("Such light!")
    if close == "Escape":
        gallery.keyboard.press("Escape")
    else:
        gallery.get_by_role("button", name="Close", exact=True).click()
    expect_focus_on(gallery, 12)
    open_work(gallery, 11)
    expect(comment_field(gallery)).to_have_value("")
    gallery.keyboard.press("ArrowLeft")
    expect_work(gallery, 12)
    expect(comment_field(gallery)).to_have_value("Such light!")


@pytest.fixture
def silenced(ada: User, monkeypatch: pytest.MonkeyPatch) -> Interaction:
    """Ada wrote as many comments as she may for a while: this one, on her work 12."""
    comment = comments.add(ada, 12, "First!")
    monkeypatch.setattr(comments, "RATE", Rate(1, timedelta(hours=1)))
    comments.check_comment_rate(ada)
    return comment


@pytest.mark.parametrize("is_answer", [False, True], ids=["comment", "answer"])
def test_a_comment_that_is_refused_outlasts_the_closing_of_its_work(
    silenced: Interaction, gallery: Page, is_answer: bool
) -> None:
    answer = lightbox(gallery).locator(f"#answer-{silenced.pk}")
    open_work(gallery, 12)
    comment_field(gallery)
    if is_answer:
        lightbox(gallery).locator("summary", has_text="Answer").click()
    (answer if is_answer else comment_field(gallery)).fill("Such light!")
    lightbox(gallery).get_by_role("button", name="Answer" if is_answer else "Comment", exact=True).click()
    expect(lightbox(gallery).get_by_role("alert")).to_be_visible()
    expect(lightbox(gallery).locator("#comment_text")).to_have_value("Such light!")
    expect(answer).to_have_value("")
    gallery.get_by_role("button", name="Close", exact=True).click()
    expect_focus_on(gallery, 12)
    open_work(gallery, 12)
    expect(comment_field(gallery)).to_have_value("" if is_answer else "Such light!")
    expect(answer).to_have_value("Such light!" if is_answer else "")
    expect(answer).to_be_visible(visible=is_answer)


def test_a_comment_that_was_sent_is_typed_no_longer(gallery: Page) -> None:
    open_work(gallery, 12)
    comment_field(gallery).fill("Such light!")
    lightbox(gallery).get_by_role("button", name="Comment", exact=True).click()
    expect(lightbox(gallery).locator(".comment", has_text="Such light!")).to_be_visible()
    expect(comment_field(gallery)).to_have_value("")
    gallery.get_by_role("button", name="Close", exact=True).click()
    expect_focus_on(gallery, 12)
    open_work(gallery, 12)
    expect(comment_field(gallery)).to_have_value("")
