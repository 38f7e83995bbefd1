"""Where a form leads once it is sent: to a page of ours, by GET. A redirect to a right address keeps the method."""

from collections.abc import Callable

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseRedirectBase
from django.middleware.common import CommonMiddleware
from django.utils.http import escape_leading_slashes, url_has_allowed_host_and_scheme

# Said to those whose session ended before they sent a form.
NOT_SAVED = "Nothing was saved: sign in, and fill in the form again."


class SeeOther(HttpResponseRedirectBase):
    """303: what was sent is done, and this page shows it. Whatever the method was, the browser asks by GET."""

    status_code = 303


def after_form(request: HttpRequest, address: str) -> HttpResponse:
    """Lead to the form's `next` where that is a page of this site, else to the address."""
    wished = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wished, {request.get_host()}, require_https=request.is_secure())
    return SeeOther(wished if is_ours else address)


def sign_in_address(address: str) -> str:
    """Return where one signs in and is led to the address from there."""
    return redirect_to_login(address).url


def to_sign_in(address: str) -> HttpResponse:
    """Lead to where one signs in, and from there to the address."""
    return SeeOther(sign_in_address(address))


def fragment_to_sign_in(address: str) -> HttpResponse:
    """Lead script that asked for a fragment to where one signs in, and from there to the address."""
    # htmx follows this header whatever the status.
    return HttpResponse(status=403, headers={"HX-Redirect": sign_in_address(address)})


class KeepMethods:
    """Sends a POST, PUT, PATCH or DELETE to a thing's right address (a slash, https) by 308 instead of 301.

    Most clients follow a 301 by GET: they would get 200 and a list, and nothing would be done.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        response = self.get_response(request)
        if response.status_code == 301 and request.method not in ("GET", "HEAD"):
            response.status_code = 308
        return response


class AppendSlashes(CommonMiddleware):
    """Django's, which raises RuntimeError at a POST without its last slash while DEBUG is on."""

    def get_full_path_with_slash(self, request: HttpRequest) -> str:
        """Return the path and query with the slash."""
        return escape_leading_slashes(request.get_full_path(force_append_slash=True))
