"""Fixtures of the tests at scale."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.plans import dataset


@pytest.fixture(scope="module")
def rows(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Hold 200,000 items and 100,000 users for a module."""
    with django_db_blocker.unblock():
        dataset.write()
        yield
        dataset.remove()
