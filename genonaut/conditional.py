"""Conditional requests: a list that has not changed is answered 304 before its rows are read."""

import hashlib
from collections.abc import Callable

from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers

from genonaut.build import build
from genonaut.pagination.listing import Listing


def answer(
    request: HttpRequest,
    listing: Listing,
    respond: Callable[[], HttpResponseBase],
    *,
    variant: str = "",
    reads_version: bool = False,
    vary: tuple[str, ...] = ("Cookie",),
) -> HttpResponseBase:
    """Answer with what `respond` makes, or with 304 where the client has just that.

    One query for the version; none where `respond` reads a ranked page of the listing, which learns it along
    (`reads_version`), and the client has nothing to compare. The ETag is never younger than the body.

    `variant` tells apart what the same address can answer with. An answer is kept by whoever may keep it, and asked
    for again each time: by shared caches only where nobody is signed in. A list without a version has no ETag.
    """
    if request.COOKIES.get(CookieStorage.cookie_name):
        return _said_once(respond())
    is_known_later = reads_version and listing.is_ranked and "HTTP_IF_NONE_MATCH" not in request.META
    etag = None if is_known_later else _etag(request, listing, variant)
    response = (etag and get_conditional_response(request, etag)) or None
    if response is None:
        response = respond()
        etag = _etag(request, listing, variant)
    if etag:
        response.headers["ETag"] = etag
    is_personal = request.user.is_authenticated
    patch_cache_control(response, no_cache=True, **{"private" if is_personal else "public": True})
    patch_vary_headers(response, vary)
    return response


def _said_once(response: HttpResponseBase) -> HttpResponseBase:
    """Return an answer with a message about what was done: 304 would leave it unsaid, a kept page say it again."""
    patch_cache_control(response, private=True, no_store=True)
    return response


def _etag(request: HttpRequest, listing: Listing, variant: str) -> str | None:
    version = listing.version
    if version is None:
        return None
    # A page for somebody signed in holds a form with a token that lives as long as this cookie.
    token = request.META.get("CSRF_COOKIE", "") if request.user.is_authenticated else ""
    parts = (build(), version, variant, token, request.build_absolute_uri())
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    return f'"{digest[:32]}"'
