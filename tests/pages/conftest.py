"""A real Chromium and a real server for it: static files come from WhiteNoise, as in production."""

import os
import time
from collections.abc import Callable, Iterator

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.core.handlers.wsgi import WSGIHandler
from django.test import Client
from django.test.testcases import LiveServerThread
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from tests import chromium
from users.models import User

# Playwright's sync API runs an event loop in the tests' thread, where Django would refuse every query.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]

# What htmx complains of when a list that is under way is given up for another.
GIVEN_UP = ("htmx:afterRequest", "htmx:sendAbort")

OpenContext = Callable[..., BrowserContext]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests; each test opens contexts of its own."""
    path = chromium.find() or pytest.fail(chromium.MISSING, pytrace=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
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


@pytest.fixture
def open_context(transactional_db: None, browser: Browser, server_address: str) -> Iterator[OpenContext]:
    """Open a context with its own viewport, colours and cookies; what it logs or fails to load fails the test."""
    contexts: list[BrowserContext] = []

    def open_one(*, user: User | None = None, **options: object) -> BrowserContext:
        context = browser.new_context(base_url=server_address, **options)
        context.set_default_timeout(10_000)
        if user is not None:
            context.add_cookies([{"name": "sessionid", "value": session_of(user), "url": server_address}])
        contexts.append(context)
        return context

    yield open_one
    for context in contexts:
        context.close()


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
        was_given_up = message.text.startswith(GIVEN_UP)
        if not (expected_status or was_given_up):
            complaints.append(message.text)

    def fail(request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # what the page itself gave up, as a page that nobody wants any more
            complaints.append(f"failed: {request.url}")

    page.on("console", hear)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", fail)


def until(condition: Callable[[], object], page: Page) -> None:
    """Wait until something is so, for ten seconds at most.

    Playwright's own wait evaluates text, which the policy forbids.
    """
    deadline = time.monotonic() + 10
    while not condition() and time.monotonic() < deadline:
        page.wait_for_timeout(20)
    assert condition()


def session_of(user: User) -> str:
    """Return the key of a session in which this user is signed in."""
    client = Client()
    client.force_login(user)
    return SessionStore(client.cookies["sessionid"].value).session_key


def _as_it_is(application: WSGIHandler) -> WSGIHandler:
    return application
