"""Culling in a real Chromium: by keys, by boxes, and without script."""

import re

import pytest
from playwright.sync_api import Page, expect

from content.models import ContentItem
from interactions.models import Interaction
from tests.factories import ContentItemFactory, UserFactory
from tests.pages.accessibility import violations
from tests.pages.conftest import OpenContext, until
from tests.pages.test_lightbox import hear, open_work
from users.models import User


@pytest.fixture
def ada(transactional_db: None) -> User:
    """She has twelve works; the newest, number 12, comes first."""
    ada = UserFactory(username="ada", name="Ada")
    ContentItem.objects.bulk_create(
        ContentItemFactory.build(pk=number, title=f"Work {number}", creator=ada) for number in range(1, 13)
    )
    return ada


def ratings() -> dict[int, int]:
    """Return the ratings that there are, by work."""
    return dict(Interaction.objects.filter(kind="rate").values_list("content", "rating"))


def trashed() -> set[int]:
    """Return the works in the trash."""
    return set(ContentItem.objects.filter(trashed_at__isnull=False).values_list("pk", flat=True))


@pytest.fixture
def gallery(open_context: OpenContext, ada: User, complaints: list[str]) -> Page:
    """The first page of hers, with the hearts that say that what loads late is there."""
    page = open_context(user=ada, viewport={"width": 1100, "height": 700}).new_page()
    hear(page, complaints)
    page.goto("/?page_size=12")
    expect(page.locator(".card__like")).to_have_count(12)
    return page


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


def test_without_script_a_page_of_boxes_does_the_same(open_context: OpenContext, ada: User) -> None:
    page = open_context(user=ada, java_script_enabled=False, viewport={"width": 390, "height": 844}).new_page()
    page.goto("/?page_size=12")
    page.get_by_role("link", name="Select", exact=True).click()
    page.locator('.pick:has-text("Work 12") input').check()
    page.locator('.pick:has-text("Work 11") input').check()
    page.get_by_role("button", name="Move to trash").click()
    expect(page.locator(".message")).to_have_text("2 works moved to the trash.")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert trashed() == {12, 11}
    page.goto("/trash/")
    page.locator('.pick:has-text("Work 12") input').check()
    page.get_by_role("button", name="Restore").click()
    expect(page.locator(".message")).to_have_text("Restored 1 work.")
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
    for address in ("/selection/", "/trash/"):
        page.goto(address)
        assert violations(page) == []
