"""The recommendations app."""

from django.apps import AppConfig
from django.utils.module_loading import import_string


class RecommendationsConfig(AppConfig):
    """Registers the recommendations domain with Django."""

    name = "recommendations"

    def ready(self) -> None:
        """Add a file to the copy of an account's data, and follow merges."""
        # Both import models, which are not there yet while this module is read.
        import_string("users.account_data.PARTS")["dismissals"] = import_string(
            "recommendations.account_data.dismissal_rows"
        )
        import_string("recommendations.merging.connect")()
