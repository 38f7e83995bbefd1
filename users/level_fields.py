"""Levels in the API: by name; columns hold their numbers."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Case, CharField, F, Value, When
from rest_framework import serializers

from users.levels import BLUR_NAMES, LEVEL_NAMES


class NumberedChoiceField(serializers.ChoiceField):
    """A choice whose column holds a number for each name."""

    def __init__(self, names: Mapping[int, str], **kwargs: Any) -> None:  # noqa: ANN401 - handed on
        self.names = names
        super().__init__(choices=[(name, name.capitalize()) for name in names.values()], **kwargs)

    def to_internal_value(self, data: Any) -> int:  # noqa: ANN401 - any JSON
        """Return the number. Raises ValidationError."""
        name = super().to_internal_value(data)
        return next(number for number, own in self.names.items() if own == name)

    def to_representation(self, value: int) -> str:
        """Return the name."""
        return self.names[value]

    def database_json(self, number: F) -> Case:
        """Return the same in SQL."""
        named = (When(**{number.name: value}, then=Value(name)) for value, name in self.names.items())
        return Case(*named, output_field=CharField())


class LevelField(NumberedChoiceField):
    """The level of works."""

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - handed on
        super().__init__(dict(enumerate(LEVEL_NAMES)), **kwargs)


class BlurField(NumberedChoiceField):
    """The level from which on works are blurred."""

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - handed on
        super().__init__(BLUR_NAMES, **kwargs)
