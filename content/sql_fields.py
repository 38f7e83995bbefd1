"""Columns of works that only SQL changes."""

from typing import Any

from django.db.models import BigIntegerField, BooleanField, F, FloatField, IntegerField, Model


class CountMixin:
    """A column that only SQL changes: `save()` leaves it as the database has it, whatever the instance says."""

    def pre_save(self, model_instance: Model, add: bool) -> Any:  # noqa: ANN401 - as Django's
        """Return the instance's value for a new row, the column itself for one that is there."""
        return super().pre_save(model_instance, add) if add else F(self.attname)


class CountField(CountMixin, IntegerField):
    """A whole number that only SQL changes."""


class CountedScoreField(CountMixin, FloatField):
    """A score that only SQL changes."""


class StackField(CountMixin, BigIntegerField):
    """A stack, which only SQL writes."""


class LeaderField(CountMixin, BooleanField):
    """Whether a work leads its stack, which only SQL writes."""
