"""Cursors: signed, versioned, URL-safe base64 of JSON that holds a position in one list, exact to the microsecond."""

import zlib
from dataclasses import dataclass, replace
from datetime import datetime
from math import isfinite
from typing import Any

from django.core.signing import BadSignature, Signer
from django.db.models import DateTimeField, Field, FloatField, IntegerField

from genonaut.ranking import KeyBound

VERSION = 1
# The longest there is: a user name of 150 characters, each escaped in JSON, in base64; web servers take URLs of 4 kB.
MAX_LENGTH = 3_000
# What reading a text may raise that is signed or not, of any type and of any length.
_MALFORMED = (BadSignature, AttributeError, KeyError, TypeError, ValueError, zlib.error)
_signer = Signer(salt="genonaut.pagination.cursor", sep=".")


class CursorError(ValueError):
    """A cursor that cannot be followed; the message says why and can be shown."""


@dataclass(frozen=True)
class Cursor:
    """A bound, None for the end of the list, and the direction in which to read from it."""

    bound: KeyBound | None
    is_backward: bool = False

    def is_rising(self, *, is_descending: bool) -> bool:
        """Return whether it reads towards larger keys, in a list of this order."""
        return is_descending == self.is_backward


def encode(cursor: Cursor, *, scope_digest: str, is_descending: bool) -> str:
    """Return the cursor as text that only the list with this scope digest takes back.

    In the text a bound is told by the direction: whether the row at it is read as well.
    """
    bound = cursor.bound
    is_inclusive = bound is not None and bound.after != cursor.is_rising(is_descending=is_descending)
    return _signer.sign_object(
        {
            "v": VERSION,
            "d": "prev" if cursor.is_backward else "next",
            "k": None if bound is None else [to_json(value) for value in bound.keys],
            "i": int(is_inclusive),
            "b": scope_digest,
        }
    )


def decode(text: str, *, scope_digest: str, is_descending: bool, fields: list[Field]) -> Cursor:
    """Return the cursor in a text that `encode` made; `fields` give the types of the key values.

    Raises CursorError when it is malformed, forged, of another version or issued for another list.
    """
    if len(text) > MAX_LENGTH:
        raise CursorError("This is not a cursor of this site: it is too long.")
    try:
        content = _signer.unsign_object(text)
        version, bound = content["v"], content["b"]
    except _MALFORMED as error:
        raise CursorError("This is not a cursor of this site: it is malformed or was changed.") from error
    if version != VERSION:
        raise CursorError("This cursor is of an older version of the site; start again from the first page.")
    if bound != scope_digest:
        raise CursorError("This cursor was issued for another list, sort, order, filter or viewer.")
    try:
        return _cursor(content, fields, is_descending=is_descending)
    except _MALFORMED as error:
        raise CursorError("This cursor does not fit this list; start again from the first page.") from error


def _cursor(content: dict[str, Any], fields: list[Field], *, is_descending: bool) -> Cursor:
    """Return the cursor in the content of a signed text. Raises one of _MALFORMED where anything is of another type."""
    values, is_inclusive = content["k"], {0: False, 1: True}[content["i"]]
    cursor = Cursor(None, is_backward={"next": False, "prev": True}[content["d"]])
    if values is None:
        return cursor
    keys = tuple(from_json(value, field) for value, field in zip(values, fields, strict=True))
    return replace(cursor, bound=KeyBound(keys, after=cursor.is_rising(is_descending=is_descending) != is_inclusive))


def to_json(value: Any) -> Any:  # noqa: ANN401 - a key value of any type
    """Return a value that JSON carries without loss; Python writes floats so that they read back bit by bit."""
    return value.isoformat() if isinstance(value, datetime) else value


def from_json(value: Any, field: Field) -> Any:  # noqa: ANN401 - a key value of any type
    """Return the key value, of the field's type and such that PostgreSQL can compare with it."""
    if isinstance(field, DateTimeField):
        key = datetime.fromisoformat(value)
        is_sound = key.tzinfo is not None
    elif isinstance(field, FloatField):
        key, is_sound = value, type(value) is float and isfinite(value)
    elif isinstance(field, IntegerField):
        key, is_sound = value, type(value) is int and -(2**63) <= value < 2**63
    else:
        key, is_sound = value, b"\0" not in value.encode()
    if not is_sound:
        raise ValueError(f"{value!r} is not a value of {field}.")
    return key
