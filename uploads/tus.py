"""What tus 1.0 says in headers: lengths, offsets, metadata, checksums. Pure functions.

**Source**: the protocol's text at tus.io, version 1.0.0.
"""

import binascii
import hashlib
import re
from base64 import b64decode
from typing import Any

from rest_framework.exceptions import APIException, ValidationError

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,termination,expiration,checksum"
CHECKSUMS = ("sha1", "sha256")
NUMBER = re.compile("[0-9]{1,18}")
METADATA_CHARACTERS = 65_536


class TusError(APIException):
    """An answer that tus has a status of its own for."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status_code = status


def number_of(text: str | None, name: str) -> int:
    """Return the number in a header. Raises ValidationError."""
    if text is None or not NUMBER.fullmatch(text):
        raise ValidationError({name: ["Must be a whole number."]})
    return int(text)


def metadata_of(header: str) -> dict[str, str]:
    """Return Upload-Metadata: pairs of a key and a text in base64. Raises ValidationError."""
    pairs: dict[str, str] = {}
    if len(header) > METADATA_CHARACTERS:
        raise ValidationError({"Upload-Metadata": [f"Must be at most {METADATA_CHARACTERS:,} characters."]})
    for pair in filter(None, map(str.strip, header.split(","))):
        key, _, value = pair.partition(" ")
        try:
            pairs[key] = b64decode(value.strip(), validate=True).decode()
        except (binascii.Error, ValueError) as error:
            raise ValidationError({"Upload-Metadata": [f"{key[:100]}: must be UTF-8 in base64."]}) from error
    return pairs


def checksum_of(header: str) -> tuple[Any, bytes]:
    """Return the hash to feed and the digest that it must end with. Raises TusError and ValidationError."""
    name, _, value = header.partition(" ")
    if name not in CHECKSUMS:
        raise TusError(400, f"Upload-Checksum takes {' and '.join(CHECKSUMS)}.")
    try:
        return hashlib.new(name, usedforsecurity=False), b64decode(value, validate=True)
    except binascii.Error as error:
        raise ValidationError({"Upload-Checksum": ["Must be base64."]}) from error
