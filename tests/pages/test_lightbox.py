"""The lightbox in a real Chromium: one work over the list, and back to where the list was."""

import re
from collections.abc import Callable
from itertools import product
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import ConsoleMessage, Locator, Page, Request, Route, expect

from content.models import ContentItem
from tests.factories import ContentItemFactory, UserFactory
from tests.pages.accessibility import violations
from tests.pages.conftest import OpenContext, until
from tests.pages.stillness import still
from tests.pages.test_browser import DESKTOP, PHONE
from tests.pages.touch import swipe
from users.models import User

COUNT = 20
FRAGMENTS = "**/fragments/content/*/"
VIEWS = re.compile(r"/content/\d+/views/$")


@pytest.fixture
def ada(transactional_db: None) -> User:
    """She has twenty public works: the newest, number 20, comes first."""
    ada = UserFactory(username="ada", name="Ada")
    ContentItem.objects.bulk_create(
        ContentItemFactory.build(pk=number, title=f"Work {number}", creator=ada, prompt="a lighthouse " * 30)
        for number in range(1, COUNT + 1)
    )
    return ada


@pytest.fixture
def gallery(open_context: OpenContext, ada: User, complaints: list[str]) -> Page:
    """The second of three pages, scrolled down: works 14 to 9, and the window is low."""
    page = open_context(viewport={"width": 1100, "height": 420}).new_page()
    hear(page, complaints)
    page.goto("/?page_size=6&page=2")
    page.evaluate("scrollTo(0, 333)")
    return page


def hear(page: Page, complaints: list[str]) -> None:
    """Note what a page complains of, but for requests that it gave up, and prefetches that were refused."""

    def note(message: ConsoleMessage) -> None:
        # Chromium warns of what it lays out early; that is asked for, and costs what it costs.
        if "status of 503" not in message.text and "hidden by content-visibility" not in message.text:
            complaints.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: complaints.append(str(error)))


def lightbox(page: Page) -> Locator:
    return page.locator("#lightbox")


def open_work(page: Page, number: int) -> None:
    """Click on a work's card, and wait for the whole work."""
    page.locator(f'.card[data-id="{number}"] .card__title a').click()
    expect_work(page, number)


def expect_work(page: Page, number: int) -> None:
    """Wait until the lightbox shows a work, wholly, under its own address."""
    expect(lightbox(page).get_by_role("heading", level=1)).to_have_text(f"Work {number}")
    expect(lightbox(page).get_by_text("About this work")).to_be_visible()
    expect(page).to_have_title(f"Work {number} · Genonaut")
    expect(page).to_have_url(re.compile(rf"/content/{number}/$"))


def expect_focus_on(page: Page, number: int) -> None:
    """Wait until the lightbox is closed, and a card in view has the focus."""
    expect(lightbox(page)).to_be_hidden()
    link = page.locator(f'.card[data-id="{number}"] .card__title a')
    expect(link).to_be_focused()
    expect(link).to_be_in_viewport()


def place_of(page: Page) -> list[float]:
    """Return where the window is, and where a card is in it."""
    return page.evaluate("[scrollY, document.querySelector('.card').getBoundingClientRect().top]")


CLOSINGS: dict[str, Callable[[Page], object]] = {
    "back": lambda page: page.go_back(),
    "escape": lambda page: page.keyboard.press("Escape"),
    "button": lambda page: page.get_by_role("button", name="Close").click(),
    "backdrop": lambda page: page.mouse.click(3, 200),
}


