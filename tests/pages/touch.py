"""A finger on a browser's screen."""

from playwright.sync_api import Page

STEPS = 6


def swipe(page: Page, start: tuple[int, int], end: tuple[int, int], *, milliseconds: int = 10) -> None:
    """Draw one finger from a point of the window to another, in steps that take so long each."""
    session = page.context.new_cdp_session(page)
    send = "Input.dispatchTouchEvent"
    session.send(send, {"type": "touchStart", "touchPoints": [{"x": start[0], "y": start[1]}]})
    for step in range(1, STEPS + 1):
        x, y = (begin + (finish - begin) * step / STEPS for begin, finish in zip(start, end, strict=True))
        session.send(send, {"type": "touchMove", "touchPoints": [{"x": x, "y": y}]})
        page.wait_for_timeout(milliseconds)
    session.send(send, {"type": "touchEnd", "touchPoints": []})
    session.detach()
