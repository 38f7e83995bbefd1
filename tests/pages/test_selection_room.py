"""Selections beside what else is on the screen: bars over works, fingers on boxes, lists that take another's place."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.pages.accessibility import violations
from tests.pages.conftest import OpenContext, until
from tests.pages.owned_list import list_of, owner_of
from tests.pages.stillness import still
from tests.pages.test_browser import PHONE
from tests.pages.test_lightbox import hear
from tests.pages.touch import swipe
from users.models import User

COUNT = 50
IS_A_BOX_IN_SIGHT = """() => [...document.querySelectorAll(".pick input")].some((box) => {
  const {x, y, width, height} = box.getBoundingClientRect();
  return document.elementFromPoint(x + width / 2, y + height / 2) === box;
})"""
# What is left free at the page's end for the bar, in pixels.
FREE = "parseFloat(getComputedStyle(document.body).paddingBlockEnd)"
# How far something ends above the bar, in pixels.
SPACE = """(selector) => {
  const [bar, element] = [".bar", selector].map((each) => document.querySelector(each).getBoundingClientRect());
  return bar.top - element.bottom;
}"""
LISTEN = """() => {
  window.heard = [];
  new MutationObserver((records) => {
    for (const {target} of records) if (target.matches?.("[data-range][role=status]")) heard.push(target.textContent);
  }).observe(document.body, {childList: true, subtree: true});
}"""


@pytest.fixture
def ada(transactional_db: None) -> User:
    """She has fifty works."""
    return owner_of(COUNT)


@pytest.fixture
def gallery(open_context: OpenContext, ada: User, complaints: list[str]) -> Iterator[Page]:
    """Her list."""
    yield from list_of(open_context, ada, complaints, size=(1024, 768))


def link(page: Page, number: int) -> Locator:
    return page.locator(f'.card[data-id="{number}"] .card__title a')


def select(page: Page, *numbers: int) -> Locator:
    """Select works by key, and return the bar with its actions."""
    for number in numbers:
        link(page, number).focus()
        page.keyboard.press("x")
    bar = page.get_by_role("region", name="Selection")
    expect(bar.get_by_role("button", name="Move to trash")).to_be_attached()
    return bar


def sort(page: Page) -> None:
    """Choose the oldest works first."""
    page.locator("summary", has_text="Newest first").click()
    page.get_by_role("link", name="Oldest first").click()
    expect(page.locator(".card").first).to_have_attribute("data-id", "1")


@pytest.mark.parametrize(("width", "height"), [(320, 640), (1024, 768)])
def test_without_script_the_actions_leave_the_works_in_sight(
    open_context: OpenContext, ada: User, width: int, height: int
) -> None:
    page = open_context(user=ada, java_script_enabled=False, viewport={"width": width, "height": height}).new_page()
    page.goto(f"/selection/?page_size={COUNT}")
    page.wait_for_load_state()  # with its style sheets
    page.locator(".pick input").nth(COUNT // 2).scroll_into_view_if_needed()
    until(lambda: page.evaluate(IS_A_BOX_IN_SIGHT), page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_bar_covers_neither_the_card_with_the_focus_nor_the_pages_end(gallery: Page) -> None:
    bar = select(gallery, COUNT)
    assert bar.bounding_box()["height"] < 768 / 4
    until(lambda: abs(gallery.evaluate(FREE) - bar.bounding_box()["height"]) < 1, gallery)
    for number in range(COUNT - 1, COUNT - 13, -1):
        gallery.keyboard.press("j")
        expect(link(gallery, number)).to_be_focused()
        assert gallery.evaluate(SPACE, ".card:focus-within") > 0
    gallery.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    assert gallery.evaluate(SPACE, "body > footer") > -1
    bar.get_by_role("button", name="End").click()
    until(lambda: gallery.evaluate(FREE) == 0, gallery)


def test_another_order_keeps_what_is_selected_and_takes_the_focus(gallery: Page) -> None:
    bar = select(gallery, 50, 48)
    gallery.evaluate(LISTEN)
    sort(gallery)
    expect(bar.get_by_text("2 works selected")).to_be_visible()
    expect(gallery.locator("#works")).to_be_focused()
    expect(gallery.locator(".card[data-picked]")).to_have_count(2)
    expect(gallery.locator('.card[data-id="48"] .card__pick')).to_have_attribute("aria-pressed", "true")
    until(lambda: gallery.evaluate("heard") == ["50 works"], gallery)
    expect(gallery.locator(".said")).to_have_count(0)
    assert violations(gallery) == []
    bar.get_by_role("button", name="End").click()
    expect(bar).to_have_count(0)
    gallery.go_back()
    expect(gallery.locator(".card").first).to_have_attribute("data-id", "50")
    expect(gallery.locator(".card__like")).to_have_count(COUNT)
    expect(bar).to_have_count(0)


def test_all_of_a_query_ends_with_it_and_says_so(gallery: Page) -> None:
    bar = select(gallery, 50)
    bar.get_by_text("All of this query").click()
    sort(gallery)
    expect(gallery.locator(".said")).to_contain_text("“All of this query” is no longer chosen")
    expect(bar.get_by_role("radio", name="These")).to_be_checked()
    expect(bar.get_by_text("1 work selected")).to_be_visible()


def test_a_finger_selects_the_boxes_that_it_is_drawn_over_and_turns_no_page(
    open_context: OpenContext, ada: User, complaints: list[str]
) -> None:
    page = open_context(user=ada, viewport=PHONE, has_touch=True, is_mobile=True).new_page()
    hear(page, complaints)
    page.goto("/?page_size=12&page=2")
    expect(page.locator(".card__like")).to_have_count(12)
    page.locator("[data-select]").click()
    boxes = page.locator(".card__pick")
    expect(boxes).to_have_count(12)
    still(page)
    centres = [
        (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        for box in (boxes.nth(number).bounding_box() for number in (0, 3))
    ]
    swipe(page, *centres)
    for number in (0, 3):
        expect(boxes.nth(number)).to_have_attribute("aria-pressed", "true")
    still(page)
    assert page.url.endswith("page=2")
