"""The recommendations app."""

from django.apps import AppConfig
from django.utils.module_loading import import_string


class RecommendationsConfig(AppConfig):
    """Registers the recommendations domain with Django."""

    name = "recommendations"

    def ready(self) -> None:
        """Add a file to the exports of accounts."""
        # Both import models, which are not there yet while this module is read.
        import_string("users.exports.PARTS")["dismissals"] = import_string("recommendations.exports.dismissal_rows")
