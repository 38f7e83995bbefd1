"""The session history: every entry names the page that it shows, whatever made it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from content.models import ContentItem
from tests.factories import ContentItemFactory, UserFactory
from tests.pages.conftest import OpenContext, listen, until

SIZE = 3


@pytest.fixture
def open_page(open_context: OpenContext, complaints: list[str]) -> Callable[..., Page]:
    """Open a page with script beside five pages of works; what it complains of fails the test."""
    ada = UserFactory(username="ada")
    ContentItem.objects.bulk_create(
        ContentItemFactory.build(title=f"Work {number}", creator=ada) for number in range(1, 5 * SIZE + 1)
    )
    context = open_context(viewport={"width": 900, "height": 400})

    def opened(path: str) -> Page:
        page = context.new_page()
        listen(page, complaints)
        page.goto(path)
        expect(page.locator("html")).to_have_js_property("isConnected", True)
        until(lambda: page.evaluate("history.state !== null"), page)  # script has taken the page over
        return page

    return opened


def expect_page(page: Page, number: int) -> None:
    """Wait until the works of a page are shown; address and history have to name that page."""
    expect(page.locator("#works .card__title").first).to_have_text(f"Work {5 * SIZE - (number - 1) * SIZE}")
    named = page.evaluate("[location.search, history.state.address].map(text => new URLSearchParams(text).get('page'))")
    assert [value or "1" for value in named] == [str(number)] * 2


def follow_fragment(page: Page, way: str) -> None:
    """Make an entry of the same page, as a reader or a script can."""
    if way == "skip link":
        page.get_by_role("link", name="Skip to content").focus()
        page.keyboard.press("Enter")
    elif way == "empty fragment":
        page.evaluate("document.querySelector('.skip').setAttribute('href', '#')")
        page.locator(".skip").dispatch_event("click")
    else:
        page.evaluate("location.hash = 'works'")
    until(lambda: page.url.rpartition("#")[1], page)


def test_an_entry_of_a_fragment_names_its_page(open_page: Callable[..., Page]) -> None:
    for way in ("skip link", "empty fragment", "script"):
        page = open_page(f"/?page_size={SIZE}&page=3")
        follow_fragment(page, way)
        page.get_by_role("link", name="Next").click()
        expect_page(page, 4)
        follow_fragment(page, way)
        page.get_by_role("link", name="Next").click()
        expect_page(page, 5)
        for number in (4, 4, 3, 3):
            page.go_back()
            expect_page(page, number)
        page.go_forward()
        expect_page(page, 3)
        page.evaluate("history.go(3)")
        expect_page(page, 5)
        page.evaluate("history.go(-4)")
        expect_page(page, 3)
        page.close()


def test_parameters_of_others_leave_the_address_and_never_come_back(open_page: Callable[..., Page]) -> None:
    page = open_page(f"/?fbclid=y&page_size={SIZE}&utm_source=x&page=#works")
    assert page.url.partition("/?")[2] == f"page_size={SIZE}#works"
    page.get_by_role("link", name="Next").click()
    expect_page(page, 2)
    page.go_back()
    expect_page(page, 1)
    page.get_by_role("link", name="Images").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Images")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("All works")
    expect_page(page, 1)
    kept = page.evaluate(
        "import('genonaut/pages/cache').then(({cache}) => [...cache.entries()].map(([key]) => key).join(' '))"
    )
    assert "fbclid" not in page.url + kept + page.content() and "utm_" not in kept
