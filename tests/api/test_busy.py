"""A database that is too slow or cannot be reached: 503 with Retry-After, in the API and on pages, never a 500."""

from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection
from django.test import Client

from genonaut.api.errors import MEDIA_TYPE, RETRY_AFTER_SECONDS


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
