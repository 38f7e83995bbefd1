"""The albums app."""

from django.apps import AppConfig
from django.utils.module_loading import import_string


class AlbumsConfig(AppConfig):
    """Registers the albums domain with Django."""

    name = "albums"

    def ready(self) -> None:
        """Offer albums where many works are chosen, add a file to the copy of an account's data, and follow merges and
        accounts that are closed."""
        # They import models, which are not there yet while this module is read.
        import_string("users.account_data.PARTS")["albums"] = import_string("albums.account_data.album_rows")
        import_string("users.accounts.CLOSINGS")["albums"] = import_string("albums.sharing.hide_albums")
        import_string("albums.merging.connect")()
        import_string("culling.actions.register")(*import_string("albums.bulk.ACTIONS"))
