"""Form fields that never load a table and take only what PostgreSQL can keep."""

import json
from typing import Any

from django import forms
from django.contrib.admin.helpers import ActionForm
from django.contrib.admin.widgets import AdminSplitDateTime, AutocompleteSelect
from django.core.exceptions import ValidationError
from django.forms.fields import InvalidJSONInput

from genonaut.json_values import storable_json_text

# A bigint has 19 digits; what is longer is no id, and would be compared as a numeric, without an index.
MAX_ID_DIGITS = 18


class RelatedSelect(AutocompleteSelect):
    """Django's autocomplete, which breaks on a value that is no id and lacks a name of its own."""

    @property
    def media(self) -> forms.Media:
        """The scripts of the field, and the one that names it."""
        return super().media + forms.Media(js=("admin/js/autocomplete.js", "admin_labels/labels.js"))

    def optgroups(self, name: str, value: list[str], attr: dict[str, Any] | None = None) -> list[Any]:
        """Return the selected row alone; what is no id selects none."""
        ids = [text for text in map(str, value) if text.isdecimal() and len(text) <= MAX_ID_DIGITS]
        return super().optgroups(name, ids, attr)


class NamedDateTime(AdminSplitDateTime):
    """Django's two inputs, which lack a label each."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        for widget, name in zip(self.widgets, ("Date", "Time"), strict=True):
            widget.attrs["aria-label"] = name


class JSONObjectField(forms.JSONField):
    """A JSON object that jsonb can keep."""

    def to_python(self, value: Any) -> Any:  # noqa: ANN401 - any JSON
        """Return the object. Raises ValidationError."""
        try:
            found = super().to_python(value)
            storable_json_text(found)
        except ValidationError:
            raise
        except RecursionError as error:
            raise ValidationError("This cannot be stored: nested too deep.") from error
        except ValueError as error:
            raise ValidationError(f"This cannot be stored: {error}.") from error
        if found is not None and not isinstance(found, dict):
            raise ValidationError("Enter a JSON object: {...}.")
        return found

    def clean(self, value: Any) -> Any:  # noqa: ANN401 - any JSON
        """Return the object; nothing entered is an empty one."""
        found = super().clean(value)
        return {} if found is None else found

    def bound_data(self, data: str | None, initial: Any) -> Any:  # noqa: ANN401 - any JSON
        """Return what was entered, as text: it is shown again as it is."""
        return initial if self.disabled else InvalidJSONInput(data or "")

    def prepare_value(self, value: Any) -> str:  # noqa: ANN401 - any JSON
        """Return the JSON as text, one line for each key."""
        if isinstance(value, InvalidJSONInput):
            return value
        return json.dumps(value, ensure_ascii=False, indent=2, cls=self.encoder)


class PageActionForm(ActionForm):
    """Actions apply to the rows ticked on the page: never to "all 8,000,000 selected"."""

    def clean_select_across(self) -> bool:
        """Return False, whatever was sent."""
        return False
