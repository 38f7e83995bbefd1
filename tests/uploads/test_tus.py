"""Uploads by tus 1.0: in pieces, resumed after a cut, each once, and nobody else's business."""

import hashlib
from base64 import b64encode
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from threading import Thread
from zipfile import ZipFile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.utils import timezone
from pytest_django.fixtures import Settings
from rest_framework.response import Response
from rest_framework.test import APIClient

from content.models import ContentItem
from tests.uploads.files import files_below, picture, stored_bytes
from tests.web.test_bodies import without_length
from uploads import finishing
from uploads.finishing import GRACE, finish_at_once, forget_expired, tidy
from uploads.models import Upload
from users.models import User

pytestmark = pytest.mark.usefixtures("own_folders")
UPLOADS = "/api/v1/uploads/"
PIECE = "application/offset+octet-stream"


def metadata(**pairs: str) -> str:
    return ",".join(f"{key} {b64encode(value.encode()).decode()}" for key, value in pairs.items())


class Tus:
    """A client of the protocol, signed in as a user."""

    def __init__(self, user: User) -> None:
        self.api = APIClient()
        self.api.force_login(user)

    def send(self, method: str, url: str, body: bytes = b"", kind: str = "", **headers: str) -> Response:
        headers = {"Tus-Resumable": "1.0.0", **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self.api.generic(method, url, body, content_type=kind, headers=headers)

    def create(self, content: bytes, **pairs: str) -> str:
        response = self.send("POST", UPLOADS, Upload_Length=str(len(content)), Upload_Metadata=metadata(**pairs))
        assert response.status_code == 201, response.content
        return response.headers["Location"].removeprefix("http://testserver")

    def piece(self, url: str, offset: int, body: bytes, **headers: str) -> Response:
        return self.send("PATCH", url, body, PIECE, Upload_Offset=str(offset), **headers)


@pytest.fixture
def hers(alice: User) -> Tus:
    return Tus(alice)


@pytest.fixture
def his(bob: User) -> Tus:
    return Tus(bob)


def test_options_tell_strangers_what_is_spoken(api: APIClient, db: None, settings: Settings) -> None:
    response = api.options(UPLOADS)
    assert response.status_code == 204
    assert response.headers["Tus-Version"] == response.headers["Tus-Resumable"] == "1.0.0"
    assert response.headers["Tus-Max-Size"] == str(settings.MAX_UPLOAD_BYTES)
    assert "creation" in response.headers["Tus-Extension"].split(",")


def test_an_upload_in_pieces_becomes_one_work(hers: Tus, alice: User, settings: Settings) -> None:
    content = picture()
    url = hers.create(content, filename="a b.png", title="Night", tags="x\ny", is_private="true", type="image/png")
    assert hers.piece(url, 0, content[:100]).headers["Upload-Offset"] == "100"
    head = hers.send("HEAD", url)
    assert (head.headers["Upload-Offset"], head.headers["Upload-Length"]) == ("100", str(len(content)))
    assert (head.headers["Cache-Control"], "filename" in head.headers["Upload-Metadata"]) == ("no-store", True)
    assert hers.api.get(url).json()["state"] == "receiving"
    last = hers.piece(url, 100, content[100:])
    item = ContentItem.objects.get()
    assert (last.status_code, last.headers["Upload-Item"]) == (204, str(item.pk))
    assert last.headers["Content-Location"].endswith(f"/api/v1/content/{item.pk}/")
    assert (item.title, item.tags, item.is_private, item.creator) == ("Night", ["x", "y"], True, alice)
    assert stored_bytes(item.media_file.stored_as) == content
    status = hers.api.get(url).json()
    assert (status["state"], status["item"], status["error"]) == ("done", item.pk, "")
    assert hers.send("HEAD", url).headers["Upload-Offset"] == str(len(content))
    assert files_below(settings.UPLOADS_DIR) == []


def test_the_last_piece_says_whether_the_work_was_there_before(hers: Tus) -> None:
    content = picture()
    answers, states = [], []
    for name in ("a.png", "b.png"):
        url = hers.create(content, filename=name)
        answers += [hers.piece(url, 0, content), hers.send("HEAD", url)]
        states.append(hers.api.get(url).json()["is_known"])
    assert [answer.headers.get("Upload-Known") for answer in answers] == [None, None, "1", "1"]
    assert (len({answer.headers["Upload-Item"] for answer in answers}), states) == (1, [False, True])


def test_a_machine_without_the_first_bytes_writes_none_behind_them(
    hers: Tus, settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It would fill the gap with zeros, and take in a file that its client never had."""
    content, shared = picture(), settings.UPLOADS_DIR
    url = hers.create(content, filename="a.png")
    hers.piece(url, 0, content[:100])
    settings.UPLOADS_DIR = tmp_path / "of another machine"
    refused = hers.piece(url, 100, content[100:])
    assert (refused.status_code, Upload.objects.get().offset) == (503, 100)
    assert "all machines must share UPLOADS_DIR" in caplog.text
    settings.UPLOADS_DIR = shared
    assert hers.piece(url, 100, content[100:]).status_code == 204
    assert stored_bytes(ContentItem.objects.get().media_file.stored_as) == content


def test_the_first_piece_may_come_with_the_creation(hers: Tus) -> None:
    content = picture()
    response = hers.send("POST", UPLOADS, content, PIECE, Upload_Length=str(len(content)))
    assert (response.status_code, response.headers["Upload-Offset"]) == (201, str(len(content)))
    assert str(ContentItem.objects.get().pk) == response.headers["Upload-Item"]


@pytest.mark.parametrize("kind", ["application/octet-stream", "application/json", "multipart/form-data", ""])
def test_first_bytes_of_another_type_are_refused_and_begin_no_upload(hers: Tus, kind: str) -> None:
    for end in ({}, without_length(b"[]")):
        answer = hers.api.generic(
            "POST", UPLOADS, b"[]", kind, headers={"Tus-Resumable": "1.0.0", "Upload-Length": "2"}, **end
        )
        assert (answer.status_code, Upload.objects.count()) == (415, 0)
    assert hers.send("POST", UPLOADS, kind=kind, Upload_Length="2").status_code == 201


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"Upload_Length": "4"}, 413), ({"Upload_Length": "5", "Upload_Checksum": "sha1 AAAA"}, 460)],
)
def test_a_creation_whose_first_piece_is_refused_leaves_nothing(
    hers: Tus, settings: Settings, headers: dict[str, str], status: int
) -> None:
    assert hers.send("POST", UPLOADS, b"12345", PIECE, **headers).status_code == status
    assert not Upload.objects.exists()
    assert files_below(settings.UPLOADS_DIR) == []


def test_a_piece_at_another_offset_is_409_and_beyond_the_end_413(hers: Tus) -> None:
    url = hers.create(picture())
    assert hers.piece(url, 0, b"12345").status_code == 204
    assert hers.piece(url, 0, b"12345").status_code == 409
    assert hers.piece(url, 9, b"12345").status_code == 409
    assert hers.piece(url, 5, b"x" * 100_000).status_code == 413
    assert hers.piece(url, -1, b"x").status_code == 400
    assert hers.send("PATCH", url, b"x", "text/plain", Upload_Offset="5").status_code in (400, 415)
    assert hers.send("HEAD", url).headers["Upload-Offset"] == "5"


def test_a_checksum_is_checked(hers: Tus) -> None:
    content = picture()
    url = hers.create(content)
    wrong = b64encode(hashlib.sha1(b"else", usedforsecurity=False).digest()).decode()
    assert hers.piece(url, 0, content, Upload_Checksum=f"sha1 {wrong}").status_code == 460
    assert hers.send("HEAD", url).headers["Upload-Offset"] == "0"
    right = b64encode(hashlib.sha256(content).digest()).decode()
    for header in (f"md5 {right}", "sha1 ?", "sha1 \xe9"):
        assert hers.piece(url, 0, content, Upload_Checksum=header).status_code == 400, header
    assert hers.piece(url, 0, content, Upload_Checksum=f"sha256 {right}").status_code == 204


@pytest.mark.parametrize("method", ["HEAD", "GET", "PATCH", "DELETE"])
def test_an_upload_of_others_does_not_exist(hers: Tus, his: Tus, api: APIClient, method: str) -> None:
    url = hers.create(picture())
    assert his.send(method, url, b"x", PIECE, Upload_Offset="0").status_code == 404
    response = api.generic(method, url, b"x", content_type=PIECE, headers={"Tus-Resumable": "1.0.0"})
    assert response.status_code == 401
    assert hers.send("HEAD", url).headers["Upload-Offset"] == "0"


def test_a_session_needs_the_token_of_its_forms(alice: User) -> None:
    api = APIClient(enforce_csrf_checks=True)
    api.force_login(alice)
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": "5"}
    assert api.post(UPLOADS, headers=headers).status_code == 403
    api.cookies["csrftoken"] = token = "a" * 32
    assert api.post(UPLOADS, headers={**headers, "X-CSRFToken": token}).status_code == 201


def test_another_version_is_412(hers: Tus) -> None:
    response = hers.api.post(UPLOADS, headers={"Upload-Length": "5", "Tus-Resumable": "0.2.2"})
    assert (response.status_code, response.headers["Tus-Version"]) == (412, "1.0.0")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 400),
        ({"Upload-Length": "-1"}, 400),
        ({"Upload-Length": "0"}, 400),
        ({"Upload-Length": "9" * 18}, 413),
        ({"Upload-Defer-Length": "1"}, 400),
        ({"Upload-Length": "5", "Upload-Metadata": "title ???"}, 400),
        ({"Upload-Length": "5", "Upload-Metadata": "title " + b64encode(b"\xff").decode()}, 400),
        ({"Upload-Length": "5", "Upload-Metadata": metadata(title="x" * 301)}, 400),
        ({"Upload-Length": "5", "Upload-Metadata": metadata(title="a\0b")}, 400),
        ({"Upload-Length": "5", "Upload-Metadata": metadata(is_private="perhaps")}, 400),
    ],
)
def test_what_cannot_be_begun(hers: Tus, headers: dict[str, str], status: int) -> None:
    assert hers.api.post(UPLOADS, headers={"Tus-Resumable": "1.0.0", **headers}).status_code == status
    assert not Upload.objects.exists()


def test_a_refused_file_says_why_and_is_gone(hers: Tus, settings: Settings) -> None:
    url = hers.create(b"<html>", filename="x.html")
    response = hers.piece(url, 0, b"<html>")
    assert (response.status_code, response.json()["errors"]) == (
        422,
        {"file": ["Web pages, scripts and programs are not taken."]},
    )
    assert hers.send("HEAD", url).status_code == 410
    assert hers.piece(url, 6, b"").status_code == 410
    assert hers.api.get(url).json()["state"] == "refused"
    assert files_below(settings.UPLOADS_DIR) == files_below(settings.MEDIA_ROOT) == []


def test_deletion_gives_an_upload_up_and_keeps_its_work(hers: Tus, settings: Settings) -> None:
    url = hers.create(picture())
    hers.piece(url, 0, b"12345")
    assert hers.send("DELETE", url).status_code == 204
    assert hers.send("HEAD", url).status_code == 404
    assert files_below(settings.UPLOADS_DIR) == []
    content = picture()
    url = hers.create(content)
    hers.piece(url, 0, content)
    assert hers.send("DELETE", url).status_code == 204
    assert ContentItem.objects.count() == 1


def test_upkeep_forgets_what_expired_and_finishes_what_a_process_left(hers: Tus, settings: Settings) -> None:
    content = picture()
    old = hers.create(content)
    hers.piece(old, 0, b"12345")
    Upload.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    whole = hers.create(content)
    pk = whole.split("/")[-2]
    upload = Upload.objects.get(pk=pk)
    upload.path.write_bytes(content)
    Upload.objects.filter(pk=pk).update(offset=len(content), written_at=timezone.now() - GRACE * 2)
    assert hers.api.get(whole).json()["state"] == "processing"
    tidy()
    assert hers.send("HEAD", old).status_code == 404
    assert hers.api.get(whole).json()["state"] == "done"
    assert files_below(settings.UPLOADS_DIR) == []
    assert forget_expired() == 0


def test_an_upload_that_fails_holds_up_no_other(hers: Tus, alice: User, caplog: pytest.LogCaptureFixture) -> None:
    content, long_ago = picture(), timezone.now() - GRACE * 2
    rows = {"owner": alice, "length": len(content), "offset": len(content), "written_at": long_ago}
    # Of no fields that a work has: as a fault of ours.
    broken = [Upload.objects.create(**rows, fields={"x": 1}, entry_count=count) for count in (None, 1)]
    expired = Upload.objects.create(owner=alice, length=2, expires_at=long_ago)
    whole, zipped = Upload.objects.create(**rows), Upload.objects.create(**rows, entry_count=1)
    for upload in (*broken, whole):
        upload.path.write_bytes(content)
    broken[1].path.write_bytes(archive_of(picture(2)))
    zipped.path.write_bytes(archive_of(picture(1)))
    Upload.objects.filter(pk=broken[1].pk).update(fields={"level": "x"})
    tidy()
    assert not Upload.objects.filter(pk=expired.pk).exists()
    finished = {upload.pk: upload.finished_at is not None for upload in Upload.objects.all()}
    assert finished == {broken[0].pk: False, broken[1].pk: False, whole.pk: True, zipped.pk: True}
    assert ContentItem.objects.count() == 2
    assert sorted(record.args[0] for record in caplog.records if record.name == "uploads.unpacking") == sorted(
        upload.pk for upload in broken
    )


def archive_of(content: bytes) -> bytes:
    out = BytesIO()
    with ZipFile(out, "w") as archive:
        archive.writestr("a.png", content)
    return out.getvalue()


def test_what_is_under_way_counts_as_stored(hers: Tus, his: Tus, settings: Settings) -> None:
    settings.UPLOAD_QUOTA_BYTES = 11
    for _ in range(3):
        hers.create(b"abc")
    answer = hers.send("POST", UPLOADS, Upload_Length="3")
    assert (answer.status_code, answer.json()["errors"]) == (
        400,
        {"file": ["Your files may take 11 bytes; they take 0, and those under way 9."]},
    )
    form = {"file": SimpleUploadedFile("a.zip", archive_of(b"x"))}
    assert "under way 9" in hers.api.post("/api/v1/content/", form, format="multipart").json()["errors"]["file"][0]
    his.create(b"abc")


def test_what_is_known_is_told_of_ones_own_works_alone(hers: Tus, his: Tus, api: APIClient) -> None:
    content, other = picture(), picture(1)
    hers.piece(hers.create(content, is_private="1"), 0, content)
    his.piece(his.create(other), 0, other)
    hashes = [hashlib.sha256(each).hexdigest() for each in (content, other)]
    item = ContentItem.objects.get(creator__username="alice")
    assert hers.api.post(f"{UPLOADS}known/", {"sha256": hashes}).json() == {"known": {hashes[0]: item.pk}}
    assert hashes[0] not in his.api.post(f"{UPLOADS}known/", {"sha256": hashes}).json()["known"]
    assert api.post(f"{UPLOADS}known/", {"sha256": hashes}).status_code == 401
    assert hers.api.post(f"{UPLOADS}known/", {"sha256": ["x"]}).status_code == 400
    assert hers.api.post(f"{UPLOADS}known/", {"sha256": hashes * 501}).status_code == 400


@pytest.mark.django_db(transaction=True)
def test_of_two_pieces_at_once_one_waits_for_nothing(hers: Tus) -> None:
    url = hers.create(picture())
    statuses: list[int] = []

    def write() -> None:
        try:
            statuses.append(hers.piece(url, 0, b"12345").status_code)
        finally:
            connection.close()

    with transaction.atomic():
        Upload.objects.select_for_update().get()
        thread = Thread(target=write)
        thread.start()
        thread.join(300)
    assert statuses == [423]
    write()
    assert statuses == [423, 204]


@pytest.mark.django_db(transaction=True)
def test_an_upload_that_a_refused_piece_holds_for_a_moment_is_finished_all_the_same(
    hers: Tus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finishing, "TRIES", 1_000)  # the moment is as long as the machine makes it
    content = picture()
    upload = Upload.objects.get(pk=hers.create(content).split("/")[-2])
    upload.path.write_bytes(content)
    Upload.objects.update(offset=len(content))
    finished: list[Upload | None] = []

    def finish() -> None:
        try:
            finished.append(finish_at_once(upload.pk))
        finally:
            connection.close()

    with transaction.atomic():
        Upload.objects.select_for_update().get()
        thread = Thread(target=finish)
        thread.start()
        thread.join(0.2)
        assert finished == []
    thread.join(300)
    assert [each.item_id for each in finished] == [ContentItem.objects.get().pk]
