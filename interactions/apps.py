"""The interactions app."""

from django.apps import AppConfig
from django.utils.module_loading import import_string


class InteractionsConfig(AppConfig):
    """Registers the interactions domain with Django."""

    name = "interactions"

    def ready(self) -> None:
        """Have likes and ratings counted and duplicates merged in the background, let what visitors wanted be done once
        they sign in, keep the ratings that files bring along, and add a file to the copy of an account's data."""
        # They import models, which are not there yet while this module is read.
        import_string("interactions.intended.register")()
        import_string("users.account_data.PARTS")["interactions"] = import_string(
            "interactions.account_data.interaction_rows"
        )
        import_string("interactions.file_ratings.connect")()
        counted = import_string("interactions.counting.compact_when_due")
        import_string("genonaut.upkeep.TASKS")["Counting likes"] = counted
        import_string("genonaut.upkeep.TASKS")["Merging works"] = import_string("interactions.merging.go_on_merging")
        import_string("genonaut.status.panels.PANELS")["Likes and comments"] = import_string(
            "interactions.status.interactions_panel"
        )
