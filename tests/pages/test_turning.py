"""Turning pages with script: read ahead, shown from the cache, back at the same pixel, safe when answers are late."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from content.models import ContentItem
from genonaut import flags
from tests.factories import ContentItemFactory, UserFactory
from tests.pages.accessibility import violations
from tests.pages.conftest import OpenContext, listen, until, until_loaded
from tests.pages.screen import draw_at
from tests.pages.stillness import WAIT_SECONDS, still
from users.models import User

DESKTOP = {"width": 900, "height": 400}
SIZE = 6
PAGES = 8
FRAGMENTS = "**/fragments/works/**"
SHIFTS = (
    "window.shift = 0; new PerformanceObserver(list => {"
    "for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value"
    "}).observe({type: 'layout-shift', buffered: true})"
)


@pytest.fixture
def ada(transactional_db: None) -> User:
    """She has eight pages of works."""
    ada = UserFactory(username="ada", name="Ada")
    ContentItem.objects.bulk_create(
        ContentItemFactory.build(pk=number, title=f"Work {number}", creator=ada, quality_score=number / 100)
        for number in range(1, SIZE * PAGES + 1)
    )
    return ada


@pytest.fixture
def open_page(open_context: OpenContext, ada: User, complaints: list[str]) -> Callable[..., Page]:
    """Open a page with script; what it complains of fails the test."""

    def opened(**options: object) -> Page:
        page = open_context(viewport=DESKTOP, **options).new_page()
        listen(page, complaints)
        return page

    return opened


def add_works(count: int) -> None:
    """Publish newer works."""
    creator = User.objects.get(username="ada")
    for number in range(count):
        ContentItemFactory(pk=1_000 + number, title=f"New {number}", creator=creator)


def titles(number: int) -> list[str]:
    """Return the titles of a page, newest first."""
    newest = SIZE * (PAGES - number + 1)
    return [f"Work {work}" for work in range(newest, newest - SIZE, -1)]


def expect_page(page: Page, number: int) -> None:
    """Wait until a page of the list is shown, whole."""
    expect(page.locator("#works .card__title")).to_have_text(titles(number))


def expect_view(page: Page, name: str) -> None:
    """Wait until the list is there in a view: the one before shows the same works, and a click on it may be lost."""
    expect(page.locator("#list")).to_have_attribute("data-layout", name)


def asked(page: Page) -> list[tuple[str, bool]]:
    """Return what fragments the page asks for from now on: the page's number, and whether ahead of the reader."""
    heard: list[tuple[str, bool]] = []

    def hear(request: object) -> None:
        if "/fragments/works/" in request.url:
            heard.append((request.url.rpartition("page=")[2], "x-purpose" in request.headers))

    page.on("request", hear)
    return heard


def cached(page: Page, number: int) -> bool:
    """Return whether the page cache holds a page of the list."""
    return page.evaluate(
        "async number => [...(await import('genonaut/pages/cache')).cache.entries()]"
        ".some(([, entry]) => entry.page.number === number)",
        number,
    )


def wait_for_cached(page: Page, number: int) -> None:
    """Wait until the page cache holds a page of the list."""
    page.evaluate(
        """async ([number, tries]) => {
          const {cache} = await import('genonaut/pages/cache');
          const isHere = () => [...cache.entries()].some(([, entry]) => entry.page.number === number);
          while (!isHere() && --tries > 0) await new Promise((go) => setTimeout(go, 5));
        }""",
        [number, 200 * WAIT_SECONDS],
    )
    assert cached(page, number)


def statistics(page: Page) -> dict[str, int]:
    return page.evaluate("import('genonaut/pages/cache').then(({cache}) => cache.statistics)")


def start(page: Page, number: int = 1) -> None:
    """Open the list at a page and wait until the next one is there."""
    page.goto(f"/?page_size={SIZE}" + (f"&page={number}" if number > 1 else ""))
    expect_page(page, number)
    wait_for_cached(page, number + 1)


def follow(page: Page, name: str) -> None:
    page.locator("#works").get_by_role("link", name=name, exact=True).click()


def place(page: Page) -> dict[str, object]:
    return page.evaluate("import('genonaut/list/scroll-anchor').then(({currentAnchor}) => currentAnchor(document))")


# --- Turning


