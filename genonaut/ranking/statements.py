"""SQL in pieces: each holds its parameters, and pieces are joined in the order of the text.

A query that runs often is prepared once (`PreparedQuery`): its constants become part of the text, and only its params
stay parameters, which the server binds. PostgreSQL can then keep its plan as well.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from string import Formatter
from typing import Any, NamedTuple

from psycopg import Connection
from psycopg.sql import Literal
from psycopg.types.numeric import Int8


@dataclass(frozen=True)
class Param:
    """A parameter whose value is bound when the query runs, so that the query can be cached for any value."""

    name: str


class SQL(NamedTuple):
    """A piece of SQL with `%s` for each of its parameters; a Param among them stands for a value to be bound."""

    sql: str
    params: tuple[Any, ...] = ()

    def format(self, **pieces: "SQL | str") -> "SQL":
        """Return this text with its named pieces filled in, and all their parameters in order.

        The white space of a template, which makes it legible here, is not sent. A template has no parameters.
        """
        return fill(self.sql, pieces.__getitem__)

    def join(self, pieces: "list[SQL]") -> "SQL":
        """Return pieces with this text between them."""
        return SQL(self.sql.join(sql for sql, _ in pieces), tuple(param for _, params in pieces for param in params))

    def bind(self, values: Mapping[Param, Any]) -> list[Any]:
        """Return the parameters, each Param replaced by its value. Raises KeyError for a Param without one."""
        return [values[param] if isinstance(param, Param) else param for param in self.params]


class PreparedQuery(NamedTuple):
    """A query as text with `$1`, `$2` ... for its params."""

    sql: str
    params: tuple[Param, ...]

    def bind(self, values: Mapping[Param, Any]) -> list[Any]:
        """Return the values of the params. Raises KeyError for a Param without one."""
        # psycopg types a number by its size; to PostgreSQL another type is another statement.
        return [Int8(value) if type(value) is int else value for value in map(values.__getitem__, self.params)]


def prepare(query: SQL, connection: Connection) -> PreparedQuery:
    """Return a query with its constants as part of its text."""
    params = iter(query.params)
    placeholders: dict[Param, str] = {}

    def write(placeholder: re.Match) -> str:
        if placeholder[0] == "%%":
            return "%"
        param = next(params)
        if isinstance(param, Param):
            return placeholders.setdefault(param, f"${len(placeholders) + 1}")
        return Literal(param).as_string(connection)

    return PreparedQuery(re.sub("%[%s]", write, query.sql), tuple(placeholders))


def value(constant: object, cast: str = "") -> SQL:
    """Return one parameter as a piece of SQL, with a cast if its type is in doubt."""
    return SQL(f"%s::{cast}" if cast else "%s", (constant,))


def fill(template: str, piece: Callable[[str], SQL | str]) -> SQL:
    """Return a template with its pieces filled in; `piece` gives what to write for the text between a pair of
    braces."""
    texts: list[str] = []
    params: list[Any] = []
    for text, name in _parsed(template):
        texts.append(text)
        if name is not None:
            filling = piece(name)
            sql, own_params = filling if isinstance(filling, SQL) else (filling, ())
            texts.append(sql)
            params.extend(own_params)
    return SQL("".join(texts), tuple(params))


@lru_cache(maxsize=256)
def _parsed(template: str) -> list[tuple[str, str | None]]:
    """Return the texts of a template, white space narrowed, each with the name of the piece behind it."""
    return [(re.sub(r"\s+", " ", text), name) for text, name, _, _ in Formatter().parse(template)]
