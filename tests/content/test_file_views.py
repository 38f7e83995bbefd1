"""Files of works: byte for byte, in ranges, and for nobody who may see no work that has them."""

import io
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from PIL import Image
from pytest_django.fixtures import Settings
from rest_framework.authtoken.models import Token

from content.models import ContentItem
from media import making
from media.blocks import pack
from media.generation_data.blocks import Block, Carrier
from media.models import MetadataBlocks
from tests.factories import ContentItemFactory, GenerationDataFactory
from tests.media.files import library_at, placed, uploaded
from tests.media.pictures.dying import DyingStudio
from tests.media.pictures.samples import SECRET, file_of, photograph, png_text
from users.models import User

CONTENT = bytes(range(256)) * 1000
PUBLIC, PRIVATE = False, True
# As some tools write it: JSON but for one word.
WORKFLOW = b'{"nodes": [{"id": 1, "type": "KSampler",  "is_changed": NaN}], "links": []}'


@pytest.fixture(autouse=True)
def own_folders(settings: Settings, tmp_path: Path) -> None:
    """Keep files of tests out of the developer's folders."""
    settings.MEDIA_ROOT = tmp_path / "uploads"
    settings.THUMBNAILS_DIR = tmp_path / "thumbnails"


@pytest.fixture
def work(alice: User) -> ContentItem:
    """A public video of alice's."""
    media_file = uploaded(CONTENT, format="mp4", mime="video/mp4", duration=1.5)
    return ContentItemFactory(title="Fog, “dawn”", creator=alice, media_file=media_file)


def address(work: ContentItem) -> str:
    """Return the address of a work's file."""
    return f"/content/{work.pk}/file/"


def test_a_file_is_sent_byte_for_byte(client: Client, work: ContentItem) -> None:
    answer = client.get(address(work))
    assert (answer.status_code, answer.getvalue()) == (200, CONTENT)
    headers = {name: answer.headers[name] for name in ("Content-Type", "Content-Length", "ETag", "Accept-Ranges")}
    assert headers == {
        "Content-Type": "video/mp4",
        "Content-Length": str(len(CONTENT)),
        "ETag": f'"{work.media_file.hex}"',
        "Accept-Ranges": "bytes",
    }
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith("inline; ")
    assert answer.headers["Vary"] == "Cookie, Authorization"


def test_a_file_is_sent_in_pieces(client: Client, work: ContentItem) -> None:
    pieces = [len(piece) for piece in client.get(address(work))]
    assert max(pieces) <= 65_536
    assert sum(pieces) == len(CONTENT)


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [
        ("bytes=0-", 0, 256_000),
        ("bytes=255999-", 255_999, 256_000),
        ("bytes=7-70000", 7, 70_001),
        ("bytes=-5", 255_995, 256_000),
    ],
)
def test_a_range_is_sent_alone(client: Client, work: ContentItem, asked: str, start: int, stop: int) -> None:
    answer = client.get(address(work), headers={"Range": asked})
    assert (answer.status_code, answer.getvalue()) == (206, CONTENT[start:stop])
    assert answer.headers["Content-Range"] == f"bytes {start}-{stop - 1}/256000"
    assert answer.headers["Content-Length"] == str(stop - start)


def test_a_range_behind_the_end_is_416(client: Client, work: ContentItem) -> None:
    answer = client.get(address(work), headers={"Range": "bytes=256000-"})
    assert (answer.status_code, answer.headers["Content-Range"]) == (416, "bytes */256000")


def test_a_range_of_another_file_is_the_whole(client: Client, work: ContentItem) -> None:
    for condition, status in (
        (f'"{work.media_file.hex}"', 206),
        ('"other"', 200),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 200),
    ):
        answer = client.get(address(work), headers={"Range": "bytes=0-9", "If-Range": condition})
        assert answer.status_code == status
        answer.getvalue()


def test_a_file_that_the_client_has_is_not_sent_again(client: Client, work: ContentItem) -> None:
    answer = client.get(address(work), headers={"If-None-Match": f'"{work.media_file.hex}"'})
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["ETag"] == f'"{work.media_file.hex}"'


def test_head_says_the_same_and_sends_nothing(client: Client, work: ContentItem) -> None:
    answer = client.head(address(work), headers={"Range": "bytes=0-9"})
    assert (answer.status_code, answer.headers["Content-Length"], answer.getvalue()) == (200, "256000", b"")


