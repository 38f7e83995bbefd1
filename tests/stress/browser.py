"""Measures the gallery in a real Chromium: turning cached and missed pages, cache hits, memory, scrolling.

    .venv/bin/python -m tests.stress.browser --rows 1000000

A click counts until the frame after it has been painted. A page's whole document, which is what a link brings without
script, is loaded in the same run: from the start of its navigation to its first painted content. Beside the endless
list scroll documents of as many cards as that holds at most, without any script: what this machine paints at.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

from playwright.sync_api import Page, Route, sync_playwright

from genonaut.progress import Progress
from tests import chromium
from tests.stress import command, report
from tests.stress.databases import connected_to
from tests.stress.servers import Server, serving
from tests.stress.systems import OUR_SERVER

NAME = "browser"
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
WINDOW = {"width": 1440, "height": 900}
ADDED_DELAY_SECONDS = 0.1
TURNS, MISSES, LONG_TURNS = 100, 60, 1_000
SCROLLED_PAGES = 200
SCROLL_PIXELS_A_FRAME = 60
PLAIN_DOCUMENTS, PLAIN_CARDS = 10, 250
MEGABYTE = 2**20

# From an event to the frame that shows what it did: a message that a frame's callback sends arrives once it is painted.
PAINTED = """
window.painted = [];
const settle = (start) => requestAnimationFrame(() => {
  const channel = new MessageChannel();
  channel.port1.onmessage = () => window.painted.push(performance.now() - start);
  channel.port2.postMessage(null);
});
addEventListener('click', (event) => { window.clicked = event.timeStamp; }, {capture: true});
document.addEventListener('DOMContentLoaded', () => {
  new MutationObserver((changes) => {
    const isPage = (node) => node.nodeType === 1 && node.matches('section.page') && node.querySelector('[data-id]');
    if (!changes.some((change) => [...change.addedNodes].some(isPage))) return;
    if (window.clicked) settle(window.clicked);
    window.clicked = 0;
  }).observe(document.getElementById('list'), {childList: true, subtree: true});
});
"""
SHIFTS_AND_TASKS = """
window.shift = 0; window.tasks = []; window.scripts = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
}).observe({type: 'layout-shift', buffered: true});
new PerformanceObserver((list) => window.tasks.push(...list.getEntries().map((entry) => entry.duration)))
  .observe({type: 'longtask', buffered: true});
new PerformanceObserver((list) => {
  const scripts = list.getEntries().flatMap((entry) => entry.scripts);
  window.scripts.push(...scripts.filter((it) => it.sourceURL.includes('/js/')).map((it) => it.duration));
}).observe({type: 'long-animation-frame', buffered: true});
"""
SCROLL = """
async ([pages, step]) => {
  const {cache} = await import('genonaut/pages/cache');
  const number = () => Number(new URLSearchParams(location.search).get('page') ?? 1);
  const first = number(), frames = [], deadline = performance.now() + 240_000;
  let last = performance.now(), most = 0, peak = 0;
  while (number() - first < pages && performance.now() < deadline) {
    await new Promise(requestAnimationFrame);
    const now = performance.now();
    frames.push(now - last);
    last = now;
    scrollBy({top: step, behavior: 'instant'});
    most = Math.max(most, document.querySelectorAll('.cards:has([data-id])').length);
    peak = Math.max(peak, cache.bytes);
  }
  const {shift, tasks, scripts} = window;
  return {frames: frames.slice(5), pages: number() - first, most, peak, shift, tasks, scripts};
}
"""
SCROLL_PLAIN = """
async (step) => {
  const frames = [];
  let last = performance.now();
  while (scrollY + innerHeight < document.documentElement.scrollHeight - 1) {
    await new Promise(requestAnimationFrame);
    const now = performance.now();
    frames.push(now - last);
    last = now;
    scrollBy({top: step, behavior: 'instant'});
  }
  return {frames: frames.slice(5), tasks: window.tasks};
}
"""
STATISTICS = (
    "import('genonaut/pages/cache').then(({cache}) => ({...cache.statistics, bytes: cache.bytes, limit: cache.limit}))"
)
TURN = """
async (number) => {
  const box = document.querySelector('.pagination__jump input[name="page"]');
  box.value = number;
  box.form.requestSubmit();
  const deadline = performance.now() + 10_000;
  while (performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 4));
    const section = document.querySelector('section.page');
    if (Number(section.dataset.number) === number && section.querySelector('.card[data-id]')) return true;
  }
  return false;
}
"""


@contextmanager
def browsing(server: Server, *scripts: str) -> Iterator[Page]:
    """Open a page of a Chromium of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.find(chromium.WHOLE), args=list(ARGUMENTS))
        page = browser.new_context(base_url=f"http://127.0.0.1:{server.port}", viewport=WINDOW).new_page()
        for script in scripts:
            page.add_init_script(script)
        yield page
        browser.close()


