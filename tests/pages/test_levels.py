"""Levels on pages: what is blurred for whom, how it is shown, and what other sites get."""

import re

import pytest
from django.test import Client
from playwright.sync_api import Page, Route, expect

from content.models import ContentItem
from content.trash import move_to_trash
from tests.factories import ContentItemFactory, UserFactory
from tests.pages.accessibility import violations
from tests.pages.conftest import OpenContext, until
from tests.pages.html import elements, hrefs, texts
from users.levels import BLUR_NOTHING, Level
from users.models import User

PHONE = {"width": 390, "height": 844}
BLUR = "getComputedStyle(document.querySelector('{}')).filter"


def seen(client: Client, item: ContentItem, query: str = "") -> tuple[bool, bool]:
    """Return whether the page of a work is blurred, and whether it says that lists leave such works out."""
    page = client.get(f"/content/{item.pk}/{query}")
    assert page.status_code == 200
    assert len(elements(page, "div", class_="veil")) == len(elements(page, "div", class_="work__veiled"))
    words = " ".join(texts(page, "div", class_="veil"))
    return bool(words), "Your lists leave such works out." in words


# Of a general, a sensitive and an explicit work of alice's: "v" for a veil, "a" if it is above what lists show.
MATRIX = {
    (0, 1): ("", "va", "va"),
    (1, 1): ("", "v", "va"),
    (2, 1): ("", "v", "v"),
    (2, 2): ("", "", "v"),
    (2, BLUR_NOTHING): ("", "", ""),
    (0, BLUR_NOTHING): ("", "va", "va"),
    None: ("", "va", "va"),
    "alice": ("", "v", "v"),
}


@pytest.mark.parametrize("who", MATRIX, ids=str)
def test_a_work_is_blurred_as_its_viewer_chose(client: Client, alice: User, who: tuple[int, int] | str | None) -> None:
    items = [ContentItemFactory(creator=alice, level=level) for level in Level]
    if who is not None:
        levels = {} if who == "alice" else {"shown_level": who[0], "blurred_level": who[1]}
        client.force_login(UserFactory(**levels) if levels else alice)
    shown = [seen(client, item) for item in items]
    assert tuple("v" * is_veiled + "a" * is_above for is_veiled, is_above in shown) == MATRIX[who]
    assert [seen(client, item, "?reveal=1") for item in items] == [(False, False)] * 3


def test_a_visitor_is_led_to_sign_in_and_back(client: Client, db: None) -> None:
    item = ContentItemFactory(level=Level.EXPLICIT)
    page = client.get(f"/content/{item.pk}/")
    [link] = [link for link in elements(page, "a") if link.text == "Sign in to choose what you see"]
    assert link.attributes["href"] == f"/accounts/login/?next=/content/{item.pk}/"
    fragment = client.get(f"/fragments/content/{item.pk}/")
    assert f"/content/{item.pk}/?reveal=1" in hrefs(fragment, "a")


def test_cards_say_their_level_and_pages_what_is_blurred(client: Client, alice: User) -> None:
    for level in Level:
        ContentItemFactory(creator=alice, level=level)
    alice.shown_level, alice.blurred_level = Level.EXPLICIT, Level.EXPLICIT
    alice.save()
    client.force_login(alice)
    page = client.get("/")
    cards = [card.attributes.get("data-level") for card in elements(page, "li", class_="card")]
    assert cards == ["explicit", "sensitive", None]
    assert texts(page, "span", class_="badge--level") == ["Explicit", "Sensitive"]
    assert [root.attributes["data-blurs-from"] for root in elements(page, "html")] == ["2"]
    alice.blurred_level = BLUR_NOTHING
    alice.save()
    again = client.get("/", headers={"If-None-Match": page["ETag"]})
    assert again.status_code == 200


def test_other_sites_get_no_picture_of_a_work_that_visitors_see_blurred(client: Client, db: None) -> None:
    told = []
    for level in Level:
        item = ContentItemFactory(level=level)
        page = client.get(f"/content/{item.pk}/")
        frame = client.get(f"/embed/{item.pk}/")
        told.append(
            (
                len(elements(page, "meta", property="og:image")),
                [meta.attributes["content"] for meta in elements(page, "meta", name="rating")],
                [meta.attributes["content"] for meta in elements(page, "meta", name="robots")],
                len(elements(frame, "img")),
                "for the work is" in " ".join(texts(client.get(f"/content/{item.pk}/share/"), "small")),
            )
        )
    assert told == [
        (1, [], [], 1, False),
        (0, ["mature"], ["noimageindex"], 0, True),
        (0, ["adult"], ["noimageindex"], 0, True),
    ]


