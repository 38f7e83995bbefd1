"""The admin of automatic works: one row, which is there as soon as the list is opened."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from generation.models import AutomaticWorks
from genonaut.large_admin import OwnParametersAdmin
from genonaut.large_admin.fields import RelatedSelect


class AutomaticWorksAdmin(OwnParametersAdmin):
    """The one row that switches automatic works on, with its limits."""

    autocomplete_fields = ("account",)
    readonly_fields = ("day", "made_today")
    fieldsets = (
        (None, {"fields": ("is_on", "account", "workflow")}),
        ("Limits", {"fields": ("works_per_day", "likes_needed", "days", "variants_per_work")}),
        ("Today", {"fields": ("day", "made_today")}),
    )

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Show the one row in place of a list."""
        if not self.has_view_or_change_permission(request):
            return super().changelist_view(request, extra_context)
        row, _ = AutomaticWorks.objects.get_or_create(pk=1)
        return redirect(reverse("admin:generation_automaticworks_change", args=[row.pk]))

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:  # noqa: ANN401 - of Django
        """Return a field that finds the account by typing."""
        if db_field.name == "account":
            kwargs["widget"] = RelatedSelect(db_field, self.admin_site, using=kwargs.get("using"))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return False: there is one row."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: AutomaticWorks | None = None) -> bool:
        """Return False: it is switched off."""
        return False
