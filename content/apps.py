"""The content app."""

from django.apps import AppConfig
from django.utils.module_loading import import_string


class ContentConfig(AppConfig):
    """Registers the content domain with Django."""

    name = "content"

    def ready(self) -> None:
        """Add a file to the exports of accounts."""
        # Both import models, which are not there yet while this module is read.
        import_string("users.exports.PARTS")["works"] = import_string("content.exports.work_rows")
