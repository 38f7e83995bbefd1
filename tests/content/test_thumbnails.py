"""Thumbnails: for viewers of a work that has the file, by hash; made once, when they are first asked for."""

import io
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from PIL import Image
from pytest_django.fixtures import Settings
from rest_framework.authtoken.models import Token

from content.models import ContentItem
from media.models import MediaFile
from media.thumbnails import GRID, LARGE, keep_thumbnail, thumbnail_address, thumbnail_path
from tests.factories import ContentItemFactory, MediaFileFactory
from tests.media.files import library_at, placed, uploaded
from tests.media.pictures.samples import file_of, photograph
from users.models import User

FOR_GOOD = {"private", "max-age=31536000", "immutable"}
SIGNING_IN = 2

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_folders(settings: Settings, tmp_path: Path) -> None:
    """Keep files of tests out of the developer's folders."""
    settings.MEDIA_ROOT = tmp_path / "uploads"
    settings.THUMBNAILS_DIR = tmp_path / "thumbnails"


def pictured(content: bytes = b"a picture") -> MediaFile:
    """Return a content with a thumbnail of the smallest width."""
    file = MediaFileFactory(sha256=sha256(content).digest())
    keep_thumbnail(file.hex, GRID[0], content)
    return file


def status(client: Client, file: MediaFile, width: int = GRID[0]) -> int:
    """Return with which status a thumbnail is answered."""
    return client.get(thumbnail_address(file.hex, width)).status_code


