"""Workflows and a ComfyUI: what it has, and that it runs what is filled in."""

import json
import time
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from pytest_django.fixtures import Settings

from generation.backends import Order, State
from generation.backends.comfyui import ComfyUIBackend
from generation.models import Workflow
from generation.workflow_servers import classes_of_servers
from generation.workflows import filled
from generation.workflows.shipped import shipped
from tests.comfyui import LocalComfyUI
from tests.generation.graphs import node
from users.models import User


def test_the_first_server_that_answers_is_asked_once_a_minute(comfyui: LocalComfyUI, settings: Settings) -> None:
    settings.COMFYUI_URLS = ["http://127.0.0.1:1", comfyui.url]
    classes = classes_of_servers()
    assert classes["SaveImage"].is_output
    assert classes_of_servers() is classes
    assert [path for _, path in comfyui.requests] == ["/object_info"]
    assert classes_of_servers(is_fresh=True) == classes
    assert len(comfyui.requests) == 2
    settings.COMFYUI_URLS = ["http://127.0.0.1:1"]
    assert classes_of_servers() is None
    settings.COMFYUI_URLS = []
    assert classes_of_servers() is None


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
