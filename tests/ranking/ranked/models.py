"""Items in two orders by three facets, and who made them."""

from django.db.models import (
    CASCADE,
    BooleanField,
    CharField,
    DateTimeField,
    FloatField,
    ForeignKey,
    Index,
    IntegerField,
    Model,
    TextChoices,
    Value,
)
from django.db.models.functions import Coalesce
from django.utils import timezone

from genonaut.ranking import Rankings

# Never NULL: items without a score come after those that score 0.
QUALITY_KEY = Coalesce("quality_score", Value(-1.0))
FACETS = ["source", "content_type", "is_private"]


class Source(TextChoices):
    """Who made an item."""

    USER = "user"
    AUTO = "auto"


class ContentType(TextChoices):
    """What an item is."""

    TEXT = "text"
    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"


class Creator(Model):
    """Makes items, which go with their creator."""

    name = CharField(max_length=100)

    def __str__(self) -> str:
        return self.name


class Item(Model):
    """One ranked row."""

    title = CharField(max_length=300, default="An item")
    content_type = CharField(max_length=5, choices=ContentType, default=ContentType.TEXT)
    source = CharField(max_length=4, choices=Source, default=Source.USER)
    creator = ForeignKey(Creator, CASCADE, null=True)
    quality_score = FloatField(null=True)
    is_private = BooleanField(default=False)
    seed = IntegerField(default=1)
    created_at = DateTimeField(default=timezone.now)
    updated_at = DateTimeField(auto_now=True)

    rankings = Rankings(
        orders={"newest": ("created_at", "id"), "best": (QUALITY_KEY, "created_at", "id")},
        facets=tuple(FACETS),
        unwatched=("updated_at",),
    )

    class Meta:
        indexes = [
            # What the rankings are counted along.
            Index("created_at", "id", include=FACETS, name="item_all_newest"),
            Index(QUALITY_KEY, "created_at", "id", include=FACETS, name="item_all_best"),
        ]

    def __str__(self) -> str:
        return self.title
