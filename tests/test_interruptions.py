"""Signals that end a command wait where it says so."""

import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest
from django.conf import settings

from genonaut.interruptions import interruption_waits

ENDS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


@pytest.fixture(params=ENDS)
def end(request: pytest.FixtureRequest) -> Iterator[signal.Signals]:
    """A signal that raises KeyboardInterrupt, as manage.py has all of them do."""
    before = signal.signal(request.param, signal.default_int_handler)
    yield request.param
    signal.signal(request.param, before)


def test_an_interruption_comes_at_the_end_of_the_block(end: signal.Signals) -> None:
    done = []
    with pytest.raises(KeyboardInterrupt):
        with interruption_waits():
            signal.raise_signal(end)
            signal.raise_signal(end)
            done.append("within")
        done.append("behind")
    assert done == ["within"]
    assert signal.getsignal(end) is signal.default_int_handler


def test_an_interruption_that_is_ignored_stays_so() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with interruption_waits():
            signal.raise_signal(signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_what_fails_within_is_raised_where_nothing_interrupts() -> None:
    with pytest.raises(ZeroDivisionError), interruption_waits():
        _ = 1 / 0
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_processes_that_read_the_command_line_under_another_name_can_be_ended() -> None:
    code = "import runpy, signal; runpy.run_path('manage.py', run_name='__mp_main__'); "
    code += "print(signal.pthread_sigmask(signal.SIG_BLOCK, []))"
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=settings.BASE_DIR
    )
    assert said.stdout == "set()\n"
