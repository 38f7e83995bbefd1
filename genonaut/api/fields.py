"""Serializer fields that take only what PostgreSQL can keep, and never list a table."""

from typing import Any

from rest_framework import serializers

from genonaut.api.parsers import to_json

MAX_JSON_CHARACTERS = 100_000


class JSONObjectField(serializers.JSONField):
    """A JSON object. PostgreSQL's jsonb has no NUL character."""

    default_error_messages = {
        "not_an_object": "Must be a JSON object.",
        "too_long": f"Must be at most {MAX_JSON_CHARACTERS:,} characters of JSON.",
        "characters": "Must not hold NUL characters.",
    }

    def to_internal_value(self, data: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
        """Return the object. Raises ValidationError."""
        try:
            value = super().to_internal_value(data)
            text = to_json(value)
        except (RecursionError, ValueError):
            self.fail("invalid")
        if not isinstance(value, dict):
            self.fail("not_an_object")
        if len(text) > MAX_JSON_CHARACTERS:
            self.fail("too_long")
        # An escaped backslash before u0000 is a backslash, not the start of an escape.
        if "\\u0000" in text.replace("\\\\", ""):
            self.fail("characters")
        return value


class ReferenceField(serializers.PrimaryKeyRelatedField):
    """The id of a related row, typed in: DRF's own field would load the whole table into a form's select."""

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - handed on
        super().__init__(style={"base_template": "input.html", "input_type": "number"}, **kwargs)

    def get_choices(self, cutoff: int | None = None) -> dict:
        """Return no choices: nothing may enumerate the table."""
        return {}


class StrictSerializer(serializers.ModelSerializer):
    """A model serializer that refuses fields it does not know: a mistyped `is_privat` must not publish an item.

    Fields that are known but not writable are passed over, so that what was read may be sent back.
    """

    def to_internal_value(self, data: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
        """Return the validated fields. Raises ValidationError, unknown fields by name."""
        if isinstance(data, dict):
            unknown = [name for name in data if name not in self.fields and not name.startswith("csrf")]
            if unknown:
                raise serializers.ValidationError({str(name): ["Unknown field."] for name in unknown})
        return super().to_internal_value(data)
