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


# The latest moments of a list as a CTE: as a rule they tell both the newest row and the next one to come. Over 16
# partitions that spares 16 scans of the 80 of a page.
LATEST = "latest AS MATERIALIZED (SELECT key_0 AS moment FROM ({rows}) AS row ORDER BY key_0 DESC LIMIT {most})"
MOST_LATEST = 20
# No row where all of them are yet to come.
NEWEST_OF_LATEST = """(SELECT ARRAY[max(moment) FILTER (WHERE moment <= {now})] FROM latest
    HAVING count(*) < {most} OR min(moment) <= {now})"""
NEXT_OF_LATEST = "coalesce((SELECT extract(epoch FROM min(moment)) FROM latest WHERE moment > {now})::text, '')"
NEWEST = "ARRAY[(SELECT max(key_0) FROM ({rows}) AS newest)]"
NEXT = "coalesce((SELECT extract(epoch FROM min(key_0)) FROM ({rows}) AS row)::text, '')"


def latest_sql(querysets: Sequence[QuerySet], order: Order) -> SQL:
    """Return the CTE that NEWEST_OF_LATEST and NEXT_OF_LATEST read."""
    latest = ScanUnion(querysets, replace(order, is_descending=True))
    return SQL(LATEST).format(rows=latest.statement(limit=MOST_LATEST, is_sorted=True), most=str(MOST_LATEST))


def newest_of_latest() -> SQL:
    """Return SQL of an array of the newest moment up to now, NULL in it if there is none; NULL if `latest` has too few
    rows to tell."""
    return SQL(NEWEST_OF_LATEST).format(now=NOW, most=str(MOST_LATEST))


def next_of_latest() -> SQL:
    """Return the same as `next_sql`, wherever `newest_of_latest` is not NULL."""
    return SQL(NEXT_OF_LATEST).format(now=NOW)


def newest_sql(querysets: Sequence[QuerySet], order: Order) -> SQL:
    """Return SQL of the same array, whatever is to come."""
    past = [queryset.filter(**{f"{order.keys[0]}__lte": Now()}) for queryset in querysets]
    newest = ScanUnion(past, replace(order, is_descending=True))
    return SQL(NEWEST).format(rows=newest.statement(limit=1, is_sorted=True))


def next_sql(querysets: Sequence[QuerySet], order: Order) -> SQL:
    """Return SQL, as text, of the first moment to come of some rows: it changes when the row of that moment is not to
    come any more, with which the answers to "how many came since" do."""
    to_come = [queryset.filter(**{f"{order.keys[0]}__gt": Now()}) for queryset in querysets]
    rows = ScanUnion(to_come, replace(order, is_descending=False)).statement(limit=1, is_sorted=True)
    return SQL(NEXT).format(rows=rows)
