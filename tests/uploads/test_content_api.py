"""`POST /api/v1/content/` with a file: an item of what it holds, or 400 and nothing."""

import gc
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django.fixtures import Settings
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from content.models import ContentItem
from media.models import MediaFile
from tests.uploads.files import GENERATED, files_below, picture, stored_bytes
from users.models import User

pytestmark = pytest.mark.usefixtures("own_folders")
CONTENT = "/api/v1/content/"


def sent(content: bytes, name: str = "x.png", **fields: object) -> dict[str, object]:
    return {"file": SimpleUploadedFile(name, content, content_type="image/png"), **fields}


def test_a_file_alone_is_an_item(api: APIClient, alice: User, settings: Settings) -> None:
    api.force_login(alice)
    content = (GENERATED / "10_comfy.png").read_bytes()
    response = api.post(CONTENT, sent(content), format="multipart")
    assert response.status_code == 201, response.json()
    item = ContentItem.objects.get()
    assert (response.json()["id"], item.creator, item.is_private) == (item.pk, alice, False)
    assert response.json()["prompt"] == item.generation.prompt
    assert stored_bytes(item.media_file.stored_as) == content
    assert files_below(settings.UPLOADS_DIR) == []


def test_its_owner_says_more(api: APIClient, alice: User) -> None:
    api.force_login(alice)
    fields = {"title": "T", "prompt": "P", "tags": "a\nb", "is_private": "true", "content_type": "text"}
    response = api.post(CONTENT, sent(picture(), **fields), format="multipart")
    said = {name: response.json()[name] for name in ("title", "prompt", "tags", "is_private", "content_type")}
    assert said == {"title": "T", "prompt": "P", "tags": ["a", "b"], "is_private": True, "content_type": "image"}


def test_the_browsable_form_takes_a_file_and_its_empty_fields_say_nothing(api: APIClient, alice: User) -> None:
    api.force_login(alice)
    empty = dict.fromkeys(("title", "prompt", "tags", "data", "metadata", "seed", "is_private"), "")
    form = sent((GENERATED / "10_comfy.png").read_bytes(), **empty, content_type="image")
    response = api.post(CONTENT, form, format="multipart", headers={"accept": "text/html"})
    item = ContentItem.objects.get()
    assert (response.status_code, item.prompt, item.is_private) == (201, item.generation.prompt, False)
    form = sent(picture(), **empty | {"title": "T", "tags": "a\nb"}, content_type="image")
    assert api.post(CONTENT, form, format="multipart", headers={"accept": "text/html"}).status_code == 201
    assert list(ContentItem.objects.filter(title="T").values_list("tags", flat=True)) == [["a", "b"]]


def test_one_that_the_viewer_has_is_200_and_of_others_nothing_is_said(
    client_of: Callable[[User], APIClient], alice: User, bob: User
) -> None:
    first = client_of(alice).post(CONTENT, sent(picture(), is_private="true"), format="multipart")
    again = client_of(alice).post(CONTENT, sent(picture(), "other.png"), format="multipart")
    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])
    assert again.headers["Content-Location"].endswith(f"/api/v1/content/{first.json()['id']}/")
    his = client_of(bob).post(CONTENT, sent(picture()), format="multipart")
    assert (his.status_code, MediaFile.objects.count()) == (201, 1)


def test_a_token_is_enough_and_no_one_else_is(api: APIClient, alice: User) -> None:
    assert api.post(CONTENT, sent(picture()), format="multipart").status_code == 401
    key = Token.objects.create(user=alice).key
    api.credentials(HTTP_AUTHORIZATION=f"Token {key}")
    assert api.post(CONTENT, sent(picture()), format="multipart").status_code == 201
    session = APIClient(enforce_csrf_checks=True)
    session.force_login(alice)
    assert session.post(CONTENT, sent(picture(1)), format="multipart").status_code == 403
    assert ContentItem.objects.count() == 1


@pytest.mark.parametrize(
    ("form", "errors"),
    [
        (sent(b"", "x.png"), {"file": ["The file is empty."]}),
        (sent(b"<html>", "x.html"), {"file": ["Web pages, scripts and programs are not taken."]}),
        (sent(picture(), title="x" * 301), {"title": ["Ensure this field has no more than 300 characters."]}),
        (sent(picture(), surprise="1"), {"surprise": ["Unknown field."]}),
        (
            {"file": [SimpleUploadedFile("a", b"a"), SimpleUploadedFile("b", b"b")]},
            {"file": ["One file at a time, with texts of the same name beside it."]},
        ),
        (
            {**sent(picture()), "picture": SimpleUploadedFile("a", b"a")},
            {"picture": ["Files are not taken here: nothing of this form was kept."]},
        ),
    ],
)
def test_what_is_refused_leaves_nothing(
    api: APIClient, alice: User, settings: Settings, form: dict, errors: dict
) -> None:
    api.force_login(alice)
    response = api.post(CONTENT, form, format="multipart")
    assert (response.status_code, response.json()["errors"]) == (400, errors)
    assert not ContentItem.objects.exists()
    assert files_below(settings.UPLOADS_DIR) == files_below(settings.MEDIA_ROOT) == []


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_change_takes_no_file(api: APIClient, alice: User, method: str) -> None:
    api.force_login(alice)
    item = api.post(CONTENT, sent(picture()), format="multipart").json()
    response = api.generic(
        method,
        f"{CONTENT}{item['id']}/",
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\na\r\n--x--',
        content_type="multipart/form-data; boundary=x",
    )
    assert (response.status_code, list(response.json()["errors"])) == (400, ["file"])


def test_a_form_larger_than_memory_goes_to_disk_and_one_too_large_is_413(
    api: APIClient, alice: User, settings: Settings
) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 50_000
    api.force_login(alice)
    content = picture(kind="BMP")
    assert len(content) > 50_000
    assert api.post(CONTENT, sent(content), format="multipart").json()["errors"]["file"] == [
        "This format is not supported: pictures, videos, sounds and texts in UTF-8 are."
    ]
    assert api.post(CONTENT, sent(picture()), format="multipart").status_code == 201
    settings.MAX_UPLOAD_BYTES = 1_000
    assert api.post(CONTENT, sent(content + b"x" * 1_000_000), format="multipart").status_code == 413
    assert APIClient().post(CONTENT, sent(content), format="multipart").status_code == 413


PART = b'--x\r\nContent-Disposition: form-data; name="file"; filename="x.png"\r\n\r\n'


NAMELESS = b"--x\r\n\r\na\r\n--x--"
WHOLE = PART + picture() + b"\r\n"


@pytest.mark.parametrize(
    "body",
    [
        PART + picture(),
        WHOLE + b"--x",
        PART,
        b"--x\r\n\r\na\r\n--x--",
        WHOLE + WHOLE + PART,
        WHOLE + b"--x\r\n\r\na\r\n--x--",
    ],
    ids=range(6),
)
def test_a_form_that_is_cut_off_is_refused(api: APIClient, alice: User, body: bytes) -> None:
    api.force_login(alice)
    response = api.generic("POST", CONTENT, body, content_type="multipart/form-data; boundary=x")
    assert (response.status_code, ContentItem.objects.count()) == (400, 0)
    # A file that was left open would be a warning, which is an error here.
    gc.collect()
