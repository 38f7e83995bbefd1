"""What a job leaves open is what its server has: a ComfyUI with another checkpoint than the workflows name."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from generation import claims
from generation.automatic import make_variants
from generation.backends.choosing import BACKENDS
from generation.backends.comfyui.backend import Limits
from generation.backends.comfyui.servers import ComfyUIServers
from generation.models import AutomaticWorks, GenerationJob, Workflow
from generation.performing import perform
from generation.workflows.shipped import write_shipped
from tests.comfyui import LocalComfyUI
from tests.factories import GenerationDataFactory, MediaFileFactory, UserFactory
from tests.generation.test_automatic import liked
from users.models import User

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("own_folders", "own_checkpoint")]
WORKFLOWS, JOBS = "/api/v1/workflows/", "/api/v1/generation-jobs/"
OTHER = "other.safetensors"
LORA = [{"name": "ink.safetensors", "weight": 0.5}]


@pytest.fixture
def own_checkpoint(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A ComfyUI with one checkpoint, which no workflow that ships names."""
    models = {"checkpoints": [OTHER], "loras": ["ink.safetensors"]}
    with LocalComfyUI(tmp_path / "comfyui", models=models) as server:
        settings.COMFYUI_URLS = [server.url]
        write_shipped(Workflow.objects.all())  # tests that commit empty the tables
        with closing(ComfyUIServers(settings.COMFYUI_URLS, Limits(read_seconds=60))) as servers:
            monkeypatch.setattr(BACKENDS, "_servers", lambda: servers)
            yield


@pytest.mark.parametrize("more", [{}, {"loras": LORA}, {"model": OTHER}], ids=["nothing", "a LoRA", "the model"])
def test_a_job_that_names_no_model_has_the_one_that_is_called_the_default(
    api: APIClient, alice: User, more: dict[str, object]
) -> None:
    api.force_login(alice)
    [offered] = [each for each in api.get(WORKFLOWS).json()["items"] if each["name"] == "text-to-picture"]
    [model] = [each for each in offered["inputs"] if each["name"] == "model"]
    assert (model["default"], model["is_required"]) == (OTHER, False)
    parameters = {"width": 64, "height": 64, "steps": 1, **more}
    answer = api.post(JOBS, {"prompt": "fog", "workflow": "text-to-picture", "parameters": parameters})
    assert answer.json()["parameters"].get("model") == more.get("model")
    assert perform(claims.claim("here")) == "completed"
    work = GenerationJob.objects.get().result
    assert work.generation.model.name == "other"


def test_a_job_that_names_a_model_that_is_not_there_fails(api: APIClient, alice: User) -> None:
    api.force_login(alice)
    body = {"prompt": "fog", "workflow": "text-to-picture", "parameters": {"model": "sd_xl_base_1.0.safetensors"}}
    api.post(JOBS, body)
    assert "this ComfyUI has no ckpt_name" in perform(claims.claim("here"))


def test_automatic_works_are_made_with_the_model_that_is_there() -> None:
    workflow = Workflow.objects.get(name="text-to-picture")
    account = UserFactory(username="painter")
    AutomaticWorks.objects.create(is_on=True, account=account, likes_needed=1, workflow=workflow)
    generation = GenerationDataFactory(media_file=MediaFileFactory(width=64, height=64))
    liked(1, media_file=generation.media_file, generation=generation)
    assert make_variants() == 1
    assert perform(claims.claim("here")) == "completed"
    assert GenerationJob.objects.get().result.generation.model.name == "other"
