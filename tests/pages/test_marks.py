"""The hearts on the gallery's cards (static/js/list/likes.js), in a real Chromium.

The module runs on cards as the gallery renders them, on a page without a gallery, driven as its controller would.
"""

import re
import time
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from django.template.loader import get_template
from playwright.sync_api import BrowserContext, Locator, Page, Request, Route, expect

from content.cards import cards_of
from content.models import ContentItem
from interactions.likes import set_mark
from interactions.models import Interaction, Kind
from tests.factories import ContentItemFactory, UserFactory
from tests.pages.accessibility import violations
from tests.pages.conftest import OpenContext, listen, until
from tests.pages.stillness import WAIT_SECONDS, frames, still
from users.models import User

MARKS, LIKES = "**/fragments/marks/**", re.compile(r"/fragments/content/\d+/like/$")
SETUP = """async ({html, viewer}) => {
    if (viewer) document.body.dataset.viewer = viewer;
    document.querySelector("main .sheet").outerHTML = `<ol class="cards">${html}</ol>`;
    window.gallery = new EventTarget();
    window.ender = new AbortController();
    window.show = () => gallery.dispatchEvent(
        new CustomEvent("pageshown", {detail: {cards: [...document.querySelectorAll("li.card")]}})
    );
    const {start} = await import("genonaut/list/likes");
    start(gallery, ender.signal);
}"""


@pytest.fixture
def ada(transactional_db: None) -> User:
    return UserFactory(username="ada", name="Ada")


@pytest.fixture
def works(ada: User) -> list[ContentItem]:
    """Fog, which ada likes, Tide, which she bookmarked, and Dune, which others like."""
    made = [ContentItemFactory(title=title, creator=ada) for title in ("Fog", "Tide", "Dune")]
    set_mark(ada, made[0].pk, Kind.LIKE, is_on=True)
    set_mark(ada, made[1].pk, Kind.BOOKMARK, is_on=True)
    set_mark(UserFactory(), made[2].pk, Kind.LIKE, is_on=True)
    return made


@pytest.fixture
def context(open_context: OpenContext, ada: User) -> BrowserContext:
    return open_context(user=ada, viewport={"width": 1440, "height": 900})


def card(item: ContentItem) -> str:
    [made] = cards_of([item])
    return str(get_template("content/_card.html").template.module.card_of(made))


def set_up(page: Page, html: str, viewer: User | None) -> None:
    """Put cards on a page that has the site's frame, and start."""
    page.goto("/accounts/login/")
    page.evaluate(SETUP, {"html": html, "viewer": str(viewer.pk) if viewer else None})


def open_cards(context: BrowserContext, viewer: User | None, items: list[ContentItem]) -> Page:
    """Open a page on which these items are shown, and their marks known."""
    page = context.new_page()
    set_up(page, "".join(map(card, items)), viewer)
    with page.expect_response(MARKS):
        page.evaluate("show()")
    expect(page.locator(".card__like")).to_have_count(len(items))
    return page


def heart(page: Page, title: str) -> object:
    return page.get_by_role("button", name=f"Like {title}", exact=True)


def counted(page: Page, title: str) -> Locator:
    """Return what a card shows of its likes."""
    return page.locator(".card", has_text=title).locator(".card__likes")


def expect_hearts(page: Page, **pressed: bool) -> None:
    for title, is_pressed in pressed.items():
        expect(heart(page, title)).to_have_attribute("aria-pressed", str(is_pressed).lower())


def likes_of(user: User, *, reach: int | None = None) -> list[str]:
    """Return the titles that a user likes; waits until there are so many."""
    end = time.monotonic() + WAIT_SECONDS
    while True:
        found = Interaction.objects.filter(user=user, kind=Kind.LIKE).order_by("content__title")
        titles = list(found.values_list("content__title", flat=True))
        if reach is None or len(titles) == reach or time.monotonic() > end:
            return titles
        time.sleep(0.02)


def noted(page: Page, pattern: object) -> list[Request]:
    """Return a list that grows with each request to such an address."""
    requests: list[Request] = []
    page.on("request", lambda request: requests.append(request) if re.search(pattern, request.url) else None)
    return requests


def ids(request: Request) -> list[str]:
    return parse_qs(urlsplit(request.url).query)["id"]


# --- Asking


def test_the_readers_likes_have_a_heart(
    context: BrowserContext, ada: User, works: list[ContentItem], complaints: list[str]
) -> None:
    page = context.new_page()
    listen(page, complaints)
    set_up(page, "".join(map(card, works)), ada)
    page.evaluate("show()")
    expect_hearts(page, Fog=True, Tide=False, Dune=False)


