"""What is written out comes back the same into an empty site: works, files, accounts, likes, ratings and dates."""

import json
import re
from datetime import timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from xml.etree import ElementTree

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from albums.items import add_works, annotate
from albums.models import Album, AlbumItem
from content.models import ContentItem
from content.uploading import Offer, take_file
from exports import writing
from exports.writing import FolderExport, read_state
from interactions.counting import compact
from interactions.models import Interaction, Kind
from media.files import open_original
from media.generation_data.generators.infotext import split_infotext
from media.models import MediaFile
from tests.factories import EPOCH, ContentItemFactory, InteractionFactory, UserFactory
from tests.pages.staged import own_folders
from users.levels import Level
from users.models import User

__all__ = ["own_folders"]

pytestmark = pytest.mark.usefixtures("db", "own_folders")

INFOTEXT = """a lighthouse <lora:fog:0.7>, night
Negative prompt: blurry
Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1102676403634909, Size: 64x48, Model hash: abcdef1234, Model: dream"""
RDF = {"rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#", "dc": "http://purl.org/dc/elements/1.1/"}
RATING = "{http://ns.adobe.com/xap/1.0/}Rating"


def uploaded(creator: User, colour: str, *, text: str = INFOTEXT, **fields: object) -> ContentItem:
    """Return the work of a picture that A1111 wrote."""
    said = PngInfo()
    said.add_text("parameters", text)
    with NamedTemporaryFile(suffix=".png") as written:
        Image.new("RGB", (64, 48), colour).save(written, "PNG", pnginfo=said)
        written.seek(0)
        item = ContentItem.objects.get(pk=take_file(Offer.of_many(written, f"{colour}.png", creator, [])).item_id)
    ContentItem.objects.filter(pk=item.pk).update(created_at=EPOCH + timedelta(days=item.pk, microseconds=7), **fields)
    return ContentItem.objects.get(pk=item.pk)


@pytest.fixture
def site() -> dict[str, User]:
    """Works of each kind, of accounts whose names are no slugs, and what people did with them."""
    ada = UserFactory(username="Ada.L", name="Ada", created_at=EPOCH)
    bob = UserFactory(username="bob", created_at=EPOCH)
    shown = uploaded(ada, "red", title="Tower & <light>", tags=["sea", "näht"])
    hidden = uploaded(ada, "green", text=INFOTEXT.replace("night", "noon"), hides_prompt=True, title="Quiet", level=1)
    private = uploaded(bob, "blue", text="plain\nSteps: 5, Seed: 4", is_private=True, prompt="  mine \n", level=2)
    record = ContentItemFactory(
        creator=bob,
        title="A record",
        source_id="museum-1",
        quality_score=0.25,
        metadata={"year": 1900},
        data="https://a",
    )
    dora = UserFactory(username="dora", name="Dora", created_at=EPOCH, is_active=False)
    ContentItemFactory(creator=dora, title="Left behind", source_id="dora-1")
    orphan = ContentItemFactory(creator=None, content_type="text", data="words\nand more ", prompt="")
    for user, item, kind, more in (
        (bob, shown, Kind.LIKE, {}),
        (ada, shown, Kind.RATE, {"rating": 4}),
        (bob, shown, Kind.RATE, {"rating": 2}),
        (bob, hidden, Kind.COMMENT, {"comment": "Oh"}),
        (None, shown, Kind.LIKE, {}),
        (bob, record, Kind.RATE, {"rating": 5}),
        (ada, record, Kind.VIEW, {"duration_seconds": 1.5, "metadata": {"from": "search"}}),
        (ada, orphan, Kind.BOOKMARK, {}),
        (bob, private, Kind.LIKE, {}),
    ):
        InteractionFactory(user=user, content=item, kind=kind, **more)
    kept = Album.objects.create(
        owner=ada, title="Kept", notes="For later", is_public=True, cover=shown, created_at=EPOCH
    )
    add_works(kept, ada, [record.pk, shown.pk])
    annotate(kept, shown.pk, "The best")
    Album.objects.create(owner=UserFactory(username="cy", created_at=EPOCH), title="Seas", query="tag=sea")
    return {"ada": ada, "bob": bob}


