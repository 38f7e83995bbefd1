"""The pages in a real Chromium: usable without script, accessible, steady, and within their window."""

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from content.models import ContentItem
from genonaut.assets import import_map
from tests.factories import AutoContentItemFactory, ContentItemFactory, UserFactory
from tests.pages.accessibility import violations
from tests.pages.conftest import OpenContext, listen, until
from tests.pages.stillness import SHIFTS, frames
from users.models import User

DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
LONG = "unbreakable" * 20

PATHS = {
    "gallery": "/?page_size=3&page=2",
    "filtered": "/?tag=fog&creator=ada&content_type=image&min_quality=0.1&order=asc&page_size=3",
    "empty": "/?q=nothing",
    "work": "/content/1/",
    "text": "/content/2/",
    "delete": "/content/1/delete/",
    "profile": "/users/ada/?page_size=3",
    "long name": "/content/4/",
    "long profile": "/users/longname/",
    "sign in": "/accounts/login/",
    "not found": "/nowhere/",
    "past the end": "/?page=99",
    "bad request": f"/?page=x&{LONG}=1",
}

SMALL_TARGETS = (
    "[...document.querySelectorAll('button, summary, select, input:not([type=hidden]), .button, .chip, .tabs a')]"
    ".filter(target => target.checkVisibility() && target.getBoundingClientRect().height < 43.5)"
    ".map(target => target.outerHTML)"
)

# Opens the part of a page that a summary belongs to, with the parts that it lies in, and closes all others; -1 closes
# all. By script: readers who click on them have tests of their own, and each click waits for frames.
OPEN = """(number) => {
  const summary = document.querySelectorAll("summary")[number];
  for (const part of document.querySelectorAll("details")) part.open = part.contains(summary ?? null);
}"""
# The width of a page as it is, then with each of its parts open.
WIDTHS = f"""() => [-1, ...document.querySelectorAll("summary").keys()].map((number) => {{
  ({OPEN})(number);
  return document.documentElement.scrollWidth;
}})"""


@pytest.fixture
def ada(transactional_db: None) -> User:
    """She has works of every kind, public and private, with texts that are hard to lay out."""
    ada = UserFactory(username="ada", name="Ada")
    common = {"creator": ada, "quality_score": 0.5, "prompt": f"a lighthouse {LONG}"}
    tags = ["fog", LONG[:100], *(f"tag {number}" for number in range(8))]
    ContentItemFactory(pk=1, title=f"Fog {LONG}", tags=tags, metadata={LONG: LONG, "steps": {"a": [1, 2]}}, **common)
    ContentItemFactory(pk=2, title="Tide", content_type="text", data="Once upon a time\n" * 20 + LONG, **common)
    ContentItemFactory(pk=3, title="Secret", is_private=True, **common)
    longname = UserFactory(username="longname", name=LONG[:200])
    AutoContentItemFactory(pk=4, creator=longname, content_type="audio", data="https://example.org/a.mp3")
    ContentItem.objects.bulk_create(
        ContentItemFactory.build(pk=number, title=f"Work {number}", tags=["fog"], **common) for number in range(5, 20)
    )
    return ada


def expect_cards(page: Page, *titles: str) -> None:
    """Wait until the page shows exactly the cards with these titles."""
    expect(page.locator(".card__title")).to_have_text(titles)


def expect_count(page: Page, count: int) -> None:
    """Wait until the page shows so many cards."""
    expect(page.locator(".card")).to_have_count(count)


def works(*numbers: int) -> list[str]:
    return [f"Work {number}" for number in numbers]


# --- Without script


def test_a_reader_without_script_searches_and_drops_the_search(page: Page, ada: User) -> None:
    page.goto("/")
    page.get_by_role("searchbox", name="Search the gallery").fill("tide")
    page.keyboard.press("Enter")
    expect_cards(page, "Tide")
    page.get_by_role("link", name="Remove filter Search").click()
    expect_count(page, 18)