def test_a_burst_is_one_request_and_what_is_known_is_not_asked_again(
    context: BrowserContext, ada: User, works: list[ContentItem]
) -> None:
    page = context.new_page()
    asked = noted(page, r"/fragments/marks/")
    set_up(page, "".join(map(card, works)), ada)
    page.evaluate("show(); show()")
    page.evaluate("show()")
    expect_hearts(page, Fog=True)
    page.evaluate("show()")
    still(page)
    assert [ids(request) for request in asked] == [[str(item.pk) for item in works]]


def test_a_card_that_comes_back_has_its_heart_without_a_request(
    context: BrowserContext, ada: User, works: list[ContentItem]
) -> None:
    page = open_cards(context, ada, works)
    asked = noted(page, r"/fragments/marks/")
    page.evaluate("html => { document.querySelector('.cards').innerHTML = html; show() }", card(works[0]))
    expect_hearts(page, Fog=True)
    assert asked == []


def test_a_request_asks_for_200_at_most(context: BrowserContext, ada: User) -> None:
    page = context.new_page()
    asked = noted(page, r"/fragments/marks/")
    html = "".join(f'<li class="card" data-id="{number}"><div class="card__frame"></div></li>' for number in range(401))
    set_up(page, html, ada)
    page.evaluate("show()")
    expect(page.locator(".card__like")).to_have_count(401)
    assert sorted(len(ids(request)) for request in asked) == [1, 200, 200]
    assert len({one for request in asked for one in ids(request)}) == 401


def test_nothing_happens_where_nobody_is_signed_in(open_context: OpenContext, works: list[ContentItem]) -> None:
    page = open_context().new_page()
    asked = noted(page, r"/fragments/marks/")
    set_up(page, "".join(map(card, works)), None)
    page.evaluate("show()")
    still(page)
    assert (asked, page.locator(".card__like").count()) == ([], 0)


def test_marks_that_cannot_be_read_are_asked_for_again(
    context: BrowserContext, ada: User, works: list[ContentItem]
) -> None:
    page = context.new_page()
    page.route(MARKS, lambda route: route.fulfill(status=503))
    set_up(page, "".join(map(card, works)), ada)
    with page.expect_response(MARKS):
        page.evaluate("show()")
    still(page)
    page.unroute(MARKS)
    page.evaluate("show()")
    expect_hearts(page, Fog=True, Tide=False)


# --- Liking


def test_a_heart_likes_and_unlikes_and_the_card_still_leads_to_its_work(
    context: BrowserContext, ada: User, works: list[ContentItem]
) -> None:
    page = open_cards(context, ada, works)
    heart(page, "Tide").click()
    expect_hearts(page, Tide=True)
    expect(counted(page, "Tide")).to_have_text("Likes 1")
    assert likes_of(ada, reach=2) == ["Fog", "Tide"]
    heart(page, "Fog").click()
    expect_hearts(page, Fog=False)
    assert likes_of(ada, reach=1) == ["Tide"]
    page.locator(".card__frame").first.click(force=True, position={"x": 20, "y": 20})
    expect(page.get_by_role("heading", level=1)).to_have_text("Fog")


def held(page: Page) -> tuple[list[str], Callable[[], None]]:
    """Hold the posts of a page back; return what they send, and what lets the first that waits through."""
    sent: list[str] = []
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        sent.append(route.request.post_data)
        waiting.append(route)

    page.route(LIKES, hold)
    return sent, lambda: waiting.pop(0).continue_()


def test_of_quick_clicks_the_last_one_wins(context: BrowserContext, ada: User, works: list[ContentItem]) -> None:
    """Trap 29: one request at a time, and what is wanted in the end is what the server has."""
    page = open_cards(context, ada, works)
    posted, let_through = held(page)
    for clicks, sent in ((2, ["on=1", "on=0"]), (4, ["on=1", "on=0"]), (3, ["on=1"])):
        posted.clear()
        for _ in range(clicks):
            heart(page, "Tide").click()
        still(page, is_loaded=False)
        until(lambda: posted, page)
        assert posted == ["on=1"]
        for number in range(len(sent)):
            until(lambda: len(posted) > number, page)  # noqa: B023 - called before the next one
            with page.expect_response(LIKES):
                let_through()
        still(page)
        assert posted == sent
        is_liked = bool(clicks % 2)
        expect_hearts(page, Tide=is_liked)
        assert likes_of(ada, reach=1 + is_liked) == (["Fog", "Tide"] if is_liked else ["Fog"])


FAILURES: list[tuple[dict | None, str]] = [
    ({"status": 503}, "the site is busy"),
    ({"status": 404}, "the work is gone or private"),
    ({"status": 403}, "you are no longer signed in, or the page is too old"),
    (None, "the site cannot be reached"),
]


