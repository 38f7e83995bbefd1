"""The culling app."""

from django.apps import AppConfig
from django.utils.module_loading import import_string


class CullingConfig(AppConfig):
    """Registers the culling domain with Django."""

    name = "culling"

    def ready(self) -> None:
        """Offer the actions of this app; apps that come later add theirs."""
        # They import models, which are not there yet while this module is read.
        register = import_string("culling.actions.register")
        register(*import_string("culling.mark_actions.MARK_ACTIONS"))
        register(*import_string("culling.work_actions.WORK_ACTIONS"))
        import_string("genonaut.status.panels.PANELS")["Bulk tasks"] = import_string("culling.status.bulk_tasks_panel")
        import_string("genonaut.monitoring.gauges.SOURCES")["bulk tasks"] = import_string("culling.gauges.SOURCE")
