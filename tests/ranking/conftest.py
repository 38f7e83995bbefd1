"""Fixtures of the ranking's tests: blocks so small that a few hundred rows make many."""

import pytest

from genonaut.ranking.declaration import Rankings


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a block have some 8 rows and a group some 4 blocks."""
    monkeypatch.setattr(Rankings, "block_rows", 8)
    monkeypatch.setattr(Rankings, "group_blocks", 4)
