"""Rows of works in their true shapes, in a real Chromium: full, unmoved, and as high as the reader wants."""

from itertools import groupby
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from content.models import ContentItem
from content.shapes import ratio_of, shape_number
from tests.factories import ContentItemFactory, UserFactory
from tests.pages.accessibility import violations
from tests.pages.conftest import OpenContext, listen
from tests.pages.pictured import EXTREMES, SIZES, make_file, make_pictured, serve_thumbnails
from tests.pages.stillness import SHIFTS, still
from users.models import User

WINDOWS = [(390, 844), (1000, 700), (1440, 900), (2560, 1300)]
WINDOW = {"width": 1000, "height": 700}
COUNT = 40

# Of each card: its item, place and size, in the order of the list.
BOXES = """cards => cards.map(card => {
  const {left, top, width, height} = card.getBoundingClientRect();
  return {id: Number(card.dataset.id), left, top: top + scrollY, width, height};
})"""
GAP = "list => parseFloat(getComputedStyle(list).columnGap)"
ROW = (
    "list => { const probe = document.createElement('div'); probe.style.height = 'var(--row)'; list.append(probe);"
    " const {height} = probe.getBoundingClientRect(); probe.remove(); return height; }"
)
SEE_ALL = """async () => {
  for (const image of document.querySelectorAll(".card img")) {
    image.scrollIntoView({block: "nearest", behavior: "instant"});
    for (let count = 0; !image.complete && count < 1000; count += 1) await frame();
  }
  scrollTo({top: 0, behavior: "instant"});
}"""

Boxes = list[dict[str, Any]]


@pytest.fixture
def ada(transactional_db: None) -> User:
    return UserFactory(username="ada", name="Ada")


@pytest.fixture
def works(ada: User) -> list[ContentItem]:
    """Works of many shapes, in the order of the list."""
    sizes = [SIZES[(number * number) % len(SIZES)] for number in range(COUNT)]
    return make_pictured(ada, sizes)[::-1]


