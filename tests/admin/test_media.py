"""Files, libraries, models and generation data in the admin: shown with their pictures, and not changed."""

import pytest
from django.test import Client
from django.utils import timezone

from media.models import GenerativeModel, Library, LibraryFile, ModelKind
from tests.factories import ContentItemFactory, GenerationDataFactory, MediaFileFactory

HASH = "ab" * 32
IMAGE = f'<img class="picture" src="/thumbnails/{HASH}/320.webp"'

pytestmark = pytest.mark.django_db


def shown(desk: Client, address: str) -> str:
    """Return a page of the admin."""
    answer = desk.get(f"/admin/{address}")
    assert answer.status_code == 200, address
    return answer.content.decode()


def test_a_file_is_shown_with_its_picture_works_and_places(desk: Client) -> None:
    file = MediaFileFactory(sha256=bytes.fromhex(HASH), size=2_500_000)
    work = ContentItemFactory(title="Fog over water", media_file=file)
    library = Library.objects.create(name="pictures", folder="/srv/pictures")
    place = LibraryFile.objects.create(
        library=library, path="2024/fog.png", size=1, mtime_ns=2**60, media_file=file, seen_at=timezone.now()
    )
    assert f'{IMAGE} width="44" height="64"' in shown(desk, "media/mediafile/")
    html = shown(desk, f"media/mediafile/{file.pk}/change/")
    assert f'{IMAGE} width="219" height="320"' in html
    assert HASH in html
    assert "832 × 1,216" in html
    assert f'<a href="/admin/content/contentitem/{work.pk}/change/">Fog over water</a>' in html
    assert f'<a href="/admin/media/libraryfile/{place.pk}/change/">2024/fog.png</a>' in html
    html = shown(desk, f"media/libraryfile/{place.pk}/change/")
    assert str(2**60) in html
    assert f"/admin/media/mediafile/{file.pk}/change/" in html
    for query in (file.pk, HASH):
        assert IMAGE in shown(desk, f"media/mediafile/?q={query}")
    assert "2024/fog.png</a>" in shown(desk, "media/libraryfile/?q=pictures/2024/fog.png")
    assert "2024/fog.png</a>" not in shown(desk, "media/libraryfile/?q=pictures/2024/fog")


def test_a_work_with_a_file_is_shown_by_its_thumbnail(desk: Client) -> None:
    file = MediaFileFactory(sha256=bytes.fromhex(HASH))
    work = ContentItemFactory(media_file=file, generation=GenerationDataFactory(), seed=5)
    drawn = ContentItemFactory(seed=3)
    html = shown(desk, "content/contentitem/")
    assert IMAGE in html
    assert '<img class="picture" src="/pictures/v2/image/320/3.webp" width="44" height="64"' in html
    assert "/image/320/5.webp" not in html
    assert "No picture" not in html
    html = shown(desk, f"content/contentitem/{work.pk}/change/")
    assert IMAGE in html
    assert f"/admin/media/mediafile/{file.pk}/change/" in html
    assert f"/admin/media/generationdata/{work.generation_id}/change/" in html
    assert "/pictures/v2/image/640/3.webp" in shown(desk, f"content/contentitem/{drawn.pk}/change/")


def test_a_record_without_a_file_says_so(desk: Client) -> None:
    record = ContentItemFactory(source_id=None)
    for page in ("content/contentitem/", f"content/contentitem/{record.pk}/change/"):
        html = shown(desk, page)
        assert "No picture" in html
        assert 'class="picture"' not in html


def test_a_file_without_a_picture_shows_none(desk: Client) -> None:
    MediaFileFactory(picture_error="is damaged")
    sound = ContentItemFactory(media_file=MediaFileFactory(width=None, height=None))
    assert 'class="picture"' not in shown(desk, "media/mediafile/")
    assert 'class="picture"' not in shown(desk, f"content/contentitem/{sound.pk}/change/")


def test_generation_data_show_all_digits_and_names(desk: Client) -> None:
    lora = GenerativeModel.objects.create(kind=ModelKind.LORA, name="add_detail", hash="abc")
    model = GenerativeModel.objects.create(kind=ModelKind.MODEL, name="sdxl_base")
    data = GenerationDataFactory(model=model, loras=[lora.pk], lora_weights=[1], seed=2**64 - 1)
    html = shown(desk, f"media/generationdata/{data.pk}/change/")
    assert str(2**64 - 1) in html
    assert "add_detail" in html
    assert "sdxl_base" in html
    for query in ("add_detail", "ABC", "abc"):
        assert ("add_detail</a>" in shown(desk, f"media/generativemodel/?q={query}")) is (query != "ABC")


@pytest.mark.parametrize("name", ["mediafile", "library", "libraryfile", "generativemodel", "generationdata"])
def test_facts_are_not_changed_here(desk: Client, name: str) -> None:
    file = MediaFileFactory()
    library = Library.objects.create(name="pictures", folder="/srv/pictures")
    rows = {
        "mediafile": file,
        "library": library,
        "libraryfile": LibraryFile.objects.create(
            library=library, path="a", size=1, mtime_ns=1, media_file=file, seen_at=timezone.now()
        ),
        "generativemodel": GenerativeModel.objects.create(kind=ModelKind.MODEL, name="sdxl_base"),
        "generationdata": GenerationDataFactory(),
    }
    address = f"/admin/media/{name}/"
    change = f"{address}{rows[name].pk}/change/"
    assert desk.get(change).status_code == 200
    assert 'name="_save"' not in desk.get(change).content.decode()
    for refused in (f"{address}add/", f"{address}{rows[name].pk}/delete/"):
        assert desk.get(refused).status_code == 403
    assert desk.post(change, {"name": "x"}).status_code == 403
