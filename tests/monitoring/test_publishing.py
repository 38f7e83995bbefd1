"""Publishing what a process counted."""

import pytest

from genonaut.web.worker import BufferingWorker


def full_disk() -> None:
    """Fail as a write does."""
    raise OSError(28, "No space left on device")


def test_a_full_disk_does_not_end_the_loop_of_a_process(caplog: pytest.LogCaptureFixture) -> None:
    worker = BufferingWorker.__new__(BufferingWorker)
    worker.publish = full_disk
    worker.publish_now()
    assert "No space left on device" in caplog.text
