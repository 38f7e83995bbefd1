"""The admin of rows that refer to a user and an item."""

from django.contrib import admin
from django.db.models import Model, Q

from genonaut.large_admin import LargeTableAdmin, as_id, change_link
from users.models import User

ITEM_PREFIX = "item:"


def of_user_or_item(term: str, *, item: str) -> Q:
    """Return the condition of a search among rows that refer to a user and an item: by id, username or item's id.

    One query where it is a username: looked up first, so that the list is read along that user's index.
    """
    if term.isdecimal():
        return as_id(term)
    if term.lower().startswith(ITEM_PREFIX):
        pk = dict(as_id(term[len(ITEM_PREFIX) :].strip()).children).get("pk")
        return Q(pk__in=[]) if pk is None else Q(**{item: pk})
    user = User.objects.pk_named(term)
    return Q(pk__in=[]) if user is None else Q(user=user)


class UserAndItemAdmin(LargeTableAdmin):
    """An admin of rows that refer to a user and an item; `item_field` names the reference to the item."""

    item_field = "content"
    search_fields = ("id", "user", "content")
    search_help_text = "An id, a whole username, or item: and the id of an item, as in item:42."

    @admin.display(description="user")
    def user_link(self, row: Model) -> str:
        """Return a link to the user; one whose account was deleted has none."""
        return change_link(row.user) if row.user else "–"

    @admin.display(description="item")
    def content_link(self, row: Model) -> str:
        """Return a link to the item; a row without one has none."""
        item = getattr(row, self.item_field)
        return change_link(item) if item else "–"

    def search(self, term: str) -> Q:
        """Return the condition of a search."""
        return of_user_or_item(term, item=self.item_field)
