"""Tables as spreadsheets write them, and files that are no tables: understood, or refused once, with one message."""

import codecs
import gzip
import zipfile
from pathlib import Path

import pytest

from content.models import ContentItem
from tests.content.test_import import Outcome, Run, counts, run

__all__ = ["run"]
HEADER = ("source_id", "title", "creator", "quality_score", "tags")
ROWS = (
    ("1", "Déjà vu", "Ana Ruiz", "0.8", "sea;fog"),
    ("2", 'A "quoted"\nword', "", "", ""),
    ("3", "富士", "", "1", ""),
)
TITLES = ["Déjà vu", 'A "quoted"\nword', "富士"]


def table(delimiter: str = ",", end: str = "\r\n", *, quoted: bool = False, rows: tuple = ROWS) -> str:
    """Return the rows as a spreadsheet writes them."""

    def cell(text: str) -> str:
        needs = quoted or any(sign in text for sign in (delimiter, '"', "\n", "\r"))
        return '"' + text.replace('"', '""') + '"' if needs else text

    return "".join(delimiter.join(map(cell, row)) + end for row in (HEADER, *rows))


def load(run: Run, content: bytes, name: str = "table.csv") -> tuple[Outcome, Path]:
    path = run.folder / name
    path.write_bytes(content)
    return run.load(path), path


def titles() -> list[str]:
    return list(ContentItem.objects.order_by("source_id").values_list("title", flat=True))


WRITTEN = {
    "plain": table().encode(),
    "a mark before a quoted header": codecs.BOM_UTF8 + table(quoted=True).encode(),
    "a mark before a plain header": codecs.BOM_UTF8 + table().encode(),
    "semicolons": table(";").encode(),
    "semicolons, a mark, quoted": codecs.BOM_UTF8 + table(";", quoted=True).encode(),
    "tabs": table("\t").encode(),
    "bars": table("|").encode(),
    "sep=;": b"sep=;\r\n" + table(";").encode(),
    "sep=, after a mark": codecs.BOM_UTF8 + b"sep=,\n" + table().encode(),
    "SEP quoted, tab": b'"SEP=\t"\r\n' + table("\t").encode(),
    "sep=^": b"sep=^\r\n" + table("^").encode(),
    "UTF-16 with a mark, little": table("\t").encode("utf-16"),
    "UTF-16 with a mark, big": codecs.BOM_UTF16_BE + table("\t").encode("utf-16-be"),
    "UTF-16 without a mark": table(";").encode("utf-16-le"),
    "UTF-16 big without a mark": table(",").encode("utf-16-be"),
    "UTF-32": table(",").encode("utf-32"),
    "\\r alone": table(end="\r").encode(),
    "\\n alone": table(end="\n").encode(),
    "\\r and a mark": codecs.BOM_UTF8 + table(";", end="\r", quoted=True).encode(),
    "no last line end": table().rstrip("\r\n").encode(),
    "lines of delimiters and blank ones": f"\r\n,,,,\r\n{table()},,,,\r\n\r\n , ,,,\r\n".encode(),
    "empty columns at the end": table().replace("\r\n", ",,,\r\n").encode(),
    "an empty column of semicolons": table(";").replace("\r\n", ";\r\n").encode(),
    "upper case": table().replace("source_id,title", "Source_ID,TITLE").encode(),
    "spaces for underscores": table(";")
    .replace("source_id;", "Source Id ;")
    .replace("quality_s", "Quality-S")
    .encode(),
    "a non-breaking space": table().replace("source_id,title", "source_id\xa0, title ").encode(),
    "decimal commas": table(";").replace("0.8", "0,8").encode(),
    "quoted decimal commas": table(",").replace("0.8", '"0,8"').encode(),
    "a decimal comma alone": table(";").replace("0.8", ",8").encode(),
    "gzip of UTF-16": gzip.compress(table("\t").encode("utf-16")),
}


@pytest.mark.parametrize("content", WRITTEN.values(), ids=WRITTEN)
def test_tables_of_spreadsheets_are_understood(run: Run, content: bytes) -> None:
    outcome, _ = load(run, content)
    assert outcome == (counts(created=3, creators=1), [], 0)
    assert titles() == TITLES
    first = ContentItem.objects.select_related("creator").get(source_id="1")
    assert (first.creator.name, first.quality_score, first.tags) == ("Ana Ruiz", 0.8, ["sea", "fog"])