def test_a_turned_page_is_the_same_document_and_everything_follows(open_page: Callable[..., Page]) -> None:
    page = open_page()
    start(page)
    page.evaluate("window.isSame = true")
    follow(page, "Next")
    expect_page(page, 2)
    assert "page=2" in page.evaluate("location.search") and "as_of=" in page.evaluate("location.search")
    assert page.title() == "All works · page 2 · Genonaut"
    expect(page.locator("[data-range]").first).to_have_text(f"{SIZE + 1}–{2 * SIZE} of {SIZE * PAGES} works")
    expect(page.locator("#works")).to_have_attribute("aria-label", "Works, page 2")
    cards = page.locator(".card")
    assert cards.evaluate_all("cards => cards.map(card => card.ariaPosInSet)") == [
        str(number) for number in range(SIZE + 1, 2 * SIZE + 1)
    ]
    assert cards.evaluate_all("cards => [...new Set(cards.map(card => card.ariaSetSize))]") == [str(SIZE * PAGES)]
    follow(page, "Previous")
    expect_page(page, 1)
    follow(page, "Page 8")
    expect_page(page, 8)
    assert page.evaluate("window.isSame")


def test_the_next_page_is_read_ahead_and_shown_without_a_request(open_page: Callable[..., Page]) -> None:
    page = open_page()
    heard = asked(page)
    start(page)
    assert heard == [("2", True)]
    page.route(FRAGMENTS, lambda route: None)  # from here on nothing is answered
    follow(page, "Next")
    expect_page(page, 2)
    assert [request for request in heard if not request[1]] == []
    assert statistics(page) | {"prefetches": 0} == {
        "hits": 1,
        "misses": 0,
        "evictions": 0,
        "prefetches": 0,
        "used": 1,
        "wasted": 0,
    }


def test_faster_turning_reads_further_ahead(open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.add_init_script("window.now = 0; performance.now = () => window.now")
    heard = asked(page)
    start(page)
    for number in (2, 3, 4):
        page.evaluate("window.now += 400")  # milliseconds: two and a half pages a second
        follow(page, "Next")
        expect_page(page, number)
    until(lambda: ("7", True) in heard, page)


def test_a_link_under_the_pointer_is_read_ahead(open_page: Callable[..., Page]) -> None:
    page = open_page()
    heard = asked(page)
    start(page)
    page.get_by_role("link", name="Page 8", exact=True).hover()
    wait_for_cached(page, 8)
    page.get_by_role("link", name="Page 3", exact=True).focus()
    wait_for_cached(page, 3)
    assert heard == [("2", True), ("8", True), ("3", True)]


def test_where_data_is_dear_nothing_is_read_ahead(open_context: OpenContext, ada: User) -> None:
    context = open_context(viewport=DESKTOP)
    for connection in ({"saveData": True}, {"saveData": False, "effectiveType": "slow-2g"}):
        page = context.new_page()
        page.add_init_script(
            f"Object.defineProperty(navigator, 'connection', {{value: {json.dumps(connection)}, configurable: true}})"
        )
        expect_nothing_read_ahead(page)


def expect_nothing_read_ahead(page: Page) -> None:
    """Open the list and turn to the next page; only that one may be asked for."""
    heard = asked(page)
    page.goto(f"/?page_size={SIZE}")
    expect_page(page, 1)
    follow(page, "Next")
    expect_page(page, 2)
    assert heard == [("2", False)]
    page.close()


def test_switched_off_nothing_is_read_ahead(open_page: Callable[..., Page]) -> None:
    flags.turn(flags.Flag.PREFETCHING, is_on=False)
    expect_nothing_read_ahead(open_page())


def test_what_is_no_longer_wanted_is_given_up(open_page: Callable[..., Page]) -> None:
    page = open_page()
    start(page)
    given_up: list[str] = []
    page.route(FRAGMENTS, lambda route: route.continue_() if "page=8" in route.request.url else None)
    page.on("requestfailed", lambda request: given_up.append(request.url.rpartition("page=")[2]))
    follow(page, "Next")
    expect_page(page, 2)
    still(page, is_loaded=False)
    follow(page, "Page 8")
    expect_page(page, 8)
    until(lambda: "3" in given_up, page)


def test_a_server_that_refuses_prefetches_is_left_alone_and_the_reader_served(
    open_context: OpenContext, ada: User
) -> None:
    page = open_context(viewport=DESKTOP).new_page()
    heard = asked(page)

    def answer(route: Route) -> None:
        if "x-purpose" in route.request.headers:
            route.fulfill(status=503, headers={"Retry-After": "60"}, body="Not ahead of time.")
        else:
            route.continue_()

    page.route(FRAGMENTS, answer)
    page.goto(f"/?page_size={SIZE}")
    expect_page(page, 1)
    for number in (2, 3, 4):
        follow(page, "Next")
        expect_page(page, number)
    assert heard == [("2", True), ("2", False), ("3", False), ("4", False)]


def test_the_keyboard_stays_on_the_control_that_was_used(open_page: Callable[..., Page]) -> None:
    page = open_page()
    start(page)
    page.locator("#works").get_by_role("link", name="Next").focus()
    for number in (2, 3):
        page.keyboard.press("Enter")
        expect_page(page, number)
        expect(page.locator("#works").get_by_role("link", name="Next")).to_be_focused()


def test_the_keyboard_stays_in_the_list_while_its_cards_are_missing(open_context: OpenContext, ada: User) -> None:
    page = open_context(viewport=DESKTOP).new_page()
    start(page)
    held: list[Route] = []
    page.route(FRAGMENTS, lambda route: held.append(route) if "page=8" in route.request.url else route.continue_())
    page.locator(".card__title a").first.focus()
    page.keyboard.press("End")
    expect(page.locator(".card--skeleton")).to_have_count(SIZE)
    expect(page.locator("#works")).to_be_focused()
    until(lambda: held, page)
    held.pop().fulfill(status=404)
    page.get_by_role("button", name="Try again").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".card--skeleton")).not_to_have_count(0)
    expect(page.locator("#works")).to_be_focused()
    until(lambda: held, page)
    held.pop().continue_()
    expect_page(page, 8)
    expect(page.locator("#works")).to_be_focused()


