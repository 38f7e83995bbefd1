"""Compacting, verifying, rebuilding: what they change and leave, by hand, by the command and behind readers' backs."""

import logging
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from random import Random

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from genonaut.ranking import (
    NotReadyError,
    RankingState,
    background,
    built,
    catch_up,
    compact,
    declared,
    pending_deltas,
    reading,
    rebuild,
    vacuum,
    verify,
)
from genonaut.ranking.nodes import Nodes
from genonaut.ranking.status import status
from tests.factories import EPOCH
from tests.processes import database_url, wait_until_nobody_reads
from tests.ranking.items import RANKINGS, TABLE, leaf_sizes, listed, make_items, random_item, rank_query
from tests.ranking.ranked.models import Item

WAIT_SECONDS = 300
VACUUMS = 10
NEWEST = RANKINGS["newest"]


def drifts() -> list[str]:
    """Return what verifying finds."""
    return [str(drift) for ranking in RANKINGS.values() for drift in verify(ranking)]


@contextmanager
def untriggered() -> Iterator[None]:
    """Switch the triggers off while a block runs."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {TABLE} DISABLE TRIGGER USER")
        yield
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {TABLE} ENABLE TRIGGER USER")


def plant_drift(number: int = 1) -> None:
    """Insert rows past the triggers."""
    with untriggered():
        make_items(number, is_private=True)


def leaf_keys() -> list[tuple[str, ...]]:
    """Return where the leaves of the newest begin, in order."""
    with connection.cursor() as cursor:
        return Nodes(cursor, NEWEST).leaf_keys()


def command(*arguments: str) -> str:
    """Run `manage.py rankings` and return what it prints."""
    out = StringIO()
    call_command("rankings", *arguments, stdout=out)
    return out.getvalue()


# --- Compaction


def test_a_compaction_moves_every_delta_and_changes_no_result(db: None, small_leaves: None) -> None:
    make_items(100)
    before = reading.at_rank(rank_query("best", {}), 40, 10, is_descending=True)
    assert before.pending == 100
    assert compact(RANKINGS).deltas == 100
    after = reading.at_rank(rank_query("best", {}), 40, 10, is_descending=True)
    assert (after.pending, after.keys, after.version) == (0, before.keys, before.version)


def test_leaves_that_grow_are_split_and_those_that_shrink_joined(db: None, small_leaves: None) -> None:
    for seed in range(5):
        make_items(60, seed=seed)
        compact(RANKINGS)
        assert max(leaf_sizes(NEWEST)) <= 2 * RANKINGS.leaf_rows
    leaves = len(leaf_sizes(NEWEST))
    kept = list(Item.objects.order_by("id").values_list("id", flat=True))[::15]
    Item.objects.exclude(pk__in=kept).delete()
    assert compact(RANKINGS).joined > 0
    assert len(leaf_sizes(NEWEST)) < leaves / 3
    assert drifts() == []


def test_inner_nodes_keep_their_size_while_leaves_come_and_go(db: None, small_leaves: None) -> None:
    for seed in range(8):
        make_items(60, seed=seed)
        compact(RANKINGS)
        found = status(RANKINGS)[0]
        assert found.inner_nodes >= found.leaves / (2 * RANKINGS.fanout)
    Item.objects.exclude(pk__in=Item.objects.order_by("?")[:10]).delete()
    compact(RANKINGS)
    found = status(RANKINGS)[0]
    assert found.inner_nodes <= 4 * (1 + found.leaves // RANKINGS.fanout)


def test_a_table_that_is_emptied_row_by_row_counts_nothing(db: None, small_leaves: None) -> None:
    make_items(100)
    compact(RANKINGS)
    Item.objects.all().delete()
    compact(RANKINGS)
    assert reading.totals(rank_query("newest", {})).total == 0
    make_items(100, seed=2)
    compact(RANKINGS)
    assert reading.totals(rank_query("newest", {})).total == 100
    assert drifts() == []


@pytest.mark.django_db(transaction=True)
def test_the_pages_of_deltas_that_are_gone_are_given_back_whatever_the_last_of_them_holds(autovacuum_off: None) -> None:
    deltas = f'"{RANKINGS.delta._meta.db_table}"'
    make_items(1)
    columns = ", ".join(column.name for column in (*RANKINGS.keys, *RANKINGS.facets.values()))
    with connection.cursor() as cursor:
        # As a load leaves them: pages without rows that no VACUUM looks at again, but for the last.
        cursor.execute(
            f"""INSERT INTO {deltas} ({columns}, row_count, change_count)
            SELECT {columns}, 0, 0 FROM {deltas}, generate_series(1, 12000)"""
        )
        cursor.execute(f"DELETE FROM {deltas} WHERE row_count = 0 AND id < (SELECT max(id) - 20 FROM {deltas})")
        wait_until_nobody_reads()
        cursor.execute(f"VACUUM (TRUNCATE OFF, INDEX_CLEANUP ON) {deltas}")
        cursor.execute(f"DELETE FROM {deltas}")
        assert any(size_after_vacuum(deltas) == 0 for _ in range(VACUUMS))


@pytest.fixture
def autovacuum_off(transactional_db: None) -> Iterator[None]:
    """Leave the deltas to the test: no VACUUM cleans their indexes that is not told to. Autovacuum leaves them alone in
    all tests."""
    deltas = f'"{RANKINGS.delta._meta.db_table}"'
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {deltas} RESET (vacuum_index_cleanup)")
        yield
        cursor.execute(f"ALTER TABLE {deltas} SET (vacuum_index_cleanup = on)")


def size_after_vacuum(table: str) -> int:
    """Vacuum when nobody reads; an autoanalyze of any table that begins just then keeps the rows once more."""
    wait_until_nobody_reads()
    vacuum(RANKINGS)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_relation_size('{table}')")
        return cursor.fetchone()[0]


def test_many_deltas_are_compacted_in_steps(db: None, small_leaves: None) -> None:
    make_items(120)
    steps: list[int] = []
    assert compact(RANKINGS, advance=steps.append).deltas == 120
    assert steps == [50, 50, 20]
    assert max(leaf_sizes(NEWEST)) <= 2 * RANKINGS.leaf_rows
    assert drifts() == []


def test_an_interrupted_compaction_keeps_its_steps_and_every_count_right(db: None, small_leaves: None) -> None:
    make_items(30)
    compact(RANKINGS)
    make_items(120, seed=2)
    Item.objects.filter(pk__in=Item.objects.order_by("id").values("id")[:40]).delete()
    with pytest.raises(KeyboardInterrupt):
        compact(RANKINGS, advance=interrupt)
    assert pending_deltas(RANKINGS) == 160 - 50
    assert drifts() == []
    for name in RANKINGS:
        page = reading.at_rank(rank_query(name, {}), 60, 20, is_descending=True)
        assert (page.total, page.keys) == (110, list(listed(name, {}, is_descending=True)[60:80]))
    assert compact(RANKINGS, everywhere=True).deltas == 110
    assert max(leaf_sizes(NEWEST)) <= 2 * RANKINGS.leaf_rows
    assert drifts() == []


def interrupt(_deltas: int) -> None:
    """Press Ctrl-C after a step."""
    raise KeyboardInterrupt


def test_leaves_that_an_interrupted_compaction_left_too_large_are_split_by_the_command(
    db: None, small_leaves: None
) -> None:
    make_items(50)
    with pytest.raises(KeyboardInterrupt):
        compact(RANKINGS, advance=interrupt)
    assert (pending_deltas(RANKINGS), leaf_sizes(NEWEST)) == (0, [50])
    command("compact", "ranked.Item")
    assert max(leaf_sizes(NEWEST)) <= 2 * RANKINGS.leaf_rows
    assert drifts() == []


@pytest.mark.django_db(transaction=True)
def test_a_compaction_that_is_not_to_wait_gives_way_and_harms_no_transaction(small_leaves: None) -> None:
    make_items(10)
    with exclusive_elsewhere():
        assert compact(RANKINGS, wait=False) is None
        with transaction.atomic():
            assert compact(RANKINGS, wait=False) is None
            assert Item.objects.count() == 10
    assert compact(RANKINGS, wait=False).deltas == 10


@contextmanager
def exclusive_elsewhere() -> Iterator[None]:
    """Hold the compactors' lock over another connection while a block runs."""
    with psycopg.connect(database_url()) as other:
        other.execute(f"LOCK TABLE {RANKINGS.delta._meta.db_table} IN SHARE UPDATE EXCLUSIVE MODE")
        yield


