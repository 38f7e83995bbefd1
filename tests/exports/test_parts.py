"""The parts of a member's export: each a whole export by itself, within bounds, and true about what it lacks."""

import errno
import json
import os
from pathlib import Path
from zipfile import ZipFile

import pytest
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, default_storage
from django.core.management import call_command
from django.test import Client
from pytest_django.fixtures import Settings

from albums.items import add_works, annotate
from albums.models import Album
from content.models import ContentItem
from exports import parts
from exports.models import Export, ExportPart
from exports.worker_tasks import make_exports
from media import making
from tests.exports.test_round_trip import emptied
from tests.factories import UserFactory
from tests.media.pictures.dying import DyingStudio
from tests.pages.staged import own_folders, picture
from tests.uploads.files import files_below
from users.models import User

__all__ = ["own_folders"]

pytestmark = pytest.mark.usefixtures("db", "own_folders", "own_uploads")

PAGE = "/export/"


class Refusing(FileSystemStorage):
    """A storage that breaks on the files of one account's export."""

    def _save(self, name: str, content: File) -> str:
        if name.startswith(f"exports/{Export.objects.get(user__username='ada').pk}/"):
            raise RuntimeError("the key of the bucket")
        return super()._save(name, content)


@pytest.fixture
def own_uploads(settings: Settings, tmp_path: Path) -> None:
    settings.UPLOADS_DIR = tmp_path / "on their way"


@pytest.fixture
def ada(client: Client) -> User:
    """Ada, signed in, with four works and an album of them in another order."""
    ada = UserFactory(username="ada")
    client.force_login(ada)
    works = [picture(20 + number, 20, creator=ada, title=f"Fog {number}").pk for number in range(4)]
    album = Album.objects.create(owner=ada, title="Kept", cover_id=works[0])
    add_works(album, ada, [works[2], works[0], works[3], works[1]])
    annotate(album, works[3], "The best")
    return ada


def made(client: Client) -> Export:
    """Ask for an export and have it made."""
    assert client.post(PAGE).status_code == 303
    make_exports()
    return Export.objects.get()


def lines(part: ExportPart, name: str) -> list[dict]:
    """Return a list of a part."""
    with default_storage.open(part.stored_as) as file, ZipFile(file) as archive:
        return [json.loads(line) for line in archive.read(name).decode().splitlines()]


def unpacked(part: ExportPart, folder: Path) -> Path:
    """Unpack a part; return where."""
    with default_storage.open(part.stored_as) as file, ZipFile(file) as archive:
        assert archive.testzip() is None
        archive.extractall(folder / str(part.number))
    return folder / str(part.number)


def album_rows() -> list[tuple]:
    """Return the album: its cover, and its works in their order with notes."""
    [album] = Album.objects.select_related("cover")
    items = album.items.order_by("-position").values_list("content__title", "position", "note", "added_at")
    return [album.cover.title, *items]


def test_each_part_holds_its_own_of_an_album_and_all_in_any_order_the_whole(
    client: Client, ada: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "PART_WORKS", 2)
    before = album_rows()
    export = made(client)
    assert (export.works, export.error) == (4, "")
    found = list(export.parts.order_by("number"))
    assert [part.works for part in found] == [2, 2]
    for part in found:
        works = {line["source_id"] for line in lines(part, "works.jsonl")}
        assert {line["work"] for line in lines(part, "album_items.jsonl")} == works
    folders = [unpacked(part, tmp_path) for part in reversed(found)]
    emptied()
    for folder in folders:
        call_command("import_export", folder, verbosity=0)
    assert album_rows() == before


@pytest.mark.parametrize(("name", "said"), [("EXPORT_WORKS", "2 works"), ("EXPORT_BYTES", "1 bytes")])
def test_an_export_that_is_cut_keeps_the_albums_and_says_so(
    client: Client, ada: User, settings: Settings, monkeypatch: pytest.MonkeyPatch, name: str, said: str
) -> None:
    monkeypatch.setattr(parts, "PART_WORKS", 2)
    assert client.post(PAGE).status_code == 303
    setattr(settings, name, int(said.split()[0]))
    make_exports()
    export = Export.objects.get()
    assert export.error == f"It ends after {said}."
    part = export.parts.get()
    assert (part.works, len(lines(part, "album_items.jsonl"))) == (export.works, export.works)


