"""The gallery's items: made by users or generated automatically, in one table so that they are paged together."""

import random
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import (
    CASCADE,
    PROTECT,
    SET_NULL,
    BigAutoField,
    BigIntegerField,
    BooleanField,
    CharField,
    CheckConstraint,
    DateTimeField,
    F,
    FloatField,
    ForeignKey,
    Index,
    IntegerField,
    JSONField,
    Manager,
    Model,
    PositiveIntegerField,
    PositiveSmallIntegerField,
    Q,
    QuerySet,
    TextChoices,
    TextField,
    UniqueConstraint,
    UUIDField,
    Value,
)
from django.db.models.deletion import Collector
from django.db.models.functions import Coalesce
from django.utils import timezone

from content.querysets import ContentItemQuerySet
from genonaut.http.addresses import address_of
from genonaut.moments import in_calendar
from genonaut.ranking import Rankings
from genonaut.whole_numbers import LARGEST, WholeNumberField
from media.models import GenerationData, Library, MediaFile
from users.levels import Level
from users.models import User
from users.querysets import is_staff

# Sorts items without a score behind those that score 0, and is never NULL: one index comparison reaches any of them.
QUALITY_KEY = Coalesce("quality_score", Value(-1.0))
# Sorts the trash, which no work is in without its moment; never NULL, as a key must not be.
TRASH_KEY = Coalesce("trashed_at", "created_at")
# What lists filter on and the rankings count by.
FACETS = ["source", "content_type", "is_private", "level"]
# What the indexes of public works, and of an owner's private ones, are partial on.
PUBLIC = {"is_private": False}
OWN = {"is_private": True, "trashed_at": None}
# How source ids of synthetic works begin (content/synthetic.py).
SYNTHETIC_MARK = "seed-"
IN_TRASH = "The work is in the trash, and private there."
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


class CountMixin:
    """A column that only SQL changes: `save()` leaves it as the database has it, whatever the instance says."""

    def pre_save(self, model_instance: Model, add: bool) -> Any:  # noqa: ANN401 - as Django's
        """Return the instance's value for a new row, the column itself for one that is there."""
        return super().pre_save(model_instance, add) if add else F(self.attname)


class CountField(CountMixin, IntegerField):
    """A whole number that only SQL changes."""


class CountedScoreField(CountMixin, FloatField):
    """A score that only SQL changes."""


class StackField(CountMixin, BigIntegerField):
    """A stack, which only SQL writes."""


