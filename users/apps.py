"""The users app."""

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.utils.module_loading import import_string


class UsersConfig(AppConfig):
    """Registers the users domain with Django."""

    name = "users"

    def ready(self) -> None:
        """Note each sign-in, by whichever door it comes."""
        # It imports models, which are not there yet while this module is read.
        user_logged_in.connect(import_string("users.sessions.note_sign_in"), dispatch_uid="users.sessions")
        import_string("genonaut.status.panels.PANELS")["Accounts"] = import_string("users.status.accounts_panel")