def test_a_download_is_named_after_its_work(client: Client, work: ContentItem) -> None:
    answer = client.get(f"{address(work)}?download=1")
    name = "Fog%2C%20%E2%80%9Cdawn%E2%80%9D.mp4"
    assert answer.headers["Content-Disposition"] == f"attachment; filename*=utf-8''{name}"
    answer.getvalue()


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("a/b\\c:d", "a b c d.png"),
        ("..", "untitled.png"),
        ("x" * 300, "x" * 200 + ".png"),
        ("line\r\nSet-Cookie: a", "line Set-Cookie a.png"),
    ],
)
def test_a_title_that_is_no_file_name_becomes_one(client: Client, db: None, title: str, name: str) -> None:
    work = ContentItemFactory(title=title, media_file=uploaded(CONTENT))
    answer = client.get(f"{address(work)}?download=1")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    answer.getvalue()


@pytest.mark.parametrize(
    "mime", ["image/svg+xml", "text/html", "application/pdf", "text/xml", "application/octet-stream"]
)
def test_what_may_hold_script_is_an_attachment_and_runs_nothing(client: Client, db: None, mime: str) -> None:
    work = ContentItemFactory(media_file=uploaded(CONTENT, mime=mime))
    answer = client.get(address(work))
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    answer.getvalue()


def test_text_is_text_in_utf_8(client: Client, db: None) -> None:
    work = ContentItemFactory(media_file=uploaded(b"<script>", format="text", mime="text/plain"))
    answer = client.get(address(work))
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith("inline; ")
    answer.getvalue()


def test_a_file_of_a_library_is_sent(client: Client, db: None, tmp_path: Path) -> None:
    work = ContentItemFactory(media_file=placed(CONTENT, library_at(tmp_path / "a"), "fog.png"))
    assert client.get(address(work)).getvalue() == CONTENT
    os.unlink(tmp_path / "a/fog.png")
    answer = client.get(address(work))
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "text/plain; charset=utf-8")
    assert answer.content.startswith(b"The file is not where it was")


def test_nginx_sends_the_file_when_it_is_told_to(client: Client, db: None, tmp_path: Path, settings: Settings) -> None:
    settings.FILES_ACCEL = "/originals"
    work = ContentItemFactory(title="Fog", media_file=placed(CONTENT, library_at(tmp_path / "a b"), "50% ü.png"))
    answer = client.get(address(work), headers={"Range": "bytes=0-9"})
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["X-Accel-Redirect"] == f"/originals{tmp_path}/a%20b/50%25%20%C3%BC.png"
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["Content-Disposition"] == 'inline; filename="Fog.png"'


@pytest.fixture
def drawn(alice: User) -> ContentItem:
    """A public picture of alice's, with a prompt and a workflow in it."""
    content = file_of(photograph(90, 60), "PNG", pnginfo=png_text(parameters=SECRET)).getvalue()
    file = uploaded(content)
    item = ContentItemFactory(
        title="Fog", creator=alice, media_file=file, generation=GenerationDataFactory(media_file=file)
    )
    blocks = [Block(Carrier.PNG_TEXT, "parameters", b"fog"), Block(Carrier.PNG_TEXT, "workflow", WORKFLOW)]
    MetadataBlocks.objects.create(media_file=item.media_file, packed=pack(blocks), reader_version=1)
    return item


@pytest.mark.parametrize("is_private", [PUBLIC, PRIVATE])
@pytest.mark.parametrize("path", ["file/", "file/?download=1", "file/stripped/", "workflow.json"])
def test_a_file_is_sent_to_viewers_of_its_work_alone(
    client_of: Callable[..., Client],
    drawn: ContentItem,
    alice: User,
    bob: User,
    staff: User,
    path: str,
    is_private: bool,
) -> None:
    clients = {viewer: client_of(viewer) for viewer in (alice, bob, staff, None)}
    url = f"/content/{drawn.pk}/{path}"
    first = clients[None].get(url)
    first.getvalue()
    etag = first.headers.get("ETag", "")
    ContentItem.objects.filter(pk=drawn.pk).update(is_private=is_private)
    # Another work of the same file, of which nothing but its own address tells.
    ContentItemFactory(creator=bob, media_file=drawn.media_file)
    other = 404 if is_private else 200
    for headers in ({}, {"If-None-Match": etag}):
        answers = {
            viewer: client.get(f"/content/{drawn.pk}/{path}", headers=headers) for viewer, client in clients.items()
        }
        has = {200, 304} if headers and etag else {200}
        for viewer, expected in ((alice, 200), (bob, other), (staff, 200), (None, other)):
            answer = answers[viewer]
            body = answer.getvalue()
            assert answer.status_code in (has if expected == 200 else {404}), (viewer, headers)
            assert expected == 200 or SECRET.encode() not in body
            assert answer.headers["Cache-Control"] in ("private, no-cache", "no-store")