@pytest.mark.parametrize("name", ["table.tsv", "table.TAB", "table.txt", "table", "table.csv.gz", "table.tsv.gz"])
def test_a_table_is_known_by_its_name_or_by_its_header(run: Run, name: str) -> None:
    content = codecs.BOM_UTF8 + table("\t", quoted=True).encode()
    assert load(run, gzip.compress(content) if name.endswith("tsv.gz") else content, name)[0].out == counts(
        created=3, creators=1
    )


LINES = '{"title": "Déjà"}\n\n{"title": "富士"}\n'
JSON_WRITTEN = {
    "a mark": codecs.BOM_UTF8 + LINES.encode(),
    "a mark before each line": LINES.replace("{", "\ufeff{").encode(),
    "\\r\\n": LINES.replace("\n", "\r\n").encode(),
    "\\r alone": LINES.replace("\n", "\r").encode(),
    "UTF-16 with a mark": LINES.encode("utf-16"),
    "UTF-16 without a mark": LINES.encode("utf-16-le"),
    "UTF-16 big": codecs.BOM_UTF16_BE + LINES.encode("utf-16-be"),
    "a blank first line": b"\n" + LINES.encode(),
    "gzip, a mark, \\r\\n": gzip.compress(codecs.BOM_UTF8 + LINES.replace("\n", "\r\n").encode()),
    "a separator of lines inside": LINES.replace("富士", "富\u2028士\x85").encode(),
}


@pytest.mark.parametrize("content", JSON_WRITTEN.values(), ids=JSON_WRITTEN)
@pytest.mark.parametrize("name", ["items.jsonl", "items.jsonl.gz"])
def test_json_lines_are_understood_in_the_same_encodings(run: Run, content: bytes, name: str) -> None:
    assert load(run, content, name)[0] == (counts(created=2), [], 0)


def workbook(folder: Path) -> bytes:
    path = folder / "book.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return path.read_bytes()


REFUSED = {
    "cp1252": (table(";", rows=(("1", "Déjà", "", "", ""), ("2", "vu à", "", "", ""))).encode("cp1252"), "not UTF-8"),
    "Shift JIS": (table(rows=(("1", "富士", "", "", ""), ("2", "山", "", "", ""))).encode("shift_jis"), "not UTF-8"),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)) * 9, "a PNG picture"),
    "a JPEG": (b"\xff\xd8\xff\xe0" + bytes(range(256)) * 9, "a JPEG picture"),
    "an archive": (b"\x1f\x8b" + gzip.compress(b"x\0y" * 999)[2:], "no text"),
    "NUL bytes": (b"SQLite format 3\0" + bytes(999), "no text"),
    "bzip2": (b"BZh91AY&SY\x00\x01" + bytes(range(256)) * 9, "bzip2"),
    "no title": (b"source_id,name,seed\n1,a,7\n2,b,8\n", "no column is named title"),
    "no header": (b"1,a,7\n2,b,8\n", "no column is named title"),
    "a title beside unknown fields": (b"title,heading,size\na,b,1\nc,d,2\n", "unknown field: heading, size"),
    "a title twice": (b"title,seed,Title\na,1,b\nc,2,d\n", "a column twice: title"),
    "a header with a broken quote": (b'"title"x,seed\na,1\nb,2\n', "not valid CSV"),
    "a header of one column that holds all": (b'"title;seed"\n"a;1"\n"b;2"\n', "no column is named title"),
    "JSON Lines": (b'{"title": "a"}\n{"title": "b"}\n', ".jsonl"),
}


