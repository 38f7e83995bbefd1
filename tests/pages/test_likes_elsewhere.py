"""Likes that are given in another place than on the card, or known late, in a real Chromium: lists follow."""

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from content.models import ContentItem
from interactions.likes import set_mark
from interactions.models import Kind
from tests.factories import ContentItemFactory, UserFactory
from tests.pages.conftest import OpenContext, until, until_loaded
from tests.pages.stillness import still
from tests.pages.test_marks import LIKES, counted, expect_hearts, heart, likes_of
from users.models import User

SIZE = 3


@pytest.fixture
def ada(transactional_db: None) -> User:
    """She has two pages of works: Fog, Tide and Dune on the first."""
    ada = UserFactory(username="ada", name="Ada")
    for title in ("Sun", "Moon", "Star", "Fog", "Tide", "Dune"):
        ContentItemFactory(title=title, creator=ada)
    return ada


@pytest.fixture
def context(open_context: OpenContext, ada: User) -> BrowserContext:
    return open_context(user=ada, viewport={"width": 1440, "height": 900})


def open_list(context: BrowserContext) -> Page:
    page = context.new_page()
    page.goto(f"/?page_size={SIZE}")
    expect_hearts(page, Fog=False, Tide=False, Dune=False)
    return page


def expect_like(page: Page, title: str, *, is_on: bool) -> None:
    """Wait until the one card of a work has its heart and its count."""
    expect_hearts(page, **{title: is_on})
    expect(counted(page, title)).to_have_attribute("data-likes", str(int(is_on)))


def test_a_like_on_the_work_s_own_page_is_on_cards_of_other_tabs(context: BrowserContext, ada: User) -> None:
    page, other = open_list(context), context.new_page()
    other.goto(f"/content/{ContentItem.objects.get(title='Tide').pk}/")
    expect(other.locator("main > .work[data-ready]")).to_be_visible()
    other.get_by_role("button", name="Like", exact=True).click()
    expect_like(page, "Tide", is_on=True)
    heart(page, "Tide").click()
    expect_like(page, "Tide", is_on=False)
    assert likes_of(ada, reach=0) == []


def test_a_list_that_wakes_asks_for_the_likes_that_it_did_not_hear_of(context: BrowserContext, ada: User) -> None:
    page = open_list(context)
    until_loaded(page, "list/freshness")
    set_mark(ada, ContentItem.objects.get(title="Tide").pk, Kind.LIKE, is_on=True)
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    expect_like(page, "Tide", is_on=True)


def test_a_page_that_is_turned_back_to_counts_the_like(context: BrowserContext) -> None:
    page = open_list(context)
    page.locator(".card", has_text="Tide").hover()
    with page.expect_response(LIKES):
        heart(page, "Tide").click()
    expect_like(page, "Tide", is_on=True)
    page.get_by_role("link", name="Next").click()
    expect_hearts(page, Sun=False)
    page.get_by_role("link", name="Previous").click()
    expect_hearts(page, Fog=False)
    expect_like(page, "Tide", is_on=True)


def test_hearts_come_with_the_next_page_if_their_script_did_not_come(context: BrowserContext) -> None:
    page = context.new_page()
    refused: list[Route] = []

    def refuse(route: Route) -> None:
        refused.append(route)
        route.abort()

    page.route("**/js/list/likes.*", refuse)
    page.goto(f"/?page_size={SIZE}")
    until(lambda: refused, page)
    still(page)
    page.unroute_all()
    page.get_by_role("link", name="Next").click()
    expect_hearts(page, Sun=False)
    page.get_by_role("link", name="Previous").click()
    expect_hearts(page, Fog=False, Tide=False, Dune=False)
