"""A browser that keeps no data of sites: it refuses storage, and channels between tabs."""

import pytest
from playwright.sync_api import Page, expect

from tests.factories import UserFactory
from tests.pages.conftest import OpenContext, listen
from tests.pages.test_scroll import LIST, SIZE, TOP, WINDOW, expect_place, make_works, opened, scroll_past_page, settle
from users.models import User

REFUSING = """
const refuse = () => { throw new DOMException("The operation is insecure.", "SecurityError") };
for (const name of ["localStorage", "sessionStorage"]) Object.defineProperty(window, name, {get: refuse});
window.BroadcastChannel = class { constructor() { refuse() } };
"""


@pytest.fixture
def ada(transactional_db: None) -> User:
    """She has ten pages of works."""
    ada = UserFactory(username="ada", name="Ada")
    make_works(ada, 10, SIZE)
    return ada


@pytest.fixture
def reader(open_context: OpenContext, ada: User, complaints: list[str]) -> Page:
    """A page of hers; what it complains of fails the test."""
    page = open_context(user=ada, viewport=WINDOW).new_page()
    listen(page, complaints)
    page.add_init_script(REFUSING)
    return page


def test_endless_scroll_comes_back_to_its_pixel_and_changes_its_layout(reader: Page) -> None:
    opened(reader, LIST)
    scroll_past_page(reader, 3, step=300)
    settle(reader)
    place = reader.evaluate(TOP)
    reader.reload()
    expect_place(reader, place, within=1)
    for layout in ("numbers", "scroll"):
        reader.locator(f"[data-choose-layout='{layout}']").evaluate("link => link.click()")
        expect(reader.locator("#list")).to_have_attribute("data-layout", layout)
        expect(reader.locator(f".card[data-id='{place['id']}']")).to_be_in_viewport()


def test_a_like_by_key_is_on_the_card(reader: Page) -> None:
    opened(reader, LIST)
    heart = reader.locator(".card__like").first
    expect(heart).to_have_attribute("aria-pressed", "false")
    reader.locator(".card__title a").first.focus()
    for said, is_liked in (("1 work liked.", "true"), ("Undone: 1 work as before.", "false")):
        reader.keyboard.press("l" if is_liked == "true" else "u")
        expect(reader.locator(".said")).to_contain_text(said)
        expect(heart).to_have_attribute("aria-pressed", is_liked)
