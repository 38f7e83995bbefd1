"""Checks that the scrubber lands where it says: 1,000 random places of the gallery's whole list, in a real Chromium.

    .venv/bin/python -m tests.stress.scrubbing --rows 10000000

Each place is pressed and let go with the mouse; from half of them the arrow keys go on by some pages. The first card
shown must be the item at the position that the slider told, in an order of all ids read from the table itself.
"""

from array import array
from random import Random

import psycopg
from playwright.sync_api import Page

from genonaut.progress import Progress
from tests.stress import command, report
from tests.stress.browser import browsing
from tests.stress.databases import connected_to
from tests.stress.servers import serving
from tests.stress.systems import OUR_SERVER, PAGE_SIZE

NAME = "scrubbing"
PLACES = 1_000
RAIL = ".scrubber [role=slider]"
# Waits until the page that the slider tells is shown; returns it, and the first card's item and position.
LANDED = """
async () => {
  const rail = document.querySelector('.scrubber [role=slider]');
  const deadline = performance.now() + 10_000;
  while (performance.now() < deadline) {
    const section = document.querySelector('section.page'), card = section.querySelector('.card[data-id]');
    const page = Number(rail.ariaValueNow);
    const isThere = card && Number(section.dataset.number) === page;
    if (isThere) return [page, Number(card.dataset.id), Number(card.ariaPosInSet)];
    await new Promise((resolve) => setTimeout(resolve, 4));
  }
  return [Number(rail.ariaValueNow), 0, 0];
}
"""


def newest_first(url: str) -> array:
    """Return the ids of all public items, newest first: eight bytes each."""
    ids = array("q")
    query = "SELECT id FROM content_contentitem WHERE NOT is_private AND level = 0 ORDER BY created_at DESC, id DESC"
    with psycopg.connect(url) as connection, connection.cursor(name="all") as cursor:
        cursor.itersize = 100_000
        ids.extend(row[0] for row in cursor.execute(query))
    return ids


def land(page: Page, chance: Random) -> tuple[int, int, int]:
    """Go to a random place of the rail; return the page told, and the first card's item and position."""
    box = page.locator(RAIL).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] * chance.random()
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.up()
    landed = page.evaluate(LANDED)
    if chance.random() < 0.5:
        page.locator(RAIL).focus()
        for _ in range(chance.randrange(1, 40)):
            page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        landed = page.evaluate(LANDED)
    return tuple(landed)


def measure(url: str, rows: int) -> report.Result:
    """Land so many times and compare."""
    chance = Random(11)
    with connected_to(url), serving(url, OUR_SERVER) as server:
        ids = newest_first(url)
        told, right = set(), 0
        with browsing(server) as page, Progress(PLACES, " places", print) as progress:
            page.goto("/")
            page.locator(RAIL).wait_for()
            page.wait_for_timeout(1000)
            for _ in range(PLACES):
                number, pk, position = land(page, chance)
                told.add(number)
                right += position == (number - 1) * PAGE_SIZE + 1 and pk == ids[position - 1]
                progress.advance(1)
    return {"rows": rows, "public": len(ids), "right": right, "places": PLACES, "pages": len(told)}


def section(result: report.Result) -> str:
    """Return the section of docs/benchmarks.md."""
    return f"""Scrubbing
Goal: the item shown first is the one at the position told, each time. {result["public"]:,} public items of
{result["rows"]:,}; {result["places"]:,} random places, on {result["pages"]:,} different pages:
**{result["right"]:,} right**.
"""


if __name__ == "__main__":
    command.run(NAME, __doc__, measure, section)
