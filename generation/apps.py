"""The generation app."""

from django.apps import AppConfig
from django.utils.module_loading import import_string


class GenerationConfig(AppConfig):
    """Registers the generation domain with Django."""

    name = "generation"

    def ready(self) -> None:
        """Add a file to the copy of an account's data, offer what operators see, and follow merges."""
        # All import models, which are not there yet while this module is read.
        import_string("users.account_data.PARTS")["jobs"] = import_string("generation.account_data.job_rows")
        import_string("genonaut.status.panels.PANELS")["Generation"] = import_string("generation.status.jobs_panel")
        import_string("genonaut.monitoring.gauges.SOURCES")["generation"] = import_string("generation.gauges.SOURCE")
        import_string("generation.merging.connect")()
