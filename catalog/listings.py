"""The lists of tags, creators and models, by how many public works they have or by name."""

from functools import cache
from typing import ClassVar, Self

from django.db.models import F, Q, QuerySet

from catalog.filters import CreatorFilter, ModelFilter, TagFilter
from catalog.models import COLUMNS, RANKINGS, Creator, Tag, UsedModel
from genonaut.pagination.listing import Listing, Scope, Viewer
from media.models import ModelKind
from users.levels import Level, shown_level


class CatalogListing(Listing):
    """A list of names as it shows works of all levels; `shown_to` returns it for a viewer who is shown fewer."""

    level: ClassVar[Level] = Level.EXPLICIT
    # What it shows beside the number of works.
    shown_fields: ClassVar[tuple[str, ...]]

    @classmethod
    def shown_to(cls, viewer: Viewer) -> type[Self]:
        """Return the list as it counts the works that lists show to a viewer."""
        level = shown_level(viewer)
        return cls if level == cls.level else _up_to(cls, level)

    @property
    def scope_levels(self) -> list[dict[str, int]]:
        """The conditions of names of works that the list shows, one for each level; one of nothing for all levels."""
        return [{}] if self.level == Level.EXPLICIT else [{"level": number} for number in range(self.level + 1)]

    def load(self, queryset: QuerySet) -> QuerySet:
        """Load what the list shows, with the number of works as `shown_works`: not the search words."""
        column = COLUMNS[self.level]
        return queryset.only(*self.shown_fields, column).annotate(shown_works=F(column))


@cache
def _up_to(listing: type[CatalogListing], level: Level) -> type[CatalogListing]:
    """Return a list that counts works up to a level: its sort by works is another one, with a ranking of its own."""
    column = COLUMNS[level]
    declared = {
        "__doc__": listing.__doc__,
        "name": f"{listing.name}-{level.name.lower()}",
        "level": level,
        "sorts": {**listing.sorts, "works": (column, "id")},
        "rankings": {**listing.rankings, "works": RANKINGS[level]},
    }
    return type(f"{level.label}{listing.__name__}", (listing,), declared)


class TagListing(CatalogListing):
    """Tags of public works."""

    name = "tags"
    model = Tag
    sorts = {"works": ("works", "id"), "name": ("name", "id")}
    rankings = {"works": "works", "name": "name"}
    filters = TagFilter
    shown_fields = ("name",)

    def scopes(self) -> list[Scope]:
        """Return all tags, by level."""
        return [Scope.counted(Q(**level), Tag) for level in self.scope_levels]


class CreatorListing(CatalogListing):
    """Creators of public works, without those whose accounts are deactivated."""

    name = "creators"
    model = Creator
    sorts = {"works": ("works", "id"), "username": ("username", "id")}
    rankings = {"works": "works", "username": "username"}
    filters = CreatorFilter
    shown_fields = ("username", "name")

    def scopes(self) -> list[Scope]:
        """Return active accounts, by level."""
        return [Scope.counted(Q(is_active=True, **level), Creator) for level in self.scope_levels]


class ModelListing(CatalogListing):
    """Models and LoRAs that public works were made with."""

    name = "models"
    model = UsedModel
    sorts = {"works": ("works", "id"), "name": ("name", "id")}
    rankings = {"works": "works", "name": "name"}
    filters = ModelFilter
    shown_fields = ("kind", "name", "hash")
    facets = {"kind": ModelKind.values}

    def scopes(self) -> list[Scope]:
        """Return all models, by level."""
        return [Scope.counted(Q(**level), UsedModel, is_faceted=True) for level in self.scope_levels]
