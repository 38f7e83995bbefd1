"""The gallery as one list that scrolls without end, in a real Chromium."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from content.models import ContentItem
from genonaut import flags
from tests.factories import ContentItemFactory, UserFactory
from tests.pages.conftest import OpenContext, listen, until
from tests.pages.stillness import frames, still
from tests.pages.test_browser import violations
from users.models import User

WINDOW = {"width": 1000, "height": 700}
LIST = "/?view=scroll&page_size=12"
FAR = "/?view=scroll&page_size=4"
# Pages of the tests' lists differ in height: every other one has titles of two lines.
LONG = "a title that goes on for quite a while and takes a second line"

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
TOP = """
() => {
  const edge = document.querySelector('.masthead').offsetHeight;
  const cards = [...document.querySelectorAll('.card[data-id]')];
  const card = cards.find(card => card.getBoundingClientRect().bottom > edge + 1);
  return {id: card.dataset.id, top: card.getBoundingClientRect().top};
}
"""
CARDS = """
() => [...document.querySelectorAll('.card[data-id]')].map(card => [
  Number(card.dataset.id), Number(card.getAttribute('aria-posinset')), card.getAttribute('aria-setsize'),
])
"""


@pytest.fixture
def ada(transactional_db: None) -> User:
    return UserFactory(username="ada", name="Ada")


@pytest.fixture
def works(ada: User) -> list[int]:
    """Return the primary keys of 40 pages of works, in the order of the list."""
    return make_works(ada, 480, 12)


@pytest.fixture
def many_works(ada: User) -> list[int]:
    """Return those of 250 pages."""
    return make_works(ada, 1000, 4)


def make_works(creator: User, count: int, size: int) -> list[int]:
    made = ContentItem.objects.bulk_create(
        ContentItemFactory.build(creator=creator, title=LONG if number // size % 2 else f"Work {number}")
        for number in range(count)
    )
    return [item.pk for item in reversed(made)]


@pytest.fixture
def reader(open_context: OpenContext, complaints: list[str]) -> Page:
    """A reader's page that notes how far the layout shifts."""
    page = open_context(viewport=WINDOW, reduced_motion="reduce").new_page()
    listen(page, complaints)
    page.add_init_script(
        "window.shift = 0; new PerformanceObserver(list => {"
        "for (const entry of list.getEntries()) window.shift += entry.value"
        "}).observe({type: 'layout-shift', buffered: true})"
    )
    return page


def opened(page: Page, path: str, *, number: int = 1) -> Page:
    """Open a list and wait until its page lives and nothing moves any more."""
    page.goto(path)
    expect(page.locator(f".scroll .page[data-number='{number}'] .card").first).to_be_attached()
    settle(page)
    return page


def settle(page: Page) -> None:
    """Wait until every live page has its cards and the reader's place is noted."""
    expect(page.locator(".page--empty")).to_have_count(0)
    still(page)


def scroll_by(page: Page, distance: int, *, times: int = 1) -> None:
    """Scroll in steps, and let the page see each of them."""
    for _ in range(times):
        page.evaluate("distance => scrollBy({top: distance, behavior: 'instant'})", distance)
        frames(page)


def scroll_past_page(page: Page, number: int, *, step: int) -> None:
    """Scroll until the address names a page, or one farther on."""
    for _ in range(400):
        present = page.evaluate("Number(new URLSearchParams(location.search).get('page') ?? 1)")
        if present >= number if step > 0 else present <= number:
            return
        scroll_by(page, step)
    pytest.fail(f"Page {number} did not come.")


def scroll_until_seen(page: Page, selector: str, *, step: int) -> None:
    """Scroll until an element that matches is in the window."""
    seen = (
        "all => all.some(it => it.getBoundingClientRect().bottom > 80 && it.getBoundingClientRect().top < innerHeight)"
    )
    for _ in range(300):
        if page.locator(selector).evaluate_all(seen):
            return
        scroll_by(page, step)
    pytest.fail(f"{selector} did not come.")


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


# --- The arithmetic


def arithmetic(page: Page, expression: str) -> Any:
    return page.evaluate(f"import('genonaut/window').then(({{PageWindow}}) => {expression})")


@pytest.fixture
def module(reader: Page, ada: User) -> Page:
    reader.goto("/")
    return reader


MIDDLE = "const w = new PageWindow({index: 50, low: 1, high: 100}); w.measured(50, 1000);"


def test_the_pages_near_the_window_are_wanted(module: Page) -> None:
    run = arithmetic(
        module,
        "{" + MIDDLE + "return w.wanted({top: -100, bottom: 900, start: -9e4, end: 9e4, height: 600}, 1)}",
    )
    assert run == {"first": 49, "last": 51, "top": -1100, "isFlight": False}


