"""The list under a keyboard, and under a finger."""

import re

import pytest
from django.test import Client
from playwright.sync_api import Page, Route, expect

from content.models import ContentItem
from genonaut import flags
from genonaut.pagination import totals
from tests.factories import ContentItemFactory, UserFactory
from tests.pages.conftest import OpenContext, until, until_loaded
from tests.pages.stillness import still
from tests.pages.test_browser import DESKTOP, PHONE, violations
from tests.pages.test_lightbox import hear
from tests.pages.touch import swipe
from users.models import User


@pytest.fixture
def works(transactional_db: None) -> None:
    """Thirty works; the newest, number 30, comes first."""
    ada = UserFactory(username="ada", name="Ada")
    ContentItem.objects.bulk_create(
        ContentItemFactory.build(pk=number, title=f"Work {number}", creator=ada) for number in range(1, 31)
    )


@pytest.fixture
def gallery(open_context: OpenContext, works: None, complaints: list[str]) -> Page:
    """The second of five pages: works 24 to 19."""
    page = open_context(viewport={"width": 900, "height": 420}).new_page()
    hear(page, complaints)
    page.goto("/?page_size=6&page=2")
    return page


def expect_page(page: Page, number: int) -> None:
    """Wait until a page of the list is shown, under its own address."""
    expect(page.locator("section.page")).to_have_attribute("data-number", str(number))
    expect(page.locator(".card")).to_have_count(6)
    expect(page).to_have_url(re.compile(rf"page={number}$"))


def expect_card(page: Page, number: int) -> None:
    """Wait until a card has the focus, below the header and above the window's end."""
    link = page.locator(f'.card[data-id="{number}"] .card__title a')
    expect(link).to_be_focused()
    title = page.locator(f'.card[data-id="{number}"] .card__title')
    top, bottom = title.evaluate("title => [title.getBoundingClientRect().top, title.getBoundingClientRect().bottom]")
    assert page.evaluate("document.querySelector('.masthead').getBoundingClientRect().bottom") <= top
    assert bottom <= page.viewport_size["height"]


def test_arrows_turn_pages(gallery: Page) -> None:
    gallery.keyboard.press("ArrowRight")
    expect_page(gallery, 3)
    gallery.keyboard.press("ArrowLeft")
    expect_page(gallery, 2)
    gallery.go_back()
    expect_page(gallery, 3)


def test_arrows_that_are_faster_than_the_answers_show_the_last_page_that_was_wanted(gallery: Page) -> None:
    late: list[Route] = []
    gallery.route("**/fragments/works/*", lambda route: late.append(route) if len(late) < 2 else route.continue_())
    gallery.goto("/?page_size=6&page=2")
    for _ in range(3):
        gallery.keyboard.press("ArrowRight")
    expect_page(gallery, 5)
    for route in late:
        route.continue_()
    still(gallery)
    expect_page(gallery, 5)
    gallery.keyboard.press("ArrowRight")
    expect_page(gallery, 5)


def test_home_and_end_lead_to_the_first_and_the_last_page(gallery: Page) -> None:
    gallery.keyboard.press("End")
    expect_page(gallery, 5)
    gallery.keyboard.press("Home")
    expect_page(gallery, 1)
    gallery.evaluate("scrollTo(0, 500)")
    gallery.keyboard.press("Home")  # on the first page it is the browser's
    until(lambda: gallery.evaluate("scrollY") == 0, gallery)


def test_home_and_end_work_in_a_list_without_numbers(
    open_context: OpenContext, works: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(totals, "COUNT_BUDGET", 5)  # thirty works are too many to count
    monkeypatch.setattr(totals, "LARGE_COUNT_BUDGET", 5)
    flags.turn(flags.Flag.RANKED_PAGES, is_on=False)
    cursor = Client().get("/?page_size=6").context["page"].next_cursor
    page = open_context().new_page()
    page.goto(f"/?page_size=6&cursor={cursor}")
    expect(page.locator("section.page:not([data-number], [data-pages])")).to_be_visible()
    page.keyboard.press("End")
    expect(page.locator('.card[data-id="1"]')).to_be_visible()
    page.keyboard.press("Home")
    expect(page.locator('.card[data-id="30"]')).to_be_visible()


def test_j_and_k_walk_from_card_to_card_over_the_pages_borders(gallery: Page) -> None:
    for number in (24, 23, 22, 21, 20, 19, 18, 17):
        gallery.keyboard.press("j")
        expect_card(gallery, number)
    expect_page(gallery, 3)
    for number in (18, 19, 20):
        gallery.keyboard.press("k")
        expect_card(gallery, number)
    expect_page(gallery, 2)
    gallery.keyboard.press("Enter")
    expect(gallery.get_by_role("dialog", name="Work 20")).to_be_visible()
    gallery.keyboard.press("Escape")
    expect_card(gallery, 20)


def test_k_leads_to_the_last_card_of_a_long_page(gallery: Page) -> None:
    gallery.goto("/?page_size=15&page=2")
    gallery.keyboard.press("j")
    expect_card(gallery, 15)
    gallery.keyboard.press("k")
    expect_card(gallery, 16)
    gallery.keyboard.press("k")
    expect_card(gallery, 17)


def test_a_slash_leads_to_the_search_box_and_selects_what_is_in_it(gallery: Page) -> None:
    gallery.goto("/?q=work")
    gallery.keyboard.press("/")
    expect(gallery.get_by_label("Search the gallery")).to_be_focused()
    assert gallery.evaluate("getSelection().toString()") == "work"
    gallery.keyboard.type("j?/k")
    expect(gallery.get_by_label("Search the gallery")).to_have_value("j?/k")


def test_a_question_mark_lists_the_keys(gallery: Page) -> None:
    gallery.keyboard.press("?")
    dialog = gallery.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog.get_by_role("button", name="Close")).to_be_focused()
    gallery.keyboard.press("ArrowRight")
    gallery.keyboard.press("j")
    gallery.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect_page(gallery, 2)
    gallery.get_by_role("button", name="Keyboard shortcuts").click()
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()