@pytest.mark.moving
def test_a_work_opens_over_the_list_and_each_way_of_closing_it_leads_to_the_same_pixel(gallery: Page) -> None:
    gallery.locator('.card[data-id="12"] .card__title a').scroll_into_view_if_needed()
    title, length, place = gallery.title(), gallery.evaluate("history.length"), place_of(gallery)
    gallery.evaluate("window.section = document.querySelector('section.page')")
    for close in CLOSINGS.values():
        open_work(gallery, 12)
        expect(gallery.get_by_role("dialog", name="Work 12")).to_be_visible()
        assert gallery.evaluate("history.length") == length + 1
        assert place_of(gallery) == place
        close(gallery)
        expect_focus_on(gallery, 12)
        assert place_of(gallery) == place
        assert urlsplit(gallery.url).query == "page_size=6&page=2"
        expect(gallery).to_have_title(title)
        assert gallery.evaluate("window.section.isConnected")
        # A transition takes the clicks while it lasts, and Playwright scrolls to get round it.
        until(lambda: not gallery.evaluate("document.documentElement.matches(':active-view-transition')"), gallery)


def test_the_focus_stays_in_the_lightbox(gallery: Page) -> None:
    open_work(gallery, 12)
    for _ in range(12):
        gallery.keyboard.press("Tab")
        assert gallery.evaluate("document.activeElement === document.body || lightbox.contains(document.activeElement)")


def test_forward_opens_it_again(gallery: Page) -> None:
    open_work(gallery, 12)
    gallery.go_back()
    expect_focus_on(gallery, 12)
    gallery.go_forward()
    expect_work(gallery, 12)
    gallery.keyboard.press("Escape")
    expect_focus_on(gallery, 12)


def test_a_reload_shows_the_works_own_page_and_back_from_there_the_list_at_the_same_pixel(gallery: Page) -> None:
    place = place_of(gallery)
    gallery.evaluate("document.querySelector('.card[data-id=\"12\"] a').click()")
    expect_work(gallery, 12)
    gallery.reload(wait_until="commit")
    expect(gallery.get_by_role("main").get_by_role("heading", level=1)).to_have_text("Work 12")
    expect(lightbox(gallery)).to_have_count(0)
    gallery.go_back()
    expect(gallery.locator('.card[data-id="12"]')).to_be_visible()
    until(lambda: gallery.evaluate("scrollY") == place[0], gallery)
    assert place_of(gallery) == place
    gallery.go_forward()
    expect(gallery.get_by_role("heading", level=1).filter(has_text="Work 12")).to_be_visible()


def test_the_works_own_page_is_a_link_away(gallery: Page) -> None:
    open_work(gallery, 12)
    gallery.get_by_role("link", name="Open page").click()
    expect(lightbox(gallery)).to_have_count(0)
    expect(gallery.get_by_role("main").get_by_role("heading", level=1)).to_have_text("Work 12")
    gallery.go_back()
    expect(gallery.locator('.card[data-id="12"]')).to_be_visible()
    expect(lightbox(gallery)).to_be_hidden()


def test_back_from_the_works_own_page_before_its_script_is_here_shows_the_list(gallery: Page) -> None:
    open_work(gallery, 12)
    held: list[Route] = []
    gallery.route("**/js/main.*", lambda route: held.append(route), times=1)
    gallery.get_by_role("link", name="Open page").click()
    until(lambda: held, gallery)
    expect(gallery.get_by_role("main").get_by_role("heading", level=1)).to_have_text("Work 12")
    gallery.evaluate("history.back()")
    expect(gallery).to_have_url(re.compile("page=2"))
    held.pop().continue_()
    expect(gallery.locator('.card[data-id="12"]')).to_be_visible()
    expect(lightbox(gallery)).to_be_hidden()


def test_a_page_that_is_left_from_a_work_comes_back_with_it(gallery: Page) -> None:
    open_work(gallery, 12)
    lightbox(gallery).get_by_role("link", name="Ada").click()
    expect(gallery.get_by_role("heading", level=1).filter(has_text="Ada")).to_be_visible()
    gallery.go_back()
    expect(gallery.get_by_role("heading", level=1).filter(has_text="Work 12")).to_be_visible()
    gallery.go_back()
    expect(gallery.locator('.card[data-id="12"]')).to_be_visible()
    expect(lightbox(gallery)).to_be_hidden()


