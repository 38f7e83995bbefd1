"""Pages of a changelist: which index scans make it up, whether a ranking counts it, and its rows by number."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import BooleanField, Field, Model, QuerySet
from django.db.models.expressions import Col
from django.db.models.lookups import Exact
from django.db.models.sql.where import AND, WhereNode

from genonaut import flags
from genonaut.large_admin.dates import Span
from genonaut.pagination.indexes import Prefixes, index_scans, is_split_by
from genonaut.pagination.key_pages import PastEndError
from genonaut.pagination.keyset import KeyValues, Order
from genonaut.pagination.plain import MAX_OFFSET
from genonaut.pagination.ranked import RankedList, RankedPages, RankedRows
from genonaut.pagination.scan_union import ScanUnion
from genonaut.pagination.totals import COUNT_BUDGET, Total, TotalKind, total_of
from genonaut.pagination.ways import Way, note
from genonaut.pagination.windows import Windows, within
from genonaut.ranking import NotReadyError, Ranking, Rankings

# Reads of a last page while rows go.
NEAREST_TRIES = 3

Fixed = Mapping[str, Any]


def fixed_by(where: WhereNode) -> dict[str, Any] | None:
    """Return the columns, by name, that a condition fixes to one value each; None where it does anything else."""
    if where.negated or (where.connector != AND and len(where.children) > 1):
        return None
    found: dict[str, Any] = {}
    for child in where.children:
        if isinstance(child, WhereNode):
            some = fixed_by(child)
        else:
            is_plain = isinstance(child, Exact) and isinstance(child.lhs, Col)
            some = {child.lhs.target.name: child.rhs} if is_plain else None
        if some is None or any(found.get(name, value) != value for name, value in some.items()):
            return None
        found |= some
    return found


def few_values(field: Field) -> list[Any] | None:
    """Return all values of a column that has few: its choices, or true and false; None for any other."""
    if isinstance(field, BooleanField):
        return [False, True]
    return [value for value, _ in field.flatchoices] or None


class RunsPaginator(Paginator):
    """Numbered pages of a queryset: ids first, from an index, then their rows by primary key.

    They reach the first MAX_OFFSET rows. `span` narrows the queryset further; `load` says what of the rows is read.
    Three to five queries.
    """

    def __init__(
        self, queryset: QuerySet, per_page: int, *, order: Order, prefixes: Prefixes, span: Span | None = None
    ) -> None:
        super().__init__(queryset, per_page)
        self.order = order
        self.prefixes = prefixes
        self.span = span
        self.load = lambda rows: rows

    @cached_property
    def fixed(self) -> Fixed | None:
        """The columns that the list's condition fixes to one value each; None where it does anything else."""
        return fixed_by(self.object_list.query.where)

    @cached_property
    def choices(self) -> dict[str, list[Any]]:
        """All values of the columns that have few, among those that indexes begin with and hold all values of.

        Only works that lead a stack have indexes by that: those that do not would be walked to.
        """
        model = self.order.model
        fields = {name: model._meta.get_field(name) for prefix in self.prefixes for name in prefix}
        few = {name: values for name, field in fields.items() if (values := few_values(field))}
        return {name: values for name, values in few.items() if is_split_by(model, name, tuple(values))}

    @cached_property
    def index_scans(self) -> list[Fixed] | None:
        """The index scans that make up the list; None where it has to be collected, or filtered on the way."""
        return None if self.fixed is None else index_scans(self.fixed, self.choices, self.prefixes)

    @cached_property
    def parts(self) -> list[Fixed]:
        """The disjoint parts to read: the index scans, or those of the whole list that this one is found in by
        filtering.

        One creator's items of one type are looked for among the creator's, which partial indexes hold in two parts.
        """
        if self.index_scans is not None:
            return self.index_scans
        narrow = {name: value for name, value in (self.fixed or {}).items() if name not in self.choices}
        return (narrow and index_scans(narrow, self.choices, self.prefixes)) or [{}]

    @property
    def is_span_of_order(self) -> bool:
        """Whether the list's span, if any, is one of the order's own first key."""
        return self.span is None or self.span.field == self.order.keys[0]

    @property
    def is_index_served(self) -> bool:
        """Whether indexes give exactly this list in exactly this order."""
        return self.index_scans is not None and self.is_span_of_order

    @cached_property
    def ranking(self) -> Ranking | None:
        """The ranking that counts the list: one of its order, where the condition is one of its facets alone."""
        ranking = ranking_of(self.order)
        if ranking is None or self.fixed is None or not self.is_span_of_order:
            return None
        return ranking if self.fixed.keys() <= ranking.owner.facets.keys() else None

    @cached_property
    def total(self) -> Total:
        """How many rows the list has, and how it is known."""
        return total_of(self._scan_union(is_collected=not self.is_index_served))

    def count_within_budget(self) -> None:
        """Count no further than the budget: the length of a list that is only leafed through is not asked for."""
        counted = self._scan_union(is_collected=not self.is_index_served).count_up_to(COUNT_BUDGET + 1)
        kind = TotalKind.EXACT if counted <= COUNT_BUDGET else TotalKind.AT_LEAST
        self.total = Total(min(counted, COUNT_BUDGET), kind)

    @cached_property
    def count(self) -> int:
        """The number of rows as far as it is known."""
        return self.total.count

    @property
    def max_offset(self) -> int:
        """How many rows the numbered pages reach."""
        return MAX_OFFSET

    @property
    def is_cut(self) -> bool:
        """Whether the list goes on beyond its last numbered page."""
        return self.count > MAX_OFFSET

    @cached_property
    def num_pages(self) -> int:
        """How many pages can be asked for by number."""
        return pages_of(min(self.count, MAX_OFFSET), self.per_page)

    def page(self, number: int) -> Page:
        """Return one page. Raises InvalidPage where there is none of that number."""
        number = self.validate_number(number)
        note(Way.PLAIN)
        offset = (number - 1) * self.per_page
        keys = self._within_window(offset)
        if keys is None:
            scans = self._scan_union(is_collected=self.total.is_collectable and not self.is_index_served)
            keys = scans.at_offset(offset, self.per_page)
        return self._get_page(self._rows(keys), number, self)

    def _within_window(self, offset: int) -> list[KeyValues] | None:
        """Return a page's keys from a window of the order's index; None if they are better read from elsewhere."""
        rows = min(self.per_page, max(self.count - offset, 0)) if self.total.is_exact else self.per_page
        ranking = ranking_of(self.order)
        if ranking is None or self.is_index_served or self.parts != [{}] or not rows:
            return None
        if not flags.is_on(flags.Flag.RANKED_PAGES):
            return None
        lower, upper = self.span.key_bounds if self.span is not None and self.is_span_of_order else (None, None)
        everything = RankedRows({}, [self.order.model._default_manager.all()])
        unfiltered = RankedPages(RankedList(ranking, self.order, lambda: everything, lower=lower, upper=upper))
        querysets = self._scan_union(is_collected=True).querysets
        return within(
            lambda expected: Windows(lambda _sides: querysets, self.order, unfiltered, expected),
            self.total,
            lambda windows: windows.at_offset(offset, rows),
        )

    def nearest_page(self, number: int) -> Page:
        """Return the page of this number, or the nearest one there is; an estimate may have promised more."""
        page = self.page(min(max(number, 1), self.num_pages))
        if not page.object_list and page.number > 1:
            self.total = Total(self._scan_union(is_collected=False).count_up_to(MAX_OFFSET), TotalKind.EXACT)
            del self.count, self.num_pages
            page = self.page(min(page.number, self.num_pages))
        return page

    def _scan_union(self, *, is_collected: bool) -> ScanUnion:
        querysets = self._querysets()
        if self.span is not None:
            querysets = [queryset.filter(self.span.condition) for queryset in querysets]
        return ScanUnion(querysets, self.order, is_collected=is_collected)

    def _querysets(self) -> list[QuerySet]:
        return [self.object_list.filter(**part) for part in self.parts]

    def _rows(self, keys: list[KeyValues]) -> list[Model]:
        model = self.order.model
        ids = [key[-1] for key in keys]
        rows = self.load(model._default_manager.filter(pk__in=ids)).order_by()
        found = {row.serializable_value(model._meta.pk.attname): row for row in rows}
        return [found[pk] for pk in ids if pk in found]


