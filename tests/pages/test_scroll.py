"""The gallery as one list that scrolls without end, in a real Chromium."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from content.models import ContentItem
from genonaut import flags
from tests.factories import ContentItemFactory, UserFactory
from tests.pages.accessibility import violations
from tests.pages.conftest import OpenContext, listen, until, until_loaded
from tests.pages.pictured import make_file
from tests.pages.screen import draw_at
from tests.pages.stillness import SHIFTS, WAIT_SECONDS, frames, still
from users.models import User

WINDOW = {"width": 1000, "height": 700}
SIZE = 6
LIST = f"/?view=scroll&page_size={SIZE}"
FAR = "/?view=scroll&page_size=3"
# Pages of the shorter list differ in height: every other one has works of another shape, whose pictures are still to be
# made.
OTHER_SHAPE = (1536, 640)

# Notes, once for each frame, where the card at the top of the window is.
WATCH = """
() => {
  window.moves = [];
  const note = () => {
    const card = window.watched ??= [...document.querySelectorAll('.card[data-id]')]
      .find(card => card.getBoundingClientRect().bottom > 80);
    window.moves.push(card.isConnected ? card.getBoundingClientRect().top : null);
    window.watching = requestAnimationFrame(note);
  };
  note();
}
"""
MOVES = """
() => {
  cancelAnimationFrame(window.watching);
  return [...new Set(window.moves.map(top => Math.round(top * 4) / 4))];
}
"""
# What a reader sees at the top: the item, and where it is.
TOP = """() => {
  const edge = document.querySelector('.masthead').offsetHeight;
  const cards = [...document.querySelectorAll('.card[data-id]')];
  const card = cards.find(card => card.getBoundingClientRect().bottom > edge + 1);
  return {id: card.dataset.id, top: card.getBoundingClientRect().top};
}
"""
CARDS = """() => [...document.querySelectorAll('.card[data-id]')].map(card => [
  Number(card.dataset.id), Number(card.getAttribute('aria-posinset')), card.getAttribute('aria-setsize'),
])
"""


# Scrolling within the page, a step for each frame that it paints. `came` waits until each live page has its cards, or
# says why it has none.
SCROLLING = f"""
const seenAtTop = {TOP}, seen = {CARDS};
const step = async (distance) => {{
  scrollBy({{top: distance, behavior: "instant"}});
  await frame();
  await new Promise((go) => setTimeout(go));
}};
const came = async () => {{
  const end = performance.now() + {1000 * WAIT_SECONDS};
  while (document.querySelector(".page--empty:not(:has(.failure))") && performance.now() < end) await step(0);
}};
const goOn = async (distance, isThere) => {{
  for (let count = 0; count < 400 && !isThere(); count += 1) {{ await step(distance); await came(); }}
  return isThere();
}};
"""
# The number of the page under the header.
NUMBER = """
[...document.querySelectorAll(".scroll .page[data-number]")]
  .find(page => page.getBoundingClientRect().bottom > document.querySelector(".masthead").offsetHeight + 1)
  ?.dataset.number
"""
# A finger or a hand on the scrollbar: the browser does not say that a scroll has ended.
HELD = "addEventListener('scrollend', event => window.isHeld && event.stopImmediatePropagation(), true)"
SEEN = "all => all.some(it => it.getBoundingClientRect().bottom > 80 && it.getBoundingClientRect().top < innerHeight)"


@pytest.fixture
def ada(transactional_db: None) -> User:
    return UserFactory(username="ada", name="Ada")


@pytest.fixture
def works(ada: User) -> list[int]:
    """Return the primary keys of 40 pages of works, in the order of the list."""
    return make_works(ada, 40, SIZE, is_mixed=True)


@pytest.fixture
def many_works(ada: User) -> list[int]:
    """Return those of 150 pages, more than a space stands for."""
    return make_works(ada, 150, 3)


def make_works(creator: User, pages: int, size: int, *, is_mixed: bool = False) -> list[int]:
    wide = make_file("wide", *OTHER_SHAPE) if is_mixed else None
    made = ContentItem.objects.bulk_create(
        ContentItemFactory.build(
            creator=creator, title=f"Work {number}", media_file=wide if number // size % 2 else None
        )
        for number in range(pages * size)
    )
    return [item.pk for item in reversed(made)]


@pytest.fixture
def reader(open_context: OpenContext, complaints: list[str]) -> Page:
    """A reader's page that notes how far the layout shifts."""
    page = open_context(viewport=WINDOW).new_page()
    listen(page, complaints)
    page.add_init_script(SHIFTS)
    return page


