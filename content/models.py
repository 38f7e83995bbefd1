"""The gallery's items: made by users or generated automatically, in one table so that they are paged together."""

import random
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchVectorField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import (
    CASCADE,
    PROTECT,
    SET_NULL,
    BooleanField,
    CharField,
    CheckConstraint,
    DateTimeField,
    F,
    FloatField,
    ForeignKey,
    JSONField,
    Manager,
    Model,
    PositiveIntegerField,
    PositiveSmallIntegerField,
    Q,
    QuerySet,
    SmallIntegerField,
    TextChoices,
    TextField,
    UniqueConstraint,
)
from django.db.models.deletion import Collector
from django.utils import timezone

from content import bookkeeping  # noqa: F401 - Django looks here for the models of an app
from content.indexes import FACETS, ITEM_INDEXES, QUALITY_KEY
from content.querysets import ContentItemQuerySet
from content.sql_fields import CountedScoreField, CountField, LeaderField, StackField
from genonaut.http.addresses import address_of
from genonaut.moments import in_calendar
from genonaut.ranking import Rankings
from genonaut.whole_numbers import LARGEST, WholeNumberField
from media.models import GenerationData, Library, MediaFile
from users.levels import Level
from users.models import User
from users.querysets import is_staff

# How source ids of synthetic works begin (content/synthetic.py).
SYNTHETIC_MARK = "seed-"
IN_TRASH = "The work is in the trash, and private there."
HELD = "Moderators hid this work: it stays private until they release it."
TOO_LOW = "Moderators put this work at the level “{}”: it cannot be lower."
SEED_LIMIT = 2**31  # of a PostgreSQL integer; a seed that chooses a picture is below it
# Characters, for those who write prompts; a search vector takes at most 1 MB of title and prompt.
PROMPT_LIMIT = 10_000


def delete_private_keep_public(collector: Collector, field: ForeignKey, items: QuerySet, using: str) -> None:
    """When a creator goes, delete their private items and keep the public ones without a creator (an `on_delete`)."""
    CASCADE(collector, field, items.filter(is_private=True), using)
    SET_NULL(collector, field, items.filter(is_private=False), using)


# Django then hands over the query instead of loading every item first.
delete_private_keep_public.lazy_sub_objs = True
# Which of them go, for deletions in batches (genonaut/database/removal.py) and the admin's confirmation.
delete_private_keep_public.deletes = Q(is_private=True)


def random_seed() -> int:
    """Return a seed for an item that was given none."""
    return random.randrange(SEED_LIMIT)  # noqa: S311 - chooses a picture, guards nothing


def picture_seed(seed: int) -> int:
    """Return the seed that chooses the picture of an item with this seed: the same, if it is below SEED_LIMIT."""
    return seed % SEED_LIMIT


class ContentType(TextChoices):
    """What an item is."""

    TEXT = "text"
    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"


class Source(TextChoices):
    """Who made an item: a user, or the system by itself."""

    USER = "user"
    AUTO = "auto", "Automatic"