@pytest.mark.moving
@pytest.mark.parametrize(("keys", "step"), [(("ArrowRight", "j"), 1), (("ArrowLeft", "k"), -1)], ids=["on", "back"])
def test_keys_go_over_the_border_of_a_page_and_closing_shows_the_other_page(
    gallery: Page, keys: tuple[str, str], step: int
) -> None:
    length = gallery.evaluate("history.length")
    first, last = (10, 7) if step > 0 else (13, 16)
    open_work(gallery, first)
    for number, key in zip(range(first - step, last - step, -step), (*keys, keys[0]), strict=True):
        gallery.keyboard.press(key)
        expect_work(gallery, number)
    assert gallery.evaluate("history.length") == length + 1
    gallery.keyboard.press("Escape")
    expect_focus_on(gallery, last)
    page = 2 + step
    expect(gallery.locator("section.page")).to_have_attribute("data-number", str(page))
    assert gallery.url.endswith(f"page={page}")
    expect(gallery).to_have_title(f"All works · page {page} · Genonaut" if page > 1 else "All works · Genonaut")


def test_closing_on_another_work_of_the_page_brings_its_card_into_view(gallery: Page) -> None:
    open_work(gallery, 14)
    for number in range(13, 8, -1):
        gallery.get_by_role("button", name="Next work").click()
        expect_work(gallery, number)
    gallery.go_back()
    expect_focus_on(gallery, 9)
    assert gallery.url.endswith("page_size=6&page=2")


def test_the_ends_of_the_list_are_the_ends(open_context: OpenContext, ada: User) -> None:
    page = open_context().new_page()
    page.goto("/?page_size=6")
    open_work(page, 20)
    expect(lightbox(page).locator("[data-position]")).to_have_text("Item 1 of 20")
    expect(page.get_by_role("button", name="Previous work")).to_have_attribute("aria-disabled", "true")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowRight")
    expect_work(page, 19)
    page.keyboard.press("Escape")
    expect_focus_on(page, 19)
    page.goto("/?page_size=6&page=4")
    open_work(page, 1)
    expect(lightbox(page).locator("[data-position]")).to_have_text("Item 20 of 20")
    expect(page.get_by_role("button", name="Next work")).to_have_attribute("aria-disabled", "true")


@pytest.mark.moving
def test_keys_that_are_pressed_while_a_work_opens_are_for_it(gallery: Page) -> None:
    page = urlsplit(gallery.url).query
    opened = gallery.evaluate(
        """() => {
            document.querySelector('.card[data-id="13"] .card__title a').click();
            document.body.dispatchEvent(new KeyboardEvent("keydown", {key: "ArrowRight", bubbles: true}));
            return lightbox.open;
        }"""
    )
    assert not opened  # until the movement has begun
    expect_work(gallery, 12)
    gallery.keyboard.press("Escape")
    expect_focus_on(gallery, 12)
    assert urlsplit(gallery.url).query == page


@pytest.mark.moving
def test_late_answers_do_not_show_when_another_work_is_wanted(gallery: Page) -> None:
    late: list[Route] = []
    gallery.route(FRAGMENTS, lambda route: route.continue_() if "/7/" in route.request.url else late.append(route))
    gallery.locator('.card[data-id="13"] .card__title a').click()
    expect(gallery.locator("#lightbox[open]")).to_be_visible()
    for _ in range(6):
        gallery.keyboard.press("ArrowRight")
    expect_work(gallery, 7)
    assert late
    gallery.route(FRAGMENTS, lambda route: route.continue_())  # what is read ahead from here on is not late
    for route in late[::-1]:
        route.continue_()
    still(gallery)
    expect_work(gallery, 7)


