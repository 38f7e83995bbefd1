"""A work's picture, players and texts in a real Chromium: zoom, full screen, copies, and what does not come."""

import re
from itertools import product

import pytest
from django.core.files.storage import default_storage
from playwright.sync_api import Locator, Page, Route, expect

from content.models import ContentItem
from media.models import GenerativeModel, ModelKind
from tests.factories import GenerationDataFactory, UserFactory
from tests.pages.accessibility import violations
from tests.pages.conftest import OpenContext, listen, until
from tests.pages.staged import own_folders, picture, sound
from tests.pages.stillness import SHIFTS, still
from tests.pages.test_browser import DESKTOP, PHONE
from tests.pages.test_lightbox import expect_work, lightbox, open_work
from tests.pages.touch import swipe

__all__ = ["own_folders"]

pytestmark = pytest.mark.usefixtures("transactional_db", "own_folders")

THUMBNAILS = "**/thumbnails/**"
FILES = "**/content/*/file/"
WINDOW = {"width": 1000, "height": 800}


@pytest.fixture
def fog() -> ContentItem:
    """A picture that is larger than its place on the page."""
    return picture(2000, 1500, pk=1, title="Work 1")


def at_work(
    open_context: OpenContext, item: ContentItem, complaints: list[str] | None = None, **options: object
) -> Page:
    """Open a work's page and wait for its picture."""
    page = open_context(**{"viewport": WINDOW, **options}).new_page()
    if complaints is not None:
        listen(page, complaints)
    page.goto(item.get_absolute_url())
    until(lambda: page.evaluate("document.querySelector('.stage img').naturalWidth > 0"), page)
    still(page)
    expect_ready(page)
    return page


def expect_ready(page: Page) -> None:
    """Wait until the module of works listens: it may come after the page is still."""
    expect(page.locator("[data-ready] > .work, .work[data-ready]")).to_have_count(1)


def image(page: Page) -> Locator:
    return page.locator(".stage img")


def width(page: Page) -> float:
    """Return how wide the picture is drawn."""
    return image(page).evaluate("image => image.getBoundingClientRect().width")


def place(page: Page) -> list[float]:
    return image(page).evaluate("image => [image.getBoundingClientRect().left, image.getBoundingClientRect().top]")


def is_zoomed(page: Page) -> bool:
    return page.locator(".work__picture--zoomed").count() == 1


# --- Its place


def test_the_picture_comes_into_a_place_of_its_shape_and_nothing_moves(open_context: OpenContext) -> None:
    item = picture(900, 1600)
    page = open_context(viewport=PHONE).new_page()
    page.add_init_script(SHIFTS)
    held: list[Route] = []
    page.route(THUMBNAILS, lambda route: held.append(route))
    page.goto(item.get_absolute_url(), wait_until="domcontentloaded")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    until(lambda: held, page)
    before = page.locator(".stage").bounding_box()
    assert abs(before["width"] / before["height"] - 900 / 1600) < 0.01
    assert page.locator(".stage rect").evaluate("rect => getComputedStyle(rect).fill") == "rgb(170, 136, 102)"
    for route in held:
        route.continue_()
    page.unroute(THUMBNAILS)
    until(lambda: page.evaluate("document.querySelector('.stage img').naturalWidth > 0"), page)
    still(page)
    assert page.locator(".stage").bounding_box() == before == image(page).bounding_box()
    assert page.evaluate("window.shift") < 0.01


@pytest.mark.parametrize("size", [(4000, 500), (500, 4000), (64, 64)])
@pytest.mark.parametrize("window", [PHONE, DESKTOP, {"width": 2560, "height": 1440}])
def test_each_shape_fits_into_its_place_undistorted(
    open_context: OpenContext, size: tuple[int, int], window: dict[str, int]
) -> None:
    page = at_work(open_context, picture(*size), viewport=window)
    box = image(page).bounding_box()
    assert abs(box["width"] / box["height"] - size[0] / size[1]) < 0.02 * size[0] / size[1]
    assert box["height"] <= window["height"] * 0.83 and box["width"] <= size[0]
    assert page.evaluate("document.documentElement.scrollWidth") <= window["width"]


