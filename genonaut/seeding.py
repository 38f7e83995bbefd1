"""Synthetic data sets of any size: what a domain declares to have its tables filled, and how they are filled.

It knows no domain: an app with synthetic rows declares them in a module `synthetic`, as TABLES. A data set is loaded in
blocks, each one transaction. Every row depends on the data set's seed and size and on its own block alone, so the
blocks may be loaded by several connections at once, in any order, and a load that was interrupted goes on with the
blocks that are missing.
"""

from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import closing
from dataclasses import dataclass, field
from importlib import import_module
from random import Random

from django.apps import apps
from django.db import connection, transaction
from django.db.models import Model
from django.utils.module_loading import module_has_submodule

from genonaut.database.copy import copy_lines, reserve_ids
from genonaut.interruptions import interruption_waits
from genonaut.postponed_indexes import LOADER

BLOCK_ROWS = 5_000


@dataclass(frozen=True, eq=False)
class Dataset:
    """A data set: `rows` rows of its leading table, and the rows of other tables in proportion.

    `first_ids` holds, for each numbered table begun so far, the id of its row 0; row n has the id n higher.
    """

    seed: int
    rows: int
    first_ids: dict[type[Model], int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What marks the rows of this data set in their keys."""
        return f"{self.seed}x{self.rows}"


@dataclass(frozen=True, eq=False)
class Block:
    """Rows `first` to `first + rows - 1` of a numbered table, and what follows them."""

    dataset: Dataset
    first: int
    rows: int

    def random(self, purpose: str) -> Random:
        """Return random numbers that are the same whenever this block is made, and others for each purpose."""
        return Random(f"{self.dataset.seed}/{self.dataset.rows}/{self.first}/{purpose}")  # noqa: S311 - sample data


@dataclass(frozen=True)
class Table:
    """The synthetic rows of a model, as lines of COPY's text format in the order of the columns.

    `settle` is called with each block in its transaction, once all its rows are there; `finish` once rows were loaded,
    also if the load was interrupted.
    """

    model: type[Model]
    columns: tuple[str, ...]
    lines: Callable[[Block], Iterable[str]]
    settle: Callable[[Block], object] | None = field(default=None, kw_only=True)
    finish: Callable[[], object] | None = field(default=None, kw_only=True)


@dataclass(frozen=True)
class NumberedTable(Table):
    """A table whose rows have ids set aside beforehand, so that others may refer to them, and a unique key.

    `key` gives the key of a row, by its number; a block is there when its first or its last row is.
    """

    count: Callable[[Dataset], int]
    key_column: str
    key: Callable[[Dataset, int], str]


@dataclass(frozen=True)
class FollowingTable(Table):
    """A table whose rows are loaded in the same transaction as the block of another table that they go with: after it,
    or first, if triggers of that table look for them."""

    follows: NumberedTable
    goes_first: bool = False


def declared_tables() -> list[Table]:
    """Return the tables of all apps, in the order of INSTALLED_APPS."""
    modules = [app.name for app in apps.get_app_configs() if module_has_submodule(app.module, "synthetic")]
    return [table for name in modules for table in import_module(f"{name}.synthetic").TABLES]


def finish() -> None:
    """Do what apps want to be done after a load."""
    for table in declared_tables():
        if table.finish is not None:
            table.finish()


def expected_rows(dataset: Dataset) -> dict[type[Model], int]:
    """Return how many rows each table is filled with; of a table that follows another, as many as that has."""
    leaders = {table: table.follows if isinstance(table, FollowingTable) else table for table in declared_tables()}
    return {table.model: leader.count(dataset) for table, leader in leaders.items()}


def load(dataset: Dataset, *, workers: int, skip: Callable[[int], object], advance: Callable[[int], object]) -> None:
    """Load what is missing of a data set: one numbered table after the other, its blocks by several workers at once.

    Of the leading table, `skip` is told the rows that were there already, `advance` those of each block when loaded.
    Interrupted, it lets the blocks in hand finish.
    """
    tables = declared_tables()
    for table in tables:
        if isinstance(table, NumberedTable):
            followers = [other for other in tables if isinstance(other, FollowingTable) and other.follows is table]
            blocks = missing_blocks(dataset, table)
            is_leading = bool(followers)
            if is_leading:
                skip(table.count(dataset) - sum(block.rows for block in blocks))
            # Closed at once when interrupted here: else the workers would go on with all that is left.
            first = [other for other in followers if other.goes_first]
            together = [*first, table, *(other for other in followers if not other.goes_first)]
            with closing(loaded(blocks, together, workers)) as done:
                for block in done:
                    advance(block.rows if is_leading else 0)


def missing_blocks(dataset: Dataset, table: NumberedTable) -> list[Block]:
    """Return the blocks of a table that are not loaded yet; settle the id of its row 0."""
    count = table.count(dataset)
    blocks = [Block(dataset, first, min(BLOCK_ROWS, count - first)) for first in range(0, count, BLOCK_ROWS)]
    keys = {
        table.key(dataset, number): number for block in blocks for number in (block.first, block.first + block.rows - 1)
    }
    manager = table.model._base_manager
    found = dict(manager.filter(**{f"{table.key_column}__in": keys}).values_list(table.key_column, "pk"))
    present = {keys[key]: pk for key, pk in found.items()}
    if present:
        dataset.first_ids[table.model] = min(pk - number for number, pk in present.items())
    else:
        dataset.first_ids[table.model] = reserve_ids(table.model, count)
    return [b for b in blocks if b.first not in present and b.first + b.rows - 1 not in present]


def loaded(blocks: list[Block], tables: list[Table], workers: int) -> Generator[Block, None, None]:
    """Load blocks and give each when it is committed; in this thread if one worker is enough."""
    if workers == 1 or len(blocks) == 1 or connection.in_atomic_block:
        for block in blocks:
            yield load_block(block, tables)
        return
    with ThreadPoolExecutor(workers) as pool:
        try:
            with interruption_waits():
                done = as_completed([pool.submit(load_block_apart, block, tables) for block in blocks])
            while (future := _next(done)) is not None:
                yield future.result()
        finally:
            with interruption_waits():
                pool.shutdown(wait=False, cancel_futures=True)


def _next(done: Iterator[Future[Block]]) -> Future[Block] | None:
    """Wait for the next block that is loaded, whole: an interruption comes after it."""
    with interruption_waits():
        return next(done, None)


def load_block(block: Block, tables: list[Table]) -> Block:
    """Load one block of a table and what follows it, in one transaction."""
    rows = [(table, list(table.lines(block))) for table in tables]
    with transaction.atomic():
        with connection.cursor() as cursor:
            # If the server fails, the last blocks may be gone as a whole: the next run loads them again.
            cursor.execute("SET LOCAL synchronous_commit = off")
        for table, lines in rows:
            copy_lines(table.model._meta.db_table, table.columns, lines)
        for table in tables:
            if table.settle is not None:
                table.settle(block)
    return block


def load_block_apart(block: Block, tables: list[Table]) -> Block:
    """Load one block over a connection of this thread's own, which says that it is no reader's."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('application_name', %s, false)", [LOADER])
        return load_block(block, tables)
    finally:
        connection.close()
