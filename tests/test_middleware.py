"""The site's own middleware."""

import pytest
from csp.exceptions import CSPNonceError
from csp.middleware import CSPMiddleware
from django.http import HttpRequest, HttpResponse

from genonaut.assets.import_map import import_map_source
from genonaut.http.middleware import ContentSecurityPolicy

HEADER = "Content-Security-Policy"
SCRIPTS = f"script-src 'self' {import_map_source()}"


def policy(middleware: type[CSPMiddleware], request: HttpRequest, response: HttpResponse) -> set[str]:
    """Return the directives of an answer, which come in any order; each middleware is asked twice."""
    made = middleware(lambda _request: HttpResponse())
    made.process_response(HttpRequest(), HttpResponse())
    return set(made.process_response(request, response)[HEADER].split("; "))


def test_a_plain_answer_has_the_policy_that_django_csp_writes() -> None:
    ours = policy(ContentSecurityPolicy, HttpRequest(), HttpResponse())
    stock = policy(CSPMiddleware, HttpRequest(), HttpResponse())
    assert ours == {SCRIPTS if directive == "script-src 'self'" else directive for directive in stock}


def test_a_nonce_that_was_asked_for_is_in_the_policy() -> None:
    request = HttpRequest()
    CSPMiddleware(lambda _request: HttpResponse()).process_request(request)
    nonce = str(request.csp_nonce)
    assert f"script-src 'self' 'nonce-{nonce}' {import_map_source()}" in policy(
        ContentSecurityPolicy, request, HttpResponse()
    )


def test_what_an_answer_asks_for_itself_is_in_its_policy() -> None:
    response = HttpResponse()
    response._csp_update = {"img-src": ["https://example.org"]}
    assert "img-src 'self' data: https://example.org" in policy(ContentSecurityPolicy, HttpRequest(), response)


def test_a_policy_that_an_answer_brings_along_stays() -> None:
    response = HttpResponse(headers={HEADER: "default-src 'none'"})
    assert policy(ContentSecurityPolicy, HttpRequest(), response) == {"default-src 'none'"}


def test_a_nonce_that_comes_too_late_is_an_error() -> None:
    request = HttpRequest()
    policy(ContentSecurityPolicy, request, HttpResponse())
    with pytest.raises(CSPNonceError):
        str(request.csp_nonce)
