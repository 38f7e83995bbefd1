"""Fixtures of the tests at scale. Their tests ask for `db` as well: without it pytest-django makes no test database,
and the rows would go into the developer's own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.backends.base.creation import TEST_DATABASE_PREFIX

from tests import databases
from tests.plans import dataset
from tests.processes import wait_until_nobody_reads


def clean(table: str) -> None:
    """Free what a module wrote and rolled back, in the table and its indexes, and count it again.

    Of an ANALYZE the counts of rows and pages outlive the rollback. A VACUUM alone cuts the table and no index: the
    planner would rather read the whole table than an index of four times its pages.
    """
    with connection.cursor() as cursor:
        wait_until_nobody_reads()
        cursor.execute(f"VACUUM (ANALYZE, INDEX_CLEANUP ON) {table}")
        cursor.execute(f"REINDEX TABLE {table}")


@pytest.fixture(scope="package")
def rows(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Hold 100,000 items and 50,000 users for this folder, in a copy of a database that is kept between runs."""
    before: str = connection.settings_dict["NAME"]
    assert before.startswith(TEST_DATABASE_PREFIX)
    with django_db_blocker.unblock(), databases.server() as server:
        written_by = Path(dataset.__file__).read_text()
        kept = databases.kept("rows", dataset.write, template=databases.migrated(), parts=(written_by,))
        databases.create(server, f"{before}_rows", kept, strategy="FILE_COPY")
        # As on our own server, and on any with solid-state disks.
        server.execute(f'ALTER DATABASE "{before}_rows" SET random_page_cost = 1.1')
        databases.use(f"{before}_rows")
        yield
        databases.use(before)
        databases.drop(server, f"{before}_rows")