def opened(page: Page, path: str, *, number: int = 1) -> Page:
    """Open a list and wait until its page lives and nothing moves any more."""
    page.goto(path)
    expect(page.locator(f".scroll .page[data-number='{number}'] .card").first).to_be_attached()
    settle(page)
    page.evaluate("window.shifts = []")
    return page


def assert_nothing_shifted(page: Page) -> None:
    """Nothing has shifted since the list was there; while it came, its toolbar may have, painted before it was read."""
    assert page.evaluate("window.shifts") == []
    assert page.evaluate("window.shift") < 0.01


def settle(page: Page) -> None:
    """Wait until every live page has its cards and the reader's place is noted."""
    expect(page.locator(".page--empty")).to_have_count(0)
    still(page)


def scrolling(page: Page, script: str, given: Any) -> Any:
    """Run a script within the page that scrolls by what is `given`, and return what it returns."""
    return page.evaluate(f"async given => {{ {SCROLLING} {script} }}", given)


def scroll_by(page: Page, distance: int, *, times: int = 1) -> None:
    """Scroll in steps, and let the page see each of them."""
    scrolling(page, "for (const distance of given) await step(distance)", [distance] * times)


def scroll_past_page(page: Page, number: int, *, step: int) -> None:
    """Scroll until a page is under the header, or one farther on, no faster than pages come."""
    is_past = f"() => given.step > 0 ? {NUMBER} >= given.number : {NUMBER} <= given.number"
    came = scrolling(page, f"return goOn(given.step, {is_past})", {"number": number, "step": step})
    assert came, f"Page {number} did not come."


def scroll_until_seen(page: Page, selector: str, *, step: int) -> None:
    """Scroll until an element that matches is in the window, no faster than pages come."""
    is_seen = f"() => ({SEEN})([...document.querySelectorAll(given.selector)])"
    came = scrolling(page, f"return goOn(given.step, {is_seen})", {"selector": selector, "step": step})
    assert came, f"{selector} did not come."


def live(page: Page) -> list[int]:
    return page.evaluate("[...document.querySelectorAll('.scroll .page[data-number]')].map(it => +it.dataset.number)")


def hold(page: Page, pattern: str = "**/fragments/works/**") -> tuple[list[Route], Callable[[], None]]:
    """Keep requests waiting; return those that wait, and what lets them go, the last one first."""
    held: list[Route] = []
    page.route(pattern, lambda route: held.append(route))

    def release() -> None:
        while held:
            held.pop().continue_()
        page.unroute(pattern)

    return held, release


# --- Scrolling


def test_a_reader_scrolls_down_and_up_and_every_card_keeps_its_position(reader: Page, works: list[int]) -> None:
    opened(reader, LIST)
    moments = scrolling(
        reader,
        "const all = [];"
        "for (const distance of given) { await step(distance); all.push(seen()); await came(); all.push(seen()) }"
        "return all",
        [400] * 20 + [-400] * 20,
    )
    for cards in moments:
        assert [position for _, position, _ in cards] == sorted({position for _, position, _ in cards})
        assert all(works[position - 1] == pk and size == str(len(works)) for pk, position, size in cards)
    positions = {position for cards in moments for _, position, _ in cards}
    assert sorted(positions) == list(range(1, max(positions) + 1))
    assert max(positions) > 50
    settle(reader)
    scroll_by(reader, -400)  # what the heights of pages differed from those expected
    settle(reader)
    assert reader.evaluate("scrollY") == 0
    assert reader.evaluate("document.querySelector('.scroll__spacer').offsetHeight") == 0
    assert_nothing_shifted(reader)


