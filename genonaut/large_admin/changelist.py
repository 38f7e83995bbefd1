"""Changelists whose pages come by rank or from index scans, and the filter that names one related row."""

import logging
from collections.abc import Iterator
from functools import cached_property
from typing import Any, NamedTuple

from django.contrib import messages
from django.contrib.admin.filters import FieldListFilter
from django.contrib.admin.options import ModelAdmin
from django.contrib.admin.views.main import ORDER_VAR, ChangeList
from django.core.paginator import Page
from django.db.models import Field, Model, QuerySet
from django.http import HttpRequest

from genonaut import flags
from genonaut.large_admin.dates import UNITS, Counted, Period, Span, counted_parts
from genonaut.large_admin.paginators import RankedPaginator
from genonaut.pagination.totals import Total, TotalKind
from genonaut.pagination.wording import total_text
from genonaut.ranking import NotReadyError

logger = logging.getLogger(__name__)


class DateLink(NamedTuple):
    """A link to the rows of a period; of all time, where it is called so. `count` is None if it was not counted."""

    text: str
    url: str
    count: int | None = None


class RunsChangeList(ChangeList):
    """A changelist whose pages come from a RunsPaginator; it is sorted by one column at a time.

    What the address says of a date narrows it beside Django's filters, which know nothing of it.
    """

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

    # --- Dates

    @cached_property
    def date_parameters(self) -> dict[str, str]:
        """The parameters of the address that name a date, by unit; none in a list without a sort by time."""
        time_sort = self.model_admin.time_sort
        return {unit: f"{time_sort}__{unit}" for unit in UNITS} if time_sort in self.model_admin.sorts else {}

    @cached_property
    def given_dates(self) -> dict[str, str]:
        """What the address says of a date, by unit."""
        return {unit: self.params[name] for unit, name in self.date_parameters.items() if name in self.params}

    @cached_property
    def period(self) -> Period | None:
        """The period to which the list is narrowed; None for all time, or where there is no such date."""
        try:
            return Period.read(self.given_dates)
        except ValueError:
            return None

    def get_filters_params(self, params: dict[str, list[str]] | None = None) -> dict[str, list[str]]:
        """Return the parameters that are filters: dates are none."""
        dates = self.date_parameters.values()
        return {name: values for name, values in super().get_filters_params(params).items() if name not in dates}

    def get_queryset(self, request: HttpRequest, exclude_parameters: list[str] | None = None) -> QuerySet:
        """Return the rows of the list; `undated` are those of all time."""
        self.undated = super().get_queryset(request, exclude_parameters)
        return self.undated if self.span is None else self.undated.filter(self.span.condition)

    @property
    def span(self) -> Span | None:
        """The period as a condition."""
        return None if self.period is None else Span(self.model_admin.time_sort, self.period)

    @property
    def date_path(self) -> list[DateLink]:
        """Links to the list of all time and to the periods around this one, down to itself; none for all time."""
        if self.period is None:
            return []
        every = DateLink("All dates", self._dated(None))
        return [every, *(DateLink(str(period), self._dated(period)) for period in self.period.path)]

    @property
    def date_parts(self) -> list[DateLink]:
        """Links to the years of the list, the months of its year or the days of its month."""
        return [DateLink(str(part), self._dated(part), count) for part, count in self.counted_parts]

    def _dated(self, period: Period | None) -> str:
        numbers = {} if period is None else period.numbers
        changed = {name: numbers.get(unit) for unit, name in self.date_parameters.items()}
        return self.get_query_string(changed)

    # --- The page

    def get_results(self, request: HttpRequest) -> None:
        """Read the page asked for; past the end, the last one, and say so."""
        if self.given_dates and self.period is None:
            self._tell_wrong_date(request)
        try:
            page = self._read(allow_ranking=flags.is_on(flags.Flag.RANKED_PAGES))
        except NotReadyError as error:
            logger.warning("%s", error)
            page = self._read(allow_ranking=False)
        if self.page_num > page.number:
            self._tell_end(request, page)
        self.page_num = page.number
        self.result_list = page.object_list
        total = self.total
        self.result_count = total.count
        self.result_text = total_text(total)
        self.first_position = page.start_index()
        self.last_position = self.first_position + max(len(page.object_list) - 1, 0)
        self.full_result_count = None
        self.show_full_result_count = self.can_show_all = False
        self.show_admin_actions = True
        self.multi_page = self.paginator.num_pages > 1

    def _read(self, *, allow_ranking: bool) -> Page:
        """Return the page asked for, or the nearest there is, and count what its dates lead to."""
        options = {"span": self.span, "allow_ranking": allow_ranking}
        order = self.model_admin.order(*self.sort)
        self.paginator = self.model_admin.pages(self.undated, self.list_per_page, order, **options)
        page = self.paginator.nearest_page(self.page_num)
        self.counted_parts = self._counted_parts(allow_ranking=allow_ranking) if self.paginator.count else []
        return page

    @property
    def total(self) -> Total:
        """How many rows the list has; where its own sort does not tell exactly, its dates do."""
        total = self.paginator.total
        if total.is_exact or not self.counted_parts:
            return total
        return Total(sum(count for _, count in self.counted_parts), TotalKind.EXACT)

    def _counted_parts(self, *, allow_ranking: bool) -> Counted:
        """Return how many rows each part of the period has; nothing where no ranking counts them."""
        if not self.date_parameters:
            return []
        by_time = self.model_admin.order(self.model_admin.time_sort, True)
        pages = self.model_admin.pages(self.undated, self.list_per_page, by_time, allow_ranking=allow_ranking)
        return counted_parts(pages.ranked_pages, self.period) if isinstance(pages, RankedPaginator) else []

    def _tell_wrong_date(self, request: HttpRequest) -> None:
        for name in self.date_parameters.values():
            self.params.pop(name, None)
            self.filter_params.pop(name, None)
        messages.warning(request, "The address named no date that there is: these are the rows of all dates.")

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
