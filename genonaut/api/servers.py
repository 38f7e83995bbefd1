"""Where the API's schema says that its paths begin."""

from typing import Any

from django.urls import get_script_prefix
from drf_spectacular.generators import SchemaGenerator as SpectacularGenerator
from rest_framework.request import Request


class SchemaGenerator(SpectacularGenerator):
    """drf-spectacular's generator, which does not know of sites below their host's root."""

    def get_schema(self, request: Request | None = None, public: bool = False) -> dict[str, Any]:
        """Return the schema, with the site's root as its server unless that is the host's."""
        schema = super().get_schema(request=request, public=public)
        root = get_script_prefix().removesuffix("/")
        return {**schema, "servers": [{"url": root}]} if root else schema