def percentile(values: list[float], share: float) -> float:
    """Return a percentile of values, in their unit; 0 of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def turn_by_clicks(server: Server, seconds: float, progress: Progress) -> dict[str, float]:
    """Follow "Next" so many times, a click every so many seconds; return times in milliseconds, and hits."""
    with browsing(server, PAINTED) as page:
        page.goto("/")
        page.wait_for_timeout(1500)
        for _ in range(TURNS):
            begin = time.monotonic()
            page.evaluate("document.querySelector('.pagination__next').focus({preventScroll: true})")
            page.keyboard.press("Enter")
            page.wait_for_timeout(max(0.0, 1000 * (seconds - (time.monotonic() - begin))))
            progress.advance(1)
        page.wait_for_timeout(500)
        figures = page.evaluate(STATISTICS)
        return {
            "painted": page.evaluate("window.painted"),
            "hits": figures["hits"],
            "misses": figures["misses"],
            "used": figures["used"],
            "wasted": figures["wasted"],
        }


def whole_documents(server: Server, pages: int, progress: Progress) -> list[float]:
    """Load so many pages as documents; return milliseconds to the first painted content."""
    with browsing(server) as page:
        page.goto("/")
        found = []
        for number in range(2, 2 + pages):
            page.goto(f"/?page={number}", wait_until="load")
            page.wait_for_timeout(50)
            found += page.evaluate("performance.getEntriesByName('first-contentful-paint').map(e => e.startTime)")
            progress.advance(1)
        return found


def turn_by_misses(server: Server, pages: int, progress: Progress) -> list[float]:
    """Jump to pages that nobody has read, each answer held back; return milliseconds from click to paint."""

    def delay(route: Route) -> None:
        time.sleep(ADDED_DELAY_SECONDS)
        route.continue_()

    chance = Random(4)
    with browsing(server, PAINTED) as page:
        page.goto("/")
        page.wait_for_timeout(500)
        page.route("**/fragments/works/**", lambda route: delay(route) if is_read_now(route) else route.abort())
        for _ in range(MISSES):
            number = chance.randrange(100, pages)
            page.evaluate("number => { document.querySelector('#jump').value = number; }", number)
            page.locator(".pagination__jump button").first.focus()
            page.keyboard.press("Enter")
            page.wait_for_timeout(700)
            progress.advance(1)
        return page.evaluate("window.painted")


def is_read_now(route: Route) -> bool:
    """Return whether a request is for a page that somebody waits for."""
    return "x-purpose" not in route.request.headers


def turn_many(server: Server, pages: int, progress: Progress) -> dict[str, float]:
    """Show a thousand pages; return the growth of the heap and the most that the cache held, in bytes."""
    with browsing(server, SHIFTS_AND_TASKS) as page:
        session = page.context.new_cdp_session(page)
        page.goto("/")

        def heap() -> int:
            for _ in range(3):
                session.send("HeapProfiler.collectGarbage")
            return session.send("Runtime.getHeapUsage")["usedSize"]

        for number in range(2, 12):
            assert page.evaluate(TURN, number)
        before, most = heap(), 0
        for number in range(12, 12 + LONG_TURNS):
            assert page.evaluate(TURN, min(number, pages))
            if number % 20 == 0:
                most = max(most, page.evaluate(STATISTICS)["bytes"])
            progress.advance(1)
        figures = page.evaluate(STATISTICS)
        return {
            "growth": heap() - before,
            "most": most,
            "limit": figures["limit"],
            "evictions": figures["evictions"],
            "shift": page.evaluate("window.shift"),
        }


def scroll(server: Server) -> dict[str, object]:
    """Scroll through many pages; return what happened in each frame."""
    with browsing(server, SHIFTS_AND_TASKS) as page:
        page.goto("/?view=scroll")
        page.wait_for_timeout(1500)
        page.evaluate("window.shift = 0; window.tasks.length = 0; window.scripts.length = 0")
        return page.evaluate(SCROLL, [SCROLLED_PAGES, SCROLL_PIXELS_A_FRAME])


def scroll_plain(server: Server) -> dict[str, list[float]]:
    """Scroll through documents without script; return the milliseconds of each frame and of each long task."""
    with browsing(server, SHIFTS_AND_TASKS) as page:
        page.route("**/static/js/**", lambda route: route.abort())
        found: dict[str, list[float]] = {"frames": [], "tasks": []}
        for number in range(1, 1 + PLAIN_DOCUMENTS):
            page.goto(f"/?page_size={PLAIN_CARDS}&page={number}")
            page.wait_for_timeout(1500)
            page.evaluate("window.tasks.length = 0")
            for name, values in page.evaluate(SCROLL_PLAIN, SCROLL_PIXELS_A_FRAME).items():
                found[name] += values
        return found


def measure(url: str, rows: int) -> report.Result:
    """Measure all, one after another, with one server of one worker."""
    with connected_to(url), serving(url, OUR_SERVER) as server:
        server.get("/")
        pages = rows // 70  # fewer than there are: a fifth of the items is private
        with Progress(3 * TURNS + MISSES + LONG_TURNS, " pages", print) as progress:
            result = {
                "rows": rows,
                "slow": turn_by_clicks(server, 1.0, progress),
                "documents": whole_documents(server, TURNS, progress),
                "fast": turn_by_clicks(server, 1 / 3, progress),
                "misses": turn_by_misses(server, pages, progress),
                "memory": turn_many(server, pages, progress),
            }
        return result | {"plain": scroll_plain(server), "scroll": scroll(server)}


def section(result: report.Result) -> str:
    """Return the section of docs/benchmarks.md."""
    slow, fast, scrolled, plain, memory = (result[name] for name in ("slow", "fast", "scroll", "plain", "memory"))

    def times(values: list[float]) -> str:
        return f"{percentile(values, 0.5):.0f} / {percentile(values, 0.95):.0f} ms"

    def hits(turned: dict) -> str:
        return f"{turned['hits'] / max(1, turned['hits'] + turned['misses']):.0%}"

    def long_tasks(scroll: dict) -> float:
        return 1_000 * len(scroll["tasks"]) / len(scroll["frames"])

    quicker = percentile(result["documents"], 0.5) / percentile(slow["painted"], 0.5)
    rows = [
        ["cached page, key to painted (p50 / p95)", times(slow["painted"]), "p95 under 35 ms"],
        ["the same page as a document, to its first paint", times(result["documents"]), f"{quicker:.1f} times as long"],
        ["missed page, 100 ms added to its answer", times(result["misses"]), "p95 under 500 ms"],
        [f"hits, {TURNS} pages at one a second", hits(slow), "at least 95 %"],
        [f"hits, {TURNS} pages at three a second", hits(fast), "at least 80 %"],
        ["prefetches wasted, of those used", f"{slow['wasted']} of {slow['used']}", ""],
        [
            f"cache after {LONG_TURNS:,} pages, at most",
            f"{memory['most'] / MEGABYTE:.1f} MB, {memory['evictions']} evictions",
            "24 MB",
        ],
        ["JS heap growth over them", f"{memory['growth'] / MEGABYTE:.1f} MB", "under 10 MB"],
        [
            f"{scrolled['pages']} pages scrolled, {SCROLL_PIXELS_A_FRAME} px a frame: frame (p50 / p95)",
            times(scrolled["frames"]),
            "p95 under 17 ms",
        ],
        [
            f"{PLAIN_DOCUMENTS} documents of {PLAIN_CARDS} cards scrolled without script: frame",
            times(plain["frames"]),
            "",
        ],
        ["our longest script in a frame, scrolling", f"{max(scrolled['scripts'], default=0):.0f} ms", "50 ms"],
        [
            "tasks over 50 ms in 1,000 frames, painting included; without script",
            f"{long_tasks(scrolled):.0f}; {long_tasks(plain):.0f}",
            "",
        ],
        ["layout shift, scrolling", f"{scrolled['shift']:.4f}", "under 0.01"],
        ["pages of cards in the document, at most", str(scrolled["most"]), "5"],
    ]
    return f"""The gallery in a browser
Chromium without a graphics card, {WINDOW["width"]} x {WINDOW["height"]}, 50 cards a page, {result["rows"]:,} items.

{report.table(["", "measured", "goal"], rows)}
"""


if __name__ == "__main__":
    command.run(NAME, __doc__, measure, section)
