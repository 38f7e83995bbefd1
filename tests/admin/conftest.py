"""Fixtures of the admin's tests."""

import pytest
from django.test import Client

from tests.admin.rows import write_rows
from tests.pagination.collection import shrink_leaves
from users.models import User


@pytest.fixture
def desk(client: Client, staff: User) -> Client:
    """A browser in which a superuser is signed in."""
    client.force_login(staff)
    return client


@pytest.fixture
def rows(small_leaves: None, alice: User, bob: User, staff: User) -> None:
    """Some hundred rows in every list, some of them not compacted yet, in leaves of some 8 rows."""
    write_rows({"alice": alice, "bob": bob, "stella": staff})


@pytest.fixture
def small_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves so small that a few hundred rows make many."""
    shrink_leaves(monkeypatch)
