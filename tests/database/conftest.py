"""A PgBouncer before the test's server, for a whole module."""

from collections.abc import Iterator

import pytest

from tests import pgbouncer
from tests.pgbouncer import PgBouncer
from tests.processes import database_url


@pytest.fixture(scope="module")
def pooler(django_db_setup: None) -> Iterator[PgBouncer]:
    """A PgBouncer in transaction mode that hands on whatever it is asked, over 4 server connections."""
    if pgbouncer.find() is None:
        pytest.fail(pgbouncer.MISSING, pytrace=False)
    with PgBouncer(database_url(), default_pool_size=4, ignore_startup_parameters="options") as running:
        yield running
