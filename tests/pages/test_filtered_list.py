"""A list that filters or a search brought in another's place, in the same document."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from content.models import ContentItem
from tests.factories import ContentItemFactory, UserFactory
from tests.pages.conftest import OpenContext
from tests.pages.stillness import still
from tests.pages.test_lightbox import hear
from users.models import User

SIZE = 6


@pytest.fixture
def ada(transactional_db: None) -> User:
    """She has three pages of works with fog, and one without; the newest, which has the highest number, comes first."""
    ada = UserFactory(username="ada", name="Ada")
    ContentItem.objects.bulk_create(
        ContentItemFactory.build(
            pk=number, title=f"Thick fog {number}" if number > SIZE else f"Sun {number}", creator=ada, quality_score=0.5
        )
        for number in range(1, 4 * SIZE + 1)
    )
    return ada


@pytest.fixture
def gallery(open_context: OpenContext, ada: User, complaints: list[str]) -> Iterator[Page]:
    """Her list; a test ends once the page asks for nothing more."""
    page = open_context(user=ada, viewport={"width": 1100, "height": 700}).new_page()
    hear(page, complaints)
    page.goto(f"/?page_size={SIZE}")
    expect(page.locator(".card__like")).to_have_count(SIZE)  # what loads late is there
    yield page
    still(page)


@pytest.mark.parametrize(("field", "value"), [("Quality from", "0.4"), ("Words in title", "thick fog")])
def test_pages_of_filtered_works_turn_in_the_same_document(gallery: Page, field: str, value: str) -> None:
    gallery.evaluate("window.isSame = true")
    gallery.locator("summary", has_text="Filters").click()
    gallery.get_by_label(field).fill(value)
    gallery.get_by_role("button", name=re.compile(r"^Show (\S+ )?works$")).click()  # it counts them in the meantime
    expect(gallery.locator(".chip").first).to_contain_text(value)
    expect(gallery.locator(".card__like")).to_have_count(SIZE)
    gallery.locator("[data-select]").click()
    for box in range(2):
        gallery.locator(".card__pick").nth(box).click()
    gallery.get_by_role("link", name="Page 2", exact=True).click()
    expect(gallery.locator("#works")).to_have_attribute("data-number", "2")
    expect(gallery.get_by_role("region", name="Selection")).to_contain_text("2 works selected")
    assert gallery.evaluate("window.isSame")


def test_the_search_box_holds_the_search_that_is_in_force(gallery: Page) -> None:
    box = gallery.locator("#search")
    box.fill("fog")
    box.press("Enter")
    expect(gallery.get_by_role("heading", level=1)).to_contain_text("fog")
    expect(gallery.locator(".card__like")).not_to_have_count(0)
    gallery.evaluate("window.isSame = true")
    gallery.locator(".chip", has_text="fog").click()
    expect(gallery.locator(".chip")).to_have_count(0)
    expect(box).to_have_value("")
    gallery.go_back()
    expect(gallery.locator(".chip")).to_have_count(1)
    expect(box).to_have_value("fog")
    assert gallery.evaluate("window.isSame")