def test_a_turned_page_is_announced_by_the_one_element_that_says_its_range(open_page: Callable[..., Page]) -> None:
    page = open_page()
    start(page)
    page.evaluate("document.querySelector('[data-range][role=status]').dataset.was = 'here'")
    follow(page, "Next")
    expect_page(page, 2)
    said = page.locator("#list").get_by_role("status")
    expect(said).to_have_text(f"{SIZE + 1}–{2 * SIZE} of {SIZE * PAGES} works")
    expect(said).to_have_attribute("data-was", "here")  # it is not another one that nobody listens to
    assert violations(page) == []


def test_the_boxes_for_page_and_date_turn_pages_too(open_page: Callable[..., Page]) -> None:
    page = open_page()
    start(page)
    page.evaluate("window.isSame = true")
    page.locator("#jump").fill("5")
    page.keyboard.press("Enter")
    expect_page(page, 5)
    date = ContentItem.objects.get(pk=30).created_at.date().isoformat()
    page.locator("#jump-date").fill(date)
    page.keyboard.press("Enter")
    expect(page.locator(f'.card[data-id="{SIZE}"]').or_(page.locator(".card").first).first).to_be_visible()
    assert page.evaluate("window.isSame")


# --- Late and failing answers


def test_a_late_answer_does_not_land_on_a_later_page(open_page: Callable[..., Page]) -> None:
    page = open_page()
    start(page)
    late: list[Route] = []
    page.route(FRAGMENTS, lambda route: late.append(route) if "page=5" in route.request.url else route.continue_())
    page.evaluate("document.querySelector('#jump').value = 5; document.querySelector('#jump').form.requestSubmit()")
    until(lambda: len(late) == 1, page)
    page.go_back()
    expect_page(page, 1)
    follow(page, "Next")
    expect_page(page, 2)
    late[0].continue_()
    wait_for_cached(page, 5)
    expect_page(page, 2)
    assert "page=2" in page.evaluate("location.search")


