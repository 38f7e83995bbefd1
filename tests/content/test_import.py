"""Importing files: what becomes of each line, of each creator, and of an import that is run again or interrupted."""

import gzip
import io
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from content.importing import imports
from content.models import ContentItem
from genonaut.ranking import pending_deltas, ranked_rows, verify
from tests.factories import ContentItemFactory, UserFactory
from tests.processes import manage_with
from users.models import User

TATE = {
    "source_id": "T01745",
    "title": "Panorama Dutch Mountain 12 x 15° Sea II A",
    "creator": "Jan Dibbets",
    "medium": "12 photographs, colour, on paper on paper",
    "classification": "on paper, unique",
    "year": 1971,
    "acquired": 1973,
    "width": "751",
    "height": "998",
    "units": "mm",
    "tags": ["netherlands", "cities, towns, villages (non-uk)"],
    "url": "http://www.tate.org.uk/art/artworks/t01745",
}


class Outcome(NamedTuple):
    """What an import said, and the status it ended with."""

    out: str
    errors: list[str]
    status: int


class Run(NamedTuple):
    """Writes files of items and imports them."""

    folder: Path

    def write(self, *lines: object, name: str = "items.jsonl") -> Path:
        """Write one JSON value a line; text and bytes are written as they are."""
        path = self.folder / name
        texts = [line if isinstance(line, (str, bytes)) else json.dumps(line) for line in lines]
        content = b"".join((text.encode() if isinstance(text, str) else text) + b"\n" for text in texts)
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        return path

    def load(self, *paths: Path, **options: bool) -> Outcome:
        """Import files."""
        out, errors, status = io.StringIO(), io.StringIO(), 0
        try:
            call_command("import_content", *paths, stdout=out, stderr=errors, verbosity=0, **options)
        except CommandError as error:
            status = error.returncode
        return Outcome(out.getvalue().strip(), errors.getvalue().splitlines(), status)

    def __call__(self, *lines: object, name: str = "items.jsonl") -> Outcome:
        """Write and import."""
        return self.load(self.write(*lines, name=name))


@pytest.fixture
def run(db: None, tmp_path: Path) -> Run:
    """An empty gallery, and files to import into it."""
    return Run(tmp_path)


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> int:
    """Let a batch have fewer lines; return how many."""
    monkeypatch.setattr(imports, "BATCH_ROWS", 500)
    return 500


def counts(created: int = 0, updated: int = 0, unchanged: int = 0, bad: int = 0, creators: int = 0) -> str:
    return (
        f"{created:,} created, {updated:,} updated, {unchanged:,} unchanged, {bad:,} bad; {creators:,} creators created"
    )


# --- Tate's form


def test_a_line_of_tates_becomes_an_item(run: Run) -> None:
    assert run(TATE) == (counts(created=1, creators=1), [], 0)
    item = ContentItem.objects.select_related("creator").get()
    assert (item.title, item.content_type, item.source) == (TATE["title"], "image", "user")
    assert (item.creator.username, item.creator.name) == ("jan-dibbets", "Jan Dibbets")
    assert not item.creator.has_usable_password()
    assert item.tags == TATE["tags"]
    assert (item.source_id, item.quality_score, item.is_private) == ("T01745", None, False)
    assert item.created_at == datetime(1973, 1, 1, tzinfo=UTC)
    assert item.metadata == {
        "medium": TATE["medium"],
        "classification": "on paper, unique",
        "year": 1971,
        "url": TATE["url"],
        "dimensions": {"width": "751", "height": "998", "units": "mm"},
        "source_id": "T01745",
    }


