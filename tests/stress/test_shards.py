"""Lists over several databases are the lists of all their rows together."""

from collections.abc import Iterator
from random import Random
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.contrib.auth.models import AnonymousUser
from pytest_django import DjangoDbBlocker

from content.models import ContentItem, ContentType, Source
from genonaut.ranking import KeyBound, RankQuery, Reader, TableRows, compact
from tests import databases
from tests.processes import database_url
from tests.ranking.conftest import shrink_leaves
from tests.ranking.items import random_time
from tests.stress.databases import name_in
from tests.stress.shards import measuring, reading, truth
from tests.stress.shards.aliases import Servers, connected
from tests.stress.shards.lists import GalleryList
from tests.stress.shards.narrowing import KnownRanks, known_sums, stretch_of
from tests.stress.shards.servers import IDS_OF_SERVER, begin_ids, server_of
from tests.stress.shards.trips import counted
from tests.stress.shards.writers import writing
from users.models import User

NUMBER = 3
ROWS = 120
SIZE = 7
MEMBER, STAFF = User(pk=1, username="member"), User(pk=2, username="staff", is_staff=True)
LISTS = [
    GalleryList(AnonymousUser()),
    GalleryList(MEMBER, "sort=quality_score&order=asc"),
    GalleryList(MEMBER, "content_type=image&created_after=2024-01-01T00:10:00Z"),
    GalleryList(STAFF, "order=asc&source=user"),
]


# --- Arithmetic


def test_a_stretch_holds_the_rows_of_its_ranks_and_what_is_known_of_it_holds() -> None:
    random = Random(5)
    for _ in range(300):
        servers = [sorted((random.randrange(60), pk * 9 + n) for pk in range(random.randrange(40))) for n in range(3)]
        rows = sorted(row for server in servers for row in server)
        known = [some_ranks(random, server) for server in servers]
        first = random.randrange(len(rows) + 1)
        last = random.randint(first, len(rows))
        start, end, least, most = stretch_of(known, first, last)
        before_start = 0 if start is None else sum(row < start for row in rows)
        before_end = len(rows) if end is None else sum(row < end for row in rows)
        assert least <= before_start <= first <= last <= before_end <= most
        for at in known_sums(known):
            assert at.least <= sum(row < at.key for row in rows) <= at.most
            assert at.most > first or (start is not None and at.key <= start)


