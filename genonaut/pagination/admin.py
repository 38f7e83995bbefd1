"""The admin of large tables: lists that never count or walk a whole table, forms and confirmations that never load one.

    @admin.register(Interaction)
    class InteractionAdmin(LargeTableAdmin):
        sorts = InteractionListing.sorts
        indexes = {"created_at": ((), ("kind",), ("user",), ("user", "kind"))}
        list_filter = ("kind", ("user", RelatedRowFilter))

A list that an index gives in order is read along it; any other is counted within a budget, collected and sorted where
it is small, and walked along the sort's index where it is large: what `Listing` does, for Django's changelists.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.filters import FieldListFilter
from django.contrib.admin.helpers import ActionForm
from django.contrib.admin.options import ModelAdmin, ShowFacets
from django.contrib.admin.views.main import ORDER_VAR, ChangeList
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import ValidationError
from django.core.paginator import Page, Paginator
from django.db.models import CASCADE, BooleanField, Field, ForeignKey, JSONField, Model, Q, QuerySet
from django.db.models.deletion import get_candidate_relations_to_delete
from django.db.models.expressions import Col
from django.db.models.lookups import Exact
from django.db.models.sql.where import AND, WhereNode
from django.forms.fields import InvalidJSONInput
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst

from genonaut.pagination.keyset import Key, KeyValues, Order
from genonaut.pagination.listing import NUMBERED_REACH
from genonaut.pagination.runs import Runs
from genonaut.pagination.totals import COUNT_BUDGET, Total, TotalKind, total_of

Fixed = Mapping[str, Any]
Prefixes = Sequence[Sequence[str]]
# A bigint has 19 digits; what is longer is no id, and would be compared as a numeric, without an index.
MAX_ID_DIGITS = 18


# --- Which index walks make up a list


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
        if some is None:
            return None
        found |= some
    return found


def walks(fixed: Fixed, choices: Mapping[str, Sequence[Any]], prefixes: Prefixes) -> list[Fixed] | None:
    """Return the disjoint conditions that split a list so that each is one walk of an index; None where none do.

    `prefixes` are the columns that the sort's indexes begin with; `choices` all values of the columns that have few.
    """
    if any(fixed.keys() == set(prefix) for prefix in prefixes):
        return [fixed]
    for name in choices.keys() - fixed.keys():
        if not any({name, *fixed} <= set(prefix) for prefix in prefixes):
            continue
        parts = [walks({**fixed, name: value}, choices, prefixes) for value in choices[name]]
        if None not in parts:
            return [walk for part in parts for walk in part]
    return None


def few_values(field: Field) -> list[Any] | None:
    """Return all values of a column that has few: its choices, or true and false; None for any other."""
    if isinstance(field, BooleanField):
        return [False, True]
    return [value for value, _ in field.flatchoices] or None


# --- Pages


class RunsPaginator(Paginator):
    """Numbered pages of a queryset: ids first, from an index, then their rows by primary key.

    They reach the first NUMBERED_REACH rows. `load` says what of the rows is read. Three to five queries.
    """

    def __init__(self, queryset: QuerySet, per_page: int, *, order: Order, prefixes: Prefixes) -> None:
        super().__init__(queryset, per_page)
        self.order = order
        self.prefixes = prefixes
        self.load = lambda rows: rows

    @cached_property
    def walks(self) -> list[Fixed] | None:
        """The index walks that make up the list; None where it has to be collected, or filtered on the way."""
        fixed = fixed_by(self.object_list.query.where)
        if fixed is None:
            return None
        fields = {name: self.order.model._meta.get_field(name) for prefix in self.prefixes for name in prefix}
        choices = {name: values for name, field in fields.items() if (values := few_values(field))}
        return walks(fixed, choices, self.prefixes)

    @cached_property
    def total(self) -> Total:
        """How many rows the list has, and how it is known."""
        return total_of(self._runs(is_collected=self.walks is None))

    @cached_property
    def count(self) -> int:
        """The number of rows as far as it is known."""
        return self.total.count

    @property
    def reach(self) -> int:
        """How many rows the numbered pages reach."""
        return NUMBERED_REACH

    @property
    def is_cut(self) -> bool:
        """Whether the list goes on beyond its last numbered page."""
        return self.count > NUMBERED_REACH

    @cached_property
    def num_pages(self) -> int:
        """How many pages can be asked for by number."""
        return max(1, -(-min(self.count, NUMBERED_REACH) // self.per_page))

    def page(self, number: int) -> Page:
        """Return one page. Raises InvalidPage where there is none of that number."""
        number = self.validate_number(number)
        is_small = self.total.is_exact and self.count <= COUNT_BUDGET
        runs = self._runs(is_collected=is_small and self.walks is None)
        keys = runs.at_offset((number - 1) * self.per_page, self.per_page)
        return self._get_page(self._rows(keys), number, self)

    def nearest_page(self, number: int) -> Page:
        """Return the page of this number, or the nearest one there is; an estimate may have promised more."""
        page = self.page(min(max(number, 1), self.num_pages))
        if not page.object_list and page.number > 1:
            self.total = Total(self._runs(is_collected=False).count_up_to(NUMBERED_REACH), TotalKind.EXACT)
            del self.count, self.num_pages
            page = self.page(min(page.number, self.num_pages))
        return page

    def _runs(self, *, is_collected: bool) -> Runs:
        parts = [{}] if self.walks is None else self.walks
        return Runs([self.object_list.filter(**part) for part in parts], self.order, is_collected=is_collected)

    def _rows(self, keys: list[KeyValues]) -> list[Model]:
        model = self.order.model
        ids = [key[-1] for key in keys]
        rows = self.load(model._default_manager.filter(pk__in=ids)).order_by()
        found = {row.serializable_value(model._meta.pk.attname): row for row in rows}
        return [found[pk] for pk in ids if pk in found]


def total_text(total: Total) -> str:
    """Return a total as it may be said: "1,204", "about 9,980,000" or "more than 10,000"."""
    if total.kind is TotalKind.EXACT:
        return f"{total.count:,}"
    if total.kind is TotalKind.ESTIMATE:
        return f"about {int(float(f'{total.count:.2e}')):,}"
    return f"more than {total.count:,}"


def bounded_count(queryset: QuerySet) -> Total:
    """Count the rows within the budget. One query."""
    counted = queryset.order_by().values("pk")[: COUNT_BUDGET + 1].count()
    if counted > COUNT_BUDGET:
        return Total(COUNT_BUDGET, TotalKind.AT_LEAST)
    return Total(counted, TotalKind.EXACT)


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


# --- Forms


class RelatedSelect(AutocompleteSelect):
    """Django's autocomplete, which breaks on a value that is no id."""

    def optgroups(self, name: str, value: list[str], attr: dict[str, Any] | None = None) -> list[Any]:
        """Return the selected row alone; what is no id selects none."""
        ids = [text for text in map(str, value) if text.isdecimal() and len(text) <= MAX_ID_DIGITS]
        return super().optgroups(name, ids, attr)


