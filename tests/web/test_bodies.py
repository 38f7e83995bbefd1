"""Bodies, on every route: what is accepted has been read; what cannot be read is refused before anything is done."""

import json
from collections.abc import Callable
from io import BytesIO

import pytest
from django.test import Client
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from content.models import ContentItem
from tests.test_uploads import rows
from tests.web.routes import PK, UNSAFE, api_routes, page_addresses
from users.models import User

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
PROBLEM = "application/problem+json"
ITEM = f"/api/v1/content/{PK}/"
CHUNKED = {"HTTP_TRANSFER_ENCODING": "chunked"}
STEERED = tuple(f"/api/v1/generation-jobs/{PK}/{act}/" for act in ("cancel", "pause", "resume", "retry"))
# Jobs are steered, all notices marked as read, and people followed without a body.
BODILESS = (*STEERED, "/api/v1/notifications/read/", f"/api/v1/users/{PK}/follow/")
OPERATIONS = [(method, path) for method, path in api_routes() if method in UNSAFE]


class NeverRead(BytesIO):
    """A body that must not be read."""

    def read(self, size: int | None = -1) -> bytes:
        """Fail."""
        raise AssertionError("it was read")


def without_length(body: bytes) -> dict[str, object]:
    """Return the variables of a server that decodes chunks, as gunicorn and waitress do."""
    return {"wsgi.input": BytesIO(body), "wsgi.input_terminated": True, **CHUNKED}


@pytest.fixture
def client(client_of: Callable[[User | None], APIClient], stella: User) -> APIClient:
    """Signed in as stella."""
    return client_of(stella)


def test_every_operation_reads_a_body_without_a_length(client: APIClient, settings: Settings) -> None:
    """As it reads the same body with one, which names a field that none of them knows."""
    settings.TRUST_X_REQUEST_ID = True
    client.defaults["HTTP_X_REQUEST_ID"] = "the-same-for-all"
    body = b'{"surprise": 1}'
    for method, path in OPERATIONS:
        if method != "DELETE":
            said = client.generic(method, path, body, content_type=JSON)
            chunked = client.generic(method, path, b"", content_type=JSON, **without_length(body))
            bare = client.generic(method, path, b"", content_type=JSON)
            assert (chunked.status_code, chunked.content) == (said.status_code, said.content), (method, path)
            assert (said.status_code, bare.status_code == 400) == (400, not path.startswith(BODILESS)), (method, path)
            assert said.content != bare.content, (method, path)


def test_every_operation_and_page_refuses_a_body_whose_end_is_unknown(client: APIClient) -> None:
    """As Django's own server hands it on."""
    before = rows()
    for method, path in [*OPERATIONS, *(("POST", path) for path in page_addresses())]:
        response = client.generic(method, path, b"", content_type=JSON, **CHUNKED)
        assert response.status_code == 411, (method, path)
        assert (response.headers["Content-Type"] == PROBLEM) == path.startswith("/api/")
    assert rows() == before


def test_every_operation_and_page_refuses_a_body_that_was_cut_off(client: APIClient) -> None:
    before = rows()
    for method, path in [*OPERATIONS, *(("POST", path) for path in page_addresses())]:
        cut = {"wsgi.input": BytesIO(b"on=1"), "CONTENT_LENGTH": "5"}
        assert client.generic(method, path, b"", content_type=FORM, **cut).status_code == 400, (method, path)
    assert rows() == before