# --- Rebuilding and verifying


@pytest.mark.parametrize("names", [None, ["newest"]])
def test_a_rebuild_counts_what_the_triggers_missed(db: None, small_leaves: None, names: list[str] | None) -> None:
    make_items(100)
    compact(RANKINGS)
    plant_drift(3)
    make_items(20, seed=2)
    assert len(verify(NEWEST)) > 0
    rebuild(RANKINGS, names)
    assert verify(NEWEST) == []
    assert bool(verify(RANKINGS["best"])) == (names is not None)
    assert reading.totals(rank_query("newest", {})).total == 123


def test_a_rebuild_makes_full_leaves_and_tells_how_many_rows_it_counted(db: None, small_leaves: None) -> None:
    make_items(100)
    counted: list[int] = []
    rebuild(RANKINGS, ["newest"], advance=counted.append)
    assert sum(counted) == 100
    assert leaf_sizes(NEWEST) == [8] * 12 + [4]


def test_a_first_build_counts_what_no_trigger_noticed_once(db: None, small_leaves: None) -> None:
    with untriggered():
        make_items(100)
    counted: list[int] = []
    rebuild(RANKINGS, ["newest"], advance=counted.append)
    assert sum(counted) == 100
    assert leaf_sizes(NEWEST) == [8] * 12 + [4]


