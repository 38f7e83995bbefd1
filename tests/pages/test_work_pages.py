"""The page of a work that has a file: the work itself, its generation data and its file, for each viewer."""

import json

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from content.models import ContentItem
from media.models import GenerativeModel, Library, LibraryFile, MediaFile, ModelKind
from media.thumbnails import thumbnail_address
from tests.factories import ContentItemFactory, GenerationDataFactory, MediaFileFactory
from tests.media.files import seen_in
from tests.pages.html import Element, elements, foreign_scripts, hrefs, texts
from users.models import User

HOSTILE = "<script>alert(1)</script>\"'&"
SEED = 2**64 - 1


def work(client: Client, item: ContentItem) -> HttpResponse:
    """Return the page of a work."""
    page = client.get(item.get_absolute_url())
    assert page.status_code == 200
    return page


def facts(page: HttpResponse) -> dict[str, str]:
    """Return the page's definition lists as one mapping."""
    return dict(zip(texts(page, "dt"), texts(page, "dd"), strict=True))


def large(page: HttpResponse) -> Element:
    """Return the picture of the work."""
    [image] = elements(page, "img", fetchpriority="high")
    return image


def with_loras(count: int) -> ContentItem:
    """Return a work that was made with so many LoRAs."""
    made = GenerativeModel.objects.bulk_create(
        GenerativeModel(kind=ModelKind.LORA, name=f"lora {number}", key=f"lora {number}") for number in range(count)
    )
    generation = GenerationDataFactory(loras=[lora.pk for lora in made], lora_weights=[0.5] * count)
    return ContentItemFactory(generation=generation, media_file=MediaFileFactory(), is_pictured=True)


# --- The work itself


def test_a_picture_has_its_true_shape_and_leads_to_the_original(db: None, client: Client) -> None:
    media_file = MediaFileFactory(width=832, height=1216, colour="#336699")
    item = ContentItemFactory(title="Fog", media_file=media_file, is_pictured=True)
    page = work(client, item)
    small, middle, full = (thumbnail_address(media_file.hex, width) for width in (320, 640, 1280))
    assert large(page).attributes == {
        "src": middle,
        "srcset": f"{small} 320w, {middle} 640w, {full} 832w",
        "sizes": "(max-width: 60rem) 100vw, min(90rem, 62vw)",
        "width": "832",
        "height": "1216",
        "alt": "Picture of Fog",
        "fetchpriority": "high",
    }
    [link] = elements(page, "a", class_="stage__link")
    assert (link.attributes["href"], link.attributes["type"]) == (f"/content/{item.pk}/file/", "image/png")
    [shape] = elements(page, "svg", class_="stage__shape")
    assert (shape.attributes["width"], shape.attributes["height"]) == ("832", "1216")
    assert [rect.attributes.get("fill") for rect in elements(page, "rect")] == ["#336699"]


def test_a_small_picture_is_offered_in_no_width_twice(db: None, client: Client) -> None:
    media_file = MediaFileFactory(width=500, height=400)
    page = work(client, ContentItemFactory(media_file=media_file, is_pictured=True))
    addresses = [thumbnail_address(media_file.hex, width) for width in (320, 640)]
    assert large(page).attributes["srcset"] == f"{addresses[0]} 320w, {addresses[1]} 500w"


@pytest.mark.parametrize(
    ("fields", "is_pictured"),
    [({"format": "gif", "mime": "image/gif", "frames": 12}, True), ({"frames": 1}, False)],
    ids=["animated", "without thumbnails yet"],
)
def test_the_original_is_shown(db: None, client: Client, fields: dict, is_pictured: bool) -> None:
    item = ContentItemFactory(media_file=MediaFileFactory(**fields), is_pictured=is_pictured)
    image = large(work(client, item))
    assert (image.attributes["src"], "srcset" in image.attributes) == (f"/content/{item.pk}/file/", False)