def test_a_like_that_fails_is_undone_and_said(context: BrowserContext, ada: User, works: list[ContentItem]) -> None:
    page = open_cards(context, ada, works)
    for failure, message in FAILURES:
        page.route(LIKES, lambda route: route.fulfill(**failure) if failure else route.abort())  # noqa: B023 - at once
        heart(page, "Tide").click()
        expect(page.locator(".said")).to_contain_text(f"Your like could not be saved: {message}.")
        expect_hearts(page, Tide=False)
        page.unroute(LIKES)
        heart(page, "Tide").click()
        assert likes_of(ada, reach=2) == ["Fog", "Tide"]
        expect_hearts(page, Tide=True)
        heart(page, "Tide").click()
        assert likes_of(ada, reach=1) == ["Fog"]


@pytest.mark.parametrize("view", ["numbers", "scroll"])
def test_why_a_like_failed_is_said_in_sight_and_moves_nothing(context: BrowserContext, ada: User, view: str) -> None:
    ContentItem.objects.bulk_create(
        ContentItemFactory.build(title=f"Work {number}", creator=ada) for number in range(40)
    )
    page = context.new_page()
    page.goto(f"/?page_size=40&view={view}")
    expect(page.locator(".card__like")).to_have_count(40)
    work = page.locator(".card", has=page.get_by_role("link", name="Work 5", exact=True))
    work.evaluate("card => card.scrollIntoView({block: 'center', behavior: 'instant'})")
    still(page)
    work.hover()
    before = work.bounding_box()
    page.route(LIKES, lambda route: route.fulfill(status=403))
    heart(page, "Work 5").click()
    said = page.locator(".said")
    expect(said).to_have_text("Your like could not be saved: you are no longer signed in, or the page is too old.")
    expect(said).to_be_in_viewport(ratio=1)
    still(page)
    assert work.bounding_box() == before
    said.get_by_role("button", name="Close this message").click()
    expect(said).to_have_count(0)


def test_other_tabs_are_told(context: BrowserContext, ada: User, works: list[ContentItem]) -> None:
    first, second = (open_cards(context, ada, works) for _ in range(2))
    heart(first, "Tide").click()
    expect_hearts(second, Fog=True, Tide=True)
    heart(second, "Tide").click()
    expect_hearts(first, Tide=False)
    assert likes_of(ada, reach=1) == ["Fog"]


def test_what_another_tab_told_outlives_an_older_answer(
    context: BrowserContext, ada: User, works: list[ContentItem]
) -> None:
    """Trap 27: the answer was made before the like, and arrives after it."""
    other, page = open_cards(context, ada, works), context.new_page()
    answers: list[Route] = []
    page.route(MARKS, lambda route: answers.append(route))
    set_up(page, "".join(map(card, works)), ada)
    with page.expect_request(MARKS):
        page.evaluate("show()")
    still(page, is_loaded=False)
    heart(other, "Tide").click()
    likes_of(ada, reach=2)
    frames(page)
    until(lambda: answers, page)
    answers[0].fulfill(json={"liked": [works[0].pk], "bookmarked": []})
    expect_hearts(page, Fog=True, Tide=True, Dune=False)


OTHER_MESSAGES = ["null", "'x'", "{kind: 'other', id: 1}", "{kind: 'marks', id: null, liked: 1}"]


def test_what_others_say_on_the_channel_is_passed_over(
    context: BrowserContext, ada: User, works: list[ContentItem], complaints: list[str]
) -> None:
    page, other = open_cards(context, ada, works), context.new_page()
    listen(page, complaints)
    other.goto("/accounts/login/")
    # They come in the order in which they were sent: the one that counts is the last.
    last = f"{{kind: 'marks', id: {works[1].pk}, liked: true}}"
    other.evaluate(
        f"const channel = new BroadcastChannel('genonaut');"
        f"for (const data of [{', '.join([*OTHER_MESSAGES, last])}]) channel.postMessage(data)"
    )
    expect_hearts(page, Fog=True, Tide=True, Dune=False)


def test_the_signal_ends_it(context: BrowserContext, ada: User, works: list[ContentItem]) -> None:
    page = open_cards(context, ada, works)
    posted = noted(page, LIKES)
    asked = noted(page, r"/fragments/marks/")
    page.evaluate("ender.abort(); document.querySelector('.card').dataset.id = '77'; show()")
    still(page)
    assert (asked, posted, page.locator(".card__like").count()) == ([], [], 0)


