"""What a user of many interactions met is read along indexes of what they did with a work."""

from collections.abc import Iterator

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from content.models import ContentItem
from interactions.models import Interaction, Kind
from recommendations.refreshing import met_of
from tests.plans.conftest import clean
from tests.plans.test_plan_guard import explain
from tests.statements import statements_run
from users.models import User

TABLE = Interaction._meta.db_table
DEEDS = 30_000
CANDIDATES = 120


@pytest.fixture(scope="module")
def cleaned(rows: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Leave the table as it was, once `lasting_rows` are rolled back."""
    yield
    with django_db_blocker.unblock():
        clean(TABLE)


@pytest.fixture(scope="module")
def busy(rows: None, cleaned: None, lasting_rows: None) -> User:
    """A user who saw and liked 30,000 works."""
    user = User.objects.get(username="user-1")
    with connection.cursor() as cursor:
        for kind in (Kind.VIEW, Kind.LIKE):
            cursor.execute(
                f"INSERT INTO {TABLE} (user_id, content_id, kind, comment, metadata, created_at)"
                " SELECT %s, id, %s, '', '{}', now() FROM content_contentitem ORDER BY id LIMIT %s"
                " ON CONFLICT DO NOTHING",
                [user.pk, kind, DEEDS],
            )
        cursor.execute(f"ANALYZE {TABLE}")
    return user


def test_what_a_user_met_among_candidates_is_read_along_indexes(busy: User, db: None) -> None:
    works = list(ContentItem.objects.order_by("pk").values_list("pk", flat=True)[:CANDIDATES])
    with statements_run() as statements:
        assert [len(list(met)) for met in met_of(busy.pk, works)] == [CANDIDATES] * 2
    for sql, index in zip(statements, ("interaction_user_item_views", "interaction_once_per_user"), strict=True):
        reads = [node for node in explain(sql) if "Index Name" in node or node.get("Relation Name")]
        assert {node["Index Name"] for node in reads if "Index Name" in node} == {index}, sql
        assert not [node for node in reads if node["Node Type"] == "Seq Scan"]
        seen = [node["Actual Rows"] + node.get("Rows Removed by Filter", 0) for node in reads]
        assert max(rows * node["Actual Loops"] for rows, node in zip(seen, reads, strict=True)) <= 4 * CANDIDATES