def test_the_thumbnail_that_fits_is_shown(open_context: OpenContext, fog: ContentItem) -> None:
    for window, ratio, expected in ((DESKTOP, 1, "/1280.webp"), (PHONE, 1, "/640.webp"), (PHONE, 3, "/1280.webp")):
        page = at_work(open_context, fog, viewport=window, device_scale_factor=ratio)
        assert image(page).evaluate("image => image.currentSrc").endswith(expected)


# --- Zoom


def test_a_click_shows_its_actual_size_there_and_another_the_whole(
    open_context: OpenContext, fog: ContentItem, complaints: list[str]
) -> None:
    page = at_work(open_context, fog, complaints)
    whole = image(page).bounding_box()
    zoom = page.get_by_role("button", name="Actual size")
    expect(zoom).to_have_attribute("aria-pressed", "false")
    page.mouse.click(whole["x"] + 20, whole["y"] + 30)
    assert width(page) == pytest.approx(2000, abs=0.1)
    expect(zoom).to_have_attribute("aria-pressed", "true")
    # What was under the pointer still is.
    scale = 2000 / whole["width"]
    left, top = place(page)
    assert abs(left - (whole["x"] + 20 - 20 * scale)) < 1.5 and abs(top - (whole["y"] + 30 - 30 * scale)) < 1.5
    until(lambda: image(page).evaluate("image => image.currentSrc").endswith("/file/"), page)
    page.mouse.click(whole["x"] + 20, whole["y"] + 30)
    assert image(page).bounding_box() == whole
    zoom.click()
    assert width(page) == pytest.approx(2000, abs=0.1)
    expect(page).to_have_url(re.compile(rf"/content/{fog.pk}/$"))


def test_keys_zoom_and_move(open_context: OpenContext, fog: ContentItem) -> None:
    page = at_work(open_context, fog)
    whole = width(page)
    seen = {}
    for key in ("z", "z", "+", "+", "-", "0"):
        page.keyboard.press(key)
        seen[len(seen)] = round(width(page) / whole, 3)
    actual = round(2000 / whole, 3)
    assert list(seen.values()) == pytest.approx([actual, 1, 1.25, 1.5625, 1.25, 1], abs=0.002)
    page.keyboard.press("-")
    assert not is_zoomed(page)
    page.keyboard.press("z")
    left, top = place(page)
    for key, moved in (
        ("ArrowRight", (-80, 0)),
        ("ArrowDown", (-80, -80)),
        ("ArrowLeft", (0, -80)),
        ("ArrowUp", (0, 0)),
    ):
        page.keyboard.press(key)
        assert place(page) == pytest.approx([left + moved[0], top + moved[1]], abs=0.1)
    assert page.evaluate("scrollY") == 0


def test_keys_are_left_to_fields_and_to_those_who_switched_them_off(
    open_context: OpenContext, fog: ContentItem
) -> None:
    page = at_work(open_context, fog)
    page.get_by_role("searchbox").press("z")
    assert not is_zoomed(page)
    page.evaluate("localStorage.setItem('genonaut.keys', 'off')")
    page.reload()
    still(page)
    page.keyboard.press("z")
    assert not is_zoomed(page)


def test_a_drag_moves_the_picture_no_further_than_its_edge(open_context: OpenContext, fog: ContentItem) -> None:
    page = at_work(open_context, fog)
    page.keyboard.press("z")
    frame = page.locator(".work__picture").bounding_box()
    left, top = place(page)
    x, y = frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y + 40, steps=4)
    assert place(page) == pytest.approx([left + 60, top + 40], abs=0.1)
    page.mouse.move(x + 3000, y + 3000, steps=4)
    page.mouse.up()
    assert place(page) == pytest.approx([frame["x"], frame["y"]], abs=0.6)
    assert is_zoomed(page)  # it was no click


