"""A work of a library that was deleted on the site: the file stays, and no scan makes the work again."""

import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from content.models import ContentItem
from content.owners import delete_item
from interactions.merging import merge
from libraries.folders import unregister
from media.models import DismissedPair, LeftOut, Library, MediaFile
from tests.libraries.conftest import SAMPLES
from users.models import User

OTHER = sorted(path.name for path in SAMPLES.glob("*.png"))[1]
Sample = Callable[..., Path]
Read = Callable[[], dict[str, int]]


@pytest.mark.parametrize("how", ["unchanged", "touched", "moved", "copied", "away and back"])
def test_a_deleted_work_is_not_made_again(sample: Sample, read: Read, folder: Path, tmp_path: Path, how: str) -> None:
    path = sample("01_a1111.png")
    content = path.read_bytes()
    read()
    delete_item(ContentItem.objects.get())
    if how == "touched":
        os.utime(path)
    elif how == "moved":
        path = path.rename(folder / "moved.png")
    elif how == "copied":
        sample("01_a1111.png", "copied.png")
    elif how == "away and back":
        sample(OTHER)  # an empty folder would be offline
        path.rename(tmp_path / "away.png")
        read()
        (tmp_path / "away.png").rename(path)
    read()
    assert path.read_bytes() == content
    assert not ContentItem.objects.filter(media_file__sha256=sha256(content).digest()).exists()


def test_another_content_in_its_place_is_a_work(sample: Sample, read: Read, folder: Path) -> None:
    sample("01_a1111.png")
    read()
    delete_item(ContentItem.objects.get())
    sample(OTHER, "01_a1111.png")
    assert read()["works"] == 1


def test_a_library_that_is_added_again_brings_it_back(
    library: Library, sample: Sample, read: Read, folder: Path, alice: User
) -> None:
    sample("01_a1111.png")
    read()
    delete_item(ContentItem.objects.get())
    other = Library.objects.create(name="again", folder=f"{folder}/")
    assert list(LeftOut.objects.values_list("library", flat=True)) == [library.pk]
    file = MediaFile.objects.get()
    DismissedPair.objects.create(owner=alice, first=file, second=file)
    unregister(library, lambda _rows: None)
    assert not MediaFile.objects.exists()
    library.pk, library.name, library.folder = other.pk, other.name, other.folder
    assert read()["works"] == 1


def test_libraries_of_others_make_it_still(
    library: Library, sample: Sample, read: Read, folder: Path, alice: User
) -> None:
    sample("01_a1111.png")
    read()
    work = ContentItem.objects.get()
    ContentItem.objects.filter(pk=work.pk).update(creator=alice)
    work.refresh_from_db()
    delete_item(work)
    assert not LeftOut.objects.exists()


def test_works_that_were_merged_away_are_not_made_again(
    library: Library, sample: Sample, read: Read, folder: Path, alice: User
) -> None:
    Library.objects.filter(pk=library.pk).update(owner=alice)
    sample("01_a1111.png")
    sample(OTHER)
    read()
    kept, other = ContentItem.objects.order_by("pk")
    merge(alice, kept.pk, [other.pk])
    for path in folder.iterdir():
        os.utime(path)
    read()
    assert ContentItem.objects.get().pk == kept.pk
    assert len(list(folder.iterdir())) == 2
