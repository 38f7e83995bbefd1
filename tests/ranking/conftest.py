"""Fixtures of the ranking's tests: blocks so small that a few hundred rows make many."""

import pytest

from genonaut.ranking.declaration import Rankings


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a block have some 8 rows, a group some 4 blocks, and a step of a fold at most 50 deltas."""
    monkeypatch.setattr(Rankings, "block_rows", 8)
    monkeypatch.setattr(Rankings, "group_blocks", 4)
    monkeypatch.setattr(Rankings, "step_deltas", 50)