def test_a_stripped_copy_is_a_picture_without_metadata(client: Client, drawn: ContentItem) -> None:
    assert SECRET.encode() in client.get(address(drawn)).getvalue()
    answer = client.get(f"{address(drawn)}stripped/")
    body = answer.getvalue()
    assert SECRET.encode() not in body
    assert answer.headers["Content-Length"] == str(len(body))
    assert answer.headers["Content-Disposition"] == 'attachment; filename="Fog.png"'
    # The hash names the original, which not every viewer is to know.
    assert answer.headers["ETag"].strip('"')
    assert drawn.media_file.hex not in answer.headers["ETag"]
    with Image.open(io.BytesIO(body)) as image:
        assert (image.format, image.size, image.info) == ("PNG", (90, 60), {})


def test_a_stripped_copy_is_sent_by_us_whoever_sends_the_originals(
    client: Client, drawn: ContentItem, settings: Settings
) -> None:
    settings.FILES_ACCEL = "/originals"
    answer = client.get(f"{address(drawn)}stripped/")
    assert "X-Accel-Redirect" not in answer.headers
    assert answer.getvalue().startswith(b"\x89PNG")


def test_a_stripped_copy_that_cannot_be_made_now_is_to_be_asked_for_again(
    client: Client, drawn: ContentItem, monkeypatch: pytest.MonkeyPatch
) -> None:
    with DyingStudio(deaths=1) as studio:
        monkeypatch.setattr(making, "STUDIO", studio)
        answers = [client.get(f"{address(drawn)}stripped/") for _ in range(2)]
        assert answers[1].getvalue().startswith(b"\x89PNG")
    assert [answer.status_code for answer in answers] == [503, 200]
    assert (int(answers[0].headers["Retry-After"]) > 0, b"was killed" in answers[0].content) == (True, True)


def test_a_text_has_no_stripped_copy(client: Client, db: None) -> None:
    answer = client.get(f"{address(ContentItemFactory(media_file=uploaded(b'a text', mime='text/plain')))}stripped/")
    assert answer.status_code == 404
    assert answer.content == b"The file is of a format that cannot be copied without its metadata.\n"


def test_a_workflow_is_sent_as_the_file_holds_it(client: Client, drawn: ContentItem) -> None:
    answer = client.get(f"/content/{drawn.pk}/workflow.json")
    assert (answer.content, answer.headers["Content-Type"]) == (WORKFLOW, "application/json")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="Fog.workflow.json"'


@pytest.mark.parametrize("packed", [None, b"damaged", pack([]), pack([Block(Carrier.PNG_TEXT, "parameters", b"fog")])])
def test_a_file_without_a_workflow_has_none(client: Client, drawn: ContentItem, packed: bytes | None) -> None:
    blocks = MetadataBlocks.objects.filter(media_file=drawn.media_file)
    blocks.delete() if packed is None else blocks.update(packed=packed)
    assert client.get(f"/content/{drawn.pk}/workflow.json").status_code == 404


def test_a_private_file_is_sent_to_its_owner_s_token(client: Client, work: ContentItem, alice: User, bob: User) -> None:
    ContentItem.objects.filter(pk=work.pk).update(is_private=True)
    for key, status in ((Token.objects.create(user=alice), 200), (Token.objects.create(user=bob), 404), ("x", 404)):
        answer = client.get(address(work), headers={"Authorization": f"Token {key}"})
        assert answer.status_code == status
        answer.getvalue()


def test_a_work_without_a_file_has_none(client: Client, db: None) -> None:
    assert client.get(address(ContentItemFactory())).status_code == 404
    assert client.get("/content/999999/file/").status_code == 404
    assert client.get(f"/content/{2**70}/file/").status_code == 404


def test_a_file_is_only_read(client: Client, work: ContentItem) -> None:
    assert client.post(address(work)).status_code == 405
