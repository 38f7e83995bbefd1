"""A work whose owner hides its prompt: what each viewer gets at each address, and what finds it."""

import json
import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from catalog.counting import settle
from catalog.models import Tag, UsedModel
from content.hidden_prompts import values_of_hidden
from content.models import ContentItem
from content.trash import move_to_trash
from interactions.merging import merge
from media.models import MediaFile
from media.thumbnails import copy_path, drop_thumbnails
from tests.factories import ContentItemFactory, GenerationDataFactory, InteractionFactory, MediaFileFactory, UserFactory
from tests.media.files import uploaded
from tests.media.pictures.samples import file_of, photograph, png_text
from tests.uploads.files import GENERATED
from users.models import User

PROMPT = "zebrafinch, quartzwing, old lamp, harbour at dusk <lora:hushlora:0.7>"
PARAMETERS = (
    f"{PROMPT}\nNegative prompt: murkywater\nSteps: 27, Sampler: Euler a, Schedule type: Karras, CFG scale: 6.5, "
    "Seed: 987654321, Size: 240x360, Model: secretmodelxl"
)
WORKFLOW = '{"nodes": [{"id": 1, "type": "KSampler"}], "links": []}'
SECRETS = ("zebrafinch", "quartzwing", "murkywater", "secretmodelxl", "hushlora", "987654321", "KSampler", "Karras")
FOUND_BY = (
    *(
        "q=zebrafinch",
        "q=quartzwing+lamp",
        "q=secretmodelxl",
        "q=model:secretmodelxl",
        "q=seed:987654321",
    ),
    *(
        "model=secretmodelxl",
        "lora=hushlora",
        "sampler=Euler+a",
        "scheduler=Karras",
        "generator=comfyui",
        "tag=quartzwing",
    ),
    *("seed=987654321", "steps=27", "steps=20..30", "cfg=6.5", "has_workflow=true"),
)
OTHERS = ("bob", "anonymous")
VIEWERS = ("alice", "staff", *OTHERS)
API = "/api/v1/content/"
# Of the work with this id: all that shows works.
ADDRESSES = (
    *(
        "/",
        "/fragments/works/",
        "/fragments/list/",
        "/users/alice/",
        "/fragments/users/alice/works/",
        "/models/",
        "/tags/",
    ),
    *("/content/{}/", "/fragments/content/{}/", "/content/{}/similar/", "/fragments/content/{}/similar/"),
    *(API, API + "{}/", API + "{}/similar/", API + "?format=api", API + "{}/?format=api", "/api/v1/models/"),
    *("/api/v1/interactions/", "/api/v1/recommendations/", "/api/v1/generation-jobs/", "/api/v1/tags/?q=qua"),
)


@pytest.fixture(autouse=True)
def own_folders(settings: Settings, tmp_path: Path) -> None:
    """Keep files of tests out of the developer's folders."""
    settings.MEDIA_ROOT = tmp_path / "uploads"
    settings.THUMBNAILS_DIR = tmp_path / "thumbnails"


@pytest.fixture
def viewers(alice: User, bob: User) -> dict[str, Client]:
    """A client for each viewer."""
    clients = {name: Client() for name in VIEWERS}
    for name, user in (("alice", alice), ("bob", bob), ("staff", UserFactory(is_staff=True))):
        clients[name].force_login(user)
    return clients


def picture(name: str = "987654321-zebrafinch.png") -> SimpleUploadedFile:
    """Return a picture with what a generator and a graph wrote into it."""
    info = png_text(parameters=PARAMETERS, workflow=WORKFLOW)
    return SimpleUploadedFile(name, file_of(photograph(240, 360), "PNG", pnginfo=info).getvalue())


def sent(api: APIClient, alice: User, **fields: Any) -> ContentItem:
    """Return the work of a picture that alice sends."""
    api.force_login(alice)
    answer = api.post(API, {"file": picture(), **fields}, format="multipart")
    assert answer.status_code == 201, answer.content
    return ContentItem.objects.get(pk=answer.json()["id"])


def everything(answer: Any) -> str:
    """Return the headers and the body of an answer as text."""
    body = answer.getvalue() if answer.streaming else answer.content
    return f"{dict(answer.headers)}\n" + body.decode("latin-1")


