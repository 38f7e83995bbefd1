"""The addresses that serving_cpu and gallery_cost compare: the site's own, and beside them other ways to serve a list.

All pass the same middleware. The stock view may load as little as ours does, and neither of the others counts.
"""

from django.urls import path
from rest_framework.generics import ListAPIView

from content.api import ContentViewSet
from genonaut.urls import urlpatterns as site_urls
from tests.stress.gallery import StockGallery
from tests.stress.items import CursorPages, ItemSerializer, bare, items


class SerializedContentViewSet(ContentViewSet):
    """Our list, whose JSON its serializers make."""

    def may_use_database_json(self) -> bool:
        """Return False: not from the database."""
        return False


class StockView(ListAPIView):
    """Stock DRF: ModelSerializer and CursorPagination."""

    serializer_class = ItemSerializer
    pagination_class = CursorPages
    queryset = items()


urlpatterns = [
    path("compared/serialized/", SerializedContentViewSet.as_view({"get": "list"})),
    path("compared/stock/", StockView.as_view()),
    path("compared/bare/", bare),
    path("compared/gallery/", StockGallery.as_view()),
    *site_urls,
]
