"""Selections of lists that are not the gallery in a real Chromium: all means the works of the list, and no others."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from albums.items import add_works
from albums.models import Album, AlbumItem
from content.models import ContentItem
from interactions.models import Interaction
from tests.factories import AlbumFactory, ContentItemFactory, InteractionFactory, UserFactory
from tests.pages.accessibility import violations
from tests.pages.conftest import OpenContext
from tests.pages.stillness import still
from tests.pages.test_culling import trashed
from tests.pages.test_lightbox import hear
from users.models import User


@pytest.fixture
def ada(transactional_db: None) -> User:
    """She has twelve private works, of which two are tagged; bob has one, which she likes."""
    ada = UserFactory(username="ada", name="Ada")
    bob = UserFactory(username="bob", name="Bob")
    tags = {3: ["fog"], 5: ["fog"]}
    ContentItem.objects.bulk_create(
        ContentItemFactory.build(pk=pk, title=f"Work {pk}", creator=ada, is_private=True, tags=tags.get(pk, []))
        for pk in range(1, 13)
    )
    InteractionFactory(user=ada, content=ContentItemFactory(pk=20, title="Work 20", creator=bob), kind="like")
    return ada


@pytest.fixture
def album(ada: User) -> Album:
    """One of her works."""
    album = AlbumFactory(owner=ada, title="Kept")
    add_works(album, ada, [7])
    return album


@pytest.fixture
def desk(open_context: OpenContext, ada: User, complaints: list[str]) -> Iterator[Page]:
    """A page of hers; a test ends once it asks for nothing more."""
    page = open_context(user=ada, viewport={"width": 1100, "height": 700}).new_page()
    hear(page, complaints)
    yield page
    still(page)


def selecting(page: Page, address: str, works: int) -> Locator:
    """Open a list, choose to select from it, and return the bar."""
    page.goto(address)
    expect(page.locator(".card__like")).to_have_count(works)  # what loads late is there
    page.locator("[data-select]").click()
    bar = page.get_by_role("region", name="Selection")
    expect(bar.get_by_text("0 works selected")).to_be_visible()
    return bar


def test_an_album_offers_its_works_one_by_one_alone(desk: Page, album: Album) -> None:
    bar = selecting(desk, f"/albums/{album.pk}/", 1)
    expect(bar.get_by_role("radio")).to_have_count(0)
    assert violations(desk) == []
    desk.locator('.card[data-id="7"] .card__pick').click()
    bar.get_by_role("button", name="Move to trash").click()
    expect(desk.locator(".said")).to_contain_text("1 work moved to the trash.")
    expect(bar.get_by_text("0 works selected")).to_be_visible()
    assert trashed() == {7}


@pytest.mark.parametrize("by", ["the bar", "a key"])
def test_works_are_taken_out_of_the_album_whose_page_it_is(desk: Page, ada: User, album: Album, by: str) -> None:
    add_works(AlbumFactory(owner=ada, title="Best"), ada, [7])
    form = selecting(desk, f"/albums/{album.pk}/", 1)
    desk.locator('.card[data-id="7"] .card__pick').click()
    expect(form.get_by_text("1 work selected")).to_be_visible()
    if by == "a key":
        desk.keyboard.press("a")
        form = desk.get_by_role("dialog", name="Album")
    form.get_by_role("button", name="Take out of album").click()
    expect(desk.locator(".said")).to_contain_text("1 work taken out of the album “\u2068Kept\u2069”.")
    assert (titled("Kept"), titled("Best")) == ([], [7])


def test_likes_offer_their_works_one_by_one_alone(desk: Page) -> None:
    expect(selecting(desk, "/me/likes/", 1).get_by_role("radio")).to_have_count(0)


def test_all_of_ones_own_works_are_not_all_that_one_sees(desk: Page) -> None:
    bar = selecting(desk, "/me/works/?visibility=private", 12)
    bar.get_by_text("All of this query").click()
    bar.get_by_role("button", name="Bookmark", exact=True).click()
    expect(desk.locator(".said")).to_contain_text("12 works bookmarked.")
    marked = Interaction.objects.filter(kind="bookmark").values_list("content", flat=True)
    assert set(marked) == set(range(1, 13))


def test_all_of_a_smart_album_are_the_works_that_it_finds(desk: Page, ada: User) -> None:
    smart = AlbumFactory(owner=ada, title="Fog", query="tag=fog")
    bar = selecting(desk, f"/albums/{smart.pk}/", 2)
    bar.get_by_text("All of this query").click()
    bar.get_by_role("button", name="Move to trash").click()
    expect(desk.locator(".said")).to_contain_text("2 works moved to the trash.")
    assert trashed() == {3, 5}


def test_without_script_a_list_is_selected_from_where_a_query_says_its_works(
    open_context: OpenContext, ada: User, album: Album
) -> None:
    page = open_context(user=ada, java_script_enabled=False).new_page()
    smart = AlbumFactory(owner=ada, title="Fog", query="tag=fog")
    for address in (f"/albums/{album.pk}/", "/me/likes/"):
        page.goto(address)
        expect(page.locator("[data-select]")).to_be_hidden()
    page.goto(f"/albums/{smart.pk}/")
    page.get_by_role("link", name="Select", exact=True).click()
    expect(page.locator(".pick__title")).to_have_text(["Work 5", "Work 3"])
    page.get_by_label(re.compile("All 2 works")).check()
    page.get_by_role("button", name="Move to trash").click()
    expect(page.locator(".message")).to_have_text("2 works moved to the trash.")
    assert trashed() == {3, 5}


def test_enter_in_the_field_of_tags_tags(desk: Page) -> None:
    bar = selecting(desk, "/me/works/", 12)
    desk.locator('.card[data-id="12"] .card__pick').click()
    bar.get_by_label("Tag").fill("fog")
    bar.get_by_label("Tag").press("Enter")
    expect(desk.locator(".said")).to_contain_text("1 work tagged.")
    assert ContentItem.objects.get(pk=12).tags == ["fog"]
    assert not Interaction.objects.filter(content=12).exists()


def test_without_script_enter_sends_the_field_that_is_written_in(open_context: OpenContext, ada: User) -> None:
    page = open_context(user=ada, java_script_enabled=False).new_page()
    page.goto("/selection/?tag=fog")
    box = page.locator('.pick:has-text("Work 5") input')
    box.check()
    page.get_by_label("Tag").press("Enter")  # it says nothing of what is to be done: the page stays
    expect(box).to_be_checked()
    page.get_by_label("Tag").fill("sea")
    page.get_by_label("Tag").press("Enter")
    expect(page.locator(".message")).to_have_text("1 work tagged.")
    assert ContentItem.objects.get(pk=5).tags == ["fog", "sea"]
    assert list(Interaction.objects.values_list("content", flat=True)) == [20]


def titled(title: str) -> list[int]:
    """Return the works of an album in its order."""
    items = AlbumItem.objects.filter(album__title=title).order_by("-position")
    return list(items.values_list("content", flat=True))


def test_a_new_album_has_the_works_in_the_order_in_which_they_were_chosen(desk: Page) -> None:
    bar = selecting(desk, "/me/works/", 12)
    for number in (9, 12, 10):
        desk.locator(f'.card[data-id="{number}"] .card__pick').click()
    expect(bar.get_by_text("3 works selected")).to_be_visible()
    bar.get_by_label("Album title").fill("Best")
    bar.get_by_role("button", name="Add to new album").click()
    expect(desk.locator(".said")).to_contain_text("3 works added to the new album “\u2068Best\u2069”.")
    assert titled("Best") == [9, 12, 10]
    desk.locator(".said").get_by_role("button", name="Undo").click()
    expect(desk.locator(".said")).to_contain_text("Undone: 3 works as before.")
    assert not Album.objects.exists()


def test_without_script_a_new_album_has_the_works_as_the_page_shows_them(open_context: OpenContext, ada: User) -> None:
    page = open_context(user=ada, java_script_enabled=False).new_page()
    page.goto("/selection/?tag=fog")
    for number in (3, 5):
        page.locator(f'.pick:has-text("Work {number}") input').check()
    page.get_by_label("Album title").fill("Best")
    page.get_by_role("button", name="Add to new album").click()
    expect(page.locator(".message")).to_have_text("2 works added to the new album “\u2068Best\u2069”.")
    assert titled("Best") == [5, 3]


def test_a_full_selection_says_so(desk: Page) -> None:
    desk.goto("/me/works/")
    heard = desk.evaluate(
        """async () => {
          const { Selection } = await import("genonaut/culling/selection");
          const selection = new Selection(document.createElement("div"), new AbortController().signal);
          const heard = [];
          selection.addEventListener("full", ({ detail }) => heard.push(detail.most));
          const ids = Array.from({ length: 1001 }, (_, number) => String(number));
          selection.set(ids.slice(0, 1000), true);
          heard.push("no more");
          selection.set(ids, true);
          return [...heard, selection.ids.length];
        }"""
    )
    assert heard == ["no more", 1000, 1000]
