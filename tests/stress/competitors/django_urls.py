"""Public items, newest first, 50 a page, as the docs of each library for Django have it; and a bare view.

Sources: django-rest-framework.org, Pagination; the README of django-cursor-pagination. All get what is good practice
beside: only the columns shown, the creator joined, an order that ends in the primary key.
"""

from cursor_pagination import CursorPaginator
from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from rest_framework.generics import ListAPIView
from rest_framework.pagination import CursorPagination, PageNumberPagination
from rest_framework.serializers import ModelSerializer

from content.models import ContentItem
from users.models import User

PAGE_SIZE = 50
ORDERING = ("-created_at", "-id")
COLUMNS = ("id", "title", "content_type", "source", "quality_score", "is_private", "seed", "created_at")


class CreatorSerializer(ModelSerializer):
    """Who made an item."""

    class Meta:
        model = User
        fields = ("id", "username", "name")


class ItemSerializer(ModelSerializer):
    """What a card shows of an item."""

    creator = CreatorSerializer()

    class Meta:
        model = ContentItem
        fields = (*COLUMNS, "creator")


class NumberedPages(PageNumberPagination):
    """Pages by number."""

    page_size = PAGE_SIZE
    page_size_query_param = "page_size"


class CursorPages(CursorPagination):
    """Pages by cursor."""

    page_size = PAGE_SIZE
    ordering = ORDERING


def items() -> QuerySet:
    """Return the public items with the columns that are shown."""
    shown = ContentItem.objects.filter(is_private=False).select_related("creator")
    return shown.only(*COLUMNS, "creator__username", "creator__name")


class NumberedList(ListAPIView):
    """DRF's PageNumberPagination."""

    serializer_class = ItemSerializer
    pagination_class = NumberedPages

    def get_queryset(self) -> QuerySet:
        """Return the items in order."""
        return items().order_by(*ORDERING)


class CursorList(ListAPIView):
    """DRF's CursorPagination."""

    serializer_class = ItemSerializer
    pagination_class = CursorPages

    def get_queryset(self) -> QuerySet:
        """Return the items."""
        return items()


def cursor_paginator(request: HttpRequest) -> JsonResponse:
    """django-cursor-pagination."""
    paginator = CursorPaginator(items(), ordering=ORDERING)
    page = paginator.page(first=PAGE_SIZE, after=request.GET.get("after"))
    data = {
        "objects": ItemSerializer(page, many=True).data,
        "has_next_page": page.has_next,
        "last_cursor": paginator.cursor(page[-1]),
    }
    return JsonResponse(data)


BARE = """
SELECT json_build_object('items', json_agg(item))::text FROM (
    SELECT item.id, title, content_type, source, quality_score, is_private, seed, item.created_at,
           CASE WHEN creator_id IS NULL THEN NULL
                ELSE json_build_object('id', creator.id, 'username', username, 'name', name) END AS creator
    FROM content_contentitem item LEFT JOIN users_user creator ON creator.id = creator_id
    WHERE NOT is_private ORDER BY item.created_at DESC, item.id DESC LIMIT 50
) item
"""


def bare(_request: HttpRequest) -> HttpResponse:
    """A view that does nothing but pass on the JSON of a first page as PostgreSQL made it: no total, no links."""
    with connection.cursor() as cursor:
        cursor.execute(BARE)
        return HttpResponse(cursor.fetchone()[0], content_type="application/json")


urlpatterns = [
    path("pages/", NumberedList.as_view()),
    path("cursors/", CursorList.as_view()),
    path("cursor-paginator/", cursor_paginator),
    path("bare/", bare),
]
