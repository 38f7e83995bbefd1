"""The moderation app."""

from django.apps import AppConfig
from django.utils.module_loading import import_string


class ModerationConfig(AppConfig):
    """Registers the moderation domain with Django."""

    name = "moderation"

    def ready(self) -> None:
        """Put a panel on the operators' page, add a file to the copy of an account's data, and follow merges."""
        # They import models, which are not there yet while this module is read.
        import_string("genonaut.status.panels.PANELS")["Reports"] = import_string("moderation.status.reports_panel")
        import_string("users.account_data.PARTS")["reports"] = import_string("moderation.account_data.report_rows")
        import_string("moderation.merging.connect")()
