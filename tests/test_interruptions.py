"""Ctrl-C waits where a command says so."""

import signal
import subprocess
import sys

import pytest
from django.conf import settings

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


def test_processes_that_read_the_command_line_under_another_name_can_be_ended() -> None:
    code = "import runpy, signal; runpy.run_path('manage.py', run_name='__mp_main__'); "
    code += "print(signal.pthread_sigmask(signal.SIG_BLOCK, []))"
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=settings.BASE_DIR
    )
    assert said.stdout == "set()\n"
