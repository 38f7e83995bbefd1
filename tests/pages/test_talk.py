"""What people say about a work, in a real Chromium."""

import pytest
from playwright.sync_api import expect

from interactions import comments
from tests.factories import ContentItemFactory, UserFactory
from tests.pages.accessibility import violations
from tests.pages.conftest import OpenContext, listen
from tests.pages.stillness import still
from users.models import User


def test_a_comment_is_written_below_the_work(open_context: OpenContext, complaints: list[str]) -> None:
    ada = UserFactory(username="ada", name="Ada")
    item = ContentItemFactory(title="Fog", creator=ada)
    page = open_context(user=ada).new_page()
    listen(page, complaints)
    page.goto(item.get_absolute_url())
    page.locator(".talk").scroll_into_view_if_needed()
    expect(page.locator(".talk h2")).to_have_text("0 comments")
    page.get_by_label("Your comment").fill("Fine")
    # As if it were dragged larger: htmx must not copy that to the area that comes in its place.
    page.get_by_label("Your comment").evaluate("area => { area.style.height = '9rem'; }")
    page.get_by_role("button", name="Comment", exact=True).click()
    expect(page.locator(".comment .prose")).to_have_text("Fine")
    page.locator(".answer summary").click()
    page.get_by_label("Your answer").fill("Indeed")
    page.get_by_role("button", name="Answer", exact=True).click()
    expect(page.locator(".answers .prose")).to_have_text("Indeed")
    still(page)
    assert (page.url.endswith(item.get_absolute_url()), violations(page)) == (True, [])


def test_a_visitor_s_rating_and_comment_are_there_once_they_signed_in(
    open_context: OpenContext, complaints: list[str]
) -> None:
    User.objects.create_user("dora", password="a long password")
    item = ContentItemFactory(title="Fog")
    context = open_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    listen(page, complaints)
    for button in ("Sign in to rate", "Sign in to comment"):
        page.goto(item.get_absolute_url())
        page.locator(".talk").scroll_into_view_if_needed()
        expect(page.locator(".talk h2")).to_have_text("0 comments")
        assert violations(page) == []
        page.get_by_role("radio", name="4 stars").check(force=True)
        page.get_by_label("Your comment").fill("Fine")
        page.get_by_role("button", name=button).click()
        page.get_by_label("Username").fill("dora")
        page.get_by_label("Password").fill("a long password")
        page.get_by_role("main").get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Fog")
        page.locator(".talk").scroll_into_view_if_needed()
        expect(page.locator(".rating [role=status]")).to_have_text("4.0 of 5, 1 rating")
        context.clear_cookies()
    page.goto(f"/content/{item.pk}/comments/")
    expect(page.locator(".comment .prose")).to_have_text("Fine")
    assert (violations(page), page.evaluate("document.documentElement.scrollWidth <= innerWidth")) == ([], True)


def test_a_rating_is_given_by_keyboard(open_context: OpenContext, complaints: list[str]) -> None:
    ada = UserFactory(username="ada", name="Ada")
    item = ContentItemFactory(title="Fog", creator=ada)
    page = open_context(user=ada).new_page()
    listen(page, complaints)
    page.goto(item.get_absolute_url())
    page.locator(".talk").scroll_into_view_if_needed()
    expect(page.locator(".work[data-ready]")).to_be_attached()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.post_data or "") if "/rate/" in request.url else None)
    page.get_by_role("radio", name="1 star", exact=True).focus()
    for stars in ("2 stars", "3 stars", "4 stars"):
        page.keyboard.press("ArrowRight")
        expect(page.get_by_role("radio", name=stars)).to_be_checked()
    page.keyboard.press("Enter")
    expect(page.locator(".rating [role=status]")).to_have_text("4.0 of 5, 1 rating")
    expect(page.get_by_role("radio", name="4 stars")).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.locator(".rating [role=status]")).to_have_text("5.0 of 5, 1 rating")
    expect(page.get_by_role("button", name="Rate", exact=True)).to_be_focused()
    assert [body.rsplit("rating=", 1)[1] for body in sent] == ["4", "5"]
    page.get_by_role("button", name="Take it back").click()
    expect(page.locator(".rating [role=status]")).to_have_text("No ratings yet")


