"""A storage without local paths (S3): a file is taken in, shown, sent in parts, stripped and deleted all the same."""

from io import BytesIO

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from content.models import ContentItem
from genonaut.media_storage import FOLDER, storage_of
from media.models import MediaFile
from media.thumbnails import LARGE, thumbnail_path
from tests.uploads.files import GENERATED, files_below, picture, stored_bytes
from tests.uploads.test_tus import Tus
from tests.uploads.test_zips import outcomes, taken, zipped
from uploads.leftovers import sweep
from users.models import User

pytestmark = pytest.mark.usefixtures("own_folders", "elsewhere")
COMFY = (GENERATED / "10_comfy.png").read_bytes()


@pytest.fixture
def elsewhere(settings: Settings) -> None:
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": "tests.uploads.pathless.PathlessStorage"}}
    with pytest.raises(NotImplementedError):
        default_storage.path("x")


def test_a_work_lives_and_goes_without_a_path(api: APIClient, alice: User, settings: Settings) -> None:
    settings.FILES_ACCEL = "/originals"
    api.force_login(alice)
    form = {"file": SimpleUploadedFile("x.png", COMFY)}
    said = api.post("/api/v1/content/", form, format="multipart").json()
    file = MediaFile.objects.get()
    assert stored_bytes(file.stored_as) == COMFY
    whole = api.get(said["file"]["url"])
    assert (whole.status_code, b"".join(whole.streaming_content)) == (200, COMFY)
    assert "X-Accel-Redirect" not in whole.headers
    part = api.get(said["file"]["url"], headers={"Range": "bytes=10-19"})
    assert (part.status_code, b"".join(part.streaming_content)) == (206, COMFY[10:20])
    assert api.get(f"/thumbnails/{file.hex}/{LARGE}.webp").status_code == 200
    stripped = api.get(f"/content/{said['id']}/file/stripped/")
    shown = Image.open(BytesIO(b"".join(stripped.streaming_content)))
    assert (shown.size, shown.info.get("prompt")) == ((file.width, file.height), None)
    assert api.delete(f"/api/v1/content/{said['id']}/").status_code == 204
    assert sweep() == 1
    assert files_below(settings.MEDIA_ROOT) == []
    assert not thumbnail_path(file.hex, LARGE).exists()


def test_pieces_and_zips_are_put_together_before_they_are_stored(alice: User, settings: Settings) -> None:
    tus = Tus(alice)
    content = picture()
    url = tus.create(content, filename="a.png")
    tus.piece(url, 0, content[:100])
    assert tus.piece(url, 100, content[100:]).headers["Upload-Item"] == str(ContentItem.objects.get().pk)
    assert outcomes(taken(tus.api, zipped(("a.png", picture()), ("b.png", picture(1))))) == {
        "a.png": "known",
        "b.png": "added",
    }
    assert len(files_below(settings.MEDIA_ROOT)) == 2


def test_the_address_of_a_bucket_is_a_setting() -> None:
    assert storage_of("") == FOLDER
    address = "s3://my-bucket/some%20folder/?endpoint=http://127.0.0.1:9000/&region=eu-central-1&addressing=path"
    assert storage_of(address) == {
        "BACKEND": "genonaut.s3.S3Files",
        "OPTIONS": {
            "bucket_name": "my-bucket",
            "location": "some folder",
            "endpoint_url": "http://127.0.0.1:9000",
            "region_name": "eu-central-1",
            "addressing_style": "path",
        },
    }


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("/var/media", "must be an address as s3://"),
        ("s3://", "must be an address as s3://"),
        ("s3://AK:SECRET@bucket", "must be an address as s3://"),
        ("s3://bucket?secret=SECRET", "it knows endpoint, region, addressing, not secret"),
        ("s3://bucket?endpoint=SECRET", "endpoint must be an address"),
        ("s3://bucket?addressing=SECRET", "addressing must be one of path, virtual, auto"),
    ],
)
def test_another_address_is_refused_without_being_repeated(address: str, message: str) -> None:
    with pytest.raises(ImproperlyConfigured) as error:
        storage_of(address)
    assert message in str(error.value)
    assert "SECRET" not in str(error.value)
