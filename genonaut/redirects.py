"""Where a form leads once it is sent: to a page of ours, by GET."""

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseRedirectBase
from django.utils.http import url_has_allowed_host_and_scheme


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
