"""What the site answers when it has no page to show; genonaut/urls.py names these as Django's error handlers."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Show which parameters are wrong and why, where the exception says so."""
    return render(request, "400.html", {"errors": getattr(exception, "errors", None)}, status=400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Show that this is not open to the reader."""
    return render(request, "403.html", status=403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Show that nothing is there; past a list's end, how many pages it has."""
    return render(request, "404.html", {"total_pages": getattr(exception, "total_pages", None)}, status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Show that something broke, without context processors: whatever they ask may be what broke."""
    return render(None, "500.html", status=500)
