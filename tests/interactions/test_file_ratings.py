"""Ratings of files: they become their owner's own, and never take the place of one that was given here."""

import os
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZipFile

import pytest
from django.core.management import call_command
from django.utils import timezone

from content.models import ContentItem
from interactions.models import Interaction, Kind
from interactions.rating import rate
from libraries.read_pass import ReadPass
from libraries.scans import scan
from media.models import Library
from media.pictures.studio import Studio
from tests.libraries.conftest import OLD_NS, age, studio
from tests.media.generation_data.test_ratings import rated
from tests.pages.staged import own_folders
from tests.uploads.test_zips import small
from users.models import User

__all__ = ["own_folders", "studio"]

pytestmark = pytest.mark.usefixtures("own_folders")


def ratings() -> list[tuple[str, int]]:
    """Return who gave how many stars."""
    rows = Interaction.objects.filter(kind=Kind.RATE).order_by("user__username", "rating")
    return list(rows.values_list("user__username", "rating"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four pictures: one rated, one rejected, one unrated, one without a packet."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number, name in enumerate(("rated.png", "rejected.png", "unrated.png", "plain.png")):
        age(folder / name, small(number))
    age(folder / "rated.xmp", rated("4"))
    age(folder / "rejected.png.xmp", rated("-1"))
    age(folder / "unrated.png.xmp", rated("0"))
    return folder


@pytest.mark.parametrize("form", ["folder", "zip"])
def test_an_import_keeps_its_owner_s_ratings(bob: User, folder: Path, tmp_path: Path, form: str) -> None:
    source = folder
    if form == "zip":
        source = tmp_path / "pictures.zip"
        with ZipFile(source, "w") as archive:
            for path in folder.iterdir():
                archive.write(path, path.name)
    for owner, found in ((), []), (("--owner", bob.username), [(bob.username, 4)]):
        call_command("import_content", source, *owner, verbosity=0)
        assert ratings() == found
    # Done again, what was taken back here stays so.
    rate(bob, Interaction.objects.get().content_id, 0)
    call_command("import_content", source, "--owner", bob.username, verbosity=0)
    assert (ratings(), ContentItem.objects.count()) == ([], 8)


def test_a_rating_of_a_file_of_the_future_is_of_now(transactional_db: None, folder: Path, studio: Studio) -> None:
    future = datetime(2099, 1, 1, tzinfo=UTC)
    os.utime(folder / "rated.png", (future.timestamp(),) * 2)
    library = Library.objects.create(name="pictures", folder=str(folder), owner=User.objects.create(username="ada"))
    scan(ReadPass(library, studio))
    [row] = Interaction.objects.select_related("content")
    assert max(row.created_at, row.content.created_at) <= timezone.now()


def test_a_library_takes_ratings_given_later_and_none_that_were_given_here(
    transactional_db: None, folder: Path, studio: Studio
) -> None:
    ada = User.objects.create(username="ada")
    library = Library.objects.create(name="pictures", folder=str(folder), owner=ada)

    def scanned() -> dict[str, int]:
        read_pass = ReadPass(library, studio)
        scan(read_pass)
        return {kind: count for kind, count in read_pass.report.counts.items() if count}

    assert (scanned(), ratings()) == ({"new": 4, "works": 4}, [("ada", 4)])
    [row] = Interaction.objects.select_related("content")
    assert row.created_at == row.content.created_at
    rate(ada, row.content_id, 2)
    for name, stars in (("rated.xmp", "5"), ("plain.png.xmp", "3")):
        (folder / name).write_bytes(rated(stars))
        os.utime(folder / name, ns=(OLD_NS, OLD_NS + 1_000_000))
    assert (scanned(), ratings()) == ({"unchanged": 4, "renewed": 2}, [("ada", 2), ("ada", 3)])
