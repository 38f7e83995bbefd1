"""What reads all works of an account in batches reads each batch along an index, however many works there are."""

from collections.abc import Iterator

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from content.account_data import ordered_works
from content.models import ContentItem
from genonaut.database.batches import ROWS, in_batches
from interactions import duplicates
from interactions.duplicates import Place, _batch
from tests.plans.conftest import clean
from tests.plans.test_plan_guard import explain
from tests.statements import statements_run
from users.models import User

# The index of public works of each level, the lowest first, and that of private ones.
OWN = ["content_shown_creator_newest"] * 3 + ["content_own_newest"]
# Every account has its works in equal parts, as the planner expects: public ones of each level, private ones, trash.
WORKS = """
    UPDATE content_contentitem SET creator_id = CASE WHEN id % 10 < 2 THEN 2 ELSE creator_id END, level = id / 50 % 3,
           media_file_id = 1 + id % 20000, is_private = id / 10 % 5 < 2,
           trashed_at = CASE WHEN id / 10 % 5 = 0 THEN created_at END
"""


@pytest.fixture(scope="module")
def cleaned(rows: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Leave the table as it was, once `lasting_rows` are rolled back."""
    yield
    with django_db_blocker.unblock():
        clean(ContentItem._meta.db_table)


@pytest.fixture(scope="module")
def owner(rows: None, cleaned: None, lasting_rows: None) -> User:
    """An account with 20,000 of 100,000 works: 4,000 of each level, 4,000 private ones and 4,000 in the trash."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {ContentItem._meta.db_table} DISABLE TRIGGER USER")
        cursor.execute(WORKS)
        cursor.execute(f"ANALYZE {ContentItem._meta.db_table}")
    return User.objects.get(username="user-2")


def indexes_of(sql: str, most: int) -> list[str]:
    """Return the indexes along which a statement reads works. Fails if it sorts them, or reads more than so many."""
    nodes = explain(sql)
    assert [node["Node Type"] for node in nodes if "Sort" in node["Node Type"]] == [], sql
    works = [node for node in nodes if node.get("Relation Name") == "content_contentitem"]
    assert sum(node["Actual Rows"] * node["Actual Loops"] for node in works) <= most, sql
    return [node["Index Name"] for node in works]


def test_a_batch_of_a_data_copy_is_read_along_an_index(owner: User, db: None) -> None:
    found = []
    for works, key in ordered_works(owner):
        batches = in_batches(works, key, "id")
        assert len(next(batches)) == ROWS
        with statements_run() as statements:
            assert len(next(batches)) == ROWS
        (sql,) = statements
        found += indexes_of(sql, ROWS)
    assert found == [*OWN, "content_trash"]


def test_a_step_of_duplicates_is_read_along_indexes(owner: User, db: None) -> None:
    last = _batch(owner, None)[-1]
    with statements_run() as statements:
        assert len(_batch(owner, Place(last.created_at, last.pk))) == duplicates.BATCH_WORKS
    assert [name for sql in statements for name in indexes_of(sql, duplicates.BATCH_WORKS)] == OWN
