"""`manage.py library`: what it says, what it refuses, and what it leaves."""

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from content.models import ContentItem
from interactions.models import Interaction
from libraries.locking import SCAN
from media.models import GenerationData, Library, LibraryFile, MediaFile, MetadataBlocks
from media.thumbnails import GRID, thumbnail_path
from tests.factories import InteractionFactory, UserFactory
from tests.libraries.conftest import SAMPLES, age
from tests.processes import database_url
from users.models import User

Command = Callable[..., tuple[int, str]]
Sample = Callable[..., Path]
pytestmark = pytest.mark.django_db(transaction=True)


def test_add_registers_and_says_what_to_do_next(folder: Path, sample: Sample, command: Command) -> None:
    sample("01_a1111.png")
    code, said = command("add", folder)
    assert (code, said.splitlines()) == (
        0,
        [f"Added the library 'output': {folder}", "Read it now: .venv/bin/python manage.py library scan output"],
    )
    assert not LibraryFile.objects.exists()


@pytest.mark.parametrize("every", ["0", "-1", "nan"])
def test_scans_without_a_time_between_are_refused(every: str) -> None:
    with pytest.raises(CommandError, match="--every: a number of minutes above 0"):
        call_command("library", "scan", "--watch", f"--every={every}")


def test_add_takes_name_owner_and_privacy(folder: Path, alice: User, command: Command) -> None:
    assert command("add", folder, "--name", "My pictures", "--owner", "Alice", "--private", "--hide-prompts")[0] == 0
    library = Library.objects.get()
    assert (library.name, library.owner, library.is_private, library.hides_prompts) == (
        "My pictures",
        alice,
        True,
        True,
    )


def test_add_refuses_what_cannot_be_a_library(folder: Path, tmp_path: Path, command: Command) -> None:
    below = folder / "below"
    below.mkdir()
    (folder / "file.png").touch()
    (tmp_path / "export").mkdir()
    for name in ("export.json", "works.jsonl"):
        (tmp_path / "export" / name).touch()
    assert command("add", below, "--name", "below")[0] == 0
    refused = {
        ("add", folder / "gone"): "There is no folder",
        ("add", folder / "file.png"): "is a file: name the folder that it lies in",
        ("add", below): "is the library 'below' already",
        ("add", folder): "contains the library 'below'",
        ("add", folder.parent, "--name", "x"): "holds files of the site itself",
        ("add", settings.VAR_DIR): "holds files of the site itself",
        ("add", settings.BASE_DIR): "holds files of the site itself",
        ("add", tmp_path / "export"): "manage.py import_export",
        ("add", folder, "--private"): "name one with --owner",
        ("add", folder, "--owner", "mallory"): "There is no account 'mallory'",
        ("add", folder, "--name", "x" * 101): "choose one with --name",
        ("scan", "gone"): "There is no library 'gone'. Libraries: below",
        ("remove", "gone"): "There is no library 'gone'",
    }
    found = {arguments: command(*arguments) for arguments in refused}
    assert {code for code, _said in found.values()} == {2}
    assert [said for arguments, said in refused.items() if said not in found[arguments][1]] == []
    (below / "deeper").mkdir()
    assert "lies in the library 'below'" in command("add", below / "deeper")[1]
    assert Library.objects.count() == 1


def test_a_link_to_a_library_is_that_library(folder: Path, tmp_path: Path, command: Command) -> None:
    command("add", folder)
    (tmp_path / "link").symlink_to(folder)
    assert "is the library 'output' already" in command("add", tmp_path / "link")[1]


def test_scan_without_a_library_says_what_to_do(command: Command) -> None:
    assert command("scan") == (2, "There is no library yet: manage.py library add FOLDER")


def test_scan_reads_then_makes_pictures(folder: Path, sample: Sample, command: Command) -> None:
    sample("01_a1111.png")
    age(folder / "cut.png", b"\x89PNG\r\n\x1a\n")
    command("add", folder)
    code, said = command("scan", "output")
    assert code == 1
    assert said.splitlines() == [
        "output: cut.png: The png file is damaged or cut off before its size is known.",
        "output: 1 new, 0 moved, 0 changed, 0 unchanged, 0 missing; 1 new works; 1 could not be read",
        "1 pictures made",
        "Not all was read; see above.",
    ]
    item = ContentItem.objects.get()
    assert item.is_pictured
    assert all(thumbnail_path(item.media_file.hex, width).exists() for width in GRID)
    assert command("scan")[0] == 0  # what could not be read is as it was
    status = command("status")[1]
    assert f"output: {folder}" in status
    assert "  1 files, 1 works" in status
    assert "    cut.png: The png file is damaged" in status


