"""The form of a row, which saves what was changed in it and nothing else, and the admin of such forms."""

import re
from functools import cached_property
from hashlib import sha256
from typing import Any

from django import forms
from django.contrib.admin.options import ModelAdmin
from django.db import connection
from django.db.models import Model
from django.forms.boundfield import BoundField
from django.http import HttpRequest

CHANGED_MEANWHILE = "This was changed after the page was opened. Open it again to see it as it is now."
# Browsers end lines as they like.
LINE_END = re.compile("\r\n|\r")


class Fingerprint(str):
    """A digest of a field's value, as the page holds it."""

    __slots__ = ()


def fingerprint(value: Any) -> Fingerprint:  # noqa: ANN401 - of every field
    """Return the digest of a value as a field shows it, or as a browser sends it."""
    several = value if isinstance(value, (list, tuple)) else [value]
    texts = sorted(LINE_END.sub("\n", "" if each is None else str(each)) for each in several)
    return Fingerprint(sha256("\0".join(texts).encode(errors="surrogatepass")).hexdigest())


class FingerprintInput(forms.HiddenInput):
    """Holds the fingerprint of a value in place of the value, which may be long."""

    def format_value(self, value: Any) -> str:  # noqa: ANN401 - of every field
        """Return the fingerprint; one that was sent is sent again."""
        return value if isinstance(value, Fingerprint) else fingerprint(value)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Fingerprint:  # noqa: ANN401 - of Django
        """Return the fingerprint that was sent; an empty one, which no value has, if none was."""
        return Fingerprint(data.get(name) or "")


class RowForm(forms.ModelForm):
    """A form that saves the fields that were changed in it; the others stay as the row has them by then.

    Its page holds a fingerprint of each value that it shows. A field that was changed in the form and in the row as
    well is refused: neither is lost unseen. A form that is sent without fingerprints is compared with the row alone.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - handed on
        super().__init__(*args, **kwargs)
        sent = any(name.startswith(self.add_initial_prefix("")) for name in self.data)
        self.has_fingerprints = not self.instance._state.adding and (sent or not self.is_bound)
        for field in self.fields.values():
            field.show_hidden_initial = self.has_fingerprints and not field.disabled
            if field.show_hidden_initial:
                field.hidden_widget = FingerprintInput

    @cached_property
    def changed_data(self) -> list[str]:
        """The names of the fields that were changed in the form."""
        if not self.has_fingerprints:
            return super().changed_data
        return [name for name, field in self.fields.items() if not field.disabled and self._is_changed(self[name])]

    def clean(self) -> dict[str, Any]:
        """Take the fields that were not changed from the row. Raises ValidationError."""
        cleaned = super().clean()
        if self.has_fingerprints:
            for name in [name for name in self.fields if name in cleaned]:
                if name not in self.changed_data:
                    self._keep(name, cleaned)
                elif self._is_stale(self[name]):
                    self.add_error(name, CHANGED_MEANWHILE)
        return cleaned

    def _is_changed(self, bound: BoundField) -> bool:
        return fingerprint(bound.data) != self._read(bound)

    def _is_stale(self, bound: BoundField) -> bool:
        """Return whether the row has neither the value that the page showed nor the one that was entered."""
        now = fingerprint(bound.field.prepare_value(bound.initial))
        return now not in (self._read(bound), fingerprint(bound.data))

    def _read(self, bound: BoundField) -> Fingerprint:
        return FingerprintInput().value_from_datadict(self.data, self.files, bound.html_initial_name)

    def _keep(self, name: str, cleaned: dict[str, Any]) -> None:
        # Constraints are checked of all columns; rows of other tables are left alone.
        if name in {field.name for field in self.instance._meta.concrete_fields}:
            cleaned[name] = getattr(self.instance, name)
        else:
            del cleaned[name]


class RowAdmin(ModelAdmin):
    """An admin whose forms undo nothing of others: Django's save all that they show, as it was when they were
    opened."""

    form = RowForm

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Model | None:
        """Return the row of a form or of a page that deletes it. Once that is sent the row is locked and read again:
        saved whole, it would undo what others change at the same moment. What they changed since the form was opened is
        the form's to keep.
        """
        row = super().get_object(request, object_id, from_field)
        if row is None or request.method != "POST" or not connection.in_atomic_block:
            return row
        rows = type(row)._base_manager.select_for_update(no_key=True, of=("self",)).filter(pk=row.pk)
        return row if rows.values_list("pk").first() is None else super().get_object(request, object_id, from_field)
