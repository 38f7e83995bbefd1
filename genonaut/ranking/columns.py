"""The columns that a ranking keeps of a model: the keys of its orders and its facets."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured, ValidationError
from django.db import connection
from django.db.models import (
    AutoField,
    BigAutoField,
    BigIntegerField,
    DecimalField,
    Field,
    IntegerField,
    Model,
    SmallAutoField,
    SmallIntegerField,
    Value,
)
from django.db.models.functions import Coalesce
from psycopg import sql

from genonaut.ranking.key_ends import ends_of
from genonaut.ranking.statements import SQL, value

Key = str | Coalesce

# A column that counts by itself is a plain number in the tables that copy its values.
PLAIN_NUMBERS = {AutoField: IntegerField, BigAutoField: BigIntegerField, SmallAutoField: SmallIntegerField}
KEPT_OPTIONS = ("max_length", "max_digits", "decimal_places", "db_collation")


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
class NodeTable:
    """The table of one order's nodes, and the order's keys."""

    name: str
    keys: tuple[KeyColumn, ...]


@dataclass(frozen=True)
class TriggerTables:
    """The names that the triggers of a ranked model write: its tables and columns."""

    label: str  # of the model
    pk: str
    delta: str
    nodes: tuple[NodeTable, ...]
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
    referred = _referred(model, field)
    copy = _copy(referred, null=False)
    if isinstance(key, Coalesce) and not _holds(copy, expressions[1].value):
        raise ImproperlyConfigured(f"{model.__name__}.{field.name} cannot hold {expressions[1].value!r}.")
    lowest, highest = ends_of(model, referred, copy)
    return KeyColumn(f"key_{field.name}", source, copy, lowest, highest)


def facet_column(model: type[Model], name: str) -> Column:
    """Return the column of a facet. Raises ImproperlyConfigured if the field is a relation."""
    field = _field(model, name)
    if field.is_relation:
        raise ImproperlyConfigured(f"{model.__name__}.{name} is a relation: a facet has few values.")
    return Column(f"facet_{field.name}", f'{{row}}."{field.column}"', _copy(field, null=field.null))


def literal(constant: object) -> str:
    """Return a constant as SQL text."""
    return sql.Literal(constant).as_string(None)


def one_of(column: str, values: Collection[Any]) -> SQL:
    """Return the condition that a column has one of some values, None among them."""
    known = [given for given in values if given is not None]
    conditions = [SQL("{column} = ANY({known})").format(column=column, known=value(known))] if known else []
    if len(known) < len(values):
        conditions.append(SQL(f"{column} IS NULL"))
    return SQL("({any})").format(any=SQL(" OR ").join(conditions)) if conditions else SQL("false")


def _field(model: type[Model], name: str) -> Field:
    try:
        return model._meta.pk if name == "pk" else model._meta.get_field(name)
    except FieldDoesNotExist as error:
        raise ImproperlyConfigured(str(error)) from error


def _referred(model: type[Model], field: Field) -> Field:
    """Return the field whose values a key holds: of a reference the primary key that it names.

    Raises ImproperlyConfigured for a reference by anything but numbers.
    """
    if not field.is_relation:
        return field
    if not isinstance(field.target_field, IntegerField):
        raise ImproperlyConfigured(f"{model.__name__}.{field.name}: a reference is ranked by if it is a number.")
    return field.target_field


def _copy(field: Field, *, null: bool) -> Field:
    """Return a field of the same type and nothing else: neither default, choices nor index."""
    _, _, _, options = field.deconstruct()
    kept = {name: options[name] for name in KEPT_OPTIONS if name in options}
    return PLAIN_NUMBERS.get(type(field), type(field))(null=null, **kept)


def _holds(field: Field, constant: object) -> bool:
    """Return whether a field's column holds a value as it is; rounded, it would be another key than the row's."""
    try:
        field.run_validators(constant)
        is_same = field.to_python(constant) == constant
    except (ValidationError, TypeError, OverflowError):
        return False
    return is_same