def test_every_operation_and_page_refuses_a_body_that_is_too_large(client: APIClient, settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    before = rows()
    for method, path in [*OPERATIONS, *(("POST", path) for path in page_addresses())]:
        unread = {"wsgi.input": NeverRead(), "CONTENT_LENGTH": "11"}
        assert client.generic(method, path, b"", content_type=FORM, **unread).status_code == 413, (method, path)
        chunked = client.generic(method, path, b"", content_type=FORM, **without_length(b"x" * 11))
        assert chunked.status_code == 413, (method, path)
    assert rows() == before


def test_a_form_without_a_length_is_read(client: APIClient) -> None:
    like = f"/content/{PK}/privacy/"
    assert client.generic("POST", like, b"", content_type=FORM, **without_length(b"is_private=1")).status_code == 303
    assert ContentItem.objects.get(pk=PK).is_private


def test_a_patch_without_a_length_is_done(client: APIClient) -> None:
    """As `Transfer-Encoding: chunked` sends it: 200 used to leave the item public."""
    response = client.generic("PATCH", ITEM, b"", content_type=JSON, **without_length(b'{"is_private": true}'))
    assert (response.status_code, response.json()["is_private"]) == (200, True)
    assert ContentItem.objects.get(pk=PK).is_private


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_a_change_without_a_body_is_refused_and_an_empty_object_changes_nothing(client: APIClient, method: str) -> None:
    before = rows()
    for path in [path for its_method, path in OPERATIONS if its_method == method and path not in BODILESS]:
        response = client.generic(method, path, b"", content_type=JSON)
        assert (response.status_code, "needs a body" in response.json()["detail"]) == (400, True), path
        if method == "PATCH":
            assert client.generic(method, path, b"{}", content_type=JSON).status_code == 200, path
    assert {name: len(kept) for name, kept in rows().items()} == {name: len(kept) for name, kept in before.items()}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"content_type": ""}, 415),
        ({"content_type": "text/plain"}, 415),
        ({"content_type": "application/merge-patch+json"}, 415),
        ({"content_type": "application/json; charset=latin-1"}, 415),
        ({"content_type": "application/json; charset=utf-16"}, 415),
        ({"content_type": "application/json; charset=rot13"}, 415),
        ({"content_type": "application/json; charset=nothing"}, 415),
        ({"content_type": "application/x-www-form-urlencoded; charset=latin-1"}, 415),
        ({"content_type": JSON, "HTTP_CONTENT_ENCODING": "gzip"}, 415),
        ({"content_type": JSON, "HTTP_CONTENT_ENCODING": "identity, br"}, 415),
        ({"content_type": "multipart/form-data"}, 400),
        ({"content_type": JSON, "CONTENT_LENGTH": "-1"}, 400),
        ({"content_type": JSON, "CONTENT_LENGTH": "1_0"}, 400),
        ({"content_type": JSON, "CONTENT_LENGTH": "9" * 5_000}, 400),
        ({"content_type": JSON, "CONTENT_LENGTH": "9" * 18}, 413),
        ({"content_type": "application/json; charset=UTF-8"}, 200),
        ({"content_type": JSON, "HTTP_CONTENT_ENCODING": "identity"}, 200),
    ],
)
def test_a_body_that_cannot_be_read_as_it_is_meant_is_refused(
    client: APIClient, headers: dict[str, str | None], status: int
) -> None:
    response = client.generic("PATCH", ITEM, b'{"is_private": true}', **headers)
    assert response.status_code == status, response.content
    assert response.headers["Content-Type"] == (JSON if status == 200 else PROBLEM)
    assert ContentItem.objects.get(pk=PK).is_private == (status == 200)


@pytest.mark.parametrize("body", [b'{"is_private": true, "is_private": false}', b'{"is_private": true', b"\xff", b"[]"])
def test_a_body_that_is_not_one_object_is_refused(client: APIClient, body: bytes) -> None:
    assert client.generic("PATCH", ITEM, body, content_type=JSON).status_code == 400


@pytest.mark.parametrize("text", [b"caf%E9", b"caf\xe9", b"%ED%A0%80", b"%C0%80"])
def test_a_form_that_is_not_utf_8_is_refused(client: APIClient, text: bytes) -> None:
    """Its text would be kept with replacement characters, or as Latin-1."""
    before = rows()
    for method, path in (("PATCH", ITEM), ("POST", page_addresses()[0])):
        response = client.generic(method, path, b"title=" + text, content_type="application/x-www-form-urlencoded")
        assert response.status_code == 400, path
    assert rows() == before


def test_pages_take_forms_only(client: APIClient) -> None:
    before = rows()
    for path in page_addresses():
        for media_type in (JSON, "text/plain", ""):
            response = client.generic("POST", path, b'{"on": 1}', content_type=media_type)
            assert response.status_code == 415, (path, media_type)
    assert rows() == before


def test_a_refusal_is_a_page_of_its_face(client: APIClient) -> None:
    pages = [client.generic("POST", path, b"{}", content_type=JSON) for path in ("/accounts/login/", "/admin/login/")]
    assert [b"Pages take forms." in page.content for page in pages] == [True, True]
    assert [page.headers["Cache-Control"] for page in pages] == ["no-store", "no-store"]


def test_deleting_passes_over_a_body(client: APIClient) -> None:
    assert client.generic("DELETE", ITEM, b'{"force": true}', content_type=JSON).status_code == 204


def test_the_largest_body_is_taken(client: APIClient, settings: Settings) -> None:
    body = json.dumps({"title": "A"}).encode()
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = len(body)
    assert client.generic("PATCH", ITEM, body, content_type=JSON).status_code == 200


def test_a_client_without_cookies_is_refused_a_large_body_before_anything_is_read(settings: Settings) -> None:
    """No database is there to be asked."""
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    for path in ("/api/v1/auth/token/", "/api/v1/users/", "/accounts/login/", "/admin/login/"):
        response = Client().generic("POST", path, b"x" * 11, content_type=FORM)
        assert response.status_code == 413
    response = Client().generic("POST", "/upload/", b"x" * 11, content_type="multipart/form-data; boundary=x")
    assert (response.status_code, response.headers["Location"]) == (303, "/accounts/login/?next=/upload/")
