"""The admin of the switches, which come from genonaut/flags.py, and of the deletions that are under way; and the
operators' page."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.cache import add_never_cache_headers
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_safe
from procrastinate.contrib.django import admin as queue_admin

from genonaut import flags
from genonaut.flags import Switch
from genonaut.large_admin import OwnParametersAdmin
from genonaut.models import Deletion, SiteStatus
from genonaut.replicas.routing import reads_primary
from genonaut.status.panels import read_panels, warnings_of

# Registered by the import above. It shows the addresses of waiting letters to staff who may view it, and counts its
# table; the status of the site has the queue.
admin.site.unregister(queue_admin.models.ProcrastinateJob)


@admin.register(Switch)
class SwitchAdmin(OwnParametersAdmin):
    """Switches: a handful. Each is turned by an action of the list, or in its form, where the note may say why.

    The list has no tick boxes to save at once: saving a page opened earlier would turn back what others turned since.
    """

    list_display = ("name", "state", "note", "modified")
    actions = ("turn_on", "turn_off")
    fields = ("name", "active", "note", "modified")
    readonly_fields = ("name", "modified")

    @admin.display(description="state")
    def state(self, switch: Switch) -> str:
        """Return whether it is on."""
        return "On" if switch.active else "Off"

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Return the switches that the site reads."""
        return flags.switches()

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return False: a switch that no code reads would only seem to do something."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Switch | None = None) -> bool:
        """Return False: a switch without a row is on, which is not what deleting it looks like."""
        return False

    def save_model(self, request: HttpRequest, obj: Switch, form: ModelForm, change: bool) -> None:
        """Save it, and let this process know at once."""
        super().save_model(request, obj, form, change)
        if "active" in form.changed_data:
            flags.tell(obj)

    @admin.action(description="Turn on", permissions=("change",))
    def turn_on(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Turn switches on."""
        self._turn(request, queryset, is_on=True)

    @admin.action(description="Turn off", permissions=("change",))
    def turn_off(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Turn switches off."""
        self._turn(request, queryset, is_on=False)

    def _turn(self, request: HttpRequest, queryset: QuerySet, *, is_on: bool) -> None:
        state = "on" if is_on else "off"
        names = []
        for switch in queryset:
            flags.turn(flags.Flag(switch.name), is_on=is_on)
            self.log_change(request, switch, f"Turned {state}.")
            names.append(switch.name)
        self.message_user(
            request, f"Now {state}: {', '.join(names)}. Every process of the site follows within seconds."
        )


@admin.register(Deletion)
class DeletionAdmin(OwnParametersAdmin):
    """Deletions in batches and how far they are: few, since finished ones are shown for 30 days alone."""

    list_display = ("id", "target", "row_id", "relation", "requested_at", "rows_so_far", "finished_at")
    ordering = ("-id",)
    fields = readonly_fields = (
        *("target", "row_id", "relation", "requested_at", "deleted", "changed", "worked_at", "finished_at"),
    )

    @admin.display(description="rows so far")
    def rows_so_far(self, deletion: Deletion) -> str:
        """Return how many rows were deleted and changed."""
        return f"{deletion.rows:,}"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return False: accounts and works are deleted from their own pages."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Deletion | None = None) -> bool:
        """Return False: what was asked for is done."""
        return False

    has_delete_permission = has_change_permission


@admin.register(SiteStatus)
class SiteStatusAdmin(admin.ModelAdmin):
    """The operators' page, for staff who have the permission to view it, and superusers."""

    def get_urls(self) -> list[URLPattern]:
        """Return the page's address alone: there are no rows."""
        # It tells of the server that takes changes.
        view = reads_primary(self.admin_site.admin_view(self.changelist_view))
        return [path("", view, name="genonaut_sitestatus_changelist")]

    @method_decorator(require_safe)
    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Show all panels. Raises PermissionDenied."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        panels = read_panels()
        context = {
            **self.admin_site.each_context(request),
            "title": "Status of the site",
            "opts": self.opts,
            "panels": panels,
            "warnings": warnings_of(panels),
        }
        response = TemplateResponse(request, "admin/genonaut/sitestatus/change_list.html", context)
        add_never_cache_headers(response)
        return response

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return False: it has no rows."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: SiteStatus | None = None) -> bool:
        """Return False: it is only looked at."""
        return False

    has_delete_permission = has_change_permission
