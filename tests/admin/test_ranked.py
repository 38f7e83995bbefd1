"""Changelists by rank: every page and the total are those of OFFSET and COUNT, and what happens without the ranking."""

import logging
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from content.models import ContentItem
from genonaut import flags
from genonaut.pagination.admin import LargeTableAdmin
from genonaut.ranking.models import RankingState
from tests.admin.rows import Asked, asked
from tests.admin.test_changelists import LISTS
from tests.factories import ContentItemFactory
from tests.statements import statements_run

SIZE = 23
RANKED = [path for path in LISTS if path != "authtoken/tokenproxy"]
FACETS = {
    "users/user": "is_active__exact=1",
    "content/contentitem": "source__exact=user",
    "content/autocontentitem": "is_private__exact=0",
    "interactions/interaction": "kind__exact=view",
    "recommendations/recommendation": "is_served__exact=0",
    "generation/generationjob": "status__exact=completed",
}


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a page have so few rows that the lists have several."""
    monkeypatch.setattr(LargeTableAdmin, "list_per_page", SIZE)


@pytest.mark.parametrize("wanted", asked(), ids=str)
def test_every_page_and_the_total_are_those_of_offset_and_count(
    desk: Client, rows: None, small_pages: None, wanted: Asked
) -> None:
    expected = list(wanted.rows.values_list("pk", flat=True))
    pages = -(-len(expected) // SIZE)
    assert pages > 1 or "is_staff" in wanted.query

    for number in range(1, pages + 1):
        changelist = desk.get(f"{wanted.address}&p={number}").context["cl"]
        shown = expected[(number - 1) * SIZE : number * SIZE]
        assert [row.pk for row in changelist.result_list] == shown
        assert (changelist.page_num, changelist.paginator.num_pages) == (number, pages)
        assert (changelist.result_count, changelist.result_text) == (len(expected), f"{len(expected):,}")
        assert changelist.first_position == (number - 1) * SIZE + 1
        assert changelist.last_position == (number - 1) * SIZE + len(shown)


@pytest.mark.parametrize("path", RANKED)
def test_a_page_that_does_not_exist_is_the_nearest_one(desk: Client, rows: None, small_pages: None, path: str) -> None:
    last = desk.get(f"/admin/{path}/").context["cl"].paginator.num_pages

    for past_end in (str(last + 1), "1000000000000000000", "9" * 4000):
        response = desk.get(f"/admin/{path}/?p={past_end}")
        assert response.context["cl"].page_num == last
        assert f"this is page {last}, the last." in response.content.decode()
    for no_number in ("0", "-1", "x", ""):
        response = desk.get(f"/admin/{path}/?p={no_number}")
        assert (response.context["cl"].page_num, "the last." in response.content.decode()) == (1, False)


@pytest.mark.parametrize("path", RANKED)
@pytest.mark.parametrize("number", [1, 20])
def test_how_many_queries_a_list_takes(
    desk: Client,
    django_assert_num_queries: DjangoAssertNumQueries,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    number: int,
) -> None:
    monkeypatch.setattr(LargeTableAdmin, "list_per_page", 7)
    made = [LISTS[path]() for _ in range(number)]
    last = -(-(number + (path == "users/user")) // 7)
    app = path.split("/")[0]
    # A username is looked up first.
    term, search_queries = {"users": ("user-", 5), "content": ("item", 5)}.get(app) or (made[0].user.username, 6)
    created = made[0].created_at
    year = f"created_at__year={created.year}"
    month = f"{year}&created_at__month={created.month}"

    for query, queries in {
        "": 6,  # session, user, page and total, rows, first and last year, years
        f"p={last}": 6,
        f"p={last + 100}": 7,  # no such page
        FACETS[path]: 6,
        year: 5,  # no first and last year
        month: 5,
        f"{month}&created_at__day={created.day}": 4,  # nothing within a day
        f"q={term}": search_queries,  # session, user, total, keys, rows
    }.items():
        with django_assert_num_queries(queries, info=query):
            assert desk.get(f"/admin/{path}/?{query}").status_code == 200


@pytest.mark.parametrize("path", RANKED)
def test_a_ranked_list_is_neither_counted_nor_walked_by_offset(
    desk: Client, rows: None, small_pages: None, path: str
) -> None:
    table = desk.get(f"/admin/{path}/").context["cl"].model._meta.db_table
    for query in ("", "p=3", "p=99"):
        with statements_run() as run:
            desk.get(f"/admin/{path}/?{query}")
        statements = [sql for sql in run if f'"{table}"' in sql]
        assert any("ranking_node" in sql for sql in statements)
        for sql in statements:
            assert "__count" not in sql
            assert " AS counted" not in sql
            # Rows are stepped over inside one block only.
            assert set(re.findall(r"OFFSET (\S+ \S+)", sql)) <= {"greatest(0, least(in_block.finish,"}


def test_page_numbers_and_a_field_lead_to_every_page(desk: Client, small_pages: None) -> None:
    ContentItemFactory.create_batch(2)
    ContentItem.objects.bulk_create(ContentItem(title="x", content_type="text", seed=1) for _ in range(SIZE * 11))
    html = desk.get("/admin/content/contentitem/?source__exact=user&p=12").content.decode()
    assert f"{SIZE * 11 + 1}–{SIZE * 11 + 2} of {SIZE * 11 + 2} content items" in html
    assert '<a href="?p=11&amp;source__exact=user">11</a>' in html
    assert '<form id="page-jump" method="get"><input type="hidden" name="source__exact" value="user"></form>' in html
    assert 'form="page-jump" min="1" max="12" value="12"' in html


@pytest.mark.parametrize("wanted", asked(), ids=str)
@pytest.mark.parametrize("way", ["switched off", "not built"])
def test_without_the_ranking_the_same_pages_come_from_indexes(
    desk: Client, rows: None, small_pages: None, wanted: Asked, way: str, caplog: pytest.LogCaptureFixture
) -> None:
    ranked = desk.get(f"{wanted.address}&p=2").context["cl"]
    if way == "switched off":
        flags.turn(flags.Flag.RANKED_PAGES, is_on=False)
        flags.switched_off()
    else:
        RankingState.objects.all().delete()
    caplog.clear()

    with CaptureQueriesContext(connection) as queries, caplog.at_level(logging.WARNING):
        response = desk.get(f"{wanted.address}&p=2")

    changelist = response.context["cl"]
    assert [row.pk for row in changelist.result_list] == [row.pk for row in ranked.result_list]
    assert changelist.result_text == ranked.result_text
    assert changelist.date_parts == []
    asks_ranking = any("ranking_node" in query["sql"] for query in queries)
    assert asks_ranking == (way == "not built")
    assert ("not built" in caplog.text) == (way == "not built")


@pytest.mark.parametrize(
    "query",
    [
        "content/contentitem/?q=item",
        "content/contentitem/?creator__id__exact=1",
        "interactions/interaction/?kind__exact=view&kind__exact=like",
    ],
)
def test_a_list_that_no_ranking_counts_is_read_along_indexes(desk: Client, rows: None, query: str) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert desk.get(f"/admin/{query}").status_code == 200
    assert not any("ranking_node" in query["sql"] for query in queries)
