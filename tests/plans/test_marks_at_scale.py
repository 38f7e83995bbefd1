"""Likes, views and marks are read along indexes, however many interactions there are."""

from collections.abc import Callable, Iterator

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from content.models import ContentItem
from interactions.counting import compact
from interactions.likes import marked, marks_on
from interactions.models import Interaction, Kind
from interactions.viewing import record_view
from tests.plans.conftest import clean
from tests.plans.dataset import TABLES
from tests.plans.test_plan_guard import explain
from tests.statements import statements_run
from users.models import User

LIKES = 30_000
# Rows of a table that one question visits.
MOST_ROWS = 1_000
READS: dict[str, Callable[[User, ContentItem], object]] = {
    "marks on a work": lambda user, item: marks_on(user, item.pk),
    "marks of 200 works": lambda user, item: marked(user, range(item.pk - 199, item.pk + 1)),
    "a view": lambda user, item: record_view(user, item.pk),
}


@pytest.fixture(scope="module")
def cleaned(rows: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Leave the table as it was, once `lasting_rows` are rolled back."""
    yield
    with django_db_blocker.unblock():
        clean(Interaction._meta.db_table)


@pytest.fixture(scope="module")
def liked(rows: None, cleaned: None, lasting_rows: None) -> ContentItem:
    """A public item that many like, all without an account by now."""
    item = ContentItem.objects.filter(is_private=False).latest("pk")
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {Interaction._meta.db_table} (content_id, kind, comment, metadata, created_at)"
            " SELECT %s, %s, '', '{}', now() FROM generate_series(1, %s)",
            [item.pk, Kind.LIKE, LIKES],
        )
        cursor.execute(f"ANALYZE {Interaction._meta.db_table}")
    return item


@pytest.fixture
def popular(liked: ContentItem, db: None) -> ContentItem:
    """The item, as it was before each test."""
    return liked


@pytest.mark.parametrize("read", READS.values(), ids=READS.keys())
def test_it_is_read_along_an_index(popular: ContentItem, read: Callable[[User, ContentItem], object]) -> None:
    viewer = User.objects.get(username="user-1")
    with statements_run() as statements:
        read(viewer, popular)
    single = [sql.strip() for together in statements for sql in together.split(";")]
    reads = [sql for sql in single if sql.startswith("SELECT") and Interaction._meta.db_table in sql]
    assert reads
    for sql in reads:
        nodes = [node for node in explain(sql) if node.get("Relation Name") in TABLES]
        assert {node["Node Type"] for node in nodes} <= {"Index Scan", "Index Only Scan", "Bitmap Heap Scan"}, sql
        assert max(node["Actual Rows"] * node["Actual Loops"] for node in nodes) <= MOST_ROWS


def test_likes_of_a_popular_work_are_not_counted_again(popular: ContentItem) -> None:
    viewer = User.objects.get(username="user-1")
    likes = popular.likes + LIKES  # what the rows at scale say of it, and what came
    assert marks_on(viewer, popular.pk).like_text == f"{likes:,} likes"
    compact()
    assert marks_on(viewer, popular.pk).like_text == f"{likes:,} likes"
