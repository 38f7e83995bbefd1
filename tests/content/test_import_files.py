"""Importing files: those that lines of a list name, and those of folders and zips."""

import json
import shutil
from io import StringIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from pytest_django.fixtures import Settings

from content.importing.listed_files import read_content, store_contents, storing
from content.importing.records import Record
from content.models import ContentItem
from media.models import MediaFile
from media.thumbnails import GRID, thumbnail_path
from tests.factories import ContentItemFactory
from tests.uploads.files import GENERATED, files_below, picture, stored_bytes
from users.models import User

pytestmark = [pytest.mark.usefixtures("own_folders"), pytest.mark.django_db(transaction=True)]
COMFY = (GENERATED / "10_comfy.png").read_bytes()
PARAMETERS = b"a lighthouse\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 5, Size: 8x8"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "list"
    (folder / "pictures").mkdir(parents=True)
    return folder


def listed(folder: Path, *lines: dict) -> Path:
    path = folder / "items.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def load(*arguments: object, **options: object) -> tuple[str, list[str]]:
    """Import; return the counts, and what was complained of by its path without folders."""
    out, errors = StringIO(), StringIO()
    try:
        call_command("import_content", *map(str, arguments), verbosity=0, stdout=out, stderr=errors, **options)
    except CommandError as error:
        assert error.returncode == 1
    said = [line.rsplit("/", 1)[-1] for line in errors.getvalue().splitlines() if line]
    return out.getvalue().strip().partition(" bad")[0], said


def test_a_line_names_a_file_and_says_more_than_it_or_less(folder: Path, settings: Settings) -> None:
    (folder / "pictures" / "a.png").write_bytes(COMFY)
    (folder / "b.png").write_bytes(picture())
    (folder / "b.txt").write_bytes(PARAMETERS)
    said = {"title": "T", "prompt": "P", "tags": ["t"], "creator": "Ada", "seed": 9, "is_private": True}
    path = listed(
        folder,
        {"source_id": "1", "file": "pictures/a.png", "content_type": "text"},
        {"source_id": "2", "file": "b.png", **said},
        {"source_id": "3", "file": "b.png", "title": "the same file"},
        {"source_id": "4", "title": "without one"},
    )
    assert load(path) == ("4 created, 0 updated, 0 unchanged, 0", [])
    first, second, third, fourth = ContentItem.objects.order_by("source_id")
    assert (first.content_type, first.prompt, first.generation.generator) == (
        "image",
        first.generation.prompt,
        "comfyui",
    )
    assert (first.generation_seed, first.title != "") == (first.generation.seed, True)
    fields = (second.title, second.prompt, second.tags, second.creator.username, second.generation_seed)
    assert fields == ("T", "P", ["t"], "ada", 9)
    assert (second.is_private, second.is_pictured, second.generation.prompt) == (True, True, "a lighthouse")
    assert (third.media_file, third.prompt, fourth.media_file) == (second.media_file, "a lighthouse", None)
    assert stored_bytes(first.media_file.stored_as) == COMFY
    assert thumbnail_path(first.media_file.hex, GRID[0]).exists()
    assert len(files_below(settings.MEDIA_ROOT)) == 2
    # Again, and after its owner changed it: what a line does not say is kept.
    ContentItem.objects.filter(pk=first.pk).update(prompt="mine")
    assert load(path) == ("0 created, 0 updated, 4 unchanged, 0", [])
    (folder / "pictures" / "a.png").write_bytes(picture(5))
    assert load(path, dry_run=True)[0] == "Dry run, nothing written: 0 created, 1 updated, 3 unchanged, 0"
    assert load(path) == ("0 created, 1 updated, 3 unchanged, 0", [])
    first.refresh_from_db()
    assert (first.prompt, stored_bytes(first.media_file.stored_as)) == ("mine", picture(5))


def test_a_text_that_leads_out_of_the_folder_is_not_read(folder: Path) -> None:
    (folder.parent / "outside.txt").write_bytes(PARAMETERS)
    for name in ("a", "b"):
        (folder / f"{name}.png").write_bytes(picture(ord(name)))
        (folder / f"{name}.txt").symlink_to("../outside.txt")
    assert load(listed(folder, {"file": "a.png"})) == ("1 created, 0 updated, 0 unchanged, 0", [])
    (folder / "items.jsonl").unlink()
    counts, said = load(folder)
    assert (counts, len(said)) == ("1 created, 0 updated, 1 unchanged, 2", 2)
    assert set(ContentItem.objects.values_list("prompt", "generation")) == {("", None)}