@pytest.mark.parametrize("touch", [False, True])
def test_a_click_on_a_star_gives_it(open_context: OpenContext, complaints: list[str], touch: bool) -> None:
    item = ContentItemFactory(title="Fog")
    page = open_context(user=UserFactory(), has_touch=touch).new_page()
    listen(page, complaints)
    page.goto(item.get_absolute_url())
    page.locator(".talk").scroll_into_view_if_needed()
    expect(page.locator(".work[data-ready]")).to_be_attached()
    for number in (2, 5):
        star = page.locator(".stars label").nth(number - 1)
        star.tap() if touch else star.click()
        expect(page.locator(".rating [role=status]")).to_have_text(f"{number}.0 of 5, 1 rating")
        expect(page.get_by_role("radio", name=f"{number} stars")).to_be_focused()


FAILURES = {
    503: "the site is busy",
    404: "the work is gone or private",
    403: "you are no longer signed in, or the page is too old",
    None: "the site cannot be reached",
}


@pytest.mark.parametrize("status", FAILURES)
def test_what_could_not_be_saved_is_said_beside_its_form(open_context: OpenContext, status: int | None) -> None:
    item = ContentItemFactory(title="Fog")
    page = open_context(user=UserFactory()).new_page()
    page.goto(item.get_absolute_url())
    page.locator(".talk").scroll_into_view_if_needed()
    expect(page.locator(".work[data-ready]")).to_be_attached()
    expect(page.locator(".talk h2")).to_have_text("0 comments")
    failing = "**/fragments/content/**"
    page.route(failing, lambda route: route.abort() if status is None else route.fulfill(status=status))
    page.get_by_label("Your comment").fill("Fine")
    deeds = {
        "like": page.get_by_role("button", name="Like", exact=True),
        "bookmark": page.get_by_role("button", name="Bookmark", exact=True),
        "rating": page.locator(".stars label").nth(3),
        "comment": page.get_by_role("button", name="Comment", exact=True),
    }
    for noun, button in deeds.items():
        button.click()
        said = page.get_by_role("alert").filter(has_text=f"Your {noun} could not be saved: {FAILURES[status]}.")
        expect(said).to_be_visible()
    expect(page.locator(".stars :checked")).to_have_count(0)
    expect(page.get_by_label("Your comment")).to_have_value("Fine")
    page.unroute(failing)
    for button in deeds.values():
        button.click()
    expect(page.locator(".comment .prose")).to_have_text("Fine")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_fourth_answer_is_seen_by_its_author(open_context: OpenContext, complaints: list[str]) -> None:
    bob = UserFactory()
    item = ContentItemFactory(title="Fog")
    thread = comments.add(bob, item.pk, "Thread")
    for number in range(3):
        comments.add(bob, item.pk, f"Answer {number}", parent_id=thread.pk)
    page = open_context(user=UserFactory()).new_page()
    listen(page, complaints)
    page.goto(item.get_absolute_url())
    page.locator(".talk").scroll_into_view_if_needed()
    page.locator(".answer summary").click()
    page.get_by_label("Your answer").fill("The fourth")
    page.get_by_role("button", name="Answer", exact=True).click()
    expect(page.locator(".answers .prose")).to_have_text(["Answer 0", "Answer 1", "Answer 2", "The fourth"])


def test_pages_are_accessible_and_fit_a_telephone(open_context: OpenContext, complaints: list[str]) -> None:
    ada, bob = UserFactory(username="ada", name="Ada"), UserFactory(username="bob", name="Bob")
    item = ContentItemFactory(title="Fog " + "x" * 100, creator=ada)
    thread = comments.add(bob, item.pk, "See https://example.org/" + "x" * 100)
    comments.add(bob, item.pk, "And " + "y" * 100, parent_id=thread.pk)
    page = open_context(user=ada, viewport={"width": 320, "height": 700}).new_page()
    listen(page, complaints)
    paths = (
        f"/content/{item.pk}/comments/",
        f"/comments/{thread.pk}/",
        f"/content/{item.pk}/share/",
        f"/embed/{item.pk}/",
        f"/report/comment/{thread.pk}/",
        "/notifications/",
        "/notifications/choices/",
    )
    for path in paths:
        page.goto(path)
        assert (path, violations(page), page.evaluate("document.documentElement.scrollWidth")) == (path, [], 320)
