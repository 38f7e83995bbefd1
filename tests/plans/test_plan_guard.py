"""The plan guard: every public list, sort and filter is answered along an index, at depth, on 100,000 rows.

No sequential scan; no sort, but of the few thousand matches that no index keeps in order; no unbounded walk.
A new list, sort or filter fails here until it is added to CASES: see test_every_filter_of_every_list_is_guarded.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import Count
from django.http import QueryDict

from albums.listings import (
    AlbumItemListing,
    AlbumListing,
    AllAlbumItemListing,
    OwnAlbumItemListing,
    OwnAllAlbumItemListing,
)
from albums.models import AlbumItem
from catalog.listings import CatalogListing, CreatorListing, ModelListing, TagListing
from content.listings import AutoContentListing, ContentListing
from content.models import ContentItem
from content.own_works import OwnWorksListing
from generation.listings import GenerationJobListing
from genonaut.pagination import plain, totals
from genonaut.pagination.listing import Listing
from genonaut.pagination.page import Page
from genonaut.pagination.parameters import ORDERS
from interactions.listings import AnswerListing, InteractionListing, ThreadListing
from notices.listings import NoticeListing
from people.listings import (
    ActivityListing,
    BookmarkListing,
    FeedListing,
    FollowListing,
    HistoryListing,
    LikeListing,
)
from recommendations.listings import ForYouListing, RecommendationListing
from tests.factories import ContentItemFactory
from tests.plans.dataset import NAME_TABLES, TABLES
from tests.statements import statements_run
from users.levels import Level
from users.listings import UserListing
from users.models import User

# The budgets of this test: so far below the size of the table that a walk of all of it, or of half, shows.
BUDGETS = {"COUNT_BUDGET": 1_000, "LARGE_COUNT_BUDGET": 10_000}
MAX_OFFSET = 10_000
MAX_ROWS_VISITED = 45_000
# Entries of an index that become a bitmap: a page has a thousand of them, and no row is visited. As many as the works
# of one creator who has more than half of all, or as those without likes.
MAX_ENTRIES = 70_000
# A leaf's reach of each scan, merged with the viewer's own private items, of which a ranked list takes 10,000.
MAX_ROWS_SORTED_SERVED = 20_000
# Collected where so many are expected; the planner expects a little more or less than there are.
MAX_ROWS_SORTED = 2.1 * BUDGETS["LARGE_COUNT_BUDGET"]

FILTERS: dict[type[Listing], list[str]] = {
    ContentListing: [
        "",
        "content_type=video",
        "source=auto",
        "content_type=text&source=user",
        "creator=user-1",
        "creator=user-4999",
        "creator=nobody",
        "creator=user-1&content_type=audio",
        "level=general",
        "level=explicit",
        "level=general&content_type=video",
        "creator=user-1&level=general",
        "tag=rare",
        "tag=some",
        "tag=common",
        "tag=common&tag=rare",
        "tag=old",
        "tag=unknown",
        "q=zeppelin",
        "q=harbour",
        "q=zeppelin+harbour",
        "q=unknown",
        "created_after=2021-01-03T00:00Z",
        "created_before=2021-01-02T00:00Z",
        "min_quality=0.5",
        "min_quality=1",
        "content_type=video&created_after=2021-01-03T00:00Z",
        "model=maker+1",
        "model=maker+4",
        "model=unknown",
        "lora=maker+5&lora=maker+6",
        "lora=maker+8",
        "sampler=euler",
        "scheduler=karras",
        "generator=forge&has_workflow=true",
        "has_workflow=false",
        "has_file=true",
        "has_file=false",
        "seed=300",
        "steps=20..30",
        "steps=20",
        "cfg=7.5..",
        "min_width=1025",
        "min_height=1000&aspect=portrait",
        "library=1",
        "q=model%3Amaker+steps%3A20..30",
        "stacks=on",
        "stacks=on&content_type=video",
        "stacks=on&creator=user-1",
        "stacks=on&creator=user-4999",
        "stacks=on&tag=common",
        "stacks=on&tag=rare",
        "stacks=on&min_quality=0.5",
        "stacks=on&created_after=2021-01-03T00:00Z",
        "stack=LARGEST",
        "stack=1",
    ],
    AutoContentListing: ["", "content_type=video", "creator=user-1", "tag=common", "q=zeppelin", "min_quality=0.99"],
    # The view fixes the creator.
    OwnWorksListing: [
        "creator=1",
        "creator=1&visibility=public",
        "creator=1&visibility=private",
        "creator=1&tag=common",
        "creator=1&q=harbour&visibility=private",
        "creator=1&stacks=on",
        "creator=1&stacks=on&visibility=private",
    ],
    # The view fixes whose works they are.
    FeedListing: [
        "followed=1",
        "followed=1,2,3,4999",
        "followed=4999",
        f"followed={','.join(map(str, range(2, 102)))}",
        "followed=1&tag=rare",
        "followed=2,3&tag=common",
        "followed=1&content_type=video",
        "followed=1&stacks=on",
        "followed=0",
    ],
    LikeListing: [""],
    BookmarkListing: [""],
    HistoryListing: [""],
    ActivityListing: ["", "kind=like", "kind=share"],
    ForYouListing: [""],
    UserListing: [
        "",
        "q=user-49",
        "q=nobody",
        "username=user-77",
        "is_active=true",
        "is_active=false",
        "created_after=2020-01-20T00:00Z",
        "created_before=2020-01-20T00:00Z",
    ],
    # All names, a third, one, none.
    TagListing: ["", "q=na", "q=tal+name", "q=name29999", "q=zebra"],
    CreatorListing: ["", "q=us", "q=user+4999", "q=zebra"],
    ModelListing: ["", "q=ma", "q=maker+4999", "q=zebra", "kind=model", "kind=lora", "kind=lora&q=maker"],
    InteractionListing: [
        "",
        "kind=like",
        "kind=share",
        "content=99990",
        "user=1",
        "user=2",
        "rating=5",
        "created_after=2021-01-03T00:00Z",
        "created_before=2021-01-03T12:00Z",
    ],
    ThreadListing: ["content=99990", "content=99989"],
    AnswerListing: ["parent=1000001", "parent=1000002"],
    FollowListing: [""],
    NoticeListing: ["", "kind=job", "kind=follow", "is_read=false", "is_read=true", "kind=job&is_read=true"],
    RecommendationListing: [
        "",
        "is_served=true",
        "algorithm=covisitation-1",
        "algorithm=unknown",
        "content=99990",
        "user=1",
        "min_score=0.9",
        "created_after=2021-01-04T00:00Z",
        "created_before=2021-01-04T00:00Z",
    ],
    GenerationJobListing: [
        "",
        "status=pending",
        "status=failed",
        "job_type=image",
        "job_type=audio",
        "status=pending&job_type=image",
        "user=1",
        "batch=00000000-0000-0000-0000-000000000001",
        "created_after=2021-01-02T00:00Z",
        "created_before=2021-01-02T00:00Z",
    ],
    AlbumListing: [
        "",
        "owner=1",
        "owner=4999",
        "created_after=2021-01-02T00:00Z",
        "created_before=2021-01-02T00:00Z",
    ],
    AlbumItemListing: [""],
    OwnAlbumItemListing: [""],
}
# What lists are made of that no address names: an album of half of all works.
OF_ALBUM = {"from_album": "1", "to_album": "1"}
FIXED = dict.fromkeys((AlbumItemListing, OwnAlbumItemListing, AllAlbumItemListing, OwnAllAlbumItemListing), OF_ALBUM)

# Staff see everybody's rows: what they narrow by facets has indexes of its own.
STAFF_FILTERS: dict[type[Listing], list[str]] = {
    ContentListing: ["", "content_type=video", "source=auto", "stacks=on"],
    UserListing: ["", "is_active=true", "is_active=false"],
    InteractionListing: ["", "kind=like", "kind=share"],
    RecommendationListing: ["", "is_served=true", "is_served=false"],
    GenerationJobListing: ["", "status=pending", "status=failed", "job_type=audio", "status=pending&job_type=image"],
    AlbumListing: [""],
    AllAlbumItemListing: [""],
    OwnAllAlbumItemListing: [""],
}

# Viewers who are shown more than general works, of which there are nine in ten.
SHOWN = {"user-3": Level.SENSITIVE, "user-4": Level.EXPLICIT}
LEVEL_FILTERS: dict[type[Listing], list[str]] = {
    ContentListing: [
        *("", "content_type=video", "source=auto", "creator=user-1", "tag=common", "level=explicit"),
        *("stacks=on", "stacks=on&level=explicit"),
    ],
    AutoContentListing: [""],
    TagListing: ["", "q=na"],
    CreatorListing: ["", "q=us"],
    ModelListing: ["", "kind=lora"],
    AlbumItemListing: [""],
}

# A moment that all rows came after.
OLD = "2019-01-01"

# Lists that anybody reads; the others are personal.
PUBLIC = (
    *(ContentListing, AutoContentListing, UserListing, TagListing, CreatorListing, ModelListing),
    *(AlbumListing, AlbumItemListing),
)


class Case(NamedTuple):
    """One list in one order with one filter, for one viewer."""

    listing: type[Listing]
    viewer: str
    sort: str
    order: str
    filters: str


def cases() -> Iterator[Case]:
    """Return every list x viewer x sort x filter; the orders take turns, since one index serves both."""
    for listing, some in FILTERS.items():
        for viewer in ("anonymous", "user-1") if listing in PUBLIC else ("user-1",):
            for sort in listing.sorts:
                yield Case(listing, viewer, sort, "asc", "")
                for number, filters in enumerate(some):
                    yield Case(listing, viewer, sort, ORDERS[number % 2], filters)
            yield from tiered_cases(listing, viewer)
    yield from cases_of("stella", STAFF_FILTERS)
    for viewer in SHOWN:
        yield from cases_of(viewer, LEVEL_FILTERS)


def cases_of(viewer: str, filters_of: dict[type[Listing], list[str]]) -> Iterator[Case]:
    """Return some lists of one viewer in each sort, the orders in turns."""
    for listing, some in filters_of.items():
        for sort in listing.sorts:
            for number, filters in enumerate(some):
                yield Case(listing, viewer, sort, ORDERS[number % 2], filters)


def tiered_cases(listing: type[Listing], viewer: str) -> Iterator[Case]:
    """Return the list in its sorts in tiers, with each filter that has what they need."""
    for sort, needed in listing.tiered.items():
        some = [filters for filters in FILTERS[listing] if needed in QueryDict(filters)]
        for number, filters in enumerate(some):
            yield Case(listing, viewer, sort, ORDERS[number % 2], filters)


@pytest.fixture(autouse=True)
def small_budgets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Count and reach less far than usual, so that a table of 100,000 rows is large."""
    for name, value in BUDGETS.items():
        monkeypatch.setattr(totals, name, value)
    monkeypatch.setattr(plain, "MAX_OFFSET", MAX_OFFSET)


