"""Conditions that PostgreSQL applies to each row, though an index could answer them.

The planner reckons a look into a GIN index of some hundred thousand entries to be cheap, whatever it has to compare
for each of them; a scan of some thousand rows in their order, which ends when the page is full, is a tenth of it.
"""

from copy import copy
from typing import Any

from django.db.models import QuerySet
from django.db.models.sql.where import WhereNode


class WithoutIndex:
    """A lookup that can be written in a way that no index answers: `as_sql` does so if `is_by_row`."""

    is_by_row = False

    def by_row(self) -> Any:  # noqa: ANN401 - the lookup's own class
        """Return the same condition, applied to each row."""
        lookup = copy(self)
        lookup.is_by_row = True
        return lookup


def row_by_row(queryset: QuerySet) -> QuerySet:
    """Return a queryset with every condition that can be applied to each row written so; its rows are the same."""
    narrowed = queryset.all()
    narrowed.query.where = _by_row(narrowed.query.where)
    return narrowed


def _by_row(node: Any) -> Any:  # noqa: ANN401 - of a tree of conditions
    if isinstance(node, WhereNode):
        return WhereNode([_by_row(child) for child in node.children], node.connector, node.negated)
    return node.by_row() if isinstance(node, WithoutIndex) else node
