"""What the site answers when it has no page to show; genonaut/urls.py names these as Django's error handlers.

Below /api/ the answer is a problem in JSON, as everywhere in the API.
"""

import sys

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from genonaut.api.errors import RETRY_AFTER_SECONDS, problem_page
from genonaut.uploads import FileNotTakenError

API_PREFIX = "/api/"


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Show which parameters are wrong and why, where the exception says so."""
    if request.path.startswith(API_PREFIX):
        if isinstance(exception, FileNotTakenError):
            return problem_page(400, str(exception))
        return problem_page(400, "This request is malformed.")
    return render(request, "400.html", {"errors": getattr(exception, "errors", None)}, status=400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Show that this is not open to the reader."""
    if request.path.startswith(API_PREFIX):
        return problem_page(403, "You may not do this.")
    return render(request, "403.html", status=403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Show that nothing is there; past a list's end, how many pages it has."""
    if request.path.startswith(API_PREFIX):
        return problem_page(404, "There is nothing at this address.")
    return render(request, "404.html", {"total_pages": getattr(exception, "total_pages", None)}, status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Show that something broke, without context processors: whatever they ask may be what broke.

    A query that takes too long, or a database that cannot be reached, passes: 503 says so, and when to try again.
    """
    status = 503 if isinstance(sys.exc_info()[1], OperationalError) else 500
    if request.path.startswith(API_PREFIX):
        answer: HttpResponse = problem_page(status, "Something went wrong here.")
    else:
        answer = render(None, "500.html", {"is_passing": status == 503}, status=status)
    if status == 503:
        answer.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return answer
