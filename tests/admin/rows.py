"""The changelists that a ranking counts, as addresses and as the ORM gives them, and rows in several years."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import NamedTuple

from django.db.models import F, QuerySet, Value
from django.db.models.functions import Coalesce

from content.models import AutoContentItem, ContentItem
from generation.models import GenerationJob
from interactions.models import Interaction
from recommendations.models import Recommendation
from tests.pagination.collection import People, fill
from users.models import User

# Boundaries of days, months and years, and the microsecond before them.
MOMENTS = [
    moment - timedelta(microseconds=before)
    for moment in (
        datetime(2021, 1, 1, tzinfo=UTC),
        datetime(2022, 1, 1, tzinfo=UTC),
        datetime(2024, 2, 29, tzinfo=UTC),
        datetime(2024, 3, 1, tzinfo=UTC),
        datetime(2024, 3, 1, 12, tzinfo=UTC),
        datetime(2024, 12, 31, tzinfo=UTC),
    )
    for before in (0, 1)
]
NEWEST = ("-created_at", "-id")
BEST = (Coalesce(F("quality_score"), Value(-1.0)).desc(), *NEWEST)


class Asked(NamedTuple):
    """A changelist as an address asks for it, and the same rows as the ORM gives them."""

    path: str
    query: str
    rows: QuerySet

    @property
    def address(self) -> str:
        """Its address, which takes more parameters."""
        return f"/admin/{self.path}/?{self.query}"

    def __str__(self) -> str:
        return f"{self.path}?{self.query}"


def asked() -> list[Asked]:
    """Return lists by every ranked sort, both ways, with facets and without."""
    items, users = ContentItem.objects, User.objects
    jobs, recommendations, interactions = GenerationJob.objects, Recommendation.objects, Interaction.objects
    return [
        Asked("content/contentitem", "", items.order_by(*NEWEST)),
        Asked("content/contentitem", "o=9", items.order_by("created_at", "id")),
        Asked("content/contentitem", "o=-6", items.order_by(*BEST)),
        Asked("content/contentitem", "source__exact=auto", items.filter(source="auto").order_by(*NEWEST)),
        Asked(
            "content/contentitem",
            "content_type__exact=text&is_private__exact=0&o=-6",
            items.filter(content_type="text", is_private=False).order_by(*BEST),
        ),
        Asked("content/autocontentitem", "", AutoContentItem.objects.order_by(*NEWEST)),
        Asked(
            "content/autocontentitem",
            "is_private__exact=1&o=-6",
            AutoContentItem.objects.filter(is_private=True).order_by(*BEST),
        ),
        Asked("users/user", "", users.order_by(*NEWEST)),
        Asked("users/user", "o=1", users.order_by("username", "id")),
        Asked(
            "users/user",
            "is_active__exact=0&is_staff__exact=1&o=-1",
            users.filter(is_active=False, is_staff=True).order_by("-username", "-id"),
        ),
        Asked("interactions/interaction", "", interactions.order_by(*NEWEST)),
        Asked("interactions/interaction", "kind__exact=like", interactions.filter(kind="like").order_by(*NEWEST)),
        Asked("recommendations/recommendation", "", recommendations.order_by(*NEWEST)),
        Asked("recommendations/recommendation", "o=4", recommendations.order_by("score", "created_at", "id")),
        Asked(
            "recommendations/recommendation",
            "is_served__exact=1",
            recommendations.filter(is_served=True).order_by(*NEWEST),
        ),
        Asked("generation/generationjob", "", jobs.order_by(*NEWEST)),
        Asked(
            "generation/generationjob",
            "status__exact=pending&job_type__exact=text",
            jobs.filter(status="pending", job_type="text").order_by(*NEWEST),
        ),
    ]


def write_rows(people: People) -> None:
    """Write some hundred rows in every list, some of them not compacted yet."""
    random = Random(1)
    fill(people, random)
    spread(random)


def spread(random: Random) -> None:
    """Move some rows of each model to the ends of days, months and years."""
    for model in (User, ContentItem, Interaction, Recommendation, GenerationJob):
        for row in model.objects.order_by("pk")[::4]:
            model.objects.filter(pk=row.pk).update(created_at=random.choice(MOMENTS))
    # Rare facets, and two at once.
    User.objects.filter(is_active=False, pk__in=list(User.objects.values_list("pk", flat=True)[::3])).update(
        is_staff=True
    )
