"""The people app."""

from django.apps import AppConfig
from django.utils.module_loading import import_string


class PeopleConfig(AppConfig):
    """Registers what is a person's own with Django: their lists, whom they follow, and their feed."""

    name = "people"

    def ready(self) -> None:
        """Let visitors follow people once they sign in, add a file to the copy of an account's data, have histories
        cleared in the background, and let members export their lists."""
        # They import models, which are not there yet while this module is read.
        import_string("users.account_data.PARTS")["follows"] = import_string("people.account_data.follow_rows")
        follow = import_string("users.intents.Deed")(import_string("people.follows.follow"))
        import_string("users.intents.DEEDS")["follow"] = follow
        import_string("genonaut.upkeep.TASKS")["Clearing histories"] = import_string("people.histories.clear_histories")
        lists, own = import_string("exports.choices.OWN_LISTS"), import_string("exports.choices.OwnList")
        lists["works"] = own(*map(import_string, ("people.shelves.OWN_WORKS", "people.shelves.made_by")))
        lists["likes"] = own(import_string("people.shelves.LIKES"))
        lists["bookmarks"] = own(import_string("people.shelves.BOOKMARKS"))
