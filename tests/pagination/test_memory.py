"""The caches of queries, versions and prepared statements stay small, whatever clients ask for."""

import gc
import tracemalloc
from datetime import timedelta
from random import Random

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.http import QueryDict
from psycopg import RawCursor

from content.listings import ContentListing
from content.serializers import ContentCardSerializer
from genonaut.api import database_json
from genonaut.api.database_json import JSONReader
from genonaut.database.prepared import MOST_PREPARED
from genonaut.pagination.versions import VERSIONS
from genonaut.ranking import ByteLRU
from genonaut.ranking.byte_lru import ENTRY_BYTES
from genonaut.ranking.reader import STATEMENTS
from tests.factories import EPOCH, ContentItemFactory, UserFactory

LIMIT_BYTES = 10 * 2**20
# What may be cached is cut to a part of it, which fewer requests fill. Each is two, as most go on by cursor.
PART = 10
REQUESTS = 60


def ask(random: Random, viewers: list) -> None:
    """Ask for a page that hardly anybody asked for before, and for the one behind it."""
    query = QueryDict(mutable=True)
    query["page_size"] = str(random.randint(1, 1000))
    query["sort"] = random.choice(["created_at", "quality_score"])
    query["order"] = random.choice(["asc", "desc"])
    moment = EPOCH + timedelta(seconds=random.randrange(10**6))
    choices = {
        "content_type": random.choice(["image", "text", "video"]),
        "source": random.choice(["user", "auto"]),
        "created_after": (EPOCH - timedelta(seconds=random.randrange(10**6))).isoformat(),
        "created_before": moment.isoformat(),
        "min_quality": str(random.random() / 10),
        "as_of": moment.isoformat(),
        "at": moment.isoformat(),
        "q": f"item {random.random()}",
        "tag": f"{random.random()}{'é' * 70}",
    }
    chance = random.choice([0.1, 0.3])
    for name, value in choices.items():
        if random.random() < (0.05 if name in ("q", "tag") else chance):
            query[name] = value
    if query["sort"] != "created_at":
        query.pop("at", None)
    if {"q", "tag"} & query.keys() or (query["sort"] == "created_at" and "min_quality" in query):
        query.pop("as_of", None)
        query.pop("at", None)
    if query["sort"] == "quality_score" and {"created_after", "created_before"} & query.keys():
        query.pop("as_of", None)
    viewer = random.choice(viewers)
    reader = JSONReader(ContentCardSerializer, f"https://{random.random()}.example.org", viewer)
    listing = ContentListing(viewer, query, read=reader)
    page = listing.page()
    assert page.version or not listing.uses_ranking
    cursor = random.choice([page.next_cursor, page.prev_cursor])
    if cursor:
        query.pop("at", None)
        query["cursor"] = cursor
        ContentListing(viewer, query, read=reader).page()


def prepared_bytes() -> int:
    """Return how much psycopg keeps of the statements that this connection has prepared or may soon."""
    prepared = connection.connection._prepared
    return sum(len(sql) + 200 for known in (prepared._counts, prepared._names) for sql, _ in known)


def test_what_is_kept_of_lists_is_under_10_mb_whatever_is_asked_for(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for cache in (STATEMENTS, VERSIONS, database_json.STATEMENTS):
        monkeypatch.setattr(cache, "most_bytes", cache.most_bytes // PART)
    users = UserFactory.create_batch(20)
    viewers = [AnonymousUser(), AnonymousUser(), UserFactory(is_staff=True), *users]
    ContentItemFactory.create_batch(20)
    random = Random(1)
    for _ in range(20):
        ask(random, viewers)
    gc.collect()
    tracemalloc.start()
    for _ in range(REQUESTS):
        ask(random, viewers)
    gc.collect()
    grown, _ = tracemalloc.get_traced_memory()
    # psycopg keeps 128 short statements as it sends them: that is not cut, and about half full by now.
    of_psycopg = [tracemalloc.Filter(True, "*/psycopg/_queries.py")]
    sent = sum(trace.size for trace in tracemalloc.take_snapshot().filter_traces(of_psycopg).traces)
    tracemalloc.stop()
    # Every connection of the pool may come to keep as much.
    others = settings.DATABASES["default"]["OPTIONS"]["pool"]["max_size"] - 1
    assert PART * (grown - sent) + 2 * sent + others * prepared_bytes() < LIMIT_BYTES
    # Full but for what the last statement that made room took: up to 40 kB.
    assert 0.8 * STATEMENTS.most_bytes < STATEMENTS.bytes <= STATEMENTS.most_bytes


def test_a_connection_keeps_few_prepared_statements(db: None) -> None:
    """PostgreSQL keeps a plan for each; those that ran once are not among them."""
    with connection.pool._connect() as new, RawCursor(new) as cursor:
        for number in range(4 * MOST_PREPARED):
            for _ in range(5):
                cursor.execute(f"SELECT {number}")
        cursor.execute("SELECT count(*) FROM pg_prepared_statements")
        # One goes after the next has come.
        assert MOST_PREPARED - 1 <= cursor.fetchone()[0] <= MOST_PREPARED + 1


def test_what_was_not_used_for_longest_makes_room() -> None:
    cache: ByteLRU[str] = ByteLRU(3 * (ENTRY_BYTES + 1_200))
    for key in ("a", "b", "a", "c", "d"):
        cache.get(key, lambda: "x" * 1_000)
    assert list(cache.values) == ["a", "c", "d"]
    assert cache.get("a", lambda: "made anew") == "x" * 1_000
    cache.get("e", lambda: "x" * 2_500)
    assert list(cache.values) == ["a", "e"]


def test_what_is_larger_than_all_there_is_room_for_is_not_kept() -> None:
    cache: ByteLRU[tuple[str, ...]] = ByteLRU(2_000)
    assert cache.get("a", lambda: ("x" * 1_000, "y" * 1_000)) == ("x" * 1_000, "y" * 1_000)
    assert (list(cache.values), cache.bytes) == ([], 0)