def test_few_pages_live_however_fast_and_far_the_reader_scrolls(reader: Page, works: list[int]) -> None:
    opened(reader, LIST)
    reader.evaluate(
        "window.most = 0; new MutationObserver(() => {"
        "window.most = Math.max(window.most, document.querySelectorAll('.scroll .page').length)"
        "}).observe(document.querySelector('.scroll'), {childList: true})"
    )
    scroll_by(reader, 1500, times=20)
    scroll_by(reader, -1500, times=20)
    settle(reader)
    assert 1 < reader.evaluate("window.most") <= 5
    assert reader.evaluate("document.querySelectorAll('.card').length") <= 5 * SIZE


# The headless shell counts the first scroll, to the page in the middle of the list, as a shift.
@pytest.mark.whole_browser
def test_a_deep_link_opens_there_and_scrolls_both_ways(reader: Page, many_works: list[int]) -> None:
    opened(reader, f"{FAR}&page=120", number=120)
    first = reader.locator(".page[data-number='120'] .card").first
    edge = reader.evaluate("document.querySelector('.masthead').offsetHeight")
    assert edge <= first.bounding_box()["y"] < edge + 80
    scroll_past_page(reader, 116, step=-200)
    scroll_past_page(reader, 124, step=200)
    assert_nothing_shifted(reader)


def test_a_work_that_was_deleted_goes_from_a_live_page_that_the_reader_is_not_on(
    reader: Page, works: list[int]
) -> None:
    opened(reader, f"{LIST}&page=20", number=20)
    pk = works[20 * SIZE + 5]  # on page 21
    expect(reader.locator(f".card[data-id='{pk}']")).to_be_attached()
    ContentItem.objects.filter(pk=pk).delete()
    reader.evaluate("import('genonaut/pages/cache').then(({cache}) => { cache.markStale(() => true); })")
    until_loaded(reader, "list/freshness")
    reader.evaluate("dispatchEvent(new Event('online'))")  # as it looks now and then
    scroll_by(reader, 20)
    expect(reader.locator(f".card[data-id='{pk}']")).to_have_count(0)
    expect(reader.locator(".page[data-number='21'] .card")).to_have_count(SIZE)


# The headless shell counts the first scroll, to the page in the middle of the list, as a shift.
@pytest.mark.whole_browser
def test_a_card_stays_at_its_pixel_while_a_late_page_joins_above(reader: Page, works: list[int]) -> None:
    held: list[Route] = []
    reader.route("**/fragments/works/**page=19", lambda route: held.append(route))
    reader.goto(f"{LIST}&page=20")
    expect(reader.locator(".page--empty .card--skeleton")).to_have_count(SIZE)
    still(reader, is_loaded=False)
    until(lambda: held, reader)
    reader.evaluate("window.shifts = []")
    reader.evaluate(WATCH)
    for route in held:
        route.continue_()
    expect(reader.locator(".page[data-number='19']")).to_be_attached()
    settle(reader)
    assert len(reader.evaluate(MOVES)) == 1
    assert_nothing_shifted(reader)


def test_a_reader_moves_by_what_they_scroll_and_no_more(reader: Page, works: list[int]) -> None:
    opened(reader, f"{LIST}&page=20", number=20)
    steps = [-130] * 15 + [170] * 20
    moves = scrolling(
        reader,
        "const moves = [];"
        "for (const distance of given) {"
        "  const {id, top} = seenAtTop();"
        "  const move = () => document.querySelector(`.card[data-id='${id}']`).getBoundingClientRect().top - top;"
        "  await step(distance);"
        "  moves.push(move());"
        "  await came();"
        "  moves.push(move())"
        "}"
        "return moves",
        steps,
    )
    assert moves == [pytest.approx(-step, abs=0.6) for step in steps for _ in range(2)]


