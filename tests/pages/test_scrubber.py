"""The rail beside a list, in a real Chromium: it says what it will show, and shows just that."""

import random
import re
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from content.models import ContentItem, ContentType
from tests.factories import UserFactory
from tests.pages.accessibility import violations
from tests.pages.conftest import OpenContext, listen, until
from tests.pages.stillness import SHIFTS, frames, still
from tests.pages.test_browser import DESKTOP, PHONE
from users.models import User

HISTOGRAM = re.compile("/histogram/")
SIZE = 5
TOTAL = 303
PAGES = 61
# A page that has the modules and starts few of them.
LIGHT = "/accounts/login/"


def add_items(creator: User, moments: list[datetime], content_type: str = ContentType.IMAGE) -> None:
    ContentItem.objects.bulk_create(
        ContentItem(
            title=f"Item {number}",
            creator=creator,
            seed=number % 6,
            created_at=moment,
            content_type=content_type,
            quality_score=0.5,
        )
        for number, moment in enumerate(moments)
    )


@pytest.fixture
def months(transactional_db: None) -> None:
    """Items of 31 months up to July 2024: most in the latest ones, and a tenth of all in one month of 2022."""
    moments = [datetime(2024, 7, 1, tzinfo=UTC) + timedelta(hours=number) for number in range(200)]
    moments += [datetime(2022, 3, 1, tzinfo=UTC) + timedelta(hours=number) for number in range(31)]
    moments += [datetime(2022, 1, 1, tzinfo=UTC) + timedelta(days=12 * number) for number in range(72)]
    add_items(UserFactory(username="ada"), moments)


def open_list(
    open_context: OpenContext, query: str = f"?page_size={SIZE}", *, has_clock: bool = False, **options: Any
) -> Page:
    """Open a list and wait for its histogram; `has_clock`: its time is the test's to stop and wind on."""
    page = open_context(has_clock=has_clock, **{"viewport": DESKTOP} | options).new_page()
    with page.expect_response(HISTOGRAM):
        page.goto(f"/{query}")
    wait_for_bars(page)
    return page


def wait_for_bars(page: Page) -> None:
    until(lambda: page.evaluate("document.querySelector('.scrubber__outline path')?.getAttribute('d')"), page)


def stop_clock(page: Page) -> None:
    """Let no time pass for a page but what the test winds on."""
    page.clock.pause_at(datetime.now(tz=UTC) + timedelta(seconds=30))


def slider(page: Page) -> Locator:
    return page.get_by_role("slider", name="Place in the list")


def bubble(page: Page) -> Locator:
    return page.locator(".scrubber__bubble")


def point_at(page: Page, share: float) -> tuple[float, float]:
    """Return where in the window a share of the rail lies."""
    box = page.locator(".scrubber__track").bounding_box()
    return box["x"] + box["width"] - 12, box["y"] + share * box["height"]


def said(page: Page) -> tuple[str, int, int]:
    """Return the date, item and page of the bubble."""
    lines = bubble(page).locator("> *").all_inner_texts()
    item = re.fullmatch(rf"item ([\d,]+) of {TOTAL}", lines[-2])
    number = re.fullmatch(r"page ([\d,]+)", lines[-1])
    return lines[0], int(item[1].replace(",", "")), int(number[1].replace(",", ""))


def expect_page(page: Page, number: int) -> None:
    """Wait until a page of the list is shown, from its first item on."""
    expect(page.locator("section.page")).to_have_attribute("data-number", str(number))
    expect(page.locator(".card").first).to_have_attribute("aria-posinset", str((number - 1) * SIZE + 1))
    expect(slider(page)).to_have_attribute("aria-valuenow", str(number))


# --- The arithmetic

