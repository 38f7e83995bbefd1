"""What caches may do with each answer, and what it depends on: one place for API, pages, errors and redirects."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from genonaut.http.error_pages import API_PREFIX

API_VARY = ("Accept", "Authorization", "Cookie")
PAGE_VARY = ("Cookie",)


class CachingRules:
    """Adds Vary and Cache-Control to what says neither.

    What is the same for all readers (static files, pictures) says so by `public` and a `max-age`, and stays as it is.
    An answer that sets a cookie is not public: a shared cache would hand one reader's CSRF token to all.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        response = self.get_response(request)
        said = response.headers.get("Cache-Control", "")
        is_error = response.status_code >= 400
        if not is_error and "public" in said and "max-age" in said:
            return response
        patch_vary_headers(response, API_VARY if request.path_info.startswith(API_PREFIX) else PAGE_VARY)
        sets_cookie = "public" in said and bool(response.cookies)
        if not said or sets_cookie or (is_error and "no-store" not in said):
            response.headers["Cache-Control"] = rule_of(request, response)
        return response


def rule_of(request: HttpRequest, response: HttpResponse) -> str:
    """Return the Cache-Control of an answer that has none."""
    if response.status_code >= 400:
        return "no-store"
    if request.method not in ("GET", "HEAD"):
        return "private, no-store"
    is_personal = "HTTP_AUTHORIZATION" in request.META or request.COOKIES or response.cookies
    return "private, no-cache" if is_personal else "public, no-cache"
