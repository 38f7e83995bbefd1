"""Requests that the web server refuses before the site sees them: too large, too slow, or not HTTP."""

import logging

from django.conf import settings

from genonaut.monitoring.metrics import REFUSALS

logger = logging.getLogger("genonaut.requests")


def note_refusal(status: int, name: str) -> None:
    """Count a refused request, and write its line; `name` is the id in its answer."""
    REFUSALS.labels(status).inc()
    if settings.LOG_REQUESTS:
        fields = {"status": status, "request_id": name}
        logger.info("refused with %(status)s [%(request_id)s]", fields, extra={"fields": fields})
