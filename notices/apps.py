"""The notices app."""

from django.apps import AppConfig
from django.utils.module_loading import import_string


class NoticesConfig(AppConfig):
    """Tells people what others did with their works, and what became of their jobs."""

    name = "notices"

    def ready(self) -> None:
        """Hear of comments, of jobs that ended and of merges, add a file to the copy of an account's data, and have
        notices marked as read and old ones cleared."""
        # They import models, which are not there yet while this module is read.
        import_string("notices.receivers.connect")()
        import_string("users.account_data.PARTS")["muted"] = import_string("notices.account_data.muted_rows")
        import_string("genonaut.upkeep.TASKS")["Marking notices"] = import_string("notices.marking.go_on_marking")
        import_string("genonaut.upkeep.TASKS")["Clearing old notices"] = import_string("notices.clearing.clear_old")
