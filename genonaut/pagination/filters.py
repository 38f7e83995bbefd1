"""Filters that say no to what they do not understand; django-filter's own would pass it over."""

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.core.validators import ProhibitNullCharactersValidator
from django_filters import filters
from django_filters.fields import IsoDateTimeField

MAX_REPEATED_VALUES = 20
# A larger number is no id; PostgreSQL would compare it as a numeric, without an index.
MAX_ID = 2**63 - 1


class TrueFalseFilter(filters.TypedChoiceFilter):
    """`true` or `false`; anything else is an error."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - handed on
        choices = (("true", "Yes"), ("false", "No"))
        super().__init__(*args, choices=choices, coerce=lambda value: value == "true", **kwargs)


class FloatFilter(filters.Filter):
    """A finite number."""

    field_class = forms.FloatField


class RepeatedTextField(forms.Field):
    """Texts of one parameter given several times; blank ones are passed over."""

    widget = forms.MultipleHiddenInput
    default_validators = (ProhibitNullCharactersValidator(),)

    def __init__(self, *, max_length: int, **kwargs: Any) -> None:  # noqa: ANN401 - handed on
        super().__init__(**kwargs)
        self.max_length = max_length

    def to_python(self, value: list[str] | None) -> list[str]:
        """Return the texts that are not blank, each once, in a fixed order: their order makes no difference."""
        return sorted({text.strip() for text in value or [] if text.strip()})

    def validate(self, value: list[str]) -> None:
        """Refuse too many texts and too long ones."""
        super().validate(value)
        if len(value) > MAX_REPEATED_VALUES:
            raise forms.ValidationError(f"Give at most {MAX_REPEATED_VALUES}.")
        if any(len(text) > self.max_length for text in value):
            raise forms.ValidationError(f"Must be at most {self.max_length} characters long.")

    def run_validators(self, value: list[str]) -> None:
        """Run the validators on each text."""
        for text in value:
            super().run_validators(text)


class AllOfFilter(filters.Filter):
    """A repeatable parameter: rows whose array holds all of the given texts."""

    field_class = RepeatedTextField

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - handed on
        super().__init__(*args, lookup_expr="contains", **kwargs)


class MomentField(IsoDateTimeField):
    """A date and time (ISO 8601) in UTC; one that falls off the calendar in UTC is refused."""

    def clean(self, value: str) -> datetime | None:
        """Return the moment. Raises ValidationError."""
        moment = super().clean(value)
        try:
            return moment and moment.astimezone(UTC)
        except OverflowError as error:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from error


class MomentFilter(filters.IsoDateTimeFilter):
    """A date, or date and time; UTC where it names no zone."""

    field_class = MomentField


class IntegerFilter(filters.Filter):
    """A whole number."""

    field_class = forms.IntegerField


class IdFilter(IntegerFilter):
    """The id of a related row, compared as such: nothing is looked up and no form lists the rows there are."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - handed on
        super().__init__(*args, min_value=1, max_value=MAX_ID, **kwargs)
