"""What the API says of works' files and of their generation, in lists and details."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from content.drawings import drawing_colour
from content.models import ContentItem
from media.models import GenerativeModel, ModelKind
from tests.factories import ContentItemFactory, GenerationDataFactory, MediaFileFactory

CONTENT = "/api/v1/content/"
SHA256 = "ab" * 32
SITE = "http://testserver"

pytestmark = pytest.mark.django_db


def work(*, is_pictured: bool = True, **file: Any) -> ContentItem:
    """Return a work with a file."""
    file = {"sha256": bytes.fromhex(SHA256), "size": 7, "thumbhash": b"\xff\xfe", "colour": "#a0b1c2", **file}
    return ContentItemFactory(media_file=MediaFileFactory(**file), is_pictured=is_pictured)


def shown(api: APIClient, item: ContentItem) -> dict[str, Any]:
    """Return a work as its list and its own page say it, which must be the same but for the picture's size."""
    listed = next(row for row in api.get(CONTENT).json()["items"] if row["id"] == item.pk)
    detail = api.get(f"{CONTENT}{item.pk}/").json()
    names = ("file", "thumbnails", "placeholder")
    assert {name: listed[name] for name in names} == {name: detail[name] for name in names}
    return {**listed, "large": detail["picture"], "generation": detail["generation"]}


def of_width(*widths: tuple[int, int, int]) -> list[dict[str, Any]]:
    """Return thumbnails by nominal width, width and height."""
    return [
        {"url": f"{SITE}/thumbnails/{SHA256}/{nominal}.webp", "width": width, "height": height}
        for nominal, width, height in widths
    ]


def test_a_file_is_described(api: APIClient) -> None:
    item = work(width=832, height=1216, duration=1.5)
    assert shown(api, item)["file"] == {
        "url": f"{SITE}/content/{item.pk}/file/",
        "mime": "image/png",
        "bytes": 7,
        "width": 832,
        "height": 1216,
        "duration": 1.5,
        "sha256": SHA256,
    }
    assert api.get(shown(api, item)["file"]["url"]).status_code == 404  # it lies nowhere


def test_thumbnails_are_as_large_as_the_picture_allows(api: APIClient) -> None:
    item = work()
    for size, thumbnails in {
        (2000, 1000): of_width((320, 320, 160), (640, 640, 320), (1280, 1280, 640)),
        (1280, 1280): of_width((320, 320, 320), (640, 640, 640), (1280, 1280, 1280)),
        (832, 1216): of_width((320, 320, 468), (640, 640, 935), (1280, 832, 1216)),
        (640, 1): of_width((320, 320, 1), (640, 640, 1)),
        (200, 100): of_width((320, 200, 100)),
        (1000, 100_000): of_width((320, 82, 8192), (640, 82, 8192), (1280, 82, 8192)),
    }.items():
        item.media_file.width, item.media_file.height = size
        item.media_file.save()
        row = shown(api, item)
        assert row["thumbnails"] == thumbnails
        assert row["picture"] == thumbnails[0]


def test_the_larger_picture_is_the_largest_thumbnail(api: APIClient) -> None:
    assert [shown(api, work(width=3000, height=1500))["large"]] == of_width((1280, 1280, 640))


def test_a_picture_without_thumbnails_yet_has_an_address_and_a_placeholder(api: APIClient) -> None:
    row = shown(api, work(is_pictured=False))
    assert row["thumbnails"] == []
    assert [row["picture"]] == of_width((320, 320, 468))
    assert row["placeholder"] == {"thumbhash": "//4=", "colour": "#a0b1c2"}


@pytest.mark.parametrize(
    "file",
    [{"width": None, "height": None, "mime": "audio/mpeg"}, {"picture_error": "The file is damaged."}],
    ids=["sound", "damaged"],
)
def test_a_file_without_a_picture_shows_no_other_s(api: APIClient, file: dict[str, Any]) -> None:
    row = shown(api, work(is_pictured=False, **file))
    assert (row["picture"], row["large"], row["thumbnails"]) == (None, None, [])


def test_what_is_not_known_of_a_file_is_null(api: APIClient) -> None:
    row = shown(api, work(width=None, height=None, thumbhash=None, colour=""))
    assert row["placeholder"] is None
    assert (row["file"]["width"], row["file"]["height"], row["file"]["duration"]) == (None, None, None)


