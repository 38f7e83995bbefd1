"""What people write from right to left: it is read as it was written, and turns round nothing that stands beside it."""

import pytest
from playwright.sync_api import Locator, expect

from content.models import ContentItem
from interactions import comments
from notices.writing import notify_followed
from tests.factories import ContentItemFactory, UserFactory
from tests.pages.conftest import OpenContext
from tests.pages.test_browser import DESKTOP
from users.models import User

HEBREW = "שלום!"
# What comes after it in the same paragraph is shown from right to left.
TURNED = "\u202eeve"
# Where two letters of an element's text lie: the first and the last of some words in it.
LEFTS = """(element, words) => {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  while (!walker.nextNode()?.data.includes(words)) if (walker.currentNode === null) return null;
  const start = walker.currentNode.data.indexOf(words);
  return [start, start + words.length - 1].map((at) => {
    const range = document.createRange();
    range.setStart(walker.currentNode, at);
    range.setEnd(walker.currentNode, at + 1);
    return range.getBoundingClientRect().left;
  });
}"""


@pytest.fixture
def ada(transactional_db: None) -> User:
    return UserFactory(username="ada", name="Ada")


@pytest.fixture
def item(ada: User) -> ContentItem:
    return ContentItemFactory(creator=ada, title=HEBREW, prompt=f"{HEBREW} a lighthouse")


def is_from_left(locator: Locator, words: str) -> bool:
    """Return whether some words begin left of where they end."""
    expect(locator).to_contain_text(words)
    first, last = locator.evaluate(LEFTS, words)
    return first < last


def test_what_begins_from_the_right_ends_on_the_left(open_context: OpenContext, ada: User, item: ContentItem) -> None:
    comments.add(ada, item.pk, HEBREW)
    page = open_context(viewport=DESKTOP).new_page()
    page.goto("/")
    assert not is_from_left(page.locator(".card__title a"), HEBREW)
    page.goto(item.get_absolute_url())
    assert not is_from_left(page.get_by_role("heading", level=1), HEBREW)
    assert not is_from_left(page.locator("[data-text=prompt]"), HEBREW)
    page.goto(f"{item.get_absolute_url()}comments/")
    assert not is_from_left(page.locator(".comment .prose"), HEBREW)
    assert not is_from_left(page.locator(".crumbs a"), HEBREW)
    page.goto("/?q=x")
    assert page.locator("#search").evaluate("field => getComputedStyle(field).unicodeBidi") == "plaintext"


def test_what_turns_its_own_text_round_turns_nothing_beside_it(open_context: OpenContext, ada: User) -> None:
    eve = UserFactory(username="eve", name=TURNED)
    works = ContentItemFactory.create_batch(2, creator=ada, title=TURNED)
    comments.add(eve, works[0].pk, "Fine")
    notify_followed(ada, eve)
    page = open_context(user=ada, viewport=DESKTOP).new_page()
    page.goto("/notifications/")
    told = page.locator(".told p:first-child")
    assert is_from_left(told.filter(has_text="follows you"), "follows you")
    assert is_from_left(told.filter(has_text="commented"), "commented on")
    page.goto(f"{works[0].get_absolute_url()}comments/")
    assert is_from_left(page.locator(".comment__head"), f"{works[0].interactions.get().created_at:%Y}")
    page.goto(works[0].get_absolute_url())
    page.get_by_role("button", name="Make private").click()
    assert is_from_left(page.locator(".messages"), "is private now.")
    page.goto(f"/content/{works[0].pk}/delete/")
    assert is_from_left(page.get_by_role("heading", level=1), "to the trash?")
