"""Ctrl-C waits where a command says so."""

import signal

import pytest

from genonaut.interruptions import interruption_waits


def test_an_interruption_comes_at_the_end_of_the_block() -> None:
    done = []
    with pytest.raises(KeyboardInterrupt):
        with interruption_waits():
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)
            done.append("within")
        done.append("behind")
    assert done == ["within"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


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
