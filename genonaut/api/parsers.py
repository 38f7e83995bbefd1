"""The JSON parser of the API, and what JSON it takes."""

import json
import sys
from collections.abc import Mapping
from typing import Any, BinaryIO

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

MAX_DEPTH = 100
LARGEST_NUMBER = int(sys.float_info.max)


def to_json(value: Any) -> str:  # noqa: ANN401 - any JSON
    """Return parsed JSON as text again.

    Raises ValueError where Python read what others cannot: an infinite or huge number (1e400), half a surrogate pair,
    a nesting at which Python's own recursion ends here or there.
    """
    _check_depth_and_numbers(value)
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError("Unpaired surrogates are not text.") from error
    return text


def _check_depth_and_numbers(value: Any) -> None:  # noqa: ANN401 - any JSON
    level = [value]
    for _ in range(MAX_DEPTH):
        if any(type(node) is int and abs(node) > LARGEST_NUMBER for node in level):
            raise ValueError("Out of range integer values are not JSON compliant.")
        level = [child for node in level for child in _children(node)]
        if not level:
            return
    raise ValueError(f"Nested more than {MAX_DEPTH} levels deep.")


def _children(node: Any) -> list[Any]:  # noqa: ANN401 - any JSON
    if isinstance(node, dict):
        return list(node.values())
    return node if isinstance(node, list) else []


class StrictJSONParser(JSONParser):
    """JSON that can be kept and sent back; any other is the client's error, as a malformed body is."""

    def parse(self, stream: BinaryIO, media_type: str | None = None, parser_context: Mapping | None = None) -> Any:  # noqa: ANN401 - any JSON
        """Return the parsed body. Raises ParseError."""
        try:
            value = super().parse(stream, media_type, parser_context)
            to_json(value)
        except RecursionError as error:
            raise ParseError("JSON parse error - nested too deeply.") from error
        except ValueError as error:
            raise ParseError(f"JSON parse error - {error}") from error
        return value
