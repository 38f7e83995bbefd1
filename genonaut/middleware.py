"""The site's own middleware."""

from collections.abc import Callable

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, QueryDict


class ReadableQuery:
    """Refuses a query string that Django cannot read (over 1,000 parameters), once and for all who would read it.

    Else the page that says so would stumble over it as well: its search box reads the query.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request. Raises SuspiciousOperation, which Django answers with 400."""
        try:
            _ = request.GET
        except SuspiciousOperation:
            request.GET = QueryDict()
            raise
        return self.get_response(request)
