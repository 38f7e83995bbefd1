"""The view set of every list endpoint."""

from functools import cached_property
from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import get_script_prefix
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ParseError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import ModelViewSet

from genonaut import flags
from genonaut.api.anonymous_lists import AnonymousLists
from genonaut.api.database_json import JSONReader
from genonaut.api.permissions import OwnerOrStaffWrites
from genonaut.api.tunnels import TakesForms
from genonaut.http.conditional import answer, answer_page
from genonaut.pagination.drf import CursorPagination, ListingPagination, PageNumberPagination
from genonaut.pagination.errors import InvalidParametersError
from genonaut.pagination.filters import MAX_ID
from genonaut.pagination.histograms import AUTO, PERIODS
from genonaut.pagination.listing import Listing
from genonaut.pagination.page import Page
from genonaut.pagination.parameters import GIVEN_TWICE

MAX_ID_DIGITS = len(str(MAX_ID))
VARY = ("Accept", "Authorization", "Cookie")
BY_PARAMETER = OpenApiParameter(
    "by", str, enum=[AUTO, *PERIODS], default=AUTO, description="The length of a bar; auto is one that suits the list."
)


class PositionSerializer(serializers.Serializer):
    """Where a row stands in a list, counted from 1; `url` is its page."""

    id = serializers.IntegerField()
    position = serializers.IntegerField()
    page = serializers.IntegerField()
    total_count = serializers.IntegerField()
    url = serializers.URLField()


class BarSerializer(serializers.Serializer):
    """How many rows a period has, and the position and page that it begins at."""

    start = serializers.DateField()
    count = serializers.IntegerField()
    position = serializers.IntegerField()
    page = serializers.IntegerField()


class HistogramSerializer(serializers.Serializer):
    """The periods that have rows, in the list's direction."""

    by = serializers.ChoiceField(PERIODS)
    total_count = serializers.IntegerField()
    items = BarSerializer(many=True)


def histogram_body(listing: Listing, by: str) -> dict[str, Any]:
    """Return the answer of a histogram."""
    histogram = listing.histogram(by)
    items = [
        {"start": bar.start.date().isoformat(), "count": bar.count, "position": bar.position, "page": bar.page}
        for bar in histogram.bars
    ]
    return {"by": histogram.by, "total_count": histogram.total, "items": items}


def check_has_body(request: Request) -> None:
    """Raise ParseError if a change has no body: one that was lost on its way must not pass for `{}`."""
    if request.META.get("CONTENT_LENGTH") in (None, "", "0"):
        raise ParseError(f"{request.method} needs a body; an empty object, {{}}, changes nothing.")


def id_in(digits: str) -> int:
    """Return the id that an address holds, which may have any number of digits; 0, no row's, if none is so large."""
    # int() refuses more than 4,300 digits.
    number = int(digits) if len(digits) <= MAX_ID_DIGITS else 0
    return number if number <= MAX_ID else 0


