"""The libraries app."""

from django.apps import AppConfig
from django.utils.module_loading import import_string


class LibrariesConfig(AppConfig):
    """Folders of generated files, read where they lie and turned into works."""

    name = "libraries"

    def ready(self) -> None:
        """Put a panel on the operators' page, and follow accounts that are closed."""
        # It imports models, which are not there yet while this module is read.
        import_string("genonaut.status.panels.PANELS")["Libraries"] = import_string("libraries.status.libraries_panel")
        import_string("users.accounts.CLOSINGS")["libraries"] = import_string(
            "libraries.closing.keep_files_of_public_works"
        )