def test_a_picture_that_cannot_be_read_says_why(db: None, client: Client) -> None:
    item = ContentItemFactory(media_file=MediaFileFactory(picture_error="is damaged: it is cut off"), is_pictured=False)
    page = work(client, item)
    assert elements(page, "img", fetchpriority="high") == []
    [missing] = elements(page, "div", class_="work__missing")
    assert missing.text == "There is no preview of this picture: the file is damaged: it is cut off. Open the original"


def test_a_video_plays_from_its_file(db: None, client: Client) -> None:
    media_file = MediaFileFactory(format="mp4", mime="video/mp4", width=1280, height=720, duration=75.2, frames=1800)
    item = ContentItemFactory(title="Film", content_type="video", media_file=media_file, is_pictured=True)
    page = work(client, item)
    [video] = elements(page, "video")
    assert video.attributes == {
        "controls": None,
        "preload": "metadata",
        "playsinline": None,
        "src": f"/content/{item.pk}/file/",
        "poster": thumbnail_address(media_file.hex, 1280),
        "width": "1280",
        "height": "720",
        "aria-label": "Film",
    }
    assert {name: facts(page)[name] for name in ("Duration", "Frames")} == {"Duration": "1:15", "Frames": "1,800"}


def test_audio_plays_and_texts_are_read(db: None, client: Client) -> None:
    sound = MediaFileFactory(format="mp3", mime="audio/mpeg", width=None, height=None, duration=2.5)
    item = ContentItemFactory(content_type="audio", media_file=sound)
    [audio] = elements(work(client, item), "audio")
    assert (audio.attributes["src"], audio.attributes["preload"]) == (f"/content/{item.pk}/file/", "metadata")
    text = MediaFileFactory(format="text", mime="text/plain", width=None, height=None)
    page = work(client, ContentItemFactory(content_type="text", media_file=text, data="Once"))
    assert (texts(page, "div", class_="prose"), elements(page, "div", class_="work__picture")) == (["Once"], [])


def test_other_sites_show_the_large_thumbnail_in_its_shape(db: None, client: Client) -> None:
    media_file = MediaFileFactory(width=2560, height=1000)
    page = work(client, ContentItemFactory(media_file=media_file, is_pictured=True))
    said = {meta.attributes.get("property"): meta.attributes.get("content") for meta in elements(page, "meta")}
    assert said["og:image"] == f"http://testserver{thumbnail_address(media_file.hex, 1280)}"
    assert (said["og:image:width"], said["og:image:height"]) == ("1280", "500")


# --- What the generator wrote


@pytest.fixture
def full(db: None) -> ContentItem:
    """A work with all that a generator can say."""
    model = GenerativeModel.objects.create(kind=ModelKind.MODEL, name="pony")
    lora = GenerativeModel.objects.create(kind=ModelKind.LORA, name="add detail")
    generation = GenerationDataFactory(
        generator="a1111",
        prompt="fog, <lora:add detail:0.8>",
        negative_prompt="rain",
        model=model,
        loras=[lora.pk],
        lora_weights=[0.8],
        sampler="Euler a",
        scheduler="Karras",
        steps=1200,
        cfg=7.5,
        seed=SEED,
        width=832,
        height=1216,
        has_workflow=True,
        more={"clip_skip": 2, "size": {"width": 832, "height": 1216}},
        warnings=["A chunk was cut off."],
    )
    media_file = MediaFileFactory(size=3_145_728)
    return ContentItemFactory(prompt=generation.prompt, generation=generation, media_file=media_file, is_pictured=True)


