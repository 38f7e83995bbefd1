"""The id of a request: on its answer, in its log lines, in problems and on error pages."""

import os
import re
from contextvars import ContextVar

from django.conf import settings
from django.http import HttpRequest

HEADER = "X-Request-ID"
# What proxies send: hex digits, UUIDs, base64 for URLs. Nothing else gets into logs and pages.
SANE = re.compile("[A-Za-z0-9._-]{8,128}")

# Of the request that runs in this context; empty outside of requests.
request_id: ContextVar[str] = ContextVar("request_id", default="")


def id_of(request: HttpRequest) -> str:
    """Return the id that a trusted proxy gave a request, or a new one."""
    theirs = request.META.get("HTTP_X_REQUEST_ID", "") if settings.TRUST_X_REQUEST_ID else ""
    return theirs if SANE.fullmatch(theirs) else new_id()


def new_id() -> str:
    """Return 32 hex digits."""
    return os.urandom(16).hex()
