"""Reads a graph, or a list of inputs, as staff upload or paste it."""

import json
from typing import NoReturn

# Of a file, and of a text in UTF-8. Graphs of thousands of nodes are smaller.
GRAPH_BYTES = 2_000_000


def parsed(data: bytes | str) -> object:
    """Return the value of a JSON text.

    Raises ValueError, whose message is a sentence: too large, not UTF-8, no JSON, NaN, a name twice in one object.
    """
    raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    if len(raw) > GRAPH_BYTES:
        raise ValueError(f"This is larger than {GRAPH_BYTES // 1_000_000} MB.")
    try:
        return json.loads(raw.decode("utf-8-sig"), parse_constant=_refuse, object_pairs_hook=_object)
    except UnicodeDecodeError as error:
        raise ValueError("This is no text in UTF-8.") from error
    except RecursionError as error:
        raise ValueError("This is nested too deep.") from error
    except ValueError as error:
        raise ValueError(f"This is no JSON: {error}.") from error


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("one object has the same name twice")
    return members
