"""What a visitor clicked or wrote before signing in, which is done once they have: a signed cookie of a few minutes.

Only a form of this site sets it, so that no link and no form of a stranger has a visitor like anything. Apps add to
DEEDS what done twice is done once: it sets a state, or keeps the key of the intent.
"""

import json
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from uuid import uuid4

from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from genonaut.http.redirects import SeeOther, to_sign_in
from genonaut.pagination.errors import InvalidParametersError
from users.models import User

COOKIE = "intent"
SALT = "users.intent.2"
SECONDS = 15 * 60
MOST_DIGITS = 18

# Browsers keep 4,096 bytes of a cookie with its name: some 1,000 characters of any script, 3,000 of a Latin one.
MOST_BYTES = 3_800
TOO_LONG = "This is too long to be kept while you sign in: copy it, sign in, and paste it again."


class Intent(NamedTuple):
    """What is to be done to a row of an id, once the visitor is led to an address; `said` is what the form had beside.

    `key` names this intent: what must not be written twice keeps it.
    """

    deed: str
    pk: int
    address: str
    said: dict[str, Any]
    key: str


class NotDoneError(Exception):
    """What a visitor wanted is not done; the text is a sentence for the next page."""


class TooLongError(ValueError):
    """What a visitor wrote does not fit into a cookie; the text is a sentence for people."""


def says_nothing(_form: QueryDict) -> dict[str, Any]:
    """Read a form that has no more than the id."""
    return {}


class Deed(NamedTuple):
    """A way to fulfil an intent.

    `do` returns a sentence for the next page; it raises LookupError, of which nothing is said, if the account sees no
    such row, and NotDoneError. `read` returns what a visitor's form says, or raises InvalidParametersError.
    """

    do: Callable[[User, Intent], str]
    read: Callable[[QueryDict], dict[str, Any]] = says_nothing


# By the names that forms send.
DEEDS: dict[str, Deed] = {}


class CompactSerializer:
    """Writes JSON as UTF-8: Django's escapes each letter that is not ASCII by six bytes."""

    def dumps(self, value: object) -> bytes:
        """Return a value as bytes."""
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")

    def loads(self, data: bytes) -> Any:  # noqa: ANN401 - JSON
        """Return what bytes say."""
        return json.loads(data)


@csrf_exempt
@require_POST
def intend(request: HttpRequest) -> HttpResponse:
    """Remember what a visitor wants to do, and lead to sign in and back from there; who is signed in is led back.

    Pages for visitors are the same for all and hold no token of a form: the browser says that it is of this site.
    Raises InvalidParametersError for what cannot be kept.
    """
    address = _own(request, request.POST.get("next", ""))
    if request.user.is_authenticated:
        return SeeOther(address)
    response = to_sign_in(address)
    deed, pk = request.POST.get("deed", ""), request.POST.get("pk", "")
    if deed in DEEDS and _is_from_here(request) and pk.isascii() and pk.isdigit() and len(pk) <= MOST_DIGITS:
        try:
            remember(response, deed, int(pk), address, DEEDS[deed].read(request.POST))
        except TooLongError as error:
            raise InvalidParametersError({deed: [str(error)]}) from error
    return response


def remember(response: HttpResponse, deed: str, pk: int, address: str, said: dict[str, Any] | None = None) -> None:
    """Remember what is to be done once the visitor signed in and is led to an address. Raises TooLongError."""
    intent = Intent(deed, pk, address, said or {}, uuid4().hex)
    value = signing.dumps(intent, salt=SALT, serializer=CompactSerializer, compress=True)
    if len(value) > MOST_BYTES:
        raise TooLongError(TOO_LONG)
    response.set_cookie(COOKIE, value, SECONDS, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax")


def fulfil(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Do what the visitor wanted who has just signed in, if they are led to where they wanted it; forget it then."""
    value = request.COOKIES.get(COOKIE)
    if value is None:
        return response
    response.delete_cookie(COOKIE, samesite="Lax")
    try:
        intent = Intent(*signing.loads(value, salt=SALT, serializer=CompactSerializer, max_age=SECONDS))
        if response.headers.get("Location") == intent.address and intent.deed in DEEDS:
            messages.success(request, DEEDS[intent.deed].do(request.user, intent))
    except NotDoneError as error:
        messages.error(request, str(error))
    except (signing.BadSignature, LookupError):
        pass
    return response


def _is_from_here(request: HttpRequest) -> bool:
    return urlsplit(request.headers.get("Origin", "")).netloc == request.get_host()


def _own(request: HttpRequest, address: str) -> str:
    is_ours = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return address if is_ours else reverse("content:gallery")