def test_scan_without_pictures_leaves_them(folder: Path, sample: Sample, command: Command) -> None:
    sample("01_a1111.png")
    command("add", folder)
    assert command("scan", "--no-pictures")[0] == 0
    assert not ContentItem.objects.get().is_pictured
    assert "  1 still without thumbnails" in command("status", "output")[1]


def test_a_folder_that_is_away_is_offline(folder: Path, sample: Sample, command: Command) -> None:
    sample("01_a1111.png")
    command("add", folder)
    command("scan")
    folder.rename(folder.with_name("aside"))
    code, said = command("scan")
    assert code == 1
    assert "is away or empty, so the library is offline: nothing is missing, nothing was deleted" in said
    assert "  offline since" in command("status")[1]


@pytest.fixture
def scanned_elsewhere(library: Library) -> Iterator[None]:
    """Another process scans the library."""
    with psycopg.connect(database_url()) as other:
        other.execute("SELECT pg_advisory_lock(%s, %s)", [SCAN, library.pk])
        yield


@pytest.mark.usefixtures("scanned_elsewhere")
def test_a_second_scan_says_that_one_is_under_way(sample: Sample, command: Command) -> None:
    sample("01_a1111.png")
    code, said = command("scan", "output")
    assert code == 3
    assert "output: another scan is under way; this one did nothing." in said
    assert not LibraryFile.objects.exists()
    assert command("remove", "output", "--yes")[0] == 3
    assert command("trash-missing", "output", "--yes")[0] == 3
    assert command("move", "output", Library.objects.get().folder)[0] == 3


def test_remove_takes_works_that_lie_nowhere_else(
    folder: Path, tmp_path: Path, sample: Sample, command: Command
) -> None:
    sample("01_a1111.png")
    sample("10_comfy.png")
    other = tmp_path / "the other"
    other.mkdir()
    (other / "same.png").write_bytes((SAMPLES / "10_comfy.png").read_bytes())
    command("add", folder)
    command("add", other)
    command("scan")
    gone = ContentItem.objects.get(media_file__places__path="01_a1111.png")
    InteractionFactory(content=gone)
    sha256 = gone.media_file.hex
    code, said = command("remove", "output", "--yes")
    assert (code, said.splitlines()[-1]) == (0, "Removed the library 'output' and 1 works; its files are untouched.")
    assert list(LibraryFile.objects.values_list("path", flat=True)) == ["same.png"]
    kept = ContentItem.objects.get()
    assert (kept.media_file.places.get().path, kept.library.name) == ("same.png", "the other")
    assert not Interaction.objects.exists()
    for model in (MediaFile, MetadataBlocks, GenerationData):
        assert model.objects.count() == 1
    assert not thumbnail_path(sha256, GRID[0]).exists()
    assert {path.name for path in folder.iterdir()} == {"01_a1111.png", "10_comfy.png"}


def test_works_whose_files_are_gone_go_to_the_trash(
    folder: Path, tmp_path: Path, sample: Sample, command: Command
) -> None:
    for name in ("01_a1111.png", "10_comfy.png", "11_comfy_api_only.png"):
        sample(name)
    other = tmp_path / "the other"
    other.mkdir()
    (other / "same.png").write_bytes((SAMPLES / "10_comfy.png").read_bytes())
    command("add", folder)
    command("add", other)
    command("scan", "--no-pictures")
    nothing = "output: no work lacks its file, as far as the last scan knows.\n"
    assert command("trash-missing", "output", "--yes") == (0, nothing)
    for name in ("01_a1111.png", "10_comfy.png"):
        (folder / name).unlink()
    command("scan", "output", "--no-pictures")
    assert "1 missing" in command("status", "output")[1]
    code, said = command("trash-missing", "output", "--yes")
    assert (code, said.splitlines()[-1]) == (0, "output: moved 1 works to the trash.")
    trashed = ContentItem.objects.get(trashed_at__isnull=False)
    assert trashed.media_file.places.get().path == "01_a1111.png"
    assert command("trash-missing", "output", "--yes") == (0, nothing)


