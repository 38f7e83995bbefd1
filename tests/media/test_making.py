"""What is made when it is first asked for: once, and never so much at a time that the site waits."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.db import connection

from media import making
from media.files import FileGoneError
from media.making import MOST_AT_ONCE, BusyError, NoPictureError, make_thumbnail, stripped_copy
from media.models import MediaFile
from media.thumbnails import LARGE, keep_thumbnail, thumbnail_path
from tests.media.files import library_at, placed, uploaded
from tests.media.pictures.dying import HICCUP, DyingStudio, HiccupStudio
from tests.media.pictures.samples import file_of, photograph, png_text


def picture(**texts: str) -> bytes:
    """Return a PNG, with texts."""
    return file_of(photograph(90, 60), "PNG", pnginfo=png_text(**texts)).getvalue()


@pytest.mark.django_db(transaction=True)
def test_two_that_ask_at_once_are_given_the_same_thumbnail(monkeypatch: pytest.MonkeyPatch) -> None:
    file, kept = uploaded(picture()), []

    def keep(*arguments: object) -> None:
        kept.append(arguments[:2])
        keep_thumbnail(*arguments)

    def make(_: int) -> Path:
        try:
            return make_thumbnail(file, LARGE)
        finally:
            connection.close()

    monkeypatch.setattr(making, "keep_thumbnail", keep)
    with ThreadPoolExecutor(MOST_AT_ONCE) as threads:
        paths = list(threads.map(make, range(MOST_AT_ONCE)))
    assert paths == [thumbnail_path(file.hex, LARGE)] * MOST_AT_ONCE
    assert kept == [(file.hex, LARGE)]


@pytest.mark.django_db
def test_one_too_many_is_told_to_come_again_and_the_next_is_served() -> None:
    file = uploaded(picture())
    for _ in range(MOST_AT_ONCE):
        assert making.turns.acquire(blocking=False)
    try:
        for make in (lambda: make_thumbnail(file, LARGE), lambda: stripped_copy(file)):
            with pytest.raises(BusyError):
                make()
    finally:
        for _ in range(MOST_AT_ONCE):
            making.turns.release()
    assert make_thumbnail(file, LARGE).exists()


@pytest.mark.django_db
def test_a_failure_is_remembered_and_the_file_is_not_read_again() -> None:
    file = uploaded(b"no picture")
    with pytest.raises(NoPictureError, match=r"^The file is no picture"):
        make_thumbnail(file, LARGE)
    default_storage.delete(file.stored_as)
    # As another process that knew nothing of it.
    with pytest.raises(NoPictureError, match=r"^The file is no picture"):
        make_thumbnail(MediaFile.objects.defer("picture_error").get(pk=file.pk), LARGE)


@pytest.mark.django_db
def test_the_death_of_a_process_is_no_fault_of_the_file_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    file = uploaded(picture())
    with DyingStudio(deaths=1) as studio:
        monkeypatch.setattr(making, "STUDIO", studio)
        # The second time, it is not tried: each view would take as long.
        for _ in range(2):
            with pytest.raises(NoPictureError, match=r"was killed by signal 15\.$"):
                make_thumbnail(file, LARGE)
        cache.clear()
        assert make_thumbnail(file, LARGE).exists()
    assert MediaFile.objects.get(pk=file.pk).picture_error == ""


@pytest.mark.django_db
@pytest.mark.parametrize("path", [HICCUP, Path("/gone")])
def test_a_file_that_the_system_does_not_give_is_tried_again(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    file = uploaded(picture())
    with HiccupStudio(1, path) as studio:
        monkeypatch.setattr(making, "STUDIO", studio)
        with pytest.raises(NoPictureError, match=r"^The file cannot be read: "):
            make_thumbnail(file, LARGE)
        cache.clear()
        assert make_thumbnail(file, LARGE).exists()
    assert MediaFile.objects.get(pk=file.pk).picture_error == ""


@pytest.mark.django_db
def test_another_picture_in_a_files_place_is_not_shown_for_it(tmp_path: Path) -> None:
    content, other = picture(), file_of(photograph(80, 50), "PNG").getvalue()
    length = max(len(content), len(other))
    file = placed(content.ljust(length, b"\0"), library_at(tmp_path), "a.png")
    (tmp_path / "a.png").write_bytes(other.ljust(length, b"\0"))
    with pytest.raises(FileGoneError, match="was replaced by another"):
        make_thumbnail(file, LARGE)
    assert not thumbnail_path(file.hex, LARGE).exists()
    (tmp_path / "a.png").write_bytes(content.ljust(length, b"\0"))
    assert make_thumbnail(file, LARGE).exists()


@pytest.mark.django_db
def test_a_failure_gives_its_turn_back() -> None:
    for number in range(2 * MOST_AT_ONCE):
        with pytest.raises(NoPictureError):
            make_thumbnail(uploaded(b"no picture %d" % number), LARGE)


@pytest.mark.django_db
def test_a_stripped_copy_says_nothing_and_lies_nowhere() -> None:
    content = picture(parameters="a private prompt")
    file = uploaded(content)
    made = stripped_copy(file)
    with made.file as copy:
        stripped = copy.read()
    assert b"private prompt" in content
    assert b"private prompt" not in stripped
    assert stripped.startswith(b"\x89PNG")
    assert made.path is None


@pytest.mark.django_db
def test_what_cannot_be_stripped_says_why() -> None:
    with pytest.raises(NoPictureError, match=r"^The file is of a format that cannot be copied"):
        stripped_copy(uploaded(b"a text", mime="text/plain"))
