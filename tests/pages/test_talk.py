"""What people say about a work, in a real Chromium."""

from playwright.sync_api import expect

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
    page.get_by_role("button", name="Comment", exact=True).click()
    expect(page.locator(".comment .prose")).to_have_text("Fine")
    page.locator(".answer summary").click()
    page.get_by_label("Your answer").fill("Indeed")
    page.get_by_role("button", name="Answer", exact=True).click()
    expect(page.locator(".answers .prose")).to_have_text("Indeed")
    still(page)
    assert (page.url.endswith(item.get_absolute_url()), violations(page)) == (True, [])
