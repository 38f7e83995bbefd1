"""The generation app."""

from django.apps import AppConfig
from django.utils.module_loading import import_string


class GenerationConfig(AppConfig):
    """Registers the generation domain with Django."""

    name = "generation"

    def ready(self) -> None:
        """Add a file to the exports of accounts."""
        # Both import models, which are not there yet while this module is read.
        import_string("users.exports.PARTS")["jobs"] = import_string("generation.exports.job_rows")
