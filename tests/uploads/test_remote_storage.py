"""A storage without local paths (S3): a file is taken in, shown, sent in parts, stripped and deleted all the same."""

from collections.abc import Iterator
from io import BytesIO

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from content.models import ContentItem
from genonaut.media_storage import FOLDER, storage_of
from genonaut.s3 import LEAST_BYTES, S3Files
from media.models import MediaFile
from media.thumbnails import LARGE, thumbnail_path
from tests.uploads.bucket import bucket
from tests.uploads.files import GENERATED, files_below, picture, stored_bytes
from tests.uploads.test_tus import Tus
from tests.uploads.test_zips import outcomes, taken, zipped
from uploads.leftovers import sweep
from users.models import User

pytestmark = pytest.mark.usefixtures("own_folders")
COMFY = (GENERATED / "10_comfy.png").read_bytes()


@pytest.fixture(params=["pathless", "bucket"])
def elsewhere(request: pytest.FixtureRequest, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Store files in a storage without paths; then in a bucket, over HTTP."""
    with bucket() as server:
        entry = {"BACKEND": "tests.uploads.pathless.PathlessStorage"}
        if request.param == "bucket":
            monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
            monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
            address = f"http://127.0.0.1:{server.server_port}"
            entry = storage_of(f"s3://works/some%20folder?endpoint={address}&region=eu-central-1&addressing=path")
        settings.STORAGES = {**settings.STORAGES, "default": entry}
        with pytest.raises(NotImplementedError):
            default_storage.path("x")
        yield


@pytest.mark.usefixtures("elsewhere")
def test_a_work_lives_and_goes_without_a_path(api: APIClient, alice: User, staff: User, settings: Settings) -> None:
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
    api.force_login(staff)
    assert api.delete(f"/api/v1/content/{said['id']}/").status_code == 204
    assert sweep() == 1
    assert not default_storage.exists(file.stored_as)
    assert files_below(settings.MEDIA_ROOT) == []
    assert not thumbnail_path(file.hex, LARGE).exists()


@pytest.mark.usefixtures("elsewhere")
def test_pieces_and_zips_are_put_together_before_they_are_stored(alice: User) -> None:
    tus = Tus(alice)
    content = picture()
    url = tus.create(content, filename="a.png")
    tus.piece(url, 0, content[:100])
    assert tus.piece(url, 100, content[100:]).headers["Upload-Item"] == str(ContentItem.objects.get().pk)
    assert outcomes(taken(tus.api, zipped(("a.png", picture()), ("b.png", picture(1))))) == {
        "a.png": "known",
        "b.png": "added",
    }
    for file in MediaFile.objects.all():
        assert default_storage.size(file.stored_as) == file.size


def test_of_a_large_object_a_range_is_fetched_and_errors_are_those_of_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    content = bytes(range(256)) * 20_000
    with bucket() as server:
        address = f"http://127.0.0.1:{server.server_port}"
        options = {"bucket_name": "works", "endpoint_url": address, "region_name": "x", "addressing_style": "path"}
        storage = S3Files(**options)
        assert storage.save("a/b.bin", ContentFile(content)) == "a/b.bin"
        assert list(server.objects) == ["/works/a/b.bin"]
        with storage.open("a/b.bin") as file:
            assert (file.seek(-100, 2), file.read(), file.size) == (len(content) - 100, content[-100:], len(content))
            assert server.sent_bytes == 100
            assert (file.seek(5), file.read(10), server.sent_bytes) == (5, content[5:15], 100 + LEAST_BYTES)
            assert (file.seek(0), file.read() == content) == (0, True)
        with pytest.raises(FileNotFoundError):
            storage.open("none")
        storage.delete("none")
    with pytest.raises(OSError, match="none"):
        S3Files(**options).exists("none")


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
        ("s3://[::SECRET", "must be an address as s3://"),
        ("s3://bucket?endpoint=http://[SECRET", "endpoint must be an address"),
        ("s3://bucket/../SECRET", "its folder must be a plain path"),
    ],
)
def test_another_address_is_refused_without_being_repeated(address: str, message: str) -> None:
    with pytest.raises(ImproperlyConfigured) as error:
        storage_of(address)
    assert message in str(error.value)
    assert "SECRET" not in str(error.value)
