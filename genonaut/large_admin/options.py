"""The options of an admin of a large table: its lists, its search and its forms."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.options import ShowFacets
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db.models import DateTimeField, ForeignKey, JSONField, Model, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.text import capfirst

from genonaut.large_admin.changelist import RunsChangeList
from genonaut.large_admin.dates import Span
from genonaut.large_admin.deletion import BoundedDeletionAdmin
from genonaut.large_admin.fields import JSONObjectField, NamedDateTime, PageActionForm, RelatedSelect
from genonaut.large_admin.links import as_id
from genonaut.large_admin.paginators import RankedPaginator, RunsPaginator
from genonaut.large_admin.parameters import OwnParametersAdmin
from genonaut.pagination.indexes import Prefixes, prefixes
from genonaut.pagination.keyset import Key, Order
from genonaut.pagination.totals import COUNT_BUDGET


class LargeTableAdmin(BoundedDeletionAdmin, OwnParametersAdmin):
    """An admin whose every page costs the same whether the table has a thousand rows or ten million."""

    # Sort keys by column, as in Listing.sorts; the first, or `default_sort`, is the default, descending.
    sorts: ClassVar[Mapping[str, tuple[Key, ...]]]
    default_sort = "created_at"
    # The sort by time, if it is one of them: lists are narrowed to a year, a month or a day of it.
    time_sort = "created_at"
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

    def prefixes(self, order: Order) -> Prefixes:
        """Return the columns that the indexes of an order begin with: narrowed to them a list stays an index scan."""
        return prefixes(self.model, order.keys)

    def pages(
        self, queryset: QuerySet, per_page: int, order: Order, *, span: Span | None = None, allow_ranking: bool = False
    ) -> RunsPaginator:
        """Return the pages of a list, with what the list shows loaded; by rank where that is wanted and possible."""
        options = {"order": order, "prefixes": self.prefixes(order), "span": span}
        pages = RunsPaginator(queryset, per_page, **options)
        if allow_ranking and pages.ranking is not None:
            pages = RankedPaginator(queryset, per_page, **options)
        pages.load = self.load_list
        return pages

    def load_list(self, queryset: QuerySet) -> QuerySet:
        """Load what the list shows, and nothing heavy."""
        related = self.list_select_related or ()
        return queryset.select_related(*related).only(*self.list_only) if related else queryset.only(*self.list_only)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:  # noqa: ANN401
        """Return the changelist of index scans."""
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
