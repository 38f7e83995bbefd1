"""Files in forms: but for those that take files (tests/uploads), every route refuses them by the name of their part,
before it does anything."""

import json
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from django.apps import apps
from django.contrib.auth.hashers import make_password
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.test import APIClient

from content.models import ContentItem
from tests.api.endpoints import ENDPOINTS, INTERACTIONS, Endpoint
from tests.api.test_permissions import PASSWORD, ROW, body, change, replacement
from tests.factories import ContentItemFactory, UserFactory
from users.models import User

MESSAGE = "Files are not taken here: nothing of this form was kept."
PICTURE = b"\x89PNG\r\n\x1a\n"


def a_file(name: str = "x.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, PICTURE, content_type="image/png")


def rows() -> dict[str, list[dict]]:
    """Return all rows of our own tables."""
    apps_of_ours = ("users", "content", "interactions", "recommendations", "generation")
    models = [model for app in apps_of_ours for model in apps.get_app_config(app).get_models()]
    return {model.__name__: list(model._base_manager.order_by("pk").values()) for model in models}


def send(api: APIClient, method: str, url: str, form: dict) -> tuple[int, dict]:
    """Send a multipart form; return the status and what the problem says of single parts."""
    response = api.generic(method, url, encode_multipart(BOUNDARY, form), content_type=MULTIPART_CONTENT)
    return response.status_code, response.json().get("errors", {})


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=str)
@pytest.mark.parametrize("part", ["picture", "title", "id", "file", "nothing"])
def test_no_list_takes_a_file(api: APIClient, staff: User, endpoint: Endpoint, part: str) -> None:
    """As a field that is only read, one that is written, and one that is unknown; beside whatever else is right.

    The one route that takes a part named so refuses it since it is damaged.
    """
    # Deeds of others are not even staff's to change.
    row = ROW[endpoint](staff if endpoint == INTERACTIONS else UserFactory())
    api.force_login(staff)
    right = {"POST": body(endpoint), "PUT": replacement(endpoint), "PATCH": change(endpoint)}
    texts = {method: {name: str(value) for name, value in fields.items()} for method, fields in right.items()}
    before = rows()
    said = {
        method: send(
            api, method, endpoint.url if method == "POST" else endpoint.detail(row), {**fields, part: a_file()}
        )
        for method, fields in texts.items()
    }
    assert {method: (status, list(errors)) for method, (status, errors) in said.items()} == dict.fromkeys(
        right, (400, [part])
    )
    assert rows() == before


@pytest.mark.parametrize("name", ["..", "/", "a/", "\\", ".", " ", "é.png", "&#0;"])
def test_no_name_hides_a_file(api: APIClient, alice: User, name: str) -> None:
    api.force_login(alice)
    form = encode_multipart(BOUNDARY, {"title": "A", "content_type": "text", "picture": a_file()})
    form = form.replace(b"x.png", name.encode())
    response = api.generic("POST", "/api/v1/content/", form, content_type=MULTIPART_CONTENT)
    assert (response.status_code, list(response.json()["errors"])) == (400, ["picture"])
    assert not ContentItem.objects.exists()


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=str)
def test_a_deletion_takes_no_file_either(api: APIClient, db: None, endpoint: Endpoint) -> None:
    owner = UserFactory(password=make_password(PASSWORD))
    row = ROW[endpoint](owner)
    api.force_authenticate(owner)
    assert send(api, "DELETE", endpoint.detail(row), {"picture": a_file()}) == (400, {"picture": [MESSAGE]})
    assert api.generic("DELETE", endpoint.detail(row), PICTURE, content_type="image/png").status_code == 415
    assert type(row).objects.filter(pk=row.pk).exists()
    assert api.delete(endpoint.detail(row), {"current_password": PASSWORD}).status_code == 204


@pytest.mark.parametrize(
    "files", [[a_file(), a_file()], ["text", a_file()], [a_file(), "text"]], ids=["two", "last", "first"]
)
def test_no_other_value_hides_a_file(api: APIClient, alice: User, files: list) -> None:
    api.force_login(alice)
    said = send(api, "POST", "/api/v1/content/", {"content_type": "text", "title": files})
    assert (said[0], list(said[1]), ContentItem.objects.count()) == (400, ["title"], 0)


def test_a_file_that_was_not_chosen_is_no_file(api: APIClient, alice: User) -> None:
    """What a browser sends for an empty file input; no form of ours has one."""
    api.force_login(alice)
    empty = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="title"\r\n\r\nA\r\n'
    empty += f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="content_type"\r\n\r\ntext\r\n'
    empty += f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="picture"; filename=""\r\n'
    empty += f"Content-Type: application/octet-stream\r\n\r\n\r\n--{BOUNDARY}--\r\n"
    assert api.generic("POST", "/api/v1/content/", empty, content_type=MULTIPART_CONTENT).status_code == 201


PART = b"--x\r\nContent-Disposition: form-data; "
FIELDS = PART + b'name="title"\r\n\r\nA\r\n' + PART + b'name="content_type"\r\n\r\ntext\r\n'