def test_a_reader_without_script_filters_by_the_form(page: Page, ada: User) -> None:
    page.goto("/")
    form = page.locator("form.filters")
    expect(form).to_be_hidden()
    page.locator("summary", has_text="Filters").click()
    form.get_by_label("Type").select_option("Text")
    form.get_by_label("Creator’s username").fill("ada")
    form.get_by_label("Sort by").select_option("Quality")
    form.get_by_role("button", name="Show works").click()
    expect_cards(page, "Tide")
    expect(page.get_by_role("heading", level=1)).to_have_text("Texts by ada")


def test_a_reader_without_script_adds_one_tag_to_another(page: Page, ada: User) -> None:
    page.goto("/?tag=fog")
    page.locator("summary", has_text="Filters").click()
    page.locator("form.filters").get_by_label("One more tag").fill("tag 7")
    page.keyboard.press("Enter")
    expect_cards(page, f"Fog {LONG}")


def test_a_reader_without_script_sorts_by_the_menu(page: Page, ada: User) -> None:
    page.goto("/")
    page.locator("summary", has_text="Newest first").click()
    page.get_by_role("link", name="Oldest first").click()
    expect(page.locator(".card__title").first).to_have_text(f"Fog {LONG}")


def test_a_reader_without_script_turns_pages(page: Page, ada: User) -> None:
    page.goto("/?page_size=5")
    expect_cards(page, *works(19, 18, 17, 16, 15))
    page.get_by_role("link", name="Next").click()
    expect_cards(page, *works(14, 13, 12, 11, 10))
    page.get_by_role("link", name="Page 3", exact=True).click()
    expect_cards(page, *works(9, 8, 7, 6, 5))
    page.get_by_label("Page", exact=True).fill("4")
    page.get_by_role("button", name="Go to the page").click()
    expect(page.locator(".card__title").nth(1)).to_have_text("Tide")
    page.get_by_role("link", name="Previous").click()
    expect_cards(page, *works(9, 8, 7, 6, 5))


def test_a_reader_without_script_goes_from_card_to_work_to_creator(page: Page, ada: User) -> None:
    page.goto("/?q=tide")
    page.locator(".card__frame").click(force=True)  # what lies on the picture is the title's link
    expect(page.get_by_role("heading", level=1)).to_have_text("Tide")
    page.get_by_role("link", name="Ada").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ada")


