"""Fixtures of generation's tests."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

# For any of what the threads do, on a machine with other work.
WAIT_SECONDS = 60
LIMIT = "SET statement_timeout = '20s'"

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