def viewer_named(name: str) -> User | AnonymousUser:
    """Return a viewer by name; stella is staff."""
    if name == "anonymous":
        return AnonymousUser()
    user = User.objects.get_or_create(username=name, defaults={"is_staff": name == "stella"})[0]
    user.shown_level = SHOWN.get(name, Level.GENERAL)
    return user


def plan_nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Return a plan's nodes, from the top."""
    yield plan
    for child in plan.get("Plans", ()):
        yield from plan_nodes(child)


def explain(sql: str) -> list[dict[str, Any]]:
    """Run a statement and return the nodes of its plan with the rows that each one saw."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}")
        (answer,) = cursor.fetchone()
    plan = answer if isinstance(answer, list) else json.loads(answer)
    return list(plan_nodes(plan[0]["Plan"]))


@cache
def complaints(sql: str, max_sorted: int) -> list[str]:
    """Return what is wrong with the plan of a statement that may sort so many rows and no more."""
    found = []
    for node in explain(sql):
        kind = node["Node Type"]
        loops = node["Actual Loops"]
        visited = (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * loops
        # A ranking's own tables are small, and read whole.
        if kind == "Seq Scan" and node["Relation Name"] in (*TABLES, *NAME_TABLES):
            found.append(f"Seq Scan on {node['Relation Name']}")
        if kind in ("Sort", "Incremental Sort") and node["Plans"][0]["Actual Rows"] > max_sorted:
            found.append(f"{kind} of {node['Plans'][0]['Actual Rows']} rows")
        if visited > (MAX_ENTRIES if kind == "Bitmap Index Scan" else MAX_ROWS_VISITED):
            found.append(f"{kind} visited {visited} rows")
    return [f"{complaint}: {sql}" for complaint in found]


def largest_stack() -> int:
    """Return the stack of most public works."""
    stacked = ContentItem.objects.filter(stack__isnull=False, is_private=False).values_list("stack")
    return stacked.annotate(works=Count("pk")).order_by("-works")[0][0]


class Reader:
    """Reads pages of one list, and collects what is wrong with the plans of the SELECTs that they run."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.viewer = viewer_named(case.viewer)
        filters = case.filters.replace("LARGEST", str(largest_stack())) if "LARGEST" in case.filters else case.filters
        self.base = f"{filters}&sort={case.sort}&order={case.order}&page_size=50"
        self.wrong: list[str] = []

    def page(self, query: str) -> Page:
        """Return the page of some parameters."""
        kind = self.case.listing
        kind = kind.shown_to(self.viewer) if issubclass(kind, CatalogListing) else kind
        listing = kind(self.viewer, QueryDict(query), fixed=FIXED.get(self.case.listing))
        with statements_run() as statements:
            page = listing.page()
        if any(sql.startswith("SAVEPOINT") for sql in statements):
            return self.page(query)  # It built anchors, by which the list is read from now on.
        max_sorted = MAX_ROWS_SORTED_SERVED if listing.is_index_served else MAX_ROWS_SORTED
        for sql in statements:
            if not sql.startswith("EXPLAIN"):
                self.wrong += complaints(sql, max_sorted)
        return page

    def read(self) -> None:
        """Read the first page, one at depth, those beside it by cursor, and the last; then some that are pinned."""
        first = self.page(self.base)
        last = first.total_pages or MAX_OFFSET // 50
        number = max(1, last * 9 // 10)
        deep = self.page(f"{self.base}&page={number}") if number > 1 else first
        if first.total_pages not in (1, number):
            self.page(first.links["last"][1:])
        for cursor in filter(None, (deep.next_cursor, deep.prev_cursor)):
            self.page(f"{self.base}&cursor={cursor}")
        if first.as_of:
            self.read_pinned(first.as_of, number, deep.next_cursor)

    def read_pinned(self, as_of: str, number: int, cursor: str | None) -> None:
        """Read pages pinned to the newest row, and by time also to a moment that all rows came after."""
        self.page(f"{self.base}&as_of={as_of}")
        if number > 1:
            self.page(f"{self.base}&as_of={as_of}&page={number}")
        if cursor:
            self.page(f"{self.base}&as_of={as_of}&cursor={cursor}")
        if self.case.sort == self.case.listing.time_sort:
            self.page(f"{self.base}&as_of={OLD}")


@pytest.mark.parametrize("case", list(cases()), ids=lambda case: "-".join([case.listing.name, *case[1:]]))
def test_a_list_is_read_along_an_index(rows: None, db: None, case: Case) -> None:
    """Traps 3 and 24: no Seq Scan, no large Sort, no unbounded walk, at depth."""
    reader = Reader(case)
    reader.read()
    assert reader.wrong == []


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("query", ["-zeppelin", "tag:common", "-tag:rare"])
def test_a_search_whose_finds_match_alike_is_read_along_an_index(rows: None, db: None, query: str, order: str) -> None:
    reader = Reader(Case(ContentListing, "anonymous", "match", order, f"q={query}"))
    reader.read()
    assert reader.wrong == []


HISTOGRAMS = ["", "order=asc&content_type=video", "created_before=2021-01-02T00:00Z", "as_of=2021-01-01T12:00Z"]


@pytest.mark.parametrize("viewer", ["anonymous", "user-4999", "stella"])
@pytest.mark.parametrize("filters", HISTOGRAMS)
def test_a_histogram_looks_for_its_periods_in_an_index(rows: None, db: None, viewer: str, filters: str) -> None:
    """One look for each period, however far apart they are: rows of 0001 and 2450 are there as well."""
    for year in (1, 2450):
        ContentItemFactory(creator=None, created_at=datetime(year, 1, 1, tzinfo=UTC))
    listing = ContentListing(viewer_named(viewer), QueryDict(filters))
    with statements_run() as statements:
        listing.histogram("auto")
    walks = [sql for sql in statements if "RECURSIVE" in sql]
    assert walks
    assert [complaint for sql in walks for complaint in complaints(sql, max_sorted=0)] == []
    looks = [
        node["Actual Rows"] * node["Actual Loops"]
        for sql in walks
        for node in explain(sql)
        if "Index" in node["Node Type"]
    ]
    assert max(looks) < 500


def test_every_filter_of_every_list_is_guarded() -> None:
    guarded = {
        listing: {name for filters in some for name in QueryDict(filters)} | set(listing.fixed)
        for listing, some in FILTERS.items()
    }
    missing = {
        listing.name: set(listing.filters.base_filters) - names
        for listing, names in guarded.items()
        # The same filters as ContentListing, one fixed.
        if listing not in (AutoContentListing, FeedListing, OwnWorksListing)
    }
    assert [name for name, filters in missing.items() if filters] == []


@pytest.mark.parametrize("order", ORDERS)
def test_an_album_is_read_along_its_audiences_whichever_index_is_younger(rows: None, db: None, order: str) -> None:
    """REINDEX CONCURRENTLY makes an index younger, and PostgreSQL takes the younger of two that cost the same."""
    of_all = next(index for index in AlbumItem._meta.indexes if index.name == "albumitem_all_position")
    with connection.schema_editor() as editor:
        editor.remove_index(AlbumItem, of_all)
        editor.add_index(AlbumItem, of_all)
    complaints.cache_clear()
    reader = Reader(Case(AlbumItemListing, "anonymous", "position", order, ""))
    reader.read()
    complaints.cache_clear()
    assert reader.wrong == []