class ListingViewSet(AnonymousLists, TakesForms, ModelViewSet):
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
    # Parameters of an action that its list does not read.
    own_parameters: tuple[str, ...] = ()
    # The list that the browsable API draws its filters and controls from.
    shown_listing: Listing | None = None

    def may_answer_plainly(self) -> bool:
        """Return whether PostgreSQL may write the items."""
        return self.may_use_database_json()

    def plain_list(self, request: HttpRequest) -> HttpResponseBase:
        """Return one page of the list as JSON that PostgreSQL writes."""
        origin = request.build_absolute_uri(get_script_prefix()).removesuffix("/")
        listing = self.listing_of(request, read=JSONReader(self.list_serializer_class, origin, request.user))
        variant = self._variant(listing, JSONRenderer.media_type)
        return answer_page(request, listing, self._database_page, variant=variant, vary=VARY)

    def owner_of(self, row: Model) -> int | None:
        """Return the id of a row's owner; None if it has none. No query."""
        return getattr(row, self.owner_field)

    def get_permissions(self) -> list[Any]:
        """Return the view's permissions; rows are changed by their owner or staff only."""
        return [*super().get_permissions(), OwnerOrStaffWrites()]

    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401 - of the route
        """Change a row. Raises ParseError if there is no body."""
        check_has_body(request)
        return super().update(request, *args, **kwargs)

    @cached_property
    def paginator(self) -> ListingPagination:
        """The paginator this request asks for."""
        return CursorPagination() if "cursor" in self.request.GET else PageNumberPagination()

    def get_queryset(self) -> QuerySet:
        """Return the rows that the viewer may see: others do not exist for them."""
        return self.listing.model.objects.visible_to(self.request.user)

    def get_serializer_class(self) -> type[BaseSerializer]:
        """Return the card serializer for lists, the full one for everything else."""
        return self.list_serializer_class if self.action == "list" else self.serializer_class

    def list(
        self, request: Request, *_args: object, failure: Exception | None = None, **_kwargs: object
    ) -> HttpResponseBase:
        """Return one page of the list. Raises the failure of `plain_list`, if that was asked first."""
        if failure is not None:
            raise failure
        # Neither HTML nor JSON that is to be indented.
        is_plain = request.accepted_media_type == JSONRenderer.media_type
        if is_plain and self.may_use_database_json():
            return self.plain_list(request._request)
        self.shown_listing = self.listing_of(request._request)
        variant = self._variant(self.shown_listing, request.accepted_media_type)
        return answer_page(request._request, self.shown_listing, self._serialized_page, variant=variant, vary=VARY)

    def listing_of(self, request: HttpRequest, **options: Any) -> Listing:  # noqa: ANN401 - of the listing
        """Return the list that a request asks for. Raises InvalidParametersError."""
        query = request.GET
        own = {name: query.getlist(name) for name in self.own_parameters if name in query}
        if own:
            twice = {name: [GIVEN_TWICE] for name, values in own.items() if len(values) > 1}
            if twice:
                raise InvalidParametersError(twice)
            query = query.copy()
            for name in own:
                del query[name]
        # `format` is DRF's: which renderer.
        return self.listing(request.user, query, carried=("format",), **flags.paging(), **options)

    def _variant(self, listing: Listing, media_type: str) -> str:
        # The two ways of writing JSON say the same, but not byte by byte.
        writer = "database" if isinstance(listing.read, JSONReader) else "serializer"
        return f"{media_type} {writer}"

    def may_use_database_json(self) -> bool:
        """Return whether PostgreSQL may write the items."""
        return flags.is_on(flags.Flag.JSON_FROM_DATABASE)

    def _database_page(self, page: Page) -> HttpResponseBase:
        return self.paginator.get_json_response(self.paginator.take(page, self.request))

    def _serialized_page(self, page: Page) -> Response:
        items = self.paginator.take(page, self.request)
        return self.paginator.get_paginated_response(self.get_serializer(items, many=True).data)

    @extend_schema(responses={200: PositionSerializer})
    @action(detail=True)
    def position(self, request: Request, pk: str) -> Response:
        """Return where a row stands in this list as it is sorted and filtered, and on which page."""
        listing = self.listing_of(request._request)
        row_id = id_in(pk)
        found = listing.position(row_id) if row_id else None
        if found is None:
            raise Http404("This list does not hold it.")
        position, total = found
        page = (position - 1) // listing.parameters.page_size + 1
        address = request.build_absolute_uri(self.reverse_action("list")) + listing.query_with(page=page)
        return Response({"id": row_id, "position": position, "page": page, "total_count": total, "url": address})

    @extend_schema(parameters=[BY_PARAMETER], responses={200: HistogramSerializer})
    @action(detail=False, own_parameters=("by",))
    def histogram(self, request: Request) -> HttpResponseBase:
        """Return how many rows there are in each period, and the page that each begins on."""
        by = request.query_params.get("by", AUTO)
        if by not in (AUTO, *PERIODS):
            raise InvalidParametersError({"by": [f"Must be one of: {', '.join([AUTO, *PERIODS])}."]})
        listing = self.listing_of(request._request)
        variant = self._variant(listing, request.accepted_media_type)
        return answer(
            request._request, listing, lambda: Response(histogram_body(listing, by)), variant=variant, vary=VARY
        )