def test_a_miss_shows_skeletons_of_the_right_size_and_a_hit_shows_none(open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.add_init_script(SHIFTS)
    start(page)
    page.evaluate(
        "window.skeletons = 0; new MutationObserver(() => {"
        "window.skeletons += document.querySelectorAll('.card--skeleton').length"
        "}).observe(document.body, {childList: true, subtree: true})"
    )
    follow(page, "Next")
    expect_page(page, 2)
    assert page.evaluate("window.skeletons") == 0
    height = page.locator(".cards").evaluate("cards => cards.offsetHeight")
    late: list[Route] = []
    page.route(FRAGMENTS, lambda route: late.append(route) if "page=6" in route.request.url else route.continue_())
    page.locator("#jump").fill("6")
    page.keyboard.press("Enter")
    expect(page.locator(".card--skeleton")).to_have_count(SIZE)
    expect(page.locator("#works")).to_have_attribute("aria-busy", "true")
    assert abs(page.locator(".cards").evaluate("cards => cards.offsetHeight") - height) < height * 0.05
    until(lambda: late, page)
    for route in late:
        route.continue_()
    expect_page(page, 6)
    # A browser does not count what moves within half a second of a key; on a busy machine the page comes later, and its
    # months and shapes are not quite the skeletons'.
    assert page.evaluate("window.shift") < 0.02


FAILURES: list[tuple[Callable[[Route], None], str]] = [
    (lambda route: route.abort(), "no connection"),
    (lambda route: route.fulfill(status=500, body="broken"), "went wrong"),
    (lambda route: route.fulfill(status=200, body="<p>something else</p>"), "went wrong"),
]


def test_a_page_that_fails_says_so_and_can_be_tried_again(open_context: OpenContext, ada: User) -> None:
    page = open_context(viewport=DESKTOP).new_page()
    for fail, words in FAILURES:
        start(page)
        page.route(f"{FRAGMENTS}page=8", fail)
        follow(page, "Page 8")
        expect(page.get_by_role("alert")).to_contain_text(words)
        assert not cached(page, 8)
        follow(page, "Page 2")  # the rest goes on
        expect_page(page, 2)
        page.go_back()
        expect(page.get_by_role("alert")).to_contain_text(words)
        page.unroute(f"{FRAGMENTS}page=8")
        page.get_by_role("button", name="Try again").click()
        expect_page(page, 8)


def test_offline_the_pages_that_were_seen_still_show(open_context: OpenContext, ada: User) -> None:
    context = open_context(viewport=DESKTOP, goes_offline=True)
    page = context.new_page()
    start(page)
    follow(page, "Next")
    expect_page(page, 2)
    context.set_offline(True)
    follow(page, "Previous")
    expect_page(page, 1)
    follow(page, "Next")
    expect_page(page, 2)
    follow(page, "Page 8")
    expect(page.get_by_role("alert")).to_contain_text("no connection")
    context.set_offline(False)
    expect_page(page, 8)


def test_past_the_end_the_page_says_so(open_context: OpenContext, ada: User) -> None:
    page = open_context(viewport=DESKTOP).new_page()
    start(page)
    page.evaluate(
        "const box = document.querySelector('#jump'); box.removeAttribute('max'); box.value = 99;"
        "box.form.requestSubmit()"
    )
    expect(page.get_by_role("alert")).to_contain_text("ends before that page")


# --- Back, forward, reload, share


def test_back_forward_and_reload_lead_to_the_same_item_at_the_same_pixel(open_page: Callable[..., Page]) -> None:
    page = open_page()
    start(page)
    for scale in (1, 2, 3):
        draw_at(page, DESKTOP, scale)
        follow(page, "Page 2")
        expect_page(page, 2)
        page.mouse.wheel(0, 290)
        until(lambda: page.evaluate("history.state?.anchor !== null && scrollY > 0"), page)
        still(page)
        second = place(page)
        assert second["id"] != str(SIZE * (PAGES - 1))
        follow(page, "Page 8")
        expect_page(page, 8)
        page.go_back()
        expect_place(page, second)
        page.go_forward()
        expect_page(page, 8)
        page.go_back()
        expect_page(page, 2)
        page.reload()
        expect_place(page, second)
        follow(page, "Page 1")
        expect_page(page, 1)


def expect_place(page: Page, place_before: dict[str, Any]) -> None:
    """Wait until the reader of page 2 is at an item again; it has to be where it was."""
    expect_page(page, 2)
    until(lambda: (place(page) or {}).get("id") == place_before["id"], page)
    assert place(page)["offset"] == pytest.approx(place_before["offset"], abs=1)


def test_back_from_a_work_leads_to_the_same_pixel(open_page: Callable[..., Page]) -> None:
    page = open_page()
    start(page, 3)
    page.mouse.wheel(0, 480)
    until(lambda: page.evaluate("history.state?.anchor != null"), page)
    still(page)
    before = place(page)
    page.goto("/content/5/")
    page.go_back()
    expect_page(page, 3)
    until(lambda: (place(page) or {}).get("id") == before["id"], page)
    assert place(page)["offset"] == pytest.approx(before["offset"], abs=1)


def test_an_address_that_is_shared_shows_the_same_works(open_page: Callable[..., Page]) -> None:
    page = open_page()
    start(page)
    follow(page, "Next")
    expect_page(page, 2)
    add_works(3)
    other = open_page()
    other.goto(page.evaluate("location.href"))
    expect_page(other, 2)


def test_a_reload_stays_at_its_item_although_new_ones_came(open_page: Callable[..., Page]) -> None:
    page = open_page()
    start(page)
    page.mouse.wheel(0, 500)
    until(lambda: page.evaluate("history.state?.anchor != null"), page)
    still(page)
    before = place(page)
    add_works(SIZE)
    page.reload()
    until(lambda: (place(page) or {}).get("id") == before["id"], page)
    assert place(page)["offset"] == pytest.approx(before["offset"], abs=1)
    expect(page.get_by_role("link", name=f"{SIZE} new")).to_be_visible()


# --- Other lists


def test_tabs_bring_another_list_and_back_leads_to_the_first(open_page: Callable[..., Page]) -> None:
    ContentItem.objects.filter(pk__lt=SIZE).update(content_type="text")
    page = open_page()
    start(page)
    page.evaluate("window.isSame = true")
    follow(page, "Next")
    expect_page(page, 2)
    page.get_by_role("link", name="Texts").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Texts")
    expect(page.locator(".card")).to_have_count(SIZE - 1)
    assert "content_type=text" in page.evaluate("location.search")
    assert page.title().startswith("Texts")
    page.go_back()
    expect_page(page, 2)
    expect(page.get_by_role("heading", level=1)).to_have_text("All works")
    page.go_forward()
    expect(page.locator(".card")).to_have_count(SIZE - 1)
    assert page.evaluate("window.isSame")


def test_back_to_a_list_that_was_left_at_its_top_leads_to_the_top(open_page: Callable[..., Page]) -> None:
    ContentItem.objects.filter(pk__lte=35).update(content_type="text")
    page = open_page()
    start(page)
    page.get_by_role("link", name="Texts").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Texts")
    page.evaluate("scrollTo({top: 400, behavior: 'instant'})")
    still(page)
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("All works")
    until(lambda: page.evaluate("scrollY") == 0, page)


def hold(page: Page, part: str) -> list[Route]:
    """Keep requests whose address holds a part unanswered; return them as they come."""
    held: list[Route] = []
    page.route(lambda url: "/fragments/list/" in url and part in url, lambda route: held.append(route))
    return held


def go(page: Page, steps: int) -> None:
    """Go through the history without waiting for what comes of it."""
    page.evaluate("steps => history.go(steps)", steps)


def answer(held: list[Route], page: Page) -> None:
    """Let the requests that were kept go on; those that were given up are gone."""
    for route in held:
        route.continue_()
    still(page)


def visit_lists(page: Page, *tabs: str) -> None:
    for tab in tabs:
        page.get_by_role("link", name=tab, exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(tab)


def test_back_and_forward_again_before_an_answer_leave_the_list_that_the_address_names(
    open_page: Callable[..., Page],
) -> None:
    page = open_page()
    start(page)
    visit_lists(page, "Texts", "Videos")
    held = hold(page, "content_type=text")
    go(page, -1)
    until(lambda: held, page)
    go(page, 1)
    until(lambda: "content_type=video" in page.url, page)
    expect(page.locator("#list[data-layout]:not(.htmx-request)")).to_be_visible()
    answer(held, page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Videos")
    assert "content_type=video" in page.url


def test_back_twice_before_an_answer_leads_two_lists_back(open_page: Callable[..., Page]) -> None:
    page = open_page()
    start(page)
    visit_lists(page, "Texts", "Videos")
    held = hold(page, "content_type=text")
    go(page, -1)
    until(lambda: held, page)
    go(page, -1)
    expect(page.get_by_role("heading", level=1)).to_have_text("All works")
    answer(held, page)
    expect(page.get_by_role("heading", level=1)).to_have_text("All works")
    assert "content_type" not in page.url
    go(page, 2)
    expect(page.get_by_role("heading", level=1)).to_have_text("Videos")


def test_back_from_a_list_that_has_not_come_yet_keeps_it_away(open_page: Callable[..., Page]) -> None:
    page = open_page()
    start(page)
    visit_lists(page, "Texts")
    held = hold(page, "content_type=video")
    page.get_by_role("link", name="Videos").click()
    until(lambda: held, page)
    go(page, -1)
    expect(page.get_by_role("heading", level=1)).to_have_text("All works")
    answer(held, page)
    expect(page.get_by_role("heading", level=1)).to_have_text("All works")
    go(page, 1)
    expect(page.get_by_role("heading", level=1)).to_have_text("Texts")


def test_forward_to_an_open_work_while_another_list_is_under_way_shows_the_work(open_page: Callable[..., Page]) -> None:
    ContentItem.objects.filter(pk__lte=SIZE).update(content_type="text")
    page = open_page()
    start(page)
    visit_lists(page, "Texts")
    page.get_by_role("link", name=f"Work {SIZE}", exact=True).click()
    expect(page).to_have_url(re.compile(rf"/content/{SIZE}/$"))
    held: list[Route] = []
    page.route("**/fragments/list/**", lambda route: held.append(route))
    go(page, -1)
    until(lambda: "content_type=text" in page.url, page)
    go(page, -1)
    until(lambda: held, page)
    go(page, 1)
    until(lambda: "content_type=text" in page.url, page)
    go(page, 1)
    until(lambda: page.url.endswith(f"/content/{SIZE}/"), page)
    for route in held:
        route.continue_()
    expect(page.locator("main > .work").get_by_role("heading", level=1)).to_have_text(f"Work {SIZE}")
    expect(page.locator("#list")).to_have_count(0)


def test_skipping_to_the_content_reads_nothing(open_page: Callable[..., Page]) -> None:
    page = open_page()
    start(page)
    heard = asked(page)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    until(lambda: page.url.endswith("#main"), page)
    still(page)
    assert heard == []
    expect_page(page, 1)


def test_the_link_to_the_page_that_is_shown_adds_nothing_to_the_history(open_page: Callable[..., Page]) -> None:
    page = open_page()
    start(page)
    follow(page, "Next")
    expect_page(page, 2)
    before = page.evaluate("history.length")
    follow(page, "Page 2")
    still(page)
    assert page.evaluate("history.length") == before
    page.go_back()
    expect_page(page, 1)


def test_a_page_that_was_reached_by_a_cursor_has_its_neighbours_by_number(open_page: Callable[..., Page]) -> None:
    page = open_page()
    start(page)
    answer = page.request.get("/api/v1/content/", params={"page_size": SIZE}).json()
    page.goto(f"/?page_size={SIZE}&cursor={answer['pagination']['next_cursor']}")
    expect(page.locator("#works")).to_have_attribute("data-number", "2")
    wait_for_cached(page, 3)
    page.route(FRAGMENTS, lambda route: None)
    follow(page, "Next")
    expect_page(page, 3)


def test_what_one_person_has_seen_is_gone_when_another_one_looks(
    open_context: OpenContext, ada: User, complaints: list[str]
) -> None:
    """Ada signs out in another tab."""
    ContentItem.objects.filter(pk=SIZE * PAGES - 1).update(is_private=True)
    context = open_context(viewport=DESKTOP, user=ada)
    page = context.new_page()
    listen(page, complaints)
    page.goto(f"/?page_size={SIZE}")
    expect(page.get_by_role("link", name=f"Work {SIZE * PAGES - 1}", exact=True)).to_be_visible()
    page.evaluate("window.isSame = true")
    other = context.new_page()
    other.goto("/accounts/login/")  # still Ada: nothing happens
    still(page)
    assert page.evaluate("window.isSame")
    context.clear_cookies()
    other.goto("/accounts/login/")
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    expect(page.locator(".card")).to_have_count(SIZE)
    expect(page.get_by_role("link", name=f"Work {SIZE * PAGES - 1}", exact=True)).to_be_hidden()


@pytest.mark.parametrize("view", ["numbers", "scroll"])
def test_another_one_who_looks_leaves_the_reader_at_the_same_pixel(
    open_context: OpenContext, ada: User, view: str
) -> None:
    """Ada signs out in another tab while she is in the middle of a page."""
    context = open_context(viewport=DESKTOP, user=ada)
    page = context.new_page()
    page.goto(f"/?page_size={SIZE}&page=2&view={view}")
    expect(page.locator(".card__like")).not_to_have_count(0)
    still(page)
    page.locator(f'.card[data-id="{SIZE * (PAGES - 1) - 4}"]').evaluate(
        "card => scrollBy(0, card.getBoundingClientRect().top)"
    )
    still(page)
    before = place(page)
    # What it says as it leaves the page comes while the list is empty, and would be noted.
    page.evaluate(
        "new MutationObserver(() => document.querySelector('.card') ?? dispatchEvent(new Event('pagehide')))"
        ".observe(document.getElementById('list'), {childList: true})"
    )
    context.clear_cookies()
    other = context.new_page()
    other.goto("/accounts/login/")
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    until(lambda: (place(page) or {}).get("id") == before["id"], page)
    still(page)
    assert place(page) == {"id": before["id"], "offset": pytest.approx(before["offset"], abs=1)}


def test_the_filter_form_leaves_empty_fields_out_of_the_address(open_page: Callable[..., Page]) -> None:
    page = open_page()
    start(page)
    page.locator("summary", has_text="Filters").click()
    page.locator("#filter-quality").fill("0.4")
    page.get_by_role("button", name=re.compile(r"^Show (\S+ )?works$")).click()  # it counts them in the meantime
    expect(page.locator(".chip").first).to_contain_text("0.4")
    assert "q=" not in page.evaluate("location.search").replace("min_q", "")
    assert "min_quality=0.4" in page.evaluate("location.search")


def test_a_click_for_another_tab_is_the_browsers(open_page: Callable[..., Page]) -> None:
    page = open_page()
    start(page)
    for name in ("Texts", "Page 2"):
        with page.context.expect_page() as opened:
            page.get_by_role("link", name=name, exact=True).click(modifiers=["Control"])
        opened.value.close()
    expect_page(page, 1)


# --- New and changed works


def test_new_works_wait_until_they_are_asked_for(open_page: Callable[..., Page]) -> None:
    page = open_page()
    start(page)
    until_loaded(page, "list/freshness")
    follow(page, "Next")
    expect_page(page, 2)
    add_works(2)
    page.evaluate("dispatchEvent(new Event('online'))")  # as it looks now and then
    link = page.get_by_role("link", name="2 new")
    expect(link).to_be_visible()
    expect_page(page, 2)
    link.click()
    expect(page.locator(".card")).to_have_count(SIZE)
    expect(page.locator(".card__title").nth(2)).to_have_text(titles(1)[0])
    expect(page.get_by_role("link", name="2 new")).to_be_hidden()


def test_a_changed_work_changes_in_every_tab_and_marks_its_page_alone(open_page: Callable[..., Page]) -> None:
    page = open_page()
    start(page)
    until_loaded(page, "list/freshness")
    other = page.context.new_page()
    other.goto("/accounts/login/")
    ContentItem.objects.filter(pk=SIZE * PAGES).update(title="Changed")
    other.evaluate(f"new BroadcastChannel('genonaut').postMessage({{kind: 'item', id: '{SIZE * PAGES}'}})")
    expect(page.locator(".card__title").first).to_have_text("Changed")


def test_a_page_of_a_changed_list_is_read_anew_behind_the_one_that_shows(open_page: Callable[..., Page]) -> None:
    page = open_page()
    start(page)
    ContentItem.objects.filter(pk=SIZE * (PAGES - 1)).update(title="Changed")  # on page 2, which is here already
    page.evaluate("import('genonaut/pages/cache').then(({cache}) => cache.markStale(() => true))")
    follow(page, "Next")
    expect(page.locator(".card__title").first).to_have_text("Changed")


def test_another_state_of_the_list_marks_the_pages_read_before(open_page: Callable[..., Page]) -> None:
    page = open_page()
    start(page)
    ContentItem.objects.filter(pk=1).update(title="Changed")
    follow(page, "Page 8")
    expect(page.locator(".card__title").last).to_have_text("Changed")
    stale = page.evaluate(
        "import('genonaut/pages/cache').then(({cache}) =>"
        " [...cache.entries()].filter(([, e]) => e.isStale).map(([, e]) => e.page.number).sort())"
    )
    assert stale == [1, 2]


def test_a_page_read_anew_leaves_the_focus_and_what_is_being_typed(open_page: Callable[..., Page]) -> None:
    page = open_page()
    start(page)
    until_loaded(page, "list/freshness")
    card = page.locator(f'.card[data-id="{SIZE * PAGES - 5}"] .card__title a')
    card.focus()
    ContentItem.objects.filter(pk=SIZE * PAGES).update(title="Changed")
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator(".card__title").first).to_have_text("Changed")
    expect(card).to_be_focused()
    page.locator("#jump").fill("7")
    ContentItem.objects.filter(pk=SIZE * PAGES).update(title="Changed again")
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator(".card__title").first).to_have_text("Changed again")
    expect(page.locator("#jump")).to_be_focused()
    expect(page.locator("#jump")).to_have_value("7")


def test_a_page_read_anew_does_not_cover_another_that_failed_and_comes_with_the_connection(
    open_context: OpenContext, ada: User
) -> None:
    page = open_context(viewport=DESKTOP, goes_offline=True).new_page()
    start(page)
    page.context.set_offline(True)
    follow(page, "Page 8")
    expect(page.get_by_role("alert")).to_contain_text("no connection")
    ContentItem.objects.filter(pk=SIZE * PAGES).update(title="Changed")
    held: list[Route] = []
    page.route(lambda url: "/fragments/works/" in url and url.endswith("page=8"), lambda route: held.append(route))
    page.context.set_offline(False)
    until(lambda: held, page)
    still(page, is_loaded=False)
    assert page.get_by_role("link", name="Changed").count() == 0
    for route in held:
        route.continue_()
    expect_page(page, 8)


def test_a_server_that_never_answers_is_not_taken_for_no_connection(open_page: Callable[..., Page]) -> None:
    page = open_page(has_clock=True)
    page.goto(f"/?page_size={SIZE}")
    asked: list[Route] = []
    page.route(FRAGMENTS, lambda route: asked.append(route))
    follow(page, "Page 8")
    for number in (1, 2):  # the pointer had it read ahead; the click waits once more
        until(lambda: len(asked) >= number, page)  # noqa: B023 - called before the next one
        page.clock.fast_forward(21_000)
    expect(page.get_by_role("alert")).to_contain_text("Something went wrong")


# --- The panel


def press_panel(page: Page) -> None:
    """Show the panel or hide it: its button is in the list of keys."""
    page.get_by_role("button", name="Keyboard shortcuts").click()
    page.get_by_role("button", name="Page cache").click()


def test_the_panel_shows_what_the_cache_does_and_is_remembered(open_page: Callable[..., Page]) -> None:
    page = open_page()
    start(page)
    panel = page.get_by_role("complementary", name="Page cache")
    expect(panel).to_be_hidden()
    press_panel(page)
    follow(page, "Next")
    expect(panel.locator("div", has_text="Hits")).to_contain_text("1")
    page.reload()
    expect(panel).to_be_visible()
    press_panel(page)
    expect(panel).to_be_hidden()


def test_a_browser_that_keeps_nothing_shows_the_panel_and_turns_pages(open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('No.', 'SecurityError') }})"
    )
    start(page)
    press_panel(page)
    expect(page.get_by_role("complementary", name="Page cache")).to_be_visible()
    follow(page, "Next")
    expect_page(page, 2)
    page.keyboard.press("j")
    expect(page.locator(".card__title a").first).to_be_focused()


