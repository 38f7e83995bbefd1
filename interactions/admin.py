"""The admin of interactions."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest

from content.admin import of_user_or_item
from genonaut.pagination.admin import LargeTableAdmin, RelatedRowFilter, change_link
from interactions.listings import InteractionListing
from interactions.models import Interaction


@admin.register(Interaction)
class InteractionAdmin(LargeTableAdmin):
    """What people did with items."""

    sorts = InteractionListing.sorts
    indexes = {"created_at": ((), ("kind",), ("user",), ("user", "kind"), ("content", "kind"))}
    list_display = ("__str__", "user_link", "content_link", "rating", "duration_seconds", "created_at")
    list_select_related = ("user", "content")
    list_only = ("kind", "rating", "duration_seconds", "created_at", "user__username", "content__title")
    list_filter = ("kind", ("user", RelatedRowFilter), ("content", RelatedRowFilter))
    search_fields = ("id", "user", "content")
    search_help_text = "An id, a whole username, or item: and the id of an item, as in item:42."

    autocomplete_fields = ("user", "content")
    record_fields = ("created_at",)
    fieldsets = (
        (None, {"fields": ("user", "content", "kind", "rating", "comment")}),
        ("Details", {"fields": ("duration_seconds", "metadata")}),
    )

    @admin.display(description="user")
    def user_link(self, interaction: Interaction) -> str:
        """Return a link to the user; one whose account was deleted has none."""
        return change_link(interaction.user) if interaction.user else "–"

    @admin.display(description="item")
    def content_link(self, interaction: Interaction) -> str:
        """Return a link to the item."""
        return change_link(interaction.content)

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

    def search(self, term: str) -> Q:
        """Return the condition of a search."""
        return of_user_or_item(term, item="content")
