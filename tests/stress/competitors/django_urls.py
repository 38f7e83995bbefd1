"""Public items, newest first, 50 a page, as the docs of each library for Django have it; and a bare view.

Sources: django-rest-framework.org, Pagination; the README of django-cursor-pagination. All send what ours sends of an
item, and get what is good practice beside: only the columns shown, the creator joined, an order that ends in the
primary key.
"""

from cursor_pagination import CursorPaginator
from django.contrib.postgres.search import SearchQuery
from django.db.models import QuerySet
from django.http import HttpRequest, JsonResponse
from django.urls import path
from rest_framework.generics import ListAPIView
from rest_framework.pagination import PageNumberPagination

from tests.stress.items import ORDERING, PAGE_SIZE, CursorPages, ItemSerializer, bare, items


class NumberedPages(PageNumberPagination):
    """Pages by number."""

    page_size = PAGE_SIZE
    page_size_query_param = "page_size"


class NumberedList(ListAPIView):
    """DRF's PageNumberPagination."""

    serializer_class = ItemSerializer
    pagination_class = NumberedPages

    def get_queryset(self) -> QuerySet:
        """Return the items in order."""
        return items().order_by(*ORDERING)


class SearchList(NumberedList):
    """DRF's PageNumberPagination over a search by SearchQuery."""

    def get_queryset(self) -> QuerySet:
        """Return the items that match, in order."""
        query = SearchQuery(self.request.GET["q"], search_type="websearch", config="genonaut_words")
        return super().get_queryset().filter(search_words=query)


class CursorList(ListAPIView):
    """DRF's CursorPagination."""

    serializer_class = ItemSerializer
    pagination_class = CursorPages
    queryset = items()


def cursor_paginator(request: HttpRequest) -> JsonResponse:
    """django-cursor-pagination."""
    paginator = CursorPaginator(items(), ordering=ORDERING)
    page = paginator.page(first=PAGE_SIZE, after=request.GET.get("after"))
    data = {
        "objects": ItemSerializer(page, many=True, context={"request": request}).data,
        "has_next_page": page.has_next,
        "last_cursor": paginator.cursor(page[-1]),
    }
    return JsonResponse(data)


urlpatterns = [
    path("pages/", NumberedList.as_view()),
    path("search/", SearchList.as_view()),
    path("cursors/", CursorList.as_view()),
    path("cursor-paginator/", cursor_paginator),
    path("bare/", bare),
]
