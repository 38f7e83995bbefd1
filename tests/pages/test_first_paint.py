"""What a page shows first, while the rest of it is still on its way."""

import re
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import pytest
from django.test import Client
from playwright.sync_api import expect

from tests.factories import ContentItemFactory
from tests.pages.conftest import OpenContext, until
from tests.pages.html import elements
from tests.pages.stillness import SHIFTS, still
from tests.pages.test_browser import DESKTOP

PAINTS = "() => performance.getEntriesByType('paint').map((entry) => entry.startTime)"
# By when a page that waits for nothing would have been painted.
STYLED = """async () => {
  const sheets = [...document.querySelectorAll("link[rel=stylesheet]")];
  await Promise.all(sheets.map((link) => link.sheet ?? new Promise((go) => { link.onload = link.onerror = go; })));
  await new Promise((go) => requestIdleCallback(go));
  return performance.now();
}"""


Halve = Callable[[bytes], tuple[str, Event]]


@pytest.fixture
def halve(client: Client, db: None, server_address: str) -> Iterator[Halve]:
    """Serve the gallery, cut before some bytes of it. Returns its address, and what lets the second half go."""
    is_due = Event()
    page: list[bytes] = []

    class Halves(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path != "/":
                self.send_response(302)
                self.send_header("Location", server_address + self.path)
                self.end_headers()
                return
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(page[0])
            is_due.wait()
            self.wfile.write(page[1])

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Halves) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()

        def cut(end: bytes) -> tuple[str, Event]:
            whole = client.get("/").content
            at = whole.index(end)
            page[:] = whole[:at], whole[at:]
            return f"http://127.0.0.1:{server.server_port}/", is_due

        yield cut
        is_due.set()
        server.shutdown()
        thread.join()


def test_no_masthead_is_painted_before_it_is_whole(open_context: OpenContext, halve: Halve) -> None:
    address, is_due = halve(b"</form>")
    page = open_context(viewport=DESKTOP).new_page()
    page.add_init_script(SHIFTS)
    page.goto(address, wait_until="commit")
    expect(page.locator("#search")).to_be_attached()
    held = page.evaluate(STYLED)
    is_due.set()
    expect(page.locator("#main")).to_be_visible()
    page.wait_for_function(f"({PAINTS})().length > 0")
    assert min(page.evaluate(PAINTS)) > held
    still(page, is_loaded=False)
    assert page.evaluate("window.shift") < 0.001, page.evaluate("window.shifts")


def test_what_the_first_paint_waits_for_is_whole_before_the_list_begins(client: Client, db: None) -> None:
    """The standard waits for its end, Chromium for its start alone: the test above cannot tell a long one."""
    page = client.get("/")
    [link] = elements(page, "link", rel="expect")
    name = link.attributes["href"].removeprefix("#")
    [awaited] = re.findall(
        rf'</header>\s*<main[^>]*>\s*<div [^>]*\bid="{name}"[^>]*>(.*?)</div>', page.content.decode()
    )
    assert awaited == ""


def test_first_works_are_painted_while_the_rest_of_the_list_is_on_its_way(
    open_context: OpenContext, halve: Halve
) -> None:
    ContentItemFactory.create_batch(3)
    address, is_due = halve(b' aria-posinset="2"')
    page = open_context(viewport=DESKTOP).new_page()
    page.add_init_script(SHIFTS)
    page.goto(address, wait_until="commit")
    expect(page.locator(".card")).to_have_count(1)
    until(lambda: page.evaluate(PAINTS), page)
    is_due.set()
    expect(page.locator(".card")).to_have_count(3)
    still(page, is_loaded=False)
    assert page.evaluate("window.shift") < 0.001, page.evaluate("window.shifts")
