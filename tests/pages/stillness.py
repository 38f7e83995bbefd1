"""Waits until a page has nothing left to do: a state of the page, in place of a time that suits one machine."""

import time

from playwright.sync_api import Error, Page

# For any state: what a machine with other work takes at most.
WAIT_SECONDS = 40
# Later timers are no part of what a page does now: reloads of what is stale, time limits of requests.
SOON_MS = 1_100
# After this a frame that was not painted is waited for no longer.
FRAME_MS = 10_000
# Counts the page's timers and requests. `isStill` waits for what is due by then: two frames and an idle moment.
WATCH = (
    (
        """(() => {
  const timers = new Set();
  let loading = 0;
  const {setTimeout: start, clearTimeout: stop, fetch} = window;
  window.setTimeout = (work, delay = 0, ...rest) => {
    const timer = start(() => { timers.delete(timer); work(...rest); }, delay);
    if (delay <= SOON_MS) timers.add(timer);
    return timer;
  };
  window.clearTimeout = (timer) => { timers.delete(timer); stop(timer); };
  const done = () => { loading -= 1; };
  const awaited = (work) => {
    loading += 1;
    work.then(done, done);
    return work;
  };
  window.fetch = (...request) => awaited(fetch(...request));
  // An answer is there with its headers: what follows is read on its own.
  for (const kind of ["text", "json"]) {
    const read = Response.prototype[kind];
    Response.prototype[kind] = function () { return awaited(read.call(this)); };
  }
  const {send} = XMLHttpRequest.prototype;
  XMLHttpRequest.prototype.send = function (...body) {
    loading += 1;
    this.addEventListener("loadend", done);
    return send.apply(this, body);
  };
  // No state that a test waits for may keep it for ever: Playwright sets no limit to a script, nor Chromium to a frame.
  window.frame = () => new Promise((go) => { requestAnimationFrame(go); start(go, FRAME_MS); });
  window.isStill = async (isLoaded) => {
    await frame();
    await frame();
    await new Promise((go) => requestIdleCallback(go, {timeout: 200}));
    return timers.size === 0 && (loading === 0 || !isLoaded);
  };
})()"""
    )
    .replace("SOON_MS", str(SOON_MS))
    .replace("FRAME_MS", str(FRAME_MS))
)

# Notes how far the layout shifts, and what did.
SHIFTS = """
window.shift = 0;
window.shifts = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    window.shift += entry.value;
    window.shifts.push(...entry.sources.map(({node}) => node?.className ?? node?.nodeName ?? "gone"));
  }
}).observe({type: "layout-shift", buffered: true});
"""


def still(page: Page, *, is_loaded: bool = True) -> None:
    """Wait until no timer of the page is due soon, and no request under way unless `is_loaded` is false.

    Raises TimeoutError after WAIT_SECONDS.
    """
    end = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < end:
        try:
            if page.evaluate("isLoaded => window.isStill(isLoaded)", is_loaded):
                return
        except Error as error:  # the page is on its way to another
            if "context was destroyed" not in str(error):
                raise
    raise TimeoutError(f"{page.url} goes on working.")


def frames(page: Page) -> None:
    """Wait until what is due now is painted."""
    page.evaluate("() => frame().then(frame)")
