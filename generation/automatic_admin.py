"""The admin of automatic works: one row, which is there once it was saved."""

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
        row = AutomaticWorks.objects.first()
        if row is None:
            return redirect(reverse("admin:generation_automaticworks_add"))
        return self._change_page(row)

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # noqa: ANN401 - of Django
        """Show the form of the one row; once it is there, the form that changes it."""
        row = AutomaticWorks.objects.first()
        return super().add_view(request, *args, **kwargs) if row is None else self._change_page(row)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:  # noqa: ANN401 - of Django
        """Return a field that finds the account by typing."""
        if db_field.name == "account":
            kwargs["widget"] = RelatedSelect(db_field, self.admin_site, using=kwargs.get("using"))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def has_delete_permission(self, request: HttpRequest, obj: AutomaticWorks | None = None) -> bool:
        """Return False: it is switched off."""
        return False

    @staticmethod
    def _change_page(row: AutomaticWorks) -> HttpResponse:
        return redirect(reverse("admin:generation_automaticworks_change", args=[row.pk]))
