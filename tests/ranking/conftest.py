"""Fixtures of the ranking's tests: leaves so small that a few hundred rows make many."""

import pytest

from genonaut.ranking import Rankings


@pytest.fixture
def small_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves so small that a few hundred rows make many."""
    shrink_leaves(monkeypatch)


def shrink_leaves(patch: pytest.MonkeyPatch) -> None:
    """Let a leaf have some 8 rows, an inner node some 4 leaves, and a step of a compaction at most 50 deltas."""
    patch.setattr(Rankings, "leaf_rows", 8)
    patch.setattr(Rankings, "fanout", 4)
    patch.setattr(Rankings, "step_deltas", 50)
