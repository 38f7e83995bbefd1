"""A screen of another density under a page that is open."""

from playwright.sync_api import Page

from tests.pages.conftest import until


def draw_at(page: Page, window: dict[str, int], ratio: float) -> None:
    """Draw so many pixels of the screen for each of the page."""
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setDeviceMetricsOverride", {**window, "deviceScaleFactor": ratio, "mobile": False})
    until(lambda: page.evaluate("devicePixelRatio") == ratio, page)
