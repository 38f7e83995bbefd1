"""The admin of rows that are only looked at."""

from django.db.models import Model
from django.http import HttpRequest

from genonaut.large_admin.options import LargeTableAdmin


class FactsAdmin(LargeTableAdmin):
    """Rows that the site writes: shown, newest first, and never changed here."""

    sorts = {"id": ("id",)}
    default_sort = "id"
    record_fields = ()

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> list:
        """Return all fields in one."""
        return [(None, {"fields": self.get_fields(request, obj)})]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """Return all fields."""
        return tuple(self.get_fields(request, obj))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return False."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Return False."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Return False."""
        return False
