"""Tags, creators and models with how many public works each has up to each level, and changes that are to be counted.

A trigger of the works' table appends a CatalogDelta for each work that comes, goes or changes in what is counted, and
one of the users' table for each account that changes its names; counting.py moves them into Tag, Creator and UsedModel.
Only public works are counted: of private ones nothing is known here, and of works that hide their prompts no model.
"""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db.models import (
    BigAutoField,
    BigIntegerField,
    BooleanField,
    CharField,
    F,
    Func,
    GeneratedField,
    Index,
    IntegerField,
    Manager,
    Model,
    PositiveSmallIntegerField,
    Q,
    QuerySet,
    SmallIntegerField,
    TextField,
    UniqueConstraint,
    Value,
)
from django.db.models.functions import Concat
from django.urls import reverse

from genonaut.ranking import Rankings
from media.models import ModelKind
from users.levels import Level, shown_level


class NameWords(Func):
    """The words of a name as one types their beginnings: a function of the database (genonaut/migrations/0005)."""

    function = "genonaut_name_words"
    output_field = SearchVectorField()


class TagQuerySet(QuerySet):
    """Tags, or models."""

    def visible_to(self, viewer: object) -> Self:
        """Keep those of works that lists show to a viewer."""
        return self.filter(level__lte=shown_level(viewer))


class CreatorQuerySet(TagQuerySet):
    """Creators."""

    def visible_to(self, viewer: object) -> Self:
        """Keep, of those of works that lists show to a viewer, the ones whose accounts are active."""
        return super().visible_to(viewer).filter(is_active=True)


# How many public works there are up to a level, by column. Each is a sort of the lists that show works up to it.
COLUMNS = {Level.GENERAL: "works_general", Level.SENSITIVE: "works_sensitive", Level.EXPLICIT: "works"}
# The rankings that count them.
RANKINGS = {Level.GENERAL: "general", Level.SENSITIVE: "sensitive", Level.EXPLICIT: "works"}
WORKS_ORDERS = {RANKINGS[level]: (column, "id") for level, column in COLUMNS.items()}
BELOW_EXPLICIT = [column for level, column in COLUMNS.items() if level < Level.EXPLICIT]


class Counted(Model):
    """What works are counted by. Without rows of its own."""

    works = IntegerField("public works", editable=False)
    works_sensitive = IntegerField("public works up to sensitive", default=0, db_default=0, editable=False)
    works_general = IntegerField("public general works", default=0, db_default=0, editable=False)
    # The lowest of its works, written by a trigger (migration 0020): lists of that level and above show it.
    level = PositiveSmallIntegerField(choices=Level, default=Level.GENERAL, db_default=Level.GENERAL, editable=False)

    class Meta:
        abstract = True


class Tag(Counted):
    """A tag that public works have, in lower case: works are found by it whatever the case of theirs."""

    name = TextField(editable=False)
    search_words = GeneratedField(expression=NameWords("name"), output_field=SearchVectorField(), db_persist=True)

    objects = Manager.from_queryset(TagQuerySet)()

    rankings = Rankings(orders={**WORKS_ORDERS, "name": ("name", "id")}, facets=("level",))

    class Meta:
        default_permissions = ("view",)
        indexes = [
            # Tags of most works first and from a to z, and what the rankings are counted along (the facet lies in the
            # index).
            *(Index(name, "id", include=["level"], name=f"tag_all_{name}") for name in (*COLUMNS.values(), "name")),
            # The same of the lists that leave out tags of works above a level.
            *(Index("level", name, "id", name=f"tag_level_{name}") for name in (*BELOW_EXPLICIT, "name")),
            # Completion: ?q=...
            GinIndex(fields=["search_words"], name="tag_search_words"),
        ]
        constraints = [UniqueConstraint("name", name="tag_name_unique")]

    def __str__(self) -> str:
        return self.name


class Creator(Counted):
    """An account that has public works, by its own id, with the names that it had when its works were last counted."""

    id = BigIntegerField(primary_key=True)
    username = CharField(max_length=150, editable=False)
    name = CharField(max_length=200, blank=True, editable=False)
    # Deactivated accounts are not shown.
    is_active = BooleanField(editable=False)
    search_words = GeneratedField(
        expression=NameWords(Concat(F("username"), Value(" "), F("name"), output_field=TextField())),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects = Manager.from_queryset(CreatorQuerySet)()

    rankings = Rankings(orders={**WORKS_ORDERS, "username": ("username", "id")}, facets=("is_active", "level"))

    class Meta:
        default_permissions = ("view",)
        indexes = [
            # Creators of most works first and from a to z, and what the rankings are counted along.
            *(
                Index(name, "id", include=["is_active", "level"], name=f"creator_all_{name}")
                for name in (*COLUMNS.values(), "username")
            ),
            # The lists that leave out creators of works above a level.
            *(
                Index("level", name, "id", condition=Q(is_active=True), name=f"creator_level_{name}")
                for name in (*BELOW_EXPLICIT, "username")
            ),
            # Completion: ?q=...
            GinIndex(fields=["search_words"], name="creator_search_words"),
        ]

    def __str__(self) -> str:
        return self.username

    def get_absolute_url(self) -> str:
        """Return the address of the public profile."""
        return reverse("content:profile", args=[self.username])

    @property
    def display_name(self) -> str:
        """The name to show: the given name, else the username."""
        return self.name or self.username


class UsedModel(Counted):
    """A model or LoRA that public works were made with, by the id of its GenerativeModel, with the name and hash that
    it had when its works were last counted."""

    id = BigIntegerField(primary_key=True)
    kind = CharField(max_length=5, choices=ModelKind, editable=False)
    name = CharField(max_length=300, editable=False)
    hash = CharField(max_length=100, blank=True, editable=False)
    search_words = GeneratedField(expression=NameWords("name"), output_field=SearchVectorField(), db_persist=True)

    objects = Manager.from_queryset(TagQuerySet)()

    rankings = Rankings(orders={**WORKS_ORDERS, "name": ("name", "id")}, facets=("kind", "level"))

    class Meta:
        verbose_name = "model"
        default_permissions = ("view",)
        indexes = [
            # Models of most works first and from a to z, and what the rankings are counted along.
            *(
                Index(name, "id", include=["kind", "level"], name=f"model_all_{name}")
                for name in (*COLUMNS.values(), "name")
            ),
            # Models or LoRAs alone.
            Index("kind", "works", "id", name="model_kind_works"),
            Index("kind", "name", "id", name="model_kind_name"),
            # The lists that leave out models of works above a level.
            *(Index("level", "kind", name, "id", name=f"model_level_{name}") for name in (*BELOW_EXPLICIT, "name")),
            # Completion: ?q=...
            GinIndex(fields=["search_words"], name="model_search_words"),
        ]

    def __str__(self) -> str:
        return self.name


class CatalogDelta(Model):
    """A change that is not counted yet: the tags, the creator and the models of a public work that came (1) or went
    (-1); 0 for an account or a model that changed. Written by triggers (migrations 0002, 0005 and 0007)."""

    id = BigAutoField(primary_key=True)
    tags = ArrayField(TextField(), null=True)
    creator_id = BigIntegerField(null=True)
    model_ids = ArrayField(BigIntegerField(), null=True)
    works = SmallIntegerField()
    # That of the work.
    level = PositiveSmallIntegerField(choices=Level, default=Level.GENERAL, db_default=Level.GENERAL)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.works:+} {self.tags} {self.creator_id}"
