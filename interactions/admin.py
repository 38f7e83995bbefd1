"""The admin of interactions."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from content.related_admin import UserAndItemAdmin
from genonaut.large_admin import RelatedRowFilter
from interactions.listings import InteractionListing
from interactions.models import Interaction


@admin.register(Interaction)
class InteractionAdmin(UserAndItemAdmin):
    """What people did with items."""

    sorts = InteractionListing.sorts
    indexes = {"created_at": ((), ("kind",), ("user",), ("user", "kind"), ("content", "kind"))}
    list_display = ("__str__", "user_link", "content_link", "rating", "duration_seconds", "created_at")
    list_select_related = ("user", "content")
    list_only = ("kind", "rating", "duration_seconds", "created_at", "user__username", "content__title")
    list_filter = ("kind", ("user", RelatedRowFilter), ("content", RelatedRowFilter))

    autocomplete_fields = ("user", "content")
    record_fields = ("created_at",)
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
