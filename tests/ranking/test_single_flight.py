"""One background thread at a time for each key, with a pause after it."""

import logging
from threading import Event, Thread
from time import monotonic

import pytest

from genonaut.ranking import SingleFlight

WAIT_SECONDS = 300


def test_a_key_has_one_thread_at_a_time_and_rests_as_long_as_its_work_says() -> None:
    flights, may_end = SingleFlight(pause_seconds=0), Event()

    def work() -> float:
        may_end.wait(WAIT_SECONDS)
        return 1_000.0

    thread = flights.start("a", "work on a", work)
    assert (flights.start("a", "work on a", work), flights.claim("a")) == (None, False)
    assert flights.start("b", "work on b", lambda: 0.0) is not None
    may_end.set()
    thread.join(WAIT_SECONDS)
    assert 900 < flights.free_at("a") - monotonic() <= 1_000
    assert flights.start("a", "work on a", work) is None
    flights.clear()
    assert flights.claim("a")


def test_a_process_without_room_for_a_thread_logs_it_and_tries_again_later(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(_thread: Thread) -> None:
        raise RuntimeError("can't start new thread")

    flights = SingleFlight(pause_seconds=500)
    monkeypatch.setattr(Thread, "start", refuse)
    with caplog.at_level(logging.WARNING):
        assert flights.start("a", "work on a", lambda: 0.0) is None
    assert "No thread to work on a" in caplog.text
    assert 400 < flights.free_at("a") - monotonic() <= 500
