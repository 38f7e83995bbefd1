"""Measures judging works by keys alone: from a key to the next work's picture on the screen, in a real Chromium.

    .venv/bin/python -m tests.stress.judging --rows 100000

A member opens the first work of the gallery, then rates each with a digit; the lightbox turns to the next. A key counts
until the frame that shows the next work with its large picture, decoded, has been painted; and until the frame with its
small one, which shows meanwhile. Goal: p95 under 50 ms.
"""

from playwright.sync_api import Page

from genonaut.progress import Progress
from tests.stress import command, report
from tests.stress.browser import browsing, percentile
from tests.stress.databases import connected_to, scratch_copy, staff_cookie
from tests.stress.servers import Server, serving
from tests.stress.systems import OUR_SERVER

NAME = "judging"
WORKS = 100
# Milliseconds between keys: of who looks at each picture, and of who hurries.
PACES = (1_000, 400)
MOST_MS = 50

# Notes when the frame that shows each key's work has been painted: with any picture of it, and with its large one,
# decoded. A message that a frame's callback sends arrives once the frame is painted.
JUDGED = """
window.small = []; window.large = [];
const painted = () => new Promise((resolve) => {
  const channel = new MessageChannel();
  channel.port1.onmessage = resolve;
  channel.port2.postMessage(null);
});
addEventListener('keydown', (event) => {
  if (!/^[1-5]$/.test(event.key)) return;
  const area = document.querySelector('#lightbox [data-work]');
  const begin = event.timeStamp, before = area.firstElementChild;
  const note = async (times, ...awaited) => {
    await Promise.all([painted(), ...awaited]);
    times.push(performance.now() - begin);
  };
  let isSmall = false;
  const look = () => {
    const article = area.firstElementChild;
    if (article !== before && article !== null) {
      if (!isSmall) {
        isSmall = true;
        note(window.small);
      }
      const picture = article.querySelector('.work__picture img, .stage img');
      if (picture?.complete && picture.naturalWidth > 0) return note(window.large, picture.decode());
    }
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}, {capture: true});
"""


def judge(server: Server, cookie: str, pace: int, progress: Progress) -> dict[str, list[float]]:
    """Rate so many works, a key every so many milliseconds; return the milliseconds of each."""
    with browsing(server, JUDGED) as page:
        name, value = cookie.split("=")
        page.context.add_cookies([{"name": name, "value": value, "url": f"http://127.0.0.1:{server.port}"}])
        page.goto("/?content_type=image")
        page.wait_for_timeout(1_500)
        page.locator(".card__title a").first.click()
        page.locator("#lightbox .work__picture img").wait_for()
        page.wait_for_timeout(1_500)
        for number in range(WORKS):
            page.keyboard.press(str(1 + number % 5))
            page.wait_for_timeout(pace)
            progress.advance(1)
        page.wait_for_timeout(1_500)
        return times_of(page)


def times_of(page: Page) -> dict[str, list[float]]:
    """Return what the page noted. Raises AssertionError if a key showed no picture."""
    times = page.evaluate("({small: window.small, large: window.large})")
    assert len(times["large"]) == WORKS, f"{len(times['large'])} pictures for {WORKS} keys"
    return times


def measure(url: str, rows: int) -> report.Result:
    """Measure both paces, in a scratch copy."""
    with scratch_copy(url) as copy:
        cookie = staff_cookie(copy)
        with connected_to(copy), serving(copy, OUR_SERVER) as server, Progress(2 * WORKS, " works", print) as progress:
            server.get("/")
            paces = {str(pace): judge(server, cookie, pace, progress) for pace in PACES}
    return {"rows": rows, "paces": paces}


def section(result: report.Result) -> str:
    """Return the section of docs/benchmarks.md."""

    def times(values: list[float]) -> str:
        return f"{percentile(values, 0.5):.0f} / {percentile(values, 0.95):.0f} ms"

    lines = [
        [f"a key every {int(pace):,} ms", times(found["small"]), times(found["large"])]
        for pace, found in result["paces"].items()
    ]
    return f"""Works judged by keys
{WORKS} works of {result["rows"]:,} rated in the lightbox by digits alone. From the key to the next work painted, p50
and p95; goal: p95 under {MOST_MS} ms.

{report.table(["", "with its small picture", "with its large picture"], lines)}
"""


if __name__ == "__main__":
    command.run(NAME, __doc__, measure, section)
