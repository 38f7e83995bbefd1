"""Fixtures of the tests at scale. Their tests ask for `db` as well: without it pytest-django makes no test database,
and the rows would go into the developer's own."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.backends.base.creation import TEST_DATABASE_PREFIX

from tests.plans import dataset


@pytest.fixture(scope="package")
def rows(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Hold 200,000 items and 100,000 users for this folder, which tests/distribution.py keeps on one worker."""
    with django_db_blocker.unblock():
        assert connection.settings_dict["NAME"].startswith(TEST_DATABASE_PREFIX)
        dataset.write()
        yield
        dataset.remove()
