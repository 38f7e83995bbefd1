"""The pagination classes that every endpoint shares: one for page numbers, one for cursors, one shape for both."""

import json
from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template import loader
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from genonaut.pagination.listing import Listing
from genonaut.pagination.page import Page
from genonaut.pagination.parameters import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE
from genonaut.pagination.totals import TotalKind

PAGE_SIZE_PARAMETER = {
    "name": "page_size",
    "in": "query",
    "description": "Rows on a page.",
    "schema": {"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE, "default": DEFAULT_PAGE_SIZE},
}


class ListingPagination(BasePagination):
    """Answers with one page of a Listing: `items`, `pagination` and `links`, the links in a Link header as well."""

    display_page_controls = True
    template = "pagination/controls.html"
    page: Page

    def paginate_queryset(
        self, queryset: Listing, request: Request | HttpRequest, view: APIView | None = None
    ) -> Sequence[Any]:
        """Return the rows of the page that the listing was asked for. Raises the listing's errors."""
        return self.take(queryset.page(), request)

    def take(self, page: Page, request: Request | HttpRequest) -> Sequence[Any]:
        """Return the rows of a page, which responses are then made of."""
        # Django's own request: DRF's passes on what it does not know, at a price.
        self.request: HttpRequest = getattr(request, "_request", request)
        self.page = page
        return page.items

    def get_paginated_response(self, data: Sequence[Any]) -> Response:
        """Return the contract's answer."""
        links = self._absolute_links()
        body = {"items": data, "pagination": self.page.as_dict(), "links": links}
        return Response(body, headers={"Link": _link_header(links)})

    def get_json_response(self, texts: Sequence[str]) -> HttpResponse:
        """Return the same answer with the items as the JSON texts that they are, which nobody reads again."""
        links = self._absolute_links()
        rest = json.dumps({"pagination": self.page.as_dict(), "links": links}, separators=(",", ":"))
        body = f'{{"items":[{",".join(texts)}],{rest[1:]}'
        return HttpResponse(body.encode(), content_type="application/json", headers={"Link": _link_header(links)})

    def get_results(self, data: dict[str, Any]) -> Sequence[Any]:
        """Return the rows inside an answer; the browsable API asks."""
        return data["items"]

    def to_html(self) -> str:
        """Return the page controls of the browsable API; nothing where there was no page to show."""
        if not hasattr(self, "page"):
            return ""
        return loader.get_template(self.template).render({"page": self.page})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Return the OpenAPI schema of the answer."""
        return {
            "type": "object",
            "required": ["items", "pagination", "links"],
            "properties": {
                "items": schema,
                "pagination": {"$ref": "#/components/schemas/Pagination"},
                "links": {"$ref": "#/components/schemas/Links"},
            },
        }

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        """Return the OpenAPI parameters of both kinds of paging."""
        # Without its default of 1: a client that sends defaults along would send it beside a cursor.
        page = {"type": "integer", "minimum": 1}
        return [
            {"name": "page", "in": "query", "description": "Page number, from 1, the first.", "schema": page},
            PAGE_SIZE_PARAMETER,
            {
                "name": "cursor",
                "in": "query",
                "description": "A next_cursor or prev_cursor of this list, instead of page.",
                "schema": {"type": "string"},
            },
            {
                "name": "at",
                "in": "query",
                "description": "The page that holds this date, instead of page; in a list sorted by time.",
                "allowEmptyValue": True,
                "schema": {"type": "string", "format": "date-time"},
            },
        ]

    def _absolute_links(self) -> dict[str, str | None]:
        here = self.request.build_absolute_uri(self.request.path)
        return {relation: url and here + url for relation, url in self.page.links.items()}


def _link_header(links: dict[str, str | None]) -> str:
    return ", ".join(f'<{url}>; rel="{relation}"' for relation, url in links.items() if url)


class PageNumberPagination(ListingPagination):
    """Pages by number, with `has_more`: what a request without `cursor` gets."""


class CursorPagination(ListingPagination):
    """Pages by cursor, both directions, the same speed at any depth."""


_COUNT = {"type": "integer"}
_NUMBER = {"type": ["integer", "null"]}
_TEXT = {"type": ["string", "null"]}
_FLAG = {"type": "boolean"}
_LINK = {"type": ["string", "null"], "format": "uri"}
PAGINATION_PROPERTIES = {
    "page": _NUMBER,
    "page_size": _COUNT,
    "total_count": _COUNT,
    "total_count_kind": {"type": "string", "enum": list(TotalKind)},
    "total_pages": _NUMBER,
    "has_next": _FLAG,
    "has_more": _FLAG,
    "has_previous": _FLAG,
    "next_page": _NUMBER,
    "previous_page": _NUMBER,
    "next_cursor": _TEXT,
    "prev_cursor": _TEXT,
    "first_position": _NUMBER,
    "last_position": _NUMBER,
    "as_of": {"type": ["string", "null"], "format": "date-time"},
    "new_count": _NUMBER,
}
PAGINATION_SCHEMA = {
    "type": "object",
    "description": "Where a page stands in its list; null is what is not known, or not there.",
    "properties": PAGINATION_PROPERTIES,
    "required": list(PAGINATION_PROPERTIES),
}
LINKS_PROPERTIES = {
    "self": {"type": "string", "format": "uri"},
    "first": {"type": "string", "format": "uri"},
    "prev": _LINK,
    "next": _LINK,
    "last": _LINK,
}
LINKS_SCHEMA = {
    "type": "object",
    "description": "Addresses of the page, its neighbours and both ends; null where there is none.",
    "properties": LINKS_PROPERTIES,
    "required": list(LINKS_PROPERTIES),
}
