"""Filters that say no to what they do not understand; django-filter's own would pass it over."""

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, NamedTuple

from django import forms
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.core.validators import ProhibitNullCharactersValidator
from django.db.models import QuerySet
from django.http import QueryDict
from django_filters import FilterSet, filters
from django_filters.fields import IsoDateTimeField

Viewer = AbstractBaseUser | AnonymousUser
MAX_REPEATED_VALUES = 20
# A larger number is no id; PostgreSQL would compare it as a numeric, without an index.
MAX_ID = 2**63 - 1


class ShownFilter(NamedTuple):
    """A filter as a page shows it, with the text that was asked for; None: none was."""

    name: str
    label: str
    choices: Iterable[tuple[str, str]]
    value: str | None


class ListFilterSet(FilterSet):
    """The filters of a list as its viewer may use them, made only as far as a request names them, until their form is
    asked for.

    To make all of them for each request costs more than everything else that Python does for a page.
    """

    def __init__(self, data: QueryDict, queryset: QuerySet, viewer: Viewer, *, is_whole: bool = False) -> None:
        self.viewer = viewer
        self.is_whole = is_whole
        if not is_whole:
            self.base_filters = {name: declared for name, declared in self.base_filters.items() if name in data}
        super().__init__(data, queryset)

    @cached_property
    def form(self) -> forms.Form:
        """Every filter, filled with what was asked."""
        return self.named if self.is_whole else type(self)(self.data, self.queryset, self.viewer, is_whole=True).named

    @cached_property
    def named(self) -> forms.Form:
        """The filters that were named, and so all that can be wrong or in force."""
        # A class costs as much as an instance.
        made = self.get_form_class() if self.filters else self._meta.form
        return made(self.data)

    @property
    def errors(self) -> dict[str, list[str]]:
        """What is wrong, as messages by filter."""
        return self.named.errors if self.filters else {}

    @property
    def cleaned_data(self) -> dict[str, Any]:
        """The values of the filters that were named, but for those that are wrong."""
        if not self.filters:
            return {}
        self.named.is_valid()  # cleans them, if that was not done yet
        return self.named.cleaned_data

    def shown(self, name: str) -> ShownFilter:
        """Return a filter as a page shows it. Without the form, which takes longer than a page of works."""
        declared = type(self).base_filters[name]
        return ShownFilter(name, declared.label, getattr(declared.field, "choices", ()), self.data.get(name))

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        """Return the queryset, narrowed by the filters that were named."""
        for name, value in self.cleaned_data.items():
            queryset = self.filters[name].filter(queryset, value)
        return queryset


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
    """A repeatable parameter: rows that hold all of the given texts."""

    field_class = RepeatedTextField


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


class NoFilters(ListFilterSet):
    """No filters, of a list of any model."""
