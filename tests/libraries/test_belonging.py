"""Which library works belong to: it follows their files, and is never another account's."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client

from content.models import ContentItem
from content.uploading import Offer, take_file
from media.models import LibraryFile, MediaFile
from media.thumbnails import GRID, thumbnail_path
from tests.factories import UserFactory
from tests.libraries.conftest import SAMPLES
from users.models import User

Command = Callable[..., tuple[int, str]]
pytestmark = pytest.mark.django_db(transaction=True)


def library_of(owner: User, path: Path, command: Command, *options: str, file: str = "01_a1111.png") -> Path:
    """Register a folder, with one file if one is named; return it."""
    path.mkdir()
    if file:
        shutil.copy(SAMPLES / file, path / "a.png")
    assert command("add", path, "--owner", owner.username, *options)[0] == 0
    return path


def found(client: Client, library: str) -> int:
    return client.get("/api/v1/content/", {"library": library}).json()["pagination"]["total_count"]


def test_a_work_whose_library_is_removed_goes_to_no_library_of_another_account(
    tmp_path: Path, alice: User, command: Command, client: Client
) -> None:
    bob = UserFactory(username="bob")
    library_of(alice, tmp_path / "alice-secret", command, "--private")
    library_of(bob, tmp_path / "bobs", command)
    command("scan", "--no-pictures")
    assert command("remove", "bobs", "--yes")[0] == 0
    assert ContentItem.objects.get(creator=bob).library is None
    assert found(client, "alice-secret") == 0
    assert ContentItem.objects.get(creator=alice).library.name == "alice-secret"


@pytest.mark.parametrize("names", [("here", "there"), ("there", "here")])
def test_a_work_follows_its_file_to_another_library_whichever_is_scanned_first(
    tmp_path: Path, alice: User, command: Command, names: tuple[str, str]
) -> None:
    source = library_of(alice, tmp_path / names[0], command)
    shutil.copy(SAMPLES / "10_comfy.png", source / "stays.png")
    target = library_of(alice, tmp_path / names[1], command, "--private", file="26_swarm.png")
    command("scan")
    item = ContentItem.objects.get(media_file__places__path="a.png", library__name=names[0])
    (source / "a.png").rename(target / "moved.png")
    said = command("scan")[1]
    assert "1 are public works whose files were moved to a private library" in said
    item.refresh_from_db()
    assert (item.library.name, item.is_private) == (names[1], False)
    assert not LibraryFile.objects.filter(missing_since__isnull=False).exists()
    assert "  1 of its works are public" in command("status", names[1])[1]
    thumbnail = thumbnail_path(item.media_file.hex, GRID[0])
    assert thumbnail.exists()
    assert command("remove", names[1], "--yes")[0] == 0
    assert ContentItem.objects.get().library.name == names[0]
    assert MediaFile.objects.get().places.get().path == "stays.png"
    assert not thumbnail.exists()


@pytest.mark.parametrize("names", [("here", "there"), ("there", "here")])
def test_a_work_whose_file_is_moved_back_comes_back_with_it(
    tmp_path: Path, alice: User, command: Command, names: tuple[str, str]
) -> None:
    source = library_of(alice, tmp_path / names[0], command)
    target = library_of(alice, tmp_path / names[1], command, file="26_swarm.png")
    shutil.copy(SAMPLES / "10_comfy.png", source / "stays.png")
    command("scan", "--no-pictures")
    item = ContentItem.objects.get(media_file__places__path="a.png", library__name=names[0])
    for old, new, library in ((source, target, names[1]), (target, source, names[0])):
        name = {source: "a.png", target: "moved.png"}
        (old / name[old]).rename(new / name[new])
        command("scan", "--no-pictures")
        item.refresh_from_db()
        assert item.library.name == library


def test_an_upload_that_also_lies_in_a_library_is_of_none(tmp_path: Path, alice: User, command: Command) -> None:
    library_of(alice, tmp_path / "here", command)
    with (SAMPLES / "01_a1111.png").open("rb") as file:
        take_file(Offer.of_many(file, "a.png", alice, []))
    command("scan", "--no-pictures")
    assert ContentItem.objects.get().library is None
