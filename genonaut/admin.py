"""The admin of the switches. They come from genonaut/flags.py: none is added, renamed or deleted here."""

from django.contrib import admin
from django.contrib.admin.options import ModelAdmin
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from genonaut import flags
from genonaut.flags import Switch


@admin.register(Switch)
class SwitchAdmin(ModelAdmin):
    """Switches: a handful. Each is turned by an action of the list, or in its form, where the note may say why.

    The list has no tick boxes to save at once: saving a page opened earlier would turn back what others turned since.
    """

    list_display = ("name", "active", "note", "modified")
    actions = ("turn_on", "turn_off")
    fields = ("name", "active", "note", "modified")
    readonly_fields = ("name", "modified")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Return the switches that the site reads."""
        return flags.switches()

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return False: a switch that no code reads would only seem to do something."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Switch | None = None) -> bool:
        """Return False: a switch without a row is on, which nobody would expect of deleting it."""
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
