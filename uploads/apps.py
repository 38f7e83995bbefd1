"""The uploads app."""

from django.apps import AppConfig
from django.utils.module_loading import import_string


class UploadsConfig(AppConfig):
    """Files on their way, and stored ones that nothing refers to any more."""

    name = "uploads"

    def ready(self) -> None:
        """Have the background thread of each process finish uploads, forget old ones and delete what is left over."""
        # Both import models, which are not there yet while this module is read.
        tasks = import_string("genonaut.upkeep.TASKS")
        tasks["Finishing uploads"] = import_string("uploads.finishing.tidy")
        tasks["Deleting files that are left over"] = import_string("uploads.leftovers.sweep")