def test_a_pages_border_that_answers_late_takes_all_steps(gallery: Page) -> None:
    # The reading ahead of the page beside is what is slow; closing must not be.
    late: list[Route] = []
    gallery.route("**/fragments/works/*", lambda route: late.append(route))
    gallery.goto("/?page_size=6&page=2")
    open_work(gallery, 10)
    for _ in range(4):
        gallery.keyboard.press("ArrowRight")
    still(gallery, is_loaded=False)
    for route in late:
        route.continue_()
    gallery.unroute("**/fragments/works/*")
    expect_work(gallery, 6)


def test_a_border_that_was_abandoned_holds_up_no_other_work(gallery: Page) -> None:
    gallery.route("**/fragments/works/*", lambda route: None)  # page 3 never comes
    gallery.goto("/?page_size=6&page=2")
    open_work(gallery, 9)
    gallery.keyboard.press("ArrowRight")
    still(gallery, is_loaded=False)
    gallery.keyboard.press("Escape")
    expect_focus_on(gallery, 9)
    open_work(gallery, 12)
    gallery.keyboard.press("ArrowRight")
    expect_work(gallery, 11)


def test_a_list_that_goes_while_its_border_is_awaited_goes_quietly(gallery: Page) -> None:
    gallery.goto("/?page_size=6")
    gallery.locator("summary", has_text="Newest first").click()
    gallery.get_by_role("link", name="Oldest first").click()
    expect(gallery.locator(".card").first).to_have_attribute("data-id", "1")
    gallery.route("**/fragments/works/*page=3", lambda route: None)
    gallery.locator("#works").get_by_role("link", name="Next", exact=True).click()
    open_work(gallery, 12)
    gallery.keyboard.press("ArrowRight")
    still(gallery, is_loaded=False)
    gallery.evaluate("history.go(-3)")
    expect(gallery.locator(".card").first).to_have_attribute("data-id", "20")
    expect(lightbox(gallery)).to_be_hidden()
    still(gallery, is_loaded=False)  # the fixture hears what nobody has caught


@pytest.mark.moving
def test_the_works_go_with_the_lightbox(gallery: Page) -> None:
    note = "(window.seen ??= []).push(new WeakRef(document.querySelector('#lightbox article')))"
    open_work(gallery, 12)
    gallery.evaluate(note)
    for number in (11, 10):
        gallery.keyboard.press("ArrowRight")
        expect_work(gallery, number)
        gallery.evaluate(note)
    gallery.keyboard.press("Escape")
    expect_focus_on(gallery, 10)
    memory = gallery.context.new_cdp_session(gallery)

    def are_gone() -> bool:
        # Playwright asks the dialog for its label, and Chromium keeps the answer, a heading, until it is asked again.
        gallery.evaluate("lightbox.ariaLabelledByElements?.length")
        memory.send("HeapProfiler.collectGarbage")
        return gallery.evaluate("window.seen.every((work) => work.deref() === undefined)")

    until(are_gone, gallery)


def test_the_card_stands_for_the_work_until_it_is_here(gallery: Page) -> None:
    held: list[Route] = []
    gallery.route(FRAGMENTS, lambda route: held.append(route))
    gallery.locator('.card[data-id="12"] .card__title a').click()
    expect(lightbox(gallery).get_by_role("heading", level=1)).to_have_text("Work 12")
    picture = lightbox(gallery).locator(".work__picture")
    stage = picture.locator(".stage")
    assert "/320/" in stage.evaluate("element => getComputedStyle(element).backgroundImage")
    expect(lightbox(gallery).locator("[data-work]")).to_have_attribute("aria-busy", "true")
    still(gallery, is_loaded=False)
    until(lambda: held, gallery)
    box = picture.bounding_box()
    held[0].continue_()
    expect_work(gallery, 12)
    expect(lightbox(gallery).locator("[data-work]")).not_to_have_attribute("aria-busy", "true")
    assert picture.bounding_box() == box


def refuse(page: Page, status: int | None) -> None:
    """Answer each request for a work with this status; None cuts the connection."""
    page.route(FRAGMENTS, lambda route: route.fulfill(status=status) if status else route.abort())


