"""The app of the site itself: its switches, and the names of other packages' sections in the admin."""

from importlib import import_module

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.checks import Tags, register
from django.utils.module_loading import import_string

from genonaut.checks import check_anonymous_lists, check_proxies
from genonaut.database.checks import check_site_connection
from genonaut.database.pool import ConnectionPool
from genonaut.monitoring.metrics import note_anchor_build, note_wait

# The package's own name, or a developer's word. A config of ours in the place of theirs would not do: the models of
# rest_framework.authtoken are abstract unless INSTALLED_APPS names the package by its path.
SECTIONS = {"auth": "Groups of accounts", "authtoken": "API tokens", "waffle": "Feature switches"}


class GenonautConfig(AppConfig):
    """The site."""

    name = "genonaut"

    def ready(self) -> None:
        """Name the sections, register the checks, and put the site's own panels on the operators' page."""
        for label, name in SECTIONS.items():
            apps.get_app_config(label).verbose_name = name
        register(check_proxies, Tags.security, deploy=True)
        register(check_anonymous_lists, Tags.security)
        register(check_site_connection, Tags.database)
        register(import_string("genonaut.files_note.check_files_note"), Tags.database)
        import_string("genonaut.upkeep.TASKS")["Noting beside files whose they are"] = import_string(
            "genonaut.files_note.look"
        )
        # They import models, which are not there yet while this module is read.
        import_string("genonaut.status.panels.PANELS").update(import_string("genonaut.status.own.OWN_PANELS"))
        import_string("genonaut.monitoring.gauges.SOURCES").update(
            import_string("genonaut.monitoring.own_gauges.OWN_SOURCES")
        )
        if settings.REPLICA_URLS:
            self.show_replicas()
        ConnectionPool.watchers.append(note_wait)
        import_string("genonaut.pagination.anchors.scheduler.WATCHERS").append(note_anchor_build)

    def show_replicas(self) -> None:
        """Check the replicas, and tell how far each is behind: the operators' page, the metrics and `/readyz`."""
        register(import_string("genonaut.replicas.checks.check_replicas"), Tags.database)
        import_string("genonaut.status.panels.PANELS")["Replicas"] = import_string(
            "genonaut.replicas.status.replicas_panel"
        )
        gauges = import_module("genonaut.replicas.gauges")
        import_string("genonaut.monitoring.gauges.SOURCES")["replicas"] = gauges.SOURCE
        readiness = import_module("genonaut.monitoring.readiness")
        readiness.DETAILS["replicas"] = gauges.details
        readiness.READS_GO_ON.append(gauges.reads_go_on)