def test_far_down_the_space_is_cut_under_a_reader_who_sees_nothing_of_it(reader: Page, many_works: list[int]) -> None:
    reader.add_init_script(HELD)
    opened(reader, f"{FAR}&page=102", number=102)
    height = "document.querySelector('.scroll__spacer').offsetHeight"
    heights = reader.evaluate("[...document.querySelectorAll('.page')].map(page => page.offsetHeight)")
    typical = sum(heights) / len(heights)
    reader.evaluate("window.isHeld = true")
    scroll_past_page(reader, 135, step=500)
    assert reader.evaluate(height) > 126 * typical
    before = reader.evaluate(TOP)
    reader.evaluate("window.isHeld = false; dispatchEvent(new Event('scrollend'))")
    until(lambda: reader.evaluate(height) < 110 * typical, reader)
    assert reader.evaluate(TOP) == {"id": before["id"], "top": pytest.approx(before["top"], abs=0.6)}
    scroll_by(reader, 10)
    settle(reader)
    now = reader.locator(f".card[data-id='{before['id']}']").bounding_box()["y"]
    assert now == pytest.approx(before["top"] - 10, abs=0.6)
    scroll_past_page(reader, 125, step=-500)


def test_a_drag_of_the_scrollbar_shows_skeletons_and_then_the_page_of_that_place(
    reader: Page, many_works: list[int]
) -> None:
    opened(reader, FAR)
    _, release = hold(reader)
    scroll_by(reader, reader.evaluate("50 * document.querySelector('.page').offsetHeight"))
    until(lambda: reader.locator(".card--skeleton").evaluate_all(SEEN), reader)
    release()
    settle(reader)
    assert 40 <= reader.evaluate("+new URLSearchParams(location.search).get('page')") <= 60
    assert len(live(reader)) <= 5


def test_in_a_wide_window_nothing_changes_its_width_while_all_pages_are_missing(
    reader: Page, many_works: list[int]
) -> None:
    reader.set_viewport_size({"width": 1300, "height": 700})
    opened(reader, FAR)
    widths = "['.masthead .wrap', '.list'].map(name => document.querySelector(name)?.getBoundingClientRect().width)"
    before = reader.evaluate(widths)
    _, release = hold(reader)
    scroll_by(reader, reader.evaluate("50 * document.querySelector('.page').offsetHeight"))
    expect(reader.locator(".page[data-number]")).to_have_count(0)
    expect(reader.locator(".page--empty")).not_to_have_count(0)
    assert reader.evaluate(widths) == before
    release()
    settle(reader)
    assert reader.evaluate(widths) == before


def test_a_first_page_that_is_missing_has_no_mark_as_it_will_have_none(reader: Page, many_works: list[int]) -> None:
    reader.route("**/fragments/works/**page=1", lambda route: None)
    reader.goto(f"{FAR}&page=2")
    first = reader.locator(".page--empty[aria-label='Works, page 1']")
    expect(first).to_be_attached()
    expect(first.locator(".page__mark")).to_be_hidden()
    expect(reader.locator(".page[data-number='2'] .page__mark")).to_be_visible()


def test_the_keys_lead_to_both_ends(reader: Page, many_works: list[int]) -> None:
    opened(reader, f"{FAR}&page=20", number=20)
    reader.keyboard.press("PageDown")
    until(lambda: reader.evaluate("new URLSearchParams(location.search).get('page')") != "20", reader)
    settle(reader)
    assert reader.evaluate("new URLSearchParams(location.search).get('page')") in ("21", "22", "23")
    reader.keyboard.press("End")
    expect(reader.locator(".page[data-number='150'] .card").last).to_be_in_viewport()
    expect(reader.locator("footer")).to_be_in_viewport()
    reader.keyboard.press("Home")
    expect(reader.locator(".page[data-number='1'] .card").first).to_be_in_viewport()
    expect(reader.get_by_role("heading", level=1)).to_be_in_viewport()