@pytest.mark.parametrize(
    ("form", "errors"),
    [
        pytest.param(FIELDS + PART + b'name="a"; filename=""\r\n\r\nGIF\r\n--x--', {"a": [MESSAGE]}, id="no file name"),
        pytest.param(FIELDS + PART + b"name=a; filename=\r\n\r\nGIF\r\n--x--", {"a": [MESSAGE]}, id="none, unquoted"),
        pytest.param(FIELDS + PART + b'filename="x.png"\r\n\r\nGIF\r\n--x--', None, id="no name"),
        pytest.param(FIELDS + b"--x\r\nContent-Disposition: form-data\r\n\r\nGIF\r\n--x--", None, id="neither"),
        pytest.param(FIELDS + b"--x\r\nContent-Type: image/gif\r\n\r\nGIF\r\n--x--", None, id="no disposition"),
        pytest.param(FIELDS + b"--x\r\nGIF\r\n--x--", None, id="no header"),
        pytest.param(FIELDS + PART + b'name="data"\r\n\r\na text that is cu', None, id="cut off in a part"),
        pytest.param(FIELDS, None, id="cut off between parts"),
        pytest.param(FIELDS.replace(b"--x", b"--y") + b"--y--", None, id="another boundary"),
        pytest.param(FIELDS + PART + b'name="data"\r\n\r\ncaf\xe9\r\n--x--', None, id="a value in Latin-1"),
        pytest.param(FIELDS + PART + b'name="\xe9"\r\n\r\na\r\n--x--', None, id="a name in Latin-1"),
    ],
)
def test_no_part_of_a_form_is_passed_over(api: APIClient, alice: User, form: bytes, errors: dict | None) -> None:
    api.force_login(alice)
    response = api.generic("POST", "/api/v1/content/", form, content_type="multipart/form-data; boundary=x")
    assert (response.status_code, response.json().get("errors")) == (400, errors)
    page = api.generic("POST", "/content/7/like/", form, content_type="multipart/form-data; boundary=x")
    assert page.status_code == 400
    assert not ContentItem.objects.exists()
    whole = api.generic("POST", "/api/v1/content/", FIELDS + b"--x--", content_type="multipart/form-data; boundary=x")
    assert whole.status_code == 201


@pytest.mark.parametrize("media_type", ["application/json", "application/x-www-form-urlencoded"])
def test_a_picture_as_text_is_refused_as_well(api: APIClient, alice: User, media_type: str) -> None:
    """One that was read may be sent back."""
    api.force_login(alice)
    fields = {"title": "A", "content_type": "image", "picture": "data:image/png;base64,AAAA"}
    content = json.dumps(fields) if "json" in media_type else urlencode(fields)
    response = api.generic("POST", "/api/v1/content/", content, content_type=media_type)
    assert (response.status_code, list(response.json()["errors"])) == (400, ["picture"])
    made = api.post("/api/v1/content/", {"title": "A", "content_type": "image"}).json()
    for picture in (made["picture"], None, ""):
        assert api.put(f"/api/v1/content/{made['id']}/", {**made, "picture": picture}).status_code == 200


@pytest.mark.parametrize(
    "media_type", ["image/png", "application/octet-stream", "video/mp4", "multipart/mixed; boundary=x"]
)
def test_a_file_as_the_body_is_415(api: APIClient, alice: User, media_type: str) -> None:
    api.force_login(alice)
    assert api.generic("POST", "/api/v1/content/", PICTURE, content_type=media_type).status_code == 415


def test_a_token_is_not_given_for_a_file(api: APIClient, alice: User) -> None:
    form = {"username": "alice", "password": "x", "picture": a_file()}
    assert send(api, "POST", "/api/v1/auth/token/", form)[0] == 400


def all_addresses(patterns: list[URLPattern | URLResolver], start: str = "") -> Iterator[str]:
    """Yield an address for each pattern of the site, filled with what exists or might."""
    for pattern in patterns:
        address = start + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from all_addresses(pattern.url_patterns, address)
        elif "(" not in address and "^" not in address:
            filled = address
            for name, value in {"pk": "7", "username": "alice", "object_id": "7", "path:url": "x"}.items():
                for converter in ("int:", "str:", "path:", ""):
                    filled = filled.replace(f"<{converter}{name}>", value)
            if "<" not in filled:
                yield f"/{filled}"


def test_no_page_takes_a_file(staff: User) -> None:
    """Every form of site and admin, sent as a browser would, with the token that makes it count."""
    ContentItemFactory(pk=7, creator=staff)
    addresses = sorted(set(all_addresses(get_resolver().url_patterns)))
    assert {"/content/7/like/", "/content/7/privacy/", "/accounts/login/", "/admin/login/"} <= set(addresses)
    client = Client(enforce_csrf_checks=True)
    client.force_login(staff)
    client.cookies["csrftoken"] = token = "a" * 32
    before = rows()
    statuses = {}
    for address in addresses:
        form = {"csrfmiddlewaretoken": token, "on": "1", "is_private": "1", "part": a_file()}
        statuses[address] = client.post(address, form).status_code
    refusals = (400, 404, 405, 415)
    assert {address: status for address, status in statuses.items() if status not in refusals} == {}
    assert statuses["/content/7/like/"] == 400
    assert rows() == before
