"""Serializer fields that take only what PostgreSQL can keep, and never list a table."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from django.db.models import BooleanField, Field, Model
from django.http import QueryDict
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.fields import empty, iter_options
from rest_framework.utils import html

from genonaut.database.saving import save_fields
from genonaut.json_values import storable_json_text
from genonaut.pagination.filters import MAX_ID

MAX_JSON_CHARACTERS = 100_000
# About a field, or by the place of a list's entry; None if there is nothing to say.
Messages = list[str] | dict[int, "Messages"] | None
# What forms say beside a row's fields.
OWN_FIELDS = frozenset({"csrfmiddlewaretoken", "_method"})


@extend_schema_field({"type": "object", "additionalProperties": {}})
class JSONObjectField(serializers.JSONField):
    """A JSON object that PostgreSQL's jsonb can keep."""

    default_error_messages = {
        "not_an_object": "Must be a JSON object.",
        "too_long": f"Must be at most {MAX_JSON_CHARACTERS:,} characters of JSON.",
        "unstorable": "This cannot be stored: {reason}.",
    }

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - handed on
        super().__init__(**{"initial": dict, "style": {"hint": "A JSON object."}, **kwargs})

    def get_value(self, dictionary: Any) -> Any:  # noqa: ANN401 - a form, or any JSON
        """Return what was sent. A form that leaves it empty, or as the `null` of no value, leaves it out."""
        value = super().get_value(dictionary)
        is_of_form = getattr(value, "is_json_string", False)
        return empty if is_of_form and value.strip() in ("", "null") else value

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


class LongTextField(serializers.CharField):
    """A text of several lines; the line ends that browsers put into forms become those that it had."""

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - handed on
        super().__init__(**{"style": {"base_template": "textarea.html"}, **kwargs})

    def get_value(self, dictionary: Any) -> Any:  # noqa: ANN401 - a form, or any JSON
        """Return what was sent."""
        value = super().get_value(dictionary)
        return value.replace("\r\n", "\n") if html.is_html_input(dictionary) and isinstance(value, str) else value


class TextsField(serializers.ListField):
    """A list of short texts; in a form one in each line, or one in each of several fields of the name."""

    def __init__(self, *, max_length: int, max_text_length: int, **kwargs: Any) -> None:  # noqa: ANN401 - handed on
        style = {"base_template": "textarea.html", "hint": "One in each line."}
        text = serializers.CharField(max_length=max_text_length)
        super().__init__(**{"child": text, "max_length": max_length, "style": style, **kwargs})

    def get_value(self, dictionary: Any) -> Any:  # noqa: ANN401 - a form, or any JSON
        """Return what was sent; blank lines of a form are passed over."""
        if not html.is_html_input(dictionary):
            return super().get_value(dictionary)
        if self.field_name not in dictionary:
            return empty
        lines = [line for text in dictionary.getlist(self.field_name) for line in re.split("\r\n|\r|\n", text)]
        return [line for line in lines if line.strip()]


class IdsField(TextsField):
    """A list of ids; in a form one in each line, of which none leaves the field out if it may be."""

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - handed on
        row_id = serializers.IntegerField(min_value=1, max_value=MAX_ID)
        super().__init__(child=row_id, max_text_length=len(str(MAX_ID)), **kwargs)

    def get_value(self, dictionary: Any) -> Any:  # noqa: ANN401 - a form, or any JSON
        """Return what was sent."""
        value = super().get_value(dictionary)
        return empty if value == [] and not self.required and html.is_html_input(dictionary) else value


class ReferenceField(serializers.PrimaryKeyRelatedField):
    """The id of a related row, typed in: DRF's own field would load the whole table into a form's select."""

    default_error_messages = {"invalid": "Must be an id: a whole number."}

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - handed on
        super().__init__(style={"base_template": "input.html", "input_type": "number"}, **kwargs)

    def to_internal_value(self, data: Any) -> Model:  # noqa: ANN401 - any JSON
        """Return the row. Raises ValidationError: for 7.5 as well, which the database field would take for 7."""
        if isinstance(data, float) and not data.is_integer():
            self.fail("invalid")
        return super().to_internal_value(data)

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


class TrueField(TrueFalseField):
    """True, or left out: a form has a select that may stay empty."""

    def iter_options(self) -> Iterator[Any]:
        """Return what the select offers."""
        return iter_options({"": "", "true": "true"})


