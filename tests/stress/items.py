"""What the compared lists send of an item: what ours sends, by a serializer as in the DRF manual, and by PostgreSQL."""

from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from rest_framework.pagination import CursorPagination
from rest_framework.serializers import ModelSerializer, SerializerMethodField

from content.drawings import VERSION, drawings_of
from content.models import ContentItem
from users.models import User

PAGE_SIZE = 50
ORDERING = ("-created_at", "-id")


class CreatorSerializer(ModelSerializer):
    """Who made an item."""

    class Meta:
        model = User
        fields = ("id", "username", "name")


class ItemSerializer(ModelSerializer):
    """What a card shows of an item."""

    creator = CreatorSerializer()
    picture = SerializerMethodField()

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
        address, width, height = drawings_of(item)[0]
        return {"url": self.context["request"].build_absolute_uri(address), "width": width, "height": height}


class CursorPages(CursorPagination):
    """Pages by cursor."""

    page_size = PAGE_SIZE
    ordering = ORDERING


def items() -> QuerySet:
    """Return the public items, with no more columns than are sent."""
    return ContentItem.objects.filter(is_private=False).for_cards()


BARE_SQL = f"""
    SELECT json_build_object('items', json_agg(item ORDER BY created_at DESC, id DESC))::text FROM (
        SELECT item.created_at, item.id, json_build_object(
            'id', item.id, 'title', item.title, 'content_type', item.content_type, 'source', item.source,
            'creator', CASE WHEN creator.id IS NOT NULL THEN
                json_build_object('id', creator.id, 'username', creator.username, 'name', creator.name) END,
            'quality_score', item.quality_score, 'is_private', item.is_private,
            'picture', json_build_object(
                'url', %s || '/pictures/v{VERSION}/' || item.content_type || '/320/' || item.seed || '.webp',
                'width', 320, 'height', 320
            ),
            'created_at', item.created_at
        ) AS item
        FROM content_contentitem item LEFT JOIN users_user creator ON creator.id = item.creator_id
        WHERE NOT item.is_private
        ORDER BY item.created_at DESC, item.id DESC LIMIT {PAGE_SIZE}
    ) AS page"""


def bare(request: HttpRequest) -> HttpResponse:
    """Pass on the JSON of a first page as PostgreSQL made it, and nothing else: no total, no links."""
    with connection.cursor() as cursor:
        cursor.execute(BARE_SQL, [request.build_absolute_uri("/")[:-1]])
        return HttpResponse(cursor.fetchone()[0], content_type="application/json")