@pytest.mark.parametrize(
    ("acquired", "year", "expected"),
    [(1973, 1971, 1973), (None, 1971, 1971), (None, "1971", 1971), ("1856", None, 1856), (None, 1, 1), (9999, 5, 9999)],
)
def test_a_work_is_dated_by_its_acquisition_else_by_its_year(
    run: Run, acquired: object, year: object, expected: int
) -> None:
    run({**TATE, "acquired": acquired, "year": year})
    assert ContentItem.objects.get().created_at == datetime(expected, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("year", [None, "no date", "c.1997-9"])
def test_a_work_without_dates_is_dated_by_its_first_import(run: Run, year: str | None) -> None:
    undated = {**TATE, "acquired": None, "year": year}
    before = timezone.now()
    run(undated)
    first = ContentItem.objects.get().created_at
    assert abs(first - before) < timedelta(hours=1)
    assert run(undated).out == counts(unchanged=1)
    assert ContentItem.objects.get().created_at == first


def test_a_title_of_tates_beyond_our_limit_is_cut_and_kept_whole_in_the_metadata(run: Run) -> None:
    whole = "x" * 320
    run({**TATE, "title": whole})
    item = ContentItem.objects.get()
    assert item.title == "x" * 299 + "…"
    assert item.metadata["title"] == whole


# --- our form


def test_every_field_of_our_form_is_kept(run: Run) -> None:
    line = {
        "title": "Nocturne",
        "content_type": "audio",
        "source": "auto",
        "creator": "Ada Byron",
        "prompt": "a slow waltz",
        "data": "la la\tla\nla \\N",
        "metadata": {"bpm": 90, "deep": [{"a": None}]},
        "tags": ["piano", 'quo"te', "com,ma", "back\\slash", "{}"],
        "quality_score": 0.25,
        "is_private": True,
        "created_at": "2020-02-29T23:30:00.123456+01:00",
        "source_id": "n-1",
        "seed": 2**31 - 1,
    }
    assert run(line).status == 0
    item = ContentItem.objects.select_related("creator").get()
    kept = {name: getattr(item, name) for name in line if name not in ("creator", "created_at")}
    assert kept == {name: value for name, value in line.items() if name not in ("creator", "created_at")}
    assert item.creator.name == "Ada Byron"
    assert item.created_at == datetime(2020, 2, 29, 22, 30, 0, 123456, tzinfo=UTC)


def test_a_title_alone_is_enough(run: Run) -> None:
    run({"title": "  Alone  "})
    item = ContentItem.objects.get()
    assert (item.title, item.content_type, item.source, item.creator) == ("Alone", "image", "user", None)
    assert (item.tags, item.metadata, item.prompt, item.data, item.is_private) == ([], {}, "", "", False)


@pytest.mark.parametrize(
    ("text", "expected"), [("2021-03-04", datetime(2021, 3, 4)), ("2021-03-04T05:06Z", datetime(2021, 3, 4, 5, 6))]
)
def test_a_date_without_a_zone_is_utc(run: Run, text: str, expected: datetime) -> None:
    run({"title": "a", "created_at": text})
    assert ContentItem.objects.get().created_at == expected.replace(tzinfo=UTC)


def test_an_import_is_found_by_its_words(run: Run) -> None:
    run({"title": "Lighthouse in fog"}, {"title": "Harbour"})
    assert [item.title for item in ContentItem.objects.matching("lighthouses")] == ["Lighthouse in fog"]


# --- running it again


def test_running_again_changes_nothing(run: Run) -> None:
    path = run.write(TATE, {"title": "no id"}, {"title": "b", "source_id": "b", "creator": "Jan Dibbets"})
    assert run.load(path).out == counts(created=3, creators=1)
    before = list(ContentItem.objects.order_by("pk").values())
    assert run.load(path) == (counts(unchanged=3), [], 0)
    assert list(ContentItem.objects.order_by("pk").values()) == before


def test_running_again_takes_no_ids(run: Run) -> None:
    run(TATE)
    for _ in range(3):
        run(TATE)
    run({"title": "next"})
    first, second = ContentItem.objects.order_by("pk").values_list("pk", flat=True)
    assert second == first + 1


def test_a_newer_file_updates_what_differs_and_keeps_the_rows(run: Run) -> None:
    run(TATE, {"title": "b", "source_id": "b"})
    ids = dict(ContentItem.objects.values_list("source_id", "pk"))
    assert run({**TATE, "title": "Renamed"}, {"title": "b", "source_id": "b"}).out == counts(updated=1, unchanged=1)
    assert dict(ContentItem.objects.values_list("source_id", "pk")) == ids
    item = ContentItem.objects.get(source_id="T01745")
    assert item.title == "Renamed"
    assert item.updated_at > item.created_at


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("prompt", "p"), ("data", "d"), ("metadata", {"a": 1}), ("tags", ["t"]), ("quality_score", 0.5)),
        *(("is_private", True), ("seed", 7), ("content_type", "text"), ("source", "auto")),
    ],
)
def test_a_field_left_out_keeps_its_value_and_one_given_replaces_it(run: Run, field: str, value: object) -> None:
    line = {"title": "a", "source_id": "a", "creator": "Ann"}
    run(line)
    assert run({**line, field: value}).out == counts(updated=1)
    assert run(line).out == counts(unchanged=1)
    assert getattr(ContentItem.objects.get(), field) == value


