"""The columns that a ranking keeps of a model: the keys of its orders and its facets."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured, ValidationError
from django.db import connection
from django.db.models import (
    AutoField,
    BigAutoField,
    BigIntegerField,
    CharField,
    DateField,
    DecimalField,
    Field,
    FloatField,
    IntegerField,
    Model,
    SmallAutoField,
    SmallIntegerField,
    TextField,
    UUIDField,
    Value,
)
from django.db.models.functions import Coalesce
from psycopg import sql

from genonaut.ranking.statements import Statement, compose, joined, value

Key = str | Coalesce

# A column that counts by itself is a plain number in the tables that copy its values.
PLAIN_NUMBERS = {AutoField: IntegerField, BigAutoField: BigIntegerField, SmallAutoField: SmallIntegerField}
KEPT_OPTIONS = ("max_length", "max_digits", "decimal_places", "db_collation")
UUID_DIGITS = 32


@dataclass(frozen=True)
class Column:
    """A column of the ranked table, or an expression over one, and its copy in the ranking's own tables."""

    name: str  # of the copy
    source: str  # the SQL of the original; {row} stands for the row's name
    field: Field  # of the copy

    def of(self, row: str) -> str:
        """Return the SQL of the original in a row of this name."""
        return self.source.replace("{row}", row)

    @property
    def type(self) -> str:
        """The PostgreSQL type; of decimals without their places, so that a value between two of them stays there."""
        if isinstance(self.field, DecimalField):
            return "numeric"
        return self.field.db_type(connection)


@dataclass(frozen=True)
class KeyColumn(Column):
    """A key of an order, with values at or beyond both ends of its type, as SQL over the ranked table."""

    lowest: str
    highest: str


@dataclass(frozen=True)
class TriggerTables:
    """What the triggers of a ranked model write to and read: names of tables and columns."""

    label: str  # of the model
    pk: str
    delta: str
    nodes: tuple[str, ...]
    keys: tuple[KeyColumn, ...]
    facets: tuple[Column, ...]
    tracked: tuple[str, ...]  # whose change is a change of the lists

    @property
    def copied(self) -> tuple[Column, ...]:
        """The columns that a delta copies from its row."""
        return (*self.keys, *self.facets)


def key_column(model: type[Model], key: Key) -> KeyColumn:
    """Return the column of a sort key: a field's name, or a Coalesce of a field and a constant.

    Raises ImproperlyConfigured for a key that may be NULL, of another form or of a type without known ends.
    """
    if isinstance(key, str):
        field = _field(model, key)
        if field.null:
            raise ImproperlyConfigured(f"{model.__name__}.{key} may be NULL: rank by a Coalesce of it.")
        source = f'{{row}}."{field.column}"'
    else:
        expressions = key.get_source_expressions()
        if len(expressions) != 2 or not isinstance(expressions[1], Value):
            raise ImproperlyConfigured(f"{key} is not a Coalesce of one field and one constant.")
        field = _field(model, expressions[0].name)
        # Written as the index's own expression, so that the planner knows it for the same.
        source = f'COALESCE({{row}}."{field.column}", {literal(expressions[1].value)})'
    copy = _copy(field, null=False)
    if isinstance(key, Coalesce) and not _holds(copy, expressions[1].value):
        raise ImproperlyConfigured(f"{model.__name__}.{field.name} cannot hold {expressions[1].value!r}.")
    lowest, highest = _ends(model, field, copy)
    return KeyColumn(f"key_{field.name}", source, copy, lowest, highest)


def facet_column(model: type[Model], name: str) -> Column:
    """Return the column of a facet. Raises ImproperlyConfigured where the field is a relation."""
    field = _field(model, name)
    if field.is_relation:
        raise ImproperlyConfigured(f"{model.__name__}.{name} is a relation: a facet has few values.")
    return Column(f"facet_{field.name}", f'{{row}}."{field.column}"', _copy(field, null=field.null))


def literal(given: object) -> str:
    """Return a constant as SQL text."""
    return sql.Literal(given).as_string(None)


def one_of(column: str, values: Collection[Any]) -> Statement:
    """Return the condition that a column has one of some values, None among them."""
    known = [given for given in values if given is not None]
    conditions = [compose("{column} = ANY({known})", column=column, known=value(known))] if known else []
    if len(known) < len(values):
        conditions.append(Statement(f"{column} IS NULL"))
    return compose("({any})", any=joined(" OR ", conditions)) if conditions else Statement("false")


def _field(model: type[Model], name: str) -> Field:
    try:
        return model._meta.pk if name == "pk" else model._meta.get_field(name)
    except FieldDoesNotExist as error:
        raise ImproperlyConfigured(str(error)) from error


def _copy(field: Field, *, null: bool) -> Field:
    """Return a field of the same type and nothing else: neither default, choices nor index."""
    _, _, _, options = field.deconstruct()
    kept = {name: options[name] for name in KEPT_OPTIONS if name in options}
    return PLAIN_NUMBERS.get(type(field), type(field))(null=null, **kept)


def _holds(field: Field, given: object) -> bool:
    """Return whether a field's column holds a value as it is; rounded, it would be another key than the row's."""
    try:
        field.run_validators(given)
        is_same = field.to_python(given) == given
    except (ValidationError, TypeError, OverflowError):
        return False
    return is_same


def _ends(model: type[Model], field: Field, copy: Field) -> tuple[str, str]:
    """Return SQL for the ends of a type: nothing sorts before the first or behind the second."""
    if isinstance(field, DateField):  # and DateTimeField
        return _cast("-infinity", copy), _cast("infinity", copy)
    if isinstance(field, FloatField):
        return _cast("-Infinity", copy), _cast("NaN", copy)  # PostgreSQL sorts NaN last
    if isinstance(field, DecimalField):
        # A column of so many digits has no room for an infinity, but for NaN.
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
    names = {"DateTimeField": "timestamptz", "DateField": "date", "FloatField": "float8", "DecimalField": "numeric"}
    internal = copy.get_internal_type()
    if isinstance(end, int):
        sizes = {"SmallIntegerField": "int2", "PositiveSmallIntegerField": "int2", "BigIntegerField": "int8"}
        sizes["PositiveBigIntegerField"] = "int8"
        return f"'{end}'::{sizes.get(internal, 'int4')}"
    return f"'{end}'::{names.get(internal, 'uuid')}"
