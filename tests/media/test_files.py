"""Where a content is read from: uploads, else any library that has it; never from outside a library's folder."""

import os
from pathlib import Path

import pytest
from django.utils import timezone

from media.files import FileGoneError, open_original
from media.models import MediaFile
from tests.media.files import library_at, placed, seen_in, uploaded

CONTENT = b"not quite a picture"

pytestmark = pytest.mark.django_db


def read(media_file: MediaFile) -> tuple[bytes, str]:
    """Return the bytes and the name of a content."""
    original = open_original(media_file)
    with original.file as file:
        return file.read(), original.name


def test_an_upload_is_read_from_the_storage() -> None:
    media_file = uploaded(CONTENT)
    assert read(media_file) == (CONTENT, media_file.stored_as)


def test_a_file_of_a_library_is_read_where_it_lies(tmp_path: Path) -> None:
    assert read(placed(CONTENT, library_at(tmp_path / "a"), "x/fog.png")) == (CONTENT, "fog.png")


def test_an_upload_that_is_gone_is_read_from_a_library(tmp_path: Path) -> None:
    media_file = placed(CONTENT, library_at(tmp_path / "a"), "fog.png", stored_as="gone.png")
    assert read(media_file) == (CONTENT, "fog.png")


@pytest.mark.parametrize("way", ["missing", "offline", "deleted", "changed", "a folder", "a pipe", "a circle"])
def test_the_next_place_is_read_when_the_first_is_not_what_it_was(tmp_path: Path, way: str) -> None:
    first = library_at(tmp_path / "a")
    media_file = placed(CONTENT, first, "fog.png")
    path = tmp_path / "a/fog.png"
    if way == "missing":
        media_file.places.update(missing_since=timezone.now())
    elif way == "offline":
        first.offline_since = timezone.now()
        first.save()
    elif way == "changed":
        path.write_bytes(CONTENT + b"!")
    else:
        path.unlink()
    if way == "a folder":
        path.mkdir()
    elif way == "a pipe":
        os.mkfifo(path)
    elif way == "a circle":
        path.symlink_to("fog.png")
    with pytest.raises(FileGoneError, match=r"^The file is not where it was.*\.$"):
        read(media_file)
    second = library_at(tmp_path / "b")
    (tmp_path / "b/two.png").write_bytes(CONTENT)
    seen_in(second, "two.png", media_file)
    assert read(media_file) == (CONTENT, "two.png")


def test_nothing_outside_a_library_is_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(CONTENT)
    library = library_at(tmp_path / "a")
    media_file = placed(CONTENT, library, "fog.png")
    (tmp_path / "a/fog.png").unlink()
    (tmp_path / "a/link.png").symlink_to(secret)
    (tmp_path / "a/folder").symlink_to(tmp_path)
    for path in ("link.png", "folder/secret", "../secret", str(secret)):
        media_file.places.update(path=path)
        with pytest.raises(FileGoneError):
            read(media_file)


def test_a_link_inside_a_library_is_followed(tmp_path: Path) -> None:
    library = library_at(tmp_path / "a")
    media_file = placed(CONTENT, library, "real.png")
    (tmp_path / "a/link.png").symlink_to("real.png")
    media_file.places.update(path="link.png")
    assert read(media_file) == (CONTENT, "link.png")


def test_a_stored_name_that_leads_out_of_the_storage_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(CONTENT)
    media_file = uploaded(CONTENT)
    media_file.stored_as = "../secret"
    with pytest.raises(FileGoneError):
        read(media_file)
