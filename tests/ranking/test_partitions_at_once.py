"""Partitions come and go while others read and write the table: each statement of a reader agrees with itself."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Event

import pytest
from django.db import connection, models

from genonaut.postgres.postmaster import polls
from genonaut.ranking import attach, compact, compact_soon, detach, reading
from tests.ranking.partitioned import bound, drifts, fill, partitioned, run
from tests.ranking.samples import chosen

TABLE = "ranking_sample"
CHANGES = 4
MOST_ROWS = 10_000


@pytest.fixture
def sample(transactional_db: None, small_leaves: None) -> Iterator[type[models.Model]]:
    """A partitioned table that other connections see."""
    model = partitioned()
    fill(model, 200)
    yield model
    tables = [f"{TABLE}_2", *(f'"{part._meta.db_table}"' for part in (model, model.rankings.delta))]
    nodes = [f'"{ranking.node._meta.db_table}"' for ranking in model.rankings.values()]
    run(f"DROP TABLE IF EXISTS {', '.join([*tables, *nodes])}")


def test_readers_see_a_partition_with_its_counts_or_neither(sample: type[models.Model]) -> None:
    is_over = Event()

    def repeat(role: Callable[[Random], None], seed: int) -> int:
        random, times = Random(seed), 0
        try:
            while not is_over.is_set() or times < 5:
                role(random)
                times += 1
        finally:
            connection.close()
        return times

    def read(_random: Random) -> None:
        for name in sample.rankings:
            found = reading.at_rank(chosen(sample, name), 0, MOST_ROWS, is_descending=True)
            assert (name, found.total) == (name, len(found.keys))

    def write(random: Random) -> None:
        number = random.randrange(40)
        run(f"UPDATE {TABLE} SET price = price + 1 WHERE id % 40 = {number}")
        run(f"DELETE FROM {TABLE} WHERE id = {number}")

    with ThreadPoolExecutor(3) as pool:
        roles = [pool.submit(repeat, role, seed) for seed, role in enumerate((read, read, write))]
        try:
            for _ in range(CHANGES):
                detach(sample.rankings, f"{TABLE}_2")
                run(f"UPDATE {TABLE}_2 SET price = 5")
                attach(sample.rankings, f"{TABLE}_2", bound(2))
                compact(sample.rankings)
        finally:
            is_over.set()
        assert min(role.result(60) for role in roles) >= 5
    assert drifts(sample) == []
    run(f"ALTER TABLE {TABLE} DETACH PARTITION {TABLE}_2")
    # Readers may have begun one, after which their process rests.
    thread = next(thread for _ in polls(60) if (thread := compact_soon(sample.rankings, 10_000)) is not None)
    thread.join(300)
    assert drifts(sample) == []
