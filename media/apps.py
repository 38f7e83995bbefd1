"""The media app."""

from django.apps import AppConfig
from django.utils.module_loading import import_string


class MediaConfig(AppConfig):
    """Files that generators made: where they lie, what they are, and what is written in them."""

    name = "media"

    def ready(self) -> None:
        """Put a panel on the operators' page, and add a file to the copy of an account's data."""
        # They import models, which are not there yet while this module is read.
        import_string("genonaut.status.panels.PANELS")["Files"] = import_string("media.status.files_panel")
        import_string("users.account_data.PARTS")["no_duplicates"] = import_string("media.account_data.pair_rows")