def test_a_synthetic_work_has_drawings_of_its_own_seed_and_shape(api: APIClient) -> None:
    row = shown(api, ContentItemFactory(seed=3))
    drawings = [
        {"url": f"{SITE}/pictures/v2/image/{width}/3.webp", "width": min(width, 832), "height": height}
        for width, height in ((320, 468), (640, 935), (1280, 1216))
    ]
    assert (row["file"], row["thumbnails"], row["generation"]) == (None, drawings, None)
    assert (row["picture"], row["large"]) == (drawings[0], drawings[-1])
    assert row["placeholder"] == {"thumbhash": None, "colour": drawing_colour(3)}


@pytest.mark.parametrize("content_type", ["image", "video", "text", "audio"])
def test_a_record_without_a_file_shows_no_picture(api: APIClient, content_type: str) -> None:
    row = shown(api, ContentItemFactory(source_id="list-3", content_type=content_type))
    names = ("file", "picture", "large", "placeholder", "thumbnails")
    assert [row[name] for name in names] == [None, None, None, None, []]


def test_generation_data_are_told_in_full(api: APIClient) -> None:
    model = GenerativeModel.objects.create(kind=ModelKind.MODEL, name="sdxl_base")
    loras = [
        GenerativeModel.objects.create(kind=ModelKind.LORA, name=name, hash=hash_).pk
        for name, hash_ in (("add_detail", "abc"), ("fog", ""))
    ]
    data = GenerationDataFactory(
        generator="comfyui",
        negative_prompt="rain",
        model=model,
        loras=[loras[1], loras[0], loras[1]],
        lora_weights=[0.5, None, 1],
        sampler="euler",
        scheduler="normal",
        steps=20,
        cfg=7.5,
        seed=2**64 - 1,
        has_workflow=True,
        more={"clip_skip": 2},
        warnings=["A chunk is cut off."],
    )
    assert shown(api, ContentItemFactory(generation=data))["generation"] == {
        "generator": "comfyui",
        "prompt": "a lighthouse in fog",
        "negative_prompt": "rain",
        "model": {"name": "sdxl_base", "hash": None},
        "loras": [
            {"name": "fog", "weight": 0.5, "hash": None},
            {"name": "add_detail", "weight": None, "hash": "abc"},
            {"name": "fog", "weight": 1.0, "hash": None},
        ],
        "sampler": "euler",
        "scheduler": "normal",
        "steps": 20,
        "cfg": 7.5,
        "seed": "18446744073709551615",
        "has_workflow": True,
        "more": {"clip_skip": 2},
        "warnings": ["A chunk is cut off."],
    }


def test_generation_data_that_say_nothing_are_null(api: APIClient) -> None:
    told = shown(api, ContentItemFactory(generation=GenerationDataFactory(generator="", prompt="")))["generation"]
    kept = {"loras": [], "has_workflow": False, "more": {}, "warnings": []}
    assert told == {**dict.fromkeys(told), **kept}


def test_names_of_loras_take_one_query_and_none_without_any(
    api: APIClient, django_assert_num_queries: Callable[..., Any]
) -> None:
    loras = [GenerativeModel.objects.create(kind=ModelKind.LORA, name=f"lora {number}").pk for number in range(3)]
    for used, queries in ((loras, 2), ([], 1)):
        data = GenerationDataFactory(loras=used, lora_weights=[1] * len(used))
        item = ContentItemFactory(generation=data, media_file=MediaFileFactory())
        with django_assert_num_queries(queries):
            api.get(f"{CONTENT}{item.pk}/")


def test_what_was_read_may_be_sent_back_and_changes_nothing(api: APIClient) -> None:
    item = work()
    item.generation = GenerationDataFactory()
    item.save()
    api.force_login(item.creator)
    read = api.get(f"{CONTENT}{item.pk}/").json()
    sent = {**read, "file": {**read["file"], "bytes": 9}, "generation": None, "thumbnails": [], "placeholder": None}
    answer = api.put(f"{CONTENT}{item.pk}/", sent)
    assert answer.status_code == 200
    assert {**answer.json(), "updated_at": read["updated_at"]} == read


def test_a_file_as_text_is_refused(api: APIClient) -> None:
    item = work()
    api.force_login(item.creator)
    answer = api.patch(f"{CONTENT}{item.pk}/", {"file": "data:image/png;base64,AAAA"})
    assert answer.status_code == 400
    assert answer.json()["errors"] == {"file": ["A file is not taken as text: nothing of this was kept."]}


def test_the_browsable_page_shows_them(api: APIClient) -> None:
    item = work()
    html = api.get(CONTENT, headers={"Accept": "text/html"}).content.decode()
    assert f"/content/{item.pk}/file/" in html
    assert f"/thumbnails/{SHA256}/640.webp" in html
