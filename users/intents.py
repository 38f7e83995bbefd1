"""What a visitor clicked before they signed in, which is done once they have: a signed cookie of a few minutes.

Only a form of this site sets it, so that no link and no form of a stranger has a visitor like anything. Apps add to
DEEDS what is set to a state, so that done twice it is done once.
"""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from genonaut.http.redirects import SeeOther, to_sign_in
from users.models import User

COOKIE = "intent"
SALT = "users.intent"
SECONDS = 15 * 60
MOST_DIGITS = 18

# What is done for an account to a row of an id, by name; it returns what the next page says, or raises LookupError if
# the account sees no such row.
DEEDS: dict[str, Callable[[User, int], str]] = {}


@csrf_exempt
@require_POST
def intend(request: HttpRequest) -> HttpResponse:
    """Remember what a visitor wants to do, and lead to sign in and back from there; who is signed in is led back.

    Pages for visitors are the same for all and hold no token of a form: the browser says that it is of this site.
    """
    address = _own(request, request.POST.get("next", ""))
    if request.user.is_authenticated:
        return SeeOther(address)
    response = to_sign_in(address)
    pk = request.POST.get("pk", "")
    if _is_from_here(request) and pk.isascii() and pk.isdigit() and len(pk) <= MOST_DIGITS:
        remember(response, request.POST.get("deed", ""), int(pk), address)
    return response


def remember(response: HttpResponse, deed: str, pk: int, address: str) -> None:
    """Remember what is to be done once the visitor signed in and is led to an address; nothing that DEEDS lack."""
    if deed in DEEDS:
        value = signing.dumps([deed, pk, address], salt=SALT)
        response.set_cookie(
            COOKIE, value, SECONDS, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax"
        )


def fulfil(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Do what the visitor wanted who has just signed in, if they are led to where they wanted it; forget it then."""
    value = request.COOKIES.get(COOKIE)
    if value is None:
        return response
    response.delete_cookie(COOKIE, samesite="Lax")
    try:
        deed, pk, address = signing.loads(value, salt=SALT, max_age=SECONDS)
        if response.headers.get("Location") == address and deed in DEEDS:
            messages.success(request, DEEDS[deed](request.user, pk))
    except (signing.BadSignature, LookupError):
        pass
    return response


def _is_from_here(request: HttpRequest) -> bool:
    return urlsplit(request.headers.get("Origin", "")).netloc == request.get_host()


def _own(request: HttpRequest, address: str) -> str:
    is_ours = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return address if is_ours else reverse("content:gallery")
