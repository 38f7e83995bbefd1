"""The admin of large tables: lists that never count or walk a whole table, forms and confirmations that never load one.

    @admin.register(Interaction)
    class InteractionAdmin(LargeTableAdmin):
        sorts = InteractionListing.sorts
        indexes = {"created_at": ((), ("kind",), ("user",), ("user", "kind"))}
        list_filter = ("kind", ("user", RelatedRowFilter))

A list that one of the model's rankings counts has every page, the exact total and links by date with exact numbers.
Another that an index gives in order is read along it; any other is counted within a budget, collected and sorted where
it is small, and walked along the sort's index where it is large: what `Listing` does, for Django's changelists.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

from django import forms
from django.contrib import admin
from django.contrib.admin.options import ShowFacets
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db.models import CASCADE, DateTimeField, ForeignKey, JSONField, Model, Q, QuerySet
from django.db.models.deletion import get_candidate_relations_to_delete
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst

from genonaut.pagination.admin.changelists import RelatedRowFilter, RunsChangeList
from genonaut.pagination.admin.dates import Span
from genonaut.pagination.admin.fields import (
    MAX_ID_DIGITS,
    JSONObjectField,
    NamedDateTime,
    PageActionForm,
    RelatedSelect,
)
from genonaut.pagination.admin.pages import Prefixes, RankedPaginator, RunsPaginator, bounded_count
from genonaut.pagination.admin.parameters import OwnParametersAdmin
from genonaut.pagination.keyset import Key, Order
from genonaut.pagination.totals import COUNT_BUDGET
from genonaut.pagination.wording import total_text
from genonaut.removal import dependents

__all__ = ["LargeTableAdmin", "OwnParametersAdmin", "RelatedRowFilter", "RunsChangeList", "as_id", "change_link"]


def change_link(row: Model) -> str:
    """Return a link to a row's change form."""
    options = row._meta
    url = reverse(f"admin:{options.app_label}_{options.model_name}_change", args=[row.pk])
    return format_html('<a href="{}">{}</a>', url, row)


class Consequence(NamedTuple):
    """What becomes of the rows that refer to those being deleted. `kept_without` names what the kept ones lose."""

    label: str
    count: str
    kept_without: str


class LargeTableAdmin(OwnParametersAdmin):
    """An admin whose every page costs the same whether the table has a thousand rows or ten million."""

    # Sort keys by column, as in Listing.sorts; the first, or `default_sort`, is the default, descending.
    sorts: ClassVar[Mapping[str, tuple[Key, ...]]]
    default_sort = "created_at"
    # The sort by time, if it is one of them: lists are narrowed to a year, a month or a day of it.
    moment = "created_at"
    # By sort, the columns that its indexes begin with: what the list can be narrowed to and stay a walk along one.
    indexes: ClassVar[Mapping[str, Prefixes]]
    # Loaded for the list; everything else stays in the database.
    list_only: ClassVar[tuple[str, ...]]
    record_fields: ClassVar[tuple[str, ...]] = ("related_rows", "created_at")

    list_per_page = 50
    list_select_related = False
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    date_hierarchy = None
    action_form = PageActionForm
    formfield_overrides = {JSONField: {"form_class": JSONObjectField}, DateTimeField: {"widget": NamedDateTime}}

    # --- Lists

    def order(self, sort: str, is_descending: bool) -> Order:
        """Return the order of a sort."""
        return Order(self.model, self.sorts[sort], is_descending=is_descending)

    def pages(
        self, queryset: QuerySet, per_page: int, order: Order, *, span: Span | None = None, is_ranked: bool = False
    ) -> RunsPaginator:
        """Return the pages of a list, with what the list shows loaded; by rank where that is wanted and possible."""
        sort = next(name for name, keys in self.sorts.items() if keys == order.keys)
        options = {"order": order, "prefixes": self.indexes[sort], "span": span}
        pages = RunsPaginator(queryset, per_page, **options)
        if is_ranked and pages.ranking is not None:
            pages = RankedPaginator(queryset, per_page, **options)
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
        pages = self.pages(queryset, per_page, self.order(self.default_sort, True))
        pages.count_within_budget()
        return pages

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

    def response_action(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
        """Do an action with the rows ticked on the page. `select_across` would load the table; no page offers it."""
        request.POST = request.POST.copy()
        request.POST.pop("select_across", None)
        return super().response_action(request, queryset)

    def get_deleted_objects(
        self, objs: Iterable[Model], request: HttpRequest
    ) -> tuple[list[str], dict[str, Consequence], set[str], list[str]]:
        """Return what a deletion would do, in bounded counts: Django's own loads and lists every row that goes."""
        rows = list(objs)
        consequences = {}
        doomed = {self.model}
        for queryset, kept_without in self._dependents(rows):
            total = bounded_count(queryset)
            if total.count:
                label = capfirst(queryset.model._meta.verbose_name_plural)
                consequences[label + kept_without] = Consequence(label, total_text(total), kept_without)
                doomed |= set() if kept_without else cascade(queryset.model)
        forbidden = {str(model._meta.verbose_name) for model in doomed if not self._may_delete(model, request)}
        if not all(self.has_delete_permission(request, row) for row in rows):
            forbidden.add(str(self.opts.verbose_name))
        return [change_link(row) for row in rows], consequences, forbidden, []

    def _may_delete(self, model: type[Model], request: HttpRequest) -> bool:
        if not self.admin_site.is_registered(model):
            return True
        return self.admin_site.get_model_admin(model).has_delete_permission(request)

    def _dependents(self, rows: Sequence[Model]) -> Iterator[tuple[QuerySet, str]]:
        """Yield all rows that refer to these, and what they are kept without; nothing where they are deleted."""
        for queryset, field, goes in dependents(self.model, [row.pk for row in rows]):
            if not queryset.model._meta.auto_created:
                yield queryset, "" if goes else str(field.verbose_name)


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
