"""Writers, folders and readers at the same time: nothing is lost or waits for ever, each page is of one moment."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from content.models import ContentItem
from genonaut.ranking import reading
from genonaut.ranking.folding import fold
from genonaut.ranking.verifying import verify
from tests.factories import EPOCH
from tests.ranking.crowd import role, run
from tests.ranking.items import RANKINGS, block_sizes, listed, make_items, selection

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("small_blocks")]
SECONDS = 3


@pytest.fixture(autouse=True)
def nothing_drifts() -> object:
    """Let each test end with a full count, before and after a last fold."""
    yield
    for _ in range(2):
        assert [str(drift) for ranking in RANKINGS.values() for drift in verify(ranking)] == []
        fold(RANKINGS)


def test_readers_agree_with_offset_and_count_while_others_write_and_fold() -> None:
    make_items(200)
    roles = [
        *(role("writer", number=number, of=3) for number in range(3)),
        *(role("folder"), role("folder")),
        *(role("reader", number=number) for number in (1, 2)),
    ]
    assert all(run(roles, SECONDS))


def test_a_rebuild_loses_nothing_that_is_written_meanwhile() -> None:
    make_items(200)
    writers = [role("writer", number=number, of=2) for number in range(2)]
    assert all(run([*writers, role("rebuilder"), role("folder"), role("reader", number=1)], SECONDS))


def test_eight_writers_of_slow_transactions_and_a_folder_never_wait_for_each_other() -> None:
    make_items(100)
    writers = [role("writer", number=number, of=8, hold_seconds=0.01) for number in range(8)]
    assert all(run([*writers, role("folder")], SECONDS))


def test_truncating_while_folders_fold_ends_in_no_deadlock() -> None:
    make_items(100)
    assert all(run([role("truncater"), role("folder"), role("folder")], SECONDS))


def test_rank_rows_and_total_are_of_one_moment_while_rows_arrive() -> None:
    """One writer appends: so each row's number is its rank, and is known from any page alone (trap 14)."""
    roles = [role("appender"), role("folder"), role("onlooker"), role("onlooker")]
    assert all(run(roles, SECONDS))


@pytest.mark.parametrize(
    "key",
    [lambda number: EPOCH, lambda number: EPOCH + timedelta(seconds=number)],
    ids=["one key", "behind the last"],
)
def test_a_load_into_one_place_leaves_blocks_of_the_right_size(key: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    """All rows of one key, or all behind the last row (trap 16)."""
    monkeypatch.setattr(RANKINGS, "block_rows", 64)
    make_items(100)
    fold(RANKINGS)
    for start in (0, 3_000):
        ContentItem.objects.bulk_create(
            ContentItem(title="An item", content_type="text", seed=1, created_at=key(number + 10_000))
            for number in range(start, start + 3_000)
        )
        fold(RANKINGS)
    rows = listed("newest", {})
    for ranking in RANKINGS.values():
        sizes = block_sizes(ranking)
        assert sum(sizes) == rows.count()
        assert max(sizes) <= 2 * 64
    assert reading.at_rank(selection("newest", {}), 4_321, 3, is_descending=False).keys == list(rows[4_321:4_324])