def test_a_work_that_does_not_come_can_be_asked_for_again(open_context: OpenContext, ada: User) -> None:
    page = open_context().new_page()
    page.goto("/?page_size=6")
    alert = lightbox(page).get_by_role("alert")
    for status, text in ((500, "Something went wrong"), (404, "It is gone"), (None, "connection")):
        refuse(page, status)
        page.locator('.card[data-id="18"] .card__title a').click()
        expect(alert).to_contain_text("This work did not come")
        expect(alert).to_contain_text(text)
        page.unroute(FRAGMENTS)
        page.get_by_role("button", name="Try again").click()
        expect_work(page, 18)
        expect(alert).to_have_count(0)
        page.keyboard.press("Escape")
        expect_focus_on(page, 18)


def test_only_what_is_read_ahead_says_so(gallery: Page) -> None:
    asked: list[tuple[str, str | None]] = []

    def note(request: Request) -> None:
        if "/fragments/content/" in request.url:
            asked.append((request.url.split("/")[-2], request.headers.get("x-purpose")))

    gallery.on("request", note)
    open_work(gallery, 12)
    until(lambda: len(asked) == 3, gallery)
    assert asked == [("12", None), ("11", "prefetch"), ("13", "prefetch")]
    gallery.keyboard.press("ArrowRight")
    expect_work(gallery, 11)
    until(lambda: len(asked) > 3, gallery)
    still(gallery)
    assert asked[3:] == [("10", "prefetch")]


WATCHED = """
() => {
  window.parsed = window.painted = 0;
  const {get, set} = Object.getOwnPropertyDescriptor(Element.prototype, 'innerHTML');
  Object.defineProperty(Element.prototype, 'innerHTML', {get, set(html) {
    window.parsed += html.trimStart().startsWith('<section');
    set.call(this, html);
  }});
  const count = () => {
    window.painted += 1;
    requestAnimationFrame(count);
  };
  requestAnimationFrame(count);
  addEventListener('keydown', () => { window.pressed = window.painted; }, {capture: true});
  const own = history.replaceState;
  history.replaceState = function (...state) {
    window.waited = window.painted - window.pressed;
    own.apply(this, state);
  };
}
"""


def test_a_work_that_was_read_ahead_is_painted_before_all_else(gallery: Page) -> None:
    open_work(gallery, 13)
    still(gallery)
    gallery.evaluate(WATCHED)
    for number in (12, 11, 10):
        with gallery.expect_response(f"**/fragments/content/{number - 1}/"):
            gallery.keyboard.press("ArrowRight")
            expect_work(gallery, number)
        still(gallery)  # the next work is here, not its first bytes alone
        assert gallery.evaluate("window.waited") >= 1
    assert gallery.evaluate("window.parsed") == 0


def test_nothing_is_read_ahead_where_data_is_to_be_saved(open_context: OpenContext, ada: User) -> None:
    page = open_context().new_page()
    page.add_init_script("Object.defineProperty(navigator, 'connection', {value: {saveData: true}})")
    page.goto("/?page_size=6")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/fragments/" in request.url else None)
    open_work(page, 18)
    still(page)
    assert [urlsplit(url).path for url in asked] == ["/fragments/content/18/"]


def test_a_work_that_was_read_ahead_counts_as_seen_after_a_second(open_context: OpenContext, ada: User) -> None:
    page = open_context(user=ada).new_page()
    counted: list[Request] = []
    page.route(VIEWS, lambda route: (counted.append(route.request), route.fulfill(status=204)))
    page.goto("/?page_size=6")
    with page.expect_response("**/fragments/content/17/"):
        open_work(page, 18)
    still(page)
    shown = page.evaluate("performance.now()")
    page.keyboard.press("ArrowRight")
    expect_work(page, 17)
    until(lambda: counted, page)
    assert page.evaluate("performance.now()") - shown > 1000
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowRight")
    still(page)
    assert [(urlsplit(request.url).path, request.method) for request in counted] == [("/content/17/views/", "POST")]
    assert counted[0].headers["x-csrftoken"]