def test_the_keyboard_stays_in_the_list_while_all_its_cards_are_missing(reader: Page, many_works: list[int]) -> None:
    opened(reader, FAR)
    _, release = hold(reader, "**/fragments/works/**page=150")
    reader.locator(".card__title a").first.focus()
    reader.keyboard.press("End")
    expect(reader.locator(".card--skeleton")).not_to_have_count(0)
    expect(reader.locator(".page--empty")).to_be_focused()
    release()
    expect(reader.locator(".page[data-number='150']")).to_be_focused()


def test_nothing_loads_at_the_end_of_the_list(reader: Page, works: list[int]) -> None:
    opened(reader, f"{LIST}&page=40", number=40)
    reader.keyboard.press("End")
    expect(reader.locator("footer")).to_be_in_viewport()
    settle(reader)
    expect(reader.locator("footer")).to_be_in_viewport()
    requests: list[str] = []
    reader.on("request", lambda request: requests.append(request.url))
    reader.mouse.wheel(0, 3000)
    still(reader)
    assert [url for url in requests if "fragments" in url] == []


# The position of the card that has the focus; none if what has it is a page without cards.
FOCUSED = "Number(document.activeElement.closest('.card')?.getAttribute('aria-posinset')) || null"
HAS_FOCUS = "document.activeElement.closest('.scroll') !== null"


def test_the_tab_key_meets_every_card_and_loads_on(reader: Page, works: list[int]) -> None:
    opened(reader, LIST)
    reader.locator(".card__title a").first.focus()
    positions = [1]
    end = time.monotonic() + 10 * WAIT_SECONDS
    while positions[-1] <= 5 * SIZE and time.monotonic() < end:
        reader.keyboard.press("Tab")
        frames(reader)
        assert reader.evaluate(HAS_FOCUS)
        position = reader.evaluate(FOCUSED)
        positions += [position] if position not in (None, positions[-1]) else []
    assert positions == list(range(1, 5 * SIZE + 2))


def test_the_tab_key_waits_for_pages_that_are_late(reader: Page, works: list[int]) -> None:
    opened(reader, LIST)
    last = live(reader)[-1]
    _, release = hold(reader)
    reader.locator(".card__title a").first.focus()
    for _ in range(2 * SIZE * last + 5):
        reader.keyboard.press("Tab")
        frames(reader)
    late = reader.locator(f".page--empty[aria-label='Works, page {last + 1}']")
    expect(late).to_be_focused()
    release()
    expect(reader.locator(f".page[data-number='{last + 1}']")).to_be_focused()
    reader.keyboard.press("Tab")
    assert reader.evaluate(FOCUSED) == last * SIZE + 1


# --- What fails, and what is late


def test_a_page_that_fails_says_so_in_its_place_and_comes_at_the_second_try(
    open_context: OpenContext, works: list[int]
) -> None:
    page = open_context(viewport=WINDOW).new_page()
    page.route("**/fragments/works/**page=25", lambda route: route.fulfill(status=500, body="no"))
    opened(page, f"{LIST}&page=20", number=20)
    scroll_until_seen(page, ".failure", step=200)
    scroll_past_page(page, 26, step=300)
    scroll_past_page(page, 24, step=-300)
    page.unroute_all()
    scroll_until_seen(page, ".failure", step=100)
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".page[data-number='25'] .card")).to_have_count(SIZE)
    expect(page.locator(".page[data-number='25']")).to_be_focused()  # the button that had the focus is gone


