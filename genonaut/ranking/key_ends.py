"""The ends of key types: SQL of values that no row sorts before, or behind."""

from decimal import Decimal

from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.models import (
    CharField,
    DateField,
    DecimalField,
    Field,
    FloatField,
    IntegerField,
    Model,
    TextField,
    UUIDField,
)

UUID_DIGITS = 32
# The PostgreSQL types of literals, by the field's class; of the others it is uuid.
TYPES = {"DateTimeField": "timestamptz", "DateField": "date", "FloatField": "float8", "DecimalField": "numeric"}
INTEGERS = {
    "SmallIntegerField": "int2",
    "PositiveSmallIntegerField": "int2",
    "BigIntegerField": "int8",
    "PositiveBigIntegerField": "int8",
}


def ends_of(model: type[Model], field: Field, copy: Field) -> tuple[str, str]:
    """Return SQL for the ends of a type: nothing sorts before the first or behind the second."""
    if isinstance(field, DateField):  # and DateTimeField
        return _cast("-infinity", copy), _cast("infinity", copy)
    if isinstance(field, FloatField):
        return _cast("-Infinity", copy), _cast("NaN", copy)  # PostgreSQL sorts NaN last
    if isinstance(field, DecimalField):
        # A column of limited digits can hold NaN but no infinity.
        lowest = -Decimal(10**field.max_digits - 1).scaleb(-field.decimal_places)
        return _cast(f"{lowest:f}", copy), _cast("NaN", copy)
    if isinstance(field, IntegerField):  # and the automatic ones
        lowest, highest = connection.ops.integer_field_range(copy.get_internal_type())
        return _cast(lowest, copy), _cast(highest, copy)
    if isinstance(field, UUIDField):
        return _cast("0" * UUID_DIGITS, copy), _cast("f" * UUID_DIGITS, copy)
    if isinstance(field, CharField | TextField):
        # No text is the last of all: the last of those there are will do.
        kind = copy.db_type(connection)
        return f"''::{kind}", f'(SELECT max("{field.column}")::{kind} FROM "{model._meta.db_table}")'
    raise ImproperlyConfigured(f"{model.__name__}.{field.name}: no ranking by a {type(field).__name__} yet.")


def _cast(end: str | int, copy: Field) -> str:
    name = copy.get_internal_type()
    return f"'{end}'::{INTEGERS.get(name, 'int4') if isinstance(end, int) else TYPES.get(name, 'uuid')}"