@pytest.mark.parametrize(("content", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_table_is_refused_once_and_whole(run: Run, content: bytes, reason: str) -> None:
    outcome, path = load(run, content)
    assert (len(outcome.errors), outcome.status, ContentItem.objects.count()) == (1, 1, 0)
    assert outcome.errors[0].startswith(f"{path}: ")
    assert reason in outcome.errors[0]
    assert outcome.out == counts() + "; 1 files not read"


@pytest.mark.parametrize("name", ["book.xlsx", "book.csv", "book.ods", "book", "book.csv.gz"])
def test_of_a_workbook_is_said_what_to_do_with_it(run: Run, name: str) -> None:
    outcome, _ = load(run, workbook(run.folder), name)
    assert (len(outcome.errors), outcome.status) == (1, 1)
    assert "workbook" in outcome.errors[0]
    assert "CSV UTF-8" in outcome.errors[0]


OTHER_JSON = {
    "an array": b'[\n  {"title": "a"},\n  {"title": "b"}\n]\n',
    "an array begun on its first line": b'[{"title": "a"},\n{"title": "b"}]\n',
    "an object over several lines": b'{\n  "title": "a",\n  "seed": 1\n}\n',
    "cp1252": '{"title": "é"}\n{"title": "à"}\n'.encode("cp1252"),
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9,
}


@pytest.mark.parametrize("content", OTHER_JSON.values(), ids=OTHER_JSON)
def test_what_are_no_json_lines_is_refused_once_and_whole(run: Run, content: bytes) -> None:
    outcome, path = load(run, content, "items.jsonl")
    assert (len(outcome.errors), outcome.status, ContentItem.objects.count()) == (1, 1, 0)
    assert outcome.errors[0].startswith(f"{path}: ")


def test_the_files_beside_an_unreadable_one_are_imported(run: Run) -> None:
    good = run.write({"title": "a"}, name="good.jsonl")
    bad = run.folder / "bad.csv"
    bad.write_bytes(b"name\na\n")
    also = run.write("title", "b", name="also.csv")
    outcome = run.load(good, bad, also)
    assert (outcome.out, outcome.status) == (counts(created=2) + "; 1 files not read", 1)


def test_a_folder_is_one_of_files_whatever_its_name(run: Run) -> None:
    folder = run.folder / "pictures.csv"
    folder.mkdir()
    assert run.load(folder) == (counts(), [], 0)


def test_how_much_an_open_quote_swallowed_is_said(run: Run) -> None:
    outcome, path = load(run, b'title,seed\na,1\n"b,2\nc,3\nd,4\n')
    assert titles() == ["a"]
    assert outcome.errors == [
        f"{path}:3: not valid CSV, a quote is not closed where it should be (unexpected end of data): "
        "3 lines, to line 5, were not read"
    ]


def test_a_row_of_another_width_says_where_it_ends(run: Run) -> None:
    outcome, path = load(run, b'title,seed\n"a\nb",1,2\nc\n,,\nd,4,,\n')
    assert outcome.errors == [
        f"{path}:2: 3 columns where the header has 2 (the row ends on line 3)",
        f"{path}:4: 1 columns where the header has 2",
    ]
    assert titles() == ["d"]


def test_a_cell_below_no_name_is_not_lost(run: Run) -> None:
    outcome, path = load(run, b"title,,seed\na,,1\nb,x,2\n")
    assert outcome.errors == [f"{path}:3: a cell stands below no name of the header"]
    assert titles() == ["a"]


def test_utf_16_that_is_cut_off_ends_with_one_message(run: Run) -> None:
    outcome, path = load(run, table("\t").encode("utf-16")[:-1])
    assert [error.split(": ")[0] for error in outcome.errors] == [f"{path}:4"] or len(outcome.errors) == 1
    assert "cut off or damaged" in outcome.errors[0]
    assert outcome.status == 1


@pytest.mark.parametrize("seed", ["18446744073709551615", "007", " 7 "])
def test_digits_of_a_cell_are_a_seed(run: Run, seed: str) -> None:
    load(run, f"title;seed\na;{seed}\n".encode())
    assert ContentItem.objects.get().exact_seed == int(seed)


@pytest.mark.parametrize("seed", ["1.84467440737096E+19", "1,000", "-1", "1.5", "x"])
def test_a_seed_that_a_spreadsheet_rounded_is_refused(run: Run, seed: str) -> None:
    outcome, path = load(run, f"title;seed\na;{seed}\n".encode())
    assert (len(outcome.errors), ContentItem.objects.count()) == (1, 0)
    assert outcome.errors[0].startswith(f"{path}:2: seed: a whole number")
