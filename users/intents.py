"""What a visitor clicked or wrote before signing in, which is done once they have: a signed cookie of a few minutes,
or of days if they wait for a letter.

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
from django.contrib.auth.views import RedirectURLMixin
from django.core import signing
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from genonaut.http.redirects import SeeOther, to_sign_in
from genonaut.pagination.errors import InvalidParametersError
from users.email_addresses import CONFIRM_DAYS
from users.models import User

COOKIE = "intent"
SALT = "users.intent.2"
SECONDS = 15 * 60
# The link of a letter may be followed so late, be it for an address or for a new password.
LETTER_SECONDS = max(CONFIRM_DAYS * 86_400, settings.PASSWORD_RESET_TIMEOUT)
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
    """Remember what a visitor wants to do, and lead to sign in and back from there. Once they are signed in, as in
    another tab since the page was shown, do it at once.

    Pages for visitors are the same for all and hold no token of a form: the browser says that it is of this site.
    Raises InvalidParametersError for what cannot be done or kept.
    """
    address = _own(request, request.POST.get("next", ""))
    is_visitor = not request.user.is_authenticated
    response = to_sign_in(address) if is_visitor else SeeOther(address)
    intent = _intent_of_form(request, address)
    if intent is None:
        return response
    if not is_visitor:
        _do(request, intent)
        return response
    try:
        _keep(response, intent)
    except TooLongError as error:
        raise InvalidParametersError({intent.deed: [str(error)]}) from error
    return response


def _intent_of_form(request: HttpRequest, address: str) -> Intent | None:
    """Return what a form of this site wants; None for a stranger's, and for what is no deed. Raises
    InvalidParametersError."""
    deed, pk = request.POST.get("deed", ""), request.POST.get("pk", "")
    is_pk = pk.isascii() and pk.isdigit() and len(pk) <= MOST_DIGITS
    if not (deed in DEEDS and is_pk and _is_from_here(request)):
        return None
    return Intent(deed, int(pk), address, DEEDS[deed].read(request.POST), uuid4().hex)


def remember(response: HttpResponse, deed: str, pk: int, address: str, said: dict[str, Any] | None = None) -> None:
    """Remember what is to be done once the visitor signed in and is led to an address. Raises TooLongError."""
    _keep(response, Intent(deed, pk, address, said or {}, uuid4().hex))


def _keep(response: HttpResponse, intent: Intent) -> None:
    value = signing.dumps(intent, salt=SALT, serializer=CompactSerializer, compress=True)
    if len(value) > MOST_BYTES:
        raise TooLongError(TOO_LONG)
    _set_cookie(response, value, SECONDS)


def _set_cookie(response: HttpResponse, value: str, seconds: int) -> None:
    response.set_cookie(COOKIE, value, seconds, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax")


def intent_of(request: HttpRequest) -> Intent | None:
    """Return what the visitor wanted; None if there is nothing, or it is too old or forged."""
    try:
        value = request.COOKIES.get(COOKIE, "")
        # Browsers drop it after SECONDS, unless a letter is waited for.
        return Intent(*signing.loads(value, salt=SALT, serializer=CompactSerializer, max_age=SECONDS + LETTER_SECONDS))
    except signing.BadSignature:
        return None


def keep_for_letter(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Return the response; what the visitor wanted is kept until the link of a letter is followed."""
    if intent_of(request) is not None:
        _set_cookie(response, request.COOKIES[COOKIE], LETTER_SECONDS)
    return response


class LeadsToIntent(RedirectURLMixin):
    """A view that leads to where the visitor wanted something, if the request names no `next`: links of letters name
    none."""

    def get_default_redirect_url(self) -> str:
        """Return the address."""
        intent = intent_of(self.request)
        return super().get_default_redirect_url() if intent is None else intent.address


def fulfil(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Do what the visitor wanted who has just signed in, if they are led to where they wanted it; forget it then."""
    if COOKIE not in request.COOKIES:
        return response
    response.delete_cookie(COOKIE, samesite="Lax")
    intent = intent_of(request)
    if intent is not None and response.headers.get("Location") == intent.address:
        _do(request, intent)
    return response


def _do(request: HttpRequest, intent: Intent) -> None:
    """Do what is wanted, and say so on the next page."""
    try:
        if intent.deed in DEEDS:
            messages.success(request, DEEDS[intent.deed].do(request.user, intent))
    except NotDoneError as error:
        messages.error(request, str(error))
    except LookupError:
        pass


def _is_from_here(request: HttpRequest) -> bool:
    return urlsplit(request.headers.get("Origin", "")).netloc == request.get_host()


def _own(request: HttpRequest, address: str) -> str:
    is_ours = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return address if is_ours else reverse("content:gallery")