def test_a_rebuild_keeps_the_bounds_of_leaves_that_fit(db: None, small_leaves: None) -> None:
    made = make_items(100)
    rebuild(RANKINGS)
    Item.objects.filter(pk__in=[item.pk for item in made[:20]]).delete()
    plant_drift(20)
    before = leaf_keys()
    counted: list[int] = []
    rebuild(RANKINGS, ["newest"], advance=counted.append)
    assert sum(counted) == 100
    assert leaf_keys() == before
    assert leaf_sizes(NEWEST) != [8] * 12 + [4]
    assert verify(NEWEST) == []


def test_a_rebuild_splits_leaves_that_grew_unnoticed(db: None, small_leaves: None) -> None:
    make_items(100)
    rebuild(RANKINGS)
    with untriggered():
        Item.objects.bulk_create(random_item(Random(3), created_at=EPOCH) for _ in range(60))
    rebuild(RANKINGS)
    assert max(leaf_sizes(NEWEST)) <= 2 * RANKINGS.leaf_rows
    assert drifts() == []


@pytest.mark.parametrize("left", [0, 1, 9])
def test_a_rebuild_makes_new_leaves_where_most_rows_went_unnoticed(db: None, small_leaves: None, left: int) -> None:
    made = make_items(100)
    rebuild(RANKINGS)
    with untriggered():
        Item.objects.filter(pk__in=[item.pk for item in made[left:]]).delete()
    rebuild(RANKINGS)
    assert leaf_sizes(NEWEST) == [size for size in (min(left, 8), left - 8) if size > 0]
    assert drifts() == []


def test_a_rebuild_makes_new_leaves_where_rows_multiplied_unnoticed(db: None, small_leaves: None) -> None:
    make_items(20)
    rebuild(RANKINGS)
    plant_drift(80)
    rebuild(RANKINGS)
    assert leaf_sizes(NEWEST) == [8] * 12 + [4]
    assert drifts() == []


def test_no_version_comes_back_after_a_rebuild(db: None) -> None:
    make_items(5)
    versions = {reading.version(NEWEST, {})}
    for _ in range(3):
        rebuild(RANKINGS)
        versions.add(reading.version(NEWEST, {}))
    assert len(versions) == 4


def test_a_drift_says_where_it_is_and_how_large(db: None, small_leaves: None) -> None:
    make_items(50)
    compact(RANKINGS)
    with connection.cursor() as cursor:
        node = NEWEST.node._meta.db_table
        cursor.execute(f"UPDATE {node} SET row_count = row_count + 3 WHERE id = (SELECT min(id) FROM {node})")
    assert {drift.excess for drift in verify(NEWEST)} <= {3, -3}
    assert "ranked.Item.newest" in str(verify(NEWEST)[0])


def test_after_a_large_load_everything_is_counted_anew(db: None, small_leaves: None) -> None:
    make_items(100)
    generation = status(RANKINGS)[0].generation
    catch_up(RANKINGS)
    assert status(RANKINGS)[0].generation > generation
    assert pending_deltas(RANKINGS) == 0
    generation = status(RANKINGS)[0].generation
    make_items(5)
    catch_up(RANKINGS)
    assert (status(RANKINGS)[0].generation, pending_deltas(RANKINGS)) == (generation, 0)


# --- The command


def test_verify_passes_until_there_is_a_drift_and_again_after_a_rebuild(db: None, small_leaves: None) -> None:
    make_items(30)
    assert "every count is right" in command("verify", "ranked.Item")
    plant_drift()
    with pytest.raises(CommandError, match="counts differ") as error:
        command("verify", "ranked.Item.newest", "--show", "1")
    assert error.value.returncode == 1
    command("rebuild", "ranked.Item.newest")
    command("verify", "ranked.Item.newest")
    with pytest.raises(CommandError, match=r"ranked\.Item\.best"):
        command("verify")


def test_status_shows_what_there_is_of_each_ranking(db: None, small_leaves: None) -> None:
    command("rebuild", "ranked.Item")
    make_items(30)
    line = next(line for line in command("status").splitlines() if line.startswith("ranked.Item.newest"))
    assert line.split()[2:] == ["0", "0", "0", "30"]
    command("compact")
    lines = command("status", "ranked.Item.newest").splitlines()
    assert len(lines) == 2
    assert lines[1].split()[2] == "30"


