"""Changelists over pages of runs, and the filter that names one related row."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.contrib.admin.filters import FieldListFilter
from django.contrib.admin.options import ModelAdmin
from django.contrib.admin.views.main import ORDER_VAR, ChangeList
from django.core.paginator import Page
from django.db.models import Field, Model, QuerySet
from django.http import HttpRequest

from genonaut.pagination.wording import total_text


class RunsChangeList(ChangeList):
    """A changelist whose pages come from a RunsPaginator; it is sorted by one column at a time."""

    @cached_property
    def sort(self) -> tuple[str, bool]:
        """The column sorted by, and whether descending; the admin's default for anything that is no such column."""
        for part in str(self.params.get(ORDER_VAR, "")).split("."):
            _, sign, digits = part.rpartition("-")
            index = int(digits) if digits.isdecimal() and len(digits) < 4 else len(self.list_display)
            if index < len(self.list_display) and self.list_display[index] in self.model_admin.sorts:
                return self.list_display[index], sign == "-"
        return self.model_admin.default_sort, True

    def get_ordering(self, request: HttpRequest, queryset: QuerySet) -> list[Any]:
        """Return the order as Django writes it; an action sorts its few rows by it."""
        order = self.model_admin.order(*self.sort)
        return [key.desc() if order.is_descending else key.asc() for key in order.expressions]

    def get_ordering_field_columns(self) -> dict[int, str]:
        """Return the number of the column sorted by, and its direction."""
        name, is_descending = self.sort
        columns = [index for index, column in enumerate(self.list_display) if column == name]
        return dict.fromkeys(columns, "desc" if is_descending else "asc")

    def get_results(self, request: HttpRequest) -> None:
        """Read the page asked for; past the end, the last one, and say so."""
        self.paginator = self.model_admin.pages(self.queryset, self.list_per_page, self.model_admin.order(*self.sort))
        page = self.paginator.nearest_page(self.page_num)
        if self.page_num > page.number:
            self._tell_end(request, page)
        self.page_num = page.number
        self.result_list = page.object_list
        self.result_count = self.paginator.count
        self.result_text = total_text(self.paginator.total)
        self.full_result_count = None
        self.show_full_result_count = self.can_show_all = False
        self.show_admin_actions = True
        self.multi_page = self.paginator.num_pages > 1

    def _tell_end(self, request: HttpRequest, page: Page) -> None:
        text = f"Page {self.page_num:,} does not exist: this is page {page.number:,}, the last."
        if self.paginator.is_cut:
            text = (
                f"Page numbers reach page {page.number:,} of this list, which is shown. "
                "Search, filter or sort the other way round to see further rows."
            )
        messages.warning(request, text)


class RelatedRowFilter(FieldListFilter):
    """Says to which related row a list is narrowed, and leads out again. It offers no others: they may be millions."""

    def __init__(
        self,
        field: Field,
        request: HttpRequest,
        params: dict[str, list[str]],
        model: type[Model],
        model_admin: ModelAdmin,
        field_path: str,
    ) -> None:
        self.parameter = f"{field_path}__id__exact"
        super().__init__(field, request, params, model, model_admin, field_path)

    def expected_parameters(self) -> list[str]:
        """Return the parameter that names the row."""
        return [self.parameter]

    def has_output(self) -> bool:
        """Return whether the list is narrowed."""
        return self.parameter in self.used_parameters

    def choices(self, changelist: ChangeList) -> Iterator[dict[str, Any]]:
        """Yield the way out and the row. One query."""
        pk = self.used_parameters[self.parameter][-1]
        row = self.field.remote_field.model._base_manager.filter(pk=pk).first()
        every = changelist.get_query_string(remove=[self.parameter])
        yield {"selected": False, "query_string": every, "display": "All"}
        here = changelist.get_query_string()
        yield {"selected": True, "query_string": here, "display": f"#{pk}" if row is None else str(row)}
