"""The view set of every list endpoint."""

from functools import cached_property
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import ModelViewSet

from genonaut.api.database_json import JSONReader
from genonaut.api.permissions import OwnerOrStaffWrites
from genonaut.pagination.drf import CursorPagination, ListingPagination, PageNumberPagination
from genonaut.pagination.listing import Listing


class ListingViewSet(ModelViewSet):
    """Lists through a Listing; shows and changes the rows that the viewer may see.

    A request with `cursor` is paginated by cursor, any other by page number; both answer in one shape.
    """

    listing: ClassVar[type[Listing]]
    list_serializer_class: ClassVar[type[BaseSerializer]]
    # The field that holds the owner's id.
    owner_field: ClassVar[str] = "user_id"
    pagination_class = PageNumberPagination
    filter_backends = ()
    lookup_value_regex = "[0-9]+"
    # The list that the browsable API draws its filters and controls from.
    shown_listing: Listing | None = None

    def get_permissions(self) -> list[Any]:
        """Return the view's permissions; rows are changed by their owner or staff only."""
        return [*super().get_permissions(), OwnerOrStaffWrites()]

    @cached_property
    def paginator(self) -> ListingPagination:
        """The paginator this request asks for."""
        return CursorPagination() if "cursor" in self.request.query_params else PageNumberPagination()

    def get_queryset(self) -> QuerySet:
        """Return the rows that the viewer may see: others do not exist for them."""
        return self.listing.model.objects.visible_to(self.request.user)

    def get_serializer_class(self) -> type[BaseSerializer]:
        """Return the card serializer for lists, the full one for everything else."""
        return self.list_serializer_class if self.action == "list" else self.serializer_class

    def list(self, request: Request, *_args: Any, **_kwargs: Any) -> HttpResponseBase:  # noqa: ANN401 - of the route
        """Return one page of the list."""
        query = request.query_params.copy()
        query.pop("format", None)  # DRF's own: which renderer
        if self.is_json_from_database():
            origin = request.build_absolute_uri("/").removesuffix("/")
            listing = self.listing(request.user, query, read=JSONReader(self.get_serializer_class(), origin))
            return self.paginator.get_json_response(self.paginator.paginate_queryset(listing, request, view=self))
        self.shown_listing = self.listing(request.user, query)
        items = self.paginator.paginate_queryset(self.shown_listing, request, view=self)
        return self.paginator.get_paginated_response(self.get_serializer(items, many=True).data)

    def is_json_from_database(self) -> bool:
        """Return whether PostgreSQL writes the items: not as HTML, nor as JSON that is to be indented."""
        return self.request.accepted_media_type == JSONRenderer.media_type
