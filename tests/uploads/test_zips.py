"""Zips: each picture in one becomes a work, whatever is wrong with the others; by form, multipart and tus."""

import os
import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from threading import Barrier, Event, Thread
from time import monotonic, sleep, time
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from content import moderated
from content.models import ContentItem
from media.companions import Group, grouped
from tests.content.test_uploading import take
from tests.pages.html import elements, hrefs
from tests.uploads.files import files_below, picture
from tests.uploads.test_tus import Tus
from uploads import views
from uploads.finishing import delete_strays, forget_expired, tidy
from uploads.models import Outcome, Upload, UploadedEntry
from uploads.unpacking import unpack
from users.accounts import close_account
from users.models import User

pytestmark = pytest.mark.usefixtures("own_folders")
CONTENT = "/api/v1/content/"
PARAMETERS = b"a lighthouse\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 5, Size: 8x8"


def small(seed: int = 0) -> bytes:
    """Return a tiny picture; another seed, another content."""
    out = BytesIO()
    Image.new("RGB", (8, 8), (seed % 256, seed // 256, 9)).save(out, "PNG")
    return out.getvalue()


def zipped(*entries: tuple[str | ZipInfo, bytes], method: int = ZIP_DEFLATED) -> bytes:
    out = BytesIO()
    with ZipFile(out, "w", method) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return out.getvalue()


def post(api: APIClient, content: bytes, name: str = "some.zip", **fields: object) -> object:
    file = SimpleUploadedFile(name, content, content_type="application/zip")
    return api.post(CONTENT, {"file": file, **fields}, format="multipart")


def taken(api: APIClient, content: bytes, **fields: object) -> dict:
    """Send a zip, have it unpacked, and return what its address says of it."""
    response = post(api, content, **fields)
    assert response.status_code == 202, response.content
    assert response.json()["state"] == "unpacking"
    unpack(Upload.objects.get(pk=response.json()["id"]).pk)
    return api.get(response.headers["Location"]).json()


@pytest.fixture
def hers(api: APIClient, alice: User) -> APIClient:
    api.force_login(alice)
    return api


def outcomes(said: dict) -> dict[str, str]:
    return {result["name"]: result["error"] or result["outcome"] for result in said["archive"]["results"]}


def test_each_file_is_a_work_and_what_others_keep_beside_it_is_none(hers: APIClient, alice: User) -> None:
    passed_over = ["__MACOSX/._a.png", ".hidden/a.png", "x/.b.png", "x/.thumbnails/a.png", "@eaDir/a.png", "Thumbs.db"]
    entries = [(name, b"x") for name in passed_over]
    entries += [
        ("x/", b""),
        ("x/a.png", picture()),
        ("x/a.txt", PARAMETERS),
        ("y/a.txt", b"a text"),
        ("b.png", small()),
    ]
    said = taken(hers, zipped(*entries), tags="t\nu", is_private="true", hides_prompt="true", title="not used")
    assert outcomes(said) == {"a.png": "added", "a.txt": "added", "b.png": "added"}
    counts = {name: said["archive"][name] for name in ("count", "done", "added", "known", "repeated", "refused")}
    assert counts == {"count": 3, "done": 3, "added": 3, "known": 0, "repeated": 0, "refused": 0}
    assert (said["state"], said["archive"]["next"]) == ("done", None)
    first = ContentItem.objects.get(pk=said["archive"]["results"][0]["item"])
    assert (first.prompt, first.generation.seed, first.title) == ("a lighthouse", 5, "a")
    rows = ContentItem.objects.values_list("creator", "tags", "is_private", "hides_prompt").distinct()
    assert list(rows) == [(alice.pk, ["t", "u"], True, True)]


def symlink(name: str) -> ZipInfo:
    info = ZipInfo(name)
    info.external_attr = 0o120777 << 16
    return info


def patched(content: bytes, name: bytes, offset: int, value: bytes) -> bytes:
    """Return a zip with some bytes of an entry's line in the list replaced."""
    start = content.rindex(name) - 46 + offset
    return content[:start] + value + content[start + len(value) :]


WRONG = [
    ("0.png", b""),
    ("nested.zip", zipped(("a.png", small()))),
    ("a.xml", b"<x/>"),
    ("s.sh", b"#!/bin/sh"),
    ("encrypted.png", small(2)),
    ("torn.png", small(3)),
    ("longer.png", small(4)),
    ("cut.png", small(5)[:40]),
    ("../../up.png", small(6)),
    ("/etc/root.png", small(7)),
    ("C:\\w\\win.png", small(8)),
    ("last.png", small(9)),
]


def test_what_is_wrong_with_one_is_said_and_the_others_are_taken(hers: APIClient, settings: Settings) -> None:
    out = BytesIO(zipped(("bz2.png", small(1)), method=ZIP_BZIP2))
    with ZipFile(out, "a", ZIP_DEFLATED) as archive:
        for name, data in WRONG:
            archive.writestr(name, data)
        archive.writestr(symlink("link.png"), b"/etc/passwd")
    content = out.getvalue()
    content = patched(content, b"encrypted.png", 8, struct.pack("<H", 1))
    content = patched(content, b"torn.png", 16, b"\0\0\0\0")
    content = patched(content, b"longer.png", 24, struct.pack("<I", 20))
    said = taken(hers, content)
    assert outcomes(said) == {
        "bz2.png": "The entry is packed by a method that is not supported: only Deflate is.",
        "0.png": "The file is empty.",
        "nested.zip": "This is an archive: unpack it, and send the files in it.",
        "a.xml": "This is a text: only .txt and .md files are works.",
        "s.sh": "Web pages, scripts and programs are not taken.",
        "encrypted.png": "The entry is encrypted.",
        "torn.png": "The entry is damaged or cut off.",
        "longer.png": "The entry is damaged or cut off.",
        "cut.png": outcomes(said)["cut.png"],
        "link.png": "The entry is a link.",
        **dict.fromkeys(("up.png", "root.png", "win.png", "last.png"), "added"),
    }
    assert "damaged" in outcomes(said)["cut.png"]
    assert ContentItem.objects.count() == 4
    assert len(files_below(settings.MEDIA_ROOT)) == 4


# The end of the last one says that the list of its entries has 5 MB.
UNREADABLE = {
    "without its end": (zipped(("a.png", small()))[:-30], "damaged or cut off"),
    "cut off": (zipped(("a.png", small()))[:60], "damaged or cut off"),
    "a beginning": (b"PK\x03\x04" + b"\0" * 40, "damaged or cut off"),
    "empty": (zipped(), "holds no file"),
    "hidden": (zipped((".hidden.png", small())), "holds no file"),
    "names that are not UTF-8": (zipped(("é.png", small())).replace("é".encode(), b"\xff\xff"), "damaged or cut off"),
    "many": (zipped(*((f"{number}.txt", b"x") for number in range(6))), "at most 5 are taken"),
    "a long list": (
        b"PK\x03\x04" + b"\0" * 5_000_000 + struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 9, 9, 4_900_000, 4, 0),
        "more than 5",
    ),
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_a_zip_that_cannot_be_read_is_refused_as_a_whole(hers: APIClient, settings: Settings, kind: str) -> None:
    settings.MAX_ZIP_ENTRIES = 5
    content, message = UNREADABLE[kind]
    response = post(hers, content)
    assert response.status_code == 400
    assert message in response.json()["errors"]["file"][0]
    assert not Upload.objects.exists()
    assert files_below(settings.UPLOADS_DIR) == []


def test_bytes_are_counted_as_they_come_out(hers: APIClient, settings: Settings) -> None:
    settings.MAX_UPLOAD_BYTES, settings.MAX_ZIP_BYTES = 50_000, 100_000
    bombs = [
        (f"{number}.txt", bytes([97 + number]) * size) for number, size in enumerate([60_000, 40_000, 40_000, 40_000])
    ]
    content = zipped(*bombs, ("last.png", small()))
    # Its header says that it is small.
    said = taken(hers, patched(content, b"0.txt", 24, struct.pack("<I", 60_000)))
    assert outcomes(said) == {
        "0.txt": "The file is larger than 50,000 bytes.",
        "1.txt": "added",
        "2.txt": "added",
        "3.txt": "The zip unpacks to more than 100,000 bytes.",
        "last.png": "added",
    }


def test_a_header_that_lies_about_the_size_is_found_out(hers: APIClient) -> None:
    data = b"a" * 1000
    for said_size in (10, 5_000_000):
        content = patched(zipped(("t.txt", data)), b"t.txt", 24, struct.pack("<I", said_size))
        assert "damaged" in outcomes(taken(hers, content))["t.txt"]
    assert not ContentItem.objects.exists()


def test_the_same_picture_twice_is_one_work_and_said_so(hers: APIClient) -> None:
    content = zipped(("a.png", small()), ("b.png", small()), ("x/a.png", small()))
    assert [row["outcome"] for row in taken(hers, content)["archive"]["results"]] == ["added", "repeated", "repeated"]
    again = taken(hers, content)["archive"]["results"]
    assert [row["outcome"] for row in again] == ["known", "repeated", "repeated"]
    assert {row["item"] for row in again} == {ContentItem.objects.get().pk}


def test_names_may_be_long_odd_or_none_and_a_zip_may_be_zip64(hers: APIClient) -> None:
    japanese = ZipInfo("x.png")
    names = ["é" * 127 + ".png", "\u202egnp.exe.png", "a\nb.png", "日本.png", "x" * 251 + ".png"]
    content = zipped(*((name, small(number)) for number, name in enumerate(names)), (japanese, small(99)))
    said = outcomes(taken(hers, content))
    assert said == dict.fromkeys(
        ["é" * 127 + ".png", "gnp.exe.png", "ab.png", "日本.png", "x" * 251 + ".png", "x.png"], "added"
    )
    # What macOS writes: UTF-8 without the flag. What Windows in Japan writes: Shift-JIS.
    out = BytesIO()
    with ZipFile(out, "w") as archive:
        archive.writestr("AAAAAA.png", small(200))
        archive.writestr("BBBB.png", small(201))
    raw = out.getvalue().replace(b"AAAAAA", "日本".encode()).replace(b"BBBB", "日本".encode("shift_jis"))
    first, second = outcomes(taken(hers, raw)).items()
    assert (first, second[1]) == (("日本.png", "added"), "added")
    out = BytesIO()
    with ZipFile(out, "w", ZIP_STORED) as archive, archive.open("big.png", "w", force_zip64=True) as entry:
        entry.write(small(300))
    assert outcomes(taken(hers, out.getvalue())) == {"big.png": "added"}


def test_it_goes_on_where_it_was(hers: APIClient, alice: User, settings: Settings) -> None:
    pk = post(hers, zipped(*((f"{number}.png", small(number)) for number in range(3)))).json()["id"]
    upload = Upload.objects.get(pk=pk)
    # What a process that was killed leaves: an entry half written.
    upload.entry_path.write_bytes(b"half")
    assert unpack(pk, monotonic()) is True
    upload.refresh_from_db()
    assert (upload.entries_done, upload.finished_at, ContentItem.objects.count()) == (1, None, 1)
    Upload.objects.update(expires_at=timezone.now())
    assert forget_expired() == 0
    tidy()
    upload.refresh_from_db()
    assert (upload.entries_done, upload.finished_at is None, ContentItem.objects.count()) == (3, False, 3)
    assert list(UploadedEntry.objects.order_by("number").values_list("number", "outcome")) == [
        (number, Outcome.ADDED) for number in range(3)
    ]
    assert not upload.entry_path.exists()
    assert unpack(pk) is False
    Upload.objects.update(expires_at=timezone.now())
    assert forget_expired() == 1
    assert (ContentItem.objects.count(), UploadedEntry.objects.count()) == (3, 0)
    assert files_below(settings.UPLOADS_DIR) == []


def test_no_work_is_made_of_a_zip_whose_account_is_closed_meanwhile(hers: APIClient, alice: User) -> None:
    pk = post(hers, zipped(("0.png", small(0)))).json()["id"]
    close_account(alice)
    assert unpack(pk) is False
    assert (Upload.objects.get(pk=pk).error, ContentItem.objects.count()) == ("Its account is closed.", 0)


def test_bytes_of_uploads_that_are_gone_are_deleted_in_time(hers: APIClient, settings: Settings) -> None:
    kept, gone, young = (post(hers, zipped((f"{number}.png", small(number)))).json()["id"] for number in range(3))
    folder = Path(settings.UPLOADS_DIR)
    (folder / f"{gone}.entry").touch()
    (folder / "form.upload").touch()
    (folder / "other.part").touch()
    for path in folder.iterdir():
        hours = 0 if path.stem == young else settings.UPLOAD_HOURS + 1 if path.stem == "form" else 2
        os.utime(path, (time() - hours * 3_600,) * 2)
    Upload.objects.exclude(pk=kept).delete()
    assert delete_strays() == 3
    assert {path.name for path in folder.iterdir()} == {f"{kept}.part", f"{young}.part", "other.part"}


def test_bytes_that_are_lost_are_said(hers: APIClient) -> None:
    pk = post(hers, zipped(("a.png", small()))).json()["id"]
    Upload.objects.get(pk=pk).path.unlink()
    assert unpack(pk) is False
    assert hers.get(f"/api/v1/uploads/{pk}/").json()["error"] == "Its bytes are lost; send it again."


@pytest.mark.django_db(transaction=True)
def test_two_zips_of_the_same_at_once_are_one_work_each(client_of: Callable[[User], APIClient], alice: User) -> None:
    content = zipped(*((f"{number}.png", small(number)) for number in range(6)))
    uploads = [post(client_of(alice), content).json()["id"] for _ in range(2)]
    barrier = Barrier(4)

    def work(pk: str) -> None:
        try:
            barrier.wait(60)
            while unpack(pk):
                pass
        finally:
            connection.close()

    # Two processes at each of them.
    threads = [Thread(target=work, args=[pk]) for pk in uploads * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)
    assert ContentItem.objects.count() == 6
    assert not Upload.objects.filter(finished_at=None).exists()
    assert UploadedEntry.objects.count() == 12
    assert set(UploadedEntry.objects.values_list("outcome", flat=True)) <= {Outcome.ADDED, Outcome.KNOWN}
    assert not any(upload.path.exists() for upload in Upload.objects.all())


@pytest.mark.django_db(transaction=True)
def test_it_is_given_up_once_the_file_that_is_being_taken_is_done(hers: APIClient) -> None:
    pk = post(hers, zipped(("a.png", small()))).json()["id"]
    upload, is_held, is_waited_for = Upload.objects.get(pk=pk), Event(), Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                Upload.objects.select_for_update().get(pk=pk)
                is_held.set()
                waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
                until = monotonic() + 60
                while monotonic() < until and not is_waited_for.is_set():
                    with connection.cursor() as cursor:
                        cursor.execute(waiting)
                        is_waited_for.set() if cursor.fetchone()[0] else sleep(0.01)
        finally:
            connection.close()

    thread = Thread(target=hold)
    thread.start()
    assert is_held.wait(60)
    answer = hers.delete(f"/api/v1/uploads/{pk}/", headers={"Tus-Resumable": "1.0.0"})
    thread.join(300)
    assert (answer.status_code, is_waited_for.is_set()) == (204, True)
    assert not Upload.objects.exists() and not upload.path.exists()


def test_by_tus_and_by_form_it_is_the_same(alice: User, bob: User, client: Client) -> None:
    tus = Tus(alice)
    content = zipped(("a.png", small()), ("b.png", b"no"))
    url = tus.create(content, filename="x.zip", is_private="true")
    last = tus.piece(url, 0, content)
    assert (last.status_code, "Upload-Item" in last.headers) == (204, False)
    assert tus.api.get(url).json()["state"] == "unpacking"
    tidy()
    assert outcomes(tus.api.get(url).json())["a.png"] == "added"
    assert tus.api.get(f"{url}?after=0").json()["archive"]["results"][0]["name"] == "b.png"
    client.force_login(bob)
    page = client.post("/upload/", {"file": SimpleUploadedFile("x.zip", content)})
    assert page.status_code == 303
    shown = client.get(page.headers["Location"])
    assert (shown.status_code, shown.headers["Refresh"], b"0 of 2 files are done" in shown.content) == (200, "3", True)
    tidy()
    shown = client.get(page.headers["Location"])
    assert ("Refresh" in shown.headers, b"1 work added, 1 refused" in shown.content) == (False, True)
    assert b"not what its name says" in shown.content
    client.force_login(alice)
    assert client.get(page.headers["Location"]).status_code == 404
    assert ContentItem.objects.filter(creator=bob, is_private=False).count() == 1


def forms_of(client: Client) -> list[str]:
    """Return the addresses of the forms that the page of the zip leads to."""
    page = client.get(reverse("uploads:zip", args=[Upload.objects.get().pk]))
    assert ("private until you save" in page.content.decode()) == ("/upload/details/" in page.content.decode())
    return [address for address in hrefs(page, "a") if address.startswith("/upload/details/")]


def save_form(client: Client, address: str) -> None:
    """Open a form of titles and tags, and send it as it is."""
    page = client.get(address)
    sent: dict[str, object] = {"item": [one.attributes["value"] for one in elements(page, "input", name="item")]}
    for pk in sent["item"]:
        names = (f"{pk}-title", f"{pk}-updated_at")
        sent |= {name: elements(page, "input", name=name)[0].attributes["value"] for name in names}
    assert client.post("/upload/details/", sent).status_code == 303


@pytest.mark.parametrize("by", ["form", "tus"])
def test_works_of_a_zip_that_is_looked_at_first_are_shown_once_their_titles_are_saved(
    alice: User, client: Client, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    monkeypatch.setattr(views, "MOST_OF_FORM", 1)
    client.force_login(alice)
    known = take(small(0), "a.png", alice, is_private=True)
    content = zipped(*((f"{number}.png", small(number)) for number in range(4)))
    if by == "form":
        client.post("/upload/", {"file": SimpleUploadedFile("x.zip", content), "looks_first": "on"})
    else:
        tus = Tus(alice)
        tus.piece(tus.create(content, filename="x.zip", is_private="true", looks_first="true"), 0, content)
    assert forms_of(client) == []
    tidy()
    first, second, hidden = ContentItem.objects.exclude(pk=known.pk).order_by("pk")
    moderated.hold(ContentItem.objects.filter(pk=hidden.pk))
    assert not ContentItem.objects.filter(is_private=False).exists()
    assert forms_of(client) == [f"/upload/details/?publish={item.pk}" for item in (first, second)]
    for address in forms_of(client):
        save_form(client, address)
    assert set(ContentItem.objects.filter(is_private=False)) == {first, second}
    assert forms_of(client) == []


@pytest.mark.parametrize("said", [{}, {"is_private": "on"}, {"is_private": "on", "looks_first": "on"}])
def test_works_of_another_zip_stay_as_they_were_sent(alice: User, client: Client, said: dict[str, str]) -> None:
    client.force_login(alice)
    client.post("/upload/", {"file": SimpleUploadedFile("x.zip", zipped(("a.png", small()))), **said})
    tidy()
    assert (ContentItem.objects.get().is_private, forms_of(client)) == (bool(said), [])


def test_a_picture_by_tus_is_looked_at_first_where_it_was_sent(alice: User) -> None:
    tus = Tus(alice)
    last = tus.piece(tus.create(small(), filename="a.png", is_private="true", looks_first="true"), 0, small())
    assert "Upload-Item" in last.headers
    assert ContentItem.objects.get().is_private


def test_texts_beside_a_picture_in_a_form_belong_to_it(alice: User, client: Client, api: APIClient) -> None:
    client.force_login(alice)
    names = ["a.png", "a.txt", "b.txt", "c.png", "c.png.json", "d.zip"]
    contents = [small(), PARAMETERS, b"a text of its own", small(1), b"{}", zipped(("z.png", small(2)))]
    files = [SimpleUploadedFile(name, content) for name, content in zip(names, contents, strict=True)]
    page = client.post("/upload/", {"file": files})
    assert (page.status_code, b"3 works added" in page.content, b"Being unpacked" in page.content) == (200, True, True)
    assert sorted(ContentItem.objects.values_list("title", flat=True)) == ["a lighthouse", "b", "c"]
    api.force_login(alice)
    pair = {"file": [SimpleUploadedFile("p.txt", PARAMETERS), SimpleUploadedFile("p.png", small(7))]}
    said = api.post(CONTENT, pair, format="multipart")
    assert said.status_code == 201, said.json()["errors"]
    assert (said.status_code, said.json()["prompt"]) == (201, "a lighthouse")
    two = {"file": [SimpleUploadedFile("p.png", small(8)), SimpleUploadedFile("q.png", small(9))]}
    assert "One file at a time" in api.post(CONTENT, two, format="multipart").json()["errors"]["file"][0]


def test_no_text_belongs_to_a_zip() -> None:
    names = ["a.zip", "a.txt", "b.ZIP", "b.png", "b.txt", "c.zip", "c.zip.json"]
    assert grouped(names) == [Group(0, ()), Group(1, ()), Group(2, ()), Group(3, (4,)), Group(5, ()), Group(6, ())]


@pytest.mark.django_db(transaction=True)  # what is stored is counted once it is committed
def test_a_quota_holds_for_each_file(hers: APIClient, settings: Settings) -> None:
    first, second = os.urandom(600), os.urandom(600)
    content = zipped(("a.txt", first.hex().encode()), ("b.txt", second.hex().encode()))
    settings.UPLOAD_QUOTA_BYTES = max(len(content), 2000)
    assert "may take" in outcomes(taken(hers, content))["b.txt"]
    assert zlib.crc32(first) != zlib.crc32(second)
