"""The content app."""

from django.apps import AppConfig
from django.core.checks import Tags, register
from django.utils.module_loading import import_string


class ContentConfig(AppConfig):
    """Registers the content domain with Django."""

    name = "content"

    def ready(self) -> None:
        """Register the check, add a file to the copy of an account's data, have leaders of stacks chosen in the
        background, and what moderators decided about works kept once they are deleted."""
        # They import models, which are not there yet while this module is read.
        register(import_string("content.checks.check_sort_names"), Tags.templates)
        import_string("users.account_data.PARTS")["works"] = import_string("content.account_data.work_rows")
        import_string("genonaut.status.panels.PANELS")["Works"] = import_string("content.status.works_panel")
        import_string("genonaut.upkeep.TASKS")["Stacks"] = import_string("content.stacks.keep_up")
        import_string("genonaut.database.removal.KEEPERS")["content.ContentItem"] = import_string(
            "content.moderated.remember"
        )
