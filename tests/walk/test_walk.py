"""The walk itself: right of a site as it is, and wrong in each of its parts once SQL says something else."""

import psycopg
import pytest
from django.db import connection
from pytest_django.live_server_helper import LiveServer
from rest_framework.authtoken.models import Token

from content.models import ContentItem
from tests.processes import database_url
from tests.walk import walk
from tests.walk.lists import LISTS
from tests.walk.truth import NoStaffError, Truth
from tests.walk.works import TINY, WORKS, make_works
from users.models import User

# A table that hides the site's own from the walk's SQL, where the newest work is of another kind and long ago.
OTHER_TRUTH = """
    CREATE SCHEMA other;
    CREATE TABLE other.content_contentitem AS SELECT * FROM content_contentitem;
    UPDATE other.content_contentitem
    SET content_type = 'audio', quality_score = 0, created_at = '1999-01-01', tags = '{}'
    WHERE id = (SELECT max(id) FROM content_contentitem WHERE NOT is_private)
"""


@pytest.fixture
def token(live_server: LiveServer, staff: User) -> str:
    """The token of staff, to whom works of all kinds are shown."""
    make_works()
    return Token.objects.create(user=staff).key


def test_a_site_is_walked_from_end_to_end(live_server: LiveServer, token: str) -> None:
    report = walk(live_server.url, database_url(), token, TINY)
    assert report.is_right, report
    assert report.requests == sum(part.requests for part in report.parts.values())
    assert {name: part.requests for name, part in report.parts.items()} == {
        # Six pages of each of four lists, and one behind the last.
        "pages": 28,
        # Two pages there, one back.
        "cursors": 12,
        "random pages": 8,
        "positions": 16,
        "histograms": 24,
        "dates": 6,
        "tag": 3,
        "unchanged": 48,
        # Two viewers' first pages, six pinned ones, three for each addition, then a count, deletions and a page.
        "as of a moment": 2 + 6 + 2 * 3 + 1 + 2 + 1,
    }
    assert ContentItem.objects.count() == WORKS


def test_each_part_tells_an_answer_that_is_not_as_sql_has_it(live_server: LiveServer, token: str) -> None:
    with psycopg.connect(database_url(), autocommit=True) as other:
        other.execute(OTHER_TRUTH)
    try:
        url = f"{database_url()}{'&' if '?' in database_url() else '?'}options=-csearch_path%3Dother,public"
        report = walk(live_server.url, url, token, TINY)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA other CASCADE")
    assert report.errors == ()
    kinds = {
        "page": "content/?page=",
        "cursor": "(page 1)",
        "position": "/position/",
        "histogram": "/histogram/",
        "date": "at=",
        "tag": "tag=owl",
        "pinned": "as_of=",
        "addition": "after an addition",
    }
    assert [kind for kind, mark in kinds.items() if not any(mark in wrong for wrong in report.wrong)] == []


def test_a_site_that_is_not_there_is_told(live_server: LiveServer, token: str) -> None:
    report = walk("http://127.0.0.1:9/", database_url(), token, TINY)
    assert (len(report.errors) > 0, report.wrong, report.is_right) == (True, (), False)


def test_a_token_of_no_staff_is_refused(db: None, alice: User) -> None:
    token = Token.objects.create(user=alice).key
    with pytest.raises(NoStaffError):
        Truth.of(database_url(), token)


def test_lists_have_names_of_their_own() -> None:
    assert len({walked.name for walked in LISTS}) == len(LISTS)