def test_no_address_tells_others_what_a_work_was_made_with(
    api: APIClient, alice: User, bob: User, viewers: dict[str, Client]
) -> None:
    work = sent(api, alice, hides_prompt=True)
    InteractionFactory(user=bob, content=work, kind="like")
    secrets = (*SECRETS, work.media_file.hex, f"{work.media_file.size:,}", f'"bytes":{work.media_file.size}')
    addresses = [
        *(address.format(work.pk) for address in ADDRESSES),
        *(f"/content/{work.pk}/{name}" for name in ("file/", "file/stripped/", "workflow.json", "thumbnails/320.webp")),
    ]
    for name in OTHERS:
        for address in addresses:
            for accept in ("*/*", "application/json; indent=2"):
                told = everything(viewers[name].get(address, headers={"Accept": accept}))
                assert [secret for secret in secrets if secret in told] == [], (name, address)
    assert {viewers["alice"].get(address.format(work.pk)).status_code for address in ADDRESSES} == {200}
    for name in ("alice", "staff"):
        for address in (f"/content/{work.pk}/", f"/fragments/content/{work.pk}/", f"{API}{work.pk}/"):
            told = everything(viewers[name].get(address))
            assert [secret for secret in SECRETS[:6] if secret not in told] == [], (name, address)


def test_etags_do_not_tell_which_works_have_the_same_file(api: APIClient, alice: User, client: Client) -> None:
    hidden = sent(api, alice, hides_prompt=True)
    other = ContentItemFactory(media_file=hidden.media_file, is_pictured=True)
    for name in ("file/stripped/", "thumbnails/320.webp"):
        answers = [client.get(f"/content/{work.pk}/{name}") for work in (hidden, other, hidden)]
        for answer in answers:
            everything(answer)
        etags = [answer.headers["ETag"] for answer in answers]
        assert etags[0] == etags[2] != etags[1]
    # A work may be given another file: its address is not kept for good.
    assert answers[0].headers["Cache-Control"] == "private, max-age=600"


@pytest.mark.parametrize("switch", ["hides_prompt", "is_private"])
def test_a_text_beside_a_file_is_told_to_none_who_sends_that_file(
    api: APIClient, alice: User, bob: User, switch: str
) -> None:
    content = file_of(photograph(240, 360), "PNG").getvalue()

    def send(user: User, *texts: str, **fields: Any) -> ContentItem:
        files = [SimpleUploadedFile("a.png", content), *(SimpleUploadedFile("a.txt", text.encode()) for text in texts)]
        api.force_login(user)
        return ContentItem.objects.get(pk=api.post(API, {"file": files, **fields}, format="multipart").json()["id"])

    # Blocks that say nothing do not keep those of the next sender from being known as lying beside the file.
    assert send(UserFactory(), "no words of a generator").generation is None
    assert send(alice, PARAMETERS, **{switch: True}).generation.prompt == PROMPT
    work = send(bob)
    told = everything(api.get(f"{API}{work.pk}/")) + everything(api.get(f"/content/{work.pk}/"))
    assert [secret for secret in SECRETS if secret in told] == []
    assert work.generation is None
    assert send(UserFactory(), PARAMETERS.replace("27", "28")).generation is None
    assert send(UserFactory(), PARAMETERS).generation.prompt == PROMPT


@pytest.fixture
def send_files(api: APIClient) -> Callable[..., ContentItem]:
    """Send a file with what lies beside it, as a user does; return the work."""

    def send(user: User, files: Mapping[str, bytes], **fields: Any) -> ContentItem:
        api.force_login(user)
        sent_files = [SimpleUploadedFile(name, content) for name, content in files.items()]
        answer = api.post(API, {"file": sent_files, **fields}, format="multipart")
        return ContentItem.objects.get(pk=answer.json()["id"])

    return send


def png_with(**texts: str) -> bytes:
    return file_of(photograph(240, 360), "PNG", pnginfo=png_text(**texts) if texts else None).getvalue()


def graph(title: str) -> str:
    return json.dumps({"1": {"class_type": "KSampler", "inputs": {"seed": 5}, "_meta": {"title": title}}})


