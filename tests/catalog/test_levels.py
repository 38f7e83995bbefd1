"""Counts by level: what a viewer is told of tags, creators and models is what lists show of them."""

from collections.abc import Callable
from random import Random

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import QueryDict
from django.test import Client
from rest_framework.test import APIClient

from catalog.completion import completing
from catalog.counting import compact, drift, rebuild
from catalog.listings import CreatorListing, ModelListing, TagListing
from catalog.models import Creator, Tag, UsedModel
from catalog.nearest import nearest_tags
from catalog.totals import works_by, works_by_any, works_made_with, works_tagged
from content.listings import ContentListing
from content.models import ContentItem
from media.models import GenerationData, GenerativeModel
from tests.factories import ContentItemFactory
from tests.pages.html import elements
from users.levels import Level
from users.models import User

pytestmark = pytest.mark.django_db
LISTS = (TagListing, CreatorListing, ModelListing)


@pytest.fixture
def model() -> GenerativeModel:
    return GenerativeModel.objects.create(kind="model", name="maker", key="maker")


@pytest.fixture
def works(alice: User, bob: User, model: GenerativeModel) -> list[ContentItem]:
    """Two works of hers of each level and one of his, all of one tag and model; explicit ones have another tag."""
    made = GenerationData.objects.create(generator="a1111", model=model)
    return [
        ContentItemFactory(
            creator=owner, level=level, tags=["fog", *(["lust"] if level == Level.EXPLICIT else [])], generation=made
        )
        for owner in (alice, alice, bob)
        for level in Level
    ]


def shown(viewer: User | AnonymousUser) -> dict[str, list[tuple[str, int]]]:
    """Return the names of each list with their works, and the total of each."""
    found = {}
    for listing in LISTS:
        page = listing.shown_to(viewer)(viewer, QueryDict("")).page()
        assert (page.total.count, page.total.is_exact) == (len(page.items), True)
        found[listing.name] = [(str(row), row.shown_works) for row in page.items]
    return found


@pytest.mark.parametrize(
    ("level", "tags", "of_alice", "of_bob", "models"),
    [
        (Level.GENERAL, [("fog", 3)], 2, 1, [("maker", 3)]),
        (Level.SENSITIVE, [("fog", 6)], 4, 2, [("maker", 6)]),
        (Level.EXPLICIT, [("fog", 9), ("lust", 3)], 6, 3, [("maker", 9)]),
    ],
)
def test_lists_completion_and_suggestions_count_what_lists_show(
    works: list[ContentItem],
    client: Client,
    client_of: Callable[[User | None], APIClient],
    level: Level,
    tags: list[tuple[str, int]],
    of_alice: int,
    of_bob: int,
    models: list[tuple[str, int]],
) -> None:
    compact()
    viewer = User.objects.create(username="carol", shown_level=level)
    assert shown(viewer) == {"tags": tags, "creators": [("alice", of_alice), ("bob", of_bob)], "models": models}
    completed = completing("lu", ["tags"], level)["tags"]
    assert [(tag.name, tag.works) for tag in completed] == tags[1:]
    assert nearest_tags("lusst", level) == [name for name, _works in tags if name == "lust"]
    answer = client_of(viewer).get("/api/v1/tags/").json()
    assert [(tag["name"], tag["works"]) for tag in answer["items"]] == tags
    client.force_login(viewer)
    page = client.get("/creators/")
    assert [f"{of_alice} works" in element.text for element in elements(page, "a", class_="name")][:1] == [True]


@pytest.mark.parametrize("is_compacted", [True, False])
def test_totals_are_exact_after_changes_of_level(
    works: list[ContentItem], alice: User, bob: User, model: GenerativeModel, is_compacted: bool
) -> None:
    compact()
    random = Random(7)
    for work in works:
        ContentItem.objects.filter(pk=work.pk).update(level=random.randrange(3), is_private=random.random() < 0.2)
    if is_compacted:
        compact()
    for level in Level:
        public = ContentItem.objects.filter(is_private=False, level__lte=level)
        counted = [
            works_tagged("fog", level),
            works_by(alice.pk, level),
            works_by_any([alice.pk, bob.pk], level),
            works_made_with(model.pk, level),
        ]
        assert counted == [public.count(), public.filter(creator=alice).count(), public.count(), public.count()]


def test_counts_of_all_works_are_those_that_deltas_made(works: list[ContentItem]) -> None:
    compact()
    ContentItem.objects.filter(pk=works[0].pk).update(level=Level.EXPLICIT)
    compact()
    columns = ("works", "works_sensitive", "works_general", "level")
    before = [list(counted.objects.order_by("pk").values_list(*columns)) for counted in (Tag, Creator, UsedModel)]
    assert before[0] == [(9, 5, 2, 0), (3, 0, 0, 2)]
    assert drift() == {"tags": 0, "creators": 0, "models": 0}
    Tag.objects.update(works_general=7)
    assert drift()["tags"] == 2
    rebuild()
    assert [
        list(counted.objects.order_by("pk").values_list(*columns)) for counted in (Tag, Creator, UsedModel)
    ] == before


def test_a_list_of_one_tag_has_the_exact_total_from_the_catalog(works: list[ContentItem], alice: User) -> None:
    for viewer, expected in ((AnonymousUser(), 3), (alice, 3 + 2 * 2)):
        assert ContentListing(viewer, QueryDict("tag=fog")).known_total() == expected
