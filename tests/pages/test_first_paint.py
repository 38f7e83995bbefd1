"""What a page shows first, while the rest of it is still on its way."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import pytest
from django.test import Client
from playwright.sync_api import expect

from tests.pages.conftest import OpenContext
from tests.pages.test_browser import DESKTOP

PAINTS = "() => performance.getEntriesByType('paint').map((entry) => entry.startTime)"
# By when a page that waits for nothing would have been painted.
STYLED = """async () => {
  const sheets = [...document.querySelectorAll("link[rel=stylesheet]")];
  await Promise.all(sheets.map((link) => link.sheet ?? new Promise((go) => { link.onload = link.onerror = go; })));
  await new Promise((go) => requestIdleCallback(go));
  return performance.now();
}"""


@pytest.fixture
def halves(client: Client, db: None, server_address: str) -> Iterator[tuple[str, Event]]:
    """The address of the gallery in two halves, parted in its masthead, and what lets the second go."""
    page = client.get("/").content
    end = page.index(b"</form>")
    is_due = Event()

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
            self.wfile.write(page[:end])
            is_due.wait()
            self.wfile.write(page[end:])

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Halves) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/", is_due
        is_due.set()
        server.shutdown()
        thread.join()


def test_no_masthead_is_painted_before_it_is_whole(open_context: OpenContext, halves: tuple[str, Event]) -> None:
    address, is_due = halves
    page = open_context(viewport=DESKTOP).new_page()
    page.goto(address, wait_until="commit")
    expect(page.locator("#search")).to_be_attached()
    held = page.evaluate(STYLED)
    is_due.set()
    expect(page.locator("#main")).to_be_visible()
    page.wait_for_function(f"({PAINTS})().length > 0")
    assert min(page.evaluate(PAINTS)) > held