CHECK_TIMELINES = """
async (lists) => {
  const { Timeline } = await import("genonaut/scrubber/timeline");
  const wrong = [];
  for (const list of lists) {
    const timeline = new Timeline(list);
    const note = (what) => wrong.push(`${what}: ${JSON.stringify(list).slice(0, 200)}`);
    const pages = [...new Set([1, 2, timeline.pages - 1, timeline.pages, ...list.pages])]
      .filter((page) => page >= 1 && page <= timeline.pages).sort((one, other) => one - other);
    let before = -1;
    for (const page of pages) {
      const [from, to] = timeline.extentOf(page);
      if (!(from > before && to > from && from >= 0 && to <= 1 + 1e-12)) note(`page ${page} lies at ${from} to ${to}`);
      if (timeline.pageAt(from) !== page) note(`page ${page} begins on page ${timeline.pageAt(from)}`);
      if (timeline.pageAt((from + to) / 2) !== page) note(`page ${page} has its middle on another`);
      for (const direction of [1, -1]) {
        const next = timeline.leap(page, direction);
        const isAtEnd = page === (direction > 0 ? timeline.pages : 1);
        if (isAtEnd ? next !== page : (next - page) * direction <= 0) note(`page ${page} leaps to ${next}`);
      }
      before = from;
    }
    if (timeline.pageAt(0) !== 1 || timeline.pageAt(1) !== timeline.pages) note("ends");
    let last = 0;
    for (let step = 0; step <= 1000; step += 1) {
      const page = timeline.pageAt(step / 1000);
      if (page < last) note(`page ${page} follows page ${last}`);
      last = page;
    }
    const labels = timeline.labels(0.03);
    for (let index = 1; index < labels.length; index += 1) {
      if (labels[index].at - labels[index - 1].at < 0.03 - 1e-12) note("labels overlap");
    }
    if (list.bars.length && labels.length === 0) note("no labels");
  }
  return wrong;
}
"""