def test_what_dialogs_focus_asks_nothing_of_the_page_as_it_comes_in(
    open_context: OpenContext, works: None, complaints: list[str]
) -> None:
    page = open_context().new_page()
    hear(page, complaints)
    page.add_init_script("addEventListener('readystatechange', () => document.querySelector('.skip')?.focus(), true)")
    page.goto("/?page_size=6#works")
    expect(page.locator(".skip")).to_be_focused()
    page.locator('.card[data-id="30"] .card__title a').click()
    expect(page.locator("#lightbox [data-work]")).to_be_focused()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Go to…").click()
    expect(page.get_by_role("dialog", name="Go to a page or date").get_by_label("Page")).to_be_focused()


def test_the_keys_of_a_single_character_can_be_switched_off(gallery: Page) -> None:
    gallery.get_by_role("button", name="Keyboard shortcuts").click()
    gallery.get_by_label("Use the keys with a single character").uncheck()
    gallery.keyboard.press("Escape")
    gallery.reload()
    gallery.evaluate("document.activeElement.blur()")
    for key in "jk/?":
        gallery.keyboard.press(key)
    assert gallery.evaluate("document.activeElement.tagName") == "BODY"
    expect(gallery.locator("dialog[open]")).to_have_count(0)
    gallery.keyboard.press("ArrowRight")
    expect_page(gallery, 3)
    gallery.get_by_role("button", name="Keyboard shortcuts").click()
    gallery.get_by_label("Use the keys with a single character").check()
    gallery.keyboard.press("Escape")
    gallery.keyboard.press("/")
    expect(gallery.get_by_label("Search the gallery")).to_be_focused()


def test_fields_modifiers_and_composed_characters_are_left_alone(gallery: Page) -> None:
    for key in ("Control+ArrowRight", "Shift+End", "Meta+j", "Control+j"):
        gallery.keyboard.press(key)
    gallery.evaluate(
        "document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'j', isComposing: true, bubbles: true}))"
    )
    gallery.get_by_label("Page", exact=True).focus()
    for key in ("ArrowRight", "Home", "j", "?"):
        gallery.keyboard.press(key)
    still(gallery)
    expect_page(gallery, 2)
    expect(gallery.locator("dialog[open]")).to_have_count(0)
    expect(gallery.get_by_label("Page", exact=True)).to_be_focused()


def test_escape_closes_a_menu_and_returns_to_what_opened_it(gallery: Page) -> None:
    until_loaded(gallery, "site/menus")
    summary = gallery.locator("summary", has_text="Filters")
    summary.click()
    gallery.locator("form.filters").get_by_label("Type").focus()
    gallery.keyboard.press("Escape")
    expect(gallery.locator("form.filters")).to_be_hidden()
    expect(summary).to_be_focused()


def test_escape_closes_the_account_menu_of_any_page(open_context: OpenContext, works: None) -> None:
    page = open_context(user=User.objects.get(username="ada"), viewport=DESKTOP).new_page()
    page.goto(f"/content/{ContentItem.objects.first().pk}/")
    until_loaded(page, "site/menus")
    summary = page.locator(".account__menu summary")
    summary.click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Sign out")).to_be_hidden()
    expect(summary).to_be_focused()


def test_a_click_elsewhere_closes_a_menu_and_one_in_it_does_not(gallery: Page) -> None:
    until_loaded(gallery, "site/menus")
    form = gallery.locator("form.filters")
    gallery.locator("summary", has_text="Filters").click()
    form.get_by_text("How it was made").click()
    expect(form.get_by_label("Seed")).to_be_visible()
    gallery.get_by_role("heading", level=1).click()
    expect(form).to_be_hidden()


def test_axe_finds_nothing_in_the_list_of_keys(open_context: OpenContext, works: None) -> None:
    page = open_context().new_page()
    page.goto("/?page_size=6")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    for window in (DESKTOP, PHONE, {"width": 320, "height": 500}):
        for colours in ("light", "dark"):
            page.set_viewport_size(window)
            page.emulate_media(color_scheme=colours)
            assert violations(page, is_colours_alone=colours == "dark") == []
            assert page.evaluate("Math.max(keys.scrollWidth, document.documentElement.scrollWidth)") <= window["width"]


def test_without_script_there_are_no_keys_to_list(page: Page, works: None) -> None:
    page.goto("/?page_size=6")
    expect(page.get_by_role("button", name="Keyboard shortcuts")).to_be_hidden()


@pytest.mark.moving
def test_a_swipe_turns_the_page(open_context: OpenContext, works: None) -> None:
    page = open_context(viewport=PHONE, has_touch=True, is_mobile=True).new_page()
    page.goto("/?page_size=6&page=2")
    swipe(page, (320, 600), (100, 610))
    expect_page(page, 3)
    still(page)
    swipe(page, (100, 600), (320, 610))
    expect_page(page, 2)
    still(page)
    swipe(page, (380, 600), (100, 600))  # from the edge
    swipe(page, (200, 700), (190, 300))  # downwards
    swipe(page, (300, 600), (220, 600), milliseconds=100)  # slow and short
    still(page)
    expect_page(page, 2)
    assert page.evaluate("scrollY") > 0
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
