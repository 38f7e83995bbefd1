"""Tags, creators and models with how many public works each has, and the changes that are still to be counted.

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


class NameWords(Func):
    """The words of a name as one types their beginnings: a function of the database (genonaut/migrations/0005)."""

    function = "genonaut_name_words"
    output_field = SearchVectorField()


class CreatorQuerySet(QuerySet):
    """Creators."""

    def visible_to(self, _viewer: object) -> Self:
        """Keep those whose accounts are active."""
        return self.filter(is_active=True)


class TagQuerySet(QuerySet):
    """Tags, or models."""

    def visible_to(self, _viewer: object) -> Self:
        """Keep all: only those of public works are here."""
        return self


class Tag(Model):
    """A tag that public works have, in lower case: works are found by it whatever the case of theirs."""

    name = TextField(editable=False)
    works = IntegerField("public works", editable=False)
    search_words = GeneratedField(expression=NameWords("name"), output_field=SearchVectorField(), db_persist=True)

    objects = Manager.from_queryset(TagQuerySet)()

    rankings = Rankings(orders={"works": ("works", "id"), "name": ("name", "id")})

    class Meta:
        default_permissions = ("view",)
        indexes = [
            # Tags of most works first.
            Index("works", "id", name="tag_works"),
            # Tags from a to z.
            Index("name", "id", name="tag_name"),
            # Completion: ?q=...
            GinIndex(fields=["search_words"], name="tag_search_words"),
        ]
        constraints = [UniqueConstraint("name", name="tag_name_unique")]

    def __str__(self) -> str:
        return self.name


class Creator(Model):
    """An account that has public works, by its own id, with the names that it had when its works were last counted."""

    id = BigIntegerField(primary_key=True)
    username = CharField(max_length=150, editable=False)
    name = CharField(max_length=200, blank=True, editable=False)
    # Deactivated accounts are not shown.
    is_active = BooleanField(editable=False)
    works = IntegerField("public works", editable=False)
    search_words = GeneratedField(
        expression=NameWords(Concat(F("username"), Value(" "), F("name"), output_field=TextField())),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects = Manager.from_queryset(CreatorQuerySet)()

    rankings = Rankings(orders={"works": ("works", "id"), "username": ("username", "id")}, facets=("is_active",))

    class Meta:
        default_permissions = ("view",)
        indexes = [
            # Creators of most works first, and what the ranking is counted along.
            Index("works", "id", include=["is_active"], name="creator_works"),
            # Creators from a to z.
            Index("username", "id", include=["is_active"], name="creator_username"),
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


class UsedModel(Model):
    """A model or LoRA that public works were made with, by the id of its GenerativeModel, with the name and hash that
    it had when its works were last counted."""

    id = BigIntegerField(primary_key=True)
    kind = CharField(max_length=5, choices=ModelKind, editable=False)
    name = CharField(max_length=300, editable=False)
    hash = CharField(max_length=100, blank=True, editable=False)
    works = IntegerField("public works", editable=False)
    search_words = GeneratedField(expression=NameWords("name"), output_field=SearchVectorField(), db_persist=True)

    objects = Manager.from_queryset(TagQuerySet)()

    rankings = Rankings(orders={"works": ("works", "id"), "name": ("name", "id")}, facets=("kind",))

    class Meta:
        verbose_name = "model"
        default_permissions = ("view",)
        indexes = [
            # Models of most works first and from a to z, and what the rankings are counted along.
            Index("works", "id", include=["kind"], name="model_works"),
            Index("name", "id", include=["kind"], name="model_name"),
            # Models or LoRAs alone.
            Index("kind", "works", "id", name="model_kind_works"),
            Index("kind", "name", "id", name="model_kind_name"),
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

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.works:+} {self.tags} {self.creator_id}"