@pytest.fixture
def long_list(ada: User) -> None:
    """Thirty pages of twenty works of many shapes, whose pictures are still to be made: pages differ in height."""
    files = [make_file(f"{width}x{height}", width, height) for width, height in SIZES]
    ContentItem.objects.bulk_create(
        ContentItemFactory.build(creator=ada, media_file=files[(number * number + number // 7) % len(files)])
        for number in range(600)
    )


@pytest.fixture
def reader(open_context: OpenContext, complaints: list[str]) -> Page:
    """A reader's page that notes how far the layout shifts."""
    page = open_context(viewport=WINDOW).new_page()
    listen(page, complaints)
    page.add_init_script(SHIFTS)
    serve_thumbnails(page)
    return page


def rows_of(page: Page) -> list[Boxes]:
    """Return the boxes of the first list's cards, a list for each row."""
    boxes: Boxes = page.locator(".cards").first.locator(".card").evaluate_all(BOXES)
    return [list(row) for _, row in groupby(boxes, lambda box: round(box["top"]))]


def expect_rows(page: Page, works: list[ContentItem]) -> None:
    """Check that rows are full, and each card has its picture's shape."""
    rows = rows_of(page)
    sizes = {work.pk: (work.media_file.width, work.media_file.height) for work in works}
    width, gap = page.locator(".cards").evaluate("list => list.clientWidth"), page.locator(".cards").evaluate(GAP)
    assert len(rows) > 2
    for row in rows[:-1]:
        assert sum(box["width"] for box in row) + gap * (len(row) - 1) == pytest.approx(width, abs=1)
        assert all(box["height"] == pytest.approx(row[0]["height"], abs=0.5) for box in row)
    for box in (box for row in rows for box in row):
        shown, file = box["width"] / box["height"], sizes[box["id"]]
        expected = ratio_of(shape_number(*file)) if file in EXTREMES else file[0] / file[1]
        assert shown == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize("has_script", [True, False])
def test_rows_are_full_and_pictures_keep_their_shapes_in_every_window(
    open_context: OpenContext, works: list[ContentItem], *, has_script: bool
) -> None:
    page = open_context(viewport=WINDOW, java_script_enabled=has_script).new_page()
    serve_thumbnails(page)
    for width, height in WINDOWS:
        page.set_viewport_size({"width": width, "height": height})
        page.goto("/")
        expect_rows(page, works)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
        expect(page.locator("[data-sizes]")).to_be_visible(visible=has_script)


def test_the_last_row_is_as_high_as_rows_are_at_least(reader: Page, ada: User) -> None:
    make_pictured(ada, [(1024, 1024)] * 5)
    reader.goto("/")
    [first, last] = rows_of(reader)
    least = reader.locator(".cards").evaluate(ROW)
    assert (len(first), len(last)) == (4, 1)
    assert last[0]["height"] == pytest.approx(least, abs=0.5)
    assert first[0]["height"] > least + 10
    # What stands for the rest of the row adds no row of its own.
    bottom = reader.locator(".cards").evaluate("list => list.getBoundingClientRect().bottom + scrollY")
    assert bottom == pytest.approx(last[0]["top"] + last[0]["height"], abs=0.5)


def test_a_narrow_picture_alone_in_its_row_is_no_higher_than_a_window(open_context: OpenContext, ada: User) -> None:
    make_pictured(ada, [(3000, 300), (300, 3000), (3000, 300)])
    page = open_context(viewport={"width": 390, "height": 844}).new_page()
    serve_thumbnails(page)
    page.goto("/")
    rows = rows_of(page)
    assert [len(row) for row in rows] == [1, 1, 1]
    assert all(row[0]["height"] <= 34 * 16 for row in rows)
    assert rows[1][0]["width"] == pytest.approx(rows[0][0]["width"], abs=1)


def test_nothing_moves_while_pictures_come(reader: Page, works: list[ContentItem]) -> None:
    reader.goto("/")
    before = rows_of(reader)
    reader.evaluate(SEE_ALL)
    still(reader)
    assert rows_of(reader) == before
    assert reader.evaluate("window.shift") < 0.01, reader.evaluate("window.shifts")
    loaded = reader.locator(".card img").evaluate_all(
        "all => all.map(image => image.currentSrc.includes('/thumbnails/'))"
    )
    assert loaded == [True] * COUNT


# --- The size slider


def choose_size(page: Page, size: int) -> None:
    """Move the slider by the keyboard."""
    slider = page.get_by_role("slider", name="Size of pictures")
    slider.focus()
    for _ in range(abs(size - int(slider.input_value()))):
        page.keyboard.press("ArrowRight" if size > int(slider.input_value()) else "ArrowLeft")


def test_the_slider_changes_the_rows_and_is_remembered(reader: Page, works: list[ContentItem]) -> None:
    reader.goto("/")
    heights = []
    for size in range(1, 6):
        choose_size(reader, size)
        expect_rows(reader, works) if size < 5 else None
        heights.append(reader.locator(".cards").evaluate(ROW))
    assert heights == sorted(set(heights))
    for size in (1, 5):
        choose_size(reader, size)
        rows = rows_of(reader)
        reader.evaluate("window.shifts = []; window.shift = 0")
        reader.reload()
        still(reader)
        assert rows_of(reader) == rows
        assert reader.get_by_role("slider", name="Size of pictures").input_value() == str(size)
        assert reader.evaluate("window.shift") < 0.01, reader.evaluate("window.shifts")


def test_a_size_that_is_none_changes_nothing(reader: Page, works: list[ContentItem]) -> None:
    reader.goto("/")
    rows = rows_of(reader)
    reader.evaluate("localStorage.setItem('genonaut.size', '7')")
    reader.reload()
    assert rows_of(reader) == rows
    assert reader.get_by_role("slider", name="Size of pictures").input_value() == "3"


TOP = """() => {
  const edge = document.querySelector('.masthead').offsetHeight;
  const cards = [...document.querySelectorAll('.card[data-id]')];
  const card = cards.find(card => card.getBoundingClientRect().bottom > edge + 1);
  return [card.dataset.id, card.getBoundingClientRect().top];
}"""
SET_SIZE = """size => {
  const slider = document.querySelector('[data-sizes]');
  slider.value = size;
  slider.dispatchEvent(new Event('input', {bubbles: true}));
}"""


def top_of(page: Page, pk: str) -> float:
    return page.locator(f".card[data-id='{pk}']").evaluate("card => card.getBoundingClientRect().top")


def settle(page: Page) -> None:
    if "view=scroll" in page.url:
        expect(page.locator(".scroll .card").first).to_be_attached()
    expect(page.locator(".page--empty")).to_have_count(0)
    still(page)


@pytest.mark.parametrize("view", ["scroll", "numbers"])
def test_the_item_at_the_top_stays_there_through_all_sizes(reader: Page, long_list: None, view: str) -> None:
    reader.goto(f"/?view={view}&page_size=20&page=15")
    settle(reader)
    reader.evaluate("scrollBy({top: 260, behavior: 'instant'})")
    settle(reader)
    pk, top = reader.evaluate(TOP)
    for size in ("4", "2", "1", "3"):
        reader.evaluate(SET_SIZE, size)
        assert top_of(reader, pk) == pytest.approx(top, abs=1)
        settle(reader)
        assert top_of(reader, pk) == pytest.approx(top, abs=1)
    assert reader.evaluate(TOP) == [pk, pytest.approx(top, abs=1)]


@pytest.mark.parametrize("size", ["1", "4"])
def test_reload_and_back_lead_to_the_same_pixel_at_every_size(reader: Page, long_list: None, size: str) -> None:
    reader.goto("/?view=scroll&page_size=20&page=15")
    settle(reader)
    reader.evaluate(SET_SIZE, size)
    settle(reader)
    reader.evaluate("scrollBy({top: 333, behavior: 'instant'})")
    settle(reader)
    pk, top = reader.evaluate(TOP)
    reader.reload()
    settle(reader)
    assert reader.evaluate(TOP) == [pk, pytest.approx(top, abs=1)]
    reader.goto("/tags/")
    reader.go_back()
    expect(reader.locator(f".scroll .card[data-id='{pk}']")).to_be_attached()
    settle(reader)
    assert reader.evaluate(TOP) == [pk, pytest.approx(top, abs=1)]


# The headless shell counts the first scroll, to the page in the middle of the list, as a shift.
@pytest.mark.whole_browser
def test_pages_of_any_height_join_and_nothing_moves(reader: Page, long_list: None) -> None:
    reader.goto("/?view=scroll&page_size=20&page=15")
    settle(reader)
    reader.evaluate("window.shift = 0; window.shifts = []")
    seen = set()
    for step in [210] * 20 + [-190] * 40:
        pk, top = reader.evaluate(TOP)
        reader.evaluate("async step => { scrollBy({top: step, behavior: 'instant'}); await frame() }", step)
        settle(reader)
        assert top_of(reader, pk) == pytest.approx(top - step, abs=0.6)
        seen |= set(reader.evaluate("[...document.querySelectorAll('.scroll .page')].map(page => page.offsetHeight)"))
    assert len(seen) > 3
    assert reader.locator(".scroll .page").count() <= 5
    assert reader.evaluate("window.shifts") == []


# --- What lies on the cards


@pytest.fixture
def mixed(ada: User) -> None:
    """A work of each look."""
    make_pictured(ada, [(832, 1216), (3000, 300)])
    text, sound = make_file("text", None, None, colour=""), make_file("sound", None, None, colour="", duration=61.0)
    ContentItemFactory(creator=ada, title="A letter", content_type="text", media_file=text)
    ContentItemFactory(creator=ada, title="A tune", content_type="audio", media_file=sound)
    ContentItemFactory(creator=ada, title="Soon", media_file=make_file("late", 1024, 768))
    ContentItemFactory(creator=ada, title="A drawing", is_private=False)


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("is_phone", [True, False])
def test_axe_finds_nothing_on_cards_of_any_look(
    open_context: OpenContext, mixed: None, *, colours: str, is_phone: bool
) -> None:
    window = {"width": 390, "height": 844} if is_phone else WINDOW
    page = open_context(viewport=window, color_scheme=colours, has_touch=is_phone, is_mobile=is_phone).new_page()
    serve_thumbnails(page)
    page.goto("/")
    still(page)
    expect(page.locator(".card")).to_have_count(6)
    assert violations(page) == []


OPACITY = "card => getComputedStyle(card.querySelector('.card__caption')).opacity"


def test_title_and_creator_show_while_a_card_has_pointer_or_focus(reader: Page, mixed: None) -> None:
    reader.goto("/")
    card = reader.locator(".card--picture").first
    assert card.evaluate(OPACITY) == "0"
    card.hover()
    assert card.evaluate(OPACITY) == "1"
    reader.mouse.move(0, 0)
    assert card.evaluate(OPACITY) == "0"
    card.locator(".card__title a").focus()
    assert card.evaluate(OPACITY) == "1"
    assert reader.locator(".card--text").evaluate(OPACITY) == "1"


def test_where_nothing_hovers_titles_are_always_there(open_context: OpenContext, mixed: None) -> None:
    page = open_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True).new_page()
    serve_thumbnails(page)
    page.goto("/")
    assert page.locator(".card").evaluate_all(f"cards => cards.map({OPACITY})") == ["1"] * 6
    widths = page.locator(".card__title a").evaluate_all("links => links.map(link => link.offsetWidth)")
    assert min(widths) > 40


def test_a_work_without_a_picture_opens_over_the_list(reader: Page, mixed: None) -> None:
    reader.goto("/")
    reader.locator(".card--waiting .card__title a").click()
    expect(reader.locator("#lightbox h1")).to_have_text("Soon")


def test_skeletons_have_the_shapes_of_the_cards_that_they_stand_for(reader: Page, long_list: None) -> None:
    reader.goto("/?page_size=20&page=3")
    still(reader)
    height = reader.locator("#works > .cards").evaluate("list => list.offsetHeight")
    reader.route("**/fragments/works/**page=9", lambda route: None)
    reader.locator("#jump").fill("9")
    reader.keyboard.press("Enter")
    expect(reader.locator(".card--skeleton")).to_have_count(20)
    assert reader.locator("#works > .cards").evaluate("list => list.offsetHeight") == height