def test_late_answers_come_to_their_own_places(reader: Page, works: list[int]) -> None:
    held, release = hold(reader)
    reader.goto(LIST)
    until(lambda: len(held) > 1, reader)
    scroll_by(reader, 600, times=6)
    release()
    settle(reader)
    positions = [position for _, position, _ in reader.evaluate(CARDS)]
    assert positions == list(range(positions[0], positions[0] + len(positions)))
    assert live(reader) == sorted(live(reader))


def test_without_a_connection_what_was_seen_still_shows(open_context: OpenContext, works: list[int]) -> None:
    context = open_context(viewport=WINDOW, goes_offline=True)
    page = opened(context.new_page(), LIST)
    scroll_past_page(page, 9, step=400)
    settle(page)
    context.set_offline(True)
    scroll_past_page(page, 2, step=-400)
    assert page.locator(".failure").count() == 0
    scroll_until_seen(page, ".failure", step=400)
    context.set_offline(False)
    expect(page.locator(".failure")).to_have_count(0)
    settle(page)


# --- The address


def test_the_address_and_title_follow_and_the_history_is_not_flooded(reader: Page, works: list[int]) -> None:
    opened(reader, LIST)
    reader.evaluate(
        "() => { window.calls = 0; const replace = history.replaceState;"
        "history.replaceState = function (...all) { window.calls += 1; return replace.apply(history, all) } }"
    )
    entries = reader.evaluate("history.length")
    started = reader.evaluate("performance.now()")
    scroll_by(reader, 250, times=40)
    seconds = (reader.evaluate("performance.now()") - started) / 1000
    # A busy machine steps more slowly than the address is written: each step may then write it.
    assert seconds > 4 or reader.evaluate("window.calls") <= 4 * seconds + 2
    settle(reader)
    number = reader.evaluate(
        "[...document.querySelectorAll('.card[data-id]')].find(card => card.getBoundingClientRect().bottom > 66)"
        ".closest('.page').dataset.number"
    )
    assert reader.evaluate("new URLSearchParams(location.search).get('page')") == number
    assert f"page {number}" in reader.title()
    assert reader.evaluate("history.length") == entries


def test_reload_and_back_lead_to_the_same_pixel(open_context: OpenContext, many_works: list[int]) -> None:
    page = opened(open_context(viewport=WINDOW).new_page(), f"{FAR}&page=120", number=120)
    for ratio in (1, 1.5, 3):
        draw_at(page, WINDOW, ratio)
        scroll_by(page, 437)
        settle(page)
        before = page.evaluate(TOP)
        assert page.evaluate("devicePixelRatio") == ratio
        page.reload()
        expect_place(page, before, within=1)
        page.locator(f".card[data-id='{before['id']}'] + .card .card__title a").evaluate("link => link.click()")
        page.wait_for_url("**/content/**")
        page.go_back()
        expect_place(page, before, within=1)


def expect_place(page: Page, place: dict[str, Any], *, within: float) -> None:
    """Wait until an item is there again; it has to be at the top, where it was."""
    expect(page.locator(f".scroll .card[data-id='{place['id']}']")).to_be_attached()
    settle(page)
    assert page.evaluate(TOP) == {"id": place["id"], "top": pytest.approx(place["top"], abs=within)}


def test_a_jump_and_back_lead_to_the_same_pixel(reader: Page, many_works: list[int]) -> None:
    opened(reader, f"{FAR}&page=20", number=20)
    scroll_by(reader, 333)
    settle(reader)
    before = reader.evaluate(TOP)
    reader.evaluate(
        "const form = document.querySelector('.page[data-number=\"20\"] .pagination__jump form');"
        "form.querySelector('[name=page]').value = 130; form.requestSubmit()"
    )
    expect(reader.locator(".page[data-number='130'] .card").first).to_be_in_viewport()
    settle(reader)
    reader.go_back()
    expect(reader.locator(f".card[data-id='{before['id']}']")).to_be_in_viewport()
    settle(reader)
    assert reader.evaluate(TOP)["top"] == pytest.approx(before["top"], abs=0.6)