def test_a_blurred_picture_reaches_over_nothing_beside_it(open_context: OpenContext, transactional_db: None) -> None:
    ada = UserFactory(username="ada", shown_level=Level.EXPLICIT)
    ContentItemFactory(title="Fog", level=Level.EXPLICIT, creator=ada)
    move_to_trash(ContentItem.objects.all())
    page = open_context(user=ada, viewport=PHONE).new_page()
    page.goto("/trash/")
    picture = page.locator(".pick img")
    expect(picture).to_have_css("filter", re.compile("blur"))
    expect(picture).to_have_css("clip-path", re.compile("inset"))
    page.get_by_role("checkbox").check()
    expect(page.locator(".pick")).to_have_css("outline-style", "solid")


def test_a_blurred_work_shows_when_asked_on_its_page_and_in_the_lightbox(
    open_context: OpenContext, transactional_db: None
) -> None:
    ada = UserFactory(username="ada", shown_level=Level.EXPLICIT)
    item = ContentItemFactory(title="Fog", level=Level.EXPLICIT)
    page = open_context(user=ada, viewport=PHONE, color_scheme="light").new_page()
    page.goto("/")
    assert page.evaluate(BLUR.format(".card img")).startswith("blur(")
    assert violations(page) == []
    page.get_by_role("link", name="Fog").click()
    expect(page.locator("#lightbox .veil")).to_be_visible()
    expect(page.locator("#lightbox [inert]")).to_have_count(1)
    show_it(page, "#lightbox")
    page.goto(f"/content/{item.pk}/")
    assert violations(page) == []
    expect(page.locator("main > .work[data-ready]")).to_have_count(1)  # until then the link leads elsewhere
    show_it(page, "main")
    page.goto("/accounts/me/")
    page.get_by_label("Blur from").select_option("Never")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".messages")).to_have_text("Your settings are saved.")
    page.goto("/")
    assert page.evaluate(BLUR.format(".card img")) == "none"
    plain = open_context(user=ada, java_script_enabled=False, viewport=PHONE).new_page()
    User.objects.update(blurred_level=Level.SENSITIVE)
    plain.goto(f"/content/{item.pk}/")
    plain.get_by_role("link", name="Show it").click()
    expect(plain.locator(".veil")).to_have_count(0)


def test_the_lightbox_does_not_offer_to_show_a_work_before_it_can(
    open_context: OpenContext, transactional_db: None
) -> None:
    ContentItemFactory(title="Fog", level=Level.EXPLICIT)
    page = open_context(user=UserFactory(shown_level=Level.EXPLICIT)).new_page()
    held: list[Route] = []
    page.route("**/js/work/work.*", lambda route: held.append(route))
    page.goto("/")
    page.get_by_role("link", name="Fog").click()
    expect(page.locator("#lightbox .veil")).to_be_visible()
    expect(page.locator("#lightbox [data-reveal]")).to_be_hidden()
    until(lambda: len(held) == 1, page)
    held[0].continue_()
    show_it(page, "#lightbox")


def test_the_lightbox_shows_a_work_although_its_script_did_not_come_at_first(
    open_context: OpenContext, transactional_db: None
) -> None:
    ContentItemFactory(title="Fog", level=Level.EXPLICIT)
    page = open_context(user=UserFactory(shown_level=Level.EXPLICIT)).new_page()
    refused: list[Route] = []

    def refuse(route: Route) -> None:
        refused.append(route)
        route.abort()

    for pattern in ("**/js/work/work.*", "**/fragments/content/*/"):
        page.route(pattern, refuse)
    page.goto("/")
    page.get_by_role("link", name="Fog").click()
    retry = page.locator("#lightbox").get_by_role("button", name="Try again")
    expect(retry).to_be_visible()
    until(lambda: any("/js/work/work." in route.request.url for route in refused), page)
    page.unroute_all()
    retry.click()
    show_it(page, "#lightbox")


def show_it(page: Page, where: str) -> None:
    """Take the veil off, by the button; the address stays."""
    before = page.url
    page.locator(f"{where} [data-reveal]").click()
    expect(page.locator(f"{where} .veil")).to_have_count(0)
    expect(page.locator(f"{where} [inert]")).to_have_count(0)
    assert page.url == before
    assert page.evaluate(BLUR.format(f"{where} .work__picture")) == "none"