def test_at_most_five_pages_are_wanted_unless_more_are_seen(module: Page) -> None:
    make = "const w = new PageWindow({index: 50, low: 1, high: 100});"
    wanted = "return w.wanted({top: 0, bottom: %d, start: -4e4, end: 4e4, height: 600}, 1)"
    few = arithmetic(module, "{" + make + "w.measured(50, 300);" + wanted % 300 + "}")
    assert few["last"] - few["first"] + 1 == 5
    many = arithmetic(module, "{" + make + "w.measured(50, 60);" + wanted % 60 + "}")
    assert many["last"] - many["first"] + 1 == 10


def test_a_drag_leads_to_the_page_at_that_place(module: Page) -> None:
    sight = "{top: -20100, bottom: -19100, start: -69100, end: 30000, height: 600}"
    run = arithmetic(module, "{" + MIDDLE + f"return w.wanted({sight}, 1)" + "}")
    assert run["isFlight"]
    assert run["first"] <= 70 <= run["last"]


def test_the_ends_of_the_document_are_the_ends_of_the_list(module: Page) -> None:
    top = "{top: 9000, bottom: 10000, start: 50, end: 30000, height: 600}"
    bottom = "{top: -9000, bottom: -8000, start: -30000, end: 590, height: 600}"
    assert arithmetic(module, "{" + MIDDLE + f"return w.wanted({top}, -1)" + "}")["first"] == 1
    assert arithmetic(module, "{" + MIDDLE + f"return w.wanted({bottom}, 1)" + "}")["last"] == 100


def test_a_space_stands_for_a_bounded_number_of_pages(module: Page) -> None:
    make = "const w = new PageWindow({index: 500, low: 1, high: 9000});"
    assert arithmetic(module, "{" + make + "w.measured(500, 1000); return [w.above, w.below]}") == [100_000, 100_000]
    high = arithmetic(module, "{" + make + "w.measured(500, 100000); return [w.above, w.below]}")
    assert high == [4_000_000, 4_000_000]
    at_the_top = "const w = new PageWindow({index: 1, low: 1, high: 2}); w.measured(1, 1000); return [w.above, w.below]"
    assert arithmetic(module, "{" + at_the_top + "}") == [0, 1000]


def test_a_page_that_nobody_came_to_see_keeps_no_elements(module: Page) -> None:
    seen = module.evaluate("""async () => {
      const {Block} = await import("genonaut/block");
      const page = {prepared: null, prepare() { this.prepared = document.createElement("section") }};
      const reader = {peek: () => page, read: async () => page};
      const block = Block.empty(3, "?page=3", {height: 100, label: "Works", mark: ""});
      await new Promise((onReady) => block.read(reader, {cards: 4, delayMs: 0, onReady}));
      const before = page.prepared !== null;
      block.remove();
      return [before, page.prepared !== null];
    }""")
    assert seen == [True, False]


# --- Scrolling


def test_a_reader_scrolls_down_and_up_and_every_card_keeps_its_position(reader: Page, works: list[int]) -> None:
    opened(reader, LIST)
    seen: dict[int, int] = {}
    for step in [400] * 40 + [-400] * 40:
        scroll_by(reader, step)
        cards = reader.evaluate(CARDS)
        assert [position for _, position, _ in cards] == sorted({position for _, position, _ in cards})
        assert all(works[position - 1] == pk and size == "480" for pk, position, size in cards)
        seen |= {position: pk for pk, position, _ in cards}
    assert sorted(seen) == list(range(1, max(seen) + 1))
    assert max(seen) > 100
    settle(reader)
    scroll_by(reader, -400)  # what the heights of pages differed from those expected
    settle(reader)
    assert reader.evaluate("scrollY") == 0
    assert reader.evaluate("document.querySelector('.scroll__space').offsetHeight") == 0
    assert reader.evaluate("window.shift") < 0.01


def test_few_pages_live_however_fast_and_far_the_reader_scrolls(reader: Page, works: list[int]) -> None:
    opened(reader, LIST)
    reader.evaluate(
        "window.most = 0; new MutationObserver(() => {"
        "window.most = Math.max(window.most, document.querySelectorAll('.scroll .page').length)"
        "}).observe(document.querySelector('.scroll'), {childList: true})"
    )
    scroll_by(reader, 1500, times=60)
    scroll_by(reader, -1500, times=60)
    settle(reader)
    assert 1 < reader.evaluate("window.most") <= 5
    assert reader.evaluate("document.querySelectorAll('.card').length") <= 5 * 12


