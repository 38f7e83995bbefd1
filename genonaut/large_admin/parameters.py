"""The query string of an admin's list: parameters of others are passed over, wrong ones named in a clear answer."""

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IS_POPUP_VAR, TO_FIELD_VAR
from django.contrib.admin.views.main import ALL_VAR, ERROR_FLAG, IS_FACETS_VAR, ORDER_VAR, PAGE_VAR, SEARCH_VAR
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse

from genonaut.large_admin.row_forms import RowAdmin
from genonaut.pagination.errors import InvalidParametersError
from genonaut.pagination.parameters import VOCABULARY

OWN = {ALL_VAR, ERROR_FLAG, IS_FACETS_VAR, IS_POPUP_VAR, ORDER_VAR, PAGE_VAR, SEARCH_VAR, TO_FIELD_VAR}
HINTS = {
    "page": f"The pages of this list go by “{PAGE_VAR}”.",
    "sort": f"This list is sorted by the number of a column, “{ORDER_VAR}”.",
}


class OwnParametersAdmin(RowAdmin):
    """An admin whose list passes over parameters that are no filters.

    Django answers a parameter that it does not know with a redirect to the unfiltered list, or with 400.
    """

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Show the list, or do an action. Raises InvalidParametersError.

        Wrong are parameters that only the gallery's lists have, and rows of an action by what is no id of theirs.
        """
        wrong = {name: [HINTS.get(name, "No parameter of this list.")] for name in VOCABULARY if name in request.GET}
        if not all(map(self._is_id, request.POST.getlist(ACTION_CHECKBOX_NAME))):
            wrong["rows"] = ["What was ticked is no row of this list."]
        if wrong:
            raise InvalidParametersError(wrong)
        if ERROR_FLAG in request.GET and request.method == "GET":
            messages.warning(request, "A filter of that address was not understood and left out.")
        query = request.GET.copy()
        for name in [name for name in query if name not in OWN and not self._is_lookup(name)]:
            del query[name]
        request.GET = query
        return super().changelist_view(request, extra_context)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Return whether the list may be filtered so: by nothing that PostgreSQL cannot hold."""
        return "\0" not in value and super().lookup_allowed(lookup, value, request)

    def _is_id(self, text: str) -> bool:
        """Return whether a text may be the primary key of a row, there or not."""
        try:
            self.opts.pk.to_python(text)
        except ValidationError:
            return False
        return "\0" not in text

    def _is_lookup(self, name: str) -> bool:
        """Return whether a parameter looks like one that Django filters by; it refuses what the list does not allow."""
        return "__" in name or name in {field.name for field in self.opts.get_fields()}
