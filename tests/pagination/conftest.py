"""Fixtures of the lists' tests: leaves so small that a few hundred rows make many, and a collection of everything."""

from random import Random

import pytest

from tests.pagination.collection import People, cast, fill, shrink_leaves


@pytest.fixture
def small_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves so small that a few hundred rows make many."""
    shrink_leaves(monkeypatch)


@pytest.fixture(scope="module")
def written(lasting_rows: None) -> People:
    """Some hundred rows in every list, ties, rows without a score, private ones, compacted and not: once for a module.

    All its tests begin with them, those as well that do not ask for them.
    """
    people = cast()
    with pytest.MonkeyPatch.context() as patch:
        shrink_leaves(patch)
        fill(people, Random(1))
    return people


@pytest.fixture
def collection(written: People, db: None, small_leaves: None) -> People:
    """Who looks at lists, by name: at the rows as they were written."""
    return written
