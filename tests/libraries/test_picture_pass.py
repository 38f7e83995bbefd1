"""The picture pass: thumbnails once for each content, whatever becomes of single files."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from content.models import ContentItem
from genonaut.worker_process import stopping
from libraries.picture_pass import PicturePass
from libraries.statuses import status_lines
from media.models import Library, LibraryFile, MediaFile
from media.pictures.studio import Studio
from media.thumbnails import GRID, thumbnail_path
from tests.generated_files import make
from tests.libraries.conftest import SAMPLES, age
from tests.media.pictures.dying import HICCUP, DyingStudio, HiccupStudio
from tests.processes import manage_with

Sample = Callable[..., Path]
Read = Callable[[], dict[str, int]]


@pytest.fixture
def paint(library: Library, studio: Studio) -> Callable[[], dict[str, int]]:
    """Makes pictures; returns what was counted."""

    def run() -> dict[str, int]:
        pictures = PicturePass(studio)
        assert pictures.run()
        return dict(pictures.counts)

    return run


def made() -> dict[str, int]:
    """Return the inode of each thumbnail by its path: one that is made again has another."""
    paths = (thumbnail_path(file.hex, width) for file in MediaFile.objects.all() for width in GRID)
    return {str(path): path.stat().st_ino for path in paths if path.exists()}


def test_each_sample_has_thumbnails_placeholder_and_hash(sample: Sample, read: Read, paint: Read) -> None:
    for path in SAMPLES.glob("*.[pjaw]*g"):
        sample(path.name)
    read()
    works = ContentItem.objects.count()
    assert paint() == {"made": works}
    assert len(made()) == 2 * works
    for file in MediaFile.objects.all():
        assert file.pictured_at is not None
        assert len(file.thumbhash) > 4
        assert len(file.colour) == 7
        assert file.perceptual_hash is not None
    assert ContentItem.objects.filter(is_pictured=True).count() == works


def test_nothing_is_made_twice_for_files_that_were_moved(folder: Path, read: Read, paint: Read) -> None:
    for number in range(30):
        make(folder / "before", number)
    read()
    assert paint() == {"made": 30}
    before = made()
    (folder / "before").rename(folder / "after")
    assert read() == {"moved": 30}
    assert paint() == {}
    assert made() == before


def test_a_copy_that_comes_later_has_its_picture_at_once(
    library: Library, sample: Sample, read: Read, paint: Read, alice: object
) -> None:
    sample("01_a1111.png")
    read()
    paint()
    Library.objects.filter(pk=library.pk).update(owner=alice)
    sample("01_a1111.png", "copy.png")
    read()
    assert ContentItem.objects.get(creator=alice).is_pictured


def test_a_file_that_gives_no_picture_fails_alone_and_is_named(
    folder: Path, library: Library, sample: Sample, read: Read, paint: Read, studio: Studio
) -> None:
    sample("01_a1111.png")
    whole = (SAMPLES / "10_comfy.png").read_bytes()
    age(folder / "cut.png", whole[: whole.index(b"IDAT") + 100])
    age(folder / "badge.svg", b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
    read()
    said: list[object] = []
    pictures = PicturePass(studio, said.append)
    pictures.run()
    assert pictures.counts == {"made": 1, "failed": 2}
    expected = [
        f"{library.name}: badge.svg: no picture: the file is an SVG, of which no preview is made",
        f"{library.name}: cut.png: no picture: the file is damaged: image file is truncated",
    ]
    assert [line.split(" (")[0] for line in sorted(map(str, said))] == expected
    lines = list(status_lines(library))
    assert lines[-3] == "  2 read, but without a picture:"
    assert [line.partition(":")[0] for line in sorted(lines[-2:])] == ["    badge.svg", "    cut.png"]
    failed = MediaFile.objects.get(thumbhash=None, format="png")
    assert failed.pictured_at is not None
    assert failed.picture_error.startswith("is damaged")
    assert not ContentItem.objects.get(media_file=failed).is_pictured
    assert paint() == {}


def test_a_file_whose_process_is_killed_is_tried_once_more(sample: Sample, read: Read) -> None:
    for name in ("01_a1111.png", "10_comfy.png"):
        sample(name)
    read()
    with DyingStudio(deaths=1) as studio:
        pictures = PicturePass(studio)
        assert pictures.run()
    assert pictures.counts == {"made": 2}
    assert not MediaFile.objects.exclude(picture_error="").exists()


def test_a_file_that_kills_each_process_fails(sample: Sample, read: Read) -> None:
    sample("01_a1111.png")
    read()
    with DyingStudio(deaths=2) as studio:
        pictures = PicturePass(studio, lambda _line: None)
        pictures.run()
    assert +pictures.counts == {"failed": 1}
    assert MediaFile.objects.get().picture_error.endswith("was killed by signal 15")


@pytest.mark.parametrize("path", [HICCUP, Path("/gone")])
def test_a_file_that_the_system_does_not_give_is_left_to_the_next_pass(
    sample: Sample, read: Read, paint: Read, path: Path
) -> None:
    sample("01_a1111.png")
    read()
    with HiccupStudio(2, path) as studio:
        pictures = PicturePass(studio)
        pictures.run()
    assert pictures.counts == {"left": 1}
    assert MediaFile.objects.filter(pictured_at=None, picture_error="").exists()
    assert paint() == {"made": 1}


def test_what_ends_with_the_worker_is_left_to_the_next_pass(sample: Sample, read: Read, paint: Read) -> None:
    sample("01_a1111.png")
    read()
    stopping.set()
    try:
        with DyingStudio(deaths=2) as studio:
            pictures = PicturePass(studio)
            pictures.run()
    finally:
        stopping.clear()
    assert pictures.counts == {"left": 1}
    assert MediaFile.objects.filter(pictured_at=None, picture_error="").exists()
    assert paint() == {"made": 1}


def test_a_video_is_tried_again_once_its_decoder_is_installed(
    folder: Path, sample: Sample, read: Read, paint: Read, tmp_path: Path
) -> None:
    sample("18_comfy.mp4")
    age(folder / "lacking.mp4", (SAMPLES / "20_vhs_comment.mp4").read_bytes().replace(b"stsz", b"free"))
    read()
    (tmp_path / "without").mkdir()
    (tmp_path / "without" / "av.py").write_text("raise ImportError")
    without = f"import os; os.environ['PYTHONPATH'] = {str(tmp_path / 'without')!r}"
    for _scan in range(2):
        said = manage_with(without, "library", "scan").communicate(timeout=120)
        assert "PyAV (pip install av) is not installed" in "".join(said) or _scan == 1
        assert list(MediaFile.objects.values_list("waits_for", flat=True)) == ["av", "av"]
    assert "  2 without a picture until av is installed" in "\n".join(status_lines(Library.objects.get()))
    assert paint() == {"made": 1, "failed": 1}
    assert sorted(MediaFile.objects.values_list("waits_for", "picture_error"))[0] == ("", "")
    assert paint() == {}


def test_texts_have_no_picture_and_no_error(folder: Path, read: Read, paint: Read) -> None:
    (folder / "poem.txt").write_text("Fog on the water.")
    read()
    paint()
    file = MediaFile.objects.get()
    assert (file.pictured_at is not None, file.picture_error) == (True, "")
    assert not ContentItem.objects.get().is_pictured


def test_files_of_a_library_that_is_offline_are_left(folder: Path, sample: Sample, read: Read, paint: Read) -> None:
    sample("01_a1111.png")
    read()
    folder.rename(folder.with_name("aside"))
    assert paint() == {"left": 1}
    read()
    assert paint() == {}
    assert MediaFile.objects.get().pictured_at is None
    folder.with_name("aside").rename(folder)
    read()
    assert paint() == {"made": 1}


def test_another_content_in_a_files_place_is_not_taken_for_it(
    library: Library, sample: Sample, read: Read, paint: Read
) -> None:
    path = sample("01_a1111.png")
    read()
    content = (SAMPLES / "26_swarm.png").read_bytes()
    path.write_bytes(content)
    MediaFile.objects.update(size=len(content))  # as if it were as long as the one that was read
    assert paint() == {"left": 1}
    assert made() == {}


def test_uploads_have_pictures_as_well(library: Library, sample: Sample, read: Read, paint: Read) -> None:
    path = sample("01_a1111.png")
    read()
    name = default_storage.save("upload.png", ContentFile(path.read_bytes()))
    MediaFile.objects.update(stored_as=name)
    LibraryFile.objects.all().delete()
    shutil.rmtree(path.parent)
    assert paint() == {"made": 1}


def test_a_pass_with_little_time_leaves_the_rest(
    library: Library, studio: Studio, folder: Path, read: Read, paint: Read
) -> None:
    for number in range(20):
        make(folder, number)
    read()
    pictures = PicturePass(studio)
    assert not pictures.run(seconds=0)
    assert MediaFile.objects.filter(pictured_at=None).exists()
    paint()
    assert not MediaFile.objects.filter(pictured_at=None).exists()