# --- The same journey with script and without


@pytest.mark.parametrize("has_script", [True, False], ids=["script", "plain"])
def test_one_journey_leads_the_same_way_with_script_and_without(
    open_context: OpenContext, ada: User, has_script: bool
) -> None:
    ContentItem.objects.filter(pk__lt=SIZE).update(content_type="text", title="Tide")
    page = open_context(java_script_enabled=has_script, viewport=DESKTOP).new_page()
    page.goto(f"/?page_size={SIZE}")
    expect_page(page, 1)
    follow(page, "Next")
    expect_page(page, 2)
    follow(page, "Page 3")
    expect_page(page, 3)
    page.locator("#jump").fill("7")
    page.keyboard.press("Enter")
    expect_page(page, 7)
    page.go_back()
    expect_page(page, 3)
    page.locator("[data-choose-layout=scroll]").click()
    expect_view(page, "scroll")
    expect(page.locator(".card__title").first).to_have_text(titles(3)[0])
    page.go_back()
    expect_view(page, "numbers")
    expect_page(page, 3)
    page.get_by_role("link", name="Texts").click()
    expect(page.locator(".card__title")).to_have_text(["Tide"] * (SIZE - 1))
    page.locator("summary", has_text="Newest first").click()
    page.get_by_role("link", name="Oldest first").click()
    expect(page.locator(".card").first).to_have_attribute("data-id", "1")
    page.get_by_role("link", name="Remove filter Type").click()
    expect(page.locator(".card")).to_have_count(SIZE)
    page.get_by_role("searchbox", name="Search the gallery").fill("tide")
    page.keyboard.press("Enter")
    expect(page.locator(".card__title")).to_have_text(["Tide"] * (SIZE - 1))
