"""The six list endpoints as the tests see them: where they are, how they sort and how to fill them."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Model

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


CONTENT = Endpoint("content", ContentListing, lambda _, count: ContentItemFactory.create_batch(count), is_public=True)
AUTO = Endpoint(
    "content-auto", AutoContentListing, lambda _, count: AutoContentItemFactory.create_batch(count), is_public=True
)
USERS = Endpoint("users", UserListing, lambda _, count: UserFactory.create_batch(count), is_public=True, present=1)
RECOMMENDATIONS = Endpoint(
    "recommendations",
    RecommendationListing,
    lambda viewer, count: RecommendationFactory.create_batch(count, user=viewer),
)
INTERACTIONS = Endpoint(
    "interactions", InteractionListing, lambda viewer, count: InteractionFactory.create_batch(count, user=viewer)
)
JOBS = Endpoint(
    "generation-jobs",
    GenerationJobListing,
    lambda viewer, count: GenerationJobFactory.create_batch(count, user=viewer),
)
ENDPOINTS = (CONTENT, AUTO, USERS, RECOMMENDATIONS, INTERACTIONS, JOBS)
PRIVATE = tuple(endpoint for endpoint in ENDPOINTS if not endpoint.is_public)
SORTS = tuple((endpoint, sort) for endpoint in ENDPOINTS for sort in endpoint.listing.sorts)
