"""Sending an order to ComfyUI: what is refused and why, names, pictures to start from, and answers that are lost."""

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from generation.backends import AwayError, RefusedError, State, UnsureError
from generation.backends.comfyui import ComfyUIBackend
from tests.comfyui import LocalComfyUI
from tests.comfyui.graphs import end_of, files_of, node, order, plain, text_to_picture, waiting
from tests.generation.conftest import QUICK


@pytest.fixture
def hasty_backend(comfyui: LocalComfyUI) -> Iterator[ComfyUIBackend]:
    """A backend that soon gives up an answer."""
    backend = ComfyUIBackend(comfyui.url, replace(QUICK, read_seconds=4))
    yield backend
    backend.close()


@pytest.mark.parametrize("oddity", ["500", "time-out"])
def test_an_answer_that_is_lost_after_the_job_was_queued_is_no_loss(
    comfyui: LocalComfyUI, backend: ComfyUIBackend, hasty_backend: ComfyUIBackend, oddity: str
) -> None:
    if oddity == "500":
        comfyui.oddities.answers_500 = True
    else:
        comfyui.oddities.late_answers["/prompt"] = 8.0
        backend = hasty_backend
    attempt = order(plain())
    with pytest.raises(UnsureError):
        backend.submit(attempt)
    assert end_of(backend, attempt.key).state is State.DONE
    assert comfyui.life.started == [str(attempt.key)]


def test_a_job_taken_in_part_while_its_answer_was_lost_has_failed(
    comfyui: LocalComfyUI, backend: ComfyUIBackend
) -> None:
    graph = {**plain(), "8": node("SaveImage", images=["1", 0])}
    graph["8"]["inputs"] |= {"images": ["7", 0], "filename_prefix": "x"}
    graph["7"] = node("EmptyImage", width=0, height=1, batch_size=1, color=0)
    comfyui.oddities.answers_500 = True
    attempt = order(graph)
    with pytest.raises(UnsureError):
        backend.submit(attempt)
    progress = end_of(backend, attempt.key)
    assert (progress.state, progress.message) == (State.FAILED, "ComfyUI ran only a part of the workflow.")


def test_a_graph_that_is_accepted_in_part_is_refused_and_cancelled(
    comfyui: LocalComfyUI, backend: ComfyUIBackend
) -> None:
    ahead = order(waiting(3, 30))
    backend.submit(ahead)
    graph = {
        **plain(),
        "7": node("EmptyImage", width=0, height=1, batch_size=1, color=0),
        "8": node("SaveImage", images=["7", 0], filename_prefix="x"),
    }
    with pytest.raises(RefusedError, match=r"In node 7 \(EmptyImage\), width is too small\."):
        backend.submit(order(graph))
    assert end_of(backend, ahead.key).state is State.DONE
    assert comfyui.life.started == [str(ahead.key)]


REFUSALS = {
    "too small": (
        plain() | {"1": node("EmptyImage", width=0, height="x", batch_size=1, color=0)},
        "In node 1 (EmptyImage), width is too small. In node 1 (EmptyImage), height is of a wrong type.",
    ),
    "missing": (
        {"1": node("EmptyImage", width=1), "9": node("SaveImage", images=["1", 0], filename_prefix="x")},
        "In node 1 (EmptyImage), height is missing. In node 1 (EmptyImage), batch_size is missing."
        " In node 1 (EmptyImage), color is missing.",
    ),
    "wrong link": (
        {"1": node("CheckpointLoaderSimple", ckpt_name="dreamy.safetensors"), "9": plain()["9"]},
        "In node 9 (SaveImage), images is linked to an output of another type.",
    ),
    "dangling link": (plain() | {"9": node("SaveImage", images=["5", 0])}, None),
    "no output": ({"1": plain()["1"]}, "The workflow has no node that saves a file."),
    "no class": ({"1": {"inputs": {}}}, "The workflow is no graph in ComfyUI's API format."),
    "no inputs": ({"1": {"class_type": "EmptyImage"}}, "The workflow is no graph in ComfyUI's API format."),
    "the editor's format": ({"nodes": [], "links": []}, "The workflow is no graph in ComfyUI's API format."),
    "nothing": (None, "The workflow is no graph in ComfyUI's API format."),
    "NaN": (plain() | {"1": node("EmptyImage", width=float("nan"))}, "The workflow has a value that cannot be sent."),
    "cycle": (
        {
            "1": node("ImageScaleBy", image=["2", 0], upscale_method="area", scale_by=1.0),
            "2": node("ImageScaleBy", image=["1", 0], upscale_method="area", scale_by=1.0),
            "9": node("SaveImage", images=["1", 0], filename_prefix="x"),
        },
        "ComfyUI refused the workflow.",
    ),
    "unknown class": (
        plain(other=node("Frobnicate")),
        "This ComfyUI has no node class “Frobnicate”.",
    ),
    "unknown model": (
        text_to_picture(model="lost.safetensors"),
        "In node 1 (CheckpointLoaderSimple), this ComfyUI has no ckpt_name “lost.safetensors”.",
    ),
    "unknown model of a new node": (
        {
            "1": plain()["1"],
            "2": node("UpscaleModelLoader", model_name="8x.pth"),
            "3": node("ImageUpscaleWithModel", upscale_model=["2", 0], image=["1", 0]),
            "9": node("SaveImage", images=["3", 0], filename_prefix="x"),
        },
        "In node 2 (UpscaleModelLoader), this ComfyUI has no model_name “8x.pth”.",
    ),
    "no picture": (
        {"1": node("LoadImage", image="{picture}"), "9": plain()["9"]},
        "The workflow needs a picture to start from.",
    ),
}