def content_of(media_file: MediaFile) -> bytes:
    with open_original(media_file).file as file:
        return file.read()


def snapshot() -> dict[str, list[Any]]:
    """Return all that an export is to keep, with works and people by name, and what is counted of it."""
    compact()
    works = ContentItem.objects.order_by("created_at", "title").select_related("creator", "media_file", "generation")
    shown = [
        (
            *(
                item.title,
                item.content_type,
                item.source,
                item.creator and item.creator.username,
                item.prompt,
                item.data,
            ),
            *(
                item.metadata,
                item.tags,
                item.quality_score,
                item.level,
                item.is_private,
                item.hides_prompt,
                item.exact_seed,
            ),
            *(item.likes, item.rating_count, item.rating_sum, item.prior_score),
            *(item.created_at, item.media_file and bytes(item.media_file.sha256)),
            item.media_file and content_of(item.media_file),
            item.generation and (item.generation.prompt, item.generation.seed, item.generation.steps),
            item.generation and (item.generation.model and item.generation.model.name, item.generation.lora_weights),
        )
        for item in works
    ]
    did = Interaction.objects.order_by("created_at").values_list(
        *("content__title", "user__username", "kind", "rating", "comment", "duration_seconds", "metadata", "created_at")
    )
    albums = Album.objects.order_by("title").values_list(
        *("owner__username", "title", "notes", "query", "is_public", "cover__title", "created_at")
    )
    items = AlbumItem.objects.order_by("-position").values_list("content__title", "position", "note", "added_at")
    people = User.objects.order_by("username").values_list("username", "name", "created_at", "is_active")
    return {
        "works": shown,
        "interactions": list(did),
        "albums": list(albums),
        "items": list(items),
        "people": list(people),
    }


def emptied() -> None:
    """Leave nothing of a site."""
    Interaction.objects.all().delete()
    ContentItem.objects.all().delete()
    User.objects.all().delete()


def titles(folder: Path) -> list[str]:
    """Return the titles of the works of an export."""
    return [json.loads(line)["title"] for line in (folder / "works.jsonl").read_text().splitlines()]


def export(folder: Path, *options: str) -> None:
    call_command("export", folder, *options, verbosity=0)


