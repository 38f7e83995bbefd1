"""A collection of everything, and what OFFSET and COUNT say of each list of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product
from random import Random

from django.contrib.auth.models import AnonymousUser
from django.db.models import F, Model, QuerySet, Value
from django.db.models.functions import Coalesce
from pytest import MonkeyPatch

from content.models import ContentItem
from generation.models import GenerationJob
from genonaut.ranking import Rankings, compact
from interactions.models import Interaction
from recommendations.models import Recommendation
from tests.factories import EPOCH, UserFactory
from users.models import User

People = dict[str, User | None]
MODELS: dict[str, type[Model]] = {
    "content": ContentItem,
    "content-auto": ContentItem,
    "users": User,
    "recommendations": Recommendation,
    "interactions": Interaction,
    "generation-jobs": GenerationJob,
}
SORTS = {
    "content": ["created_at", "quality_score"],
    "content-auto": ["created_at", "quality_score"],
    "users": ["created_at", "username"],
    "recommendations": ["score", "created_at"],
    "interactions": ["created_at"],
    "generation-jobs": ["created_at"],
}
# By list, what each facet is narrowed to: nothing, values that are common, and one that no row has.
FACETS: dict[str, dict[str, list[str | None]]] = {
    "content": {"content_type": [None, "image", "audio"], "source": [None, "auto"]},
    "content-auto": {"content_type": [None, "text", "audio"]},
    "users": {"is_active": [None, "true", "false"]},
    "recommendations": {"is_served": [None, "true", "false"]},
    "interactions": {"kind": [None, "like", "share"]},
    "generation-jobs": {"status": [None, "pending", "cancelled"], "job_type": [None, "image"]},
}
VIEWERS = {
    name: ["alice", "stella"] if name in ("recommendations", "interactions", "generation-jobs") else [*people]
    for people in [("anonymous", "alice", "bob", "stella")]
    for name in MODELS
}
KEYS = {
    "created_at": (F("created_at"), F("id")),
    "quality_score": (Coalesce("quality_score", Value(-1.0)), F("created_at"), F("id")),
    "score": (F("score"), F("created_at"), F("id")),
    "username": (F("username"), F("id")),
}


@dataclass(frozen=True)
class Listed:
    """One list as one viewer asks for it."""

    name: str
    viewer: str
    sort: str
    order: str
    facets: tuple[tuple[str, str], ...] = ()

    @property
    def url(self) -> str:
        """Its address, which takes more parameters."""
        given = {"sort": self.sort, "order": self.order, **dict(self.facets)}
        return f"/api/v1/{self.name}/?" + "&".join(f"{name}={value}" for name, value in given.items())

    @property
    def is_ranked(self) -> bool:
        """Whether a ranking counts it: the personal lists are ranked for staff alone, who see everybody's rows."""
        return self.viewer in ("stella",) or self.name in ("content", "content-auto", "users")

    def rows(self, people: People) -> QuerySet:
        """Return the ids of its rows in order: what to compare with, by OFFSET and COUNT."""
        rows = MODELS[self.name].objects.visible_to(people[self.viewer] or AnonymousUser())
        values = {"true": True, "false": False}
        rows = rows.filter(**{name: values.get(value, value) for name, value in self.facets})
        if self.name == "content-auto":
            rows = rows.filter(source="auto")
        keys = [key.desc() if self.order == "desc" else key.asc() for key in KEYS[self.sort]]
        return rows.order_by(*keys).values_list("pk", flat=True)


def lists(name: str, viewer: str) -> Iterator[Listed]:
    """Return a list in each sort and order with each combination of facets."""
    for sort, order, values in product(SORTS[name], ("desc", "asc"), product(*FACETS[name].values())):
        facets = tuple((facet, value) for facet, value in zip(FACETS[name], values, strict=True) if value)
        yield Listed(name, viewer, sort, order, facets)


def shrink_leaves(patch: MonkeyPatch) -> None:
    """Let a leaf have some 8 rows and an inner node some 4 leaves."""
    patch.setattr(Rankings, "leaf_rows", 8)
    patch.setattr(Rankings, "fanout", 4)


def cast() -> People:
    """Return new people who look at lists, by name: the fixtures' of the same names, for more than one test."""
    alice, bob = (UserFactory(username=name, name=name.title()) for name in ("alice", "bob"))
    stella = UserFactory(username="stella", is_staff=True, is_superuser=True)
    return {"anonymous": None, "alice": alice, "bob": bob, "stella": stella}


def fill(people: People, random: Random) -> None:
    """Make all lists hold some hundred rows, some of them moved, gone or not compacted yet."""
    for part in range(2):
        _make(people, random, part)
        if part == 0:
            for model in set(MODELS.values()):
                compact(model.rankings)
    for model in (ContentItem, Interaction, Recommendation, GenerationJob):
        pks = list(model.objects.order_by("pk").values_list("pk", flat=True))
        model.objects.filter(pk__in=pks[::17]).delete()
        model.objects.filter(pk__in=pks[::11]).update(created_at=EPOCH)
    ContentItem.objects.filter(pk__in=list(ContentItem.objects.values_list("pk", flat=True))[::7]).update(
        quality_score=None, source="auto"
    )


def _make(people: People, random: Random, part: int) -> None:
    users = [
        User(username=f"user-{part}-{n}", created_at=_time(random), is_active=n % 5 > 0, password="!")
        for n in range(40)
    ]
    User.objects.bulk_create(users)
    known = [people["alice"], people["bob"], None]
    items = [
        ContentItem(
            title="Item",
            creator=random.choice(known),
            is_private=False,
            created_at=_time(random),
            quality_score=random.choice([None, 0.0, 0.5, 0.5, 1.0]),
            source=random.choice(["user", "auto"]),
            content_type=random.choice(["image", "text", "video"]),
        )
        for _ in range(90)
    ]
    for item in items:
        item.is_private = item.creator is not None and random.random() < 0.4
    items = ContentItem.objects.bulk_create(items)
    owners = [people["alice"], people["alice"], people["bob"]]
    Interaction.objects.bulk_create(
        [
            Interaction(
                user=random.choice(owners), content=item, kind=random.choice(["view", "like"]), created_at=_time(random)
            )
            for item in items
        ]
    )
    Recommendation.objects.bulk_create(
        [
            Recommendation(
                user=random.choice(owners),
                content=item,
                score=random.choice([0.0, 0.5, 1.0]),
                algorithm="covisitation-1",
                is_served=random.random() < 0.3,
                created_at=_time(random),
            )
            for item in items
        ]
    )
    GenerationJob.objects.bulk_create(
        [
            GenerationJob(
                user=random.choice(owners),
                prompt="a lighthouse",
                job_type=random.choice(["image", "text"]),
                **random.choice([{}, {"status": "running", "started_at": EPOCH}]),
                created_at=_time(random),
            )
            for _ in range(90)
        ]
    )


def _time(random: Random) -> datetime:
    """Return one of few times, so that many rows share one."""
    return EPOCH + timedelta(hours=random.randrange(40))
