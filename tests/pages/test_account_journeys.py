"""What is one's own in a real Chromium: lists that turn and open as the gallery does, the menu, and following."""

import re
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Route, expect

from interactions.models import Kind
from people.models import Follow
from tests.factories import ContentItemFactory, InteractionFactory, UserFactory
from tests.pages.accessibility import violations
from tests.pages.conftest import OpenContext, listen, until, until_loaded
from tests.pages.test_browser import DESKTOP, PHONE, SMALL_TARGETS, WIDTHS, expect_accessible
from users.models import User

COUNT = 12
PAGES = (
    *("/me/", "/me/works/", "/me/likes/", "/me/history/", "/me/activity/", "/me/following/", "/feed/"),
    "/users/bob/",
)


@pytest.fixture
def fan(transactional_db: None) -> User:
    """She liked and saw twelve works of bob's, whom she follows: the newest work, number 12, first of all."""
    fan, bob = UserFactory(username="fan"), UserFactory(username="bob")
    for number in range(1, COUNT + 1):
        item = ContentItemFactory(pk=number, title=f"Work {number}", creator=bob)
        for kind in (Kind.LIKE, Kind.VIEW):
            moment = datetime(2025, 3, COUNT + 1 - number, tzinfo=UTC)
            InteractionFactory(user=fan, content=item, kind=kind, created_at=moment)
    ContentItemFactory(pk=100, creator=fan, title="Own")
    Follow.objects.create(user=fan, person=bob)
    return fan


def test_likes_turn_and_open_as_the_gallery_does(open_context: OpenContext, fan: User, complaints: list[str]) -> None:
    page = open_context(user=fan, viewport=DESKTOP).new_page()
    listen(page, complaints)
    page.goto("/me/likes/?page_size=5")
    page.locator("a[rel=next]").click()
    expect(page).to_have_url(re.compile(r"/me/likes/\?page_size=5&page=2$"))
    expect(page.locator(".card__title")).to_have_text([f"Work {number}" for number in range(6, 11)])
    page.locator('.card[data-id="8"] .card__title a').click()
    lightbox = page.locator("#lightbox")
    expect(lightbox.get_by_role("heading", level=1)).to_have_text("Work 8")
    for number in (9, 10, 11):  # and on to the next page
        page.keyboard.press("ArrowRight")
        expect(lightbox.get_by_role("heading", level=1)).to_have_text(f"Work {number}")
    page.go_back()
    expect(lightbox).to_be_hidden()
    expect(page.locator('.card[data-id="11"] .card__title a')).to_be_focused()
    page.goto("/me/likes/?page_size=5&view=scroll")
    page.locator("footer").scroll_into_view_if_needed()
    expect(page.locator('.card[data-id="12"]')).to_be_attached()


@pytest.mark.parametrize("layout", ["numbers", "scroll"])
def test_the_end_of_a_session_is_said_with_the_way_to_sign_in(
    open_context: OpenContext, fan: User, layout: str
) -> None:
    page = open_context(user=fan, viewport=DESKTOP).new_page()
    read_ahead: list[Route] = []
    page.route("**/fragments/me/likes/works/**", lambda route: read_ahead.append(route), times=1)
    page.goto(f"/me/likes/?page_size=5&view={layout}")
    until(lambda: read_ahead, page)
    Session.objects.all().delete()
    read_ahead[0].continue_()
    page.keyboard.press("ArrowRight")
    notice = page.get_by_role("alert").filter(has_text="You are no longer signed in.")
    expect(notice).to_be_visible()
    expect(notice.get_by_role("button")).to_have_count(0)
    address = urlsplit(page.url)
    notice.get_by_role("link", name="Sign in").click()
    expect(page.get_by_label("Username")).to_be_visible()
    assert parse_qs(urlsplit(page.url).query)["next"] == [f"{address.path}?{address.query}"]


def test_the_menu_is_worked_by_keyboard(open_context: OpenContext, fan: User) -> None:
    page = open_context(user=fan, viewport=PHONE, java_script_enabled=False).new_page()
    page.goto("/")
    summary = page.locator(".account__menu summary")
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".account__menu .panel")).to_be_in_viewport(ratio=1)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/me/$"))
    page.locator(".account__menu summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()


def test_a_click_follows_in_place(open_context: OpenContext, fan: User, complaints: list[str]) -> None:
    page = open_context(user=fan, viewport=DESKTOP).new_page()
    listen(page, complaints)
    page.goto("/users/bob/")
    expect(page.locator(".card")).to_have_count(COUNT)
    page.evaluate("window.isSame = true")
    page.get_by_role("button", name="Unfollow").click()
    expect(page.get_by_text("0 followers")).to_be_visible()
    page.get_by_role("button", name="Follow", exact=True).click()
    expect(page.get_by_text("1 follower", exact=True)).to_be_visible()
    assert page.evaluate("window.isSame")
    assert Follow.objects.count() == 1


def test_what_could_not_be_followed_is_said(open_context: OpenContext, fan: User) -> None:
    page = open_context(user=fan, viewport=DESKTOP).new_page()
    page.goto("/users/bob/")
    until_loaded(page, "site/refusals")
    page.route("**/fragments/follow/**", lambda route: route.fulfill(status=503))
    page.get_by_role("button", name="Unfollow").click()
    expect(page.get_by_role("alert")).to_have_text("That could not be done: the site is busy.")
    assert Follow.objects.count() == 1


def test_every_page_is_accessible_and_fits_a_phone(open_context: OpenContext, fan: User, complaints: list[str]) -> None:
    page = open_context(user=fan, viewport=PHONE).new_page()
    listen(page, complaints)
    for path in PAGES:
        page.goto(path)
        assert violations(page) == [], path
        assert page.evaluate(SMALL_TARGETS) == [], path
        assert [wide for wide in page.evaluate(WIDTHS) if wide > PHONE["width"]] == [], path
    page.locator(".account__menu summary").click()
    expect_accessible(page, part="body > header", where="menu")
    assert page.evaluate(SMALL_TARGETS) == []