def test_what_is_not_built_is_said_and_left_alone(db: None) -> None:
    RankingState.objects.all().delete()
    assert "not built" in command("status", "ranked.Item")
    # By its former name too, which operators may use.
    assert command("compact", "ranked.Item") == command("fold", "ranked.Item")
    assert "not built" in command("fold", "ranked.Item")
    with pytest.raises(CommandError, match="is not built"):
        command("verify", "ranked.Item")
    command("rebuild")
    command("verify")
    assert all(built(rankings) == set(rankings) for rankings in declared())


@pytest.mark.parametrize(
    "arguments",
    [
        ("verify", "ranked.Nothing"),
        ("compact", "ranked.Item.worst"),
        ("verify", "--every", "5"),
        ("compact", "--every", "nan"),
    ],
)
def test_a_mistaken_call_says_what_is_wrong(db: None, arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError, match=r"There is no ranking|--every"):
        command(*arguments)


def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    end = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_worker_compacts_until_it_is_interrupted(manage: Callable[..., subprocess.Popen]) -> None:
    make_items(10)
    worker = manage("rankings", "compact", "--every", "0.1")
    until(lambda: pending_deltas(RANKINGS) == 0)
    make_items(10, seed=2)
    until(lambda: pending_deltas(RANKINGS) == 0)
    worker.send_signal(signal.SIGINT)
    _, errors = worker.communicate(timeout=WAIT_SECONDS)
    # The pool may say that it drops a connection whose statement was interrupted.
    assert (worker.returncode, "Traceback" in errors) == (0, False), errors
    assert drifts() == []


# --- Behind readers


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let readers compact from ten deltas on, without a pause."""
    monkeypatch.setattr(background, "MANY_DELTAS", 10)
    monkeypatch.setattr(background, "PAUSE_SECONDS", 0.0)
    background.compactions.clear()
    yield
    background.compactions.clear()


@pytest.mark.django_db(transaction=True)
def test_a_reader_that_meets_many_deltas_has_them_compacted(eager: None) -> None:
    make_items(9)
    assert background.compact_soon(RANKINGS, reading.totals(rank_query("newest", {})).pending) is None
    make_items(1)
    thread = background.compact_soon(RANKINGS, reading.totals(rank_query("newest", {})).pending)
    thread.join(WAIT_SECONDS)
    assert pending_deltas(RANKINGS) == 0
    assert drifts() == []


@pytest.mark.django_db(transaction=True)
def test_readers_compact_one_at_a_time_and_give_way_to_others(eager: None, caplog: pytest.LogCaptureFixture) -> None:
    make_items(20)
    with exclusive_elsewhere():
        background.compact_soon(RANKINGS, 20).join(WAIT_SECONDS)
    assert pending_deltas(RANKINGS) == 20
    assert background.compactions.claim(RANKINGS.label)
    assert background.compact_soon(RANKINGS, 20) is None
    background.compactions.release(RANKINGS.label, 0.0)
    background.compact_soon(RANKINGS, 20).join(WAIT_SECONDS)
    assert pending_deltas(RANKINGS) == 0
    assert caplog.records == []


def test_nothing_is_compacted_behind_a_transaction(db: None, eager: None) -> None:
    assert background.compact_soon(RANKINGS, 10**6) is None


@pytest.mark.django_db(transaction=True)
def test_a_compaction_that_fails_is_logged_and_tried_again(eager: None, caplog: pytest.LogCaptureFixture) -> None:
    make_items(20)
    node = NEWEST.node._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {node} RENAME TO away")
        with caplog.at_level(logging.ERROR):
            background.compact_soon(RANKINGS, 20).join(WAIT_SECONDS)
        cursor.execute(f"ALTER TABLE away RENAME TO {node}")
    assert "Compacting ranked.Item failed" in caplog.text
    background.compact_soon(RANKINGS, 20).join(WAIT_SECONDS)
    assert pending_deltas(RANKINGS) == 0


@pytest.mark.django_db(transaction=True)
def test_a_reader_that_meets_too_many_deltas_adds_none_up_and_has_them_compacted(
    eager: None, own_statements: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RANKINGS, "most_deltas", 30)
    monkeypatch.setattr(RANKINGS, "step_deltas", 20)
    make_items(30)
    with transaction.atomic():  # from where no compaction begins
        assert reading.at_rank(rank_query("newest", {}), 0, 5, is_descending=True).total == 30
        make_items(1)
        for read in (reading.totals, lambda chosen: reading.at_rank(chosen, 0, 5, is_descending=True)):
            with pytest.raises(NotReadyError, match="rankings compact"):
                read(rank_query("newest", {}))
        assert pending_deltas(RANKINGS) == 31
    with pytest.raises(NotReadyError):
        reading.totals(rank_query("newest", {}))
    until(lambda: pending_deltas(RANKINGS) == 0)
    until(lambda: background.compactions.free_at(RANKINGS.label) < time.monotonic())
    assert reading.totals(rank_query("newest", {})).total == 31
