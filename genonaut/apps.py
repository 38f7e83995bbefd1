"""The app of the site itself: its switches, and the names of other packages' sections in the admin."""

from django.apps import AppConfig, apps
from django.core.checks import Tags, register
from django.utils.module_loading import import_string

from genonaut.checks import check_anonymous_lists, check_proxies
from genonaut.database.checks import check_site_connection

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