def test_the_signal_ends_what_is_on_its_way(context: BrowserContext, ada: User, works: list[ContentItem]) -> None:
    page = context.new_page()
    answers: list[Route] = []
    page.route(MARKS, lambda route: answers.append(route))
    set_up(page, "".join(map(card, works)), ada)
    with page.expect_request(MARKS) as request:
        page.evaluate("show()")
    with page.expect_event("requestfailed", lambda failed: failed == request.value):
        page.evaluate("ender.abort()")
    assert page.locator(".card__like").count() == 0


def test_a_like_that_is_on_its_way_outlives_its_list_and_is_told(
    context: BrowserContext, ada: User, works: list[ContentItem]
) -> None:
    page, other = (open_cards(context, ada, works) for _ in range(2))
    posted, let_through = held(page)
    heart(page, "Tide").click()
    until(lambda: posted == ["on=1"], page)
    page.evaluate("ender.abort()")
    still(page, is_loaded=False)
    let_through()
    expect_hearts(other, Tide=True)
    assert likes_of(ada, reach=2) == ["Fog", "Tide"]


def test_a_like_in_the_lightbox_is_on_the_card_under_it_and_in_other_tabs(
    context: BrowserContext, ada: User, works: list[ContentItem]
) -> None:
    page, other = context.new_page(), open_cards(context, ada, works)
    page.goto("/")
    expect_hearts(page, Fog=True, Tide=False)
    page.locator(".card__title a", has_text="Tide").click()
    dialog = page.get_by_role("dialog", name="Tide")
    for is_on in (True, False):
        dialog.get_by_role("button", name="Bookmark").click()  # which is no like
        dialog.get_by_role("button", name="Like", exact=True).click()
        expect(dialog.locator("[id^=like-]")).to_have_attribute("aria-pressed", str(is_on).lower())
        expect_hearts(other, Tide=is_on)
        expect(page.locator(".card", has_text="Tide").locator(".card__like")).to_have_attribute(
            "aria-pressed", str(is_on).lower()
        )
        expect(counted(page, "Tide")).to_have_attribute("data-likes", str(int(is_on)))
    expect(counted(page, "Fog")).to_have_attribute("data-likes", "1")
    page.keyboard.press("Escape")
    expect_hearts(page, Fog=True, Tide=False, Dune=False)


def test_the_gallery_has_hearts(context: BrowserContext, ada: User, works: list[ContentItem]) -> None:
    page = context.new_page()
    page.goto("/")
    expect_hearts(page, Fog=True, Tide=False, Dune=False)
    page.locator(".card", has_text="Tide").hover()
    heart(page, "Tide").click()
    assert likes_of(ada, reach=2) == ["Fog", "Tide"]
    expect_hearts(page, Tide=True)
    expect(page).to_have_url(re.compile(r"/$"))


# --- Looks


def opacity(page: Page, title: str) -> str:
    return heart(page, title).evaluate("button => getComputedStyle(button).opacity")


def test_hearts_show_on_what_is_liked_and_under_mouse_and_keyboard(
    open_context: OpenContext, ada: User, works: list[ContentItem]
) -> None:
    page = open_cards(open_context(user=ada), ada, works)
    assert [opacity(page, title) for title in ("Fog", "Tide")] == ["1", "0"]
    page.locator(".card", has_text="Tide").hover()
    assert [opacity(page, title) for title in ("Tide", "Dune")] == ["1", "0"]
    heart(page, "Dune").focus()
    assert opacity(page, "Dune") == "1"
    page.keyboard.press("Space")
    expect_hearts(page, Dune=True)
    assert likes_of(ada, reach=2) == ["Dune", "Fog"]


def test_hearts_show_always_where_nothing_hovers(
    open_context: OpenContext, ada: User, works: list[ContentItem]
) -> None:
    phone = open_context(user=ada, has_touch=True, is_mobile=True, viewport={"width": 320, "height": 700})
    page = open_cards(phone, ada, works)
    assert [opacity(page, title) for title in ("Fog", "Tide", "Dune")] == ["1"] * 3
    sizes = page.locator(".card__like").evaluate_all("all => all.map((one) => one.getBoundingClientRect().width)")
    assert min(sizes) >= 44
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    heart(page, "Tide").tap()
    expect_hearts(page, Tide=True)
    assert likes_of(ada, reach=2) == ["Fog", "Tide"]


def test_axe_finds_nothing_wrong_with_hearts(open_context: OpenContext, ada: User, works: list[ContentItem]) -> None:
    page = open_cards(open_context(user=ada, color_scheme="light"), ada, works)
    assert violations(page, ".cards") == []
    page.emulate_media(color_scheme="dark")
    assert violations(page, ".cards", is_colours_alone=True) == []
