"""The admin of exports: looked at, and not changed here. Their files are their members' alone."""

from django.contrib import admin
from django.db.models import Q

from exports.models import Export
from genonaut.pagination.indexes import Prefixes
from genonaut.pagination.keyset import Order
from users.access_admin import OfUserAdmin, of_username


@admin.register(Export)
class ExportAdmin(OfUserAdmin):
    """Works that members asked for as zips, those that are kept for longest first."""

    sorts = {"expires_at": ("expires_at", "id")}
    default_sort = "expires_at"
    list_display = ("__str__", "user_link", "state", "works", "created_at", "finished_at", "expires_at")
    list_only = ("total", "user__username", "works", "error", "created_at", "finished_at", "expires_at")
    search_fields = ("user",)
    search_help_text = "A whole username."
    fields = (
        *("user_link", "query", "state", "total", "works", "failures", "error"),
        *("created_at", "finished_at", "expires_at"),
    )

    def prefixes(self, order: Order) -> Prefixes:
        """Return none: the index of `expires_at` gives the order, and the few of one moment are sorted by id."""
        return ((),)

    @admin.display(description="state")
    def state(self, export: Export) -> str:
        """Return how far it is."""
        if export.finished_at is None:
            return "Being made"
        return "Ended early" if export.error else "Ready"

    def search(self, term: str) -> Q:
        """Return the condition of a search."""
        return of_username(term)
