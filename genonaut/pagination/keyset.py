"""Total orders of a model's rows, and the comparison that finds a position in one by a single index seek."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, Expression, F, Field, Func, Model, QuerySet, Value
from django.db.models.functions import Coalesce
from django.db.models.sql.compiler import SQLCompiler

from genonaut.ranking import SQL, KeyBound

Key = str | Coalesce
KeyValues = tuple[Any, ...]


class RowComparison(Func):
    """`(a, b) < (x, y)`: one comparison of two rows, which one seek of an index on (a, b) answers.

    The same written out with OR costs seconds at depth: PostgreSQL then scans the index from its start.
    """

    output_field = BooleanField()

    def __init__(self, *sides: Expression | F, operator: str) -> None:
        super().__init__(*sides)
        self.operator = operator

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, list[Any]]:
        """Compile the first half of the expressions against the second."""
        compiled = [compiler.compile(side) for side in self.source_expressions]
        sides = [sql for sql, _ in compiled]
        params = [param for _, some in compiled for param in some]
        half = len(sides) // 2
        return f"({', '.join(sides[:half])}) {self.operator} ({', '.join(sides[half:])})", params


class ComparedWith(Func):
    """`(a, b) < (bound.key_0, bound.key_1)`: RowComparison with keys that are SQL of the reader's own making."""

    output_field = BooleanField()

    def __init__(self, *expressions: Expression | F, operator: str, keys: SQL) -> None:
        super().__init__(*expressions)
        self.operator = operator
        self.keys = keys

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, list[Any]]:
        """Compile the comparison."""
        compiled = [compiler.compile(expression) for expression in self.source_expressions]
        columns = ", ".join(sql for sql, _ in compiled)
        params = [param for _, some in compiled for param in some]
        return f"({columns}) {self.operator} ({self.keys.sql})", [*params, *self.keys.params]


@dataclass(frozen=True)
class Order:
    """One total order: keys that are never NULL, the primary key last, all ascending or all descending.

    One index on the keys serves both directions. A nullable column takes part as a Coalesce, which is indexed as such.
    Raises ImproperlyConfigured when a key may be NULL or the primary key is not last: such an order loses rows.
    """

    model: type[Model]
    keys: tuple[Key, ...]
    is_descending: bool

    def __post_init__(self) -> None:
        for key in self.keys:
            if isinstance(key, str) and self.model._meta.get_field(key).null:
                raise ImproperlyConfigured(f"{self.model.__name__}.{key} may be NULL: sort by a Coalesce of it.")
        if self.keys[-1] not in ("pk", self.model._meta.pk.name):
            raise ImproperlyConfigured(f"An order of {self.model.__name__} must end in its primary key.")

    @property
    def aliases(self) -> list[str]:
        """The names under which `select` returns the keys."""
        return [f"key_{number}" for number in range(len(self.keys))]

    @cached_property
    def expressions(self) -> list[Expression | F]:
        """The keys as expressions."""
        return [F(key) if isinstance(key, str) else key for key in self.keys]

    @cached_property
    def fields(self) -> list[Field]:
        """The fields that say of which type each key's values are."""
        query = self.model._base_manager.annotate(**dict(zip(self.aliases, self.expressions, strict=True))).query
        return [query.annotations[alias].output_field for alias in self.aliases]

    def select(self, queryset: QuerySet, *, is_reversed: bool = False) -> QuerySet:
        """Return the key values alone, sorted, so that an index can answer without touching the table."""
        descending = self.is_descending != is_reversed
        # Sorted by the expressions, not by their aliases: the letter of the index.
        order = [key.desc() if descending else key.asc() for key in self.expressions]
        named = dict(zip(self.aliases, self.expressions, strict=True))
        return queryset.order_by(*order).annotate(**named).values_list(*self.aliases)

    def past(self, keys: KeyValues, *, is_reversed: bool = False) -> KeyBound:
        """Return the bound behind a row in scan direction: a scan from there begins with the next row."""
        return KeyBound(keys, after=self.is_descending == is_reversed)

    def up_to(self, keys: KeyValues, *, is_reversed: bool = False) -> KeyBound:
        """Return the bound before a row in scan direction: a scan from there begins with that row."""
        return KeyBound(keys, after=self.is_descending != is_reversed)

    def rows_after(self, bound: KeyBound | None, *, is_reversed: bool = False) -> RowComparison | None:
        """Return the condition for rows after a bound in scan direction; None, the end of the order, sets none."""
        if bound is None:
            return None
        values = [Value(value, output_field=field) for value, field in zip(bound.keys, self.fields, strict=True)]
        operator = self._operator(bound, is_reversed=is_reversed)
        return RowComparison(*self.expressions, *values, operator=operator)

    def rows_after_sql(self, bound: KeyBound | None, *, is_reversed: bool = False) -> tuple[str, KeyValues]:
        """Return the same condition as SQL over the names that `select` gives, with its parameters."""
        if bound is None:
            return "true", ()
        operator = self._operator(bound, is_reversed=is_reversed)
        placeholders = ", ".join(["%s"] * len(self.keys))
        return f"({', '.join(self.aliases)}) {operator} ({placeholders})", bound.keys

    def _operator(self, bound: KeyBound, *, is_reversed: bool) -> str:
        is_falling = self.is_descending != is_reversed
        return ("<" if is_falling else ">") + ("=" if bound.after == is_falling else "")

    def sort_sql(self, *, is_reversed: bool = False) -> str:
        """Return the ORDER BY of a union of selects, by column number."""
        direction = "DESC" if self.is_descending != is_reversed else "ASC"
        return ", ".join(f"{number} {direction}" for number in range(1, len(self.keys) + 1))
