"""The index scans that make up a list, read from its model's `Meta.indexes`."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import F, Index, Model, Q

from genonaut.pagination.keyset import Key

Prefixes = Sequence[Sequence[str]]


@cache
def prefixes(model: type[Model], keys: tuple[Key, ...]) -> Prefixes:
    """Return, for each index that ends in the keys of an order, the columns before them and those its condition fixes.

    A list whose condition fixes exactly these columns is one scan of the index. A proxy has its concrete model's.
    """
    options = model._meta.concrete_model._meta
    keys = tuple(options.pk.name if key == "pk" else key for key in keys)
    # The primary key has an index without a declaration.
    all_prefixes = [()] if keys == (options.pk.name,) else []
    for index in options.indexes:
        columns, fixed = _keys_of(index), fixed_by(index.condition or Q(), model)
        leading = columns[: -len(keys)]
        if columns[-len(keys) :] == keys and fixed is not None and all(isinstance(name, str) for name in leading):
            all_prefixes.append((*fixed, *leading))
    return tuple(dict.fromkeys(all_prefixes))


@cache
def is_split_by(model: type[Model], name: str, values: tuple[Any, ...]) -> bool:
    """Return whether indexes hold the rows of each of these values of a column: partial ones may hold some alone."""
    indexes = model._meta.concrete_model._meta.indexes
    if any(name in _keys_of(index) for index in indexes):
        return True
    conditions = (fixed_by(index.condition or Q(), model) or {} for index in indexes)
    return set(values) <= {condition[name] for condition in conditions if name in condition}


def _keys_of(index: Index) -> tuple[Key, ...]:
    """Return the columns and expressions of an index, in its order."""
    expressions = (expression.name if isinstance(expression, F) else expression for expression in index.expressions)
    return (*index.fields, *expressions)


def fixed_by(condition: Q, model: type[Model]) -> dict[str, Any] | None:
    """Return the columns, by name, that a condition fixes to one value each; None if it does anything else."""
    if condition.negated or (condition.connector != Q.AND and len(condition.children) > 1):
        return None
    fixed: dict[str, Any] = {}
    for child in condition.children:
        part = fixed_by(child, model) if isinstance(child, Q) else _equality(child, model)
        if part is None or any(fixed.get(name, value) != value for name, value in part.items()):
            return None
        fixed |= part
    return fixed


def _equality(child: object, model: type[Model]) -> dict[str, Any] | None:
    """Return the column and value of `column=value`; None for anything else."""
    if not isinstance(child, tuple):
        return None
    name, value = child
    try:
        return {model._meta.get_field(name).name: value}
    except FieldDoesNotExist:
        return None


def index_scans(
    fixed: Mapping[str, Any], choices: Mapping[str, Sequence[Any]], prefixes: Prefixes
) -> list[Mapping[str, Any]] | None:
    """Return the disjoint conditions that split a list so that each is one scan of an index; None if none do.

    `prefixes` are those of the list's order, `choices` all values of the columns that have few.
    """
    if any(fixed.keys() == set(prefix) for prefix in prefixes):
        return [fixed]
    for name in choices:
        if name in fixed or not any({name, *fixed} <= set(prefix) for prefix in prefixes):
            continue
        parts = [index_scans({**fixed, name: value}, choices, prefixes) for value in choices[name]]
        if None not in parts:
            return [scan for part in parts for scan in part]
    return None
