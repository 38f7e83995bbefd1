"""The ComfyUI backend, rule by rule, against a server that does what a real one was seen to do."""

import io
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from generation.backends import AwayError, OutputGoneError, OutputRef, Progress, RefusedError, State, UnsureError
from generation.backends.comfyui import ComfyUIBackend
from generation.backends.comfyui.backend import DEAD, GONE
from generation.backends.comfyui.connection import OutputTooLargeError
from generation.backends.comfyui.history import NO_FILE
from media.generation_data.reading import read
from tests.comfyui import LocalComfyUI, Moment
from tests.comfyui.graphs import end_of, files_of, node, order, plain, text_to_picture, wait_for, waiting
from tests.generation.conftest import QUICK


def test_a_graph_becomes_a_file_that_our_readers_read(comfyui: LocalComfyUI, backend: ComfyUIBackend) -> None:
    graph = text_to_picture("a lighthouse at night")
    attempt = order(graph)
    backend.submit(attempt)
    progress = end_of(backend, attempt.key)
    [file] = files_of(backend, attempt.key, progress)
    reading = read(io.BytesIO(file))
    sent = json.loads(Image.open(io.BytesIO(file)).text["prompt"])
    assert progress == Progress(State.DONE, outputs=progress.outputs)
    assert progress.outputs[0].name == f"job-7-{attempt.key.hex[:12]}_00001_.png"
    assert (reading.generation.prompt, reading.generation.seed) == ("a lighthouse at night", 2**64 - 1)
    assert sent["7"]["inputs"]["filename_prefix"] == f"genonaut/job-7-{attempt.key.hex[:12]}"
    assert graph["7"]["inputs"]["filename_prefix"] == "ComfyUI"  # the order's own graph is as it was


def test_the_key_is_the_id_and_no_number_is_sent(comfyui: LocalComfyUI, backend: ComfyUIBackend) -> None:
    comfyui.oddities.is_worker_dead = True
    first, second = order(plain(1)), order(plain(2))
    backend.submit(first)
    backend.submit(second)
    places = [(item[0], item[1], item[3]["client_id"] != "") for item in sorted(comfyui.life.heap)]
    assert places == [(0, str(first.key), True), (1, str(second.key), True)]


@pytest.mark.parametrize("oddity", ["500", "time-out"])
def test_an_answer_that_is_lost_after_the_job_was_queued_is_no_loss(
    comfyui: LocalComfyUI, backend: ComfyUIBackend, oddity: str
) -> None:
    if oddity == "500":
        comfyui.oddities.answers_500 = True
    else:
        comfyui.oddities.late_answers["/prompt"] = 1.0
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
    ahead = order(waiting(0.3, 10))
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


def test_the_queue_is_asked_before_the_history(comfyui: LocalComfyUI, backend: ComfyUIBackend) -> None:
    attempt = order(plain())
    backend.submit(attempt)
    wait_for(lambda: str(attempt.key) in comfyui.life.history)
    comfyui.requests.clear()
    backend.follow(attempt.key)
    assert comfyui.requests == [("GET", "/queue"), ("GET", f"/history/{attempt.key}")]


def test_only_an_entry_in_the_history_ends_a_job(comfyui: LocalComfyUI, backend: ComfyUIBackend) -> None:
    comfyui.oddities.late_history_seconds = 0.1
    attempt = order(plain())
    backend.submit(attempt)
    states = []
    assert end_of(backend, attempt.key, lambda progress: states.append(progress.state)).state is State.DONE
    assert State.RUNNING in states and set(states[:-1]) <= {State.QUEUED, State.RUNNING}


def test_in_neither_list_twice_is_lost_and_one_look_is_none(comfyui: LocalComfyUI) -> None:
    backend = ComfyUIBackend(comfyui.url, replace(QUICK, lost_seconds=0.2))
    attempt = order(waiting(5, 500))
    backend.submit(attempt)
    wait_for(lambda: backend.follow(attempt.key).state is State.RUNNING)
    comfyui.die()
    with pytest.raises(AwayError, match=r"^ComfyUI cannot be reached\.$"):
        backend.follow(attempt.key)
    comfyui.start()
    assert [backend.follow(attempt.key).state for _ in range(2)] == [State.RUNNING, State.RUNNING]
    time.sleep(0.2)
    assert backend.follow(attempt.key) == Progress(State.LOST, message=GONE)
    backend.close()


def test_after_a_restart_of_ours_the_first_look_counts_as_one(comfyui: LocalComfyUI) -> None:
    attempt = order(plain())
    reborn = ComfyUIBackend(comfyui.url, replace(QUICK, lost_seconds=0))
    assert [reborn.follow(attempt.key).state for _ in range(2)] == [State.QUEUED, State.LOST]
    reborn.close()


