"""The media app."""

from django.apps import AppConfig
from django.utils.module_loading import import_string


class MediaConfig(AppConfig):
    """Files that generators made: where they lie, what they are, and what is written in them."""

    name = "media"

    def ready(self) -> None:
        """Put a panel on the operators' page."""
        # It imports models, which are not there yet while this module is read.
        import_string("genonaut.status.panels.PANELS")["Files"] = import_string("media.status.files_panel")
