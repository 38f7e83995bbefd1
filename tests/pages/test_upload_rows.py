"""The panel of uploads in a real Chromium: files that cannot be read, lists beside it, the keyboard."""

import pytest
from playwright.sync_api import expect

from tests.factories import ContentItemFactory, UserFactory
from tests.pages.conftest import OpenContext, until
from tests.pages.test_uploads import carry, drop, uploads_asked_for
from tests.uploads.files import picture
from users.models import User

pytestmark = [pytest.mark.usefixtures("own_folders")]
GONE = """
  const gone = () => Promise.reject(new DOMException("gone", "NotReadableError"));
  Blob.prototype.arrayBuffer = gone;
"""
NO_HASH = "Object.defineProperty(crypto, 'subtle', { value: undefined });"


@pytest.fixture
def ada(transactional_db: None) -> User:
    return UserFactory(username="ada", name="Ada")


@pytest.mark.parametrize("has_hash", [True, False])
def test_a_file_that_cannot_be_read_any_more_is_told_as_such(
    open_context: OpenContext, ada: User, *, has_hash: bool
) -> None:
    page = open_context(user=ada).new_page()
    page.add_init_script(GONE if has_hash else GONE + NO_HASH)
    page.route("**/api/v1/uploads/*/", lambda route: route.abort())
    page.goto("/")
    asked = uploads_asked_for(page)
    drop(page, carry(page, ("a.png", picture())))
    panel = page.get_by_role("region", name="Uploads")
    panel.get_by_role("button", name="Add 1 file").click()
    refused = panel.locator('[data-state="refused"]')
    expect(refused).to_contain_text("The file cannot be read any more: choose it again")
    expect(refused.get_by_role("button")).to_have_count(0)
    # Without a hash it was begun, and one piece was tried.
    assert asked == ([] if has_hash else ["POST", "PATCH"])


def test_the_list_beside_the_panel_is_told_of_new_works(open_context: OpenContext, ada: User) -> None:
    ContentItemFactory()
    page = open_context(user=ada).new_page()
    page.goto("/")
    drop(page, carry(page, ("a.png", picture(1)), ("b.png", picture(2))))
    panel = page.get_by_role("region", name="Uploads")
    panel.get_by_role("button", name="Add 2 files").click()
    expect(panel.get_by_role("status")).to_have_text("2 of 2 added.")
    # Unasked it looks after a minute.
    expect(page.get_by_role("link", name="2 new")).to_be_visible()


def test_retry_leaves_the_focus_in_its_row(open_context: OpenContext, ada: User) -> None:
    page = open_context(user=ada, has_clock=True).new_page()
    page.route("**/api/v1/uploads/**", lambda route: route.abort())
    page.goto("/")
    drop(page, carry(page, ("a.png", picture())))
    panel = page.get_by_role("region", name="Uploads")
    panel.get_by_role("button", name="Add 1 file").click()
    retry = panel.get_by_role("button", name="Retry a.png")

    def give_up() -> bool:
        page.clock.run_for(30_000)  # longer than it rests before any try
        return retry.is_visible()

    until(give_up, page)
    retry.press("Enter")
    expect(panel.get_by_role("button", name="Pause a.png")).to_be_focused()