def test_each_field_is_shown_and_leads_to_works_that_share_it(client: Client, full: ContentItem) -> None:
    page = work(client, full)
    found = facts(page)
    assert {name: found[name] for name in list(found)[:11]} == {
        "Model": "pony",
        "Sampler": "Euler a",
        "Scheduler": "Karras",
        "Steps": "1200",
        "CFG scale": "7.5",
        "Seed": str(SEED),
        "Size": "832 × 1216",
        "Generator": "AUTOMATIC1111",
        "Workflow": "In the file",
        "LoRA": "add detail 0.8",
        "clip_skip": "2",
    }
    links = {
        link.text: link.attributes["href"] for link in elements(page, "a") if "?" in (link.attributes["href"] or "")
    }
    expected = {
        "pony": "/?model=pony",
        "Euler a": "/?sampler=Euler+a",
        "Karras": "/?scheduler=Karras",
        "1200": "/?steps=1200",
        "7.5": "/?cfg=7.5",
        str(SEED): f"/?seed={SEED}",
        "AUTOMATIC1111": "/?generator=a1111",
        "add detail": "/?lora=add+detail",
        "<lora:add detail:0.8>": "/?lora=add+detail",
        "Same model": "/?model=pony",
        "Same seed": f"/?seed={SEED}",
        "Same prompt": "/?q=fog",
    }
    assert {text: links.get(text) for text in expected} == expected
    assert texts(page, "ul", class_="warnings") == ["A chunk was cut off."]
    assert texts(page, "p", class_="prompt") == ["fog, <lora:add detail:0.8>", "rain"]


def test_it_can_be_selected_as_text_and_as_json(client: Client, full: ContentItem) -> None:
    page = work(client, full)
    [infotext, data] = [pre.text for pre in elements(page, "pre")]
    assert infotext == (
        "fog, <lora:add detail:0.8> Negative prompt: rain Steps: 1200, Sampler: Euler a, Schedule type: Karras, "
        f"CFG scale: 7.5, Seed: {SEED}, Size: 832x1216, Model: pony, Clip skip: 2"
    )
    said = json.loads(data)
    assert (said["seed"], said["loras"]) == (str(SEED), [{"name": "add detail", "hash": None, "weight": 0.8}])
    copies = [button.attributes["data-copy"] for button in elements(page, "button", class_="copy")]
    assert copies == ["prompt", "a1111", "json"]


def test_files_and_workflow_are_a_link_away(client: Client, full: ContentItem) -> None:
    page = work(client, full)
    root = f"/content/{full.pk}"
    links = {link.text: link.attributes["href"] for link in elements(page, "a") if "download" in link.attributes}
    assert links == {
        "Download original": f"{root}/file/?download=1",
        "Without metadata": f"{root}/file/stripped/?download=1",
        "Workflow": f"{root}/workflow.json",
    }
    assert {name: facts(page)[name] for name in ("Format", "File size", "Pixels")} == {
        "Format": "PNG",
        "File size": "3.0 MB",
        "Pixels": "832 × 1216",
    }


def test_only_what_there_is_can_be_downloaded(db: None, client: Client) -> None:
    sound = MediaFileFactory(format="mp3", mime="audio/mpeg", width=None, height=None)
    page = work(client, ContentItemFactory(content_type="audio", media_file=sound))
    assert [link.text for link in elements(page, "a") if "download" in link.attributes] == ["Download original"]


def test_a_work_without_any_data_has_no_empty_panels(db: None, client: Client) -> None:
    page = work(client, ContentItemFactory(media_file=MediaFileFactory(), is_pictured=True))
    assert texts(page, "h2") == ["File", "More like this", "About this work", "Ratings and comments"]
    generation = GenerationDataFactory(generator="", prompt="")
    page = work(client, ContentItemFactory(media_file=MediaFileFactory(), generation=generation, is_pictured=True))
    assert texts(page, "h2") == ["File", "More like this", "About this work", "Ratings and comments"]


def test_a_prompt_that_was_edited_leaves_the_one_of_the_file(client: Client, full: ContentItem) -> None:
    ContentItem.objects.filter(pk=full.pk).update(prompt="mist")
    page = work(client, full)
    assert texts(page, "p", class_="prompt") == ["mist", "rain", "fog, <lora:add detail:0.8>"]
    ContentItem.objects.filter(pk=full.pk).update(prompt="")
    page = work(client, full)
    assert texts(page, "p", class_="prompt") == ["rain", "fog, <lora:add detail:0.8>"]
    assert "Prompt in the file" in texts(page, "summary")