def test_a_reader_without_script_signs_in_and_out(page: Page, ada: User) -> None:
    ada.set_password("a long password")
    ada.save()
    page.goto("/?q=secret")
    expect_count(page, 0)
    page.get_by_role("link", name="Sign in").click()
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password").fill("a long password")
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect_cards(page, "Secret")
    page.locator(".account__menu summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect_count(page, 18)


def test_the_keyboard_reaches_the_content_first(page: Page, ada: User) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


# --- Every page, in every window


def test_every_page_is_accessible_fits_every_window_and_has_targets_for_a_thumb(
    open_context: OpenContext, ada: User, complaints: list[str]
) -> None:
    page = open_context(user=ada).new_page()
    listen(page, complaints)
    for name, path in PATHS.items():
        page.goto(path)
        for window in (DESKTOP, PHONE):
            page.set_viewport_size(window)
            # The first summary is that of the account's menu, which has a test of its own (test_people.py).
            for part in (-1, *range(1, page.locator("summary").count())):
                page.evaluate(OPEN, part)
                expect_accessible(page, part=None if part < 0 else ".toolbar", where=f"{name}, {window}, {part}")
                assert window == DESKTOP or page.evaluate(SMALL_TARGETS) == [], (name, part)
        for width in (320, 390, 768, 1440):
            page.set_viewport_size({"width": width, "height": 800})
            assert [wide for wide in page.evaluate(WIDTHS) if wide > width] == [], (name, width)


def expect_accessible(page: Page, *, part: str | None, where: str) -> None:
    """Check that axe finds nothing in a page or a part of it, in light colours and in dark ones."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert violations(page, part, is_colours_alone=scheme == "dark") == [], (where, scheme)


# Scrolls to every picture, and returns the sizes of each: as it came, and as its element says.
SEE_PICTURES = """async () => {
  const sizes = [];
  for (const image of document.images) {
    image.scrollIntoView({block: "nearest", behavior: "instant"});
    for (let count = 0; !image.complete && count < 1000; count += 1) await frame();
    const said = ["width", "height"].map((name) => Number(image.getAttribute(name)));
    sizes.push([[image.naturalWidth, image.naturalHeight], said]);
  }
  return sizes;
}"""


def test_every_picture_loads_and_nothing_moves(open_context: OpenContext, ada: User) -> None:
    page = open_context(viewport=PHONE).new_page()
    page.add_init_script(SHIFTS)
    for path in ("/", "/content/1/", "/users/ada/"):
        page.goto(path)
        sizes = page.evaluate(SEE_PICTURES)
        assert len(sizes) == page.locator("img").count() > 0
        assert all(min(came) > 0 for came, _ in sizes), (path, sizes)
        # Of a picture that is chosen by its width a browser tells the size in which it is laid out.
        ratios = [came[0] / came[1] / (said[0] / said[1]) for came, said in sizes]
        assert all(0.97 < ratio < 1.03 for ratio in ratios), (path, sizes)
        frames(page)
        # A document painted while it is read in moves the toolbar that it had half of: 0.003.
        assert page.evaluate("window.shift") < 0.01, (path, page.evaluate("window.shifts"))


def test_a_work_of_the_gallery_shows_in_print_without_the_frame(open_context: OpenContext, ada: User) -> None:
    page = open_context(viewport=DESKTOP).new_page()
    page.emulate_media(media="print")
    page.goto("/content/2/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator("header")).to_be_hidden()


def test_styles_scripts_and_icons_arrive_under_hashed_names(open_context: OpenContext, ada: User) -> None:
    page = open_context(viewport=DESKTOP).new_page()
    loaded: list[tuple[str, int]] = []
    page.on("response", lambda response: loaded.append((response.url, response.status)))
    page.goto("/?content_type=audio")
    expect(page.locator(".card")).to_have_count(1)

    def static() -> dict[str, int]:
        named = {url.split("/static/")[1].split(".")[0]: status for url, status in loaded if "/static/" in url}
        named.pop("icons/favicon", None)  # not every Chromium asks for it without a window
        return named

    styles = {f"css/{path.stem}" for path in (settings.BASE_DIR / "static/css").glob("*.css")}
    elsewhere = (
        *("admin", "albums", "api", "api_docs", "culling", "duplicates", "embed", "generation", "selecting", "talk"),
        "uploads",
    )
    others = {f"css/{name}" for name in elsewhere}
    # A list by date loads its histogram's module as well; others come later: those that the reader does not wait for.
    later = ("scrubber/histogram", "list/counts", "list/help", "list/freshness", "site/channel", "site/menus")
    modules = {f"js/{name}" for name in (*import_map.names_needed_at_once(), *later)}
    ours = {*(styles - others), *modules, f"js/{import_map.ENTRY}", "early/page", "icons/sprite"}
    until(lambda: {*ours, "django_htmx/htmx-2"} <= static().keys(), page)
    page.wait_for_load_state("networkidle")
    assert static() == dict.fromkeys({*ours, "django_htmx/htmx-2"}, 200)


def test_the_chip_of_a_pasted_prompt_ends_inside_a_phones_window(open_context: OpenContext, ada: User) -> None:
    page = open_context(viewport=PHONE).new_page()
    page.goto("/?q=" + "misty+harbour,+" * 40)
    cross = page.locator(".chip .icon").bounding_box()
    assert cross["x"] + cross["width"] < PHONE["width"]
