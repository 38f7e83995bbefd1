"""Vary and Cache-Control of every route, by whom it is asked; and HEAD, which has GET's headers."""

from collections.abc import Callable
from uuid import UUID

import pytest
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from tests.web.routes import PK, UNSAFE, api_routes, page_addresses
from users.models import User

API = sorted({path for _, path in api_routes()} | {"/api/v1/", "/api/v1/nothing/", "/api/v1/content/?page=0"})
# All pages of the admin come from one place, which says the same of each.
ADMIN = ["/admin/", "/admin/login/", "/admin/content/contentitem/"]
PAGES = [path for path in page_addresses() if not path.startswith("/admin/") and path != "/accounts/logout/"] + ADMIN
Viewers = dict[str, APIClient]


@pytest.fixture
def viewers(client_of: Callable[[User | None], APIClient], stella: User) -> Viewers:
    """Three ways to ask."""
    by_token = client_of(None)
    by_token.credentials(HTTP_AUTHORIZATION=f"Token {Token.objects.create(user=stella)}")
    return {"anonymous": client_of(None), "session": client_of(stella), "token": by_token}


def said(response: object, name: str) -> set[str]:
    """Return the parts of a header."""
    return {part.strip() for part in response.headers.get(name, "").split(",")} - {""}


def test_every_answer_of_the_api_says_what_it_depends_on_and_who_may_keep_it(viewers: Viewers) -> None:
    for viewer, client in viewers.items():
        # The schema takes a second.
        for path in (path for path in API if viewer == "anonymous" or path != "/api/v1/schema/"):
            for method in ("GET", "OPTIONS", "POST"):
                response = client.generic(method, path)
                case = (viewer, method, path, response.status_code)
                assert {"Accept", "Authorization", "Cookie"} <= said(response, "Vary"), case
                rule = said(response, "Cache-Control")
                if response.status_code >= 400 or method not in ("GET", "HEAD"):
                    assert "no-store" in rule, case
                else:
                    assert rule == {"public" if viewer == "anonymous" else "private", "no-cache"}, case


def test_what_sets_a_cookie_is_kept_by_no_shared_cache(viewers: Viewers) -> None:
    """Forms of the browsable API hold a CSRF token, which belongs to the cookie beside it."""
    set_by = []
    for path in (*(path for path in API if path != "/api/v1/schema/"), *PAGES):
        response = APIClient().get(path, headers={"Accept": "text/html"})
        assert not (response.cookies and "public" in said(response, "Cache-Control")), path
        set_by += [path] * bool(response.cookies)
    assert {"/api/v1/content/", "/api/v1/users/", "/accounts/login/"} <= set(set_by)


def test_every_page_says_that_it_depends_on_the_reader(viewers: Viewers) -> None:
    for viewer in ("anonymous", "session"):
        for path in PAGES:
            for method in ("GET", "POST"):
                response = viewers[viewer].generic(method, path)
                case = (viewer, method, path, response.status_code, response.headers.get("Cache-Control"))
                rule = said(response, "Cache-Control")
                if "immutable" in rule:
                    assert path.startswith("/pictures/"), case
                    continue
                assert "Cookie" in said(response, "Vary"), case
                assert rule & {"private", "no-store"} or viewer == "anonymous", case
                assert rule & {"no-cache", "no-store"}, case
                assert "no-store" in rule or (response.status_code < 400 and method != "POST"), case


def test_a_token_is_kept_by_nobody(viewers: Viewers, stella: User) -> None:
    stella.set_password("a long enough one")
    stella.save()
    sent = {"username": "alice", "password": "a long enough one"}
    response = viewers["anonymous"].post("/api/v1/auth/token/", sent)
    assert (response.status_code, said(response, "Cache-Control")) == (200, {"private", "no-store"})


def test_a_work_is_kept_by_shared_caches_only_for_who_is_not_signed_in(viewers: Viewers) -> None:
    rules = {name: said(client.get(f"/content/{PK}/"), "Cache-Control") for name, client in viewers.items()}
    assert rules["anonymous"] == {"public", "no-cache"}
    assert rules["session"] == {"private", "no-cache"}


def test_an_unsafe_method_is_never_kept(viewers: Viewers) -> None:
    for method in UNSAFE:
        response = viewers["session"].generic(method, f"/api/v1/content/{PK}/", b"{}", content_type="application/json")
        assert said(response, "Cache-Control") & {"private", "no-store"}


def test_every_head_has_the_headers_of_get_and_no_body(viewers: Viewers) -> None:
    """But for the values of the policy, which names its directives in any order, of the second in which an answer
    expires, of the request's id, and of the length of an error, which may name HEAD.
    """
    # The schema takes a second; Django's admin leads who is signed in away from its login page by GET alone; HEAD of an
    # upload is tus's, not GET without a body.
    skipped = ("/api/v1/schema/", "/admin/login/", f"/api/v1/uploads/{UUID(int=PK)}/")
    for path in (path for path in [*API, *PAGES] if path not in skipped):
        got, head = (viewers["session"].generic(method, path) for method in ("GET", "HEAD"))
        differing = {"Content-Security-Policy", "Expires", "X-Request-ID"}
        differing |= {"Content-Length"} if got.status_code >= 400 else set()
        headers = [
            {name: name if name in differing else value for name, value in answer.headers.items()}
            for answer in (got, head)
        ]
        assert (head.status_code, headers[1]) == (got.status_code, headers[0]), path
        assert b"".join(head) == b"", path