def test_other_clicks_are_the_browsers(gallery: Page) -> None:
    with gallery.context.expect_page() as opened:
        gallery.locator('.card[data-id="12"] .card__title a').click(modifiers=["ControlOrMeta"])
    expect(opened.value.get_by_role("heading", level=1)).to_have_text("Work 12")
    expect(lightbox(gallery)).to_be_hidden()
    gallery.locator(".card__creator").first.click()
    expect(gallery).to_have_url(re.compile("/users/ada/$"))


def test_what_a_work_brings_for_htmx_works(gallery: Page) -> None:
    html = (
        '<article class="work"><div class="work__picture"><img alt=""></div><div class="work__side"><h1>Work 12</h1>'
        '<button hx-get="/fragments/like/" hx-swap="outerHTML">Like</button></div></article>'
    )
    gallery.route("**/fragments/content/12/", lambda route: route.fulfill(body=html))
    gallery.route("**/fragments/like/", lambda route: route.fulfill(body="<p>Liked</p>"))
    gallery.locator('.card[data-id="12"] .card__title a').click()
    place = place_of(gallery)
    lightbox(gallery).get_by_role("button", name="Like").click()
    expect(lightbox(gallery).get_by_text("Liked")).to_be_visible()
    gallery.keyboard.press("ArrowRight")
    expect_work(gallery, 11)
    gallery.keyboard.press("ArrowLeft")
    expect(lightbox(gallery).get_by_text("Liked")).to_be_visible()
    gallery.go_back()
    expect(lightbox(gallery)).to_be_hidden()
    assert urlsplit(gallery.url).query == "page_size=6&page=2"
    assert place_of(gallery) == place


@pytest.mark.moving
def test_a_second_escape_does_not_leave_the_list(gallery: Page) -> None:
    open_work(gallery, 12)
    gallery.keyboard.press("Escape")
    gallery.keyboard.press("Escape")
    expect_focus_on(gallery, 12)
    still(gallery)
    assert urlsplit(gallery.url).query == "page_size=6&page=2"


def test_axe_finds_nothing_in_a_work_and_nothing_is_wider_than_the_window(
    open_context: OpenContext, ada: User, complaints: list[str]
) -> None:
    page = open_context(user=ada).new_page()
    hear(page, complaints)
    page.goto("/?page_size=6")
    open_work(page, 18)
    for window, colours in product((DESKTOP, PHONE, {"width": 320, "height": 700}), ("light", "dark")):
        page.set_viewport_size(window)
        page.emulate_media(color_scheme=colours)
        assert violations(page, is_colours_alone=colours == "dark") == []
        assert page.evaluate("Math.max(lightbox.scrollWidth, document.documentElement.scrollWidth)") <= window["width"]
        small = page.evaluate(
            "[...lightbox.querySelectorAll('button, .button')].filter(one => one.getBoundingClientRect().height < 43.5)"
        )
        assert small == []


@pytest.mark.moving
def test_a_swipe_goes_to_the_next_work_and_back(open_context: OpenContext, ada: User) -> None:
    page = open_context(viewport=PHONE, has_touch=True, is_mobile=True).new_page()
    page.goto("/?page_size=6")
    open_work(page, 15)
    for motion in ("reduce", "no-preference"):
        page.emulate_media(reduced_motion=motion)
        still(page)
        swipe(page, (300, 300), (100, 310))
        expect_work(page, 14)
        swipe(page, (100, 300), (300, 310))
        expect_work(page, 15)
        # Too short, from the edge, downwards: these are none.
        swipe(page, (200, 300), (180, 300))
        swipe(page, (10, 300), (250, 300))
        swipe(page, (200, 500), (180, 200))
        still(page)
        expect_work(page, 15)
        assert page.evaluate("document.querySelector('#lightbox article').style.translate") == ""