def test_what_cannot_be_read_is_reported_and_nothing_of_it_kept(folder: Path, settings: Settings, bob: User) -> None:
    outside = folder.parent / "outside.png"
    outside.write_bytes(picture())
    (folder / "link.png").symlink_to(outside)
    (folder / "circle.png").symlink_to(folder / "circle.png")
    (folder / "inside.png").symlink_to("pictures/a.png")
    (folder / "pictures" / "a.png").write_bytes(picture())
    (folder / "cut.png").write_bytes(picture(1)[:-200])
    (folder / "empty.png").write_bytes(b"")
    (folder / "his.png").write_bytes(picture(2))
    ContentItemFactory(source_id="his", creator=bob)
    names = ["../outside.png", str(outside), "link.png", "circle.png", "none.png", "pictures", "cut.png", "empty.png"]
    lines = [{"file": name} for name in [*names, "inside.png"]]
    counts, said = load(
        listed(folder, *lines, {"file": "his.png", "source_id": "his"}, {"file": "x.png", "quality": 1})
    )
    assert counts == "1 created, 0 updated, 0 unchanged, 10"
    outside_of = "file: lies outside of the list's folder"
    assert said[:6] == [
        "items.jsonl:11: unknown field: quality",
        f"items.jsonl:1: {outside_of}",
        f"items.jsonl:2: {outside_of}",
        f"items.jsonl:3: {outside_of}",
        "items.jsonl:4: file: there is none of this name",
        "items.jsonl:5: file: there is none of this name",
    ]
    assert said[6].startswith("items.jsonl:6: file: cannot be opened")
    assert "items.jsonl:7: file: The file" in said[7] and "damaged" in said[7]
    assert said[8:] == [
        "items.jsonl:8: file: The file is empty.",
        "items.jsonl:10: source_id his is an item with a creator, whom the line does not name",
    ]
    assert MediaFile.objects.count() == len(files_below(settings.MEDIA_ROOT)) == 1


def test_a_folder_and_a_zip_are_taken_as_a_library_is(folder: Path, alice: User, settings: Settings) -> None:
    for name, content in {"a.png": picture(), "a.txt": PARAMETERS, "b.md": b"a text", "c.xml": b"<x/>"}.items():
        (folder / name).write_bytes(content)
    (folder / ".hidden.png").write_bytes(picture(3))
    (folder / "pictures" / "again.png").write_bytes(picture())
    zipped = folder.parent / "some.zip"
    with ZipFile(zipped, "w") as archive:
        for name in ("a.png", "a.txt", "b.md"):
            archive.write(folder / name, f"x/{name}")
        archive.writestr("y/new.png", picture(4))
        archive.writestr("y/empty.png", b"")
    text = "c.xml: This is a text: only .txt and .md files are works."
    assert load(folder, dry_run=True) == ("Dry run, nothing written: 3 created, 0 updated, 0 unchanged, 1", [text])
    assert not MediaFile.objects.exists()
    switches = {"private": True, "hide_prompts": True}
    assert load(folder, owner="alice", **switches) == ("2 created, 0 updated, 1 unchanged, 1", [text])
    assert load(zipped, owner="ALICE") == ("1 created, 0 updated, 2 unchanged, 1", ["empty.png: The file is empty."])
    rows = set(ContentItem.objects.values_list("creator", "is_private", "hides_prompt"))
    assert rows == {(alice.pk, True, True), (alice.pk, False, False)}
    assert ContentItem.objects.get(prompt="a lighthouse").generation.seed == 5
    with pytest.raises(CommandError, match=r"for folders and zips.*items\.jsonl"):
        call_command("import_content", str(folder), str(listed(folder.parent, {"title": "T"})), owner="alice")
    # Those of the site itself are works of their own, each once.
    assert load(folder, zipped)[0] == "3 created, 0 updated, 3 unchanged, 2"
    assert load(folder, zipped)[0] == "0 created, 0 updated, 6 unchanged, 2"
    assert (ContentItem.objects.filter(creator=None).count(), MediaFile.objects.count()) == (3, 3)
    settings.MAX_ZIP_BYTES = 10
    assert "unpacks to more bytes" in load(zipped)[1][0]
    zipped.write_bytes(zipped.read_bytes()[:-30])
    assert load(zipped)[1] == ["some.zip: The zip is damaged or cut off: nothing of it can be read."]


def test_a_batch_that_fails_leaves_no_file(folder: Path, settings: Settings) -> None:
    (folder / "a.png").write_bytes(picture())
    content = read_content(folder, Record(None, "1", file="a.png"))
    with content.file, pytest.raises(DatabaseError), storing() as new, transaction.atomic():
        store_contents([content], new)
        assert len(files_below(settings.MEDIA_ROOT)) == 1
        connection.cursor().execute("SELECT 1 / 0")
    assert not MediaFile.objects.exists()
    assert files_below(settings.MEDIA_ROOT) == []
    assert not thumbnail_path(content.sha256.hex(), GRID[0]).exists()


@pytest.mark.parametrize("arguments", [{"private": True}, {"owner": "none"}])
def test_an_owner_is_an_account(folder: Path, arguments: dict) -> None:
    with pytest.raises(CommandError) as error:
        call_command("import_content", str(folder), verbosity=0, **arguments)
    assert error.value.returncode == 2


@pytest.mark.parametrize("kind", ["folder", "folder above", "zip"])
def test_an_export_is_not_imported_as_files(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "all" / "out"
    folder.mkdir(parents=True)
    (folder / "a.png").write_bytes(picture())
    for name in ("export.json", "works.jsonl"):
        (folder / name).write_text("{}")
    path = {"folder": folder, "folder above": tmp_path / "all", "zip": tmp_path / "out.zip"}[kind]
    if kind == "zip":
        shutil.make_archive(str(tmp_path / "out"), "zip", folder.parent)
    with pytest.raises(CommandError, match="Files not read: 1"):
        call_command("import_content", path, verbosity=0)
    assert not ContentItem.objects.exists()
