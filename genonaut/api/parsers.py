"""The JSON parser of the API."""

from collections.abc import Mapping
from typing import Any, BinaryIO

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class StrictJSONParser(JSONParser):
    """JSON; nesting too deep for Python to follow is the client's error, as any other malformed body is."""

    def parse(self, stream: BinaryIO, media_type: str | None = None, parser_context: Mapping | None = None) -> Any:  # noqa: ANN401 - any JSON
        """Return the parsed body. Raises ParseError."""
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise ParseError("JSON parse error - nested too deeply.") from error
