"""What the site answers when it has no page to show; genonaut/urls.py names these as Django's error handlers.

Each face speaks for itself: below /api/ the answer is a problem, below /admin/ a page of the admin with a way
back to the list, everywhere else a page of the gallery.
"""

import sys
from contextlib import suppress
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote, urlsplit

from django.contrib import admin
from django.core.exceptions import TooManyFieldsSent
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from rest_framework.renderers import JSONRenderer

from genonaut.api.errors import problem_page
from genonaut.api.frames import NothingHere
from genonaut.database.outages import RETRY_AFTER_SECONDS, outage_of
from genonaut.http.limits import TooManyTriesError
from genonaut.http.uploads import FileNotTakenError

API_PREFIX = "/api/"
ADMIN_PREFIX = "/admin/"


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Show which parameters are wrong and why, where the exception says so."""
    if request.path_info.startswith(API_PREFIX):
        if isinstance(exception, FileNotTakenError):
            return problem_page(400, str(exception))
        return problem_page(400, "This request is malformed.")
    errors = {"file": [str(exception)]} if isinstance(exception, FileNotTakenError) else None
    return _page(request, 400, {"errors": getattr(exception, "errors", errors)})


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Show that this is not open to the reader, or not now: what was tried too often is answered with 429."""
    if isinstance(exception, TooManyTriesError):
        page = _page(request, 429, {"message": str(exception)})
        page.headers["Retry-After"] = str(exception.wait_seconds)
        return page
    if request.path_info.startswith(API_PREFIX):
        return problem_page(403, "You may not do this.")
    return _page(request, 403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Show that a form is too old, or came from elsewhere (CSRF_FAILURE_VIEW)."""
    if request.path_info.startswith(API_PREFIX):
        return problem_page(403, "This request lacks the token of its form.")
    if request.path_info.startswith(ADMIN_PREFIX):
        return _page(request, 403, {"is_expired": True})
    return render(request, "403_csrf.html", status=403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Show that nothing is there; past a list's end, how many pages it has.

    A form that emptied the last page of a list led back to it: what follows is the page that is the last one now.
    """
    if request.path_info.startswith(API_PREFIX):
        if request.get_preferred_type([JSONRenderer.media_type, "text/html"]) == "text/html":
            return NothingHere.as_view()(request)
        return problem_page(404, "There is nothing at this address.")
    total_pages = getattr(exception, "total_pages", None)
    if total_pages is not None and _is_led_back(request):
        query = QueryDict(request.META["QUERY_STRING"], mutable=True)
        query["page"] = str(total_pages)
        return HttpResponseRedirect(f"{request.get_full_path().partition('?')[0]}?{query.urlencode()}")
    return _page(request, 404, {"total_pages": total_pages})


def _is_led_back(request: HttpRequest) -> bool:
    """Return whether a form on a page outside the admin was sent and led back to that page: a browser then says the
    page's own address as where it comes from, which may have more parameters than the page reads."""
    if request.method != "GET" or request.path_info.startswith(ADMIN_PREFIX):
        return False
    with suppress(ValueError, TooManyFieldsSent):  # no address, or none of a page of ours
        referrer = urlsplit(request.headers.get("Referer", ""))
        asked = QueryDict(referrer.query)
        is_page = (referrer.netloc, unquote(referrer.path)) == (request.get_host(), request.path)
        return is_page and all(asked.getlist(name) == values for name, values in request.GET.lists())
    return False


def refused(request: HttpRequest, status: int, detail: str) -> HttpResponse:
    """Show why the body of a request was not taken."""
    if request.path_info.startswith(API_PREFIX):
        return problem_page(status, detail)
    if request.path_info.startswith(ADMIN_PREFIX):
        return _page(request, status, {"detail": detail})
    context = {"status": status, "title": HTTPStatus(status).phrase, "detail": detail}
    return render(request, "refused.html", context, status=status)


def _page(request: HttpRequest, status: int, context: dict[str, Any] | None = None) -> HttpResponse:
    """Return the page of an error, in the admin's frame or in the gallery's."""
    if not request.path_info.startswith(ADMIN_PREFIX):
        return render(request, f"{status}.html", context, status=status)
    # Who asks is not known if a request fails before the middleware that says so.
    frame = admin.site.each_context(request) if hasattr(request, "user") else {}
    said = {"status": status, "back": _admin_list(request), "is_popup": "_popup" in request.GET}
    return render(request, "admin/error.html", {**frame, **said, **(context or {})}, status=status)


def _admin_list(request: HttpRequest) -> str | None:
    """Return the address of the list that an address of the admin lies in; None if it lies in none."""
    app, _, rest = request.path_info.removeprefix(ADMIN_PREFIX).partition("/")
    with suppress(NoReverseMatch):
        return reverse(f"admin:{app}_{rest.partition('/')[0]}_changelist")
    return None


def server_error(request: HttpRequest) -> HttpResponse:
    """Show that something broke, without context processors: whatever they ask may be what broke.

    What is the matter with the database passes: 503 says what, and when to try again.
    """
    error = sys.exc_info()[1]
    outage = outage_of(error)
    status = 503 if outage else 500
    if request.path_info.startswith(API_PREFIX):
        answer: HttpResponse = problem_page(status, outage.detail if outage else "Something went wrong here.")
    else:
        is_admin = request.path_info.startswith(ADMIN_PREFIX)
        context = {"outage": outage, "back": _admin_list(request)}
        answer = render(None, "admin/500.html" if is_admin else "500.html", context, status=status)
    if outage:
        answer.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
        answer.cause = getattr(error, "unavailable_cause", outage.cause)
    return answer
