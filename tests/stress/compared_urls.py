"""The addresses that serving_cpu compares: the site's own, and beside them three other ways to serve the same list.

All pass the same middleware. The stock view may load as little as ours does, and neither of the others counts.
"""

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.pagination import CursorPagination

from content.api import ContentViewSet
from content.models import ContentItem
from content.pictures import CARD, POOL_SIZE, picture_url
from genonaut.urls import urlpatterns as site_urls
from users.models import User

PAGE_SIZE = 50


class SerializedContentViewSet(ContentViewSet):
    """Our list, whose JSON its serializers make."""

    def is_json_from_database(self) -> bool:
        """Return False: not from the database."""
        return False


class CreatorSerializer(serializers.ModelSerializer):
    """Who made an item."""

    class Meta:
        model = User
        fields = ("id", "username", "name")


class ItemSerializer(serializers.ModelSerializer):
    """An item as the DRF manual has it written."""

    creator = CreatorSerializer()
    picture = serializers.SerializerMethodField()

    class Meta:
        model = ContentItem
        fields = (
            "id",
            "title",
            "content_type",
            "source",
            "creator",
            "quality_score",
            "is_private",
            "picture",
            "created_at",
        )

    def get_picture(self, item: ContentItem) -> dict[str, object]:
        """Return address and size."""
        url = self.context["request"].build_absolute_uri(picture_url(item.seed, CARD))
        return {"url": url, "width": CARD.width, "height": CARD.height}


class NewestFirst(CursorPagination):
    """DRF's cursors."""

    page_size = PAGE_SIZE
    ordering = ("-created_at", "-id")


class StockView(ListAPIView):
    """Stock DRF: ModelSerializer and CursorPagination."""

    serializer_class = ItemSerializer
    pagination_class = NewestFirst
    queryset = ContentItem.objects.filter(is_private=False).for_cards()


BARE_SQL = f"""
    SELECT json_agg(item ORDER BY created_at DESC, id DESC)::text FROM (
        SELECT item.created_at, item.id, json_build_object(
            'id', item.id, 'title', item.title, 'content_type', item.content_type, 'source', item.source,
            'creator', CASE WHEN creator.id IS NOT NULL THEN
                json_build_object('id', creator.id, 'username', creator.username, 'name', creator.name) END,
            'quality_score', item.quality_score, 'is_private', item.is_private,
            'picture', json_build_object(
                'url', %s || '/pictures/v1/{CARD.width}/' || item.seed %% {POOL_SIZE} || '.webp',
                'width', {CARD.width}, 'height', {CARD.height}
            ),
            'created_at', item.created_at
        ) AS item
        FROM content_contentitem item LEFT JOIN users_user creator ON creator.id = item.creator_id
        WHERE NOT item.is_private
        ORDER BY item.created_at DESC, item.id DESC LIMIT {PAGE_SIZE}
    ) AS page"""


def bare(request: HttpRequest) -> HttpResponse:
    """Pass on PostgreSQL's JSON of the first page, with no paging, filters or links at all."""
    with connection.cursor() as cursor:
        cursor.execute(BARE_SQL, [request.build_absolute_uri("/")[:-1]])
        return HttpResponse(cursor.fetchone()[0], content_type="application/json")


urlpatterns = [
    path("compared/serialized/", SerializedContentViewSet.as_view({"get": "list"})),
    path("compared/stock/", StockView.as_view()),
    path("compared/bare/", bare),
    *site_urls,
]
