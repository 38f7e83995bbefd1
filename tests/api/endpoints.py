"""The list endpoints as the tests see them: where they are, how they sort and how to fill them."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.db.models import Model
from factory.django import DjangoModelFactory

from albums.listings import AlbumListing
from catalog.counting import compact
from catalog.listings import CreatorListing, ModelListing, TagListing
from catalog.models import Creator, Tag, UsedModel
from content.listings import AutoContentListing, ContentListing
from content.models import ContentItem
from generation.listings import GenerationJobListing
from genonaut.pagination.listing import Listing
from interactions.listings import InteractionListing
from recommendations.listings import RecommendationListing
from tests.factories import (
    AlbumFactory,
    AutoContentItemFactory,
    ContentItemFactory,
    GenerationDataFactory,
    GenerationJobFactory,
    GenerativeModelFactory,
    InteractionFactory,
    RecommendationFactory,
    UserFactory,
)
from users.listings import UserListing
from users.models import User


@dataclass(frozen=True)
class Endpoint:
    """One list endpoint; `make` creates so many rows that the viewer sees in it."""

    name: str
    listing: type[Listing]
    make: Callable[[User, int], list[Model]]
    # Who may read the list without signing in.
    is_public: bool = False
    # Rows that are there before the first is made: the viewer is one of the users.
    present: int = 0

    @property
    def url(self) -> str:
        """The address of the list."""
        return f"/api/v1/{self.name}/"

    def detail(self, row: Model | int) -> str:
        """Return the address of a row."""
        return f"{self.url}{getattr(row, 'pk', row)}/"

    def fill(self, viewer: User, count: int) -> list[int]:
        """Make the list hold exactly so many rows; return their ids as the list sorts them by default."""
        made = [row.pk for row in self.make(viewer, count - self.present)]
        return [*reversed(made), *([viewer.pk] * self.present)]

    def __str__(self) -> str:
        return self.name


def written(factory: type[DjangoModelFactory], count: int, **fields: object) -> list[Model]:
    """Write rows in one statement."""
    return factory._meta.model.objects.bulk_create(factory.build_batch(count, **fields))


def items(factory: type[ContentItemFactory], count: int) -> list[Model]:
    """Write items of one new user."""
    return written(factory, count, creator=UserFactory()) if count else []


def about_items(factory: type[DjangoModelFactory], viewer: User, count: int) -> list[Model]:
    """Write rows of the viewer's, each about a new item."""
    rows = [factory.build(user=viewer, content=item) for item in items(ContentItemFactory, count)]
    return factory._meta.model.objects.bulk_create(rows)


CONTENT = Endpoint("content", ContentListing, lambda _, count: items(ContentItemFactory, count), is_public=True)
AUTO = Endpoint(
    "content-auto", AutoContentListing, lambda _, count: items(AutoContentItemFactory, count), is_public=True
)
USERS = Endpoint("users", UserListing, lambda _, count: written(UserFactory, count), is_public=True, present=1)
RECOMMENDATIONS = Endpoint(
    "recommendations",
    RecommendationListing,
    lambda viewer, count: about_items(RecommendationFactory, viewer, count),
)
INTERACTIONS = Endpoint(
    "interactions", InteractionListing, lambda viewer, count: about_items(InteractionFactory, viewer, count)
)
JOBS = Endpoint(
    "generation-jobs", GenerationJobListing, lambda viewer, count: written(GenerationJobFactory, count, user=viewer)
)
ALBUMS = Endpoint(
    "albums",
    AlbumListing,
    lambda viewer, count: written(AlbumFactory, count, owner=viewer, is_public=True),
    is_public=True,
)


def tags(count: int) -> list[Model]:
    """Write one item with so many tags."""
    ContentItemFactory(tags=[f"tag {number:04}" for number in range(count)], creator=None)
    compact()
    return list(Tag.objects.order_by("pk"))


def creators(count: int) -> list[Model]:
    """Write an item for each of so many users."""
    ContentItem.objects.bulk_create(
        ContentItemFactory.build(creator=user, tags=[]) for user in written(UserFactory, count)
    )
    compact()
    return list(Creator.objects.order_by("pk"))


def models(count: int) -> list[Model]:
    """Write an item for each of so many models."""
    made = [GenerationDataFactory(model=GenerativeModelFactory(name=f"model {number:04}")) for number in range(count)]
    ContentItem.objects.bulk_create(ContentItemFactory.build(creator=None, generation=data) for data in made)
    compact()
    return list(UsedModel.objects.order_by("pk"))


TAGS = Endpoint("tags", TagListing, lambda _, count: tags(count), is_public=True)
CREATORS = Endpoint("creators", CreatorListing, lambda _, count: creators(count), is_public=True)
MODELS = Endpoint("models", ModelListing, lambda _, count: models(count), is_public=True)
# Lists of names, which are only read.
NAMES = (TAGS, CREATORS, MODELS)
ENDPOINTS = (CONTENT, AUTO, USERS, RECOMMENDATIONS, INTERACTIONS, JOBS, ALBUMS)
LISTS = (*ENDPOINTS, *NAMES)
# Lets a test with a fixture `endpoint` see all of them.
each_list = pytest.mark.parametrize("endpoint", LISTS, ids=str, indirect=True)
PRIVATE = tuple(endpoint for endpoint in ENDPOINTS if not endpoint.is_public)
SORTS = tuple((endpoint, sort) for endpoint in ENDPOINTS for sort in endpoint.listing.sorts)