def test_an_empty_site_becomes_the_same_and_a_second_import_changes_nothing(
    site: dict[str, User], tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    before = snapshot()
    ContentItemFactory(creator=site["bob"], is_private=True, trashed_at=EPOCH)
    export(tmp_path / "out")
    emptied()
    for new in (
        "New: 6 works, 4 accounts, 9 interactions, 2 albums.",
        "New: 0 works, 0 accounts, 0 interactions, 0 albums.",
    ):
        call_command("import_export", tmp_path / "out", verbosity=0)
        assert snapshot() == before
        assert capsys.readouterr().out.splitlines()[-1] == new
    assert not User.objects.get(username="bob").has_usable_password()
    call_command("import_content", tmp_path / "out" / "works.jsonl", verbosity=0)
    assert capsys.readouterr().out.startswith("0 created, 0 updated, 6 unchanged")


def test_a_second_import_leaves_what_owners_changed_since(site: dict[str, User], tmp_path: Path) -> None:
    export(tmp_path / "out")
    emptied()
    call_command("import_export", tmp_path / "out", verbosity=0)
    changed = ContentItem.objects.filter(title="Tower & <light>")
    changed.update(title="Mine", is_private=True, hides_prompt=True, prompt="", tags=[], level=2)
    trashed = {"is_private": True, "was_private": True, "trashed_at": EPOCH}
    ContentItem.objects.filter(title="A record").update(**trashed, quality_score=0.5)
    before = list(ContentItem.objects.order_by("pk").values())
    ContentItem.objects.filter(title="Quiet").delete()
    call_command("import_export", tmp_path / "out", verbosity=0)
    again = ContentItem.objects.get(title="Quiet")
    assert [work for work in before if work["title"] != "Quiet"] == list(
        ContentItem.objects.exclude(pk=again.pk).order_by("pk").values()
    )


@pytest.mark.parametrize("title", ["霧" * 300, "я" * 300, "🌫️" * 140])
def test_a_title_of_more_bytes_than_a_file_system_takes_comes_back(
    site: dict[str, User], tmp_path: Path, title: str
) -> None:
    ContentItem.objects.filter(title="Quiet").update(title=title)
    before = snapshot()
    export(tmp_path / "out")
    emptied()
    call_command("import_export", tmp_path / "out", verbosity=0)
    assert snapshot() == before


def test_other_programs_find_texts_beside_the_files(site: dict[str, User], tmp_path: Path) -> None:
    export(tmp_path / "out")
    [text] = (tmp_path / "out").glob("a1111/*/* Tower*.txt")
    assert split_infotext(text.read_text()) == split_infotext(INFOTEXT)
    [told] = (tmp_path / "out").glob("json/*/* Tower*.json")
    assert json.loads(told.read_text())["seed"] == 1102676403634909
    [packet] = (tmp_path / "out").glob("files/*/* Tower*.png.xmp")
    described = ElementTree.fromstring(packet.read_text()).find(".//rdf:Description", RDF)  # noqa: S314 - our own
    texts = {name: [li.text for li in described.findall(f"dc:{name}//rdf:li", RDF)] for name in ("title", "subject")}
    assert texts == {"title": ["Tower & <light>"], "subject": ["sea", "näht"]}
    assert described.get(RATING) == "4"


def test_an_account_exports_what_it_sees_and_no_hidden_prompt(site: dict[str, User], tmp_path: Path) -> None:
    export(tmp_path / "general", "--as", "BOB")
    assert "Quiet" not in titles(tmp_path / "general")
    User.objects.filter(username="bob").update(shown_level=Level.SENSITIVE)
    export(tmp_path / "out", "--as", "BOB")
    assert set(titles(tmp_path / "out")) == set(ContentItem.objects.values_list("title", flat=True))
    everything = b"".join(path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert b"noon" not in everything
    done = [json.loads(line) for line in (tmp_path / "out" / "interactions.jsonl").read_text().splitlines()]
    assert {line["user"] for line in done} == {"bob"}

    export(tmp_path / "ada", "--as", "Ada.L")
    seen = titles(tmp_path / "ada")  # her own at any level
    assert (ContentItem.objects.get(is_private=True).title in seen, len(seen)) == (False, 5)


def test_a_query_chooses_works(site: dict[str, User], tmp_path: Path) -> None:
    export(tmp_path / "out", "--query", "tag=sea")
    assert titles(tmp_path / "out") == ["Tower & <light>"]
    with pytest.raises(CommandError, match="min_quality"):
        export(tmp_path / "other", "--query", "min_quality=x")


def test_an_export_that_was_cut_short_goes_on(
    site: dict[str, User], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "BATCH_WORKS", 2)
    said = {"query": "", "as": ""}
    run = FolderExport(tmp_path / "out", ContentItem.objects.all(), None, said, print)
    next(run.run(run.begin()))
    with (tmp_path / "out" / "works.jsonl").open("a") as cut:
        cut.write('{"source_id": "half a li')
    before = snapshot()
    export(tmp_path / "out")
    assert (read_state(tmp_path / "out").works, read_state(tmp_path / "out").is_complete) == (6, True)
    emptied()
    call_command("import_export", tmp_path / "out", verbosity=0)
    assert snapshot() == before


@pytest.mark.parametrize("kind", ["files", "query", "damaged", "none"])
def test_a_folder_that_is_no_export_of_this_is_refused(site: dict[str, User], tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "out"
    if kind == "files":
        folder.mkdir()
        (folder / "mine.txt").write_text("mine")
    if kind in ("query", "damaged"):
        export(folder)
    if kind == "damaged":
        (folder / "export.json").write_text("{")
    command, options = ("import_export", ()) if kind == "none" else ("export", ("--query", "tag=sea"))
    with pytest.raises(CommandError) as refused:
        call_command(command, folder, *options, verbosity=0)
    assert refused.value.returncode == 2
    assert kind != "files" or [path.name for path in folder.iterdir()] == ["mine.txt"]


def test_bad_lines_are_told_and_the_others_kept(
    site: dict[str, User], tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    export(tmp_path / "out")
    emptied()
    good = {"work": "museum-1", "user": "bob", "kind": "like", "created_at": "2024-01-01T00:00:00+00:00"}
    bad = [
        {**good, "kind": "rate"},
        {**good, "kind": "like", "comment": "no"},
        {**good, "kind": "adore"},
        {**good, "work": "gone"},
        {**good, "user": "gone"},
        {**good, "created_at": "soon"},
        {**good, "created_at": "2024-01-01"},
        {**good, "created_at": "0001-01-01T00:00:00+14:00"},
        {**good, "created_at": "9999-12-31T23:59:59-14:00"},
        {**good, "kind": "view", "duration_seconds": 1e300},
        {**good, "kind": "view", "duration_seconds": "x"},
        {**good, "work": ["museum-1"]},
        {**good, "kind": "rate", "rating": 6},
        {**good, "metadata": {"a": "\0"}},
        [1],
    ]
    with (tmp_path / "out" / "interactions.jsonl").open("a") as lines:
        lines.writelines(f"{json.dumps(line)}\n" for line in [*bad, good])
        lines.write("{nonsense\n")
    with pytest.raises(CommandError, match="left out: 16"):
        call_command("import_export", tmp_path / "out", verbosity=0)
    assert Interaction.objects.count() == 10
    told = capsys.readouterr()
    assert "1 interactions" not in told.out


def test_queries_do_not_grow_with_the_works(tmp_path: Path, client: Client, django_assert_num_queries: Any) -> None:
    ada = UserFactory()
    for number in range(6):
        uploaded(ada, f"#00000{number}", text=f"{INFOTEXT}{number}")
    run = FolderExport(tmp_path / "out", ContentItem.objects.all(), None, {}, print)
    state = run.begin()
    # Works, ratings, LoRAs, what was done; no more works, no albums, nothing in them.
    with django_assert_num_queries(4 + 3):
        assert [len(batch) for batch in run.run(state)] == [6]


def test_an_account_exports_nothing_that_pages_hide_from_it(tmp_path: Path) -> None:
    """Of a hidden prompt, of an account that is deactivated, and of a cover that became private."""
    eve, gone = UserFactory(username="eve"), UserFactory(username="gone", name="Gone Person", is_active=False)
    hidden = ContentItemFactory(
        title="Quiet", creator=gone, source_id="prompt-hash-7", metadata={"workflow": "secret"}, hides_prompt=True
    )
    private = ContentItemFactory(title="Away", source_id="away-8", is_private=True)
    album = Album.objects.create(owner=eve, title="Mine", cover=private)
    add_works(album, eve, [hidden.pk])
    InteractionFactory(user=eve, content=hidden, kind=Kind.LIKE)
    call_command("export", tmp_path, username="eve", verbosity=0)
    texts = {path.name: path.read_text("utf-8") for path in tmp_path.rglob("*.json*")}
    told = [name for name, text in texts.items() if re.search("secret|prompt-hash|away-8|gone|Gone", text)]
    assert ("Quiet" in texts["works.jsonl"], told) == (True, [])
    works = {json.loads(line)["source_id"] for line in texts["works.jsonl"].splitlines()}
    for name in ("interactions.jsonl", "album_items.jsonl"):
        assert {json.loads(line)["work"] for line in texts[name].splitlines()} <= works
