"""Workflows and a ComfyUI: what it has, and that it runs what is filled in."""

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models.functions import Now
from django.test import Client
from PIL import Image
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from generation.backends import Order, State
from generation.backends.comfyui import ComfyUIBackend
from generation.models import GenerationJob, ServerChoices, Workflow
from generation.workflow_servers import KEPT, classes_of_servers, note_choices
from generation.workflows import filled
from generation.workflows.shipped import shipped, write_shipped
from tests.comfyui import LocalComfyUI
from tests.factories import ContentItemFactory, GenerationDataFactory, GenerativeModelFactory, MediaFileFactory
from tests.generation.graphs import node
from tests.generation.test_models import Violated
from tests.generation.test_pages import selected
from tests.pages.html import elements, texts
from users.models import User

MODELS = {"CheckpointLoaderSimple": ("ckpt_name", "dreamy.safetensors"), "LoraLoader": ("lora_name", "ink.safetensors")}
FORM = {"workflow": "text-to-picture", "prompt": "fog", "size": "832x1216", "count": "1", "key": str(uuid4())}


def choices_of(name: str) -> tuple[str, ...]:
    return classes_of_servers()[name].inputs[MODELS[name][0]].choices


@pytest.fixture
def offered(db: None) -> None:
    """The workflows that ship, which tests that commit take away."""
    write_shipped(Workflow.objects.all())


