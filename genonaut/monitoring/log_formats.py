"""Lines of the log: as text for people, or as JSON objects for programs. Both name the request that a line is of."""

import json
import logging
from datetime import UTC, datetime
from http.client import responses
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from genonaut.database.outages import OneLineFormatter, shortened
from genonaut.monitoring.request_ids import request_id

ENCODER = json.JSONEncoder(default=str)


class RequestContext(logging.Filter):
    """Adds the request's id to a record, and takes from Django's own what a client sent.

    A path may hold a key, and the message of a mistake the search that was mistyped.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Return True: every record is written."""
        request = getattr(record, "request", None)
        # Django writes its last line of a request when that is over for all middleware.
        record.request_id = request_id.get() or getattr(request, "id", "")
        if isinstance(request, HttpRequest) and not settings.DEBUG:
            _redact(record, request)
        return True


def _redact(record: logging.LogRecord, request: HttpRequest) -> None:
    """Replace the path of a record by the route, and what it says of a client's mistake by the status."""
    route = request.resolver_match.route if request.resolver_match else "no route"
    status = getattr(record, "status_code", 500)
    if 400 <= status < 500:
        record.msg, record.args = "%s: %s", (responses.get(status, status), route)
    elif isinstance(record.args, tuple):
        paths = (request.path, request.path.encode("unicode_escape").decode())
        record.args = tuple(route if said in paths else said for said in record.args)


class PlainFormatter(OneLineFormatter):
    """Writes text; the id of the request stands at the end of its first line."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        """Return the first line."""
        name = getattr(record, "request_id", "")
        return super().formatMessage(record) + (f" [{name}]" if name else "")


class JSONFormatter(logging.Formatter):
    """Writes each record as one line of JSON; what a record carries as `fields` are members of the object."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        record = shortened(record)
        said: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if getattr(record, "request_id", ""):
            said["request_id"] = record.request_id
        said |= getattr(record, "fields", {})
        if record.exc_info:
            said["traceback"] = self.formatException(record.exc_info)
        return ENCODER.encode(said)
