"""Lists of stacks in a real Chromium: with script and without, on a phone and on a desktop."""

import pytest
from playwright.sync_api import Page, expect

from content.models import ContentItem
from content.stacks import settle
from tests.factories import ContentItemFactory, GenerationDataFactory, UserFactory
from tests.pages.accessibility import violations
from tests.pages.conftest import OpenContext
from tests.pages.test_browser import OPEN, SMALL_TARGETS, WIDTHS


@pytest.mark.parametrize(("has_script", "width"), [(True, 1440), (False, 320)])
def test_a_reader_opens_a_stack_and_goes_back_to_single_works(
    open_context: OpenContext, transactional_db: None, has_script: bool, width: int
) -> None:
    ada = UserFactory(username="ada", name="Ada")
    for seed in range(3):
        made = GenerationDataFactory(prompt="fog", seed=seed)
        ContentItemFactory(title=f"Fog {seed}", creator=ada, generation=made, content_type="video")
    ContentItemFactory(title="Alone", creator=ada)
    settle()
    context = open_context(java_script_enabled=has_script, viewport={"width": width, "height": 800})
    page: Page = context.new_page()
    page.goto("/")
    expect(page.locator(".card")).to_have_count(4)
    page.get_by_role("link", name="Show works made alike as stacks").click()
    expect(page.locator(".card")).to_have_count(2)
    expect(page.locator("[data-range]").first).to_have_text("2 stacks, 4 works")
    page.wait_for_load_state()  # with its style sheets
    assert [wide for wide in page.evaluate(WIDTHS) if wide > width] == []
    page.evaluate(OPEN, -1)
    assert page.evaluate(SMALL_TARGETS) == []
    # Axe needs script.
    assert not has_script or violations(page) == []
    page.get_by_role("link", name="3 works like Fog 2").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Works of one stack")
    expect(page.locator(".card")).to_have_count(3)
    assert page.url.endswith(f"/?stack={ContentItem.objects.get(title='Fog 0').stack}")
    page.go_back()
    page.get_by_role("link", name="Show each work by itself").click()
    expect(page.locator(".card")).to_have_count(4)