def test_pinching_a_touchpad_zooms_and_the_wheel_alone_scrolls(open_context: OpenContext, fog: ContentItem) -> None:
    page = at_work(open_context, fog, viewport={"width": 1000, "height": 420})
    box = image(page).bounding_box()
    page.mouse.move(box["x"] + 100, box["y"] + 100)
    whole = width(page)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -50)
    page.keyboard.up("Control")
    until(lambda: width(page) > whole, page)
    assert width(page) / whole == pytest.approx(1.6487, abs=0.01)
    page.mouse.wheel(0, 100)
    until(lambda: page.evaluate("scrollY") > 0, page)
    assert width(page) / whole == pytest.approx(1.6487, abs=0.01)


def test_a_picture_in_its_own_size_comes_closer_all_the_same(open_context: OpenContext) -> None:
    page = at_work(open_context, picture(200, 100))
    page.keyboard.press("z")
    assert width(page) == 400


def test_a_window_of_another_size_shows_the_whole_picture(open_context: OpenContext, fog: ContentItem) -> None:
    page = at_work(open_context, fog)
    page.keyboard.press("z")
    page.set_viewport_size({"width": 900, "height": 700})
    until(lambda: not is_zoomed(page), page)


# --- Full screen


def test_the_picture_fills_the_screen_and_comes_back(
    open_context: OpenContext, fog: ContentItem, complaints: list[str]
) -> None:
    page = at_work(open_context, fog, complaints)
    whole = image(page).bounding_box()
    page.keyboard.press("f")
    until(lambda: page.evaluate("document.fullscreenElement !== null"), page)
    still(page)
    screen = page.evaluate("[innerWidth, innerHeight]")
    box = image(page).bounding_box()
    assert [box["width"], box["height"]] == screen
    expect(page.get_by_role("heading", level=1)).to_be_hidden()
    page.keyboard.press("z")
    assert width(page) > screen[0]
    page.get_by_role("button", name="Full screen").click()
    until(lambda: page.evaluate("document.fullscreenElement === null"), page)
    still(page)
    assert (image(page).bounding_box(), is_zoomed(page)) == (whole, False)


# --- Without script, and what does not come


def test_without_script_the_picture_leads_to_the_original_and_texts_can_be_selected(
    open_context: OpenContext, fog: ContentItem
) -> None:
    ContentItem.objects.update(generation=GenerationDataFactory(steps=20))
    page = open_context(java_script_enabled=False, viewport=WINDOW).new_page()
    page.goto(fog.get_absolute_url())
    expect(page.locator(".stage__tools")).to_be_hidden()
    expect(page.locator(".copy").first).to_be_hidden()
    page.get_by_text("As text and as JSON").click()
    expect(page.locator("pre").first).to_have_text("a lighthouse in fog\nSteps: 20")
    page.get_by_role("link", name="Picture of Work 1").click()
    expect(page).to_have_url(re.compile(rf"/content/{fog.pk}/file/$"))


def test_buttons_of_script_show_once_their_module_listens(open_context: OpenContext, fog: ContentItem) -> None:
    ContentItem.objects.update(prompt="fog")
    page = open_context(viewport=WINDOW).new_page()
    held: list[Route] = []
    page.route("**/js/work/work.*", lambda route: held.append(route))
    page.goto(fog.get_absolute_url())
    until(lambda: held, page)
    zoom, copy = (page.get_by_role("button", name=name) for name in ("Actual size", "Copy prompt"))
    for button in (zoom, copy):
        expect(button).to_have_count(0)
    held.pop().continue_()
    for button in (zoom, copy):
        expect(button).to_be_visible()
    zoom.click()
    assert is_zoomed(page)


def test_a_link_that_keys_reached_leads_to_the_original(open_context: OpenContext, fog: ContentItem) -> None:
    page = at_work(open_context, fog)
    page.get_by_role("link", name="Picture of Work 1").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(FILES)


