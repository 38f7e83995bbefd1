"""Serializer fields that take only what PostgreSQL can keep, and never list a table."""

from collections.abc import Iterator
from typing import Any

from django.db.models import BooleanField, Field
from django.http import QueryDict
from rest_framework import serializers
from rest_framework.fields import empty, iter_options

from genonaut.json_values import storable_json_text

MAX_JSON_CHARACTERS = 100_000


class JSONObjectField(serializers.JSONField):
    """A JSON object that PostgreSQL's jsonb can keep."""

    default_error_messages = {
        "not_an_object": "Must be a JSON object.",
        "too_long": f"Must be at most {MAX_JSON_CHARACTERS:,} characters of JSON.",
        "unstorable": "This cannot be stored: {reason}.",
    }

    def to_internal_value(self, data: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
        """Return the object. Raises ValidationError."""
        try:
            value = super().to_internal_value(data)
            text = storable_json_text(value)
        except RecursionError:
            self.fail("unstorable", reason="nested too deep")
        except ValueError as error:
            self.fail("unstorable", reason=error)
        if not isinstance(value, dict):
            self.fail("not_an_object")
        if len(text) > MAX_JSON_CHARACTERS:
            self.fail("too_long")
        return value


class ReferenceField(serializers.PrimaryKeyRelatedField):
    """The id of a related row, typed in: DRF's own field would load the whole table into a form's select."""

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - handed on
        super().__init__(style={"base_template": "input.html", "input_type": "number"}, **kwargs)

    def get_choices(self, cutoff: int | None = None) -> dict:
        """Return no choices: nothing may enumerate the table."""
        return {}


class TrueFalseField(serializers.BooleanField):
    """True or false; one that a form leaves out keeps its value, and the model's default in a new row.

    DRF's own takes it for an unticked checkbox, for false: a PUT of a form without `is_private` would publish the item.
    The browsable API therefore has a select in the place of the checkbox, and always sends one or the other.
    """

    default_empty_html = empty

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - handed on
        super().__init__(style={"base_template": "select.html"}, **kwargs)

    def iter_options(self) -> Iterator[Any]:
        """Return what the select offers."""
        return iter_options({"true": "true", "false": "false"})


class ReadsAllFields(serializers.Serializer):
    """Refuses a field that it does not know, and one that a form gives twice: what is accepted was read.

    A mistyped `is_privat` must not publish an item. Fields that are known but not writable are passed over, so that
    what was read may be sent back.
    """

    def to_internal_value(self, data: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
        """Return the validated fields. Raises ValidationError, unknown and repeated fields by name."""
        if isinstance(data, dict):
            names = [name for name in data if not name.startswith("csrf")]
            errors = {str(name): ["Unknown field."] for name in names if name not in self.fields}
            if isinstance(data, QueryDict):
                errors |= {name: ["Given more than once."] for name in names if self._is_repeated(name, data)}
            if errors:
                raise serializers.ValidationError(errors)
        return super().to_internal_value(data)

    def _is_repeated(self, name: str, form: QueryDict) -> bool:
        is_list = isinstance(self.fields.get(name), serializers.ListField)
        return name in self.fields and not is_list and len(form.getlist(name)) > 1


class StrictSerializer(ReadsAllFields, serializers.ModelSerializer):
    """A model serializer that reads all fields or refuses them."""

    serializer_field_mapping = {**serializers.ModelSerializer.serializer_field_mapping, BooleanField: TrueFalseField}

    def build_standard_field(self, field_name: str, model_field: Field) -> tuple[type[serializers.Field], dict]:
        """Return the field and its arguments; a form for a new row shows a boolean's default, not always false."""
        field_class, arguments = super().build_standard_field(field_name, model_field)
        if isinstance(model_field, BooleanField):
            arguments["initial"] = model_field.get_default()
        return field_class, arguments
