"""The demo: files that every reader reads as their generators wrote them, in a library that is filled once."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django.fixtures import Settings

from content.models import ContentItem
from content.painting.pictures import STYLES as PAINTED
from libraries.demo.files import KINDS, made_at, path_of, write_file
from libraries.demo.graphs import KINDS as NODES
from libraries.demo.graphs import Graph, checkpoint_graph, flux_graph
from libraries.demo.scenes import MOST, STYLES, work
from media.generation_data.reading import read
from media.models import Library, LibraryFile, MediaFile
from media.thumbnails import GRID, thumbnail_path
from tests.factories import ContentItemFactory
from users.synthetic import EPOCH, SPAN

GENERATORS = {
    **{"ComfyUI": "comfyui", "forge": "forge", "a1111": "a1111", "InvokeAI": "invokeai", "NovelAI": "novelai"},
    **{"SwarmUI": "swarmui", "Fooocus": "fooocus", "texts": None},
}
FORMATS = {".jpg": "jpeg", ".txt": "text"}
FILES = 3
NOW = datetime(2026, 11, 15, 12, tzinfo=UTC)
MANY = 120


def with_lora(has_lora: bool) -> int:
    """Return the number of a work that has a LoRA, or none."""
    return next(number for number in range(MOST) if bool(work(number).lora) is has_lora)


# --- Works and files


def test_no_two_works_are_alike() -> None:
    works = [work(number) for number in range(MOST)]
    assert MOST >= MANY
    assert len(PAINTED) == STYLES
    assert [made.seed % STYLES for made in works] == [number % STYLES for number in range(MOST)]
    for name in ("seed", "scene", "prompt"):
        assert len({getattr(made, name) for made in works}) == MOST
    assert len({path_of(number) for number in range(MOST)}) == MOST
    assert works == [work(number) for number in range(MOST)]


@pytest.mark.parametrize("has_lora", [False, True], ids=["plain", "lora"])
@pytest.mark.parametrize("number", range(len(KINDS)), ids=lambda number: path_of(number).partition("/")[0])
def test_each_file_is_read_as_its_generator_wrote_it(tmp_path: Path, number: int, has_lora: bool) -> None:
    made = replace(work(with_lora(has_lora)), width=96, height=64)
    path = tmp_path / Path(path_of(number)).name
    KINDS[number].write(made, path)
    with path.open("rb") as file:
        found = read(file)
    generator = GENERATORS[path_of(number).partition("/")[0]]
    assert found.generation.warnings == []
    assert found.generation.generator == generator
    assert found.facts.format == FORMATS.get(path.suffix, path.suffix[1:])
    if generator is None:
        return
    text = found.generation.prompt.partition(" <lora:")[0]
    is_flux = "flux" in path_of(number)
    assert (text, found.generation.seed, found.generation.steps) == (made.prompt, made.seed, made.steps)
    assert found.generation.has_workflow is (generator == "comfyui")
    if generator != "novelai":  # has models of its own, and no LoRAs
        assert found.generation.model.name == ("flux1-dev" if is_flux else made.model)
        loras = [(lora.name, lora.weight) for lora in found.generation.loras]
        assert loras == ([(made.lora, made.lora_weight)] if has_lora else [])
    if not is_flux:
        assert (found.generation.cfg, found.generation.negative_prompt) == (made.cfg, made.negative)


def test_the_animation_moves(tmp_path: Path) -> None:
    [kind] = [kind for kind in KINDS if "video" in kind.path]
    kind.write(work(0), tmp_path / "a.webp")
    with (tmp_path / "a.webp").open("rb") as file:
        facts = read(file).facts
    assert (facts.frames > 1, facts.duration > 1) == (True, True)


@pytest.mark.parametrize("has_lora", [False, True], ids=["plain", "lora"])
@pytest.mark.parametrize("build", [checkpoint_graph, flux_graph])
def test_links_of_a_graph_join_outputs_and_inputs_of_one_type(build: Callable[..., Graph], has_lora: bool) -> None:
    graph = build(work(with_lora(has_lora)))
    prompt, workflow = graph.prompt(), graph.workflow()
    nodes = {node["id"]: node for node in workflow["nodes"]}
    assert [str(pk) for pk in nodes] == list(prompt)
    for pk, source, output, target, place, data_type in workflow["links"]:
        taker = nodes[target]["inputs"][place]
        giver = nodes[source]["outputs"][output]
        assert (giver["type"], taker["type"], taker["link"], pk in giver["links"]) == (data_type, data_type, pk, True)
        assert prompt[str(target)]["inputs"][taker["name"]] == [str(source), output]
        assert source < target
    for pk, node in prompt.items():
        known = NODES[node["class_type"]]
        assert set(node["inputs"]) == {name for name, _type in known.links} | set(known.widgets)
        values = [value for value in nodes[int(pk)]["widgets_values"] if value != "fixed"]
        assert values == [node["inputs"][name] for name in known.widgets]


def test_files_are_newer_than_synthetic_works_and_of_many_months() -> None:
    times = [made_at(number, MANY, NOW) for number in range(MANY)]
    assert times == sorted(times, reverse=True)
    assert (times[0] < NOW, times[-1].replace(tzinfo=None) > EPOCH + SPAN) == (True, True)
    first_page = {(time.year, time.month) for time in times[:50]}
    assert len(first_page) >= 3
    assert NOW - times[0] < timedelta(hours=1)


# --- Filling a database


@pytest.fixture
def demo(transactional_db: None, settings: Settings, tmp_path: Path) -> Callable[[str], str]:
    """Runs `demo` for few files in a folder of the test; returns what it says."""
    settings.DEMO_DIR, settings.DEMO_FILES = tmp_path / "demo", FILES

    def run(action: str) -> str:
        out = StringIO()
        call_command("demo", action, stdout=out, stderr=out)
        return out.getvalue()

    return run


def state() -> list[tuple[object, ...]]:
    """Return all that a scan could change."""
    places = LibraryFile.objects.order_by("path").values_list("path", "seen_at", "missing_since", "media_file")
    libraries = Library.objects.values_list("name", "folder", "scanned_at", "owner")
    works = ContentItem.objects.order_by("pk").values_list("pk", "title", "is_pictured", "updated_at", "created_at")
    return [*libraries, *places, *works]


def test_an_empty_database_is_filled_once(demo: Callable[[str], str], settings: Settings) -> None:
    demo("add")
    assert (Library.objects.get().name, ContentItem.objects.count()) == ("Demo", 0)
    said = demo("scan")
    assert "demo files" in said
    works = ContentItem.objects.select_related("media_file", "library").order_by("-created_at")
    prompts = [item.prompt.partition(" <lora:")[0] for item in works]
    assert prompts == [work(number).prompt for number in range(FILES)]
    assert all(item.prompt.startswith(item.title) for item in works)
    assert {(item.library.name, item.creator_id, item.is_pictured) for item in works} == {("Demo", None, True)}
    assert all(thumbnail_path(item.media_file.hex, GRID[0]).exists() for item in works)
    file = settings.DEMO_DIR / path_of(0)
    assert works[0].created_at.timestamp() == pytest.approx(file.stat().st_mtime, abs=1e-3)
    before = state()
    file.unlink()
    assert (demo("add"), demo("scan"), state()) == ("", "", before)


def test_it_goes_on_where_it_was_interrupted(demo: Callable[[str], str], settings: Settings) -> None:
    demo("add")
    first, second = (settings.DEMO_DIR / path_of(number) for number in range(2))
    write_file(str(settings.DEMO_DIR), 0, 1_700_000_000)
    second.parent.mkdir(parents=True, exist_ok=True)
    second.with_name(f".{second.name}.part").write_bytes(b"half of a file")
    number = os.stat(first).st_ino
    demo("scan")
    assert os.stat(first).st_ino == number
    assert sorted(path.name for path in settings.DEMO_DIR.rglob("*.*")) == sorted(
        Path(path_of(number)).name for number in range(FILES)
    )
    assert ContentItem.objects.filter(is_pictured=True).count() == FILES


def test_pictures_that_were_not_made_are_made(demo: Callable[[str], str]) -> None:
    demo("add")
    demo("scan")
    ContentItem.objects.update(is_pictured=False)
    MediaFile.objects.update(pictured_at=None, thumbhash=None)
    assert f"{FILES} pictures made" in demo("scan")
    assert ContentItem.objects.filter(is_pictured=True).count() == FILES


def test_a_database_with_works_or_libraries_gets_no_demo(
    demo: Callable[[str], str], settings: Settings, tmp_path: Path
) -> None:
    item = ContentItemFactory()
    assert (demo("add"), demo("scan"), Library.objects.exists()) == ("", "", False)
    item.delete()
    library = Library.objects.create(name="mine", folder=str(tmp_path / "mine"))
    assert (demo("add"), demo("scan"), Library.objects.get()) == ("", "", library)
    library.delete()
    settings.DEMO_FILES = 0
    assert (demo("add"), demo("scan"), Library.objects.exists()) == ("", "", False)
    assert not settings.DEMO_DIR.exists()
