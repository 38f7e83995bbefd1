"""`read_generation` and `reread_generation`."""

import json
import os
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from content.models import ContentItem
from media.blocks import pack
from media.generation_data.blocks import Block, Carrier
from media.generation_data.reading import READER_VERSION
from media.models import GenerationData, Library, MetadataBlocks
from tests.factories import ContentItemFactory
from tests.libraries.conftest import SAMPLES
from users.models import User

Sample = Callable[..., Path]
Read = Callable[[], dict[str, int]]
KEYS = ["file", "format", "width", "height", "generator", "prompt", "negative_prompt", "model", "loras", "sampler"]
KEYS += ["scheduler", "steps", "cfg", "seed", "has_workflow", "more", "warnings"]


def run(name: str, *arguments: object, **options: object) -> tuple[int, str]:
    """Run a command; return its exit status and what it printed."""
    out = StringIO()
    try:
        call_command(name, *map(str, arguments), stdout=out, stderr=out, **options)
    except CommandError as error:
        return error.returncode, out.getvalue()
    return 0, out.getvalue()


def test_each_file_is_a_line_in_the_order_of_the_contract() -> None:
    paths = [SAMPLES / "10_comfy.png", SAMPLES / "34_sidecar.png"]
    code, said = run("read_generation", *paths)
    lines = [json.loads(line) for line in said.splitlines()]
    assert (code, [line["file"] for line in lines]) == (0, list(map(str, paths)))
    assert [list(line) for line in lines] == [KEYS, KEYS]
    assert [line["generator"] for line in lines] == ["comfyui", "a1111"]
    assert all(isinstance(line["seed"], str) for line in lines)


def test_each_file_that_cannot_be_read_is_a_line_with_its_error(tmp_path: Path) -> None:
    (tmp_path / "noise.png").write_bytes(bytes(range(256)))
    os.mkfifo(tmp_path / "pipe.png")
    paths = [tmp_path / "gone.png", tmp_path, tmp_path / "pipe.png", tmp_path / "noise.png", SAMPLES / "01_a1111.png"]
    code, said = run("read_generation", *paths)
    lines = [json.loads(line) for line in said.splitlines()]
    assert code == 1
    assert [line.get("error") for line in lines] == [
        "There is no such file.",
        "It is a folder, a pipe or a device.",
        "It is a folder, a pipe or a device.",
        "The file is of no format that is supported.",
        None,
    ]
    assert all(line.keys() == {"file", "error"} for line in lines[:-1])


@pytest.fixture
def outdated(library: Library, sample: Sample, read: Read) -> list[tuple]:
    """Works whose metadata an older reader has read, one wrongly and one not at all; what it should have read."""
    sample("01_a1111.png")
    sample("10_comfy.png")
    sample("18_comfy.mp4")
    read()
    expected = data()
    MetadataBlocks.objects.update(reader_version=READER_VERSION - 1)
    GenerationData.objects.filter(media_file__format="png").update(prompt="wrong", seed=1, model=None, loras=[])
    lost = GenerationData.objects.get(media_file__format="mp4")
    ContentItem.objects.filter(generation=lost).update(generation=None, generation_seed=None, prompt="")
    lost.delete()
    return expected


def data() -> list[tuple]:
    """Return what works and their generation data say."""
    names = ("title", "prompt", "generation_seed", "generation__prompt", "generation__seed", "generation__model__name")
    return list(ContentItem.objects.order_by("pk").values_list(*names, "generation__loras", "generation__more"))


def test_a_newer_reader_runs_over_what_is_stored(outdated: list[tuple], folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()
    assert data() != outdated
    assert run("reread_generation", verbosity=0) == (0, "3 read again, 1 of them had no generation data before\n")
    assert data() == outdated
    assert run("reread_generation", verbosity=0) == (0, "0 read again, 0 of them had no generation data before\n")
    assert run("reread_generation", all=True, verbosity=0)[1].startswith("3 read again, 0 ")
    assert data() == outdated


def test_works_follow_a_newer_reader_where_their_owners_changed_nothing(outdated: list[tuple]) -> None:
    first, comfy, _video = ContentItem.objects.order_by("pk")
    GenerationData.objects.filter(pk=comfy.generation_id).update(prompt="detailed face", seed=5)
    followers = ContentItem.objects.filter(pk=comfy.pk)
    followers.update(title="detailed face", prompt="detailed face", generation_seed=5)
    ContentItem.objects.filter(pk=first.pk).update(title="By its owner")
    run("reread_generation", verbosity=0)
    assert data()[1] == outdated[1]
    assert ContentItem.objects.get(pk=first.pk).title == "By its owner"


def test_works_say_what_their_characters_were_asked_to_be_where_they_said_the_prompt_alone(
    sample: Sample, read: Read
) -> None:
    sample("01_a1111.png")
    read()
    captions = [{"char_caption": "a girl, red hair"}, {"char_caption": "a witch"}]
    comment = {"prompt": "2girls, beach", "uc": "", "v4_prompt": {"caption": {"char_captions": captions}}}
    blocks = (Block(Carrier.PNG_TEXT, "Comment", json.dumps(comment).encode()),)
    MetadataBlocks.objects.update(packed=pack(blocks), reader_version=READER_VERSION - 1)
    GenerationData.objects.update(prompt="2girls, beach", more={"characters": ["a girl, red hair", "a witch"]})
    ContentItem.objects.update(title="2girls, beach", prompt="2girls, beach", tags=[])
    run("reread_generation", verbosity=0)
    work = ContentItem.objects.get()
    assert (work.prompt, work.generation.prompt) == ("2girls, beach\na girl, red hair\na witch", "2girls, beach")
    ContentItem.objects.update(prompt="by its owner")
    run("reread_generation", all=True, verbosity=0)
    assert ContentItem.objects.get().prompt == "by its owner"


def test_words_beside_the_file_of_one_creator_become_none_of_others(sample: Sample, read: Read, bob: User) -> None:
    sample("34_sidecar.png", "a.png")
    sample("34_sidecar.txt", "a.txt")
    read()
    first = ContentItem.objects.get()
    other = ContentItemFactory(creator=bob, media_file=first.media_file, prompt="")
    ContentItem.objects.update(generation=None, prompt="")
    GenerationData.objects.all().delete()
    assert run("reread_generation", all=True, verbosity=0)[1].startswith("1 read again, 1 ")
    assert set(ContentItem.objects.values_list("prompt", "generation")) == {("", None)}
    other.delete()
    GenerationData.objects.all().delete()
    run("reread_generation", all=True, verbosity=0)
    first.refresh_from_db()
    assert first.prompt == first.generation.prompt != ""


def test_damaged_blocks_keep_no_others_from_being_read(outdated: list[tuple]) -> None:
    MetadataBlocks.objects.filter(media_file__format="mp4").update(packed=b"\x01damaged")
    code, said = run("reread_generation", verbosity=0)
    assert code == 1
    assert "3 read again" in said
    assert data()[:1] == outdated[:1]
