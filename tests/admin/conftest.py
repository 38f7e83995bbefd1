"""Fixtures of the admin's tests."""

from random import Random

import pytest
from django.test import Client

from genonaut.ranking.declaration import Rankings
from tests.admin.rows import spread
from tests.pagination.collection import fill
from users.models import User


@pytest.fixture
def desk(client: Client, staff: User) -> Client:
    """A browser in which a superuser is signed in."""
    client.force_login(staff)
    return client


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch, alice: User, bob: User, staff: User) -> None:
    """Some hundred rows in every list, some of them not folded yet, in blocks of some 8 rows."""
    monkeypatch.setattr(Rankings, "block_rows", 8)
    monkeypatch.setattr(Rankings, "group_blocks", 4)
    random = Random(1)
    fill({"alice": alice, "bob": bob, "stella": staff}, random)
    spread(random)