def test_hostile_data_stays_text(db: None, client: Client) -> None:
    model = GenerativeModel.objects.create(kind=ModelKind.MODEL, name=HOSTILE)
    generation = GenerationDataFactory(
        prompt=f"{HOSTILE}<lora:{HOSTILE[1:8]}:1>",
        negative_prompt=HOSTILE,
        model=model,
        sampler=HOSTILE,
        generator=HOSTILE[:20],
        more={HOSTILE: HOSTILE},
        warnings=[HOSTILE],
    )
    media_file = MediaFileFactory(picture_error=HOSTILE)
    page = work(client, ContentItemFactory(generation=generation, media_file=media_file))
    assert foreign_scripts(page) == []
    found = facts(page)
    assert (found["Model"], found["Sampler"], found[HOSTILE]) == (HOSTILE, HOSTILE, HOSTILE)
    assert [href for href in hrefs(page, "a") if "<" in href or '"' in href] == []


@pytest.mark.parametrize("count", [1, 40])
def test_four_queries_show_a_work_however_many_loras_it_has(
    db: None, client: Client, django_assert_num_queries: DjangoAssertNumQueries, count: int
) -> None:
    item = with_loras(count)
    with django_assert_num_queries(4):
        page = work(client, item)
    assert texts(page, "ul", class_="loras")[0].count("lora ") == min(count, 8)
    assert [link.text for link in elements(page, "a") if link.text.startswith("lora ")] == [
        f"lora {number}" for number in range(count)
    ]


@pytest.mark.parametrize("count", [1, 20])
def test_its_owner_pays_two_queries_more_for_its_places_and_its_job(
    client: Client, alice: User, django_assert_num_queries: DjangoAssertNumQueries, count: int
) -> None:
    item = with_loras(1)
    ContentItem.objects.filter(pk=item.pk).update(creator=alice)
    library = Library.objects.create(name="Outputs", folder="/outputs", owner=alice)
    for number in range(count):
        seen_in(library, f"{number}.png", item.media_file)
    client.force_login(alice)
    signing_in, work_loras_and_places, likes, kin, job = 2, 3, 1, 1, 1
    with django_assert_num_queries(signing_in + work_loras_and_places + likes + kin + job):
        page = client.get(f"/fragments/content/{item.pk}/")
    assert texts(page, "dt").count("Outputs") == count


# --- Where the file lies


@pytest.fixture
def placed(alice: User) -> MediaFile:
    """A content in a library of alice's, and in one that is offline."""
    media_file = MediaFileFactory()
    now = timezone.now()
    here = Library.objects.create(name="Outputs", folder="/data/outputs", owner=alice)
    away = Library.objects.create(name="Old disk", folder="/mnt/old", owner=alice, offline_since=now)
    seen_in(here, "2024/a.png", media_file)
    gone = seen_in(away, "b.png", media_file)
    LibraryFile.objects.filter(pk=gone.pk).update(missing_since="2024-05-06T00:00:00Z")
    return media_file


def test_its_owner_and_staff_see_where_it_lies(client: Client, alice: User, staff: User, placed: MediaFile) -> None:
    item = ContentItemFactory(creator=alice, media_file=placed, is_pictured=True)
    for user in (alice, staff):
        client.force_login(user)
        found = facts(work(client, item))
        assert (found["Outputs"], found["Old disk"]) == (
            "2024/a.png",
            "b.png The library is offline. Missing since 6 May 2024.",
        )


def test_others_see_nothing_of_it(client: Client, alice: User, bob: User, placed: MediaFile) -> None:
    hers = ContentItemFactory(creator=alice, media_file=placed, is_pictured=True)
    # He has sent the same content: it is his, and her folders are not.
    his = ContentItemFactory(creator=bob, media_file=placed, is_pictured=True)
    for user, items in ((None, (hers, his)), (bob, (hers, his)), (alice, (his,))):
        if user:
            client.force_login(user)
        for item in items:
            html = work(client, item).content.decode()
            assert [text for text in ("Outputs", "Old disk", "a.png", "b.png", "/data", "/mnt") if text in html] == []
