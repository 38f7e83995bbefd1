"""A file that is sent again whose work is in its owner's trash: the work comes back, and shows no more than either."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from rest_framework.test import APIClient

from content.models import ContentItem, Level
from content.trash import move_to_trash
from media.models import GenerativeModel
from tests.content.test_uploading import take
from tests.media.pictures.samples import file_of, photograph, png_text
from tests.uploads.files import picture
from tests.uploads.test_tus import Tus
from tests.uploads.test_zips import taken, zipped
from users.models import User

pytestmark = pytest.mark.usefixtures("own_folders")
CONTENT = picture()
PARAMETERS = (
    "zebrafinch, old lamp, harbour, dusk, quay\nSteps: 27, Sampler: Euler a, CFG scale: 6, Seed: 7, Model: secretxl"
)


def png_with_prompt() -> bytes:
    return file_of(photograph(60, 90), "PNG", pnginfo=png_text(parameters=PARAMETERS)).getvalue()


def form(user: User, content: bytes) -> None:
    client = Client()
    client.force_login(user)
    file = SimpleUploadedFile("a.png", content)
    said = {"file": file, "is_private": "on", "hides_prompt": "on", "level": "explicit"}
    assert client.post("/upload/", said).status_code == 200


def tus(user: User, content: bytes) -> None:
    hers = Tus(user)
    said = {"is_private": "true", "hides_prompt": "true", "level": "explicit"}
    assert hers.piece(hers.create(content, filename="a.png", **said), 0, content).status_code == 204


def in_a_zip(user: User, content: bytes) -> None:
    api = APIClient()
    api.force_login(user)
    taken(api, zipped(("a.png", content)), is_private=True, hides_prompt=True, level="explicit")


def trashed(content: bytes, owner: User, **fields: object) -> ContentItem:
    item = take(content, "a.png", owner, **fields)
    move_to_trash(ContentItem.objects.filter(pk=item.pk))
    return item


@pytest.mark.parametrize("send", [form, tus, in_a_zip])
def test_a_public_work_comes_back_as_private_as_its_file_was_sent(alice: User, send: object) -> None:
    item = trashed(CONTENT, alice, title="Fog")
    send(alice, CONTENT)
    item.refresh_from_db()
    assert (item.title, item.trashed_at, item.was_private) == ("Fog", None, False)
    assert (item.is_private, item.hides_prompt, item.level) == (True, True, Level.EXPLICIT)
    assert ContentItem.objects.count() == 1


def test_a_private_work_comes_back_private(alice: User) -> None:
    content = png_with_prompt()
    item = trashed(content, alice, is_private=True, hides_prompt=True, level=Level.SENSITIVE)
    take(content, "a.png", alice)
    item.refresh_from_db()
    assert (item.is_private, item.hides_prompt, item.level) == (True, True, Level.SENSITIVE)
    # Nor does its model's name become one that all may know.
    assert not GenerativeModel.objects.get(name="secretxl").is_name_public


def test_title_and_tags_that_were_made_of_a_prompt_go_if_it_is_hidden_now(alice: User) -> None:
    content = png_with_prompt()
    item = trashed(content, alice)
    assert ("zebrafinch" in item.title, "zebrafinch" in item.tags) == (True, True)
    form(alice, content)
    item.refresh_from_db()
    assert (item.title, item.tags) == ("Untitled", [])
