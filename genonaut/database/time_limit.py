"""How long a statement of a request may take, whatever the server says or fails to say."""

from collections.abc import Callable
from contextvars import ContextVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse

# In seconds, for what runs in this context; None is no limit: compactions and anchors work in threads of their own.
seconds: ContextVar[float | None] = ContextVar("seconds", default=None)


class LimitStatements:
    """Gives each statement of a request the time of STATEMENT_TIMEOUT_MS, on this side of the connection too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        token = seconds.set(settings.STATEMENT_TIMEOUT_MS / 1000 or None)
        try:
            return self.get_response(request)
        finally:
            seconds.reset(token)
