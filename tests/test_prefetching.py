"""Prefetches: how they are known, and that a worker takes few of them at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from pytest_django.fixtures import Settings

from genonaut import flags
from genonaut.http.prefetching import LimitPrefetches, is_prefetch
from tests.factories import ContentItemFactory

AHEAD = {"X-Purpose": "prefetch"}
WAIT_SECONDS = 300


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, False),
        ({"X-Purpose": "prefetch"}, True),
        ({"Purpose": "prefetch"}, True),
        ({"Sec-Purpose": "prefetch;prerender"}, True),
        ({"Sec-Purpose": "navigate"}, False),
        ({"Purpose": ""}, False),
    ],
)
def test_a_prefetch_is_known_by_its_header(headers: dict[str, str], expected: bool) -> None:
    assert is_prefetch(RequestFactory().get("/", headers=headers)) is expected


@contextmanager
def busy(middleware: LimitPrefetches, entered: Event, leave: Event, count: int) -> Iterator[None]:
    """Have so many prefetches under way."""
    threads = [Thread(target=middleware, args=[RequestFactory().get("/slow", headers=AHEAD)]) for _ in range(count)]
    for thread in threads:
        thread.start()
        assert entered.wait(WAIT_SECONDS)
        entered.clear()
    yield
    leave.set()
    for thread in threads:
        thread.join(WAIT_SECONDS)


def test_beyond_its_places_a_worker_refuses_prefetches_alone(settings: Settings) -> None:
    settings.PREFETCHES_AT_ONCE = 2
    entered, leave = Event(), Event()

    def respond(request: HttpRequest) -> HttpResponse:
        if request.path == "/slow":
            entered.set()
            assert leave.wait(WAIT_SECONDS)
        return HttpResponse("there")

    middleware = LimitPrefetches(respond)
    ahead, now = RequestFactory().get("/", headers=AHEAD), RequestFactory().get("/")
    with busy(middleware, entered, leave, 2):
        refused = middleware(ahead)
        assert (refused.status_code, refused["Retry-After"], refused["Cache-Control"]) == (503, "5", "no-store")
        assert middleware(now).status_code == 200
    assert middleware(ahead).status_code == 200


def test_a_place_is_free_again_after_a_failure(settings: Settings) -> None:
    settings.PREFETCHES_AT_ONCE = 1

    def fail(_request: HttpRequest) -> HttpResponse:
        raise ZeroDivisionError

    middleware = LimitPrefetches(fail)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            middleware(RequestFactory().get("/", headers=AHEAD))


def test_a_prefetched_page_is_the_page(db: None, client: Client) -> None:
    ContentItemFactory()
    ahead, now = client.get("/fragments/works/", headers=AHEAD), client.get("/fragments/works/")
    assert (ahead.status_code, ahead.content, ahead["ETag"]) == (200, now.content, now["ETag"])


def test_switched_off_prefetches_are_refused_and_the_gallery_asks_for_none(db: None, client: Client) -> None:
    ContentItemFactory()
    assert b"data-may-prefetch" in client.get("/").content
    flags.turn(flags.Flag.PREFETCHING, is_on=False)
    assert client.get("/fragments/works/", headers=AHEAD).status_code == 503
    page = client.get("/")
    assert (page.status_code, b"data-may-prefetch" in page.content) == (200, False)