class ReadsAllFields(serializers.Serializer):
    """Refuses a field that it does not know, and one that a form gives twice: what is accepted was read.

    A mistyped `is_privat` must not publish an item. Fields that are known but not writable are passed over, so that
    what was read may be sent back; what was never read so, a picture as text, is refused (`refused_text` of a field).
    """

    def to_internal_value(self, data: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
        """Return the validated fields. Raises ValidationError, unknown, repeated and mistyped fields by name."""
        errors = self._errors_of(data) if isinstance(data, dict) else {}
        if errors:
            raise serializers.ValidationError(errors)
        return super().to_internal_value(data)

    def _errors_of(self, data: dict[str, Any]) -> dict[str, Messages]:
        """Return what is wrong with the fields of a body, by name; of several messages the last check's."""
        is_form = isinstance(data, QueryDict)
        checks = (self._unknown, self._repeated if is_form else self._wrong_type, self._refused_text)
        names = [name for name in data if not (is_form and name in OWN_FIELDS)]
        return {str(name): wrong for check in checks for name in names if (wrong := check(name, data))}

    def _unknown(self, name: str, _data: dict[str, Any]) -> Messages:
        return None if name in self.fields else ["Unknown field."]

    def _wrong_type(self, name: str, data: dict[str, Any]) -> Messages:
        field = self.fields.get(name)
        return None if field is None or field.read_only else wrong_json_type(field, data[name])

    def _refused_text(self, name: str, data: dict[str, Any]) -> Messages:
        message = getattr(self.fields.get(name), "refused_text", None)
        is_text = isinstance(data[name], str) and data[name].strip() != ""
        return [message] if message and is_text else None

    def _repeated(self, name: str, form: QueryDict) -> Messages:
        field = self.fields.get(name)
        is_single = field is not None and not isinstance(field, serializers.ListField)
        return ["Given more than once."] if is_single and len(form.getlist(name)) > 1 else None


class StrictSerializer(ReadsAllFields, serializers.ModelSerializer):
    """A model serializer that reads all fields or refuses them."""

    serializer_field_mapping = {**serializers.ModelSerializer.serializer_field_mapping, BooleanField: TrueFalseField}
    # The model's fields that its properties write, by the property's name.
    written_by: ClassVar[Mapping[str, Sequence[str]]] = {}

    def build_standard_field(self, field_name: str, model_field: Field) -> tuple[type[serializers.Field], dict]:
        """Return the field and its arguments; a form for a new row shows a boolean's default, not always false."""
        field_class, arguments = super().build_standard_field(field_name, model_field)
        if isinstance(model_field, BooleanField):
            arguments["initial"] = model_field.get_default()
        return field_class, arguments

    def update(self, instance: Model, validated_data: dict[str, Any]) -> Model:
        """Change the fields that were sent. Raises NotFound if the row is deleted meanwhile."""
        for name, value in validated_data.items():
            setattr(instance, name, value)
        try:
            save_fields(instance, (field for name in validated_data for field in self.written_by.get(name, [name])))
        except type(instance).DoesNotExist as error:
            raise NotFound from error
        return instance

    def get_initial(self) -> dict[str, Any]:
        """Return what a form for a new row begins with: where nothing is due, nothing that would be refused."""
        initial = super().get_initial()
        return {name: value for name, value in initial.items() if _may_be_sent(self.fields[name], value)}


def _may_be_sent(field: serializers.Field, value: Any) -> bool:  # noqa: ANN401 - any JSON
    """Return whether a form begins with this value: null or an empty text only if taken or to be filled in."""
    if value is None:
        return field.required or field.allow_null
    return field.required or value != "" or getattr(field, "allow_blank", False)


def wrong_json_type(field: serializers.Field, value: Any) -> Messages:  # noqa: ANN401 - any JSON
    """Return messages about a value of another JSON type than the field's; None if there are none.

    DRF's fields take what a form could send for it: the text "1" for 1 and true, the number 1 for "1".
    """
    if isinstance(field, serializers.ListField) and isinstance(value, list):
        parts = enumerate(value)
        return {place: wrong for place, part in parts if (wrong := wrong_json_type(field.child, part))} or None
    types = json_types_of(field)
    is_right = value is None or types is None or type(value) in types
    return None if is_right else [field.error_messages["invalid"]]


def json_types_of(field: serializers.Field) -> tuple[type, ...] | None:
    """Return the types that JSON may give a field; None if any."""
    declared = getattr(field, "json_types", None)
    return declared or next((types for kind, types in JSON_TYPES.items() if isinstance(field, kind)), None)


# A field may declare its own `json_types`. A whole number may be written 1.0.
JSON_TYPES = {
    serializers.BooleanField: (bool,),
    serializers.CharField: (str,),
    serializers.IntegerField: (int, float),
    serializers.FloatField: (int, float),
    ReferenceField: (int, float),
}
