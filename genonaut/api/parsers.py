"""The JSON parser of the API."""

from collections.abc import Mapping
from typing import Any, BinaryIO

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from genonaut.json_values import json_text


class StrictJSONParser(JSONParser):
    """JSON that can be sent back; any other is the client's error, as a malformed body is.

    NUL characters are left to the fields, so that the error names the field.
    """

    def parse(self, stream: BinaryIO, media_type: str | None = None, parser_context: Mapping | None = None) -> Any:  # noqa: ANN401 - any JSON
        """Return the parsed body. Raises ParseError."""
        try:
            value = super().parse(stream, media_type, parser_context)
            json_text(value)
        except RecursionError as error:
            raise ParseError("JSON parse error - nested too deeply.") from error
        except ValueError as error:
            raise ParseError(f"JSON parse error - {error}") from error
        return value
