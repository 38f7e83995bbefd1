"""Plans of statements as text without the values that the statements were asked with."""

import re
from collections.abc import Iterator
from typing import Any

from django.db import connections, transaction
from psycopg.pq import Format

from genonaut.database.statements import SlowStatement

SECONDS, LOCK_SECONDS = 2.0, 0.5
# Of a statement in the log, and of its plan.
MOST_CHARACTERS = 4_000
# One that EXPLAIN takes, and no second one behind it.
EXPLAINED = re.compile(r"\s*\(?\s*(SELECT|INSERT|UPDATE|DELETE|MERGE|WITH|VALUES)\b[^;]*;?\s*", re.IGNORECASE)
QUOTED = re.compile("'(?:[^']|'')*'")
NUMBER = re.compile(r'(?<![\w$."])-?\d+(?:\.\d+)?(?![\w"])')
# Columns and values of a list that differs in length only.
MANY = re.compile(r"(%s|\$\d+|\?)(?:, (?:%s|\$\d+|\?))+")
# What a node says of itself; all else that it says is left out.
NAMES = ("Relation Name", "CTE Name", "Function Name")
CONDITIONS = (
    *("Index Cond", "Recheck Cond", "Filter", "Hash Cond", "Merge Cond", "Join Filter", "One-Time Filter"),
    *("TID Cond", "Sort Key", "Group Key"),
)


def text_of(statement: SlowStatement) -> str:
    """Return a statement as it is logged: with placeholders, and without literals that its text holds.

    Django writes LIMIT and OFFSET into it: all pages of a list are one statement.
    """
    return redacted(" ".join(statement.sql.split()))[:MOST_CHARACTERS]


def plan_of(statement: SlowStatement) -> str:
    """Return the plan of a statement, which is not run; empty if EXPLAIN does not take it.

    In a transaction of its own, within SECONDS, and without waiting for locks. Three queries. Raises django.db.Error.
    """
    if statement.is_many or not EXPLAINED.fullmatch(statement.sql):
        return ""
    connection = connections[statement.alias]
    with transaction.atomic(using=statement.alias):
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {round(SECONDS * 1000)}")
            cursor.execute(f"SET LOCAL lock_timeout = {round(LOCK_SECONDS * 1000)}")
        cursor = _cursor_like(connection, statement)
        with cursor:
            cursor.execute(f"EXPLAIN (FORMAT JSON) {statement.sql}", statement.params)
            ((plan,),) = cursor.fetchall()
    return "\n".join(_lines(plan[0]["Plan"]))[:MOST_CHARACTERS]


def _cursor_like(connection: Any, statement: SlowStatement) -> Any:  # noqa: ANN401 - cursors of Django or psycopg
    """Return a cursor that takes the statement's parameters as the one that ran it did."""
    if not statement.is_bound_by_server:
        return connection.cursor()
    cursor = connection.connection.raw_cursor_factory(connection.connection)
    cursor.format = Format.BINARY
    return connection.make_cursor(cursor)


def _lines(node: dict[str, Any], depth: int = 0) -> Iterator[str]:
    """Yield a line for each node and condition."""
    name = " ".join(part for part in (node.get("Join Type"), node["Node Type"]) if part)
    index = f" using {node['Index Name']}" if "Index Name" in node else ""
    on = "".join(f" on {node[key]}" for key in NAMES if key in node)
    yield f"{'  ' * depth}{name}{index}{on} (cost {node['Total Cost']:.0f}, rows {node['Plan Rows']})"
    for key in CONDITIONS:
        if key in node:
            said = node[key] if isinstance(node[key], str) else ", ".join(node[key])
            yield f"{'  ' * depth}  {key}: {redacted(said)}"
    for child in node.get("Plans", ()):
        yield from _lines(child, depth + 1)


def redacted(text: str) -> str:
    """Return a condition of a plan, or a statement, without its values."""
    return MANY.sub(r"\1, ...", NUMBER.sub("?", QUOTED.sub("'?'", text)))
