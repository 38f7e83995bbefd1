"""What people say about a work, in a real Chromium."""

from playwright.sync_api import expect

from interactions import comments
from tests.factories import ContentItemFactory, UserFactory
from tests.pages.accessibility import violations
from tests.pages.conftest import OpenContext, listen
from tests.pages.stillness import still


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


def test_a_rating_is_given_by_keyboard(open_context: OpenContext, complaints: list[str]) -> None:
    ada = UserFactory(username="ada", name="Ada")
    item = ContentItemFactory(title="Fog", creator=ada)
    page = open_context(user=ada).new_page()
    listen(page, complaints)
    page.goto(item.get_absolute_url())
    page.locator(".talk").scroll_into_view_if_needed()
    page.get_by_role("radio", name="3 stars").focus()
    with page.expect_response("**/rate/"):
        page.keyboard.press("ArrowRight")
    expect(page.locator(".rating [role=status]")).to_have_text("4.0 of 5, 1 rating")
    expect(page.get_by_role("radio", name="4 stars")).to_be_checked()
    page.get_by_role("button", name="Take it back").click()
    expect(page.locator(".rating [role=status]")).to_have_text("No ratings yet")


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