def test_a_restart_of_ours_does_not_lose_a_job_that_runs(comfyui: LocalComfyUI, backend: ComfyUIBackend) -> None:
    attempt = order(waiting(0.1, 10))
    backend.submit(attempt)
    backend.close()
    reborn = ComfyUIBackend(comfyui.url, QUICK)
    progress = end_of(reborn, attempt.key)
    assert (progress.state, len(files_of(reborn, attempt.key, progress))) == (State.DONE, 1)
    reborn.close()


def test_positions_are_those_of_the_order_in_which_jobs_run(comfyui: LocalComfyUI, backend: ComfyUIBackend) -> None:
    backend.submit(order(waiting(5, 500)))
    attempts = [order(plain(color)) for color in range(6)]
    for attempt in attempts:
        backend.submit(attempt)
    backend.cancel(attempts[0].key)  # the heap is no longer in order
    assert [backend.follow(each.key).position for each in attempts[1:]] == [0, 1, 2, 3, 4]


def test_success_without_a_file_is_a_failure(comfyui: LocalComfyUI, backend: ComfyUIBackend) -> None:
    graph = {"1": plain()["1"], "2": node("PreviewImage", images=["1", 0]), "3": node("PreviewAny", source=["1", 0])}
    attempt = order(graph)
    backend.submit(attempt)
    assert end_of(backend, attempt.key) == Progress(State.FAILED, message=NO_FILE)


def test_a_failure_names_the_node_and_keeps_what_was_complete(comfyui: LocalComfyUI, backend: ComfyUIBackend) -> None:
    graph = {
        **plain(),
        "91": node("Fail", images=["1", 0], message="a prompt of others"),
        "92": node("SaveImage", images=["91", 0], filename_prefix="x"),
    }
    attempt = order(graph)
    backend.submit(attempt)
    progress = end_of(backend, attempt.key)
    assert (progress.state, progress.message) == (State.FAILED, "ComfyUI failed in node 91 (Fail): RuntimeError.")
    assert len(files_of(backend, attempt.key, progress)) == 1


def test_no_memory_is_said_in_words(comfyui: LocalComfyUI, backend: ComfyUIBackend) -> None:
    attempt = order(plain(fail=node("Fail", message="CUDA out of memory")))
    backend.submit(attempt)
    assert end_of(backend, attempt.key).message == "ComfyUI ran out of memory in node fail (Fail)."


@pytest.mark.parametrize("is_modern", [False, True])
def test_cancelling_stops_one_job_wherever_it_is(
    comfyui: LocalComfyUI, backend: ComfyUIBackend, is_modern: bool
) -> None:
    comfyui.oddities.is_modern = is_modern
    running, pending, last = order(waiting(5, 500)), order(plain(1)), order(plain(2))
    for each in (running, pending, last):
        backend.submit(each)
    wait_for(lambda: backend.follow(running.key).state is State.RUNNING)
    for _ in range(2):
        backend.cancel(pending.key)
    assert end_of(backend, pending.key).state is State.CANCELLED
    assert backend.follow(running.key).state is State.RUNNING
    backend.cancel(running.key)
    assert [end_of(backend, each.key).state for each in (running, last)] == [State.CANCELLED, State.DONE]
    backend.cancel(last.key)
    assert backend.follow(last.key).state is State.DONE  # it was done before


def test_a_request_to_cancel_is_repeated_until_it_has_effect(comfyui: LocalComfyUI, backend: ComfyUIBackend) -> None:
    attempt = order(waiting(5, 500))
    backend.submit(attempt)
    wait_for(lambda: comfyui.life.running)
    comfyui.die_at(len(comfyui.requests) + 1)
    backend.cancel(attempt.key)  # the server is away
    assert end_of(backend, attempt.key).state is State.CANCELLED
    comfyui.oddities.answers_500 = True
    late = order(waiting(5, 500))
    backend.cancel(late.key)  # before the server has it
    with pytest.raises(UnsureError):
        backend.submit(late)
    backend.cancel(late.key)
    assert end_of(backend, late.key).state is State.CANCELLED


def test_a_server_whose_worker_died_is_told_by_its_queue(comfyui: LocalComfyUI, backend: ComfyUIBackend) -> None:
    first, second = order(plain(kill=node("KillWorker"))), order(plain())
    backend.submit(first)
    backend.submit(second)
    assert end_of(backend, second.key) == Progress(State.LOST, message=DEAD)
    assert end_of(backend, first.key) == Progress(State.LOST, message=GONE)
    assert backend.is_dead
    comfyui.die()
    with pytest.raises(AwayError):
        backend.queue()
    assert not backend.is_dead


