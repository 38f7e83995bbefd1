"""Changelists by rank and date: pages and totals are those of OFFSET and COUNT, and there are pages without ranking."""

import logging
import re

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import resolve

from genonaut import flags
from genonaut.large_admin import LargeTableAdmin, RunsChangeList
from genonaut.pagination import windows
from genonaut.ranking import RankingState
from tests.admin.rows import Asked, asked, write_rows
from tests.admin.test_changelists import LISTS
from tests.pagination.collection import People, cast, shrink_leaves
from tests.statements import statements_run
from users.models import User

SIZE = 23
RANKED = [path for path in LISTS if path != "authtoken/tokenproxy"]


@pytest.fixture(scope="module")
def cast_of_all(lasting_rows: None) -> People:
    """The people whose rows they are, the same for all tests here."""
    return cast()


@pytest.fixture(scope="module")
def rows(cast_of_all: People) -> None:
    """Some hundred rows in every list, written once."""
    with pytest.MonkeyPatch.context() as patch:
        shrink_leaves(patch)
        write_rows(cast_of_all)


@pytest.fixture
def staff(rows: None, small_leaves: None, db: None, cast_of_all: People) -> User:
    """They see everything, and each test begins with the same rows."""
    return cast_of_all["stella"]


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
            # Rows are stepped over inside one leaf only.
            assert set(re.findall(r"OFFSET (\S+ \S+)", sql)) <= {"greatest(0, least(in_leaf.finish,"}


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


@pytest.mark.parametrize("is_on", [True, False])
def test_searches_ask_rankings_unless_they_are_switched_off(
    desk: Client, rows: None, is_on: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(windows, "LEAST_WINDOWED", 0)
    flags.turn(flags.Flag.RANKED_PAGES, is_on=is_on)
    flags.switched_off()
    with CaptureQueriesContext(connection) as queries:
        response = desk.get("/admin/content/contentitem/?q=item")
    assert response.context["cl"].result_list
    assert any("ranking_node" in query["sql"] for query in queries) == is_on


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


def changelist_of(user: User, address: str) -> RunsChangeList:
    """Return the list at an address as its view makes it: to draw some hundred pages takes longer than to read them."""
    request = RequestFactory().get(address)
    request.user = user
    return resolve(request.path).func(request).context_data["cl"]


@pytest.mark.parametrize("wanted", asked(), ids=str)
def test_years_months_and_days_lead_to_as_many_rows_as_they_say(staff: User, small_pages: None, wanted: Asked) -> None:
    addresses, leaves = [wanted.address], 0
    while addresses:
        address = addresses.pop()
        changelist = changelist_of(staff, address)
        expected = wanted.rows if changelist.span is None else wanted.rows.filter(changelist.span.condition)
        assert changelist.result_text == f"{expected.count():,}"
        assert [row.pk for row in changelist.result_list] == list(expected.values_list("pk", flat=True)[:SIZE])
        if changelist.date_parts:
            assert sum(link.count for link in changelist.date_parts) == changelist.result_count
        else:
            leaves += 1
        addresses += [f"/admin/{wanted.path}/{link.url}" for link in changelist.date_parts]
    assert leaves == len(set(wanted.rows.values_list("created_at__date", flat=True)))