def test_an_export_of_as_many_works_as_are_allowed_did_not_end_early(
    client: Client, ada: User, settings: Settings
) -> None:
    settings.EXPORT_WORKS = 4
    export = made(client)
    assert (export.works, export.error) == (4, "")


def test_a_part_says_which_files_it_lacks(client: Client, ada: User) -> None:
    for work in ContentItem.objects.filter(title__in=["Fog 1", "Fog 2"]).select_related("media_file"):
        default_storage.delete(work.media_file.stored_as)
    part = made(client).parts.get()
    with default_storage.open(part.stored_as) as file, ZipFile(file) as archive:
        said = archive.read("missing.txt").decode().splitlines()
    assert [line.split(", ")[1].split(":")[0] for line in said] == ["Fog 1", "Fog 2"]
    assert "Without 2 files, which could not be had" in client.get(PAGE).content.decode()


def test_parts_are_bound_by_the_bytes_of_their_files(
    client: Client, ada: User, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = ContentItem.objects.values_list("media_file__size", flat=True)
    monkeypatch.setattr(parts, "PART_BYTES", max(sizes) * 3 // 2)
    export = made(client)
    assert [part.works for part in export.parts.order_by("number")] == [1, 1, 1, 1]
    monkeypatch.setattr(parts, "PART_BYTES", 1)  # one at least
    export.delete()
    assert made(client).parts.count() == 4
    assert files_below(settings.UPLOADS_DIR) == []


def test_an_export_that_fails_again_and_again_ends_and_says_why(
    client: Client, ada: User, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "MOST_FAILURES", 3)
    settings.MEDIA_ROOT.joinpath("exports").write_text("no folder can be made here")
    assert client.post(PAGE).status_code == 303
    for ended in (False, False, True):
        make_exports()
        export = Export.objects.get()
        assert (export.finished_at is not None) == ended
    assert (export.failures, export.error) == (3, f"It ended after try 3: {os.strerror(errno.ENOTDIR)}.")
    assert files_below(settings.UPLOADS_DIR) == []


def test_an_export_that_breaks_keeps_no_other_from_being_made(
    client: Client, ada: User, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "MOST_FAILURES", 1)
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": f"{__name__}.{Refusing.__name__}"}}
    assert client.post(PAGE).status_code == 303
    client.force_login(UserFactory(username="bob"))
    assert client.post(PAGE).status_code == 303
    make_exports()
    made = {export.user.username: (export.works, export.error) for export in Export.objects.select_related("user")}
    assert made == {"ada": (0, "It ended after try 1: an error that the site's log tells of."), "bob": (4, "")}


@pytest.mark.parametrize(("deaths", "missing"), [(1, 0), (parts.PATIENT_TRIES + 1, 1)])
def test_a_file_that_cannot_be_read_now_is_left_out_after_some_tries_alone(
    client: Client, ada: User, monkeypatch: pytest.MonkeyPatch, deaths: int, missing: int
) -> None:
    hidden = picture(30, 30, creator=UserFactory(), hides_prompt=True, title="Hidden")
    client.force_login(ada)
    assert client.post(PAGE).status_code == 303
    with DyingStudio(deaths) as studio:
        monkeypatch.setattr(making, "STUDIO", studio)
        tries = 0
        while Export.objects.filter(finished_at=None).exists() and tries <= deaths:
            assert not ExportPart.objects.exists()
            make_exports()
            tries += 1
    part = ExportPart.objects.get()
    [line] = [line for line in lines(part, "works.jsonl") if line["title"] == hidden.title]
    assert (part.works, part.missing, line.get("file") is None) == (5, missing, bool(missing))
    assert tries == min(deaths, parts.PATIENT_TRIES) + 1