DRAWN = '{"nodes": [{"id": 1, "type": "KSampler", "title": "quartzwing"}], "links": []}'
# Without tags that a reader knows.
FILM = (GENERATED / "18_comfy.mp4").read_bytes().replace(b"prompt", b"pr0mpt").replace(b"workflow", b"w0rkflow")
# A file, its name, the graph that lies beside it, and in what.
BESIDE = {
    "json": ("a.png", png_with(), graph("quartzwing"), "a.json", graph("quartzwing").encode()),
    "of the same data": ("a.png", png_with(prompt=graph("")), DRAWN, "a.json", DRAWN.encode()),
    "first frame": ("a.mp4", FILM, graph("quartzwing"), "a.png", png_with(prompt=graph("quartzwing"))),
}


@pytest.mark.parametrize("comes_first", ["alice", "bob"])
@pytest.mark.parametrize("beside", BESIDE)
def test_a_workflow_beside_a_file_is_told_to_none_who_sends_that_file(
    send_files: Callable[..., ContentItem],
    viewers: dict[str, Client],
    alice: User,
    bob: User,
    beside: str,
    comes_first: str,
) -> None:
    name, content, workflow, other_name, other = BESIDE[beside]
    files = {"alice": {name: content, other_name: other}, "bob": {name: content}}
    cast = {"alice": alice, "bob": bob}
    works = {
        sender: send_files(cast[sender], files[sender], is_private=sender == "alice")
        for sender in sorted(cast, reverse=comes_first == "bob")
    }
    his, hers = (f"/content/{works[sender].pk}/workflow.json" for sender in ("bob", "alice"))
    assert [viewer for viewer in VIEWERS if "quartzwing" in everything(viewers[viewer].get(his))] == []
    assert {viewers[viewer].get(hers).status_code for viewer in OTHERS} == {404}
    if comes_first == "alice":
        assert viewers["alice"].get(hers).content.decode() == workflow


@pytest.mark.parametrize(("hides_prompt", "is_for_all"), [(True, False), (False, True)], ids=["hidden", "shown"])
def test_the_original_is_for_owner_and_staff(
    api: APIClient, alice: User, viewers: dict[str, Client], hides_prompt: bool, is_for_all: bool
) -> None:
    work = sent(api, alice, hides_prompt=hides_prompt)
    for name in VIEWERS:
        is_allowed = is_for_all or name not in OTHERS
        for address, status in (
            (f"/content/{work.pk}/file/", 200 if is_allowed else 404),
            (f"/content/{work.pk}/file/?download=1", 200 if is_allowed else 404),
            (f"/content/{work.pk}/workflow.json", 200 if is_allowed else 404),
            (f"/thumbnails/{work.media_file.hex}/320.webp", 200 if is_allowed else 404),
            (f"/content/{work.pk}/thumbnails/320.webp", 200),
            (f"/content/{work.pk}/thumbnails/321.webp", 404),
            (f"/content/{work.pk}/file/stripped/", 200),
        ):
            for method in ("get", "head"):
                answer = getattr(viewers[name], method)(address)
                everything(answer)
                assert answer.status_code == status, (name, method, address)
        item = viewers[name].get(f"{API}{work.pk}/").json()
        listed = viewers[name].get(API).json()["items"][0]
        assert item["file"] == listed["file"]
        assert (item["generation"] is not None, item["prompt"] != "") == (is_allowed, is_allowed)
        assert (item["file"]["sha256"], item["file"]["bytes"], item["seed"]) == (
            (work.media_file.hex, work.media_file.size, 987654321) if is_allowed else (None, None, None)
        )
        answer = viewers[name].get(item["file"]["url"])
        assert (answer.status_code, PARAMETERS in everything(answer)) == (200, is_allowed)


def test_a_picture_in_the_trash_is_for_its_owner_and_staff(
    api: APIClient, alice: User, viewers: dict[str, Client]
) -> None:
    work = sent(api, alice, hides_prompt=True)
    move_to_trash(ContentItem.objects.filter(pk=work.pk))
    shown = re.search(rf"/content/{work.pk}/thumbnails/320\.webp", everything(viewers["alice"].get("/trash/")))
    statuses = {name: viewers[name].get(shown.group()).status_code for name in VIEWERS}
    assert statuses == {"alice": 200, "staff": 200, "bob": 404, "anonymous": 404}
    assert viewers["alice"].get(f"/content/{work.pk}/file/").status_code == 404