def test_a_node_that_ends_the_server_loses_the_job(comfyui: LocalComfyUI, backend: ComfyUIBackend) -> None:
    attempt = order(plain(kill=node("KillServer")))
    backend.submit(attempt)
    wait_for(lambda: not comfyui.is_alive)
    comfyui.start()
    assert end_of(backend, attempt.key).state is State.LOST


def test_a_ghost_is_gone(comfyui: LocalComfyUI, backend: ComfyUIBackend) -> None:
    comfyui.oddities.deletes_files = True
    attempt = order(plain())
    backend.submit(attempt)
    progress = end_of(backend, attempt.key)
    assert progress.state is State.DONE
    with pytest.raises(OutputGoneError, match=r"^ComfyUI no longer has the file that it listed\.$"):
        files_of(backend, attempt.key, progress)


def test_a_second_attempt_of_a_job_writes_a_file_of_its_own(comfyui: LocalComfyUI, backend: ComfyUIBackend) -> None:
    names = []
    for _ in range(2):
        attempt = order(plain())
        backend.submit(attempt)
        names.append(end_of(backend, attempt.key).outputs[0].name)
    assert len(set(names)) == 2  # of one graph ComfyUI's cache would give the first file again


def test_all_files_of_a_job_are_listed_once(comfyui: LocalComfyUI, backend: ComfyUIBackend) -> None:
    graph = {
        "1": node("EmptyImage", width=8, height=8, batch_size=3, color=0),
        "2": node("SaveImage", images=["1", 0], filename_prefix="x"),
        "3": node("SaveImage", images=["1", 0], filename_prefix="y"),
        "4": node("PreviewImage", images=["1", 0]),
        "5": node(
            "SaveAnimatedWEBP",
            images=["1", 0],
            filename_prefix="z",
            fps=6.0,
            lossless=True,
            quality=80,
            method="default",
        ),
    }
    attempt = order(graph)
    backend.submit(attempt)
    progress = end_of(backend, attempt.key)
    assert [each.name[-10:] for each in progress.outputs] == ["00001_.png", "00002_.png", "00003_.png", "0004_.webp"]
    assert [file[:4] for file in files_of(backend, attempt.key, progress)] == [b"\x89PNG"] * 3 + [b"RIFF"]


ADDRESS = {"type": "output", "subfolder": "", "filename": "big.png"}


def test_a_file_over_the_limit_is_not_stored(comfyui: LocalComfyUI, backend: ComfyUIBackend) -> None:
    (comfyui.root / "output" / "big.png").write_bytes(bytes(QUICK.output_bytes + 1))
    target = io.BytesIO(b"before")
    target.seek(0, io.SEEK_END)
    with pytest.raises(OutputTooLargeError):
        backend.fetch(order(None).key, OutputRef("big.png", ADDRESS), target)
    assert target.getvalue() == b"before"


@pytest.mark.parametrize("moment", list(Moment))
def test_a_download_that_breaks_can_be_begun_again(
    comfyui: LocalComfyUI, backend: ComfyUIBackend, moment: Moment
) -> None:
    content = bytes(range(256)) * 2000
    (comfyui.root / "output" / "big.png").write_bytes(content)
    comfyui.die_at(1, moment)
    target = io.BytesIO()
    with pytest.raises(AwayError):
        backend.fetch(order(None).key, OutputRef("big.png", ADDRESS), target)
    assert target.getvalue() == b""
    wait_for(lambda: comfyui.is_alive)
    backend.fetch(order(None).key, OutputRef("big.png", ADDRESS), target)
    assert target.getvalue() == content


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


@pytest.mark.parametrize("status", [301, 401, 403, 404, 503])
def test_a_proxy_that_refuses_took_nothing(comfyui: LocalComfyUI, backend: ComfyUIBackend, status: int) -> None:
    comfyui.oddities.statuses["/prompt"] = status
    with pytest.raises(AwayError, match=rf"^ComfyUI answered with status {status}\.$"):
        backend.submit(order(plain()))


@pytest.mark.parametrize("path", ["/queue", "/object_info", "/history"])
def test_text_in_place_of_json_is_a_server_that_is_away(
    comfyui: LocalComfyUI, backend: ComfyUIBackend, path: str
) -> None:
    comfyui.oddities.statuses[path] = 500
    with pytest.raises(AwayError):
        if path == "/object_info":
            backend.submit(order(plain()))
        backend.follow(order(None).key)


def test_no_server_is_a_server_that_is_away(comfyui: LocalComfyUI, backend: ComfyUIBackend) -> None:
    comfyui.die()
    attempt = order(plain())
    with pytest.raises(AwayError):
        backend.submit(attempt)
    with pytest.raises(AwayError):
        backend.follow(attempt.key)
    backend.cancel(attempt.key)
