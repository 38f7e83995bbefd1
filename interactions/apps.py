"""The interactions app."""

from django.apps import AppConfig
from django.utils.module_loading import import_string


class InteractionsConfig(AppConfig):
    """Registers the interactions domain with Django."""

    name = "interactions"

    def ready(self) -> None:
        """Have likes and ratings counted by the background thread of each process of the site."""
        # Both import models, which are not there yet while this module is read.
        counted = import_string("interactions.counting.compact_when_due")
        import_string("genonaut.upkeep.TASKS")["Counting likes"] = counted
