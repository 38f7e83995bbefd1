"""Behind PgBouncer in transaction mode: no client gets the rows of another's statement, nor the settings or tables."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from io import StringIO
from pathlib import Path
from threading import Event

import psycopg
import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client
from pytest_django.fixtures import Settings

from content.importing import imports
from content.models import ContentItem
from genonaut.database.connections import SiteConnection
from genonaut.database.locks import try_lock, wait_for_lock
from genonaut.database.prepared import MOST_PREPARED
from genonaut.ranking import background, compact, vacuum
from tests import pgbouncer
from tests.database.conftest import connecting_through
from tests.factories import ContentItemFactory, UserFactory
from tests.pgbouncer import PgBouncer
from tests.processes import database_url, wait_until_nothing_works

THREADS = 8
LISTS = ["", "sort=quality_score", "content_type=video", "content_type=image"]
# First key of a lock that only these tests take.
LOCK = 0x706F6F6C
KEEPS_PLANS = [None, True, False]


def connect(pooler: PgBouncer) -> SiteConnection:
    """Connect as the site does, to prepare each statement when it first runs."""
    options = django_settings.DATABASES["default"]["OPTIONS"]["options"]
    return SiteConnection.connect(pooler.url, options=options, autocommit=True, prepare_threshold=0)


def run(connection: SiteConnection, statement: str, *values: object) -> object:
    """Run a statement and return its one value."""
    with connection.raw_cursor_factory(connection) as cursor:
        return cursor.execute(statement, values).fetchone()[0]


def wrong_sums(pooler: PgBouncer) -> list[tuple[int, object]]:
    """Run more statements than a connection prepares, each in its own order, from many clients at once."""

    def add(client: int) -> list[tuple[int, object]]:
        with connect(pooler) as connection:
            numbers = [number * (2 * client + 1) % (2 * MOST_PREPARED) for number in range(5 * MOST_PREPARED)]
            sums = [(number, run(connection, f"SELECT $1::int + {number}", 1)) for number in numbers]
            return [(number, found) for number, found in sums if found != number + 1]

    with ThreadPoolExecutor(THREADS) as threads:
        return [wrong for found in threads.map(add, range(THREADS)) for wrong in found]


@pytest.mark.parametrize("keeps_plans", KEEPS_PLANS)
def test_statements_of_many_clients_never_mix(pooler: PgBouncer, settings: Settings, keeps_plans: bool | None) -> None:
    settings.DATABASE_KEEPS_PLANS = keeps_plans
    with connect(pooler) as known:
        assert (known.is_pooled, known.prepare_threshold) == (True, None)
    assert wrong_sums(pooler) == []


def test_not_even_if_the_pooler_goes_unnoticed(pooler: PgBouncer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SiteConnection, "look_around", lambda _connection: None)
    assert wrong_sums(pooler) == []


def test_only_a_pooler_that_renames_each_clients_statements_keeps_plans(db: None, settings: Settings) -> None:
    """As PgBouncer does from 1.21 on; and what was tried to find that out is gone."""
    settings.DATABASE_KEEPS_PLANS = True
    renames = pgbouncer.version() >= pgbouncer.KEEPING_VERSION
    with PgBouncer(database_url(), keeps_statements=50 if renames else 0, default_pool_size=1) as running:
        for _ in range(2):
            with connect(running) as asked:
                assert (asked.is_pooled, asked.prepare_threshold) == (True, 0 if renames else None)
        with connect(running) as looking:
            names = looking.execute("SELECT name FROM pg_prepared_statements", prepare=False).fetchall()
    assert not [name for (name,) in names if name.startswith("genonaut_")]


# --- The site


def wrong_answers(rounds: int) -> list[object]:
    """Ask four lists as two kinds of viewer from many threads; return the answers that are not the right ones."""
    staff = UserFactory(is_staff=True)
    for number in range(12):
        kind = "video" if number % 3 else "image"
        best_first = 1 - number / 12
        ContentItemFactory(creator=staff, is_private=number % 2 == 1, content_type=kind, quality_score=best_first)
    stranger, signed_in = Client(), Client()
    signed_in.force_login(staff)

    def ask(viewer: Client, query: str) -> tuple[int, list[int]]:
        client = Client(raise_request_exception=False)
        client.cookies.update(viewer.cookies)
        answer = client.get(f"/api/v1/content/?page_size=50&{query}")
        connection.close()
        return answer.status_code, [item["id"] for item in answer.json().get("items", [])]

    questions = [(viewer, query) for viewer in (stranger, signed_in) for query in LISTS]
    right = {question: ask(*question) for question in questions}
    assert len({tuple(ids) for _, ids in right.values()}) == len(questions)
    with ThreadPoolExecutor(THREADS) as threads:
        asked = [(question, threads.submit(ask, *question)) for _ in range(rounds) for question in questions]
        return [(question, answer.result()) for question, answer in asked if answer.result() != right[question]]


def test_lists_of_two_viewers_never_mix(through_pooler: None, settings: Settings) -> None:
    settings.DATABASE_KEEPS_PLANS = None
    assert wrong_answers(rounds=2) == []
    connection.ensure_connection()
    assert connection.connection.is_pooled


# --- What needs a session of its own


@pytest.fixture
def through_one_server_connection(transactional_db: None) -> Iterator[SiteConnection]:
    """Let the site connect through a pooler that has one server connection, which another client shares."""
    limits = {"default_pool_size": 1, "ignore_startup_parameters": "options"}
    with (
        PgBouncer(database_url(), connect_query="SET statement_timeout=9000", **limits) as running,
        connecting_through(running.port),
        connect(running) as other,
    ):
        yield other


def setting(client: SiteConnection, name: str) -> str:
    """Return a setting of the server connection that a client happens to have."""
    return client.execute(f"SHOW {name}", prepare=False).fetchone()[0]


@pytest.fixture
def shifting(through_pooler: None, pooler: PgBouncer) -> Iterator[None]:
    """Other clients take server connections in turn, so that no two transactions run on the same one for long."""
    ended = Event()

    def shift() -> None:
        with connect(pooler) as connection:
            while not ended.is_set():
                connection.execute("SELECT pg_sleep(0.002)", prepare=False)

    with ThreadPoolExecutor(5) as threads:
        others = [threads.submit(shift) for _ in range(5)]
        yield
        ended.set()
        assert [other.result() for other in others] == [None] * 5


def test_a_vacuum_leaves_no_setting_to_other_clients(shifting: None, pooler: PgBouncer) -> None:
    for _ in range(10):
        vacuum(ContentItem.rankings)
    with connect(pooler) as other:
        assert {setting(other, "statement_timeout") for _ in range(40)} == {"25s"}


def vacuums() -> int:
    """Return how often the deltas of works were vacuumed by hand."""
    table = ContentItem.rankings.delta._meta.db_table
    with psycopg.connect(database_url()) as direct:
        direct.execute("SELECT pg_stat_force_next_flush()")
        statement = "SELECT vacuum_count FROM pg_stat_user_tables WHERE relname = %s"
        return direct.execute(statement, [table]).fetchone()[0]


def test_readers_leave_vacuum_to_workers(transactional_db: None, pooler: PgBouncer) -> None:
    """Without a pooler, where a connection more is cheap, they vacuum behind their compactions."""
    counts = [vacuums()]
    for through in (connecting_through(pooler.port), nullcontext()):
        with through:
            ContentItemFactory.create_batch(3)
            background.compactions.clear()
            background.compact_soon(ContentItem.rankings, background.MANY_DELTAS).join()
            background.compactions.clear()
            assert not ContentItem.rankings.delta.objects.exists()
            connection.close()
        wait_until_nothing_works()
        counts.append(vacuums())
    assert (counts[1] - counts[0], counts[2] - counts[1]) == (0, 1)


def test_an_import_loses_none_of_its_lines(shifting: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "BATCH_ROWS", 3)
    file = tmp_path / "works.jsonl"
    titles = [*range(20), 4]
    file.write_text("\n".join(json.dumps({"title": f"Work {number}", "source_id": f"w{number}"}) for number in titles))
    said = StringIO()
    with pytest.raises(CommandError, match="Bad lines left out: 1"):
        call_command("import_content", file, verbosity=0, stdout=said)
    assert "20 created" in said.getvalue()
    assert ContentItem.objects.count() == 20


def test_a_lock_is_held_by_one_process_and_ends_with_its_block(shifting: None, pooler: PgBouncer) -> None:
    held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = %s"
    with psycopg.connect(database_url(), autocommit=True) as direct, connect(pooler) as other:
        for _ in range(10):
            with try_lock(LOCK, 7) as is_free:
                tries = {run(other, "SELECT pg_try_advisory_xact_lock($1, 7)", LOCK) for _ in range(20)}
                assert (is_free, tries) == (True, {False})
            with wait_for_lock(LOCK, 7), try_lock(LOCK, 7) as is_free:
                assert not is_free
            assert direct.execute(held, [LOCK]).fetchone() == (0,)


def test_rows_read_in_parts_are_all_read(shifting: None) -> None:
    ContentItemFactory.create_batch(30)
    for _ in range(5):
        assert len(list(ContentItem.objects.order_by("pk").iterator(chunk_size=2))) == 30
    with transaction.atomic():
        assert len(list(ContentItem.objects.order_by("pk").iterator(chunk_size=2))) == 30
    dumped = StringIO()
    call_command("dumpdata", "content.contentitem", stdout=dumped)
    assert len(json.loads(dumped.getvalue())) == 30


def test_what_a_compaction_sets_ends_with_its_transaction(through_one_server_connection: SiteConnection) -> None:
    ContentItemFactory.create_batch(3)
    assert compact(ContentItem.rankings).deltas == 3
    assert [
        setting(through_one_server_connection, name) for name in ("statement_timeout", "transaction_isolation")
    ] == [
        "9s",
        "read committed",
    ]