def test_a_window_of_another_width_keeps_the_item_at_the_top(reader: Page, works: list[int]) -> None:
    opened(reader, f"{LIST}&page=20", number=20)
    scroll_by(reader, 300)
    settle(reader)
    before = reader.evaluate(TOP)
    for width in (1400, 700, 1000):
        reader.set_viewport_size({"width": width, "height": 700})
        settle(reader)
        top = reader.locator(f".card[data-id='{before['id']}']").bounding_box()["y"]
        assert top == pytest.approx(before["top"], abs=1)
    scroll_past_page(reader, 18, step=-200)


# --- The rest


def test_a_list_without_known_numbers_scrolls_along_its_links(reader: Page, works: list[int]) -> None:
    flags.turn(flags.Flag.RANKED_PAGES, is_on=False)
    opened(reader, f"{LIST}&page=6", number=6)
    seen = scrolling(
        reader,
        "const all = new Set();"
        "for (const distance of given) {"
        "  await step(distance);"
        "  for (let count = 0; count < 1000; count += 1) { await came(); if (await isStill(true)) break; }"
        "  seen().forEach(([pk]) => all.add(pk))"
        "}"
        "return [...all]",
        [-700] * 8 + [700] * 12,
    )
    settle(reader)
    indexes = sorted(works.index(pk) for pk in seen)
    assert indexes == list(range(indexes[0], indexes[-1] + 1))
    assert indexes[0] < 4 * SIZE
    assert indexes[-1] > 9 * SIZE


def test_a_reader_who_leaves_the_view_leaves_nothing_behind(reader: Page, works: list[int]) -> None:
    reader.add_init_script(
        "window.heard = new Set(); let count = 0; const add = window.addEventListener;"
        "window.addEventListener = function (kind, listener, options) {"
        "  const name = kind + ' ' + (count += 1);"
        "  window.heard.add(name);"
        "  options?.signal?.addEventListener('abort', () => window.heard.delete(name));"
        "  return add.call(window, kind, listener, options)"
        "}"
    )
    reader.goto(f"/?page_size={SIZE}")
    until_loaded(reader, "list/freshness")
    still(reader)
    heard = "[...window.heard].filter(name => /scroll|resize|online/.test(name)).length"
    before = reader.evaluate(heard)
    reader.locator("[data-choose-layout='scroll']").click()
    expect(reader.locator(".scroll .page")).not_to_have_count(0)
    scroll_by(reader, 500, times=3)
    reader.locator("[data-choose-layout='numbers']").evaluate("link => link.click()")
    expect(reader.locator(".list[data-layout='numbers']")).to_be_attached()
    until(lambda: reader.evaluate(heard) == before, reader)
    still(reader)
    assert reader.evaluate(heard) == before
    assert reader.evaluate("document.documentElement.style.overflowAnchor") == ""
    expect(reader.locator(".pagination")).to_be_visible()


def test_axe_finds_nothing_in_the_middle_of_the_list(reader: Page, works: list[int]) -> None:
    opened(reader, f"{LIST}&page=20", number=20)
    scroll_by(reader, 700, times=3)
    settle(reader)
    assert violations(reader) == []
    ids = reader.evaluate("[...document.querySelectorAll('[id]')].map(element => element.id)")
    assert len(ids) == len(set(ids))
    assert reader.locator(".page .pagination").count() == len(live(reader))
    expect(reader.locator(".page .pagination").first).to_be_hidden()


def test_without_script_the_pages_have_their_links(open_context: OpenContext, works: list[int]) -> None:
    page = open_context(java_script_enabled=False).new_page()
    page.goto(f"{LIST}&page=20")
    expect(page.locator(".page__mark")).to_have_text("Page 20 · 115–120")
    page.get_by_role("link", name="Next").click()
    expect(page.locator(".page__mark")).to_have_text("Page 21 · 121–126")
