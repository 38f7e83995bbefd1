"""Every measuring module runs, on a thousand rows and without the libraries that `make bench` installs."""

import json
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

import psycopg
import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection
from pytest_django import DjangoDbBlocker

from content.models import ContentItem
from genonaut.ranking import partitions_of, verify
from tests import databases
from tests.factories import ContentItemFactory
from tests.processes import database_url
from tests.stress import (
    albums,
    anchors,
    bench,
    cold,
    connections,
    database_time,
    deeds,
    depth,
    footprint,
    partitions,
    people,
    rebuild,
    report,
    rounds,
    rows,
    serving,
    through_pooler,
    wide,
    writes,
)
from tests.stress.databases import connected_to, name_in
from tests.stress.rounds import FEWEST_ROUNDS, Samples, interleaved, ratio_of, spread_of
from tests.stress.servers import LONGEST_SECONDS, Reply
from tests.stress.systems import OURS
from tests.test_imports import imports

ROWS = 1_000
ONLY_FOR_BENCH = (
    *("matplotlib", "fastapi", "sqlakeyset", "sqlalchemy", "cursor_pagination"),
    *("tests.stress.plots", "tests.stress.competitors"),
)


@pytest.fixture(scope="module")
def seeded(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """A database of a thousand items that nothing is connected to."""
    before: str = connection.settings_dict["NAME"]
    with django_db_blocker.unblock(), databases.server() as server:
        databases.create(server, f"{before}_seeded", databases.migrated())
        databases.use(f"{before}_seeded")
        call_command("seed", rows=ROWS, verbosity=0)
        url = database_url()
        databases.use(before)
        yield url
        databases.drop(server, f"{before}_seeded")


@pytest.fixture
def url(seeded: str, transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of that database; what is measured there is little, and leaves no row."""
    monkeypatch.setattr(rounds, "WARM_UP_ROUNDS", 1)
    monkeypatch.setattr(serving, "ROW_SECONDS", 0.1)
    monkeypatch.setattr(connections, "RANDOM_PAGES", 3)
    return seeded


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A page of benchmarks to write to."""
    path = tmp_path / "benchmarks.md"
    path.write_text(
        "# What was measured\n\n<!-- depth: written by its command -->\n<!-- depth: end -->\n\n## By hand\n"
    )
    monkeypatch.setattr(report, "PAGE", path)
    return path


# --- each module, with ours alone


def test_depth_measures_every_page_and_the_cursor(url: str) -> None:
    result = depth.measure(url, ROWS, systems=(OURS,), rounds=2)
    assert [some["note"] for some in result["samples"].values()] == [""] * 7
    assert [len(some["seconds"]) for some in result["samples"].values()] == [2] * 7
    assert "| Genonaut |" in depth.section(result)


def test_rows_measures_every_list_at_every_size(url: str) -> None:
    result = rows.measured({ROWS: url}, systems=(), rounds=2)
    measured = [name for name, some in result["samples"].items() if len(some["seconds"]) == 2 and not some["note"]]
    assert len(measured) == 13
    assert "| ours, admin, last page |" in rows.section(result)


def test_serving_measures_processor_time(url: str) -> None:
    result = serving.measure(url, ROWS, systems=(OURS,), rounds=1)
    assert [some["seconds"][0] > 0 for some in result["samples"].values()] == [True, True]
    assert "requests per CPU-second" in serving.section(result)


def test_footprint_measures_bytes_and_pending_deltas(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(footprint, "PENDING", (0, 30, 70))
    result = footprint.measure(url, ROWS)
    assert [len(some["seconds"]) for some in result["samples"].values()] == [footprint.PAGES] * 3
    assert [int(pending) for pending in result["samples"]] == [0, 30, 70]
    assert f"| {footprint.TABLE} |" in footprint.section(result)


def test_wide_measures_pages_over_nodes_of_each_shape(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wide, "SHAPES", (wide.Shape(wide.LEAF_ROWS, 64), wide.Shape(4, 8)))
    result = wide.measure(url, ROWS)
    assert [shape["inner"] for shape in result["shapes"]] == [1, 32]
    assert "| 512,000 | 8 | 32 |" in wide.section(result)
    assert wide.Rankings.leaf_rows == wide.LEAF_ROWS


def test_writes_measures_inserts_and_copy_in_a_scratch_copy(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writes, "WRITERS", 2)
    monkeypatch.setattr(writes, "LEAD_SECONDS", 0.0)
    monkeypatch.setattr(writes, "SINGLE_ROWS", {"single rows": (5, 0.0)})
    result = writes.measure(url, ROWS, rounds=1, copy_rounds=1)
    assert [len(some["seconds"]) for some in result["samples"].values()] == [1] * 4
    assert (result["failures"], result["is_right"]) == (0, True)
    assert "COPY of 1,000 rows" in writes.section(result)


def test_writes_leaves_no_scratch_database_and_no_row(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with writes.scratch_copy(url) as scratch:
        assert count_of(scratch) == ROWS
        writes.insert_rows(scratch, 3, 0.0, 0.0)
        assert count_of(scratch) == ROWS + 3
    assert count_of(url) == ROWS
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_database WHERE datname = %s", [name_in(scratch)])
        assert cursor.fetchone() == (0,)


def count_of(url: str) -> int:
    with writes.psycopg.connect(url) as other:
        return other.execute("SELECT count(*) FROM content_contentitem").fetchone()[0]


def test_rebuild_is_compared_with_a_count(url: str) -> None:
    result = rebuild.measure(url, ROWS, rounds=1)
    assert {way.partition("/")[0] for way in result["samples"]} == {
        rebuild.COUNT,
        rebuild.COUNT_SHARED,
        rebuild.REBUILD,
        rebuild.FIRST,
    }
    assert "first build" in rebuild.section(result)


def test_a_table_of_works_is_partitioned_with_all_that_belongs_to_it(url: str) -> None:
    with writes.scratch_copy(url) as copy:
        partitions.divide(copy, 2)
        with connected_to(copy):
            work, other = ContentItemFactory(source_id="taken"), ContentItemFactory()
            with pytest.raises(IntegrityError, match="content_source_pkey"):
                ContentItemFactory(source_id="taken")
            ContentItem.objects.filter(pk=work.pk).update(title="Another title", is_private=True)
            other.delete()
            assert [verify(ranking) for ranking in work.rankings.values()] == [[]] * len(work.rankings)
            assert [each.trouble for each in partitions_of(work.rankings)] == ["", ""]
    assert count_of(url) == ROWS


def test_anchors_measures_a_creators_and_a_tags_list(url: str) -> None:
    result = anchors.measure(url, ROWS, rounds=2)
    assert [some["name"].split("(")[0].strip() for some in result["lists"]] == ["one creator", "one tag"]
    assert [some["note"] for some in result["samples"].values()] == [""] * 6
    assert "first deep page" in anchors.section(result)


def test_albums_measures_an_album_beside_the_gallery_and_leaves_none(url: str) -> None:
    result = albums.measure(url, ROWS, rounds=2)
    assert [some["note"] for some in result["samples"].values()] == [""] * 12
    assert "last page / page 1" in albums.section(result)
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM albums_album").fetchone() == (0,)


def test_people_measures_and_takes_all_back(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "LISTS", {"gallery": "?"})
    result = people.measure(url, ROWS, tagged=600, pages=1)
    assert (result["tagged"]["works"], 300 <= result["tagged"]["killed_at"] <= 600) == (600, True)
    assert result["album"]["works"] == result["lists"]["gallery"]["total"] == ROWS
    assert "any page" in people.section(result)
    left = "SELECT count(*) FROM content_contentitem WHERE trashed_at IS NOT NULL OR %s = ANY(tags)"
    with psycopg.connect(url) as connection:
        assert connection.execute(left, [people.TAG]).fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM albums_album").fetchone() == (0,)


def test_deeds_are_done_at_their_rate_beside_readers(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"WARM_UP_ROUNDS": 0, "ASKED": 1, "SETTLE_SECONDS": 0.5}.items():
        monkeypatch.setattr(deeds, name, value)
    result = deeds.measure(url, ROWS, rounds=1, an_hour=72_000)
    assert [len(some["seconds"]) for some in result["samples"].values()] == [1] * 12
    assert result["rate"] > 0
    assert "beside them" in deeds.section(result)


def test_cold_asks_once_for_each_list_of_every_kind(url: str) -> None:
    result = cold.measure(url, ROWS)
    assert len(result["cells"]) == 61
    assert all(cold.seconds(cell["ours"]) == cell["ours"] for cell in result["cells"].values())
    assert "| two words | created_at |" in cold.section(result)


def test_database_time_leaves_no_row(url: str) -> None:
    result = database_time.measure(url, ROWS, rounds=1)
    assert [len(times) for times in result["times"].values()] == [1] * 4
    assert count_of(url) == ROWS
    assert "| half depth |" in database_time.section(result)


def test_connections_counts_requests_errors_and_memory(url: str) -> None:
    result = connections.measure(url, ROWS, connections.Sizes(connections=20, seconds=0.2, requests=40))
    assert result["steady"]["requests"] == 40
    assert result["crowd"]["errors"] == result["steady"]["errors"] == {}
    assert len(result["steady"]["memory"]) == 2
    assert "| worker 2 |" in connections.section(result)


# --- what they share


def reply_of(seconds: float, status: int = 200) -> Callable[[], Reply]:
    return lambda: Reply(seconds, status, b"")


def test_a_round_asks_everybody_once_and_a_slow_one_is_left_out_when_its_time_is_up() -> None:
    samples = interleaved({"quick": reply_of(0.01), "slow": reply_of(5.0)}, rounds=6, cell_seconds=1.0)
    assert samples["quick"].seconds == [0.01] * 6
    assert samples["slow"].seconds == [5.0] * FEWEST_ROUNDS + [None] * (6 - FEWEST_ROUNDS)


@pytest.mark.parametrize(
    ("seconds", "status", "note"),
    [(0.1, 400, "not reached (400)"), (0.0, 0, "over 30 s"), (LONGEST_SECONDS, 500, "over 30 s")],
)
def test_what_gives_no_page_says_why_and_is_not_asked_again(seconds: float, status: int, note: str) -> None:
    samples = interleaved({"none": reply_of(seconds, status)}, rounds=3, cell_seconds=1.0)["none"]
    assert (samples.note, samples.taken) == (note, [])
    assert report.milliseconds(samples) == note


def test_ratios_are_paired_by_round() -> None:
    ratio = ratio_of(Samples([2.0, None, 60.0]), Samples([1.0, 5.0, 20.0]))
    assert (ratio.median, ratio.count) == (2.5, 2)


def test_a_spread_has_quartiles() -> None:
    spread = spread_of([4.0, 1.0, 2.0, 3.0, 5.0])
    assert (spread.low, spread.median, spread.high) == (2.0, 3.0, 4.0)
    assert spread_of([]) is None


def result_of(figure: str) -> report.Result:
    facts = {"command": "measure", "machine": "2 cores", "commit": "abc", "load": "0.1"}
    return {**facts, "at": "2026-11-22T00:00:00+00:00", "figure": figure}


def section(result: report.Result) -> str:
    return f"Depth\nIt takes {result['figure']}.\n"


def test_a_section_is_replaced_and_all_else_stays(page: Path) -> None:
    report.write("depth", result_of("1 ms"), section)
    report.write("depth", result_of("2 ms"), section)
    text = page.read_text()
    assert text.startswith("# What was measured\n\n<!-- depth: written by its command -->\n## Depth\n\n    measure\n")
    assert text.endswith("<!-- depth: end -->\n\n## By hand\n")
    assert ("1 ms" in text, text.count("2 ms")) == (False, 1)


def test_a_section_that_has_no_place_yet_goes_to_the_end(page: Path) -> None:
    report.write("rows", result_of("1 ms"), section)
    assert page.read_text().endswith("<!-- rows: end -->\n")


def test_every_step_has_its_place_in_the_docs() -> None:
    page = report.PAGE.read_text()
    assert [step for step in (*bench.STEPS, connections.NAME) if report.BEGIN.format(name=step) not in page] == []


# --- the runner


@pytest.fixture
def steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What the runner runs; `serving` fails, `rebuild` is interrupted."""
    ran: list[str] = []
    codes = {"serving": 1, "rebuild": bench.INTERRUPTED}
    monkeypatch.setattr(bench, "STATE", tmp_path / "run.json")
    monkeypatch.setattr(bench, "run", lambda step, _rows: ran.append(step) or codes.get(step, 0))
    monkeypatch.setattr(sys, "argv", ["bench", "--rows", "1000"])
    return ran


def test_an_interrupted_run_goes_on_with_what_is_left(steps: list[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        bench.main()
    assert (stopped.value.code, steps) == (130, ["depth", "rows", "serving", "cold", "anchors", "rebuild"])
    steps.clear()
    with pytest.raises(SystemExit):
        bench.main()
    assert steps == ["serving", "rebuild"]


def test_another_size_begins_anew(steps: list[str]) -> None:
    bench.note(2000, ["depth"])
    assert bench.done_before(1000) == []
    assert bench.done_before(2000) == ["depth"]
    assert json.loads(bench.STATE.read_text())["rows"] == 2000


def test_nothing_but_the_competitors_and_the_plots_needs_what_bench_installs() -> None:
    files = [path for path in Path(bench.__file__).parent.glob("*.py") if path.stem != "plots"]
    found = [(path.name, name) for path in files for name in imports(path) if name.startswith(ONLY_FOR_BENCH)]
    assert (len(files) > 10, found) == (True, [])
    for path in files:
        if path.stem != "competitors":
            import_module(f"tests.stress.{path.stem}")  # what `make soak` starts, beside what is tested here


def test_through_pooler_pairs_each_page_with_itself() -> None:
    cells = {"a/direct": [1.0, 2.0], "a/through PgBouncer": [1.5, 2.0], "b/direct": [4.0, None]}
    samples = {name: Samples(seconds) for name, seconds in (cells | {"b/through PgBouncer": [5.0, 6.0]}).items()}
    assert sorted(through_pooler.ratios(samples)) == [1.0, 1.25, 1.5]
    walked = {"requests": 2_433, "wrong": ["/: 1 is not 2"], "errors": []}
    measured = {"walk": walked, "samples": report.packed(samples), "processor": [1.1, 1.2, 1.3]}
    section = through_pooler.section({"rows": ROWS, "measured": {"PgBouncer": measured}})
    assert "| PgBouncer | 2,433 | 1 | 0 |" in section
    assert "| 1.25 (1.12–1.38) | 1.20 (1.15–1.25) |" in section
