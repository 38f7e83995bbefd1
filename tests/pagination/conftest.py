"""Fixtures of the lists' tests: blocks so small that a few hundred rows make many, and a collection of everything."""

from random import Random

import pytest

from tests.pagination.collection import People, fill, shrink_blocks
from users.models import User


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks so small that a few hundred rows make many."""
    shrink_blocks(monkeypatch)


@pytest.fixture
def people(alice: User, bob: User, staff: User) -> People:
    """Who looks at lists, by name."""
    return {"anonymous": None, "alice": alice, "bob": bob, "stella": staff}


@pytest.fixture
def collection(small_blocks: None, people: People) -> People:
    """Some hundred rows in every list: ties, rows without a score, private ones, folded and not."""
    fill(people, Random(1))
    return people
