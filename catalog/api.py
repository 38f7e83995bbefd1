"""The endpoints of tags, creators and models, which complete names as they are typed: `?q=land&page_size=8`."""

from functools import cache
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.serializers import IntegerField, ModelSerializer

from catalog.counting import settle
from catalog.listings import CreatorListing, ModelListing, TagListing
from catalog.models import COLUMNS, Creator, Tag, UsedModel
from genonaut.api.viewsets import ListingViewSet
from genonaut.pagination.listing import Listing
from users.levels import Level, shown_level


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


@cache
def counting_up_to(serializer: type[ModelSerializer], level: Level) -> type[ModelSerializer]:
    """Return a serializer whose `works` are the public works up to a level."""
    column = COLUMNS[level]
    if column == "works":
        return serializer
    works = IntegerField(source=column, read_only=True)
    return type(serializer.__name__, (serializer,), {"__doc__": serializer.__doc__, "works": works})


class CatalogViewSet(ListingViewSet):
    """A list of names that is only read: works and accounts change it."""

    http_method_names = ("get", "head", "options")
    # It is by no time.
    histogram = None

    def plain_list(self, request: HttpRequest) -> HttpResponseBase:
        """Return one page of the list as JSON, with the works that lists show to the viewer counted."""
        self.list_serializer_class = counting_up_to(type(self).list_serializer_class, shown_level(request.user))
        return super().plain_list(request)

    def get_serializer_class(self) -> type[ModelSerializer]:
        """Return the serializer that counts the works that lists show to the viewer."""
        return counting_up_to(type(self).serializer_class, shown_level(self.request.user))

    def listing_of(self, request: HttpRequest, **options: Any) -> Listing:  # noqa: ANN401 - of the listing
        """Return the list, with what has just changed counted."""
        settle()
        self.listing = type(self).listing.shown_to(request.user)
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
