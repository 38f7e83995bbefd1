"""The keys of a list's anchors: every so many rows and the last one.

An index-served list is hopped through from anchor to anchor in its index, which costs no more than counting it. Any
other is collected and sorted by all workers that PostgreSQL has to spare.
"""

from django.db.backends.utils import CursorWrapper

from genonaut.pagination.anchors.anchored_list import AnchoredList
from genonaut.pagination.keyset import ComparedWith, KeyValues
from genonaut.pagination.scan_union import ScanUnion
from genonaut.ranking import SQL

# Rows from one anchor to the next. A scan of so many entries of an index costs a millisecond; 1 million rows have 500
# anchors, about 25 kB. If no index gives the list, each row of the scan is a visit to the table, so it is shorter.
SPACING = 2_000
COLLECTED_SPACING = 500


def spacing_of(listed: AnchoredList) -> int:
    """Return how many rows there are from one anchor of a list to the next."""
    return SPACING if listed.is_index_served else COLLECTED_SPACING


def read_keys(cursor: CursorWrapper, listed: AnchoredList) -> tuple[list[KeyValues], int]:
    """Return the keys of every so many rows and of the last one, and how many rows there are. Two queries."""
    spacing = spacing_of(listed)
    statement = _hops(listed, spacing) if listed.is_index_served else _numbered(listed, spacing)
    cursor.execute(statement.sql, statement.params)
    keys = cursor.fetchall()
    if not keys:
        return [], 0
    rest = ScanUnion(listed.between(keys[-1], None).querysets, listed.rising).at_offset(0, 2 * spacing)
    return [*keys, rest[-1] if rest else keys[-1]], (len(keys) - 1) * spacing + len(rest)


def _hops(listed: AnchoredList, spacing: int) -> SQL:
    """Return SQL that seeks each anchor from the one before."""
    order, names = listed.rising, ", ".join(listed.order.aliases)
    last = SQL(", ".join(f"anchor.{alias}" for alias in order.aliases))
    after = ComparedWith(*order.expressions, operator=">", keys=last)
    following = ScanUnion([queryset.filter(after) for queryset in listed.querysets], order)
    return SQL(
        "WITH RECURSIVE anchor AS ((SELECT {names} FROM ({first}) AS first ORDER BY {sort} LIMIT 1)"
        " UNION ALL SELECT hop.* FROM anchor CROSS JOIN LATERAL"
        " (SELECT {names} FROM ({rows}) AS following ORDER BY {sort} OFFSET {skipped} LIMIT 1) AS hop)"
        " SELECT {names} FROM anchor"
    ).format(
        names=names,
        sort=order.sort_sql(),
        first=ScanUnion(listed.querysets, order).statement(limit=1, is_sorted=True),
        rows=following.statement(limit=spacing, is_sorted=True),
        skipped=str(spacing - 1),
    )


def _numbered(listed: AnchoredList, spacing: int) -> SQL:
    """Return SQL that collects all rows, sorts them and keeps every so many.

    They are numbered as they come from the sort: by an order of the window PostgreSQL 15 would compare each row again.
    """
    names = ", ".join(listed.order.aliases)
    return SQL(
        "SELECT {names} FROM (SELECT {names}, row_number() OVER () AS number"
        " FROM (SELECT {names} FROM ({rows}) AS matches ORDER BY {names}) AS sorted)"
        " AS numbered WHERE mod(number - 1, {spacing}) = 0 ORDER BY number"
    ).format(
        names=names,
        rows=ScanUnion(listed.querysets, listed.rising).statement(limit=None, is_sorted=False),
        spacing=str(spacing),
    )
