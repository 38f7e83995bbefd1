"""The parsers of the API: what they read is whole and unambiguous, or it is the client's error."""

import codecs
from collections.abc import Mapping
from typing import Any, BinaryIO

from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.parsers import DataAndFiles, JSONParser, MultiPartParser, get_encoding
from rest_framework.utils import json

from genonaut.http.uploads import FileNotTakenError
from genonaut.json_values import json_text


class StrictJSONParser(JSONParser):
    """JSON that can be sent back, and in which nothing is said twice; any other is the client's error.

    NUL characters are left to the fields, so that the error names the field.
    """

    def parse(self, stream: BinaryIO, media_type: str | None = None, parser_context: Mapping | None = None) -> Any:  # noqa: ANN401 - any JSON
        """Return the parsed body. Raises ParseError."""
        text = codecs.getreader(get_encoding(parser_context or {}))(stream)
        try:
            value = json.load(text, parse_constant=json.strict_constant, object_pairs_hook=without_repetition)
            json_text(value)
        except RecursionError as error:
            raise ParseError("JSON parse error - nested too deeply.") from error
        except ValueError as error:
            raise ParseError(f"JSON parse error - {error}") from error
        return value


def without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object's members. Raises ValueError if one name has two: one of the values would be lost."""
    members = dict(pairs)
    if len(members) < len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))
        raise ValueError(f"{twice[:100]!r} is given twice in one object")
    return members


class FieldsParser(MultiPartParser):
    """A multipart form of fields; a file in it is an error of that field."""

    def parse(
        self, stream: BinaryIO, media_type: str | None = None, parser_context: Mapping | None = None
    ) -> DataAndFiles:
        """Return the fields. Raises ParseError, and ValidationError for a file."""
        try:
            return super().parse(stream, media_type, parser_context)
        except ParseError as error:
            if isinstance(error.__context__, FileNotTakenError):
                raise ValidationError(error.__context__.errors) from error
            raise
