"""The API's router, whose root lists every endpoint, and how addresses name an account."""

from django.urls.converters import IntConverter
from rest_framework.routers import APIRootView, DefaultRouter


class GenonautAPI(APIRootView):
    """Every list shares one contract: `page`, `page_size`, `cursor`, `sort`, `order`. See the documentation."""

    name = "Genonaut API"


class Router(DefaultRouter):
    """DRF's router with our root page and without format suffixes: Accept says what is wanted."""

    APIRootView = GenonautAPI
    include_format_suffixes = False
    root_view_name = "root"


class AccountConverter(IntConverter):
    """The id of an account, or `me`, which stands for one's own."""

    regex = "[0-9]+|me"

    def to_python(self, value: str) -> int | str:
        """Return the id, or "me"."""
        return value if value == "me" else super().to_python(value)