def test_a_thumbnail_is_kept_by_its_viewer_for_good(client: Client) -> None:
    file = ContentItemFactory(media_file=pictured()).media_file
    answer = client.get(thumbnail_address(file.hex, GRID[0]))
    assert (answer.status_code, answer.content, answer.headers["Content-Type"]) == (200, b"a picture", "image/webp")
    assert set(answer.headers["Cache-Control"].split(", ")) == FOR_GOOD
    assert answer.headers["Content-Length"] == "9"
    again = client.get(thumbnail_address(file.hex, GRID[0]), headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert set(again.headers["Cache-Control"].split(", ")) == FOR_GOOD


@pytest.mark.parametrize("is_private", [False, True])
def test_a_thumbnail_is_shown_to_viewers_of_its_work_alone(
    client_of: Callable[..., Client], alice: User, bob: User, staff: User, is_private: bool
) -> None:
    file = ContentItemFactory(creator=alice, media_file=pictured(), is_private=is_private).media_file
    seen = {viewer: status(client_of(viewer), file) for viewer in (alice, bob, staff, None)}
    other = 404 if is_private else 200
    assert seen == {alice: 200, bob: other, staff: 200, None: other}


def test_one_that_a_viewer_has_is_not_confirmed_once_its_work_is_private(client: Client, alice: User) -> None:
    item = ContentItemFactory(creator=alice, media_file=pictured())
    address = thumbnail_address(item.media_file.hex, GRID[0])
    etag = client.get(address).headers["ETag"]
    ContentItem.objects.filter(pk=item.pk).update(is_private=True)
    answer = client.get(address, headers={"If-None-Match": etag})
    assert (answer.status_code, answer.headers["Cache-Control"]) == (404, "no-store")


def test_a_private_content_that_another_has_made_public_is_shown(client: Client, alice: User, bob: User) -> None:
    file = pictured()
    ContentItemFactory(creator=alice, media_file=file, is_private=True)
    assert status(client, file) == 404
    public = ContentItemFactory(creator=bob, media_file=file)
    assert status(client, file) == 200
    public.delete()
    assert status(client, file) == 404


def test_a_content_that_no_work_has_is_shown_to_nobody(client_of: Callable[..., Client], staff: User) -> None:
    assert [status(client_of(viewer), pictured(b"%d" % bool(viewer))) for viewer in (None, staff)] == [404, 404]


def test_a_token_shows_the_thumbnails_of_private_works(client: Client, alice: User, bob: User) -> None:
    file = ContentItemFactory(creator=alice, media_file=pictured(), is_private=True).media_file
    for viewer, expected in ((alice, 200), (bob, 404)):
        token = {"Authorization": f"Token {Token.objects.create(user=viewer)}"}
        assert client.get(thumbnail_address(file.hex, GRID[0]), headers=token).status_code == expected


def test_a_thumbnail_takes_one_query_and_a_private_one_a_second(
    client_of: Callable[..., Client], alice: User, django_assert_num_queries: Callable[..., Any]
) -> None:
    public = ContentItemFactory(creator=alice, media_file=pictured()).media_file
    private = ContentItemFactory(creator=alice, media_file=pictured(b"private"), is_private=True).media_file
    for viewer, file, queries in ((None, public, 1), (alice, public, 1), (alice, private, 2 + SIGNING_IN)):
        client = client_of(viewer)
        with django_assert_num_queries(queries):
            assert status(client, file) == 200


@pytest.mark.parametrize(
    "address",
    [
        f"/thumbnails/{'0' * 64}/320.webp",
        f"/thumbnails/{'0' * 64}/321.webp",
        f"/thumbnails/{'0' * 64}/99999999.webp",
        f"/thumbnails/{'G' * 64}/320.webp",
        "/thumbnails/00/320.webp",
        "/thumbnails/../320.webp",
    ],
)
def test_what_is_no_thumbnail_is_not_found(client: Client, address: str) -> None:
    assert client.get(address).status_code == 404


def test_a_width_that_is_not_offered_is_not_made(client: Client) -> None:
    content = file_of(photograph(900, 600), "PNG").getvalue()
    assert status(client, ContentItemFactory(media_file=uploaded(content)).media_file, 321) == 404


def test_thumbnails_are_made_when_they_are_asked_for(client: Client, tmp_path: Path) -> None:
    content = file_of(photograph(900, 600), "PNG").getvalue()
    file = placed(content, library_at(tmp_path / "a"), "fog.png", width=900, height=600)
    ContentItemFactory(media_file=file)
    sizes = {}
    for width in (LARGE, *GRID):
        answer = client.get(thumbnail_address(file.hex, width))
        assert set(answer.headers["Cache-Control"].split(", ")) == FOR_GOOD
        with Image.open(io.BytesIO(answer.content)) as image:
            sizes[width] = (image.format, *image.size)
        if width == GRID[0]:
            # One decoding makes both of the grid's.
            assert thumbnail_path(file.hex, GRID[1]).exists()
    assert sizes == {LARGE: ("WEBP", 900, 600), 320: ("WEBP", 320, 213), 640: ("WEBP", 640, 427)}
    assert (tmp_path / "a/fog.png").read_bytes() == content
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["fog.png"]


def test_a_picture_narrower_than_a_thumbnail_keeps_its_width(client: Client) -> None:
    content = file_of(photograph(90, 60), "PNG").getvalue()
    file = ContentItemFactory(media_file=uploaded(content, width=90, height=60)).media_file
    for width in (*GRID, LARGE):
        with Image.open(io.BytesIO(client.get(thumbnail_address(file.hex, width)).content)) as image:
            assert image.size == (90, 60)


def test_why_a_picture_cannot_be_made_is_said_and_remembered(client: Client) -> None:
    file = ContentItemFactory(media_file=uploaded(b"\x89PNG\r\n\x1a\n and nothing more")).media_file
    for _ in range(2):
        answer = client.get(thumbnail_address(file.hex, LARGE))
        assert (answer.status_code, answer.headers["Content-Type"]) == (404, "text/plain; charset=utf-8")
        file.refresh_from_db()
        assert answer.content.decode() == f"The file {file.picture_error}.\n"
        assert len(answer.content) < 300
        # The second answer does not read the file again.
        default_storage.delete(file.stored_as)


def test_a_file_that_is_away_is_not_remembered_as_damaged(client: Client) -> None:
    file = ContentItemFactory(media_file=MediaFileFactory()).media_file
    answer = client.get(thumbnail_address(file.hex, LARGE))
    assert (answer.status_code, answer.content[:29]) == (404, b"The file is not where it was:")
    file.refresh_from_db()
    assert file.picture_error == ""
