"""The site's own middleware."""

from collections.abc import Callable
from functools import cached_property

from csp.constants import HEADER, HEADER_REPORT_ONLY
from csp.middleware import CheckableLazyObject, CSPMiddleware
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, QueryDict


class ContentSecurityPolicy(CSPMiddleware):
    """django-csp's, whose policy is written once for all answers that ask for nothing of their own, no nonce either.

    It would write the policy of each of them, which takes as long as all other middleware together. No address is
    excluded here (EXCLUDE_URL_PREFIXES).
    """

    @cached_property
    def plain_headers(self) -> dict[str, str]:
        """What an answer gets that asks for nothing."""
        written = super().process_response(HttpRequest(), HttpResponse())
        return {name: written[name] for name in (HEADER, HEADER_REPORT_ONLY) if name in written}

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Return the response with its policy."""
        has_nonce = getattr(request, "_csp_nonce", None) is not None
        if settings.DEBUG or has_nonce or any(name.startswith("_csp") for name in vars(response)):
            return super().process_response(request, response)
        for name, policy in self.plain_headers.items():
            response.headers.setdefault(name, policy)
        # A nonce that somebody asks for from now on would be in no header: that is an error, as in django-csp.
        request.csp_nonce = CheckableLazyObject(self._csp_nonce_post_response)
        return response


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