# The headless shell counts a page that joins above as a shift although no card moves on the screen.
@pytest.mark.whole_browser
def test_a_deep_link_opens_there_and_scrolls_both_ways(reader: Page, many_works: list[int]) -> None:
    opened(reader, f"{FAR}&page=180", number=180)
    first = reader.locator(".page[data-number='180'] .card").first
    edge = reader.evaluate("document.querySelector('.masthead').offsetHeight")
    assert edge <= first.bounding_box()["y"] < edge + 80
    scroll_past_page(reader, 176, step=-200)
    scroll_past_page(reader, 184, step=200)
    assert reader.evaluate("window.shift") < 0.01


def test_a_work_that_was_deleted_goes_from_a_live_page_that_the_reader_is_not_on(
    reader: Page, works: list[int]
) -> None:
    opened(reader, f"{LIST}&page=20", number=20)
    pk = works[20 * 12 + 5]  # on page 21
    expect(reader.locator(f".card[data-id='{pk}']")).to_be_attached()
    ContentItem.objects.filter(pk=pk).delete()
    reader.evaluate("import('genonaut/shared').then(({cache}) => { cache.markStale(() => true); })")
    reader.evaluate("dispatchEvent(new Event('online'))")  # as it looks now and then
    scroll_by(reader, 20)
    expect(reader.locator(f".card[data-id='{pk}']")).to_have_count(0)
    expect(reader.locator(".page[data-number='21'] .card")).to_have_count(12)


# The headless shell counts a page that joins above as a shift although no card moves on the screen.
@pytest.mark.whole_browser
def test_a_card_stays_at_its_pixel_while_a_late_page_joins_above(reader: Page, works: list[int]) -> None:
    held: list[Route] = []
    reader.route("**/fragments/works/**page=19", lambda route: held.append(route))
    reader.goto(f"{LIST}&page=20")
    expect(reader.locator(".page--empty .card--skeleton")).to_have_count(12)
    still(reader, is_loaded=False)
    reader.evaluate(WATCH)
    for route in held:
        route.continue_()
    expect(reader.locator(".page[data-number='19']")).to_be_attached()
    settle(reader)
    assert len(reader.evaluate(MOVES)) == 1
    assert reader.evaluate("window.shift") < 0.01


def test_a_reader_moves_by_what_they_scroll_and_no_more(reader: Page, works: list[int]) -> None:
    opened(reader, f"{LIST}&page=20", number=20)
    for step in [-130] * 30 + [170] * 40:
        before = reader.evaluate(TOP)
        scroll_by(reader, step)
        after = reader.locator(f".card[data-id='{before['id']}']").bounding_box()["y"]
        assert after - before["top"] == pytest.approx(-step, abs=0.6)


def test_far_down_the_space_is_cut_under_a_reader_who_sees_nothing_of_it(reader: Page, many_works: list[int]) -> None:
    opened(reader, FAR)
    height = "document.querySelector('.scroll__space').offsetHeight"
    typical = reader.evaluate("document.querySelector('.page').offsetHeight")
    scroll_by(reader, 400, times=150)
    scroll_past_page(reader, 150, step=300)
    before = reader.evaluate(TOP)
    settle(reader)
    scroll_by(reader, 10)
    settle(reader)
    assert reader.evaluate(height) < 130 * typical * 1.2
    now = reader.locator(f".card[data-id='{before['id']}']").bounding_box()["y"]
    assert now == pytest.approx(before["top"] - 10, abs=0.6)
    scroll_past_page(reader, 120, step=-300)


def test_a_drag_of_the_scrollbar_shows_skeletons_and_then_the_page_of_that_place(
    reader: Page, many_works: list[int]
) -> None:
    opened(reader, FAR)
    _, release = hold(reader)
    scroll_by(reader, reader.evaluate("50 * document.querySelector('.page').offsetHeight"))
    scroll_until_seen(reader, ".card--skeleton", step=0)
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
    opened(reader, f"{FAR}&page=130", number=130)
    reader.keyboard.press("PageDown")
    until(lambda: reader.evaluate("new URLSearchParams(location.search).get('page')") != "130", reader)
    settle(reader)
    assert reader.evaluate("new URLSearchParams(location.search).get('page')") in ("131", "132", "133")
    reader.keyboard.press("End")
    expect(reader.locator(".page[data-number='250'] .card").last).to_be_in_viewport()
    expect(reader.locator("footer")).to_be_in_viewport()
    reader.keyboard.press("Home")
    expect(reader.locator(".page[data-number='1'] .card").first).to_be_in_viewport()
    expect(reader.get_by_role("heading", level=1)).to_be_in_viewport()


def test_the_keyboard_stays_in_the_list_while_all_its_cards_are_missing(reader: Page, many_works: list[int]) -> None:
    opened(reader, FAR)
    _, release = hold(reader, "**/fragments/works/**page=250")
    reader.locator(".card__title a").first.focus()
    reader.keyboard.press("End")
    expect(reader.locator(".card--skeleton")).not_to_have_count(0)
    expect(reader.locator(".page--empty")).to_be_focused()
    release()
    expect(reader.locator(".page[data-number='250']")).to_be_focused()


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


