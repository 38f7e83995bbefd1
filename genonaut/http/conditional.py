"""Conditional requests: a list that has not changed is answered 304 before its rows are read."""

import hashlib
from collections.abc import Callable

from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpRequest, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.http import parse_etags

from genonaut.assets.build_id import build
from genonaut.pagination.listing import Listing
from genonaut.pagination.page import Page
from genonaut.pagination.ways import Way, note


def answer_page(
    request: HttpRequest,
    listing: Listing,
    respond: Callable[[Page], HttpResponseBase],
    *,
    variant: str = "",
    vary: tuple[str, ...] = ("Cookie",),
) -> HttpResponseBase:
    """Answer with what `respond` makes of the listing's page, or with 304 if the client has just that.

    One query for the version if the client has an answer to compare; a page read by rank brings it along. The ETag is
    never younger than the body.
    """
    if request.COOKIES.get(CookieStorage.cookie_name):
        return _said_once(respond(listing.page()))
    is_asked = "HTTP_IF_NONE_MATCH" in request.META
    unchanged = _unchanged(request, listing, variant) if is_asked else None
    if unchanged is not None:
        return _kept(request, unchanged, vary)
    page = listing.page()
    return _kept(request, _tagged(respond(page), _etag(request, page.version, variant)), vary)


def answer(
    request: HttpRequest,
    listing: Listing,
    respond: Callable[[], HttpResponseBase],
    *,
    variant: str = "",
    vary: tuple[str, ...] = ("Cookie",),
) -> HttpResponseBase:
    """Answer with what `respond` makes of the whole list, or with 304 if the client has just that. One query for the
    version, which is never younger than the body.

    `variant` tells apart what the same address can answer with. Clients may keep an answer, and ask again each time;
    shared caches only if the user is anonymous. A list without a version has no ETag.
    """
    if request.COOKIES.get(CookieStorage.cookie_name):
        return _said_once(respond())
    unchanged = _unchanged(request, listing, variant)
    response = _tagged(respond(), _etag(request, listing.version, variant)) if unchanged is None else unchanged
    return _kept(request, response, vary)


def _unchanged(request: HttpRequest, listing: Listing, variant: str) -> HttpResponseBase | None:
    """Return 304 if the client has just this list; None if it has another, or the list has no version.

    Conditions but If-None-Match are passed over (RFC 9110, 13.1): a list is no file that is read in parts.
    """
    etag = _etag(request, listing.version, variant)
    if etag is None or not _has(request, etag):
        return None
    note(Way.UNCHANGED)
    return _tagged(HttpResponseNotModified(), etag)


def _has(request: HttpRequest, etag: str) -> bool:
    """Return whether a client names an ETag of ours as one that it has; compressing proxies make it a weak one."""
    etags = parse_etags(request.META.get("HTTP_IF_NONE_MATCH", ""))
    return etags == ["*"] or etag in {each.removeprefix("W/") for each in etags}


def _tagged(response: HttpResponseBase, etag: str | None) -> HttpResponseBase:
    if etag:
        response.headers["ETag"] = etag
    return response


def _kept(request: HttpRequest, response: HttpResponseBase, vary: tuple[str, ...]) -> HttpResponseBase:
    """Return the response with its rules for caches."""
    is_personal = request.user.is_authenticated
    patch_cache_control(response, no_cache=True, **{"private" if is_personal else "public": True})
    patch_vary_headers(response, vary)
    return response


def _said_once(response: HttpResponseBase) -> HttpResponseBase:
    """Return an answer that shows a message once: 304 would leave it out, a cached page show it again."""
    patch_cache_control(response, private=True, no_store=True)
    return response


def _etag(request: HttpRequest, version: str | None, variant: str) -> str | None:
    if version is None:
        return None
    # A page for a signed-in user holds a form with a token that lives as long as this cookie.
    token = request.META.get("CSRF_COOKIE", "") if request.user.is_authenticated else ""
    looks = f"{getattr(request.user, 'theme', '')} {getattr(request.user, 'blurred_level', '')}"
    parts = (build(), version, variant, token, looks, request.build_absolute_uri())
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    return f'"{digest[:32]}"'
