"""Fixtures of the admin's tests."""

import pytest
from django.test import Client

from users.models import User


@pytest.fixture
def desk(client: Client, staff: User) -> Client:
    """A browser in which a superuser is signed in."""
    client.force_login(staff)
    return client
