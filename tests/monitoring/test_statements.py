"""Slow statements: logged once a minute with a plan, and without the values that they were asked with."""

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.http import HttpRequest, HttpResponse, QueryDict
from django.test import Client, RequestFactory
from pytest_django.fixtures import Settings

from content.listings import ContentListing
from content.models import ContentItem
from genonaut.database.statements import SlowStatement, Tally, tally
from genonaut.monitoring import slow_statements
from genonaut.monitoring.middleware import WatchRequests
from genonaut.monitoring.plans import plan_of, redacted, text_of
from tests.factories import ContentItemFactory

SECRET = "hush 'n' hush"


@pytest.fixture(autouse=True)
def each_is_due() -> Iterator[None]:
    """Let no statement of another test count."""
    slow_statements.forget()
    yield
    slow_statements.forget()


def run_slowly(listed: bool = False) -> list[SlowStatement]:
    """Return statements of a tally to which all are slow."""
    token = tally.set(kept := Tally(slow_seconds=0.0))
    try:
        if listed:
            ContentListing(AnonymousUser(), QueryDict()).page()
        else:
            list(ContentItem.objects.filter(title=SECRET, id__in=[7, 8, 9]))
    finally:
        tally.reset(token)
    assert 1 <= len(kept.slow) <= kept.count
    return kept.slow


@pytest.mark.parametrize("listed", [False, True], ids=["values filled in", "values bound by the server"])
def test_a_plan_names_indexes_and_conditions_and_no_value(db: None, listed: bool) -> None:
    ContentItemFactory(title=SECRET)
    (statement, *_) = run_slowly(listed)
    assert statement.is_bound_by_server is listed
    plan = plan_of(statement)
    assert "content_contentitem" in plan or "ranking" in plan
    assert "(cost " in plan
    assert not listed or "'?'" in plan or "?" in plan
    for text in (plan, text_of(statement)):
        assert "hush" not in text
    connection.check_constraints()  # the transaction goes on


def test_conditions_keep_names_and_lose_values() -> None:
    condition = "((a1.title = 'it''s (x = 5)'::text) AND (level_2 < '-7'::integer) AND (id = ANY ('{1,2}'::bigint[])))"
    assert redacted(condition) == (
        "((a1.title = '?'::text) AND (level_2 < '?'::integer) AND (id = ANY ('?'::bigint[])))"
    )
    assert redacted("(quality > 0.75) AND (id <> 12345)") == "(quality > ?) AND (id <> ?)"


def test_pages_of_a_list_are_one_statement() -> None:
    pages = {
        text_of(SlowStatement("default", f"SELECT a1 FROM t2 WHERE b = %s LIMIT 50 OFFSET {offset}", ["hush"], 2.0))
        for offset in (50, 100, 1_000_000)
    }
    assert pages == {"SELECT a1 FROM t2 WHERE b = %s LIMIT ? OFFSET ?"}


def test_what_explain_would_run_or_not_understand_is_not_explained(db: None) -> None:
    item = ContentItemFactory()
    for sql in ("SELECT 1; DELETE FROM content_contentitem", "VACUUM", "DECLARE a CURSOR FOR SELECT 1", ""):
        assert plan_of(SlowStatement("default", sql, None, 2.0)) == ""
    update = SlowStatement("default", "UPDATE content_contentitem SET title = %s", ["gone"], 2.0)
    assert "Update" in plan_of(update) or "ModifyTable" in plan_of(update)
    item.refresh_from_db()
    assert item.title != "gone"


def test_a_slow_statement_of_a_request_is_logged_once_a_minute_with_plan_and_request(
    transactional_db: None, client: Client, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.SLOW_STATEMENT_MS = 20

    def respond(_request: HttpRequest) -> HttpResponse:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.03), id FROM content_contentitem WHERE title = %s OR true", [SECRET])
        return HttpResponse()

    ContentItemFactory()
    threads = []
    start = slow_statements.explain_soon
    with pytest.MonkeyPatch.context() as patch, caplog.at_level(logging.WARNING, "genonaut.statements"):
        patch.setattr(slow_statements, "explain_soon", lambda statement: threads.append(start(statement)))
        for _ in range(3):
            WatchRequests(respond)(RequestFactory().get("/"))
        [thread.join(300) for thread in threads if thread]
    assert [thread is None for thread in threads] == [False, True, True]
    (record,) = (record for record in caplog.records if record.name == "genonaut.statements")
    assert record.fields["ms"] >= 20
    assert "Scan" in record.fields["plan"]
    assert "hush" not in record.getMessage()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_statement_that_cannot_be_explained_at_all_is_logged_and_bars_no_other(
    caplog: pytest.LogCaptureFixture,
) -> None:
    for number in ("one", "two"):
        thread = slow_statements.explain_soon(SlowStatement("no such database", f"SELECT {number}", None, 2.0))
        thread.join()  # there is one: no other is being explained
    assert [record.fields["statement"] for record in caplog.records] == ["SELECT one", "SELECT two"]


def test_a_statement_that_failed_is_counted_and_explained_elsewhere(transactional_db: None, settings: Settings) -> None:
    statements = Tally(slow_seconds=0.0)

    def fail() -> None:
        token = tally.set(statements)
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 / (id - id) FROM content_contentitem")
        finally:
            tally.reset(token)
            connection.close()

    ContentItemFactory()
    with ThreadPoolExecutor(1) as pool:
        assert "division by zero" in str(pool.submit(fail).exception())
    assert statements.count == 1
    assert "content_contentitem" in plan_of(statements.slow[0])
