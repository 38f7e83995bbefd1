"""The catalog app."""

from django.apps import AppConfig
from django.utils.module_loading import import_string


class CatalogConfig(AppConfig):
    """What works are found by: tags and creators, and how many public works each has."""

    name = "catalog"

    def ready(self) -> None:
        """Have changes counted by the background thread of each process of the site."""
        # Both import models, which are not there yet while this module is read.
        import_string("genonaut.upkeep.TASKS")["Counting works"] = import_string("catalog.counting.compact")
