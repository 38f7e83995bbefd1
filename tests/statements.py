"""The statements that some code runs, each as text with its values written in, to be read and explained."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection
from psycopg import ClientCursor
from psycopg.sql import Literal


@contextmanager
def statements_run() -> Iterator[list[str]]:
    """Give the list of the statements that run inside, in their order."""
    texts: list[str] = []

    def note(execute: Callable[..., Any], sql: str, params: Sequence[Any], *rest: Any) -> Any:
        texts.append(written(sql, params))
        return execute(sql, params, *rest)

    with connection.execute_wrapper(note):
        yield texts


def written(sql: str, params: Sequence[Any] | None) -> str:
    """Return a statement with its values, whether Django fills them in (%s) or the server does ($1)."""
    if re.search(r"\$\d", sql) and "%s" not in sql:
        return re.sub(r"\$(\d+)", lambda slot: Literal(params[int(slot[1]) - 1]).as_string(connection.connection), sql)
    return ClientCursor(connection.connection).mogrify(sql, params) if params else sql
