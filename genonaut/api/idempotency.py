"""The header by which a request that is sent again is told from another one like it."""

import json
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.http import QueryDict
from drf_spectacular.utils import OpenApiParameter
from rest_framework import status
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request

KEY_HEADER = "Idempotency-Key"
MOST_KEY = 200
KEY_PARAMETER = OpenApiParameter(
    KEY_HEADER,
    str,
    OpenApiParameter.HEADER,
    description="Any text that names this request: sent again with the same body it is done once, and answered alike.",
)


class KeyReused(APIException):
    """An idempotency key named another request."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_detail = "This idempotency key named another request."


def key_of(request: Request) -> str | None:
    """Return the idempotency key of a request; None if it has none. Raises ValidationError."""
    key = request.headers.get(KEY_HEADER)
    if key is not None and not (0 < len(key) <= MOST_KEY and key.isascii() and key.isprintable()):
        raise ValidationError({KEY_HEADER: [f"Send 1 to {MOST_KEY} printable ASCII characters."]})
    return key


def digest_of(data: Any) -> UUID:  # noqa: ANN401 - a form, or any JSON
    """Return a digest of a parsed body. The order of its fields, and how it was written, make no difference."""
    fields = dict(data.lists()) if isinstance(data, QueryDict) else data
    return UUID(bytes=sha256(json.dumps(fields, sort_keys=True).encode()).digest()[:16])
