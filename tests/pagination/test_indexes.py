"""Index scans as they are read from Meta.indexes: by hand they were written three times."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db.models import F, Model, Q
from django.db.models.functions import Coalesce
from django.http import QueryDict

from catalog.models import Creator, Tag, UsedModel
from content.indexes import QUALITY_KEY
from content.listings import ContentListing
from content.models import AutoContentItem, ContentItem
from generation.models import GenerationJob
from genonaut.pagination.indexes import fixed_by, index_scans, is_split_by, prefixes
from genonaut.pagination.keyset import Key
from interactions.models import Interaction
from media.models import MediaFile
from recommendations.models import Recommendation
from tests.api.endpoints import LISTS, Endpoint
from users.models import User

NEWEST = ("created_at", "id")
# Public works by level, as viewers are shown them up to one, and so staff's private ones.
SHOWN, BY_CREATOR = ("is_private", "level"), ("is_private", "creator", "level")
# Those in the trash are in no list of their owner's, who is shown all levels.
OWN = ("is_private", "trashed_at", "creator")
# Lists of stacks, the gallery's, a creator's and an owner's, by these sorts alone.
STACKS = {
    ("is_private", "leads_stack", "level"),
    ("is_private", "leads_stack", "creator", "level"),
    ("is_private", "leads_stack", "trashed_at", "creator"),
}
BY_LIKES = {SHOWN, BY_CREATOR, OWN}
OF_CONTENT = {(), *BY_LIKES, (*SHOWN, "content_type", "source"), *STACKS}
# An index by likes or popularity ends in the time as well: before that stand more columns.
BY_TIME = {
    *OF_CONTENT,
    *((*prefix, key) for key in ("likes", "popularity") for prefix in BY_LIKES),
}
OF_RECOMMENDATIONS = {(), ("is_served",), ("user",), ("user", "is_served")}
OF_USERS = {(), ("is_active",), ("is_staff",)}
PREFIXES: list[tuple[type[Model], tuple[Key, ...], set[tuple[str, ...]]]] = [
    (ContentItem, NEWEST, BY_TIME),
    (ContentItem, ("created_at", "pk"), BY_TIME),
    (ContentItem, (QUALITY_KEY, *NEWEST), OF_CONTENT),
    (ContentItem, ("likes", *NEWEST), BY_LIKES),
    (AutoContentItem, NEWEST, BY_TIME),
    # Of views alone: the last one of each work.
    (
        Interaction,
        NEWEST,
        {(), ("kind",), ("user",), ("user", "kind"), ("content", "kind"), ("kind", "user", "content")},
    ),
    # An index by score ends in the time as well: before that stand more columns.
    (Recommendation, NEWEST, OF_RECOMMENDATIONS | {(*prefix, "score") for prefix in OF_RECOMMENDATIONS}),
    (Recommendation, ("score", *NEWEST), OF_RECOMMENDATIONS),
    (GenerationJob, NEWEST, {(), ("status", "job_type"), ("user",), ("user", "status", "job_type")}),
    (User, NEWEST, OF_USERS),
    (User, ("username", "id"), OF_USERS),
    (Tag, ("name", "id"), {(), ("level",)}),
    (Creator, ("works", "id"), {()}),
    (UsedModel, ("works", "id"), {(), ("kind",)}),
    (MediaFile, ("id",), {(), ("pictured_at",)}),
    (ContentItem, ("title", "id"), set()),
    (ContentItem, (Coalesce(F("quality_score"), 0.5), *NEWEST), set()),
]


@pytest.mark.parametrize(("model", "keys", "expected"), PREFIXES)
def test_prefixes_are_what_stands_before_the_keys_of_an_order(
    model: type[Model], keys: tuple[Key, ...], expected: set[tuple[str, ...]]
) -> None:
    found = prefixes(model, keys)
    assert (set(found), len(found)) == (expected, len(expected))


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (Q(), {}),
        (Q(creator_id=5) & Q(is_private=True), {"creator": 5, "is_private": True}),
        (Q(creator=5) | Q(is_private=True), None),
        (Q(is_private=True) & Q(is_private=False), None),
        (~Q(is_private=True), None),
        (Q(quality_score__isnull=True), None),
        (Q(title__startswith="a"), None),
        (Q(F("is_private")), None),
    ],
)
def test_only_plain_equality_fixes_a_column(condition: Q, expected: dict | None) -> None:
    assert fixed_by(condition, ContentItem) == expected


@pytest.mark.parametrize(
    ("model", "name", "values", "expected"),
    [
        (ContentItem, "level", (0, 1, 2), True),
        (ContentItem, "is_private", (False, True), True),
        # Partial indexes hold the leaders of stacks, and no other the rest.
        (ContentItem, "leads_stack", (False, True), False),
        (ContentItem, "leads_stack", (True,), True),
        (AutoContentItem, "leads_stack", (False, True), False),
        (ContentItem, "title", ("x",), False),
    ],
)
def test_a_list_is_split_by_what_indexes_hold_all_values_of(
    model: type[Model], name: str, values: tuple[object, ...], expected: bool
) -> None:
    assert is_split_by(model, name, values) is expected


def test_a_facet_that_is_left_open_is_one_scan_for_each_of_its_values() -> None:
    choices = {"kind": ["image", "text"], "source": ["user", "auto"]}
    assert index_scans({"kind": "text"}, choices, [("kind", "source")]) == [
        {"kind": "text", "source": "user"},
        {"kind": "text", "source": "auto"},
    ]
    assert index_scans({"title": "x"}, choices, [("kind", "source")]) is None


@pytest.mark.parametrize("endpoint", LISTS, ids=str)
def test_every_facet_of_a_list_is_served_by_an_index_of_each_sort(endpoint: Endpoint) -> None:
    """Listing.facets promises as much of sorts that rankings count; the viewer's own rows are few."""
    spec = endpoint.listing
    facets = {name: values[0] for name, values in spec.facets.items() if name not in spec.fixed}
    unserved = [
        (sort, name)
        for sort in spec.rankings or spec.sorts
        for name, value in facets.items()
        for visibility in ({}, {"is_private": False})
        if visibility.keys() <= {field.name for field in spec.model._meta.get_fields()}
        and index_scans(
            {**visibility, name: value}, {**spec.facets, "is_private": [False, True]}, spec.prefixes_of(sort)
        )
        is None
    ]
    assert unserved == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", (True, True)),
        ("creator=5", (True, True)),
        ("creator=5&sort=quality_score", (True, True)),
        ("content_type=text", (True, True)),
        ("creator=5&content_type=text", (False, True)),
        ("creator=5&tag=sea", (False, True)),
        ("tag=sea", (False, False)),
        ("q=sea&sort=match", (False, False)),
    ],
)
def test_which_lists_of_content_an_index_serves(db: None, query: str, expected: tuple[bool, bool]) -> None:
    rows = ContentListing(AnonymousUser(), QueryDict(query)).rows
    assert (rows.is_index_served, rows.has_leading_index) == expected
