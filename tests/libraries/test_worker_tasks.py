"""The worker's turns: each library comes on in each of them, however much there is to compare or to read."""

from collections.abc import Callable
from pathlib import Path

import pytest

from genonaut.worker_process import stopping
from libraries import read_pass, worker_tasks
from libraries.worker_tasks import read_libraries
from media.models import Library, LibraryFile
from tests.generated_files import make


@pytest.fixture
def no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A turn is over when it begins, and a batch has two files."""
    monkeypatch.setattr(worker_tasks, "READING_SECONDS", 0)
    monkeypatch.setattr(read_pass, "BATCH_FILES", 2)


@pytest.mark.usefixtures("no_time")
def test_turns_that_are_too_short_read_some_files_of_each_library(library: Library, folder: Path) -> None:
    other = Library.objects.create(name="other", folder=str(folder.with_name("other")))
    for number in range(5):
        make(folder, number)
        make(other.root, 10 + number)
    read = []
    for _turn in range(3):
        read_libraries()
        read.append([LibraryFile.objects.filter(library=each).count() for each in (library, other)])
    assert read == [[2, 2], [4, 4], [5, 5]]
    library.refresh_from_db()
    assert library.scanned_at is not None


def test_the_library_that_was_not_read_for_longest_is_the_first(
    library: Library, sample: Callable[..., Path], caplog: pytest.LogCaptureFixture
) -> None:
    read_libraries()
    other = Library.objects.create(name="other", folder=str(library.root.with_name("other")))
    for folder in (library.root, other.root):
        make(folder, 1)
    with caplog.at_level("INFO", worker_tasks.logger.name):
        read_libraries()
    assert [record.args[0] for record in caplog.records] == ["other", "output"]


def test_a_turn_ends_with_the_worker(library: Library, folder: Path) -> None:
    make(folder, 1)
    stopping.set()
    try:
        read_libraries()
    finally:
        stopping.clear()
    assert not LibraryFile.objects.exists()