class ContentItem(Model):
    """One work of the gallery."""

    title = CharField(max_length=300)
    content_type = CharField("type", max_length=5, choices=ContentType)
    source = CharField(max_length=4, choices=Source, default=Source.USER, editable=False)
    creator = ForeignKey(User, delete_private_keep_public, null=True, blank=True, related_name="items", db_index=False)
    prompt = TextField(blank=True)
    data = TextField(blank=True, help_text="The work itself: its text, or the address of its media file.")
    metadata = JSONField(default=dict, blank=True)
    tags = ArrayField(CharField(max_length=100), default=list, blank=True, size=100)
    quality_score = FloatField(null=True, blank=True, validators=[MinValueValidator(0), MaxValueValidator(1)])
    is_private = BooleanField("private", default=False)
    # What lists show of it and who sees it blurred; who may see it at all is a matter of privacy.
    level = PositiveSmallIntegerField(choices=Level, default=Level.GENERAL, db_default=Level.GENERAL)
    # In its owner's trash since then. A work in the trash is private; `was_private` is what it was before.
    trashed_at = DateTimeField("in the trash since", null=True, editable=False)
    was_private = BooleanField(default=False, db_default=False, editable=False)
    # Hidden by moderators since then, and private until they release it; and the least level that they set. Neither is
    # the owner's to undo (content/moderated.py).
    held_at = DateTimeField("hidden by moderators since", null=True, editable=False)
    # Of a type without a check of its own: all rows would be looked at for it, under a lock.
    least_level = SmallIntegerField(
        choices=Level, default=Level.GENERAL, db_default=Level.GENERAL, help_text="Its owner puts it at no lower one."
    )
    # From all but the owner and staff, with all else that its generator wrote and the original file.
    hides_prompt = BooleanField("prompt hidden", default=False, db_default=False)
    seed = PositiveIntegerField(default=random_seed, help_text="Chooses the picture; the same seed, the same picture.")
    # The seed that the item's maker drew, of any size; NULL if none was said. In a column of its own: to widen `seed`
    # would rewrite the table under a lock.
    generation_seed = WholeNumberField(null=True, blank=True, editable=False)
    source_id = CharField(max_length=200, null=True, blank=True, editable=False)  # noqa: DJ001 - NULL: not imported
    # Its file, what generated it, and the library that it came by; NULL for records, texts and drawings.
    media_file = ForeignKey(MediaFile, PROTECT, null=True, editable=False, related_name="works", db_index=False)
    generation = ForeignKey(GenerationData, PROTECT, null=True, editable=False, related_name="works", db_index=False)
    library = ForeignKey(Library, SET_NULL, null=True, editable=False, related_name="works", db_index=False)
    # Set once its thumbnails are made: lists that show it have changed then.
    is_pictured = BooleanField(default=False, db_default=False, editable=False)
    # Moved here from the deltas of interactions (interactions/counting.py); `like_count` adds those that are pending.
    likes = CountField(default=0, db_default=0, editable=False)
    rating_count = CountField(default=0, db_default=0, editable=False)
    rating_sum = CountField(default=0, db_default=0, editable=False)
    # The weights of what happened in the last 7 days (docs/popularity.md).
    popularity = CountedScoreField(default=0.0, db_default=0.0, editable=False)
    # The quality score that ratings are added to: a trigger keeps it while there are ratings (migration 0024).
    prior_score = CountedScoreField(null=True, editable=False)
    created_at = DateTimeField(default=timezone.now, editable=False)
    updated_at = DateTimeField(auto_now=True)
    # What finds the item, written by a trigger (migration 0022): words of title, prompt and tags, each tag as a whole
    # ('#night harbour'), the creator by id ('@12') and what its file and its generator say ('=steps:0020'); of a work
    # that hides its prompt nothing that its generator said, for any viewer.
    search_words = SearchVectorField(null=True, editable=False, serialize=False)
    # Of works that were made alike, all but the seed: written by a trigger (migration 0050). NULL: the work is alone.
    stack = StackField(null=True, editable=False)
    # Whether lists of stacks show the work: if it is alone, or the newest of its stack (content/stacks.py).
    leads_stack = LeaderField(default=True, db_default=True, editable=False)

    objects = Manager.from_queryset(ContentItemQuerySet)()

    rankings = Rankings(
        orders={"newest": ("created_at", "id"), "best": (QUALITY_KEY, "created_at", "id")},
        facets=tuple(FACETS),
        # Of ratings and popularity lists show nothing; the score that ratings make is watched. So are the words that
        # find a work: a newer reader of files changes those alone.
        unwatched=(
            *("updated_at", "generation_seed", "was_private", "held_at", "least_level"),
            *("rating_count", "rating_sum", "popularity", "prior_score"),
        ),
    )

    class Meta:
        indexes = ITEM_INDEXES
        constraints = [
            CheckConstraint(condition=~Q(title=""), name="content_title_not_empty"),
            CheckConstraint(condition=Q(content_type__in=ContentType.values), name="content_type_known"),
            CheckConstraint(condition=Q(source__in=Source.values), name="content_source_known"),
            CheckConstraint(condition=Q(level__in=Level.values), name="content_level_known"),
            # NaN is greater than every number in PostgreSQL, so this refuses it as well.
            CheckConstraint(
                condition=Q(quality_score__isnull=True) | Q(quality_score__range=(0.0, 1.0)),
                name="content_quality_between_0_and_1",
            ),
            # An import may run again: the same source_id is the same row.
            UniqueConstraint("source_id", condition=Q(source_id__isnull=False), name="content_source_id_unique"),
            CheckConstraint(condition=in_calendar("created_at", "updated_at"), name="content_times_in_calendar"),
            CheckConstraint(
                condition=Q(generation_seed__isnull=True) | Q(generation_seed__range=(0, LARGEST)),
                name="content_generation_seed_64_bits",
            ),
            # So that nothing that shows public works has to know the trash.
            CheckConstraint(condition=Q(trashed_at__isnull=True) | Q(is_private=True), name="content_trash_is_private"),
            # Out of the trash too: what is restored is what it was before.
            CheckConstraint(
                condition=Q(held_at__isnull=True)
                | (Q(is_private=True) & (Q(trashed_at__isnull=True) | Q(was_private=True))),
                name="content_held_is_private",
            ),
            CheckConstraint(
                condition=Q(least_level__gte=0, level__gte=F("least_level")), name="content_level_not_below_least"
            ),
            CheckConstraint(condition=Q(stack__isnull=False) | Q(leads_stack=True), name="content_alone_leads_itself"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Return the address of the item's own page."""
        return address_of("content:detail", self.pk)

    @property
    def is_synthetic(self) -> bool:
        """Whether the item was made by `seed`: a drawing then stands for it, for there was never a file."""
        return self.source_id is not None and self.source_id.startswith(SYNTHETIC_MARK)

    @property
    def exact_seed(self) -> int:
        """The item's seed in all its digits: its maker's, else the one that chose its picture."""
        return self.seed if self.generation_seed is None else self.generation_seed

    @exact_seed.setter
    def exact_seed(self, seed: int) -> None:
        # One that is sent back as it was read says nothing of a maker.
        if seed != self.exact_seed:
            self.generation_seed, self.seed = seed, picture_seed(seed)

    @property
    def known_likes(self) -> int:
        """How many like the item: with those that are pending, if it was read with them (`for_cards`). No query."""
        return self.like_count if hasattr(self, "like_count") else self.likes

    @property
    def known_stack_size(self) -> int | None:
        """How many works are in the item's stack; 1 of one that was just made, None in lists that show no stacks.
        No query."""
        return getattr(self, "stack_size", 1)

    def is_visible_to(self, viewer: User | AnonymousUser) -> bool:
        """Return whether `visible_to(viewer)` keeps this item. No query."""
        return not self.is_private or (self.is_of(viewer) and self.trashed_at is None) or is_staff(viewer)

    @property
    def kept_private(self) -> str:
        """Why the item cannot be made public, as a sentence; empty if it can. No query."""
        if self.trashed_at is not None:
            return IN_TRASH
        return "" if self.held_at is None else HELD

    def refused_level(self, level: int) -> str:
        """Return why the item cannot be put at a level, as a sentence; empty if it can. No query."""
        return TOO_LOW.format(Level(self.least_level).label) if level < self.least_level else ""

    def refusals(self, values: Mapping[str, Any]) -> dict[str, str]:
        """Return why values cannot be the item's, a sentence by field: it stays private in the trash and if moderators
        hid it, and at their level. No query."""
        private = "" if values.get("is_private", True) else self.kept_private
        reasons = {"is_private": private, "level": self.refused_level(values.get("level", self.level))}
        return {name: reason for name, reason in reasons.items() if reason}

    def clean(self) -> None:
        """Check privacy and level. Raises ValidationError."""
        super().clean()
        if reasons := self.refusals({"is_private": self.is_private}):
            raise ValidationError(reasons)

    def is_of(self, viewer: User | AnonymousUser) -> bool:
        """Return whether the viewer is the item's creator. No query."""
        return self.creator_id is not None and self.creator_id == viewer.pk

    def shows_prompt_to(self, viewer: User | AnonymousUser) -> bool:
        """Return whether a viewer who sees this item may know what it was made with, and have its original file.

        The one rule of hidden prompts; `shows_prompt` (content/hidden_prompts.py) is the same in SQL. No query.
        """
        return not self.hides_prompt or self.is_of(viewer) or is_staff(viewer)


class AutoContentManager(Manager.from_queryset(ContentItemQuerySet)):
    """Automatic items only; what it creates is automatic."""

    def get_queryset(self) -> ContentItemQuerySet:
        """Return the automatic items."""
        return super().get_queryset().filter(source=Source.AUTO)

    def create(self, **fields: Any) -> "AutoContentItem":  # noqa: ANN401 - model fields of every type
        """Create an automatic item."""
        return super().create(**{"source": Source.AUTO, **fields})


class AutoContentItem(ContentItem):
    """An automatically generated item: the same table, with an endpoint and an admin of its own."""

    objects = AutoContentManager()

    class Meta:
        proxy = True