class LeaderField(CountMixin, BooleanField):
    """Whether a work leads its stack, which only SQL writes."""


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
        # Of ratings and popularity lists show nothing; the score that ratings make is watched.
        unwatched=(
            *("updated_at", "generation_seed", "search_words", "was_private"),
            *("rating_count", "rating_sum", "popularity", "prior_score"),
        ),
    )

    class Meta:
        indexes = [
            # Every item, newest first and best first: the admin's and staff's lists, and what the rankings are counted
            # along (the facets lie in the index, so that the table itself is left alone).
            Index("created_at", "id", include=FACETS, name="content_every_newest"),
            Index(QUALITY_KEY, "created_at", "id", include=["quality_score", *FACETS], name="content_every_best"),
            # The gallery, newest first; read backwards for oldest first. Public lists use partial indexes, and merge
            # one scan for each level that the viewer is shown: none walks past works that it leaves out.
            Index("level", "created_at", "id", condition=Q(is_private=False), name="content_shown_newest"),
            # The gallery by quality, best first; equal scores newest first.
            Index(
                "level",
                QUALITY_KEY,
                "created_at",
                "id",
                condition=Q(is_private=False),
                include=["quality_score"],
                name="content_shown_best",
            ),
            # The gallery by type, by source (content-auto) or by both: a list that leaves one of them open merges one
            # scan of the index for each of its few values (Listing.facets), so that two indexes do the work of six.
            Index(
                "level",
                "content_type",
                "source",
                "created_at",
                "id",
                condition=Q(is_private=False),
                name="content_shown_facets_newest",
            ),
            Index(
                "level",
                "content_type",
                "source",
                QUALITY_KEY,
                "created_at",
                "id",
                condition=Q(is_private=False),
                include=["quality_score"],
                name="content_shown_facets_best",
            ),
            # One creator's public works.
            Index(
                "creator",
                "level",
                "created_at",
                "id",
                condition=Q(is_private=False),
                name="content_shown_creator_newest",
            ),
            Index(
                "creator",
                "level",
                QUALITY_KEY,
                "created_at",
                "id",
                condition=Q(is_private=False),
                include=["quality_score"],
                name="content_shown_creator_best",
            ),
            # The viewer's own private works, merged into every list they see: those in the trash are in none.
            Index(
                "creator",
                "created_at",
                "id",
                condition=Q(is_private=True, trashed_at=None),
                name="content_own_newest",
            ),
            Index(
                "creator",
                QUALITY_KEY,
                "created_at",
                "id",
                condition=Q(is_private=True, trashed_at=None),
                include=["quality_score"],
                name="content_own_best",
            ),
            # /trash/, and what has been in there for too long.
            Index("creator", TRASH_KEY, "id", condition=Q(trashed_at__isnull=False), name="content_trash"),
            Index("trashed_at", condition=Q(trashed_at__isnull=False), name="content_trash_oldest"),
            # All works of one creator, public and private: their deletion, and PostgreSQL's own look for works that
            # refer to an account that goes, which no partial index answers.
            Index("creator", condition=Q(creator__isnull=False), name="content_creator"),
            # The admin's and staff's lists by type and source, where others' private works are merged in.
            Index(
                "level",
                "content_type",
                "source",
                "created_at",
                "id",
                condition=Q(is_private=True),
                name="content_staff_facets_newest",
            ),
            Index(
                "level",
                "content_type",
                "source",
                QUALITY_KEY,
                "created_at",
                "id",
                condition=Q(is_private=True),
                include=["quality_score"],
                name="content_staff_facets_best",
            ),
            # Most liked and popular this week: the gallery, a creator's public works, the viewer's own private ones,
            # and all private ones for staff. Types and sources are filtered: each is a good part of all works.
            *(
                Index(*leading, key, "created_at", "id", condition=condition, name=f"content_{name}")
                for key in ("likes", "popularity")
                for leading, condition, name in (
                    (("level",), Q(is_private=False), f"shown_{key}"),
                    (("creator", "level"), Q(is_private=False), f"creator_{key}"),
                    (("creator",), Q(is_private=True, trashed_at=None), f"own_{key}"),
                    (("level",), Q(is_private=True), f"staff_{key}"),
                )
            ),
            # Works whose popularity fades: what is counted again each day.
            Index("id", condition=Q(popularity__gt=0), name="content_fading"),
            # Lists of stacks: the gallery's, by level as above, and an owner's own works, public and private.
            *(
                Index(
                    *leading,
                    *keys,
                    condition=Q(leads_stack=True, **scope),
                    include=included,
                    name=f"content_stacks_{name}",
                )
                for leading, keys, scope, included, name in (
                    (("level",), ("created_at", "id"), PUBLIC, (), "newest"),
                    (("level",), (QUALITY_KEY, "created_at", "id"), PUBLIC, ("quality_score",), "best"),
                    (("creator", "level"), ("created_at", "id"), PUBLIC, (), "creator_newest"),
                    (
                        ("creator", "level"),
                        (QUALITY_KEY, "created_at", "id"),
                        PUBLIC,
                        ("quality_score",),
                        "creator_best",
                    ),
                    (("creator",), ("created_at", "id"), OWN, (), "own_newest"),
                    (("creator",), (QUALITY_KEY, "created_at", "id"), OWN, ("quality_score",), "own_best"),
                )
            ),
            # The works of a stack, the newest of them, and how many there are.
            Index("stack", "created_at", "id", condition=Q(stack__isnull=False), name="content_stack"),
            # Those that lead it, of which all but one have just come.
            Index("stack", "id", condition=Q(stack__isnull=False, leads_stack=True), name="content_stack_leaders"),
            # The works of a file, of generation data and of a library: privacy of files, and what changes with them.
            Index("media_file", condition=Q(media_file__isnull=False), name="content_media_file"),
            Index("generation", condition=Q(generation__isnull=False), name="content_generation"),
            Index("library", condition=Q(library__isnull=False), name="content_library"),
            # ?q=..., ?tag=... and the admin's search.
            GinIndex(fields=["search_words"], name="content_search_words"),
        ]
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

    def clean(self) -> None:
        """Check that a work in the trash stays private. Raises ValidationError."""
        super().clean()
        if self.trashed_at is not None and not self.is_private:
            raise ValidationError({"is_private": IN_TRASH})

    def is_of(self, viewer: User | AnonymousUser) -> bool:
        """Return whether the viewer is the item's creator. No query."""
        return self.creator_id is not None and self.creator_id == viewer.pk

    def shows_prompt_to(self, viewer: User | AnonymousUser) -> bool:
        """Return whether a viewer who sees this item may know what it was made with, and have its original file.

        The one rule of hidden prompts; `shows_prompt` (content/hidden_prompts.py) is the same in SQL. No query.
        """
        return not self.hides_prompt or self.is_of(viewer) or is_staff(viewer)


