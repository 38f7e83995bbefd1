"""Writers, compactors and readers at the same time: nothing is lost or waits for ever, each page is of one moment."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from genonaut.ranking import compact, reading, verify
from tests.factories import EPOCH
from tests.ranking.crowd import Run, crowd, role
from tests.ranking.items import RANKINGS, leaf_sizes, listed, make_items, rank_query
from tests.ranking.ranked.models import Item

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("small_leaves")]
SECONDS = 1
# Many leaves' rows.
LOADED = 800


@pytest.fixture(scope="module")
def run(django_db_setup: None) -> Iterator[Run]:
    """Plays roles at the same time."""
    with crowd(SECONDS) as play:
        yield play


@pytest.fixture(autouse=True)
def nothing_drifts() -> Iterator[None]:
    """Let each test end with a full count, before and after a last compaction."""
    yield
    for _ in range(2):
        assert [str(drift) for ranking in RANKINGS.values() for drift in verify(ranking)] == []
        compact(RANKINGS)


def test_readers_agree_with_offset_and_count_while_others_write_and_compact(run: Run) -> None:
    make_items(200)
    roles = [
        *(role("writer", number=number, of=3) for number in range(3)),
        *(role("compactor"), role("compactor")),
        *(role("reader", number=number) for number in (1, 2)),
    ]
    run(roles)


def test_a_rebuild_loses_nothing_that_is_written_meanwhile(run: Run) -> None:
    make_items(200)
    writers = [role("writer", number=number, of=2) for number in range(2)]
    run([*writers, role("rebuilder"), role("compactor"), role("reader", number=1)])


def test_eight_writers_of_slow_transactions_and_a_compactor_never_wait_for_each_other(run: Run) -> None:
    make_items(100)
    writers = [role("writer", number=number, of=8, hold_seconds=0.01) for number in range(8)]
    run([*writers, role("compactor")])


def test_truncating_while_compactors_run_ends_in_no_deadlock(run: Run) -> None:
    make_items(100)
    run([role("truncater"), role("compactor"), role("compactor")])


def test_rank_rows_and_total_are_of_one_moment_while_rows_arrive(run: Run) -> None:
    """One writer appends: so each row's number is its rank, and is known from any page alone (trap 14)."""
    roles = [role("appender"), role("compactor"), role("onlooker"), role("onlooker")]
    run(roles)


@pytest.mark.parametrize(
    "key",
    [lambda number: EPOCH, lambda number: EPOCH + timedelta(seconds=number)],
    ids=["one key", "behind the last"],
)
def test_a_load_into_one_place_makes_leaves_of_the_right_size(key: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    """All rows of one key, or all behind the last row (trap 16)."""
    monkeypatch.setattr(RANKINGS, "leaf_rows", 16)
    make_items(100)
    compact(RANKINGS)
    for start in (0, LOADED):
        Item.objects.bulk_create(Item(created_at=key(number + 10_000)) for number in range(start, start + LOADED))
        compact(RANKINGS)
    rows = listed("newest", {})
    for ranking in RANKINGS.values():
        sizes = leaf_sizes(ranking)
        assert sum(sizes) == rows.count()
        assert max(sizes) <= 2 * 16
    assert reading.at_rank(rank_query("newest", {}), 1_221, 3, is_descending=False).keys == list(rows[1_221:1_224])
