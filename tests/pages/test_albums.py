"""Albums in a real Chromium: made and arranged without script, scrolled and opened with it."""

import pytest
from playwright.sync_api import Locator, Page, expect

from albums.items import add_works
from content.models import ContentItem
from tests.factories import AlbumFactory, ContentItemFactory, UserFactory
from tests.pages.accessibility import violations
from tests.pages.conftest import OpenContext, until
from tests.pages.test_browser import DESKTOP, PHONE
from users.models import User


@pytest.fixture
def ada(transactional_db: None) -> User:
    return UserFactory(username="ada")


def card_titles(page: Page) -> Locator:
    return page.locator(".card__title")


def test_an_album_is_made_arranged_and_shared_without_script(open_context: OpenContext, ada: User) -> None:
    fog, sea = ContentItemFactory(title="Fog"), ContentItemFactory(title="Sea")
    page = open_context(user=ada, java_script_enabled=False, viewport=DESKTOP).new_page()
    page.goto(fog.get_absolute_url())
    page.get_by_role("link", name="Add to album").click()
    page.get_by_role("link", name="New album with it").click()
    page.get_by_label("Title").fill("Weather")
    page.get_by_role("button", name="Make the album").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Weather")
    page.goto(f"/content/{sea.pk}/albums/")
    page.get_by_role("button", name="Add to Weather").click()
    page.get_by_role("link", name="Weather").click()
    expect(card_titles(page)).to_have_text(["Fog", "Sea"])
    page.get_by_role("link", name="Arrange").click()
    page.get_by_role("button", name="Later Fog").click()
    page.get_by_label("Note about Sea").fill("First light")
    page.get_by_role("listitem", name="Sea").get_by_role("button", name="Save note").click()
    expect(page.get_by_label("Note about Sea")).to_have_value("First light")
    page.get_by_role("link", name="Back to the album").click()
    expect(card_titles(page)).to_have_text(["Sea", "Fog"])
    page.get_by_role("link", name="Edit and share").click()
    page.get_by_role("button", name="Make a link").click()
    link = page.get_by_label("Link", exact=True).input_value()
    stranger = open_context(java_script_enabled=False, viewport=DESKTOP).new_page()
    stranger.goto(link)
    expect(card_titles(stranger)).to_have_text(["Sea", "Fog"])


def test_an_album_scrolls_and_opens_works_as_the_gallery_does(open_context: OpenContext, ada: User) -> None:
    album = AlbumFactory(owner=ada, title="Weather", is_public=True)
    works = ContentItemFactory.create_batch(30)
    add_works(album, ada, [work.pk for work in works])
    page = open_context(viewport=DESKTOP).new_page()
    page.goto(f"/albums/{album.pk}/?view=scroll&page_size=6")
    # The list is script's by now.
    expect(page.locator(".scroll .page[data-number='1'] .card").first).to_have_attribute("aria-setsize", "30")
    last = page.locator(f".card[data-id='{works[-1].pk}']")

    def reached_end() -> bool:
        page.evaluate("scrollBy({top: 600, behavior: 'instant'})")
        return last.count() > 0

    until(reached_end, page)
    expect(last).to_have_attribute("aria-posinset", "30")
    page.goto(f"/albums/{album.pk}/?page_size=6&page=2")
    page.locator(f".card[data-id='{works[6].pk}'] .card__title a").click()
    dialog = page.locator("#lightbox")
    expect(dialog.get_by_role("heading", level=1)).to_have_text(works[6].title)
    page.keyboard.press("ArrowRight")
    expect(dialog.get_by_role("heading", level=1)).to_have_text(works[7].title)


def test_axe_finds_nothing_in_the_pages_of_albums(open_context: OpenContext, ada: User) -> None:
    album = AlbumFactory(owner=ada, title="Weather", notes="Mornings", share_token="t" * 32)
    AlbumFactory(owner=ada, query="tag=sea", is_public=True)
    add_works(album, ada, [ContentItemFactory(title=title).pk for title in ("Fog", "Sea")])
    page = open_context(user=ada, viewport=PHONE).new_page()
    work = ContentItem.objects.first().pk
    addresses = ["/albums/", f"/albums/{album.pk}/", f"/albums/{album.pk}/arrange/", f"/albums/{album.pk}/edit/"]
    for address in (*addresses, f"/content/{work}/albums/", "/albums/new/?query=tag%3Dsea"):
        page.goto(address)
        assert (address, violations(page)) == (address, [])
        assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"], address
