"""The exports app."""

from django.apps import AppConfig
from django.utils.module_loading import import_string


class ExportsConfig(AppConfig):
    """Works on their way out."""

    name = "exports"

    def ready(self) -> None:
        """Have the background thread of each process delete exports that are over."""
        # It imports models, which are not there yet while this module is read.
        import_string("genonaut.upkeep.TASKS")["Deleting exports"] = import_string("exports.parts.clear_expired")
        import_string("genonaut.status.panels.PANELS")["Exports"] = import_string("exports.status.exports_panel")
