"""Redirects of unsafe methods: never one that a client may follow by GET to a 200."""

from collections.abc import Callable

import pytest
from django.http import HttpResponse
from django.middleware.security import SecurityMiddleware
from django.test import RequestFactory
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from genonaut.http.redirects import KeepMethods
from tests.test_uploads import rows
from tests.web.routes import UNSAFE, api_routes, page_addresses
from users.models import User

# One model of the admin is enough: the addresses of all are made in one place.
ADMIN = [path for path in page_addresses() if path.startswith("/admin/content/contentitem/")]
PAGES = [path for path in page_addresses() if not path.startswith("/admin/")]
ADDRESSES = sorted({path for _, path in api_routes()} | {*PAGES, *ADMIN, "/admin/", "/admin/login/"})


@pytest.mark.parametrize("is_debug", [False, True])
def test_every_address_without_its_last_slash_keeps_the_method(
    client_of: Callable[[User | None], APIClient], stella: User, settings: Settings, is_debug: bool
) -> None:
    """But for profiles, whose names may hold slashes, and pictures all addresses end with one."""
    settings.DEBUG = is_debug
    client = client_of(stella)
    before = rows()
    for path in (path for path in ADDRESSES if path != "/" and path.endswith("/")):
        for method in UNSAFE:
            response = client.generic(method, f"{path[:-1]}?a=b&c=%2F", b"{}", content_type="application/json")
            assert response.status_code in (308, 415), (method, path)
            if response.status_code == 308:
                assert response.headers["Location"] == f"{path}?a=b&c=%2F"
    assert rows() == before


def test_reading_is_redirected_as_ever(client_of: Callable[[User | None], APIClient], stella: User) -> None:
    client = client_of(stella)
    answers = [client.generic(method, "/api/v1/content") for method in ("GET", "HEAD")]
    assert [answer.status_code for answer in answers] == [301, 301]


@pytest.mark.parametrize("method", [*UNSAFE, "GET", "HEAD"])
def test_https_is_asked_for_by_the_same_method(settings: Settings, method: str) -> None:
    settings.SECURE_SSL_REDIRECT = True
    middleware = KeepMethods(SecurityMiddleware(lambda _request: HttpResponse()))
    response = middleware(RequestFactory().generic(method, "/api/v1/content/"))
    assert (response.status_code, response.reason_phrase) == (
        (301, "Moved Permanently") if method in ("GET", "HEAD") else (308, "Permanent Redirect")
    )
    assert response.headers["Location"] == "https://testserver/api/v1/content/"