def test_an_item_without_a_seed_keeps_the_picture_it_got(run: Run) -> None:
    run(TATE)
    seed = ContentItem.objects.get().seed
    ContentItem.objects.all().delete()
    run(TATE)
    assert ContentItem.objects.get().seed == seed


def test_the_next_item_is_saved_without_trouble(run: Run) -> None:
    run(TATE, {"title": "b"})
    last = ContentItem.objects.latest("pk").pk
    assert ContentItemFactory().pk == last + 1


def test_what_was_imported_is_ranked(run: Run) -> None:
    run(*({"title": f"t{n}", "creator": "Jan Dibbets"} for n in range(50)))
    # So few more that they are compacted, not counted anew with all the others; one changes its place.
    run({"title": "More", "quality_score": 0.5}, {"title": "Again", "source_id": "x"})
    run({"title": "Again", "source_id": "x", "quality_score": 1})
    for model, rows in ((ContentItem, 52), (User, 1)):
        assert pending_deltas(model.rankings) == 0
        for ranking in model.rankings.values():
            assert (ranked_rows(ranking), verify(ranking)) == (rows, [])


def test_the_second_line_for_an_item_is_refused(run: Run, small_batches: int) -> None:
    path = run.write(TATE, *({"title": f"t{n}"} for n in range(small_batches)), {**TATE, "title": "Another"})
    outcome = run.load(path)
    assert outcome.errors == [f"{path}:{small_batches + 2}: the same item as line 1"]
    assert ContentItem.objects.get(source_id="T01745").title == TATE["title"]
    assert run.load(path).out == counts(unchanged=small_batches + 1, bad=1)


def test_the_second_line_for_an_item_is_refused_within_a_batch(run: Run) -> None:
    assert run({"title": "a"}, {"title": "b"}, {"title": "a"}).errors[0].endswith(":3: the same item as line 1")


def test_an_import_takes_no_item_from_another_creator(run: Run) -> None:
    run({"title": "hers", "source_id": "1", "creator": "Alice"})
    outcome = run({"title": "stolen", "source_id": "1", "creator": "Mallory"})
    assert outcome.status == 1
    assert outcome.errors[0].endswith(":1: source_id 1 is an item of another creator")
    item = ContentItem.objects.select_related("creator").get()
    assert (item.title, item.creator.username) == ("hers", "alice")


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_line_without_a_creator_changes_no_item_that_has_one(run: Run, alice: User, dry_run: bool) -> None:
    ContentItemFactory(title="hers", source_id="rev-1", creator=alice, is_private=True)
    before = ContentItem.objects.values().get()
    path = run.write({"title": "taken", "source_id": "rev-1", "is_private": False})
    outcome = run.load(path, dry_run=dry_run)
    assert outcome.errors == [f"{path}:1: source_id rev-1 is an item with a creator, whom the line does not name"]
    assert (outcome.status, outcome.out.endswith(counts(bad=1))) == (1, True)
    assert ContentItem.objects.values().get() == before


def test_an_item_without_a_creator_is_changed_by_a_line_without_one(run: Run) -> None:
    run({"title": "nobody's", "source_id": "1"})
    assert run({"title": "nobody's, again", "source_id": "1"}).out == counts(updated=1)
    assert run({"title": "nobody's, again", "source_id": "1"}).out == counts(unchanged=1)


