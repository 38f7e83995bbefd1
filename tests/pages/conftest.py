"""A real Chromium and a real server for it: static files come from WhiteNoise, as in production."""

import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterator

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.core.handlers.wsgi import WSGIHandler
from django.test import Client
from django.test.testcases import LiveServerThread
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Playwright,
    Request,
    expect,
    sync_playwright,
)

from tests import chromium
from tests.pages.stillness import WAIT_SECONDS, WATCH
from users.models import User

# Playwright's sync API runs an event loop in the tests' thread, where Django would refuse every query.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

# A state is waited for as long as a busy machine may take; one that is there costs nothing.
expect.set_options(timeout=1000 * WAIT_SECONDS)

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # A context's pages share a process, which has the modules compiled and the fonts loaded.
    "--renderer-process-limit=1",
    "--disable-site-isolation-trials",
]

# What htmx complains of when a list that is under way is given up for another.
GIVEN_UP = ("htmx:afterRequest", "htmx:sendAbort")
# What Chromium warns of where a test measures a card that is out of sight.
MEASURED = "Rendering was performed in a subtree hidden by content-visibility"

OpenContext = Callable[..., BrowserContext]


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """What starts browsers."""
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """One Chromium for all tests; each test has contexts of its own, which others had before."""
    yield from launched(playwright, chromium.find())


@pytest.fixture(scope="session")
def whole_browser(playwright: Playwright) -> Iterator[Browser]:
    """One with a browser around it, for tests marked `whole_browser`."""
    yield from launched(playwright, chromium.find(chromium.WHOLE))


def launched(playwright: Playwright, path: str | None) -> Iterator[Browser]:
    """Start a browser and close it in the end."""
    browser = playwright.chromium.launch(
        executable_path=path or pytest.fail(chromium.MISSING, pytrace=False), args=ARGUMENTS, timeout=300_000
    )
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def server_address(django_db_setup: None) -> Iterator[str]:
    """The address of the site, served without Django's own handler of static files, which knows no hashed names."""
    thread = LiveServerThread("127.0.0.1", static_handler=_as_it_is)
    thread.daemon = True
    thread.start()
    thread.is_ready.wait()
    assert thread.error is None
    yield f"http://127.0.0.1:{thread.port}"
    thread.terminate()


@pytest.fixture(scope="session")
def emptied_contexts(browser: Browser) -> dict[tuple[Browser, str], list[BrowserContext]]:
    """What tests have left of contexts, by browser and options: nothing but the cache and an empty page.

    The page keeps the process of the context's pages, so modules are compiled once.
    """
    return defaultdict(list)


@pytest.fixture
def open_context(
    transactional_db: None,
    request: pytest.FixtureRequest,
    server_address: str,
    emptied_contexts: dict[tuple[Browser, str], list[BrowserContext]],
) -> Iterator[OpenContext]:
    """Open a context with its own viewport, colours and cookies; what it logs or fails to load fails the test.

    `has_clock`: its time is the test's to stop and wind on. `goes_offline`: no other page is in the process, all of
    whose pages hear that they are back when the first of them is, and not once more.
    """
    is_moving, is_whole = (request.node.get_closest_marker(name) is not None for name in ("moving", "whole_browser"))
    # The processor draws each frame of an animation, and a colour halfway between light and dark has no contrast.
    motion = "no-preference" if is_moving else "reduce"
    browser: Browser = request.getfixturevalue("whole_browser" if is_whole else "browser")
    opened: list[tuple[BrowserContext, list[BrowserContext] | None]] = []

    def open_one(
        *, user: User | None = None, has_clock: bool = False, goes_offline: bool = False, **options: object
    ) -> BrowserContext:
        options = {"reduced_motion": motion, **options}
        emptied = emptied_contexts[browser, repr(sorted(options.items()))]
        is_fresh = has_clock or goes_offline
        context = emptied.pop() if emptied and not is_fresh else new_context(browser, server_address, options)
        if has_clock:
            context.clock.install()  # and it stays in the context
        elif not is_fresh and not context.pages:
            context.new_page()
        if user is not None:
            context.add_cookies([{"name": "sessionid", "value": session_of(user), "url": server_address}])
        opened.append((context, None if is_fresh else emptied))
        return context

    yield open_one
    for context, emptied in opened:
        if emptied is None:
            context.close()
        else:
            empty_context(context, server_address)
            emptied.append(context)


def new_context(browser: Browser, server_address: str, options: dict[str, object]) -> BrowserContext:
    context = browser.new_context(base_url=server_address, **options)
    context.set_default_timeout(1000 * WAIT_SECONDS)
    context.add_init_script(WATCH)
    return context


def empty_context(context: BrowserContext, server_address: str) -> None:
    """Close a context's pages but the first, which no test used; clear all that they left but files in the cache."""
    context.set_offline(False)
    context.unroute_all()
    empty, *used = context.pages
    if used:
        session = context.new_cdp_session(empty)
        stores = {"origin": server_address, "storageTypes": "local_storage,indexeddb,cache_storage,service_workers"}
        session.send("Storage.clearDataForOrigin", stores)
        session.detach()
    for page in used:
        page.close()
    context.clear_cookies()


@pytest.fixture
def page(open_context: OpenContext) -> Page:
    """A page of an ordinary desktop browser with script switched off."""
    return open_context(java_script_enabled=False, viewport={"width": 1440, "height": 900}).new_page()


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What a page's console and network complain of; a test that hears anything fails."""
    heard: list[str] = []
    yield heard
    assert heard == []


def listen(page: Page, complaints: list[str]) -> None:
    """Note what a page complains of, but for the status of its own address."""

    def hear(message: ConsoleMessage) -> None:
        expected_status = (
            "the server responded with a status of" in message.text and message.location["url"] == page.url
        )
        was_given_up = message.text.startswith((*GIVEN_UP, MEASURED))
        # A server takes few pages at a time that are read ahead, and the page asks again when it needs one.
        was_ahead = "status of 503" in message.text and "/fragments/works/" in message.location["url"]
        if not (expected_status or was_given_up or was_ahead):
            complaints.append(message.text)

    def fail(request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # what the page itself gave up, as a page that nobody wants any more
            complaints.append(f"failed: {request.url}")

    page.on("console", hear)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", fail)


def until(condition: Callable[[], object], page: Page) -> None:
    """Wait until something is so, for WAIT_SECONDS at most.

    Playwright's own wait evaluates text, which the policy forbids.
    """
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition() and time.monotonic() < deadline:
        page.wait_for_timeout(20)
    assert condition()


def until_loaded(page: Page, name: str) -> None:
    """Wait until the page has loaded, by itself, a module that is not there at once, and started it."""
    is_asked_for = (
        "name => performance.getEntriesByType('resource').some((entry) => entry.name.includes(`/js/${name}.`))"
    )
    until(lambda: page.evaluate(is_asked_for, name), page)
    page.evaluate("name => import(`genonaut/${name}`).then(() => {})", name)


def session_of(user: User) -> str:
    """Return the key of a session in which this user is signed in."""
    client = Client()
    client.force_login(user)
    return SessionStore(client.cookies["sessionid"].value).session_key


def _as_it_is(application: WSGIHandler) -> WSGIHandler:
    return application