def test_a_smaller_thumbnail_stands_in_for_one_that_is_missing(open_context: OpenContext) -> None:
    page = open_context(viewport=DESKTOP).new_page()
    # A content that no other test shows: the browser keeps thumbnails.
    item = picture(2002, 1500, widths=(320, 640))
    default_storage.delete(item.media_file.stored_as)
    page.goto(item.get_absolute_url())
    until(
        lambda: image(page).evaluate("image => image.currentSrc.endsWith('/640.webp') && image.naturalWidth > 0"),
        page,
    )
    expect(page.locator("[data-failure]")).to_be_hidden()


def test_a_picture_that_does_not_come_says_so_in_its_place(open_context: OpenContext) -> None:
    page = open_context(viewport=DESKTOP).new_page()
    item = picture(1202, 900, widths=())
    default_storage.delete(item.media_file.stored_as)
    page.goto(item.get_absolute_url())
    expect(page.get_by_text("This picture did not come.")).to_be_visible()
    expect(page.locator(".stage__tools")).to_be_hidden()
    box = page.locator(".stage").bounding_box()
    assert abs(box["width"] / box["height"] - 1202 / 900) < 0.01
    assert violations(page) == []
    page.keyboard.press("z")
    assert not is_zoomed(page)


# --- Copies

# The interface that is refused in one of the tests is another.
FILL_CLIPBOARD = """navigator.clipboard.write([
  new ClipboardItem({"text/plain": new Blob(["before"], {type: "text/plain"})}),
])"""


# What the status says stands there for two seconds: a busy machine may look later.
SEE_SAID = """() => {
  window.said = [];
  const status = document.querySelector("[data-copied]");
  new MutationObserver(() => window.said.push(status.textContent)).observe(status, {childList: true, subtree: true});
}"""


@pytest.mark.parametrize("has_clipboard", [True, False])
def test_copies_are_made_with_and_without_the_clipboards_own_interface(
    open_context: OpenContext, fog: ContentItem, complaints: list[str], *, has_clipboard: bool
) -> None:
    ContentItem.objects.update(
        prompt="fog, <lora:a:1>", generation=GenerationDataFactory(prompt="fog, <lora:a:1>", steps=9)
    )
    context = open_context(viewport=WINDOW)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    listen(page, complaints)
    if not has_clipboard:
        page.add_init_script("Clipboard.prototype.writeText = () => Promise.reject(new Error('refused'))")
    page.goto(fog.get_absolute_url())
    expect_ready(page)
    status = page.locator("[data-copied]")
    for name, expected in (
        ("Copy prompt", "fog, <lora:a:1>"),
        ("Copy A1111 text", "fog, <lora:a:1>\nSteps: 9"),
        ("Copy JSON", '{\n  "generator": "a1111",'),
    ):
        page.evaluate(
            "navigator.clipboard.write([new ClipboardItem({'text/plain': new Blob(['before'], {type: 'text/plain'})})])"
        )
        page.evaluate(SEE_SAID)
        page.get_by_role("button", name=name).click()
        until(lambda: "Copied" in page.evaluate("window.said"), page)
        until(lambda: page.evaluate("navigator.clipboard.readText()") != "before", page)
        assert page.evaluate("navigator.clipboard.readText()").startswith(expected)
        expect(page.get_by_role("button", name=name)).to_be_focused()
    assert page.locator("textarea").count() == 0
    expect(status).to_be_empty()
    context.clear_permissions()


# --- In the lightbox


@pytest.fixture
def works() -> None:
    """Newest first: a picture, a sound, and a portrait."""
    ada = UserFactory(username="ada", name="Ada")
    picture(900, 1600, pk=1, title="Work 1", creator=ada)
    sound(pk=2, title="Work 2", creator=ada)
    picture(2000, 1500, pk=3, title="Work 3", creator=ada)