def test_an_item_without_a_creator_gets_the_one_that_a_line_names(run: Run) -> None:
    run({"title": "found", "source_id": "1"})
    assert run({"title": "found", "source_id": "1", "creator": "Alice"}).out == counts(updated=1, creators=1)
    assert ContentItem.objects.get(creator__username="alice").title == "found"


# --- creators


@pytest.mark.parametrize(
    ("name", "username"),
    [
        ("Jan Dibbets", "jan-dibbets"),
        ("  Éva   Müller ", "éva-müller"),
        ("葛飾 北斎", "葛飾-北斎"),
        ("O'Keeffe, Georgia", "okeeffe-georgia"),
        ("1984", "creator-1984"),
        ("三", "三"),
        ("١٢٣", "creator-١٢٣"),
        ("n" * 200, "n" * 150),
    ],
)
def test_a_creators_username_is_the_slug_of_the_name(run: Run, name: str, username: str) -> None:
    run({"title": "a", "creator": name})
    user = User.objects.get()
    assert (user.username, user.name) == (username, name.strip())


def test_names_without_letters_are_told_apart(run: Run) -> None:
    run({"title": "a", "creator": "?!"}, {"title": "b", "creator": "!?"}, {"title": "c", "creator": "?!"})
    assert sorted(User.objects.values_list("name", flat=True)) == ["!?", "?!"]
    assert {user.username[:8] for user in User.objects.all()} == {"creator-"}


def test_one_name_is_one_user_however_it_is_written(run: Run) -> None:
    names = ["J. M. W. Turner", "j m w turner", "J. M. W. TURNER"]
    assert run(*({"title": name, "creator": name} for name in names)).out == counts(created=3, creators=1)
    assert User.objects.get().items.count() == 3


def test_an_existing_account_is_found_whatever_its_case(run: Run) -> None:
    turner = UserFactory(username="Turner", name="William")
    assert run({"title": "a", "creator": "TURNER"}).out == counts(created=1)
    assert turner.items.count() == 1
    turner.refresh_from_db()
    assert (turner.username, turner.name) == ("Turner", "William")


# --- bad lines

