"""The admin of interactions."""

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet, TextField
from django.http import HttpRequest

from content.forms import LinesField
from content.related_admin import UserAndItemAdmin
from genonaut.large_admin import RelatedRowFilter
from interactions import comments
from interactions.listings import InteractionListing
from interactions.models import Interaction, Kind


@admin.register(Interaction)
class InteractionAdmin(UserAndItemAdmin):
    """What people did with items."""

    sorts = InteractionListing.sorts
    list_display = ("__str__", "user_link", "content_link", "rating", "duration_seconds", "created_at")
    list_select_related = ("user", "content")
    list_only = ("kind", "rating", "duration_seconds", "created_at", "user__username", "content__title")
    list_filter = ("kind", ("user", RelatedRowFilter), ("content", RelatedRowFilter))

    autocomplete_fields = ("user", "content")
    record_fields = ("created_at",)
    formfield_overrides = {**UserAndItemAdmin.formfield_overrides, TextField: {"form_class": LinesField}}
    fieldsets = (
        (None, {"fields": ("user", "content", "kind", "rating", "comment")}),
        ("Details", {"fields": ("duration_seconds", "metadata")}),
    )

    def get_form(
        self,
        request: HttpRequest,
        obj: Interaction | None = None,
        change: bool = False,
        **kwargs: Any,  # noqa: ANN401 - handed on
    ) -> type[forms.ModelForm]:
        """Return the form; it demands no user where the account was deleted."""
        form = super().get_form(request, obj, change, **kwargs)
        if obj is not None and obj.user_id is None and "user" in form.base_fields:
            form.base_fields["user"].required = False
        return form

    # --- Deleting: a comment that has answers loses its text and stays as their heading

    def dependents_of(self, rows: Sequence[Interaction]) -> Iterator[tuple[QuerySet, str]]:
        """Yield all rows that refer to these, and what they are kept without: answers are kept."""
        for queryset, kept_without in super().dependents_of(rows):
            yield queryset, "the text that they answer" if queryset.model is Interaction else kept_without

    def delete_model(self, request: HttpRequest, obj: Interaction) -> None:
        """Delete an interaction; remove a comment."""
        if obj.kind == Kind.COMMENT:
            comments.remove(obj)
        else:
            obj.delete()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Delete the interactions that were ticked."""
        for row in queryset:
            self.delete_model(request, row)
