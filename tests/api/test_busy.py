"""A database that is too slow or cannot be reached: 503 with Retry-After, in the API and on pages, never a 500."""

from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection
from django.test import Client

from genonaut.api.errors import MEDIA_TYPE
from genonaut.database.outages import RETRY_AFTER_SECONDS
from tests.factories import ContentItemFactory


@pytest.fixture
def locked_items(transactional_db: None) -> Iterator[None]:
    """Hold the table of items locked, and give statements a tenth of a second."""
    known = connection.get_connection_params()
    url = {name: known.get(name) for name in ("dbname", "user", "password", "host", "port")}
    with psycopg.connect(**{name: value for name, value in url.items() if value}) as other:
        other.execute("LOCK TABLE content_contentitem IN ACCESS EXCLUSIVE MODE")
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 100")
        yield
        other.rollback()
        with connection.cursor() as cursor:
            cursor.execute("RESET statement_timeout")


@pytest.mark.parametrize("path", ["/api/v1/content/", "/"])
def test_a_list_that_takes_too_long_is_answered_with_503(locked_items: None, path: str) -> None:
    client = Client(raise_request_exception=False)
    answer = client.get(path)
    assert (answer.status_code, answer["Retry-After"]) == (503, str(RETRY_AFTER_SECONDS))
    assert answer["Content-Type"].startswith(MEDIA_TYPE if path.startswith("/api/") else "text/html")


# --- More changes than a reader adds up


@pytest.mark.parametrize("query", ["as_of=2030-01-01", "at=2020-01-01", "page=3000"])
def test_what_needs_ranks_is_to_be_asked_again_while_many_changes_are_counted(
    client: Client, db: None, two_deltas_at_most: None, query: str
) -> None:
    ContentItemFactory.create_batch(3)
    response = client.get(f"/api/v1/content/?{query}")
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert "changed" in response.json()["detail"]


def test_positions_and_histograms_wait_as_well_and_first_pages_do_not(
    client: Client, db: None, two_deltas_at_most: None
) -> None:
    item = ContentItemFactory.create_batch(3)[0]
    statuses = [
        client.get(f"/api/v1/content/{path}").status_code for path in (f"{item.pk}/position/", "histogram/", "?page=1")
    ]
    assert statuses == [503, 503, 200]
