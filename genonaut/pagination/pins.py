"""Lists pinned to a moment: rows that came later are left out, and rows of a time to come stay."""

from collections.abc import Sequence
from dataclasses import replace

from django.db.models import (
    BooleanField,
    Case,
    DateTimeField,
    Expression,
    ExpressionWrapper,
    Func,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Least

from genonaut.pagination.keyset import Order
from genonaut.pagination.param_expression import ParamExpression
from genonaut.pagination.scan_union import ScanUnion
from genonaut.ranking import SQL, Param

# The time that a client asks pages to be pinned to.
AS_OF = Param("as_of")
# What is dated later is of no moment yet: it came before any pin, whenever it came. See docs/decisions/0009.
NOW = SQL("statement_timestamp()")
# Rows up to the pin and rows dated later than now are a pinned list: a pin later than now would hold some rows twice.
PIN = SQL("least(%s::timestamptz, statement_timestamp())", (AS_OF,))


class Now(Func):
    """NOW for the ORM."""

    function = "statement_timestamp"
    output_field = DateTimeField()


def pin() -> Expression:
    """Return PIN for the ORM."""
    return Least(ParamExpression(AS_OF, DateTimeField()), Now())


def around_gap(querysets: Sequence[QuerySet], field: str) -> list[QuerySet]:
    """Return the scans of a pinned list by time: two of each, so that no scan passes the rows between."""
    parts = [{f"{field}__lte": pin()}, {f"{field}__gt": Now()}]
    return [queryset.filter(**part) for queryset in querysets for part in parts]


def is_of_pin(field: str) -> Expression:
    """Return the condition of a pinned list's rows in another order: of that moment or before, or of a time to come.

    As CASE, which the planner tries no index for: written with OR it might collect both sides and sort them.
    """
    is_past = When(**{f"{field}__lte": pin()}, then=Value(True))
    is_to_come = ExpressionWrapper(Q(**{f"{field}__gt": Now()}), output_field=BooleanField())
    return Case(is_past, default=is_to_come, output_field=BooleanField())


def next_sql(querysets: Sequence[QuerySet], order: Order) -> SQL:
    """Return SQL, as text, of the first moment to come of some rows: it changes when the row of that moment is not to
    come any more, with which the answers to "how many came since" do."""
    to_come = [queryset.filter(**{f"{order.keys[0]}__gt": Now()}) for queryset in querysets]
    rows = ScanUnion(to_come, replace(order, is_descending=False)).statement(limit=1, is_sorted=True)
    return SQL("coalesce((SELECT extract(epoch FROM min(key_0)) FROM ({rows}) AS row)::text, '')").format(rows=rows)
