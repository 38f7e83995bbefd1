"""The pagination classes that every endpoint shares: one for page numbers, one for cursors, one shape for both."""

import json
from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template import loader
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from genonaut.pagination.drf_schemas import PARAMETERS
from genonaut.pagination.listing import Listing
from genonaut.pagination.page import Page

# nginx takes 4 KiB of headers by default, and a link repeats the whole search.
LONGEST_LINK_HEADER = 2_000


class ListingPagination(BasePagination):
    """Answers with one page of a Listing: `items`, `pagination` and `links`, short links in a Link header too."""

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
        return Response(body, headers=_link_header(links))

    def get_json_response(self, texts: Sequence[str]) -> HttpResponse:
        """Return the same answer from items that are JSON texts already, which are not parsed again."""
        links = self._absolute_links()
        rest = json.dumps({"pagination": self.page.as_dict(), "links": links}, separators=(",", ":"))
        body = f'{{"items":[{",".join(texts)}],{rest[1:]}'
        return HttpResponse(body.encode(), content_type="application/json", headers=_link_header(links))

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
        return deepcopy(PARAMETERS)

    def _absolute_links(self) -> dict[str, str | None]:
        here = self.request.build_absolute_uri(self.request.path)
        return {relation: url and here + url for relation, url in self.page.links.items()}


def _link_header(links: dict[str, str | None]) -> dict[str, str]:
    """Return the Link header of an answer; none if it is longer than proxies and clients may take."""
    text = ", ".join(f'<{url}>; rel="{relation}"' for relation, url in links.items() if url)
    return {"Link": text} if len(text) <= LONGEST_LINK_HEADER else {}


class PageNumberPagination(ListingPagination):
    """Pages by number, with `has_more`: what a request without `cursor` gets."""


class CursorPagination(ListingPagination):
    """Pages by cursor, both directions, the same speed at any depth."""
