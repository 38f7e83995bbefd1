"""The admin of large tables: lists that never count or scan a whole table, forms and confirmations that never load one.

    @admin.register(Interaction)
    class InteractionAdmin(LargeTableAdmin):
        sorts = InteractionListing.sorts
        list_filter = ("kind", ("user", RelatedRowFilter))

A list that one of the model's rankings counts has every page, the exact total and links by date with exact numbers.
Another that an index gives in order is read along it; any other is counted within a budget, collected and sorted where
it is small, and scanned along the sort's index where it is large: what `Listing` does, for Django's changelists.
"""

from genonaut.large_admin.changelist import RelatedRowFilter, RunsChangeList
from genonaut.large_admin.facts import FactsAdmin
from genonaut.large_admin.history import log_changes, logged_changes
from genonaut.large_admin.links import as_id, change_link
from genonaut.large_admin.options import LargeTableAdmin
from genonaut.large_admin.parameters import OwnParametersAdmin
from genonaut.large_admin.row_forms import RowAdmin, RowForm

__all__ = [
    "FactsAdmin",
    "LargeTableAdmin",
    "OwnParametersAdmin",
    "RelatedRowFilter",
    "RowAdmin",
    "RowForm",
    "RunsChangeList",
    "as_id",
    "change_link",
    "log_changes",
    "logged_changes",
]
