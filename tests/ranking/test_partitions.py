"""Rankings of a partitioned table: every statement is counted once, and what fires no trigger is counted or told."""

import re
from io import StringIO
from itertools import pairwise

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, models, transaction

from genonaut import worker_tasks
from genonaut.ranking import (
    AttachPartition,
    PartitionError,
    attach,
    catch_up,
    check_partitions,
    checks,
    compact,
    detach,
    partitions_of,
    reading,
    rebuild,
    recount_partitions,
    status,
)
from genonaut.ranking.large_statements import SETTING
from genonaut.ranking.management.commands import rankings
from tests.ranking.partitioned import bound, drifts, fill, partitioned, run
from tests.ranking.plans import complaints, plans
from tests.ranking.ranked.models import Creator
from tests.ranking.samples import chosen

pytestmark = pytest.mark.django_db
TABLE = "ranking_sample"
COLUMNS = "(price, score, is_sold)"
# Of rows 1 to 100, by id. Each of them begins where the one before it ended.
STATEMENTS = {
    "insert": f"INSERT INTO {TABLE} {COLUMNS} SELECT number, NULL, false FROM generate_series(1, 20) AS number",
    "insert by name": f"INSERT INTO {TABLE}_0 SELECT * FROM {TABLE}_0 WHERE false",
    "upsert": f"""INSERT INTO {TABLE} (id, price, is_sold) OVERRIDING SYSTEM VALUE
        SELECT number, 7, true FROM generate_series(90, 130) AS number ON CONFLICT (id) DO UPDATE SET price = 8""",
    "update": f"UPDATE {TABLE} SET price = price + 1 WHERE id % 3 = 0",
    "update by name": f"UPDATE {TABLE}_1 SET is_sold = NOT is_sold",
    "update of no key": f"UPDATE {TABLE} SET creator_id = NULL",
    "move": f"UPDATE {TABLE} SET id = id + 1000 WHERE id % 7 = 0",
    "merge": f"""MERGE INTO {TABLE} AS item USING generate_series(1, 60) AS number ON item.id = number
        WHEN MATCHED AND number % 2 = 0 THEN DELETE WHEN MATCHED THEN UPDATE SET score = 0.25""",
    "delete": f"DELETE FROM {TABLE} WHERE id % 11 = 0",
    "delete by name": f"DELETE FROM {TABLE}_2 WHERE id % 2 = 0",
}


@pytest.fixture
def sample(small_leaves: None) -> type[models.Model]:
    """Hundred rows in four partitions, counted and compacted."""
    model = partitioned()
    fill(model, 100)
    compact(model.rankings)
    return model


def total(model: type[models.Model]) -> int:
    """Return how many rows the rankings count."""
    return reading.totals(chosen(model, "best")).total


@pytest.mark.parametrize("large", [1, 10_000], ids=["counted at once", "as deltas"])
def test_every_statement_is_counted_once(sample: type[models.Model], large: int) -> None:
    run(f"SET LOCAL {SETTING} = {large}")
    for name, statement in STATEMENTS.items():
        run(statement)
        assert (name, drifts(sample), total(sample)) == (name, [], sample.objects.count())
    compact(sample.rankings)
    assert (drifts(sample), total(sample)) == ([], sample.objects.count())


