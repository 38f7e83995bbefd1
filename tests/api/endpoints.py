"""The six list endpoints as the tests see them: where they are, how they sort and how to fill them."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Model
from factory.django import DjangoModelFactory

from content.listings import AutoContentListing, ContentListing
from generation.listings import GenerationJobListing
from genonaut.pagination.listing import Listing
from interactions.listings import InteractionListing
from recommendations.listings import RecommendationListing
from tests.factories import (
    AutoContentItemFactory,
    ContentItemFactory,
    GenerationJobFactory,
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
ENDPOINTS = (CONTENT, AUTO, USERS, RECOMMENDATIONS, INTERACTIONS, JOBS)
PRIVATE = tuple(endpoint for endpoint in ENDPOINTS if not endpoint.is_public)
SORTS = tuple((endpoint, sort) for endpoint in ENDPOINTS for sort in endpoint.listing.sorts)
