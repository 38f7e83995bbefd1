"""Fixtures of the ranking's tests: blocks so small that a few hundred rows make many."""

import pytest

from genonaut.ranking import Rankings


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks so small that a few hundred rows make many."""
    shrink_blocks(monkeypatch)


def shrink_blocks(patch: pytest.MonkeyPatch) -> None:
    """Let a block have some 8 rows, a group some 4 blocks, and a step of a compaction at most 50 deltas."""
    patch.setattr(Rankings, "block_rows", 8)
    patch.setattr(Rankings, "group_blocks", 4)
    patch.setattr(Rankings, "step_deltas", 50)
