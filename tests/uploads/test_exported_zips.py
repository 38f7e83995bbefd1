"""A member brings the zip of an export back: its works as they were, and nothing else of it."""

import json
from datetime import UTC, datetime
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from content.models import ContentItem
from exports.worker_tasks import make_exports
from media.archives import Archive
from tests.factories import UserFactory
from tests.pages.html import hrefs
from tests.uploads.files import picture
from tests.uploads.test_zips import PARAMETERS, hers, outcomes, post, small, taken, zipped
from uploads.exported import said_of_each
from uploads.models import Upload
from uploads.unpacking import unpack
from users.models import User

__all__ = ["hers"]

pytestmark = pytest.mark.usefixtures("own_folders")

WHEN = "2024-05-01T12:00:00+00:00"
LINE = {
    **{"source_id": "a", "title": "Fog", "content_type": "image", "creator": "alice", "tags": ["sea"]},
    **{"level": "sensitive", "is_private": True, "created_at": WHEN, "file": "files/0000/1 Fog.png"},
}


def export(*lines: object, **more: bytes) -> bytes:
    """Return a zip as exports write them, of a picture and some lines."""
    listed = "".join(line if isinstance(line, str) else f"{json.dumps(line)}\n" for line in lines)
    return zipped(
        ("files/0000/1 Fog.png", picture()),
        ("files/0000/1 Fog.png.xmp", b"<x:xmpmeta/>"),
        ("a1111/0000/1 Fog.txt", PARAMETERS),
        ("json/0000/1 Fog.json", b"{}"),
        ("albums.jsonl", b""),
        ("export.json", b"{}"),
        ("missing.txt", b"Work 7, Gone: it is gone\n"),
        ("works.jsonl", listed.encode()),
        *more.items(),
    )


def test_the_works_of_an_export_come_back_as_they_were(hers: APIClient, alice: User) -> None:
    said = taken(hers, export(LINE))
    assert outcomes(said) == {"1 Fog.png": "added"}
    work = ContentItem.objects.get()
    assert (work.title, work.tags, work.level, work.is_private) == ("Fog", ["sea"], 1, True)
    assert (work.creator, work.created_at) == (alice, datetime(2024, 5, 1, 12, tzinfo=UTC))


@pytest.mark.parametrize("folder", ["x/", "x\\", "a/b/c/"])
def test_an_export_that_was_packed_again_in_a_folder_comes_back_as_it_was(hers: APIClient, folder: str) -> None:
    with ZipFile(BytesIO(export(LINE))) as whole:
        entries = [(f"{folder}{info.filename}", whole.read(info)) for info in whole.infolist()]
    content = zipped(*entries, (f"__MACOSX/{folder}._a", b"x"), ("beside.png", small(3)))
    assert outcomes(taken(hers, content)) == {"1 Fog.png": "added", "beside.png": "added"}
    work = ContentItem.objects.get(title="Fog")
    assert (work.tags, work.level, work.is_private) == (["sea"], 1, True)
    assert not ContentItem.objects.filter(content_type="text").exists()


def test_exports_that_lie_side_by_side_in_a_zip_come_back_each_as_it_was(hers: APIClient) -> None:
    lines = [json.dumps({**LINE, "title": title, "file": "files/a.png"}).encode() for title in ("One", "Two")]
    parts = [
        entry
        for number, line in enumerate(lines)
        for entry in (
            (f"{number}/export.json", b"{}"),
            (f"{number}/works.jsonl", line),
            (f"{number}/files/a.png", small(number)),
        )
    ]
    taken(hers, zipped(*parts))
    assert sorted(ContentItem.objects.values_list("title", "is_private")) == [("One", True), ("Two", True)]


def test_a_list_is_read_no_longer_than_a_zip_may_be(hers: APIClient, settings: Settings) -> None:
    settings.MAX_ZIP_ENTRIES = 20
    other = {**LINE, "file": "files/0000/2.png"}
    late = [LINE, *[other] * 20, {**LINE, "title": "Late"}]
    archive = Archive(BytesIO(export(*late)))
    assert {path: said.title for path, said in said_of_each(archive).items()} == {"files/0000/1 Fog.png": "Fog"}


