"""The endpoints of tags, creators and models, which complete names as they are typed: `?q=land&page_size=8`."""

from typing import Any

from django.http import HttpRequest
from rest_framework.serializers import ModelSerializer

from catalog.counting import settle
from catalog.listings import CreatorListing, ModelListing, TagListing
from catalog.models import Creator, Tag, UsedModel
from genonaut.api.viewsets import ListingViewSet
from genonaut.pagination.listing import Listing


class TagSerializer(ModelSerializer):
    """A tag and how many public works have it, whatever the case of theirs."""

    class Meta:
        model = Tag
        fields = ("id", "name", "works")
        read_only_fields = fields


class CatalogCreatorSerializer(ModelSerializer):
    """An account, by its own id, and how many public works it has."""

    class Meta:
        model = Creator
        fields = ("id", "username", "name", "works")
        read_only_fields = fields


class UsedModelSerializer(ModelSerializer):
    """A model or LoRA, its hash if a generator wrote it, and how many public works were made with it."""

    class Meta:
        model = UsedModel
        fields = ("id", "kind", "name", "hash", "works")
        read_only_fields = fields


class CatalogViewSet(ListingViewSet):
    """A list of names that is only read: works and accounts change it."""

    http_method_names = ("get", "head", "options")
    # It is by no time.
    histogram = None

    def listing_of(self, request: HttpRequest, **options: Any) -> Listing:  # noqa: ANN401 - of the listing
        """Return the list, with what has just changed counted."""
        settle()
        return super().listing_of(request, **options)


class TagViewSet(CatalogViewSet):
    """Tags of public works in lower case, those of most works first. `q` completes: its words begin words of a tag."""

    listing = TagListing
    serializer_class = list_serializer_class = TagSerializer


class CreatorViewSet(CatalogViewSet):
    """Creators of public works, those of most works first. `q` completes: its words begin words of their names."""

    listing = CreatorListing
    serializer_class = list_serializer_class = CatalogCreatorSerializer


class ModelViewSet(CatalogViewSet):
    """Models and LoRAs of public works, those of most works first. `q` completes: its words begin words of a name."""

    listing = ModelListing
    serializer_class = list_serializer_class = UsedModelSerializer