def some_ranks(random: Random, rows: list[tuple]) -> KnownRanks:
    """Return the ranks of some rows of a server."""
    ranks = sorted(random.sample(range(len(rows)), len(rows) // 5))
    return KnownRanks([rows[rank] for rank in ranks], ranks, len(rows))


def test_a_list_sorted_by_texts_is_refused() -> None:
    names = User.rankings["username"]
    query = RankQuery(names, {}, TableRows(names, {}))
    with pytest.raises(ValueError, match=r"User\.username is sorted by texts"):
        reading.ListReader(Servers([]), Reader(names, lambda: query), query)


# --- Databases


@pytest.fixture(scope="module")
def urls(django_db_setup: None) -> Iterator[list[str]]:
    """The addresses of three databases with the tables alone."""
    stem = f"{name_in(database_url())}_part_"
    names = [f"{stem}{number}" for number in range(NUMBER)]
    with databases.server() as server:
        for name in names:
            databases.create(server, name, databases.migrated())
        yield [urlunsplit(urlsplit(database_url())._replace(path=f"/{name}")) for name in names]
        for name in names:
            databases.drop(server, name)


@pytest.fixture(scope="module")
def servers(urls: list[str], django_db_blocker: DjangoDbBlocker) -> Iterator[Servers]:
    """Those databases with a part of the works each, some of them not compacted, in small leaves."""
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch, connected(urls) as servers:
        shrink_leaves(patch)
        patch.setattr(reading, "LEAST_LIMIT", 1)
        for number, url in enumerate(urls):
            with psycopg.connect(url) as connection:
                begin_ids(connection, number)
        servers.each(fill)
        yield servers


def fill(number: int) -> None:
    """Make accounts and works of one database: most are counted in nodes, the rest are pending."""
    random = Random(number)
    User.objects.bulk_create([User(pk=user.pk, username=user.username, is_staff=user.is_staff) for user in VIEWERS])
    for rows in (ROWS, ROWS // 3):
        ContentItem.objects.bulk_create(some_work(random) for _ in range(rows + 20 * number))
        if rows == ROWS:
            compact(ContentItem.rankings)
    ContentItem.objects.filter(quality_score=0.5, is_private=False).update(quality_score=0.7)
    ContentItem.objects.filter(pk=number * IDS_OF_SERVER + 3).delete()


VIEWERS = (MEMBER, STAFF)


def some_work(random: Random) -> ContentItem:
    """Return a work of few times and scores, so that many share one, on all servers."""
    return ContentItem(
        title="A work",
        content_type=random.choice(ContentType.values),
        source=random.choice(Source.values),
        creator_id=random.choice((1, 2)),
        is_private=random.random() < 0.3,
        quality_score=random.choice([None, 0.0, 0.5, 0.9]),
        created_at=random_time(random),
    )


@pytest.mark.parametrize("listed", LISTS, ids=str)
def test_every_page_is_the_page_of_all_rows_in_three_round_trips_at_most(servers: Servers, listed: GalleryList) -> None:
    is_descending = listed.order.is_descending
    with servers.snapshot():
        rows = truth.all_keys(servers, listed)
    assert len(rows) > 40
    assert {server_of(row[-1]) for row in rows} == set(range(NUMBER))
    for rank in (*range(0, len(rows), 4 * SIZE), len(rows) - 1, len(rows), len(rows) + 9):
        with servers.snapshot(), counted(servers) as trips:
            page = listed.over(servers).at_rank(rank, SIZE, is_descending=is_descending)
        assert (list(page.keys), page.first, page.total) == (rows[rank : rank + SIZE], rank, len(rows))
        assert max(trips) <= (3 if rank < len(rows) else 1)


@pytest.mark.parametrize("listed", LISTS, ids=str)
def test_cursors_meet_every_row_once_both_ways(servers: Servers, listed: GalleryList) -> None:
    is_descending = listed.order.is_descending
    reader = listed.over(servers)
    with servers.snapshot():
        rows = truth.all_keys(servers, listed)
        for is_backward in (False, True):
            bound, met = None, []
            while page := reader.from_bound(bound, 5 * SIZE, is_descending=is_descending, is_backward=is_backward):
                if not page.keys:
                    break
                assert page.first == (len(rows) - len(met) - len(page.keys) if is_backward else len(met))
                met = [*page.keys, *met] if is_backward else [*met, *page.keys]
                edge = page.keys[0 if is_backward else -1]
                bound = KeyBound(edge, after=is_descending == is_backward)
            assert met == rows


@pytest.mark.parametrize("listed", LISTS, ids=str)
def test_positions_and_the_pages_of_bounds_are_those_of_all_rows(servers: Servers, listed: GalleryList) -> None:
    is_descending = listed.order.is_descending
    reader = listed.over(servers)
    with servers.snapshot():
        rows = truth.all_keys(servers, listed)
        ascending = sorted(rows)
        places = range(1, len(rows), 41)
        bounds = [KeyBound(ascending[place], after=place % 2 == 0) for place in places]
        total, before = reader.totals(bounds)
        assert (total, before) == (len(rows), [place + (place % 2 == 0) for place in places])
    for place in places:
        bound = KeyBound(rows[place], after=is_descending)
        with servers.snapshot(), counted(servers) as trips:
            page = reader.page_containing(bound, SIZE, is_descending=is_descending)
        first = place - place % SIZE
        assert (page.first, list(page.keys), max(trips)) == (first, rows[first : first + SIZE], 3)


def test_pages_are_right_of_their_snapshots_while_works_come_go_and_move(urls: list[str], servers: Servers) -> None:
    random = Random(3)
    with writing(urls) as writers:
        versions = set()
        for _ in range(4):
            for listed in LISTS:
                with servers.snapshot():
                    reader = listed.over(servers)
                    rank = random.randrange(truth.total(servers, listed))
                    page = reader.at_rank(rank, SIZE, is_descending=listed.order.is_descending)
                    assert truth.faults(servers, listed, page, rank, SIZE) == []
                    versions.add(page.version)
            servers.on(random.randrange(NUMBER), lambda: compact(ContentItem.rankings, wait=False))
    assert all(writer.written for writer in writers)
    assert len(versions) > len(LISTS)


def test_cursors_of_many_moments_meet_every_row_that_stays_and_none_twice(urls: list[str], servers: Servers) -> None:
    listed = LISTS[0]
    with servers.snapshot():
        before = truth.all_keys(servers, listed)
    bound, met = None, []
    with writing(urls, ("come", "go")) as writers:
        for _ in range(2 * len(before)):
            with servers.snapshot():
                page = listed.over(servers).from_bound(bound, SIZE, is_descending=True)
            if not page.keys:
                break
            met += page.keys
            bound = KeyBound(page.keys[-1])
    with servers.snapshot():
        after = truth.all_keys(servers, listed)
    assert all(writer.written for writer in writers)
    assert met == sorted(set(met), reverse=True)
    assert set(before) & set(after) <= set(met)


def test_measuring_finds_nothing_wrong(urls: list[str], servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, small in {"ROUNDS": 1, "PAGES_AT_REST": 6, "PAGES_BESIDE_WRITERS": 1, "SIZE": 5}.items():
        monkeypatch.setattr(measuring, name, small)
    result = measuring.measure(urls[0], urls)
    assert (result["pages"], result["pages_beside"], result["wrong"], result["wrong_beside"]) == (24, 4, [], [])
    assert result["most_trips"] == 3
    assert "**0 wrong**" in measuring.section(result)