def test_a_work_of_the_future_is_of_now(hers: APIClient) -> None:
    before = timezone.now()
    assert outcomes(taken(hers, export({**LINE, "created_at": "9999-12-31T00:00:00Z"}))) == {"1 Fog.png": "added"}
    assert before <= ContentItem.objects.get().created_at <= timezone.now()


@pytest.mark.parametrize("kind", ["public", "nothing", "damaged"])
def test_what_its_sender_says_of_all_holds_as_well(hers: APIClient, kind: str) -> None:
    lines = {
        "public": [{**LINE, "is_private": False, "level": "general"}],
        "nothing": [],
        "damaged": ["{nonsense\n", '{"title": 7}\n', "[1]\n", "[" * 100_000],
    }[kind]
    assert outcomes(taken(hers, export(*lines), is_private="true", tags="mine", level="explicit")) == {
        "1 Fog.png": "added"
    }
    work = ContentItem.objects.get()
    assert (work.tags, work.level, work.is_private) == (["mine"], 2, True)


def test_of_an_export_that_is_looked_at_first_private_works_are_not_shown(hers: APIClient, alice: User) -> None:
    lines = ({**LINE, "is_private": is_private, "file": f"files/{is_private}.png"} for is_private in (False, True))
    listed = "".join(f"{json.dumps({**line, 'source_id': line['file']})}\n" for line in lines).encode()
    pictures = ((f"files/{is_private}.png", small(is_private)) for is_private in (False, True))
    content = zipped(*pictures, ("export.json", b"{}"), ("works.jsonl", listed))
    hers.force_login(alice)
    hers.post("/upload/", {"file": SimpleUploadedFile("x.zip", content), "looks_first": "on"}, format="multipart")
    upload = Upload.objects.get()
    unpack(upload.pk)
    shown, _private = ContentItem.objects.order_by("pk")
    assert not ContentItem.objects.filter(is_private=False).exists()
    page = hers.get(reverse("uploads:zip", args=[upload.pk]))
    assert [address for address in hrefs(page, "a") if "details" in address] == [f"/upload/details/?publish={shown.pk}"]


def test_a_zip_that_only_looks_like_one_is_taken_as_others_are(hers: APIClient) -> None:
    content = zipped(("works.jsonl/b.png", small(2)), ("json/a.png", small(1)), ("a1111/note.txt", b"a text"))
    assert outcomes(taken(hers, content)) == {"a.png": "added", "b.png": "added", "note.txt": "added"}


def test_a_part_that_the_site_made_comes_back(hers: APIClient, alice: User) -> None:
    taken(hers, zipped(("a.png", picture()), ("b.png", small(2)), ("c.txt", b"a text")), is_private="true")
    ContentItem.objects.filter(content_type="image").update(title="雾" * 100, tags=["kept"], created_at=WHEN)
    hers.post("/export/?list=works")
    make_exports()
    export = alice.exports.get()
    zip_file = b"".join(hers.get(f"/export/{export.pk}/1.zip").streaming_content)
    fields = ("title", "tags", "level", "is_private", "created_at", "prompt", "data")
    before = list(ContentItem.objects.order_by("title", "pk").values_list(*fields))
    ContentItem.objects.all().delete()
    hers.force_login(alice)
    said = taken(hers, zip_file)
    assert set(outcomes(said).values()) == {"added"}
    assert sorted(ContentItem.objects.values_list(*fields)) == sorted(before)


def test_works_of_others_become_the_senders_own(hers: APIClient, alice: User) -> None:
    UserFactory(username="bob")
    answer = post(hers, export({**LINE, "creator": "bob", "is_private": False}))
    unpack(Upload.objects.get(pk=answer.json()["id"]).pk)
    assert ContentItem.objects.get().creator == alice
