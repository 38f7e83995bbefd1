"""Fields of the API's items: who made one, its counts, its stack, its seed."""

from typing import Any

from django.db.models import Case, F, TextField, Value, When
from django.db.models.functions import Cast
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import Direction, extend_schema_field
from rest_framework import serializers

from content.file_fields import WorkField
from content.models import ContentItem
from content.querysets import MOST_STACKED, NOT_COUNTED, LikeCount, StackSize
from genonaut.api.database_json import BuiltObject
from genonaut.whole_numbers import LARGEST, RULE, read_whole_number
from users.models import User


class CreatorSerializer(serializers.ModelSerializer):
    """Who made an item; null if the account is deactivated, as if it were deleted."""

    class Meta:
        model = User
        fields = ("id", "username", "name")
        read_only_fields = fields

    def to_representation(self, instance: User) -> dict[str, Any] | None:
        """Return the account's public fields, or None if it is deactivated."""
        return super().to_representation(instance) if instance.is_active else None

    def database_json(self, creator: F) -> Case:
        """Return the same in SQL."""
        account = BuiltObject({name: F(f"{creator.name}__{name}") for name in self.Meta.fields})
        return Case(When(**{f"{creator.name}__is_active": True}, then=account))


@extend_schema_field({"type": "integer", "minimum": 0})
class LikeCountField(WorkField):
    """How many like a work."""

    def to_representation(self, value: ContentItem) -> int:
        """Return the count that was read with the work; nothing likes one that was just made."""
        return value.known_likes

    def database_json(self, row: F) -> LikeCount:
        """Return the same in SQL."""
        return LikeCount(row.name)


@extend_schema_field({"type": "string", "pattern": "^[0-9]{1,19}$"})
class StackField(WorkField):
    """The stack of a work, as `?stack=` takes it: a text, since its digits are more than JavaScript's numbers keep.

    Null of a work that is alone.
    """

    def to_representation(self, value: ContentItem) -> str | None:
        """Return its digits."""
        return None if value.stack is None else str(value.stack)

    def database_json(self, row: F) -> Cast:
        """Return the same in SQL."""
        return Cast(f"{row.name}stack", TextField())


@extend_schema_field({"type": "integer", "minimum": 1, "maximum": MOST_STACKED})
class StackSizeField(WorkField):
    """How many works the stack of a work has, counted up to 100; null in lists that show no stacks."""

    def to_representation(self, value: ContentItem) -> int | None:
        """Return the count that was read with the work."""
        return value.known_stack_size

    def database_json(self, _row: F) -> Value:
        """Return null, as in lists that show no stacks."""
        return NOT_COUNTED


class CountedStackField(StackSizeField):
    """The same in a list of stacks."""

    def database_json(self, row: F) -> StackSize:
        """Return the same in SQL."""
        return StackSize(row.name)


class SeedField(serializers.IntegerField):
    """A seed in all its digits: a number, which may also be sent as a text of digits."""

    json_types = (int, float, str)
    default_error_messages = {"invalid": f"{RULE.capitalize()}."}

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - handed on
        super().__init__(min_value=0, max_value=LARGEST, **kwargs)

    def to_internal_value(self, data: Any) -> int:  # noqa: ANN401 - any JSON
        """Return the number. Raises ValidationError."""
        try:
            return read_whole_number(data)
        except ValueError as error:
            raise serializers.ValidationError(f"{str(error).capitalize()}.") from error


class SeedFieldSchema(OpenApiSerializerFieldExtension):
    """How the schema describes a seed: an answer holds a number, a request a number or its digits."""

    target_class = SeedField

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:
        """Return the schema of the seed."""
        number = {"type": "integer", "minimum": 0, "maximum": LARGEST}
        if direction == "response":
            return {**number, "type": ["integer", "null"]}
        digits = {"type": "string", "pattern": r"^\s*[0-9]{1,20}\s*$"}
        return {"anyOf": [number, digits]}