def some_list(chance: random.Random) -> dict:
    """Return a list of any length, whose bars are as uneven as they come."""
    total = chance.choice([1, 2, 7, 50, 51, 303, 10_000, 8_001_012, 10_000_000, chance.randint(1, 10**9)])
    size = chance.choice([1, 5, 50, 1000])
    starts = sorted({1, *(int(total ** chance.random()) for _ in range(chance.choice([0, 1, 30, 399])))})
    starts = chance.choice([starts, [1], []])
    ends = [*starts[1:], total + 1][: len(starts)]
    by = chance.choice(["day", "month", "year", "decade", "century"])
    bars = [
        {"start": bar_start(by, number), "count": end - start, "position": start}
        for number, (start, end) in enumerate(zip(starts, ends, strict=True))
    ]
    pages = [chance.randint(1, -(-total // size)) for _ in range(20)]
    return {"total": total, "size": size, "by": by, "bars": bars, "pages": pages}


def bar_start(by: str, number: int) -> str:
    if by == "day":
        return (date(2024, 6, 1) - timedelta(days=number)).isoformat()
    return f"{2024 - number // 12}-{12 - number % 12:02}-01" if by == "month" else f"{2024 - number:04}-01-01"


def test_every_page_has_its_place_on_the_rail_and_every_place_its_page(open_context: OpenContext) -> None:
    page = open_context().new_page()
    page.goto(LIGHT)
    chance = random.Random(7)
    assert page.evaluate(CHECK_TIMELINES, [some_list(chance) for _ in range(150)]) == []


def test_old_months_keep_a_place_beside_millions_of_new_items(open_context: OpenContext) -> None:
    page = open_context().new_page()
    page.goto(LIGHT)
    counts = [4_000_000, 3_000_000, 990_000, *[100] * 97]
    bars, position = [], 1
    for number, count in enumerate(counts):
        bars.append({"start": bar_start("month", number), "count": count, "position": position})
        position += count
    shares = page.evaluate(
        "async (list) => { const { Timeline } = await import('genonaut/scrubber/timeline');"
        "return new Timeline(list).outline().map(({from, to}) => to - from); }",
        {"total": position - 1, "size": 50, "by": "month", "bars": bars},
    )
    assert min(shares) * 700 > 1.7
    assert sum(shares[:3]) > 0.75


# --- Pointing and dragging


def test_places_of_the_rail_show_just_what_they_say(open_context: OpenContext, months: None) -> None:
    page = open_list(open_context)
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    chance = random.Random(3)
    for turn in range(12):
        x, y = point_at(page, chance.random())
        page.mouse.move(x, y)
        if turn % 2:
            page.mouse.down()
            x, y = point_at(page, chance.random())
            page.mouse.move(x, y, steps=3)
        expect(bubble(page)).to_be_visible()
        frames(page)
        _, item, number = said(page)
        assert item == (number - 1) * SIZE + 1
        if not turn % 2:
            page.mouse.down()
        page.mouse.up()
        expect_page(page, number)
        assert f"page={number}" in page.url


def test_the_rail_says_the_date_as_the_histogram_knows_it(open_context: OpenContext, months: None) -> None:
    page = open_list(open_context)
    page.mouse.move(*point_at(page, 1))
    expect(bubble(page).locator("> *")).to_have_text(["January 2022", f"item 301 of {TOTAL}", "page 61"])
    page.mouse.move(*point_at(page, 0.3))
    expect(bubble(page).locator("b")).to_have_text("July 2024")
    page.mouse.move(600, 600)
    expect(bubble(page)).to_be_hidden()
    text = f"July 2024, page 1 of {PAGES}, item 1"
    expect(slider(page)).to_have_attribute("aria-valuetext", text)


def test_every_date_is_that_of_the_item_shown(open_context: OpenContext, months: None) -> None:
    """What the bars say of a page's first item is when it was made."""
    page = open_list(open_context, f"?page_size={SIZE}&order=asc")
    made = list(ContentItem.objects.order_by("created_at", "id").values_list("created_at", flat=True))
    number_field = page.locator("#works [name=page]")
    for number in (1, 2, 20, 21, 22, 23, 40, 61):
        number_field.fill(str(number))
        number_field.press("Enter")
        expect_page(page, number)
        month = f"{made[(number - 1) * SIZE]:%B %Y}"
        expect(slider(page)).to_have_attribute("aria-valuetext", re.compile(f"^{month}, page {number} of {PAGES},"))


def test_a_short_list_has_days(open_context: OpenContext, transactional_db: None) -> None:
    start = datetime(2024, 2, 27, 12, tzinfo=UTC)
    add_items(UserFactory(), [start + timedelta(days=number // 2) for number in range(20)])
    page = open_list(open_context)
    expect(slider(page)).to_have_attribute("aria-valuetext", "7 March 2024, page 1 of 4, item 1")
    page.get_by_role("button", name="Go to…").click()
    expect(page.get_by_role("dialog").get_by_label("Date")).to_have_value("2024-03-07")


def test_escape_leaves_everything_as_it_was(open_context: OpenContext, months: None) -> None:
    page = open_list(open_context)
    address = page.url
    page.mouse.move(*point_at(page, 0.5))
    page.mouse.down()
    page.mouse.move(*point_at(page, 0.8), steps=4)
    expect(slider(page)).not_to_have_attribute("aria-valuenow", "1")
    page.keyboard.press("Escape")
    expect(slider(page)).to_have_attribute("aria-valuenow", "1")
    page.mouse.up()
    still(page)
    expect_page(page, 1)
    assert page.url == address
    assert page.evaluate("history.length") == 2


def test_taking_hold_of_the_thumb_moves_nothing(open_context: OpenContext, months: None) -> None:
    page = open_list(open_context, f"?page_size={SIZE}&page=30")
    box = page.locator(".scrubber__thumb").bounding_box()
    for y in (box["y"] + 1, box["y"] + box["height"] - 1):
        page.mouse.move(box["x"] + box["width"] / 2, y)
        page.mouse.down()
        page.mouse.up()
        still(page)
        expect_page(page, 30)


def test_a_page_that_the_pointer_rests_on_is_read_ahead(open_context: OpenContext, months: None) -> None:
    page = open_list(open_context)
    page.mouse.move(*point_at(page, 0.2))
    page.mouse.down()
    with page.expect_request(lambda request: "works" in request.url and request.headers.get("x-purpose") == "prefetch"):
        page.mouse.move(*point_at(page, 0.7))
    page.keyboard.press("Escape")
    page.mouse.up()


def test_back_returns_to_where_the_rail_was_used(open_context: OpenContext, months: None) -> None:
    page = open_list(open_context)
    page.mouse.click(*point_at(page, 0.99))
    expect_page(page, 61)
    page.go_back()
    expect_page(page, 1)


# --- Keys


def test_keys_choose_a_page_that_comes_once_they_rest(open_context: OpenContext, months: None) -> None:
    page = open_list(open_context)
    asked: list[str] = []
    slider(page).focus()
    page.on("request", lambda request: asked.append(request.url))
    for key in ("ArrowDown", "ArrowRight", "ArrowDown", "ArrowUp"):
        page.keyboard.press(key)
    expect(slider(page)).to_have_attribute("aria-valuetext", f"July 2024, page 3 of {PAGES}, item 11")
    expect(bubble(page)).to_contain_text(f"item 11 of {TOTAL}")
    expect_page(page, 3)
    expect(slider(page)).to_be_focused()
    expect(bubble(page)).to_be_hidden()


def test_enter_shows_the_page_of_the_keys_at_once(open_context: OpenContext, months: None) -> None:
    page = open_list(open_context, has_clock=True)
    slider(page).focus()
    stop_clock(page)  # keys do not rest while it stands
    ways = {"PageDown": 41, "End Home": 1, "End ArrowDown": 61, "End PageUp": 54, "End": 61, "Home ArrowUp": 1}
    for keys, number in ways.items():
        for key in keys.split():
            page.keyboard.press(key)
        page.keyboard.press("Enter")
        expect_page(page, number)


def test_escape_forgets_the_keys(open_context: OpenContext, months: None) -> None:
    page = open_list(open_context, has_clock=True)
    slider(page).focus()
    stop_clock(page)  # keys do not rest while it stands
    page.keyboard.press("End")
    page.keyboard.press("Escape")
    page.clock.run_for(5_000)
    page.clock.resume()
    still(page)
    expect_page(page, 1)


# --- The forms beside it


def test_the_box_goes_to_a_page_and_a_date(open_context: OpenContext, months: None) -> None:
    page = open_list(open_context, f"?page_size={SIZE}&page=3")
    opener = page.get_by_role("button", name="Go to…")
    opener.click()
    box = page.get_by_role("dialog", name="Go to a page or date")
    expect(box.get_by_label("Page")).to_be_focused()
    expect(box.get_by_label("Page")).to_have_value("3")
    box.get_by_label("Page").fill("17")
    page.keyboard.press("Enter")
    expect_page(page, 17)
    expect(box).to_be_hidden()
    opener.click()
    expect(box.get_by_label("Page")).to_have_value("17")
    box.get_by_label("Date").fill("2022-03-01")
    box.get_by_role("button", name="Go to the date").click()
    expect(slider(page)).to_have_attribute("aria-valuetext", re.compile("^March 2022, "))
    opener.click()
    page.keyboard.press("Escape")
    expect(box).to_be_hidden()
    expect(opener).to_be_focused()
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(element => element.id)")
    assert len(ids) == len(set(ids))


# --- Lists with other bars, or none


def test_a_histogram_that_fails_leaves_a_rail_by_rank(open_context: OpenContext, months: None) -> None:
    page = open_context(has_clock=True, viewport=DESKTOP).new_page()
    states = [429, 503, 0]

    def answer(route: Route) -> None:
        status = states.pop(0) if states else 200
        if status == 0:
            route.abort()
        elif status == 200:
            route.continue_()
        else:
            route.fulfill(status=status, headers={"Retry-After": "1"}, body="{}")

    page.route(HISTOGRAM, answer)
    page.goto(f"/?page_size={SIZE}")
    expect(slider(page)).to_have_attribute("aria-valuetext", f"page 1 of {PAGES}, item 1")
    page.mouse.click(*point_at(page, 30.5 / 60.6))
    expect_page(page, 31)
    while states:
        left = len(states)
        page.clock.run_for(61_000)
        until(lambda: len(states) < left, page)  # noqa: B023 - called before the next one
    page.clock.run_for(61_000)
    wait_for_bars(page)
    expect(slider(page)).to_have_attribute("aria-valuetext", f"July 2024, page 31 of {PAGES}, item 151")
    assert states == []


def test_months_far_apart_are_months_and_more_than_an_answer_holds_become_years(
    open_context: OpenContext, transactional_db: None
) -> None:
    """The list asks once, and is refused nothing."""
    add_items(UserFactory(), [datetime(1950 + number // 2, 6, 1, tzinfo=UTC) for number in range(100)])
    page = open_list(open_context)
    expect(slider(page)).to_have_attribute("aria-valuetext", "June 1999, page 1 of 20, item 1")
    add_items(UserFactory(), [datetime(1950 + number // 12, number % 12 + 1, 1, tzinfo=UTC) for number in range(600)])
    answers: list[int] = []
    page.on("response", lambda answer: answers.append(answer.status) if HISTOGRAM.search(answer.url) else None)
    with page.expect_response(HISTOGRAM):
        page.reload()
    wait_for_bars(page)
    expect(slider(page)).to_have_attribute("aria-valuetext", "1999, page 1 of 140, item 1")
    page.mouse.move(*point_at(page, 1))
    expect(bubble(page).locator("b")).to_have_text("1950")
    assert answers == [200]


def test_an_item_of_another_age_leaves_the_rail_its_dates(open_context: OpenContext, months: None) -> None:
    add_items(UserFactory(), [datetime(1, 1, 1, tzinfo=UTC), datetime(2450, 6, 1, tzinfo=UTC)])
    page = open_list(open_context)
    expect(slider(page)).to_have_attribute("aria-valuetext", f"June 2450, page 1 of {PAGES}, item 1")
    labels = page.locator(".scrubber__label:not(.scrubber__label--minor)")
    assert {"2024", "2022", "0001"} <= set(labels.all_text_contents())
    page.mouse.move(*point_at(page, 1))
    expect(bubble(page).locator("b")).to_have_text("February 2022")  # of the last page's first item
    page.mouse.move(*point_at(page, 0.3))
    expect(bubble(page).locator("b")).to_have_text("July 2024")


def test_each_period_has_its_words(open_context: OpenContext) -> None:
    words = [
        ("day", "0001-01-05", "5 January 0001", "Jan 0001"),
        ("month", "0044-03-01", "March 0044", "0044"),
        ("year", "0987-01-01", "0987", "0987"),
        ("decade", "0001-01-01", "0000s", "0000s"),
        ("decade", "1990-01-01", "1990s", "1990s"),
        ("century", "2400-01-01", "2400s", "2400s"),
    ]
    page = open_context().new_page()
    page.goto(LIGHT)
    found = page.evaluate(
        "async (words) => { const { Timeline } = await import('genonaut/scrubber/timeline');"
        "return words.map(([by, start]) => {"
        "const bars = [{ start: '2999-12-31', count: 50, position: 1 }, { start, count: 50, position: 51 }];"
        "const timeline = new Timeline({ total: 100, size: 50, by, bars });"
        "return [by, start, timeline.dateOf(2), timeline.labels(0.02).at(-1).text]; }) }",
        words,
    )
    assert found == [list(some) for some in words]


def test_a_list_without_dates_has_a_rail_by_rank(open_context: OpenContext, months: None) -> None:
    page = open_context(viewport=DESKTOP).new_page()
    page.on("request", lambda request: pytest.fail(request.url) if "/histogram/" in request.url else None)
    for query in ("?page_size=5&sort=quality_score", "?page_size=5&sort=quality_score&order=asc"):
        page.goto(f"/{query}")
        page.mouse.click(*point_at(page, 0.999))
        expect_page(page, 61)
        expect(slider(page)).to_have_attribute("aria-valuetext", f"page 61 of {PAGES}, item 301")


def test_a_list_of_one_page_has_no_rail(open_context: OpenContext, months: None) -> None:
    page = open_context(viewport=DESKTOP).new_page()
    for query in ("?page_size=500", "?q=nothing"):
        page.goto(f"/{query}")
        expect(page.locator(".scrubber")).to_be_attached()
        expect(slider(page)).to_be_hidden()
        expect(page.get_by_role("button", name="Go to…")).to_be_hidden()


def test_another_list_has_another_rail(open_context: OpenContext, months: None, complaints: list[str]) -> None:
    moments = [datetime(2023, 5, 1, tzinfo=UTC) + timedelta(days=40 * number) for number in range(12)]
    add_items(UserFactory(), moments, ContentType.AUDIO)
    page = open_list(open_context)
    listen(page, complaints)
    with page.expect_response(HISTOGRAM) as response:
        page.get_by_role("link", name="Audio", exact=True).click()
    assert "content_type=audio" in response.value.url
    wait_for_bars(page)
    expect(page.locator(".scrubber")).to_have_count(1)
    expect(slider(page)).to_have_attribute("aria-valuetext", "July 2024, page 1 of 3, item 1")
    page.mouse.click(*point_at(page, 0.99))
    expect_page(page, 3)


def test_one_histogram_serves_all_pages_of_a_list(open_context: OpenContext, months: None) -> None:
    page = open_list(open_context)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/histogram/" in request.url else None)
    for number in (2, 3):
        page.get_by_role("link", name="Next").click()
        expect_page(page, number)
    page.mouse.click(*point_at(page, 0.9))
    still(page)
    assert asked == []


def test_nothing_is_left_of_a_rail_whose_list_is_gone(open_context: OpenContext, months: None) -> None:
    page = open_list(open_context)
    slider(page).focus()
    address = page.url
    page.keyboard.press("End")  # waits for its rest
    page.evaluate(
        "async () => { const { start } = await import('genonaut/scrubber/scrubber');"
        "const list = document.getElementById('list'); const controller = new AbortController();"
        "const shown = []; const section = document.querySelector('section.page');"
        "const { pageOf } = await import('genonaut/pages/page');"
        "const fake = Object.assign(new EventTarget(), {list, page: pageOf(section), layout: {root: section},"
        "addressOf: String, show: (address) => shown.push(address), prefetcher: {wantFirst() {}}});"
        "document.querySelector('.scrubber').remove(); start(fake, controller.signal);"
        "const rail = document.querySelector('.scrubber__rail');"
        "rail.dispatchEvent(new KeyboardEvent('keydown', {key: 'End', bubbles: true}));"
        "controller.abort(); window.left = () => [shown.length, document.querySelectorAll('.scrubber').length]; }"
    )
    still(page)
    assert page.evaluate("left()") == [0, 0]
    assert page.url != address  # the rail that was not ended went on


# --- In every window


def test_a_thumb_drags_the_thumb_of_a_phone(open_context: OpenContext, months: None) -> None:
    page = open_list(open_context, viewport=PHONE, has_touch=True, is_mobile=True)
    session = page.context.new_cdp_session(page)
    box = page.locator(".scrubber__thumb").bounding_box()
    assert box["width"] >= 44
    assert box["height"] >= 44
    x, y = box["x"] + 22, box["y"] + 24

    def touch(kind: str, *points: dict) -> None:
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

    touch("touchStart", {"x": x, "y": y})
    for step in range(1, 11):
        touch("touchMove", {"x": x, "y": y + 40 * step})
        frames(page)
    _, _, number = said(page)
    assert number > 10
    touch("touchEnd")
    expect_page(page, number)


def test_the_phones_rail_leaves_the_cards_alone(open_context: OpenContext, months: None) -> None:
    page = open_list(open_context, has_clock=True, viewport=PHONE, has_touch=True, is_mobile=True)
    dock = page.locator(".scrubber")
    stop_clock(page)
    page.mouse.wheel(0, 10)
    expect(dock).to_have_css("opacity", "1")
    page.clock.run_for(2_400)
    expect(dock).to_have_css("opacity", "1")
    page.clock.run_for(200)
    expect(dock).to_have_css("opacity", "0")
    thumb = page.locator(".scrubber__thumb").bounding_box()
    covering = page.evaluate(
        "([x, y]) => document.elementFromPoint(x, y).closest('.scrubber') !== null",
        [thumb["x"] + 20, thumb["y"] + 20],
    )
    assert not covering
    page.mouse.wheel(0, 200)
    expect(dock).to_have_css("opacity", "1")


def test_nothing_moves_when_the_rail_comes(open_context: OpenContext, months: None) -> None:
    for window in (PHONE, DESKTOP):
        page = open_context(viewport=window).new_page()
        page.add_init_script(SHIFTS)
        page.goto(f"/?page_size={SIZE}")
        wait_for_bars(page)
        still(page)
        # A document painted while it is read in moves the toolbar that it had half of: 0.003.
        assert page.evaluate("window.shift") < 0.01, page.evaluate("window.shifts")


def test_the_rail_and_its_box_stay_within_the_window(open_context: OpenContext, months: None) -> None:
    page = open_list(open_context, has_clock=True, viewport={"width": 320, "height": 640})
    page.get_by_role("button", name="Go to…").click()
    stop_clock(page)  # what the keys choose is said for as long as they do not rest
    for width in (320, 390, 1023, 1024, 1440):
        page.set_viewport_size({"width": width, "height": 640})
        slider(page).focus()
        page.keyboard.press("End")
        expect(bubble(page)).to_be_visible()
        expect(page.get_by_role("dialog")).to_be_visible()
        outside = page.evaluate(
            "[...document.querySelectorAll('.scrubber, .scrubber :not(path), .jump-box')].filter(element => {"
            "const box = element.getBoundingClientRect();"
            "return box.width && (box.left < 0 || box.right > innerWidth || box.top < 0 || box.bottom > innerHeight)})"
            ".map(element => element.outerHTML)"
        )
        assert outside == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_axe_finds_nothing_wrong_with_the_rail(open_context: OpenContext, months: None, complaints: list[str]) -> None:
    page = open_list(open_context)
    listen(page, complaints)
    for window, scheme in product((DESKTOP, PHONE), ("light", "dark")):
        is_colours_alone = scheme == "dark"
        page.set_viewport_size(window)
        page.emulate_media(color_scheme=scheme)
        page.mouse.move(300, 300)
        page.mouse.wheel(0, 10)
        assert violations(page, is_colours_alone=is_colours_alone) == []
        page.get_by_role("button", name="Go to…").click()
        assert violations(page, is_colours_alone=is_colours_alone) == []
        page.keyboard.press("Escape")
        slider(page).hover(force=True)
        assert violations(page, ".scrubber", is_colours_alone=is_colours_alone) == []