def test_the_next_work_shows_whole_and_so_does_the_one_before_when_it_comes_back(
    open_context: OpenContext, works: None
) -> None:
    page = open_context(viewport=WINDOW).new_page()
    page.goto("/")
    open_work(page, 3)
    expect_ready(page)
    still(page)
    zoomed = lightbox(page).locator(".work__picture--zoomed")
    page.keyboard.press("z")
    expect(zoomed).to_have_count(1)
    page.keyboard.press("ArrowRight")  # it moves the picture
    expect_work(page, 3)
    page.keyboard.press("j")
    expect_work(page, 2)
    page.keyboard.press("k")
    expect_work(page, 3)
    expect(zoomed).to_have_count(0)
    page.keyboard.press("ArrowRight")
    expect_work(page, 2)
    page.keyboard.press("Escape")
    expect(lightbox(page)).to_be_hidden()
    page.keyboard.press("z")
    assert page.locator(".work__picture--zoomed").count() == 0


def test_the_card_stands_in_the_shape_of_the_picture_until_it_is_here(open_context: OpenContext, works: None) -> None:
    page = open_context(viewport=WINDOW).new_page()
    held: list[Route] = []
    page.route("**/fragments/content/*/", lambda route: held.append(route))
    page.goto("/")
    page.locator('.card[data-id="1"] .card__title a').click()
    stage = lightbox(page).locator(".stage")
    expect(stage).to_be_visible()
    still(page, is_loaded=False)
    until(lambda: held, page)
    before = stage.bounding_box()
    assert abs(before["width"] / before["height"] - 900 / 1600) < 0.01
    held[0].continue_()
    expect_work(page, 1)
    assert stage.bounding_box() == pytest.approx(before, abs=0.6)


def test_what_plays_stops_when_it_is_left(open_context: OpenContext, works: None) -> None:
    page = open_context(viewport=WINDOW).new_page()
    page.goto("/")
    open_work(page, 2)
    page.evaluate("(window.player = document.querySelector('#lightbox audio')).play()")
    until(lambda: page.evaluate("player.currentTime > 0"), page)
    page.keyboard.press("j")
    expect_work(page, 1)
    until(lambda: page.evaluate("player.paused"), page)


def test_full_screen_goes_on_with_the_next_work(open_context: OpenContext, works: None) -> None:
    page = open_context(viewport=WINDOW).new_page()
    page.goto("/")
    open_work(page, 3)
    expect_ready(page)
    still(page)
    page.keyboard.press("f")
    until(lambda: page.evaluate("document.fullscreenElement !== null"), page)
    # Beside the picture nothing is seen of the small one that was there before it.
    small = "getComputedStyle(document.querySelector(':fullscreen .stage')).backgroundSize"
    assert page.evaluate(small) == "contain"
    for number, key in ((2, "j"), (1, "j")):
        page.keyboard.press(key)
        expect(page).to_have_title(f"Work {number} · Genonaut")
    until(lambda: page.evaluate("document.querySelector('#lightbox .stage img')?.naturalWidth > 0"), page)
    assert page.evaluate("document.fullscreenElement !== null")
    still(page)
    box = lightbox(page).locator(".stage img").bounding_box()
    assert [box["width"], box["height"]] == page.evaluate("[innerWidth, innerHeight]")
    page.keyboard.press("f")
    until(lambda: page.evaluate("document.fullscreenElement === null"), page)
    expect_work(page, 1)


@pytest.mark.moving
def test_a_finger_moves_a_picture_that_is_closer_and_turns_works_otherwise(
    open_context: OpenContext, works: None
) -> None:
    page = open_context(viewport=PHONE, has_touch=True, is_mobile=True).new_page()
    page.goto("/")
    open_work(page, 3)
    expect_ready(page)
    still(page)
    page.get_by_role("button", name="Actual size").tap()
    until(lambda: is_zoomed(page), page)
    left, _ = place(page)
    box = page.locator("#lightbox .work__picture").bounding_box()
    y = box["y"] + box["height"] / 2
    swipe(page, (300, y), (100, y))
    assert place(page)[0] == pytest.approx(left - 200, abs=12)
    expect_work(page, 3)
    page.keyboard.press("z")
    assert not is_zoomed(page)
    swipe(page, (300, y), (100, y))
    expect_work(page, 2)