@pytest.mark.parametrize("is_modern", [False, True])
@pytest.mark.parametrize("case", REFUSALS)
def test_a_refusal_says_what_is_wrong_and_shows_no_path(
    comfyui: LocalComfyUI, backend: ComfyUIBackend, case: str, is_modern: bool
) -> None:
    comfyui.oddities.is_modern = is_modern
    graph, sentence = REFUSALS[case]
    attempt = order(graph)
    with pytest.raises(RefusedError) as refusal:
        backend.submit(attempt)
    assert sentence is None or str(refusal.value) == sentence
    assert "/srv" not in str(refusal.value)
    assert comfyui.life.started == []


def test_names_are_asked_for_once_a_minute_and_again_before_a_refusal(
    comfyui: LocalComfyUI, backend: ComfyUIBackend
) -> None:
    backend.submit(order(text_to_picture()))
    backend.submit(order(text_to_picture()))
    assert comfyui.requests.count(("GET", "/object_info")) == 1
    comfyui.kinds["CheckpointLoaderSimple"].inputs["ckpt_name"][0].append("new.safetensors")
    try:
        backend.submit(order(text_to_picture(model="new.safetensors")))
    finally:
        comfyui.kinds["CheckpointLoaderSimple"].inputs["ckpt_name"][0].remove("new.safetensors")
    assert comfyui.requests.count(("GET", "/object_info")) == 2


def test_a_name_matters_only_where_an_output_needs_it(comfyui: LocalComfyUI, backend: ComfyUIBackend) -> None:
    attempt = order({**plain(), "5": node("CheckpointLoaderSimple", ckpt_name="lost.safetensors")})
    backend.submit(attempt)
    assert end_of(backend, attempt.key).state is State.DONE


def test_a_server_that_gives_ids_of_its_own_is_refused(comfyui: LocalComfyUI, backend: ComfyUIBackend) -> None:
    comfyui.oddities.ignores_prompt_ids = comfyui.oddities.is_worker_dead = True
    with pytest.raises(RefusedError, match="must be brought up to date"):
        backend.submit(order(plain()))
    assert comfyui.life.heap == []


@pytest.fixture
def picture(tmp_path: Path) -> Iterator[Path]:
    """A picture to start from."""
    path = tmp_path / "Straße [output].PNG"
    Image.new("RGB", (20, 10), "teal").save(path)
    yield path


def test_a_picture_is_uploaded_once_and_read_by_its_name_there(
    comfyui: LocalComfyUI, backend: ComfyUIBackend, picture: Path
) -> None:
    graph = {"1": node("LoadImage", image="{picture}"), "9": node("SaveImage", images=["1", 0], filename_prefix="x")}
    for _ in range(2):
        attempt = order(graph, picture=picture)
        backend.submit(attempt)
        [file] = files_of(backend, attempt.key, end_of(backend, attempt.key))
    [stored] = (comfyui.root / "input" / "genonaut").iterdir()
    assert stored.read_bytes() == picture.read_bytes()
    assert Image.open(io.BytesIO(file)).getpixel((0, 0)) == (0, 128, 128)


def test_a_picture_that_cannot_be_read_or_sent_is_refused(
    comfyui: LocalComfyUI, backend: ComfyUIBackend, picture: Path
) -> None:
    graph = {"1": node("LoadImage", image="{picture}"), "9": node("SaveImage", images=["1", 0], filename_prefix="x")}
    with pytest.raises(RefusedError, match=r"^The picture to start from cannot be read\.$"):
        backend.submit(order(graph, picture=picture.parent / "none.png"))
    comfyui.oddities.statuses["/upload"] = 413
    with pytest.raises(RefusedError, match=r"^The picture to start from is too large for this ComfyUI\.$"):
        backend.submit(order(graph, picture=picture))
    comfyui.oddities.statuses["/upload"] = 500
    with pytest.raises(AwayError):
        backend.submit(order(graph, picture=picture))


@pytest.mark.parametrize("status", [301, 401, 403, 404, 503])
def test_a_proxy_that_refuses_took_nothing(comfyui: LocalComfyUI, backend: ComfyUIBackend, status: int) -> None:
    comfyui.oddities.statuses["/prompt"] = status
    with pytest.raises(AwayError, match=rf"^ComfyUI answered with status {status}\.$"):
        backend.submit(order(plain()))