BAD_LINES = [
    ("{", "not valid JSON: Expecting property name enclosed in double quotes (character 2)"),
    ("", None),
    ("[1]", "a JSON object is due, not an array"),
    ("3", "a JSON object is due, not a number"),
    ("null", "a JSON object is due, not null"),
    (b'{"title": "\xff"}', "not UTF-8"),
    ('{"title": "a", "quality_score": NaN}', "NaN"),
    ('{"title": "a", "quality_score": -Infinity}', "-Infinity"),
    ('{"title": "a", "metadata": {"a": 1e400}}', "a number is too large"),
    ('{"title": "a", "seed": ' + "9" * 5000 + "}", "not valid JSON"),
    ('{"title": "a", "metadata": ' + '{"a":' * 100 + "1" + "}" * 101, "nested too deep"),
    ("[" * 100_000, "nested too deep"),
    ({"creator": "b"}, "title is missing"),
    ({"title": ""}, "title is missing"),
    ({"title": " "}, "title is missing"),
    ({"title": None}, "title is missing"),
    ({"title": 5}, "title: a text is due, not a number"),
    ({"title": "x" * 301}, "title: 301 characters, of at most 300"),
    ({"title": "a\0b"}, "NUL"),
    ({"title": "a", "metadata": {"k\0": 1}}, "NUL"),
    ({"title": "a", "metadata": {"k": ["\0"]}}, "NUL"),
    ({"title": "\ud800"}, "surrogate"),
    ({"title": "a", "tags": ["\udc00"]}, "surrogate"),
    ({"title": "a", "content_type": "smell"}, "content_type"),
    ({"title": "a", "content_type": ["text"]}, "content_type"),
    ({"title": "a", "source": "robot"}, "source"),
    ({"title": "a", "creator": ["b"]}, "creator: a text is due, not an array"),
    ({"title": "a", "creator": "b" * 201}, "creator: 201 characters"),
    ({"title": "a", "prompt": 1}, "prompt"),
    ({"title": "a", "prompt": "x" * 10_001}, "prompt: 10,001 characters"),
    ({"title": "a", "metadata": []}, "metadata: an object is due, not an array"),
    ({"title": "a", "tags": "sea"}, "tags: an array of texts is due, not a text"),
    ({"title": "a", "tags": [1]}, "tags: a text is due, not a number"),
    ({"title": "a", "tags": [None]}, "tags: a text is due, not null"),
    ({"title": "a", "tags": [" "]}, "tags: an empty tag"),
    ({"title": "a", "tags": ["x" * 101]}, "101 characters, of at most 100"),
    ({"title": "a", "tags": [str(n) for n in range(101)]}, "101 tags, of at most 100"),
    ({"title": "a", "quality_score": 1.01}, "not between 0 and 1"),
    ({"title": "a", "quality_score": -0.01}, "not between 0 and 1"),
    ({"title": "a", "quality_score": "0.5"}, "quality_score: a number is due, not a text"),
    ({"title": "a", "quality_score": True}, "quality_score: a number is due, not true or false"),
    ({"title": "a", "is_private": 1, "creator": "b"}, "is_private: true or false is due, not a number"),
    ({"title": "a", "is_private": True}, "a private item needs a creator"),
    ({"title": "a", "seed": -1}, "seed: a whole number"),
    ({"title": "a", "seed": 2**64}, "seed: a whole number from 0 to 18,446,744,073,709,551,615 is due"),
    ({"title": "a", "seed": 1.5}, "seed: a whole number"),
    ({"title": "a", "source_id": 5}, "source_id: a text is due"),
    ({"title": "a", "source_id": "x" * 201}, "source_id: 201 characters"),
    ({"title": "a", "created_at": "yesterday"}, "created_at: not an ISO 8601 date"),
    ({"title": "a", "created_at": "2021-02-30"}, "created_at: not an ISO 8601 date"),
    ({"title": "a", "created_at": "0001-01-01T00:00:00+10:00"}, "created_at: not an ISO 8601 date"),
    ({"title": "a", "created_at": 1700000000}, "created_at: a date as text is due"),
    ({"title": "a", "quality": 1}, "unknown field: quality"),
    ({**TATE, "acquired": 0}, "acquired: 0 is no year from 1 to 9999"),
    ({**TATE, "acquired": 10_000}, "acquired: 10000 is no year from 1 to 9999"),
    ({**TATE, "acquired": None, "year": -50}, "year: -50 is no year"),
    ({**TATE, "acquired": [1973]}, "acquired: a year is due"),
    ({**TATE, "medium": ["oil"]}, "medium: a text or a number is due"),
    ({**TATE, "artist": "x"}, "unknown field: artist"),
]


@pytest.mark.parametrize(("line", "reason"), BAD_LINES)
def test_a_bad_line_is_reported_and_the_others_kept(run: Run, line: object, reason: str | None) -> None:
    path = run.write({"title": "before"}, line, {"title": "after"})
    outcome = run.load(path)
    assert sorted(item.title for item in ContentItem.objects.all()) == ["after", "before"]
    if reason is None:
        assert (outcome.errors, outcome.status) == ([], 0)
    else:
        assert len(outcome.errors) == 1
        assert outcome.errors[0].startswith(f"{path}:2: ")
        assert reason in outcome.errors[0]
        assert outcome.status == 1


def test_a_line_longer_than_16_mb_is_reported_and_passed_over(run: Run) -> None:
    outcome = run({"title": "a", "data": "x" * (17 * 1024 * 1024)}, {"title": "b"})
    assert outcome.errors[0].endswith(":1: longer than 16,777,216 bytes")
    assert ContentItem.objects.get().title == "b"


def test_a_byte_order_mark_and_windows_line_ends_are_no_trouble(run: Run) -> None:
    assert run(b'\xef\xbb\xbf{"title": "a"}\r', b'{"title": "b"}\r').out == counts(created=2)


# --- CSV


