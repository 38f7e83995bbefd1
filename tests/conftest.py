"""Fixtures of the whole suite: a cast of people and the API client."""

import pytest
from rest_framework.test import APIClient

from tests.factories import UserFactory
from users.models import User


@pytest.fixture
def alice(db: None) -> User:
    """She owns things."""
    return UserFactory(username="alice", name="Alice", email="alice@example.org")


@pytest.fixture
def bob(db: None) -> User:
    """He sees what alice shows."""
    return UserFactory(username="bob", name="Bob", email="bob@example.org")


@pytest.fixture
def staff(db: None) -> User:
    """They see everything and may do everything."""
    return UserFactory(username="stella", is_staff=True, is_superuser=True)


@pytest.fixture
def api() -> APIClient:
    """An anonymous API client; `api.force_login(alice)` makes it hers."""
    return APIClient()
