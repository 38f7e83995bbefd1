"""The admin's lists in a real Chromium: dates and page numbers without script, by keyboard, at any width."""

from datetime import UTC, datetime
from itertools import product

import pytest
from playwright.sync_api import expect

from content.models import ContentItem
from tests.factories import ContentItemFactory, UserFactory
from tests.pages.accessibility import violations
from tests.pages.conftest import OpenContext, listen
from users.models import User

ITEMS = "/admin/content/contentitem/"
MONTH = f"{ITEMS}?created_at__year=2024&created_at__month=2"
PARTS = (".dates", ".paginator")


@pytest.fixture
def stella(transactional_db: None) -> User:
    """She runs the site, which has 550 items of February 2024 and one of 2023."""
    ContentItemFactory(title="Early", created_at=datetime(2023, 7, 1, tzinfo=UTC))
    ContentItem.objects.bulk_create(
        ContentItem(
            title="Late", content_type="text", seed=1, created_at=datetime(2024, 2, 1 + number % 29, tzinfo=UTC)
        )
        for number in range(550)
    )
    return UserFactory(username="stella", is_staff=True, is_superuser=True)


def test_a_way_through_dates_and_pages_without_script_by_keyboard(open_context: OpenContext, stella: User) -> None:
    page = open_context(user=stella, java_script_enabled=False).new_page()
    page.goto(ITEMS)
    dates = page.get_by_role("navigation", name="By date")

    for name in ("2024 550", "February 550"):
        dates.get_by_role("link", name=name).focus()
        page.keyboard.press("Enter")
    field = page.get_by_label("Page", exact=True)
    field.fill("11")
    field.press("Enter")
    expect(page.locator(".paginator-rows")).to_have_text("501–550 of 550 content items")
    expect(dates.locator("[aria-current]")).to_have_text("February")

    dates.get_by_role("link", name="All dates").click()
    expect(page.locator(".paginator-rows")).to_have_text("1–50 of 551 content items")


def test_what_is_new_in_the_admin_is_accessible_and_fits(
    open_context: OpenContext, stella: User, complaints: list[str]
) -> None:
    page = open_context(user=stella).new_page()
    listen(page, complaints)
    for scheme, path in product(("light", "dark"), (ITEMS, MONTH)):
        page.emulate_media(color_scheme=scheme)  # before it comes: Django's links change their colour slowly
        page.goto(path)
        for width in (390, 1440):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") == width
            for part in PARTS:
                expect(page.locator(part)).to_be_visible()
            assert violations(page, ", ".join(PARTS), is_colours_alone=scheme == "dark") == []
