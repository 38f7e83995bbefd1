"""Downloads: which answers of a work's file are recorded, for whom, and that the file is sent in any case."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client
from pytest_django.fixtures import Settings
from rest_framework.authtoken.models import Token

from content.models import ContentItem
from interactions import download_views
from tests.factories import ContentItemFactory
from tests.interactions.test_likes import rows
from tests.media.files import uploaded
from tests.media.pictures.samples import file_of, photograph
from users.models import User

CONTENT = bytes(range(256)) * 4


@pytest.fixture(autouse=True)
def own_folders(settings: Settings, tmp_path: Path) -> None:
    """Keep files of tests out of the developer's folders."""
    settings.MEDIA_ROOT = tmp_path / "uploads"
    settings.THUMBNAILS_DIR = tmp_path / "thumbnails"


@pytest.fixture
def work(bob: User) -> ContentItem:
    """A public video of bob's."""
    return ContentItemFactory(creator=bob, media_file=uploaded(CONTENT, format="mp4", mime="video/mp4", duration=1.5))


def address(work: ContentItem, asked: str = "?download=1") -> str:
    """Return the address of a work's file."""
    return f"/content/{work.pk}/file/{asked}"


def status_of(answer: HttpResponse) -> int:
    """Return an answer's status; it is read to its end, which closes the file."""
    answer.getvalue()
    return answer.status_code


def test_a_download_is_recorded_once_an_hour(client: Client, alice: User, work: ContentItem) -> None:
    client.force_login(alice)
    for _ in range(2):
        answer = client.get(address(work))
        assert (answer.status_code, answer.getvalue()) == (200, CONTENT)
    assert rows() == [(alice.pk, work.pk, "download")]


def test_a_client_with_a_token_downloads_as_its_account(client: Client, alice: User, work: ContentItem) -> None:
    token = Token.objects.create(user=alice).key
    assert client.get(address(work), headers={"Authorization": f"Token {token}"}).getvalue() == CONTENT
    assert rows() == [(alice.pk, work.pk, "download")]


def test_a_copy_without_metadata_is_recorded_unless_a_page_plays_it(client: Client, alice: User, bob: User) -> None:
    picture = uploaded(file_of(photograph(), "png").read(), format="png", mime="image/png", width=256, height=384)
    work = ContentItemFactory(creator=bob, media_file=picture)
    client.force_login(alice)
    assert status_of(client.get(address(work, "stripped/"))) == 200
    assert rows() == []
    assert status_of(client.get(address(work, "stripped/?download=1"))) == 200
    assert rows() == [(alice.pk, work.pk, "download")]


def test_the_first_part_of_a_file_is_a_download(client: Client, alice: User, work: ContentItem) -> None:
    client.force_login(alice)
    assert status_of(client.get(address(work), headers={"Range": "bytes=0-99"})) == 206
    assert rows() == [(alice.pk, work.pk, "download")]


NO_DOWNLOADS: dict[str, tuple[Callable[[Client, ContentItem], HttpResponse], int]] = {
    "shown by a page": (lambda client, work: client.get(address(work, "")), 200),
    "a later part": (lambda client, work: client.get(address(work), headers={"Range": "bytes=5-"}), 206),
    "no part": (lambda client, work: client.get(address(work), headers={"Range": "bytes=9999-"}), 416),
    "asked for headers": (lambda client, work: client.head(address(work)), 200),
    "read ahead": (lambda client, work: client.get(address(work), headers={"Purpose": "prefetch"}), 200),
    "there already": (
        lambda client, work: client.get(address(work), headers={"If-None-Match": f'"{work.media_file.hex}"'}),
        304,
    ),
    "no such work": (lambda client, _: client.get("/content/999999999/file/?download=1"), 404),
}


@pytest.mark.parametrize("case", NO_DOWNLOADS)
def test_no_other_answer_is_a_download(client: Client, alice: User, work: ContentItem, case: str) -> None:
    client.force_login(alice)
    ask, status = NO_DOWNLOADS[case]
    assert (status_of(ask(client, work)), rows()) == (status, [])


def test_a_part_that_nginx_sends_is_no_download_either(
    client: Client, alice: User, work: ContentItem, settings: Settings
) -> None:
    settings.FILES_ACCEL = "/files"
    client.force_login(alice)
    assert status_of(client.get(address(work), headers={"Range": "bytes=5-"})) == 200
    assert rows() == []


def test_a_visitor_s_download_is_not_recorded(client: Client, work: ContentItem) -> None:
    assert client.get(address(work)).getvalue() == CONTENT
    assert rows() == []


def test_a_hidden_work_is_not_downloaded(client: Client, alice: User, work: ContentItem) -> None:
    ContentItem.objects.filter(pk=work.pk).update(is_private=True)
    client.force_login(alice)
    assert status_of(client.get(address(work))) == 404
    assert rows() == []


def test_a_file_is_sent_even_if_its_download_cannot_be_recorded(
    client: Client,
    alice: User,
    work: ContentItem,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_args: object) -> None:
        raise OperationalError("canceling statement due to statement timeout")

    monkeypatch.setattr(download_views, "record_download", fail)
    client.force_login(alice)
    with caplog.at_level(logging.ERROR, logger="interactions.download_views"):
        answer = client.get(address(work))
    assert (answer.status_code, answer.getvalue()) == (200, CONTENT)
    assert caplog.messages == [f"The download of item {work.pk} could not be recorded"]
