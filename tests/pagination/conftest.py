"""Fixtures of the lists' tests: blocks so small that a few hundred rows make many, and a collection of everything."""

from random import Random

import pytest

from genonaut.ranking.declaration import Rankings
from tests.pagination.collection import People, fill
from users.models import User


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a block have some 8 rows and a group some 4 blocks."""
    monkeypatch.setattr(Rankings, "block_rows", 8)
    monkeypatch.setattr(Rankings, "group_blocks", 4)


@pytest.fixture
def people(alice: User, bob: User, staff: User) -> People:
    """Who looks at lists, by name."""
    return {"anonymous": None, "alice": alice, "bob": bob, "stella": staff}


@pytest.fixture
def collection(small_blocks: None, people: People) -> People:
    """Some hundred rows in every list: ties, rows without a score, private ones, folded and not."""
    fill(people, Random(1))
    return people
