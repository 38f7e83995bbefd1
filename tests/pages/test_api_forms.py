"""The browsable API's forms in a browser, with script and without, by mouse and keyboard."""

import pytest
from playwright.sync_api import Page, expect

from content.models import ContentItem
from tests.factories import ContentItemFactory
from tests.pages.accessibility import violations
from tests.pages.conftest import OpenContext, listen
from users.models import User


def open_form(page: Page, name: str) -> None:
    """Open a form by the keyboard."""
    summary = page.get_by_text(name, exact=True).and_(page.locator("summary"))
    summary.focus()
    summary.press("Enter")


def answered(page: Page, text: str) -> None:
    """Wait for an answer."""
    expect(page.locator(".request-info, .response-info").filter(has_text=text).first).to_be_visible()


@pytest.mark.parametrize("has_script", [True, False], ids=["script", "no script"])
def test_a_work_is_added_changed_and_deleted_by_forms(
    open_context: OpenContext, alice: User, complaints: list[str], has_script: bool
) -> None:
    ContentItem.objects.bulk_create(
        ContentItemFactory.build(creator=alice, title=f"Other {number}") for number in range(60)
    )
    window = {"width": 390, "height": 844} if has_script else {"width": 1280, "height": 900}
    page = open_context(user=alice, java_script_enabled=has_script, viewport=window).new_page()
    listen(page, complaints)
    page.goto("/api/v1/content/", wait_until="load")
    assert page.get_by_text("Add", exact=True).bounding_box()["y"] < window["height"]
    open_form(page, "Add")
    if has_script:
        assert violations(page, ".region") == []
    page.get_by_label("Title").fill("Mine")
    page.get_by_label("Tags").fill("sea, land\nfog")
    page.get_by_label("Data", exact=True).fill("two\nlines")
    page.get_by_role("button", name="POST").click()
    answered(page, "HTTP 201 Created")
    item = ContentItem.objects.get(title="Mine")
    assert (item.tags, item.data, item.metadata) == (["sea, land", "fog"], "two\nlines", {})

    page.goto(f"/api/v1/content/{item.pk}/", wait_until="load")
    open_form(page, "Change")
    page.get_by_label("Title").fill("Changed")
    page.get_by_label("Metadata").fill("{no")
    page.get_by_role("button", name="PUT").first.click()
    answered(page, "HTTP 400 Bad Request")
    expect(page.get_by_label("Title")).to_have_value("Changed")
    page.get_by_label("Metadata").fill('{"a": 1}')
    page.get_by_role("button", name="PUT").first.click()
    answered(page, "HTTP 200 OK")
    item.refresh_from_db()
    kept = (item.title, item.metadata, item.tags, item.data)
    assert kept == ("Changed", {"a": 1}, ["sea, land", "fog"], "two\nlines")

    open_form(page, "Change")
    open_form(page, "Raw data")
    page.get_by_role("textbox", name="Content", exact=True).fill('{"title": "Raw"}')
    page.get_by_role("button", name="PATCH").click()
    answered(page, "PATCH /api/v1/content/")
    item.refresh_from_db()
    assert (item.title, item.metadata) == ("Raw", {"a": 1})

    open_form(page, "Delete")
    page.get_by_role("button", name="DELETE").click()
    answered(page, "HTTP 204 No Content")
    assert ContentItem.objects.filter(pk=item.pk, trashed_at__isnull=False).exists()  # it is its owner who deletes
