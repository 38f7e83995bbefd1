"""The API's router: its root lists every endpoint."""

from rest_framework.routers import APIRootView, DefaultRouter


class GenonautAPI(APIRootView):
    """Every list shares one contract: `page`, `page_size`, `cursor`, `sort`, `order`. See the documentation."""

    name = "Genonaut API"


class Router(DefaultRouter):
    """DRF's router with our root page and without format suffixes: Accept says what is wanted."""

    APIRootView = GenonautAPI
    include_format_suffixes = False
    root_view_name = "root"
