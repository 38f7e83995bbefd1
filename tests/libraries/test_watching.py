"""Libraries that are followed by a process of its own: what is saved in them is a work a moment later."""

import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from content.models import ContentItem
from media.models import Library, LibraryFile
from tests.generated_files import make
from tests.libraries.conftest import SAMPLES
from tests.processes import database_url, manage_with

WAIT_SECONDS = 240
END_OTHERS = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
CHANGES = "from django.conf import settings; settings.THUMBNAILS_DIR = {thumbnails!r}"
Sample = Callable[..., Path]


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    end = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < end, list(LibraryFile.objects.values_list("path", "error", "missing_since"))
        time.sleep(0.05)


@pytest.fixture
def watcher(library: Library, sample: Sample, tmp_path: Path) -> Iterator[subprocess.Popen]:
    """A process that follows the library, which has one work."""
    sample("34_sidecar.png", "first.png")
    changes = CHANGES.format(thumbnails=str(tmp_path / "thumbnails"))
    process = manage_with(changes, "library", "scan", "--watch")
    wait_for(ContentItem.objects.filter(is_pictured=True).exists)
    yield process
    process.kill()
    process.communicate()


def present() -> set[str]:
    """Return the paths of works that have pictures."""
    places = LibraryFile.objects.filter(missing_since=None, media_file__works__is_pictured=True)
    return set(places.values_list("path", flat=True)) - {"first.png"}


@pytest.mark.usefixtures("watcher")
def test_a_file_that_is_saved_is_a_work_and_stays_it_where_it_is_moved(folder: Path, sample: Sample) -> None:
    sample("01_a1111.png", "new/a.png")
    wait_for(lambda: present() == {"new/a.png"})
    item = ContentItem.objects.latest("pk")
    (folder / "new").rename(folder / "other")
    wait_for(lambda: present() == {"other/a.png"})
    (folder / "other/a.png").rename(folder / "b.png")
    wait_for(lambda: present() == {"b.png"})
    assert ContentItem.objects.latest("pk").pk == item.pk
    (folder / "first.txt").write_text("a red kite\nSteps: 20, Sampler: Euler, Seed: 7")
    wait_for(ContentItem.objects.filter(prompt="a red kite").exists)
    (folder / "b.png").unlink()
    wait_for(lambda: present() == set())
    assert ContentItem.objects.filter(pk=item.pk).exists()


@pytest.mark.usefixtures("watcher")
def test_a_file_that_is_written_slowly_is_read_once_it_is_whole(folder: Path) -> None:
    content = (SAMPLES / "01_a1111.png").read_bytes()
    with (folder / "slow.png").open("wb", buffering=0) as file:
        for start in range(0, len(content), 2_000):
            file.write(content[start : start + 2_000])
            time.sleep(0.15)
    wait_for(lambda: present() == {"slow.png"})
    assert not LibraryFile.objects.exclude(error="").exists()


@pytest.mark.usefixtures("watcher")
def test_a_burst_loses_nothing(folder: Path, tmp_path: Path) -> None:
    for number in range(300):
        make(tmp_path / "made", number)
    shutil.copytree(tmp_path / "made", folder / "burst")
    wait_for(lambda: len(present()) == 300)


def test_a_folder_that_goes_away_and_comes_back_loses_nothing(
    folder: Path, sample: Sample, watcher: subprocess.Popen
) -> None:
    folder.rename(folder.with_name("aside"))
    wait_for(Library.objects.filter(offline_since__isnull=False).exists)
    assert not LibraryFile.objects.filter(missing_since__isnull=False).exists()
    folder.with_name("aside").rename(folder)
    wait_for(Library.objects.filter(offline_since=None).exists)
    sample("01_a1111.png", "a.png")
    wait_for(lambda: present() == {"a.png"})


@pytest.mark.usefixtures("watcher")
def test_a_folder_in_the_place_of_another_is_followed(library: Library, folder: Path, sample: Sample) -> None:
    folder.rename(folder.with_name("aside"))
    folder.mkdir()
    sample("01_a1111.png", "before.png")
    wait_for(lambda: present() == {"before.png"})
    sample("10_comfy.png", "after.png")
    wait_for(lambda: present() == {"before.png", "after.png"})


def test_ctrl_c_stops_it(watcher: subprocess.Popen) -> None:
    watcher.send_signal(signal.SIGINT)
    said, complaints = watcher.communicate(timeout=WAIT_SECONDS)
    # A statement that was interrupted may be told of.
    assert (watcher.returncode, "Traceback" in complaints) == (0, False)
    assert said.splitlines()[-1] == "Stopped; nothing is lost."


def test_a_database_that_is_read_only_for_a_while_is_waited_for(watcher: subprocess.Popen, sample: Sample) -> None:
    name = connection.settings_dict["NAME"]
    with psycopg.connect(database_url(), autocommit=True) as other:
        other.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        try:
            other.execute(END_OTHERS)
            sample("01_a1111.png", "a.png")
            assert any(line.startswith("Read only at the moment (") for line in watcher.stdout)
        finally:
            other.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
            other.execute(END_OTHERS)
    connection.close()
    wait_for(lambda: present() == {"a.png"})
    assert watcher.poll() is None
