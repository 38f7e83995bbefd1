"""The lists of tags, creators and models, by how many public works they have or by name."""

from django.db.models import Q, QuerySet

from catalog.filters import CreatorFilter, ModelFilter, TagFilter
from catalog.models import Creator, Tag, UsedModel
from genonaut.pagination.listing import Listing, Scope
from media.models import ModelKind


class TagListing(Listing):
    """Tags of public works."""

    name = "tags"
    model = Tag
    sorts = {"works": ("works", "id"), "name": ("name", "id")}
    rankings = {"works": "works", "name": "name"}
    filters = TagFilter

    def scopes(self) -> list[Scope]:
        """Return one scope: all tags, the same for every viewer."""
        return [Scope(Q(), ranked={})]

    def load(self, queryset: QuerySet) -> QuerySet:
        """Load what the list shows: not the search words."""
        return queryset.only("name", "works")


class CreatorListing(Listing):
    """Creators of public works, without those whose accounts are deactivated."""

    name = "creators"
    model = Creator
    sorts = {"works": ("works", "id"), "username": ("username", "id")}
    rankings = {"works": "works", "username": "username"}
    filters = CreatorFilter

    def scopes(self) -> list[Scope]:
        """Return one scope: active accounts, the same for every viewer."""
        return [Scope(Q(is_active=True), ranked={"is_active": [True]})]

    def load(self, queryset: QuerySet) -> QuerySet:
        """Load what the list shows: not the search words."""
        return queryset.only("username", "name", "works")


class ModelListing(Listing):
    """Models and LoRAs that public works were made with."""

    name = "models"
    model = UsedModel
    sorts = {"works": ("works", "id"), "name": ("name", "id")}
    rankings = {"works": "works", "name": "name"}
    filters = ModelFilter
    facets = {"kind": ModelKind.values}

    def scopes(self) -> list[Scope]:
        """Return one scope: all models, the same for every viewer."""
        return [Scope(Q(), is_faceted=True, ranked={})]

    def load(self, queryset: QuerySet) -> QuerySet:
        """Load what the list shows: not the search words."""
        return queryset.only("kind", "name", "hash", "works")
