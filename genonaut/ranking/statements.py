"""SQL in pieces: each keeps its parameters, and pieces are put together in the order in which they are written."""

from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Any, NamedTuple


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


def value(given: object, cast: str = "") -> Statement:
    """Return one parameter as a piece of SQL, with a cast where its type could be doubted."""
    return Statement(f"%s::{cast}" if cast else "%s", (given,))


def compose(template: str, **pieces: "Statement | str") -> Statement:
    """Return the template with its named pieces filled in, and all their parameters in order."""
    texts: list[str] = []
    params: list[Any] = []
    for text, name, _, _ in Formatter().parse(template):
        texts.append(text)
        if name is not None:
            piece = pieces[name]
            sql, some = piece if isinstance(piece, Statement) else (piece, ())
            texts.append(sql)
            params.extend(some)
    return Statement("".join(texts), tuple(params))


def joined(separator: str, pieces: "list[Statement]") -> Statement:
    """Return pieces with a separator between them."""
    return Statement(separator.join(sql for sql, _ in pieces), tuple(param for _, some in pieces for param in some))
