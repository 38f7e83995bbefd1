"""Fixtures of generation's tests: threads that begin together, a ComfyUI of our own, a backend quick to judge it."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from django.db import connection

from generation.backends.comfyui import ComfyUIBackend
from generation.backends.comfyui.backend import Limits
from tests.comfyui import LocalComfyUI

# For any of what the threads do, on a machine with other work.
WAIT_SECONDS = 300
LIMIT = "SET statement_timeout = '300s'"

# A server's threads share the processor with the test, and with what else the machine does.
QUICK = Limits(
    read_seconds=20,
    lost_seconds=0.03,
    unsure_seconds=0.1,
    dead_seconds=5,
    stop_again_seconds=0.02,
    output_bytes=1_000_000,
)

Together = Callable[..., list[object]]


@pytest.fixture
def together() -> Iterator[Together]:
    """Runs functions in threads that begin together, each with a connection of its own; returns what they return."""

    def run(*acts: Callable[[], object]) -> list[object]:
        barrier = Barrier(len(acts))

        def begin(act: Callable[[], object]) -> object:
            try:
                with connection.cursor() as cursor:  # a thread that waits for ever fails
                    cursor.execute(LIMIT)
                barrier.wait(WAIT_SECONDS)
                return act()
            finally:
                with connection.cursor() as cursor:
                    cursor.execute("RESET statement_timeout")
                connection.close()

        with ThreadPoolExecutor(len(acts)) as threads:
            return [future.result(WAIT_SECONDS) for future in [threads.submit(begin, act) for act in acts]]

    yield run


@pytest.fixture
def comfyui(tmp_path: Path) -> Iterator[LocalComfyUI]:
    """A server that was just started."""
    with LocalComfyUI(tmp_path / "comfyui") as server:
        yield server
        assert server.oddities.answers_500 or server.faults == []


@pytest.fixture
def backend(comfyui: LocalComfyUI) -> Iterator[ComfyUIBackend]:
    """A backend of that server."""
    backend = ComfyUIBackend(comfyui.url, QUICK)
    yield backend
    backend.close()


@pytest.fixture
def comfyui_url(comfyui: LocalComfyUI) -> str:
    """The server's address."""
    return comfyui.url