class CountDelta(Model):
    """What interactions added to the counts of a work, and is not moved into its columns yet.

    Written by triggers (interactions, migration 0009). `owner_id` is NULL for a public work: changes of private works
    must not show in others' versions.
    """

    id = BigAutoField(primary_key=True)
    content_id = BigIntegerField()
    owner_id = BigIntegerField(null=True)
    likes = IntegerField()
    rating_count = IntegerField()
    rating_sum = IntegerField()
    weight = IntegerField()

    class Meta:
        default_permissions = ()
        indexes = [
            # Pending likes of the works of a page, and of all for versions: without the many views.
            Index(
                "content_id",
                include=["id", "owner_id", "likes"],
                condition=~Q(likes=0),
                name="count_delta_likes",
            ),
            # Pending ratings of a work, for its page.
            Index(
                "content_id",
                include=["rating_count", "rating_sum"],
                condition=~Q(rating_count=0) | ~Q(rating_sum=0),
                name="count_delta_ratings",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.likes:+} {self.content_id}"


class CountState(Model):
    """How far counting is: one row. `changes` counts the changes of popularity, which orders a list by it."""

    id = PositiveSmallIntegerField(primary_key=True, default=1)
    changes = BigIntegerField(db_default=0)
    compacted_at = DateTimeField(null=True)
    refreshed_at = DateTimeField(null=True)
    # The next work of a refresh or a rebuild that is under way; NULL if none is.
    refresh_from = BigIntegerField(null=True)
    rebuild_from = BigIntegerField(null=True)

    class Meta:
        default_permissions = ()
        constraints = [CheckConstraint(condition=Q(id=1), name="count_state_is_one_row")]

    def __str__(self) -> str:
        return f"{self.changes} changes"


class StackChange(Model):
    """A stack that works came to or left, whose leader is to be chosen again. Written by triggers (migration 0050)."""

    id = BigAutoField(primary_key=True)
    stack = BigIntegerField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.stack)


class StackState(Model):
    """How far works were put into stacks: one row. `salt` keeps others from computing the stack of a guessed prompt."""

    id = PositiveSmallIntegerField(primary_key=True, default=1)
    salt = UUIDField(default=uuid4)
    # The next work to look at, and whether all that there were have been looked at.
    build_from = BigIntegerField(db_default=0)
    is_built = BooleanField(db_default=False)

    class Meta:
        default_permissions = ()
        constraints = [CheckConstraint(condition=Q(id=1), name="stack_state_is_one_row")]

    def __str__(self) -> str:
        return "built" if self.is_built else f"from {self.build_from}"


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
