"""How pages use their window: its width, a header that stays, and nothing in the way of works."""

import pytest
from django.test import Client
from playwright.sync_api import Page, Route, expect

from content.models import ContentItem
from tests.factories import ContentItemFactory, UserFactory
from tests.pages.conftest import OpenContext, listen, until
from tests.pages.html import hrefs, texts

# The left edges of the brand and of the list or work, and the width of the header's line.
EDGES = """['.brand', '.masthead .wrap'].map(name => {
  const box = document.querySelector(name).getBoundingClientRect();
  return [box.left, box.width];
})"""
WORKS = 20


@pytest.fixture
def works(transactional_db: None) -> None:
    """Two pages of works, and one text among them."""
    ada = UserFactory(username="ada")
    titles = {number: f"A work with a long title {number}" for number in range(1, WORKS + 1)}
    ContentItem.objects.bulk_create(
        ContentItemFactory.build(pk=pk, title=title, creator=ada, content_type="text" if pk == 7 else "image")
        for pk, title in titles.items()
    )


def test_a_wide_window_is_used_and_its_header_stands_still(
    open_context: OpenContext, works: None, complaints: list[str]
) -> None:
    page = open_context(viewport={"width": 2560, "height": 1200}).new_page()
    listen(page, complaints)
    seen = []
    for path in ("/?page_size=10", "/?q=nothing", "/content/1/", "/accounts/login/", "/nowhere/"):
        page.goto(path)
        seen.append(page.evaluate(EDGES))
    assert all(edges == seen[0] for edges in seen), seen
    page.goto("/?page_size=10")
    tops = page.locator(".card").evaluate_all("cards => cards.map(card => card.getBoundingClientRect().top)")
    assert tops.count(tops[0]) == 10  # squares and upright ones
    left, width = page.locator(".cards").evaluate("list => [list.getBoundingClientRect().left, list.offsetWidth]")
    assert left <= 64 and 2560 - left - width <= 80
    # What scrolls under the header does not shine through.
    assert page.locator(".masthead").evaluate("header => getComputedStyle(header).backgroundColor").startswith("rgb(")


def test_in_a_wide_window_a_heading_begins_below_the_way_back(open_context: OpenContext, complaints: list[str]) -> None:
    page = open_context(viewport={"width": 2560, "height": 1200}, user=UserFactory()).new_page()
    listen(page, complaints)
    for path in ("/selection/", "/selection/tasks/"):
        page.goto(path)
        back, heading = (page.locator(name).bounding_box()["x"] for name in (".crumbs a", "h1"))
        assert back == pytest.approx(heading, abs=1), path


def expect_in_window(page: Page, selector: str) -> None:
    """Check that an element is whole in the window, and nothing lies over its middle."""
    assert page.locator(selector).evaluate(
        "element => { const {left, right, top, bottom} = element.getBoundingClientRect();"
        "const hit = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);"
        "return top >= 0 && bottom <= innerHeight && (element === hit || element.contains(hit)) }"
    )


def test_on_a_phone_search_and_the_button_of_the_filters_stay(
    open_context: OpenContext, works: None, complaints: list[str]
) -> None:
    page = open_context(viewport={"width": 390, "height": 700}, has_touch=True).new_page()
    listen(page, complaints)
    page.goto("/?page_size=12")
    expect(page.locator(".scrubber:not([hidden])")).to_be_attached()
    # What lies over the cards is no wider than the gutter and a little more.
    shown = "element => parseFloat(getComputedStyle(element, '::before').width)"
    assert [page.locator(part).evaluate(shown) < 26 for part in (".scrubber__thumb", ".scrubber__go")] == [True, True]

    page.evaluate("scrollTo({top: 900, behavior: 'instant'})")
    expect_in_window(page, ".search input")
    bottom, covered = page.evaluate(
        "import('genonaut/list/scroll-anchor').then(({covered}) => "
        "[document.querySelector('.masthead').getBoundingClientRect().bottom, covered()])"
    )
    assert bottom == covered < 70

    page.evaluate("scrollTo({top: 0, behavior: 'instant'})")
    page.locator("summary", has_text="Filters").click()
    button = page.locator(".filters .button").first
    expect(button).to_have_text(f"Show {WORKS} works")
    expect_in_window(page, ".filters__actions > .button:first-child")
    expect(page.locator(".scrubber")).to_be_hidden()
    page.get_by_label("Type", exact=True).select_option("Text")
    expect(button).to_have_text("Show 1 work")
    page.get_by_label("Creator’s username").fill("nobody")
    page.get_by_label("Creator’s username").blur()
    expect(button).to_have_text("Show 0 works")
    page.get_by_label("Creator’s username").fill("ada")
    page.get_by_label("Creator’s username").blur()
    expect(button).to_have_text("Show 1 work")
    button.click()
    expect(page.locator(".card")).to_have_count(1)


def test_filters_that_were_open_before_script_came_say_how_many_works_they_show(
    open_context: OpenContext, works: None
) -> None:
    page = open_context(viewport={"width": 1440, "height": 900}).new_page()
    held: list[Route] = []
    page.route("**/js/main.*", lambda route: held.append(route))
    page.goto("/?page_size=12", wait_until="commit")
    page.locator("summary", has_text="Filters").click()
    until(lambda: held, page)
    held.pop().continue_()
    expect(page.locator(".filters .button").first).to_have_text(f"Show {WORKS} works")


def test_what_is_for_developers_has_a_place_and_a_way_back(db: None, client: Client) -> None:
    assert texts(client.get("/"), "footer") == [
        "Genonaut: works made with generative AI. Gallery Tags Creators Models Albums For developers"
    ]
    docs = client.get("/api/v1/docs/")
    assert hrefs(docs, "a") == ["/", "/api/v1/", "/api/v1/schema/"]