def test_the_tab_key_loads_on(reader: Page, works: list[int]) -> None:
    opened(reader, LIST)
    reader.locator(".card__title a").first.focus()
    for _ in range(2 * 12 * 5):
        reader.keyboard.press("Tab")
        frames(reader)
    settle(reader)
    position = reader.evaluate("Number(document.activeElement.closest('.card').getAttribute('aria-posinset'))")
    assert position == 61


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
    expect(page.locator(".page[data-number='25'] .card")).to_have_count(12)
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
    context = open_context(viewport=WINDOW)
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
    scroll_by(reader, 250, times=80)
    seconds = (reader.evaluate("performance.now()") - started) / 1000
    assert reader.evaluate("window.calls") <= 4 * seconds + 2
    settle(reader)
    number = reader.evaluate(
        "[...document.querySelectorAll('.card[data-id]')].find(card => card.getBoundingClientRect().bottom > 66)"
        ".closest('.page').dataset.number"
    )
    assert reader.evaluate("new URLSearchParams(location.search).get('page')") == number
    assert f"page {number}" in reader.title()
    assert reader.evaluate("history.length") == entries


@pytest.mark.parametrize("ratio", [1, 1.5, 3])
def test_reload_and_back_lead_to_the_same_pixel(open_context: OpenContext, many_works: list[int], ratio: float) -> None:
    context = open_context(viewport=WINDOW, device_scale_factor=ratio)
    page = opened(context.new_page(), f"{FAR}&page=170", number=170)
    scroll_by(page, 437)
    settle(page)
    before = page.evaluate(TOP)
    page.reload()
    expect(page.locator(f".scroll .card[data-id='{before['id']}']")).to_be_attached()
    settle(page)
    assert page.evaluate(TOP)["id"] == before["id"]
    assert page.evaluate(TOP)["top"] == pytest.approx(before["top"], abs=1)
    page.locator(f".card[data-id='{before['id']}'] + .card .card__title a").click()
    page.wait_for_url("**/content/**")
    page.go_back()
    expect(page.locator(f".scroll .card[data-id='{before['id']}']")).to_be_attached()
    settle(page)
    assert page.evaluate(TOP)["id"] == before["id"]
    assert page.evaluate(TOP)["top"] == pytest.approx(before["top"], abs=1)


def test_a_jump_and_back_lead_to_the_same_pixel(reader: Page, many_works: list[int]) -> None:
    opened(reader, f"{FAR}&page=20", number=20)
    scroll_by(reader, 333)
    settle(reader)
    before = reader.evaluate(TOP)
    reader.evaluate(
        "const form = document.querySelector('.page[data-number=\"20\"] .pagination__jump form');"
        "form.querySelector('[name=page]').value = 200; form.requestSubmit()"
    )
    expect(reader.locator(".page[data-number='200'] .card").first).to_be_in_viewport()
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
    seen: set[int] = set()
    for step in [-700] * 14 + [700] * 20:
        scroll_by(reader, step)
        still(reader)
        seen |= {pk for pk, *_ in reader.evaluate(CARDS)}
    settle(reader)
    indexes = sorted(works.index(pk) for pk in seen)
    assert indexes == list(range(indexes[0], indexes[-1] + 1))
    assert indexes[0] < 4 * 12
    assert indexes[-1] > 9 * 12


def test_a_reader_who_leaves_the_view_leaves_nothing_behind(reader: Page, works: list[int]) -> None:
    reader.add_init_script(
        "window.heard = new Set(); const add = window.addEventListener;"
        "window.addEventListener = function (kind, listener, options) {"
        "  window.heard.add(kind + ' ' + window.heard.size);"
        "  const name = [...window.heard].at(-1);"
        "  options?.signal?.addEventListener('abort', () => window.heard.delete(name));"
        "  return add.call(window, kind, listener, options)"
        "}"
    )
    reader.goto("/?page_size=12")
    before = reader.evaluate("[...window.heard].filter(name => /scroll|resize|online/.test(name)).length")
    reader.locator("[data-choose-view='scroll']").click()
    expect(reader.locator(".scroll .page")).not_to_have_count(0)
    scroll_by(reader, 500, times=3)
    reader.locator("[data-choose-view='numbers']").evaluate("link => link.click()")
    expect(reader.locator(".list[data-view='numbers']")).to_be_attached()
    still(reader)
    assert reader.evaluate("[...window.heard].filter(name => /scroll|resize|online/.test(name)).length") == before
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
    expect(page.locator(".page__mark")).to_have_text("Page 20 · 229–240")
    page.get_by_role("link", name="Next").click()
    expect(page.locator(".page__mark")).to_have_text("Page 21 · 241–252")
