"""SQL in pieces: each holds its parameters, and pieces are joined in the order of the text.

A statement that runs often is written out once (`Written`): its constants become part of the text, and only its slots
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
class Slot:
    """A parameter that a statement leaves open until it runs, so that it can be kept for other values."""

    name: str


class Statement(NamedTuple):
    """A piece of SQL with `%s` for each of its parameters; a Slot among them stands for a value to come."""

    sql: str
    params: tuple[Any, ...] = ()

    def filled(self, given: Mapping[Slot, Any]) -> list[Any]:
        """Return the parameters, with values for the slots among them. Raises KeyError for a slot without one."""
        return [given[param] if isinstance(param, Slot) else param for param in self.params]


class Written(NamedTuple):
    """A statement as text with `$1`, `$2` ... for its slots."""

    sql: str
    slots: tuple[Slot, ...]

    def filled(self, given: Mapping[Slot, Any]) -> list[Any]:
        """Return the parameters. Raises KeyError for a slot without a value."""
        values = [given[slot] for slot in self.slots]
        # psycopg types a number by its size; to PostgreSQL another type is another statement.
        return [Int8(value) if type(value) is int else value for value in values]


def written(statement: Statement, connection: Connection) -> Written:
    """Return a statement with its constants written out."""
    params = iter(statement.params)
    slots: dict[Slot, str] = {}

    def write(found: re.Match) -> str:
        if found[0] == "%%":
            return "%"
        param = next(params)
        if isinstance(param, Slot):
            return slots.setdefault(param, f"${len(slots) + 1}")
        return Literal(param).as_string(connection)

    return Written(re.sub("%[%s]", write, statement.sql), tuple(slots))


def value(given: object, cast: str = "") -> Statement:
    """Return one parameter as a piece of SQL, with a cast if its type is in doubt."""
    return Statement(f"%s::{cast}" if cast else "%s", (given,))


def compose(template: str, **pieces: "Statement | str") -> Statement:
    """Return the template with its named pieces filled in, and all their parameters in order.

    The template's own white space, which makes it legible here, is not sent.
    """
    return fill(template, pieces.__getitem__)


def fill(template: str, piece: Callable[[str], "Statement | str"]) -> Statement:
    """Return the same; `piece` gives what to write for the text between a pair of braces."""
    texts: list[str] = []
    params: list[Any] = []
    for text, name in _parsed(template):
        texts.append(text)
        if name is not None:
            filling = piece(name)
            sql, own_params = filling if isinstance(filling, Statement) else (filling, ())
            texts.append(sql)
            params.extend(own_params)
    return Statement("".join(texts), tuple(params))


@lru_cache(maxsize=256)
def _parsed(template: str) -> list[tuple[str, str | None]]:
    """Return the texts of a template, white space narrowed, each with the name of the piece behind it."""
    return [(re.sub(r"\s+", " ", text), name) for text, name, _, _ in Formatter().parse(template)]


def joined(separator: str, pieces: "list[Statement]") -> Statement:
    """Return pieces with a separator between them."""
    return Statement(separator.join(sql for sql, _ in pieces), tuple(param for _, some in pieces for param in some))