def test_only_title_tags_and_file_find_a_work_that_hides_its_prompt(
    api: APIClient, alice: User, viewers: dict[str, Client]
) -> None:
    work = sent(api, alice, title="Night piece", tags=["nocturne"])
    ContentItem.objects.filter(pk=work.pk).update(tags=["nocturne", "quartzwing"])
    counts = dict.fromkeys(FOUND_BY, 1)
    assert {
        query: viewers["bob"].get(f"{API}?{query}").json()["pagination"]["total_count"] for query in FOUND_BY
    } == counts
    api.patch(f"{API}{work.pk}/", {"hides_prompt": True})
    kept = ("q=night+piece", "tag=nocturne", "min_width=240", "aspect=portrait", "has_file=true", "has_workflow=false")
    for name in VIEWERS:
        totals = {
            query: viewers[name].get(f"{API}?{query}").json()["pagination"]["total_count"]
            for query in (*FOUND_BY, *kept)
        }
        assert totals == {**dict.fromkeys(FOUND_BY, 0), **dict.fromkeys(kept, 1)}
    settle()
    assert list(UsedModel.objects.all()) == []
    assert list(Tag.objects.values_list("name", flat=True)) == ["nocturne"]
    assert viewers["bob"].get("/api/v1/models/").json()["items"] == []
    api.patch(f"{API}{work.pk}/", {"hides_prompt": False})
    found = [query for query in FOUND_BY if viewers["bob"].get(f"{API}?{query}").json()["items"]]
    assert found == [query for query in FOUND_BY if query != "tag=quartzwing"]
    settle()
    assert set(UsedModel.objects.values_list("name", "works")) == {("secretmodelxl", 1), ("hushlora", 1)}


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("987654321.png", "Untitled"),
        ("00001-zebrafinch.png", "Untitled"),
        ("secretmodelxl_00001_.png", "Untitled"),
        ("ComfyUI_00004_.png", "Untitled"),
        ("IMG_2044.png", "IMG 2044"),
    ],
)
def test_an_arrival_that_hides_its_prompt_has_no_title_of_it(
    api: APIClient, alice: User, name: str, title: str
) -> None:
    api.force_login(alice)
    answer = api.post(API, {"file": picture(name), "hides_prompt": True}, format="multipart").json()
    assert (answer["title"], answer["tags"], answer["hides_prompt"]) == (title, [], True)


def begun_to_hide(item: ContentItem, **values: object) -> tuple[object, object]:
    """Return title and tags of an item that begins to hide its prompt."""
    kept = values_of_hidden(item, {**values, "hides_prompt": True})
    return kept.get("title", item.title), kept.get("tags", item.tags)


def test_a_title_and_tags_of_the_prompt_go_when_it_is_hidden(db: None) -> None:
    data = GenerationDataFactory(prompt="red hat, fog, a quay, old lamp, dawn", generator="comfyui")
    made = ["red hat", "fog", "a quay"]
    for title, tags, shown in (
        ("red hat, fog, a quay, old lamp, dawn", made, ("Untitled", [])),
        ("Red hat, fog, a quay, old", [*made, "mine"], ("Untitled", ["mine"])),
        ("ComfyUI 00001", ["Fog"], ("Untitled", [])),
        ("Seed 424242", ["mine"], ("Untitled", ["mine"])),
        ("Old lamp", ["mine"], ("Old lamp", ["mine"])),
    ):
        item = ContentItemFactory(title=title, tags=tags, generation=data, generation_seed=424242)
        assert begun_to_hide(item) == shown
        assert begun_to_hide(item, title="Mine", tags=["fog"]) == ("Mine", ["fog"])
        item.hides_prompt = True
        assert begun_to_hide(item) == (title, tags)