class JSONObjectField(forms.JSONField):
    """A JSON object that jsonb can keep: no NUL character, no unpaired surrogate, no infinity, not too deep."""

    def to_python(self, value: Any) -> Any:  # noqa: ANN401 - any JSON
        """Return the object. Raises ValidationError."""
        try:
            found = super().to_python(value)
            text = json.dumps(found, ensure_ascii=False, allow_nan=False)
        except ValidationError:
            raise
        except (ValueError, RecursionError) as error:
            raise ValidationError("Enter JSON of sensible depth and finite numbers.") from error
        if found is not None and not isinstance(found, dict):
            raise ValidationError("Enter a JSON object: {...}.")
        if "\\u0000" in text or any("\ud800" <= character <= "\udfff" for character in text):
            raise ValidationError("NUL characters and unpaired surrogates cannot be stored.")
        return found

    def clean(self, value: Any) -> Any:  # noqa: ANN401 - any JSON
        """Return the object; nothing entered is an empty one."""
        found = super().clean(value)
        return {} if found is None else found

    def bound_data(self, data: Any, initial: Any) -> Any:  # noqa: ANN401 - any JSON
        """Return what was entered, so that it can be shown again."""
        try:
            return super().bound_data(data, initial)
        except (ValueError, RecursionError):
            return InvalidJSONInput(data)

    def prepare_value(self, value: Any) -> str:  # noqa: ANN401 - any JSON
        """Return the JSON as text, one line for each key."""
        if isinstance(value, InvalidJSONInput):
            return value
        return json.dumps(value, ensure_ascii=False, indent=2, cls=self.encoder)


