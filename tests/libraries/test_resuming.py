"""Scans that are killed at any moment, and run again."""

import signal
import subprocess
import time
from pathlib import Path

import pytest

from content.models import ContentItem
from media.models import Library, LibraryFile, MediaFile
from media.thumbnails import GRID, thumbnail_path
from tests.generated_files import make
from tests.processes import manage_with

FILES = 120
WAIT_SECONDS = 240
# Small batches and one file at a time, so that there is a middle to be killed in.
SMALL = (
    "from libraries import read_pass, readers, picture_pass; from django.conf import settings; "
    "read_pass.BATCH_FILES = 10; readers.CHUNK_FILES = 2; picture_pass.BATCH_FILES = 5; "
    "settings.THUMBNAILS_DIR = {thumbnails!r}"
)
# What holds up the process from its fourth batch on, until the test does what it came for.
HELD_UP = "; from libraries.places import Places; from tests.processes import slow_down; "
READING = HELD_UP + "slow_down(Places, 'save')"
PICTURING = HELD_UP + "slow_down(picture_pass.PicturePass, '_save')"


@pytest.fixture
def start(library: Library, folder: Path, tmp_path: Path) -> object:
    """Starts `library scan` in a process of its own, which `held_up` slows down."""
    for number in range(FILES):
        make(folder, number)
    changes = SMALL.format(thumbnails=str(tmp_path / "thumbnails"))
    started = []

    def run(*arguments: str, held_up: str = "") -> subprocess.Popen:
        started.append(manage_with(changes + held_up, "library", "scan", *arguments))
        return started[-1]

    yield run
    for process in started:
        process.kill()
        process.communicate()


def wait_for(condition: object, process: subprocess.Popen) -> None:
    """Wait until something is so, while the process works."""
    end = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.01)


def check_all_is_there() -> None:
    """Check that each file is one work with its pictures."""
    assert LibraryFile.objects.filter(missing_since=None, error="").count() == FILES
    assert ContentItem.objects.filter(is_pictured=True, generation__isnull=False).count() == FILES
    assert ContentItem.objects.count() == MediaFile.objects.count() == FILES
    assert all(thumbnail_path(file.hex, width).exists() for file in MediaFile.objects.all() for width in GRID)


@pytest.mark.parametrize("pause", [0, 0.07])
def test_a_scan_that_is_killed_in_both_passes_goes_on(start: object, pause: float) -> None:
    process = start(held_up=READING)
    wait_for(ContentItem.objects.exists, process)
    time.sleep(pause)
    process.kill()
    process.wait()
    read = ContentItem.objects.count()
    assert 0 < read < FILES
    process = start(held_up=PICTURING)
    wait_for(ContentItem.objects.filter(is_pictured=True).exists, process)
    time.sleep(pause)
    process.kill()
    process.wait()
    assert 0 < ContentItem.objects.filter(is_pictured=True).count() < FILES
    process = start()
    _said, complaints = process.communicate(timeout=WAIT_SECONDS)
    assert process.returncode == 0, complaints
    check_all_is_there()


def test_ctrl_c_keeps_what_is_counted(start: object) -> None:
    process = start("--no-pictures", held_up=READING)
    wait_for(ContentItem.objects.exists, process)
    process.send_signal(signal.SIGINT)
    said, complaints = process.communicate(timeout=WAIT_SECONDS)
    assert (process.returncode, "Traceback" in complaints) == (130, False), complaints
    assert "what was done is kept. Run it again to go on." in complaints
    read = ContentItem.objects.count()
    assert f"output: {read} new, " in said
    assert not LibraryFile.objects.filter(missing_since__isnull=False).exists()


def test_two_scans_at_once_are_one(start: object) -> None:
    first = start()
    wait_for(ContentItem.objects.exists, first)
    second = start("--no-pictures")
    _said, complaints = second.communicate(timeout=WAIT_SECONDS)
    if second.returncode == 3:
        assert "another scan is under way" in complaints
    else:  # the first was done before the second began
        assert second.returncode == 0
    first.communicate(timeout=WAIT_SECONDS)
    assert first.returncode == 0
    check_all_is_there()
