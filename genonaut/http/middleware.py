"""The site's own middleware."""

from collections.abc import Callable
from functools import lru_cache

from csp.constants import HEADER, HEADER_REPORT_ONLY
from csp.middleware import CheckableLazyObject, CSPMiddleware, PolicyParts
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import get_script_prefix

from genonaut.assets.import_map import import_map_source
from genonaut.http.addresses import KEPT_ROOTS
from genonaut.http.error_pages import refused


class ContentSecurityPolicy(CSPMiddleware):
    """django-csp's, whose policy is written once for all answers that ask for nothing of their own, no nonce either.

    It would write the policy of each of them, which takes as long as all other middleware together. No address is
    excluded here (EXCLUDE_URL_PREFIXES).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        super().__init__(get_response)
        self.plain_headers = lru_cache(KEPT_ROOTS)(self._plain_headers)

    def _plain_headers(self, _root: str) -> dict[str, str]:
        """Return what an answer gets that asks for nothing, of a site that begins at a root: the import map differs."""
        written = super().process_response(HttpRequest(), HttpResponse())
        return {name: written[name] for name in (HEADER, HEADER_REPORT_ONLY) if name in written}

    def get_policy_parts(self, request: HttpRequest, response: HttpResponse, report_only: bool = False) -> PolicyParts:
        """Return what makes up the policy, the import map's digest along: it is known once there are static files."""
        parts = super().get_policy_parts(request, response, report_only)
        source = import_map_source()
        if source and not report_only:
            update = parts.update or {}
            parts.update = {**update, "script-src": [*update.get("script-src", ()), source]}
        return parts

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Return the response with its policy."""
        has_nonce = getattr(request, "_csp_nonce", None) is not None
        if settings.DEBUG or has_nonce or "_csp" in " ".join(vars(response)):
            return super().process_response(request, response)
        for name, policy in self.plain_headers(get_script_prefix()).items():
            response.headers.setdefault(name, policy)
        # A nonce that is asked for from now on would be in no header: that is an error, as in django-csp.
        request.csp_nonce = CheckableLazyObject(self._csp_nonce_post_response)
        return response


class CookiesBelowRoot:
    """Keeps the cookies of a site that begins below its host's root from its neighbours there."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        response = self.get_response(request)
        path = get_script_prefix().removesuffix("/")
        if path:
            for cookie in response.cookies.values():
                if cookie["path"] == "/":
                    cookie["path"] = path
        return response


class ReadableQuery:
    """Refuses a query string that Django cannot read (over 1,100 parameters), once and for all who would read it.

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


class NotAllowedPages:
    """Shows a page where a view answers 405 with nothing: a person who follows such an address would see it blank."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        response = self.get_response(request)
        if response.status_code != 405 or response.streaming or response.content:
            return response
        page = refused(request, 405, f"This address takes {response.headers['Allow']} only.")
        page.headers["Allow"] = response.headers["Allow"]
        return page


class HeadsWithoutBody:
    """Answers HEAD with the headers of GET, and nothing behind them: a web server would warn of each body."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        response = self.get_response(request)
        if request.method != "HEAD":
            return response
        if response.streaming:
            response.streaming_content = ()
            # What WSGIHandler would send in place of the content.
            response.file_to_stream = None
        else:
            # CommonMiddleware has counted it.
            response.content = b""
        return response