class PageActionForm(ActionForm):
    """Actions apply to the rows ticked on the page: never to "all 8,000,000 selected"."""

    def clean_select_across(self) -> bool:
        """Return False, whatever was sent."""
        return False


# --- Links and deletions


def change_link(row: Model) -> str:
    """Return a link to a row's change form."""
    options = row._meta
    url = reverse(f"admin:{options.app_label}_{options.model_name}_change", args=[row.pk])
    return format_html('<a href="{}">{}</a>', url, row)


class Consequence(NamedTuple):
    """What becomes of the rows that refer to those being deleted."""

    text: str
    is_kept: bool


class LargeTableAdmin(ModelAdmin):
    """An admin whose every page costs the same whether the table has a thousand rows or ten million."""

    # Sort keys by column, as in Listing.sorts; the first, or `default_sort`, is the default, descending.
    sorts: ClassVar[Mapping[str, tuple[Key, ...]]]
    default_sort = "created_at"
    # By sort, the columns that its indexes begin with: what the list can be narrowed to and stay a walk along one.
    indexes: ClassVar[Mapping[str, Prefixes]]
    # Loaded for the list; everything else stays in the database.
    list_only: ClassVar[tuple[str, ...]]
    # By relation whose on_delete keeps some rows: which ones go.
    partly_deleted: ClassVar[Mapping[str, Q]] = {}
    record_fields: ClassVar[tuple[str, ...]] = ("related_rows", "created_at")

    list_per_page = 50
    list_select_related = False
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    date_hierarchy = None
    action_form = PageActionForm
    formfield_overrides = {JSONField: {"form_class": JSONObjectField}}

    # --- Lists

    def order(self, sort: str, is_descending: bool) -> Order:
        """Return the order of a sort."""
        return Order(self.model, self.sorts[sort], is_descending=is_descending)

    def pages(self, queryset: QuerySet, per_page: int, order: Order) -> RunsPaginator:
        """Return the pages of a list, with what the list shows loaded."""
        sort = next(name for name, keys in self.sorts.items() if keys == order.keys)
        pages = RunsPaginator(queryset, per_page, order=order, prefixes=self.indexes[sort])
        pages.load = self.load_list
        return pages

    def load_list(self, queryset: QuerySet) -> QuerySet:
        """Load what the list shows, and nothing heavy."""
        related = self.list_select_related or ()
        return queryset.select_related(*related).only(*self.list_only) if related else queryset.only(*self.list_only)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:  # noqa: ANN401
        """Return the changelist of runs."""
        return RunsChangeList

    def get_paginator(self, request: HttpRequest, queryset: QuerySet, per_page: int, **kwargs: Any) -> Paginator:  # noqa: ANN401
        """Return the pages of an autocomplete; those of another model (an object's history) within the budget."""
        if queryset.model is not self.model:
            return super().get_paginator(request, queryset[:COUNT_BUDGET], per_page)
        return self.pages(queryset, per_page, self.order(self.default_sort, True))

    def get_ordering(self, request: HttpRequest) -> list[str]:
        """Return the default order."""
        return [f"-{key}" for key in self.sorts[self.default_sort]]

    def get_sortable_by(self, request: HttpRequest) -> Iterable[str]:
        """Return the columns that an index sorts by."""
        return tuple(self.sorts)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Return whether a filter in the URL is one of the list's own: anything else might scan the table."""
        filters = self.list_filter if request is None else self.get_list_filter(request)
        names = [item if isinstance(item, str) else item[0] for item in filters]
        allowed = {f"{name}__{suffix}" for name in names for suffix in ("exact", "id__exact")}
        return lookup in allowed and "\x00" not in value

    # --- Search

    def search(self, term: str) -> Q:
        """Return the condition of a search; it must be one that indexes answer. Digits are an id."""
        return as_id(term)

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """Return the rows that match; a term that PostgreSQL cannot hold matches none."""
        term = search_term.strip()
        if "\x00" in term:
            return queryset.none(), False
        return queryset.filter(self.search(term)) if term else queryset, False

    # --- Forms

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        """Return the fieldsets; a row that exists has one more, about itself."""
        fieldsets = list(super().get_fieldsets(request, obj))
        return fieldsets if obj is None else [*fieldsets, ("Record", {"fields": self.record_fields})]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """Return the fields that are only shown."""
        return (*super().get_readonly_fields(request, obj), *self.record_fields)

    def formfield_for_foreignkey(self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any) -> forms.Field:  # noqa: ANN401
        """Return a field that finds its row by typing."""
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs["widget"] = RelatedSelect(db_field, self.admin_site, using=kwargs.get("using"))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.display(description="related")
    def related_rows(self, row: Model) -> str:
        """Return links to the lists of all that refers to this row."""
        links = []
        for relation in row._meta.related_objects:
            if relation.one_to_many and self.admin_site.is_registered(relation.related_model):
                options = relation.related_model._meta
                url = reverse(f"admin:{options.app_label}_{options.model_name}_changelist")
                links.append((url, relation.field.name, row.pk, capfirst(options.verbose_name_plural)))
        return format_html_join(" · ", '<a href="{}?{}__id__exact={}">{}</a>', links) or "–"

    # --- Deleting

    def get_deleted_objects(
        self, objs: Iterable[Model], request: HttpRequest
    ) -> tuple[list[str], dict[str, Consequence], set[str], list[str]]:
        """Return what a deletion would do, in bounded counts: Django's own loads and lists every row that goes."""
        rows = list(objs)
        consequences = {}
        doomed = {self.model}
        for label, queryset, is_kept in self._dependents(rows):
            total = bounded_count(queryset)
            if total.count:
                consequences[label] = Consequence(total_text(total), is_kept)
                doomed |= set() if is_kept else cascade(queryset.model)
        forbidden = {str(model._meta.verbose_name) for model in doomed if not self._may_delete(model, request)}
        return [change_link(row) for row in rows], consequences, forbidden, []

    def _may_delete(self, model: type[Model], request: HttpRequest) -> bool:
        if not self.admin_site.is_registered(model):
            return True
        return self.admin_site.get_model_admin(model).has_delete_permission(request)

    def _dependents(self, rows: Sequence[Model]) -> Iterator[tuple[str, QuerySet, bool]]:
        """Yield label, rows and whether they are kept, for all that refers to these rows."""
        for relation in get_candidate_relations_to_delete(self.model._meta):
            model, field = relation.related_model, relation.field
            if model._meta.auto_created:
                continue
            queryset = model._base_manager.filter(**{f"{field.name}__in": [row.pk for row in rows]})
            name = capfirst(model._meta.verbose_name_plural)
            kept = f"{name} without {field.verbose_name}"
            if goes := self.partly_deleted.get(relation.get_accessor_name()):
                yield name, queryset.filter(goes), False
                yield kept, queryset.exclude(goes), True
            elif field.remote_field.on_delete is CASCADE:
                yield name, queryset, False
            else:
                yield kept, queryset, True


def cascade(model: type[Model]) -> set[type[Model]]:
    """Return the model and those whose rows go when its rows do."""
    found = {model}
    for relation in get_candidate_relations_to_delete(model._meta):
        if relation.field.remote_field.on_delete is CASCADE and not relation.related_model._meta.auto_created:
            found |= cascade(relation.related_model)
    return found


def as_id(text: str) -> Q:
    """Return the condition of an id written in digits; nothing has any other."""
    return Q(pk=int(text)) if text.isdecimal() and len(text) <= MAX_ID_DIGITS else Q(pk__in=[])