class RankedPaginator(RunsPaginator):
    """Every page of a list that a ranking counts, by its number, and the exact total.

    Two queries, three for a page past the end. Raises NotReadyError.
    """

    is_cut = False

    @cached_property
    def ranked_pages(self) -> RankedPages:
        """The list by rank."""
        lower, upper = (None, None) if self.span is None else self.span.key_bounds
        return RankedPages(
            RankedList(
                ranking=self.ranking,
                order=self.order,
                compose=lambda: RankedRows({name: [value] for name, value in self.fixed.items()}, self._querysets()),
                lower=lower,
                upper=upper,
            )
        )

    @cached_property
    def num_pages(self) -> int:
        """How many pages there are."""
        return pages_of(self.count, self.per_page)

    def page(self, number: int) -> Page:
        """Return one page. Raises PastEndError."""
        part = self.ranked_pages.at((number - 1) * self.per_page, self.per_page)
        self.total = part.total
        return self._get_page(self._rows(part.keys), number, self)

    def nearest_page(self, number: int) -> Page:
        """Return the page of this number, or the nearest one there is."""
        wanted = max(number, 1)
        for _ in range(NEAREST_TRIES):
            try:
                return self.page(wanted)
            except PastEndError as error:
                wanted = pages_of(error.rows, self.per_page)
        # Rows go faster than they are read, or the ranking counts some that are not there.
        raise NotReadyError(f"The last page of {self.order.model._meta.label} is not where its ranking says.")


def ranking_of(order: Order) -> Ranking | None:
    """Return the ranking of an order; None if its model declares none."""
    rankings: Rankings | None = getattr(order.model, "rankings", None)
    return next((ranking for ranking in (rankings or {}).values() if ranking.order == order.keys), None)


def pages_of(rows: int, per_page: int) -> int:
    """Return how many pages so many rows take; an empty list has one."""
    return max(1, -(-rows // per_page))


def bounded_count(queryset: QuerySet) -> Total:
    """Count the rows within the budget. One query."""
    counted = queryset.order_by().values("pk")[: COUNT_BUDGET + 1].count()
    if counted > COUNT_BUDGET:
        return Total(COUNT_BUDGET, TotalKind.AT_LEAST)
    return Total(counted, TotalKind.EXACT)