def test_a_csv_file_says_the_same_as_json(run: Run) -> None:
    outcome = run(
        "source_id,title,creator,tags,quality_score,is_private,metadata,seed,created_at,prompt",
        'c1,"Sea, calm",Ada,"sea; calm",0.5,TRUE,"{""a"": 1}",9,2020-01-02,"two\nlines"',
        'c2,42,,"[""a;b""]",,,,,,',
        name="items.csv",
    )
    assert outcome == (counts(created=2, creators=1), [], 0)
    first, second = ContentItem.objects.order_by("source_id")
    assert (first.title, first.tags, first.quality_score, first.is_private) == ("Sea, calm", ["sea", "calm"], 0.5, True)
    assert (first.metadata, first.seed, first.prompt) == ({"a": 1}, 9, "two\nlines")
    assert (second.title, second.tags, second.creator, second.quality_score) == ("42", ["a;b"], None, None)


def test_tates_form_may_be_csv(run: Run) -> None:
    run("source_id,title,creator,year,acquired", "A1,Study,Ann,1830,", name="tate.csv")
    item = ContentItem.objects.get()
    assert (item.created_at.year, item.metadata) == (1830, {"year": "1830", "source_id": "A1"})


def test_bad_rows_of_a_csv_file_are_reported_with_the_line_they_begin_on(run: Run) -> None:
    path = run.write(
        "title,quality_score",
        '"two\nlines",0.1',
        "too,many,columns",
        "few",
        b"\xff,0.2",
        "score,abc",
        "nan,NaN",
        'quo"te,0.2',
        'a"b"',
        '"x"y,0.3',
        "good,0.4",
        name="items.csv",
    )
    outcome = run.load(path)
    assert [error.removeprefix(f"{path}:").split(":")[0] for error in outcome.errors] == [
        "4",
        "5",
        "6",
        "7",
        "8",
        "10",
        "11",
    ]
    assert "3 columns where the header has 2" in outcome.errors[0]
    assert "UTF-8" in outcome.errors[2]
    assert {item.title for item in ContentItem.objects.all()} == {"two\nlines", "good", 'quo"te'}


def test_a_csv_file_with_an_unknown_or_repeated_column_is_refused_line_by_line(run: Run) -> None:
    assert "unknown field: heading" in run("title,heading", "a,b", name="a.csv").errors[0]
    assert "names a column twice" in run("title,title", "a,b", name="b.csv").errors[0]


# --- files


@pytest.mark.parametrize("name", ["items.jsonl.gz", "items.csv.gz"])
def test_compressed_files_are_read(run: Run, name: str) -> None:
    lines = ["title", "a", "b"] if "csv" in name else [{"title": "a"}, {"title": "b"}]
    assert run(*lines, name=name).out == counts(created=2)


def test_of_a_compressed_file_that_is_cut_off_what_was_read_is_kept(run: Run) -> None:
    path = run.write(*({"title": f"{n} {os.urandom(40).hex()}"} for n in range(3000)), name="items.jsonl.gz")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    outcome = run.load(path)
    kept = ContentItem.objects.count()
    assert 1000 < kept < 2000
    assert outcome.errors == [
        f"{path}:{kept + 1}: the compressed file is cut off or damaged from here on: "
        "Compressed file ended before the end-of-stream marker was reached"
    ]
    assert outcome.status == 1


def test_a_damaged_compressed_file_is_reported(run: Run) -> None:
    path = run.write({"title": "a"}, name="items.jsonl.gz")
    content = bytearray(path.read_bytes())
    content[-6] ^= 0xFF
    path.write_bytes(content)
    outcome = run.load(path)
    assert "cut off or damaged" in outcome.errors[0]
    assert ContentItem.objects.get().title == "a"


def test_an_empty_file_is_no_error(run: Run) -> None:
    assert run() == (counts(), [], 0)
    assert run(name="items.csv") == (counts(), [], 0)


def test_several_files_are_imported_in_order(run: Run) -> None:
    older = run.write({"title": "older", "source_id": "1"}, name="1.jsonl")
    newer = run.write({"title": "newer", "source_id": "1"}, name="2.jsonl")
    assert run.load(older, newer).out == counts(created=1, updated=1)
    assert ContentItem.objects.get().title == "newer"