def test_every_way_to_hide_takes_the_title_off(api: APIClient, alice: User, viewers: dict[str, Client]) -> None:
    boss = Client()
    boss.force_login(UserFactory(is_staff=True, is_superuser=True))
    title = "zebrafinch, quartzwing, old lamp, harbour at dusk"

    def form(item: ContentItem) -> dict[str, str]:
        page = {"title": item.title, "prompt": item.prompt, "hides_prompt": "on"}
        return {**page, "tags": "\n".join(item.tags), "updated_at": item.updated_at.isoformat()}

    ways: dict[str, Callable[[ContentItem], Any]] = {
        "page": lambda item: viewers["alice"].post(f"/content/{item.pk}/edit/", form(item)),
        "API": lambda item: api.patch(f"{API}{item.pk}/", {"hides_prompt": True}),
        "many": lambda item: viewers["alice"].post(
            "/upload/details/",
            {
                "item": item.pk,
                f"{item.pk}-title": item.title,
                f"{item.pk}-tags": ", ".join(item.tags),
                f"{item.pk}-hides_prompt": "on",
                f"{item.pk}-updated_at": item.updated_at.isoformat(),
            },
        ),
        "admin": lambda item: boss.post(
            f"/admin/content/contentitem/{item.pk}/change/",
            {
                **{"title": item.title, "content_type": "image", "creator": alice.pk, "hides_prompt": "on"},
                **{"seed": "987654321", "prompt": item.prompt, "tags": "\n".join(item.tags), "metadata": "{}"},
            },
        ),
    }
    api.force_login(alice)
    for way, hide in ways.items():
        item = ContentItemFactory(
            title=title,
            prompt=PROMPT,
            tags=["zebrafinch", "mine"],
            creator=alice,
            generation_seed=987654321,
        )
        assert hide(item).status_code < 400, way
        item.refresh_from_db()
        assert (item.hides_prompt, item.title, item.tags) == (True, "Untitled", ["mine"]), way


def test_an_upload_by_form_or_in_pieces_hides_its_prompt(
    api: APIClient, alice: User, viewers: dict[str, Client]
) -> None:
    viewers["alice"].post("/upload/", {"file": picture(), "hides_prompt": "1"})
    assert ContentItem.objects.get().hides_prompt
    ContentItem.objects.all().delete()
    api.force_login(alice)
    content = picture().read()
    said = ",".join(f"{key} {b64encode(text.encode()).decode()}" for key, text in {"hides_prompt": "true"}.items())
    answer = api.post(
        "/api/v1/uploads/",
        content,
        content_type="application/offset+octet-stream",
        headers={"Tus-Resumable": "1.0.0", "Upload-Length": str(len(content)), "Upload-Metadata": said},
    )
    assert answer.status_code == 201, answer.content
    assert ContentItem.objects.get().hides_prompt


def test_only_the_owner_and_staff_turn_the_switch(api: APIClient, alice: User, bob: User) -> None:
    work = sent(api, alice, hides_prompt=True)
    for user, status in ((bob, 403), (None, 401), (alice, 200)):
        api.force_login(user) if user else api.logout()
        assert api.patch(f"{API}{work.pk}/", {"hides_prompt": False}).status_code == status
        work.refresh_from_db()
        assert work.hides_prompt == (status != 200)


def reasons(client: Client, work: ContentItem) -> list[tuple[int, str, int]]:
    """Return the works like one, why, and how many have the same file."""
    items = client.get(f"{API}{work.pk}/similar/").json()["items"]
    return [(row["item"]["id"], row["reason"], row["reposts"]) for row in items]


def test_works_like_one_do_not_tell_that_they_share_its_prompt(
    alice: User, bob: User, viewers: dict[str, Client]
) -> None:
    file = MediaFileFactory(perceptual_hash=77)
    data = GenerationDataFactory(media_file=file, prompt=PROMPT, seed=1)
    other = GenerationDataFactory(prompt=PROMPT, seed=2)
    hidden = ContentItemFactory(creator=alice, media_file=file, generation=data, hides_prompt=True)
    copies = [ContentItemFactory(creator=bob, media_file=file, generation=data) for _ in range(2)]
    sibling = ContentItemFactory(creator=bob, generation=other)
    assert reasons(viewers["anonymous"], hidden) == [(copies[0].pk, "near", 1)]
    assert reasons(viewers["alice"], hidden) == [
        *((copy.pk, "same_file", 0) for copy in copies),
        (sibling.pk, "same_prompt", 0),
    ]
    assert reasons(viewers["bob"], copies[0]) == [
        (copies[1].pk, "same_file", 0),
        (hidden.pk, "near", 0),
        (sibling.pk, "same_prompt", 0),
    ]
    assert [pk for pk, _reason, _reposts in reasons(viewers["bob"], sibling)] == [copies[1].pk]
    MediaFile.objects.update(perceptual_hash=None)
    assert reasons(viewers["anonymous"], hidden) == []
    assert hidden.pk not in {pk for pk, _reason, _reposts in reasons(viewers["bob"], copies[0])}