@pytest.fixture
def deaf_url() -> Iterator[str]:
    """The address of a server that never takes a connection; a test after which one waits there fails."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(BlockingIOError):
            server.accept()


@pytest.mark.usefixtures("offered")
def test_a_worker_notes_the_choices_of_the_servers_that_answer(
    comfyui: LocalComfyUI, settings: Settings, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    settings.COMFYUI_URLS = ["http://127.0.0.1:1", comfyui.url]
    assert classes_of_servers() is None
    assert note_choices()
    assert [path for _, path in comfyui.requests] == ["/object_info"]
    assert choices_of("CheckpointLoaderSimple") == ("dreamy.safetensors", "sub/sharp.safetensors")
    assert choices_of("LoraLoader") == ("ink.safetensors",)
    assert "Wait" not in classes_of_servers()  # of which no workflow has a node
    first = ServerChoices.objects.get().asked_at
    with django_assert_num_queries(2):  # the workflows, the time
        assert note_choices()
    assert ServerChoices.objects.get().asked_at >= first
    comfyui.kinds["LoraLoader"].inputs["lora_name"] = [["ink.safetensors", "mist.safetensors"], {}]
    note_choices()
    assert choices_of("LoraLoader") == ("ink.safetensors", "mist.safetensors")


@pytest.mark.usefixtures("offered")
def test_choices_are_those_of_all_servers_and_a_remix_keeps_its_model_or_says_so(
    client: Client, alice: User, comfyui: LocalComfyUI, tmp_path: Path, settings: Settings
) -> None:
    models = {"checkpoints": ["sub/sharp.safetensors", "other.safetensors"], "loras": ["mist.safetensors"]}
    with LocalComfyUI(tmp_path / "second", models=models) as second:
        del second.kinds["EmptyLatentImage"]
        settings.COMFYUI_URLS = [comfyui.url, second.url]
        assert note_choices()
    everywhere = ("dreamy.safetensors", "sub/sharp.safetensors", "other.safetensors")
    assert choices_of("CheckpointLoaderSimple") == everywhere
    assert choices_of("LoraLoader") == ("ink.safetensors", "mist.safetensors")
    assert "EmptyLatentImage" in classes_of_servers()
    client.force_login(alice)
    said = {}
    for model in ("Other", "nowhere<b>"):
        generation = GenerationDataFactory(media_file=MediaFileFactory(), model=GenerativeModelFactory(name=model))
        work = ContentItemFactory(creator=alice, media_file=generation.media_file, generation=generation)
        page = client.get(f"/create/?workflow=text-to-picture&from={work.pk}")
        is_open = ["open" in fold.attributes for fold in elements(page, "details", id="more-settings")]
        said[model] = (selected(page, "id_model"), texts(page, "small", id="id_model_helptext"), is_open)
    assert said == {
        "Other": (["other.safetensors"], [], [False]),
        "nowhere<b>": (["dreamy.safetensors"], ["“nowhere<b>” is none of these: choose one."], [True]),
    }


@pytest.mark.usefixtures("offered")
def test_choices_outlast_a_restart_of_their_server_and_no_more(comfyui: LocalComfyUI, settings: Settings) -> None:
    settings.COMFYUI_URLS = [comfyui.url]
    note_choices()
    comfyui.die()
    assert not note_choices()
    assert choices_of("LoraLoader") == ("ink.safetensors",)
    ServerChoices.objects.update(asked_at=Now() - KEPT)
    assert classes_of_servers() is None


@pytest.mark.usefixtures("offered")
def test_no_server_is_asked_for_nothing(deaf_url: str, settings: Settings) -> None:
    settings.COMFYUI_URLS = []
    assert not note_choices()
    settings.COMFYUI_URLS = [deaf_url]
    Workflow.objects.update(is_active=False)
    assert not note_choices()


@pytest.mark.usefixtures("offered")
def test_requests_show_what_a_worker_noted_and_ask_no_server(
    client: Client, alice: User, deaf_url: str, settings: Settings
) -> None:
    settings.COMFYUI_URLS = [deaf_url]
    choices = {kind: {name: ["a.pt", choice]} for kind, (name, choice) in MODELS.items()}
    ServerChoices.objects.create(choices=choices, asked_at=Now())
    client.force_login(alice)
    page = client.get("/create/?workflow=text-to-picture").content.decode()
    assert '<option value="dreamy.safetensors"' in page
    assert client.post("/fragments/create/", {**FORM, "prompt": ""}).status_code == 200
    assert client.post("/create/", {**FORM, "model": "dreamy.safetensors"}).status_code == 303
    assert GenerationJob.objects.get().parameters["model"] == "dreamy.safetensors"
    [shown] = [one for one in client.get("/api/v1/workflows/").json()["items"] if one["name"] == "text-to-picture"]
    assert {one["name"]: one["choices"] for one in shown["inputs"]}["model"] == ["a.pt", "dreamy.safetensors"]


def test_there_is_one_row_of_choices(db: None, violated: Violated) -> None:
    second = ServerChoices(pk=2, choices={}, asked_at=Now())
    assert violated(lambda: second.save(force_insert=True)) == "server_choices_one_row"


@pytest.mark.django_db
def test_staff_are_told_what_the_server_lacks(
    client: Client, staff: User, comfyui: LocalComfyUI, settings: Settings
) -> None:
    settings.COMFYUI_URLS = [comfyui.url]
    client.force_login(staff)
    graph = {"1": node("EmptyImage", width=8), "2": node("SaveImage", images=["1", 0]), "3": node("Mystery")}
    file = SimpleUploadedFile("graph.json", json.dumps(graph).encode())
    form = {"name": "fog", "title": "Fog", "output_type": "image", "file": file}
    response = client.post("/admin/generation/workflow/add/", form)
    said = "In node 3 (Mystery), the class Mystery is not known to this ComfyUI."
    assert dict(response.context["adminform"].form.errors) == {"file": [said]}
    assert not Workflow.objects.filter(name="fog").exists()


def test_a_comfyui_runs_the_upscale_that_ships(comfyui: LocalComfyUI, backend: ComfyUIBackend, tmp_path: Path) -> None:
    picture = tmp_path / "small.png"
    Image.new("RGB", (40, 30), "teal").save(picture)
    parameters = {"image": {"item": 1}, "scale": 1.5}
    wanted = SimpleNamespace(prompt="x", negative_prompt="", parameters=parameters)
    graph = filled(SimpleNamespace(**shipped()["upscale"]), wanted, 1)
    order = Order(uuid4(), 1, "x", "", parameters, graph, picture=picture)
    backend.submit(order)
    progress = backend.follow(order.key)
    for _ in range(200):
        if progress.state not in (State.QUEUED, State.RUNNING):
            break
        time.sleep(0.02)
        progress = backend.follow(order.key)
    assert progress.state is State.DONE, progress
    target = tmp_path / "large.png"
    with target.open("wb") as file:
        backend.fetch(order.key, progress.outputs[0], file)
    with Image.open(target) as large:
        assert large.size == (60, 45)
