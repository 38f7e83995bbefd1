"""Libraries of real files in folders of their own, scanned by real processes into a real database."""

import os
import shutil
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from libraries.read_pass import ReadPass
from libraries.scans import scan
from media.models import Library
from media.pictures.studio import Studio

SAMPLES = Path(__file__).parent.parent / "media" / "generated"
# Long ago: a file that is damaged is not being written.
OLD_NS = 1_600_000_000 * 10**9


def age(path: Path, content: bytes | None = None) -> None:
    """Let a file be old; with a content, write it."""
    if content is not None:
        path.write_bytes(content)
    os.utime(path, ns=(OLD_NS, OLD_NS))


@pytest.fixture(scope="session")
def studio() -> Iterator[Studio]:
    """Processes that read, shared by all tests."""
    with Studio(2) as studio:
        yield studio


@pytest.fixture(autouse=True)
def own_folders(settings: Settings, tmp_path: Path) -> None:
    """Keep thumbnails and uploads in folders of the test."""
    settings.THUMBNAILS_DIR = tmp_path / "thumbnails"
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder that is to be a library."""
    folder = tmp_path / "output"
    folder.mkdir()
    return folder


@pytest.fixture
def library(transactional_db: None, folder: Path) -> Library:
    """A library of that folder."""
    return Library.objects.create(name="output", folder=str(folder))


@pytest.fixture
def sample(folder: Path) -> Callable[..., Path]:
    """Copies a sample into the folder, under another name if one is given."""

    def copy(name: str, to: str = "") -> Path:
        target = folder / (to or name)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(SAMPLES / name, target)
        return target

    return copy


@pytest.fixture
def read(library: Library, studio: Studio) -> Callable[[], dict[str, int]]:
    """Scans the library without pictures; returns the counts that are not 0."""

    def run() -> dict[str, int]:
        library.refresh_from_db()
        read_pass = ReadPass(library, studio)
        scan(read_pass)
        return {kind: count for kind, count in read_pass.report.counts.items() if count}

    return run


@pytest.fixture
def command() -> Callable[..., tuple[int, str]]:
    """Runs `library` with arguments; returns its exit status and all that it said."""

    def run(*arguments: object) -> tuple[int, str]:
        out = StringIO()
        try:
            call_command("library", *map(str, arguments), stdout=out, stderr=out, verbosity=0)
        except CommandError as error:
            return error.returncode, f"{out.getvalue()}{error}"
        return 0, out.getvalue()

    return run