@pytest.mark.parametrize("place", ["01_a1111.png", "elsewhere.png"])
@pytest.mark.parametrize("owner", [None, "ada"])
def test_works_of_no_account_come_back_from_the_trash_with_their_files(
    folder: Path, sample: Sample, command: Command, place: str, owner: str | None
) -> None:
    sample("01_a1111.png")
    sample("10_comfy.png")
    if owner:
        UserFactory(username=owner)
    command("add", folder, *(["--owner", owner] if owner else []))
    command("scan", "--no-pictures")
    before = ContentItem.objects.get(media_file__places__path="01_a1111.png")
    (folder / "01_a1111.png").unlink()
    command("scan", "--no-pictures")
    command("trash-missing", "output", "--yes")
    assert ContentItem.objects.get(pk=before.pk).trashed_at is not None
    sample("01_a1111.png", place)
    said = command("scan", "--no-pictures")[1]
    item = ContentItem.objects.get(pk=before.pk)
    assert (item.trashed_at is None) == (owner is None)
    assert item.is_private == (owner is not None)
    assert ("1 works came back from the trash with their files" in said) == (owner is None)


def test_while_the_database_is_read_only_a_scan_says_so_and_blames_no_file(
    folder: Path, sample: Sample, command: Command
) -> None:
    sample("01_a1111.png")
    command("add", folder)
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")
        code, said = command("scan", "--no-pictures")
        cursor.execute("RESET default_transaction_read_only")
    assert code == 1
    assert said.splitlines()[-1].startswith("Read only at the moment (cannot execute ")
    assert not LibraryFile.objects.exists()
    assert command("scan", "--no-pictures")[0] == 0
    assert ContentItem.objects.exists()


def test_a_library_moves_with_its_folder(folder: Path, tmp_path: Path, sample: Sample, command: Command) -> None:
    sample("01_a1111.png")
    sample("10_comfy.png", "below/a.png")
    command("add", folder)
    command("scan", "--no-pictures")
    before = set(ContentItem.objects.values_list("pk", flat=True))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    code, said = command("move", "output", elsewhere)
    assert (code, said.split(":")[0]) == (2, "Of 2 files of 'output' 0 lie in " + str(elsewhere))
    elsewhere.rmdir()
    folder.rename(elsewhere)
    command("scan", "--no-pictures")
    assert Library.objects.get().offline_since is not None
    said = f"output: reads {elsewhere} from now on; no work has changed.\n"
    assert command("move", "output", elsewhere) == (0, said)
    assert Library.objects.get().offline_since is None
    assert "2 unchanged" in command("scan", "--no-pictures")[1]
    assert set(ContentItem.objects.values_list("pk", flat=True)) == before


def test_a_library_moves_to_no_folder_that_could_not_be_added(
    folder: Path, tmp_path: Path, sample: Sample, command: Command
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    sample("01_a1111.png")
    command("add", folder)
    command("add", other)
    assert command("move", "output", tmp_path / "nowhere") == (2, f"There is no folder {tmp_path / 'nowhere'}.")
    assert command("move", "output", other)[0] == 2
    assert command("move", "output", tmp_path)[0] == 2
    assert command("move", "output", folder)[0] == 0
    empty = tmp_path / "empty"
    empty.mkdir()
    command("scan", "output", "--no-pictures")
    assert command("move", "output", empty, "--force")[0] == 0


def test_trash_missing_asks_and_takes_no_answer_for_no(
    folder: Path, sample: Sample, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample("01_a1111.png")
    sample("10_comfy.png")
    command("add", folder)
    command("scan", "--no-pictures")
    (folder / "01_a1111.png").unlink()
    command("scan", "--no-pictures")
    with open("/dev/null") as nothing:
        monkeypatch.setattr("sys.stdin", nothing)
        assert command("trash-missing", "output") == (1, "Nothing was moved.")
    assert not ContentItem.objects.filter(trashed_at__isnull=False).exists()


def test_remove_asks_and_takes_no_answer_for_no(
    folder: Path, sample: Sample, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample("01_a1111.png")
    command("add", folder)
    command("scan", "--no-pictures")
    with open("/dev/null") as nothing:
        monkeypatch.setattr("sys.stdin", nothing)
        assert command("remove", "output") == (1, "Nothing was removed.")
    assert ContentItem.objects.count() == 1