def test_rows_that_are_copied_into_a_partition_are_counted(sample: type[models.Model]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE taken ON COMMIT DROP AS SELECT * FROM {TABLE}_3")
        cursor.execute(f"DELETE FROM {TABLE}_3")
        rows = cursor.execute("SELECT id, price, score, is_sold FROM taken") and cursor.fetchall()
        with cursor.copy(f"COPY {TABLE}_3 (id, price, score, is_sold) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    assert (drifts(sample), total(sample)) == ([], 100)


def test_rows_that_go_with_what_they_refer_to_are_counted_once(sample: type[models.Model]) -> None:
    creator = Creator.objects.create(name="alice")
    creators = Creator._meta.db_table
    run(
        f"ALTER TABLE {TABLE} ADD FOREIGN KEY (creator_id) REFERENCES {creators} ON DELETE CASCADE",
        f"UPDATE {TABLE} SET creator_id = {creator.pk} WHERE id % 3 = 0",
        f"DELETE FROM {creators}",
    )
    assert (drifts(sample), total(sample)) == ([], sample.objects.count())
    assert total(sample) < 100


@pytest.mark.parametrize("statement", [f"TRUNCATE {TABLE}", f"TRUNCATE {', '.join(f'{TABLE}_{n}' for n in range(4))}"])
def test_truncate_of_the_whole_table_forgets_all_counts(sample: type[models.Model], statement: str) -> None:
    run(statement)
    assert (drifts(sample), total(sample)) == ([], 0)
    fill(sample, 10)
    assert (drifts(sample), total(sample), trouble(sample)) == ([], 10, {})


def test_truncate_of_one_partition_is_refused(sample: type[models.Model]) -> None:
    refused = pytest.raises(DatabaseError, match=f"TRUNCATE of {TABLE}_0 alone")
    with refused, transaction.atomic():
        run(f"TRUNCATE {TABLE}_0")
    assert (drifts(sample), total(sample)) == ([], 100)


# --- Attach and detach


def trouble(model: type[models.Model]) -> dict[str, str]:
    """Return the partitions that are not counted as they should be, by their names."""
    found = partitions_of(model.rankings)
    return {partition.name.partition(".")[2]: partition.trouble for partition in found if partition.trouble}


@pytest.mark.parametrize("is_compacted", [False, True])
def test_a_partition_is_detached_and_attached_with_its_counts(sample: type[models.Model], is_compacted: bool) -> None:
    versions = [reading.version(sample.rankings["best"], {})]
    for change in (
        lambda: detach(sample.rankings, f"{TABLE}_2"),
        lambda: run(f"UPDATE {TABLE}_2 SET price = 77"),
        lambda: run(f"DELETE FROM {TABLE}_2 WHERE id < 20"),
        lambda: attach(sample.rankings, f"{TABLE}_2", bound(2)),
        lambda: run(f"DELETE FROM {TABLE}_2 WHERE id > 80"),
    ):
        change()
        if is_compacted:
            compact(sample.rankings)
        assert (drifts(sample), total(sample), trouble(sample)) == ([], sample.objects.count(), {})
        versions.append(reading.version(sample.rankings["best"], {}))
    # A change of a table that is detached is none of a list.
    assert [one == other for one, other in pairwise(versions)] == [False, True, True, False, False]


def test_a_migration_makes_a_partition_that_is_counted(small_leaves: None) -> None:
    model = partitioned(leave_out=3)
    operation = AttachPartition("sample", f"{TABLE}_3", bound(3))
    operation._model = lambda *_: model
    assert operation.describe() == f"Attach {TABLE}_3 to sample"
    with connection.schema_editor() as editor:
        for way in ("database_forwards", "database_backwards", "database_forwards"):
            getattr(operation, way)("ranking", editor, None, None)
    fill(model, 60)
    run(f"DELETE FROM {TABLE}_3 WHERE id < 20")
    assert (drifts(model), total(model), trouble(model)) == ([], model.objects.count(), {})


UNCOUNTED = {
    "detached": (
        [f"ALTER TABLE {TABLE} DETACH PARTITION {TABLE}_1"],
        {f"{TABLE}_1": "was detached, and is still counted"},
    ),
    "dropped": ([f"DROP TABLE {TABLE}_1"], {f"{TABLE}_1": "was dropped or renamed, and is still counted"}),
    "attached": (
        [
            f"CREATE TABLE other (LIKE {TABLE} INCLUDING ALL EXCLUDING IDENTITY)",
            f"INSERT INTO other SELECT * FROM {TABLE}_1",
            f"DROP TABLE {TABLE}_1",
            f"ALTER TABLE {TABLE} ATTACH PARTITION other {bound(1)}",
        ],
        {
            f"{TABLE}_1": "was dropped or renamed, and is still counted",
            "other": "has no triggers: rows that are written to it by its name are not counted",
        },
    ),
    "without a trigger": (
        [f"DROP TRIGGER ranking_insert ON {TABLE}_1", f"INSERT INTO {TABLE}_1 SELECT * FROM {TABLE}_1 WHERE false"],
        {f"{TABLE}_1": "has no triggers: rows that are written to it by its name are not counted"},
    ),
    "switched off": (
        [f"ALTER TABLE {TABLE}_1 DISABLE TRIGGER USER", f"DELETE FROM {TABLE}_1 WHERE id < 50"],
        {f"{TABLE}_1": "has no triggers: rows that are written to it by its name are not counted"},
    ),
}


@pytest.mark.parametrize(("statements", "found"), UNCOUNTED.values(), ids=UNCOUNTED)
def test_what_fires_no_trigger_is_told_and_recounted(
    sample: type[models.Model], statements: list[str], found: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run(*statements)
    assert trouble(sample) == found
    monkeypatch.setattr(checks, "declared", lambda: [sample.rankings])
    warnings = check_partitions(None, databases=["default"])
    told = {each.msg.split()[2].partition(".")[2]: each.id for each in warnings}
    assert told == dict.fromkeys(found, "ranking.W003")
    assert check_partitions(None) == []
    with pytest.raises(PartitionError, match=r"Rebuild the rankings of ranking\.Sample first"):
        detach(sample.rankings, f"{TABLE}_0")
    assert {each.name.partition(".")[2] for each in recount_partitions(sample.rankings)} == set(found)
    assert (trouble(sample), recount_partitions(sample.rankings)) == ({}, [])
    run(f"DELETE FROM {TABLE}_0 WHERE id < 30")
    assert (drifts(sample), total(sample)) == ([], sample.objects.count())


@pytest.mark.parametrize("options", [[], ["--every", "5"]])
def test_compactions_recount_what_was_attached_uncounted(
    sample: type[models.Model], installed: None, options: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(sample, 30, seed=2)
    run(f"ALTER TABLE {TABLE} DETACH PARTITION {TABLE}_3")
    monkeypatch.setattr(rankings, "sleep", interrupted)
    err = StringIO()
    call_command("rankings", "compact", LABEL, *options, stdout=StringIO(), stderr=err)
    assert f"{TABLE}_3 was detached, and is still counted: rebuilt" in err.getvalue()
    assert (drifts(sample), total(sample), trouble(sample)) == ([], sample.objects.count(), {})


def interrupted(_seconds: float) -> None:
    """End a worker as Ctrl-C does."""
    raise KeyboardInterrupt


def test_the_site_worker_recounts_what_was_attached_uncounted(
    sample: type[models.Model], installed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_tasks, "declared", lambda: [sample.rankings])
    run(f"ALTER TABLE {TABLE} DETACH PARTITION {TABLE}_3")
    worker_tasks.compact_rankings()
    assert (drifts(sample), total(sample)) == ([], sample.objects.count())


def test_after_a_load_partitions_are_counted_too(sample: type[models.Model]) -> None:
    run(f"ALTER TABLE {TABLE} DETACH PARTITION {TABLE}_3")
    catch_up(sample.rankings)
    assert (drifts(sample), total(sample)) == ([], sample.objects.count())


# --- The command


LABEL = "ranking.Sample"


@pytest.fixture
def installed(sample: type[models.Model], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the command know the model."""
    monkeypatch.setattr(status, "declared", lambda: [sample.rankings])


def command(*arguments: str) -> str:
    """Run `manage.py rankings` and return what it prints."""
    out = StringIO()
    call_command("rankings", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_attaches_detaches_and_verifies(sample: type[models.Model], installed: None) -> None:
    assert command("detach", LABEL, f"{TABLE}_0") == f"{LABEL}: {TABLE}_0 detached\n"
    assert total(sample) == sample.objects.count() < 100
    assert command("attach", LABEL, f"{TABLE}_0", bound(0)) == f"{LABEL}: {TABLE}_0 attached\n"
    assert total(sample) == sample.objects.count() == 100
    run(f"DROP TRIGGER ranking_delete ON {TABLE}_0")
    with pytest.raises(CommandError, match=f"{TABLE}_0 has no triggers"):
        command("verify")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["attach", LABEL, f"{TABLE}_0"], "rankings attach app.Model TABLE 'FOR VALUES ...'"),
        (["detach", LABEL], "rankings detach app.Model TABLE"),
        (["detach", "ranking.Other", f"{TABLE}_0"], "There is no ranking"),
        (["detach", LABEL, "no_such_table"], 'no_such_table is not detached: relation "no_such_table" does not exist'),
        (["attach", LABEL, f"{TABLE}_0", bound(0)], f'"{TABLE}_0" is already a partition'),
    ],
)
def test_the_command_says_why_it_changes_nothing(
    sample: type[models.Model], installed: None, arguments: list[str], said: str
) -> None:
    with pytest.raises(CommandError, match=re.escape(said)), transaction.atomic():
        command(*arguments)
    assert (drifts(sample), total(sample), trouble(sample)) == ([], 100, {})


# --- Plans


def test_a_page_of_partitions_reads_less_than_two_leaves_of_each_index(small_leaves: None) -> None:
    """Neither a sort nor a scan of a partition: an ordered scan of each one's index, merged."""
    model = partitioned()
    fill(model, 1_500)
    rebuild(model.rankings)
    # Of a table of so few pages PostgreSQL 15 collects those that a page is on, and sorts its rows.
    run(f"ANALYZE {TABLE}", "SET LOCAL enable_bitmapscan = off")
    for name in model.rankings:
        for facets in ({}, {"is_sold": [False]}):
            for read, plan in plans(model.rankings[name], facets):
                assert (name, facets, read, list(complaints(plan, TABLE, most_rows=150))) == (name, facets, read, [])