def test_a_missing_file_ends_with_status_2_before_anything_is_imported(run: Run) -> None:
    outcome = run.load(run.write({"title": "a"}), run.folder / "missing.jsonl")
    assert outcome.status == 2
    assert not ContentItem.objects.exists()


def test_a_dry_run_says_what_would_happen_and_writes_nothing(run: Run) -> None:
    run(TATE, {"title": "b", "source_id": "b", "creator": "Ann"})
    before = list(ContentItem.objects.order_by("pk").values()), list(User.objects.values())
    path = run.write(
        TATE,
        {"title": "b2", "source_id": "b", "creator": "Ann"},
        {"title": "c", "creator": "New"},
        {"title": "stolen", "source_id": "b", "creator": "Newer"},
        {"title": ""},
    )
    outcome = run.load(path, dry_run=True)
    assert outcome.out == "Dry run, nothing written: " + counts(created=1, updated=1, unchanged=1, bad=2, creators=2)
    assert [error.removeprefix(str(path)) for error in outcome.errors] == [
        ":5: title is missing",
        ":4: the same item as line 2",
    ]
    assert (list(ContentItem.objects.order_by("pk").values()), list(User.objects.values())) == before


def test_a_dry_run_sees_what_belongs_to_another_creator(run: Run) -> None:
    run({"title": "hers", "source_id": "1", "creator": "Alice"})
    outcome = run.load(run.write({"title": "stolen", "source_id": "1", "creator": "Mallory"}), dry_run=True)
    assert outcome.errors[0].endswith("is an item of another creator")


# --- as it is really run


WAIT_SECONDS = 300


def wait_until_there_are_items(process: subprocess.Popen) -> None:
    end = time.monotonic() + WAIT_SECONDS
    while not ContentItem.objects.exists():
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < end, "nothing was imported"
        time.sleep(0.01)


def test_an_interrupted_import_keeps_whole_batches_and_goes_on_when_run_again(
    small_batches: int, transactional_db: None, tmp_path: Path
) -> None:
    total = 20 * small_batches
    path = Run(tmp_path).write(
        *({"title": f"t{n}", "source_id": f"s{n}", "creator": f"c{n % 50}"} for n in range(total))
    )
    changes = f"from content.importing import imports; imports.BATCH_ROWS = {small_batches}"
    changes += "; from tests.processes import slow_down; slow_down(imports.Import, 'save')"
    process = manage_with(changes, "import_content", path)
    wait_until_there_are_items(process)
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=WAIT_SECONDS)
    kept = ContentItem.objects.count()
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    assert 0 < kept < total
    assert kept % small_batches == 0
    assert f"{kept:,} created" in out
    assert Run(tmp_path).load(path).out == counts(created=total - kept, unchanged=kept)
    assert ContentItem.objects.count() == total


def test_after_a_big_load_the_table_is_vacuumed(transactional_db: None, tmp_path: Path) -> None:
    """How many pages that marks as visible depends on who else reads just then."""
    run = Run(tmp_path)
    state = (
        "SELECT reltuples, vacuum_count FROM pg_class JOIN pg_stat_user_tables USING (relname)"
        " WHERE relname = 'content_contentitem'"
    )
    with connection.cursor() as cursor:
        cursor.execute(state)
        before = cursor.fetchone()[1]
        run(*({"title": f"t{n}"} for n in range(10_000)))
        cursor.execute(state)
        assert cursor.fetchone() == (10_000, before + 1)


def test_the_process_reports_bad_lines_on_stderr_and_ends_with_1(
    manage: Callable[..., subprocess.Popen], tmp_path: Path
) -> None:
    path = Run(tmp_path).write({"title": "a"}, "{")
    process = manage("import_content", path)
    out, errors = process.communicate(timeout=WAIT_SECONDS)
    assert process.returncode == 1
    assert f"{path}:2: not valid JSON" in errors
    assert out.strip() == counts(created=1, bad=1)