def test_merged_duplicates_give_no_tags_of_their_prompt(alice: User) -> None:
    kept = ContentItemFactory(creator=alice, tags=["mine"], hides_prompt=True)
    other = ContentItemFactory(creator=alice, tags=["fog", "yours"], prompt="fog, quay, lamp, dawn")
    assert merge(alice, kept.pk, [other.pk]).tags == ["mine", "yours"]


def test_metadata_and_an_import_s_hash_are_hidden_as_well(alice: User, viewers: dict[str, Client]) -> None:
    work = ContentItemFactory(
        creator=alice, prompt="fog", metadata={"seed": 5}, source_id="sha256:0", seed=5, hides_prompt=True
    )
    names = ("prompt", "metadata", "source_id", "seed", "generation")
    for name in VIEWERS:
        item = viewers[name].get(f"{API}{work.pk}/").json()
        shown = ["", {}, None, None, None] if name in OTHERS else ["fog", {"seed": 5}, "sha256:0", 5, None]
        assert [item[key] for key in names] == shown


def test_the_tag_of_a_stripped_copy_is_none_of_its_hash(
    api: APIClient, alice: User, viewers: dict[str, Client]
) -> None:
    work = sent(api, alice, hides_prompt=True)
    answer = viewers["bob"].get(f"/content/{work.pk}/file/stripped/")
    assert work.media_file.hex not in everything(answer)
    assert "Untitled.png" in answer.headers["Content-Disposition"]
    again = viewers["bob"].get(f"/content/{work.pk}/file/stripped/", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_a_hidden_animation_plays_as_a_copy_that_is_made_once(alice: User, viewers: dict[str, Client]) -> None:
    frames = [photograph(24, 16, seed=seed) for seed in (1, 2)]
    content = file_of(frames[0], "GIF", save_all=True, append_images=frames[1:], comment=PROMPT.encode()).getvalue()
    file = uploaded(content, format="gif", mime="image/gif", width=24, height=16, frames=2)
    work = ContentItemFactory(title="Waves", creator=alice, media_file=file, hides_prompt=True)
    address = f"/content/{work.pk}/file/stripped/"
    assert f'src="{address}"' in viewers["bob"].get(f"/content/{work.pk}/").content.decode()
    assert f'src="/content/{work.pk}/file/"' in viewers["alice"].get(f"/content/{work.pk}/").content.decode()
    first = viewers["bob"].get(address).getvalue()
    assert b"zebrafinch" not in first
    path = copy_path(file.hex)
    path.write_bytes(b"0123456789")
    part = viewers["anonymous"].get(address, headers={"Range": "bytes=2-4"})
    assert (part.status_code, part.getvalue()) == (206, b"234")
    drop_thumbnails(file.hex)
    assert not path.exists()


def test_a_file_without_a_stripped_copy_is_not_offered(alice: User, viewers: dict[str, Client]) -> None:
    for kind, mime, name in (
        ("audio", "audio/wav", "wav"),
        ("image", "image/svg+xml", "svg"),
        ("text", "text/plain", "text"),
    ):
        file = uploaded(kind.encode(), format=name, mime=mime, width=None, height=None)
        work = ContentItemFactory(creator=alice, content_type=kind, media_file=file, hides_prompt=True)
        for viewer in OTHERS:
            page = viewers[viewer].get(f"/content/{work.pk}/").content.decode()
            assert "The file is not offered" in page
            assert f"/content/{work.pk}/file/" not in page
            assert viewers[viewer].get(f"{API}{work.pk}/").json()["file"]["url"] is None
            assert viewers[viewer].get(API).json()["items"][0]["file"]["url"] is None