# --- All of it


@pytest.fixture
def crowded() -> ContentItem:
    """A work with everything that there can be, and much of it."""
    model = GenerativeModel.objects.create(kind=ModelKind.MODEL, name="a model with a long name " * 8)
    loras = GenerativeModel.objects.bulk_create(
        GenerativeModel(kind=ModelKind.LORA, name=f"lora{number}" * 8, key=f"lora {number}") for number in range(40)
    )
    generation = GenerationDataFactory(
        prompt="<lora:a:1> word, " * 500,
        negative_prompt="word, " * 300,
        model=model,
        loras=[lora.pk for lora in loras],
        lora_weights=[0.5] * 40,
        sampler="DPM++ 2M",
        seed=2**64 - 1,
        has_workflow=True,
        more={"workflow": {"nodes": ["x" * 300] * 3}, "n" * 100: 1},
        warnings=["w" * 200, "A chunk was cut off."],
    )
    ada = UserFactory(username="ada", name="Ada")
    return picture(832, 1216, title="Work 1", pk=1, creator=ada, generation=generation, prompt=generation.prompt)


def test_axe_finds_nothing_and_nothing_is_wider_than_the_window(
    open_context: OpenContext, crowded: ContentItem, complaints: list[str]
) -> None:
    page = at_work(open_context, crowded, complaints, user=crowded.creator)
    page.evaluate("document.querySelectorAll('.work details').forEach(one => { one.open = true; })")
    windows = (DESKTOP, PHONE, {"width": 320, "height": 700})
    for window, colours in product(windows, ("light", "dark")):
        page.set_viewport_size(window)
        page.emulate_media(color_scheme=colours)
        assert violations(page, is_colours_alone=colours == "dark") == []
        assert page.evaluate("document.documentElement.scrollWidth") <= window["width"]
        small = page.evaluate(
            "[...document.querySelectorAll('.work :is(button, .button, summary)')]"
            ".filter(one => one.getBoundingClientRect().height < 43.5).map(one => one.outerHTML)"
        )
        assert small == []


# --- The arithmetic

ZOOM = """(async () => {
  const {Zoom} = await import("genonaut/work/zoom");
  const make = (width, height) => new Zoom({
    frame: {width: 800, height: 600}, shown: {width, height}, picture: {width: 2 * width, height: 2 * height},
  });
  const seen = ({factor, x, y}) => [factor, x, y];
  %s
})()"""


def run(page: Page, script: str) -> object:
    return page.evaluate(ZOOM % script)


def test_what_is_under_the_pointer_stays_there(open_context: OpenContext, fog: ContentItem) -> None:
    page = at_work(open_context, fog)
    script = """
    const z = make(800, 600);
    z.to(2, {x: 100, y: -50});
    const a = seen(z);
    z.to(4, {x: 100, y: -50});
    return [a, seen(z)];
    """
    assert run(page, script) == [[2, -100, 50], [4, -300, 150]]


def test_a_picture_that_is_narrower_than_its_frame_stays_in_the_middle(
    open_context: OpenContext, fog: ContentItem
) -> None:
    page = at_work(open_context, fog)
    script = (
        "const z = make(200, 600); z.to(2, {x: 100, y: 300}); const a = seen(z); z.pan(999, 999); return [a, seen(z)];"
    )
    assert run(page, script) == [[2, 0, -300], [2, 0, 300]]


def test_it_comes_no_closer_than_eight_times_nor_smaller_than_whole(
    open_context: OpenContext, fog: ContentItem
) -> None:
    page = at_work(open_context, fog)
    script = """
    const z = make(800, 600);
    z.to(99);
    const a = seen(z);
    z.to(0.1);
    return [a, seen(z), z.isFit];
    """
    assert run(page, script) == [[8, 0, 0], [1, 0, 0], True]
