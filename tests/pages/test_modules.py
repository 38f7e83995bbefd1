"""What the modules compute, in a real Chromium: the page cache, reading ahead, likes, the window of endless scroll."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page
from pytest_django import DjangoDbBlocker

MEGABYTE = 2**20
# A cache of pages that weigh what they are said to; `put(key, bytes)` keeps one, `keys()` says which are there.
CACHE = """
const {PageCache, DEFAULT_LIMIT, HIGHEST_LIMIT} = await import('genonaut/pages/cache');
let now = 0;
const made = (limit) => {
  const cache = new PageCache({limit, clock: () => now});
  const page = (key, bytes) => ({bytes: bytes - 2 * key.length, ids: [key], prepared: 1});
  const put = (key, bytes, options) => cache.put(key, page(key, bytes), options);
  const keys = () => [...cache.entries()].map(([key]) => key).join('');
  return {cache, put, keys};
};
"""


@pytest.fixture(scope="module")
def page(browser: Browser, server_address: str, django_db_blocker: DjangoDbBlocker) -> Iterator[Page]:
    """A page with the import map, and nothing on it: no test leaves anything there."""
    with browser.new_context(base_url=server_address) as context:
        page = context.new_page()
        with django_db_blocker.unblock():
            page.goto("/accounts/login/")
        yield page


def run(page: Page, script: str) -> object:
    """Run a script with the cache at hand and return what it returns."""
    return page.evaluate(f"(async () => {{ {CACHE} {script} }})()")


def test_what_was_used_longest_ago_goes_first_and_the_bytes_add_up(page: Page) -> None:
    script = """
    const {cache, put, keys} = made(100), seen = [];
    const look = () => seen.push([keys(), cache.bytes, cache.statistics.evictions]);
    put('a', 40); put('b', 40); look();
    cache.use('a'); put('c', 40); look();
    put('c', 10); look();
    put('d', 101); look();
    cache.delete('a'); cache.delete('x'); look();
    put('e', 100); look();
    return seen;
    """
    assert run(page, script) == [
        ["ab", 80, 0],
        ["ac", 80, 1],
        ["ac", 50, 1],
        ["ac", 50, 1],
        ["c", 10, 1],
        ["e", 100, 2],
    ]


def test_whatever_comes_it_stays_within_its_limit(page: Page) -> None:
    script = """
    const {cache, put} = made(1000);
    let seed = 7, most = 0, wrong = 0;
    const random = (below) => (seed = (seed * 48271) % 2147483647) % below;
    for (let step = 0; step < 5000; step += 1) {
      const key = `k${random(60)}`;
      [() => put(key, 20 + random(300)), () => cache.use(key), () => cache.delete(key)][Math.max(0, random(5) - 2)]();
      most = Math.max(most, cache.bytes);
      wrong += cache.bytes !== [...cache.entries()].reduce((sum, [, {bytes}]) => sum + bytes, 0);
    }
    return [most <= 1000, most > 900, wrong];
    """
    assert run(page, script) == [True, True, 0]


def test_the_limit_is_24_megabytes_and_never_over_50(page: Page) -> None:
    script = "return [new PageCache().limit, made(1e9).cache.limit, (await import('genonaut/pages/cache')).cache.limit]"
    assert run(page, script) == [24 * MEGABYTE, 50 * MEGABYTE, 24 * MEGABYTE]


def test_figures_tell_hits_misses_and_what_became_of_prefetches(page: Page) -> None:
    script = """
    const {cache, put} = made(100);
    put('a', 40, {isAhead: true}); put('b', 40, {isAhead: true});
    cache.use('a'); cache.use('a'); cache.use('x'); cache.peek('b');
    put('c', 40); put('d', 40);
    return cache.statistics;
    """
    assert run(page, script) == {"hits": 2, "misses": 1, "evictions": 2, "prefetches": 0, "used": 1, "wasted": 1}


def test_a_page_is_stale_when_it_is_marked_or_after_a_minute(page: Page) -> None:
    script = """
    const {cache, put} = made(100), seen = [];
    const look = () => seen.push(['a', 'b'].map((key) => cache.isStale(cache.peek(key))));
    put('a', 10); put('b', 10); look();
    seen.push(cache.markStale((key, {ids}) => ids.includes('b'))); look();
    cache.confirm('b'); look();
    now += 60_001; look();
    cache.confirm('a'); look();
    return seen;
    """
    assert run(page, script) == [[False, False], 1, [False, True], [False, False], [True, True], [False, True]]


def test_what_leaves_the_cache_takes_its_elements_along(page: Page) -> None:
    script = """
    const {cache, put} = made(50);
    put('a', 40);
    const {page} = cache.peek('a');
    put('b', 40);
    return page.prepared;
    """
    assert run(page, script) is None


def test_a_key_is_the_whole_address_and_the_viewer(page: Page) -> None:
    script = """
    const {PageReader, listOf} = await import('genonaut/pages/reader');
    const key = (viewer, path, address) => new PageReader({cache: new PageCache(), path, viewer}).key(address);
    const one = '?as_of=1&content_type=image&page=2';
    const keys = [key('', '/w/', one), key('7', '/w/', one), key('', '/v/', one), key('', '/w/', '?as_of=1&page=2'),
                  key('', '/w/', '?as_of=2&content_type=image&page=2')];
    return [new Set(keys).size, listOf('/w/' + one) === listOf('/w/?as_of=9&content_type=image&page=5&view=scroll'),
            listOf('/w/?page=2') === listOf('/w/?content_type=image&page=2')];
    """
    assert run(page, script) == [5, True, False]


# A prefetcher of three pages; `built()` says which of them have their section. It builds them when the browser is idle,
# and `wait` has its turn after that.
PREFETCHER = """
const {Prefetcher} = await import('genonaut/pages/prefetcher');
const pages = {}, reader = {durations: [], abortAhead() {}, readAhead: async (address) => pages[address]};
for (const key of 'abc') pages[key] = {prepared: null, async prepare() { this.prepared ??= key }};
const prefetcher = new Prefetcher({reader, isAllowed: true});
const built = () => Object.values(pages).map(({prepared}) => prepared ?? '-').join('');
const task = () => new Promise((go) => setTimeout(go));
const wait = () => task().then(() => new Promise((go) => requestIdleCallback(go))).then(task);
"""


def test_of_the_pages_that_are_likely_next_the_last_two_are_built(page: Page) -> None:
    script = """
    const seen = [];
    for (const key of ['a', 'b', 'a', 'c']) { prefetcher.want([key]); await wait(); seen.push(built()); }
    return seen;
    """
    assert run(page, PREFETCHER + script) == ["a--", "ab-", "ab-", "a-c"]


def test_a_page_whose_section_was_taken_is_built_again(page: Page) -> None:
    script = """
    prefetcher.want(['a']); await wait();
    pages.a.prepared = null;
    prefetcher.want(['a']); await wait();
    return built();
    """
    assert run(page, PREFETCHER + script) == "a--"


def test_who_has_stopped_builds_nothing_more(page: Page) -> None:
    script = """
    prefetcher.want(['a']); await Promise.resolve();
    prefetcher.stop(); await wait();
    return built();
    """
    assert run(page, PREFETCHER + script) == "---"


AHEAD = [
    ({"speed": 0}, 1),
    ({"speed": 0.7}, 2),
    ({"speed": -2}, 3),
    ({"speed": 9, "saveData": True}, 0),
    ({"speed": 9, "effectiveType": "slow-2g"}, 0),
    ({"speed": 9, "effectiveType": "2g"}, 1),
    ({"speed": 9, "effectiveType": "3g"}, 2),
    ({"speed": 9, "effectiveType": "4g"}, 3),
    ({"speed": 9, "durations": [50] * 19 + [900]}, 3),
    ({"speed": 9, "durations": [50] * 18 + [900] * 2}, 2),
    ({"speed": 9, "durations": [2100] * 5}, 1),
]


def test_how_far_ahead_is_read(page: Page) -> None:
    ask = "states => import('genonaut/pages/prefetcher').then(({pagesAhead}) => states.map(pagesAhead))"
    assert page.evaluate(ask, [state for state, _ in AHEAD]) == [expected for _, expected in AHEAD]


# --- The likes that are known


def test_what_is_known_of_is_bounded_and_what_was_used_last_is_kept(page: Page) -> None:
    kept = page.evaluate("""async () => {
        const {LikeCache} = await import("genonaut/list/like-cache");
        const known = new LikeCache(3);
        known.add("sent", true).isSending = true;
        for (const id of ["a", "b"]) known.add(id, false);
        known.get("a");
        known.add("c", true);
        return [known.size, ...["sent", "a", "b", "c"].map((id) => known.get(id)?.saved ?? null)];
    }""")
    assert kept == [3, True, False, None, True]


# --- The window of a list that scrolls


def arithmetic(page: Page, expression: str) -> object:
    return page.evaluate(f"import('genonaut/scroll/virtual-window').then(({{VirtualWindow}}) => {expression})")


MIDDLE = "const w = new VirtualWindow({index: 50, low: 1, high: 100}); w.measured(50, 1000);"


def test_the_pages_near_the_window_are_wanted(page: Page) -> None:
    run = arithmetic(
        page,
        "{" + MIDDLE + "return w.wanted({top: -100, bottom: 900, start: -9e4, end: 9e4, height: 600}, 1)}",
    )
    assert run == {"first": 49, "last": 51, "top": -1100, "isFlight": False}


def test_at_most_five_pages_are_wanted_unless_more_are_seen(page: Page) -> None:
    make = "const w = new VirtualWindow({index: 50, low: 1, high: 100});"
    wanted = "return w.wanted({top: 0, bottom: %d, start: -4e4, end: 4e4, height: 600}, 1)"
    few = arithmetic(page, "{" + make + "w.measured(50, 300);" + wanted % 300 + "}")
    assert few["last"] - few["first"] + 1 == 5
    many = arithmetic(page, "{" + make + "w.measured(50, 60);" + wanted % 60 + "}")
    assert many["last"] - many["first"] + 1 == 10


def test_a_drag_leads_to_the_page_at_that_place(page: Page) -> None:
    sight = "{top: -20100, bottom: -19100, start: -69100, end: 30000, height: 600}"
    run = arithmetic(page, "{" + MIDDLE + f"return w.wanted({sight}, 1)" + "}")
    assert run["isFlight"]
    assert run["first"] <= 70 <= run["last"]


def test_the_ends_of_the_document_are_the_ends_of_the_list(page: Page) -> None:
    top = "{top: 9000, bottom: 10000, start: 50, end: 30000, height: 600}"
    bottom = "{top: -9000, bottom: -8000, start: -30000, end: 590, height: 600}"
    assert arithmetic(page, "{" + MIDDLE + f"return w.wanted({top}, -1)" + "}")["first"] == 1
    assert arithmetic(page, "{" + MIDDLE + f"return w.wanted({bottom}, 1)" + "}")["last"] == 100


def test_a_space_stands_for_a_bounded_number_of_pages(page: Page) -> None:
    make = "const w = new VirtualWindow({index: 500, low: 1, high: 9000});"
    assert arithmetic(page, "{" + make + "w.measured(500, 1000); return [w.above, w.below]}") == [100_000, 100_000]
    high = arithmetic(page, "{" + make + "w.measured(500, 100000); return [w.above, w.below]}")
    assert high == [4_000_000, 4_000_000]
    at_the_top = "const w = new VirtualWindow({index: 1, low: 1, high: 2}); w.measured(1, 1000);"
    assert arithmetic(page, "{" + at_the_top + "return [w.above, w.below]}") == [0, 1000]


def test_a_page_that_nobody_came_to_see_keeps_no_elements(page: Page) -> None:
    seen = page.evaluate("""async () => {
      const {ScrollPage} = await import("genonaut/scroll/scroll-page");
      const page = {prepared: null, prepare() { this.prepared = document.createElement("section") }};
      const reader = {peek: () => page, read: async () => page};
      const scrollPage = ScrollPage.empty(3, "?page=3", {height: 100, label: "Works", mark: ""});
      await new Promise((onReady) => scrollPage.read(reader, {cards: 4, delayMs: 0, onReady}));
      const before = page.prepared !== null;
      scrollPage.remove();
      return [before, page.prepared !== null];
    }""")
    assert seen == [True, False]
