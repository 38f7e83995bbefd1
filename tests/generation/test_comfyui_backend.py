"""The ComfyUI backend, rule by rule, against a server that does what a real one was seen to do."""

import io
import json
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import pytest
from PIL import Image

from generation.backends import AwayError, OutputGoneError, OutputRef, Progress, State, StuckError, UnsureError
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


def test_the_queue_is_asked_before_the_history(comfyui: LocalComfyUI, backend: ComfyUIBackend) -> None:
    attempt = order(plain())
    backend.submit(attempt)
    wait_for(lambda: str(attempt.key) in comfyui.life.history)
    comfyui.requests.clear()
    backend.follow(attempt.key)
    assert comfyui.requests == [("GET", "/queue"), ("GET", f"/history/{attempt.key}")]


def test_only_an_entry_in_the_history_ends_a_job(comfyui: LocalComfyUI, backend: ComfyUIBackend) -> None:
    comfyui.oddities.late_history_seconds = 3
    attempt = order(plain())
    backend.submit(attempt)
    states = []
    assert end_of(backend, attempt.key, lambda progress: states.append(progress.state)).state is State.DONE
    assert State.RUNNING in states and set(states[:-1]) <= {State.QUEUED, State.RUNNING}


@pytest.fixture
def hasty_backend(comfyui: LocalComfyUI) -> Iterator[ComfyUIBackend]:
    """A backend for which two looks may follow each other at once."""
    backend = ComfyUIBackend(comfyui.url, replace(QUICK, lost_seconds=0))
    yield backend
    backend.close()


@pytest.fixture
def patient_backend(comfyui: LocalComfyUI) -> Iterator[ComfyUIBackend]:
    """A backend whose two looks must be far apart."""
    backend = ComfyUIBackend(comfyui.url, replace(QUICK, lost_seconds=600))
    yield backend
    backend.close()


def test_in_neither_list_twice_is_lost_and_one_look_is_none(
    comfyui: LocalComfyUI, patient_backend: ComfyUIBackend
) -> None:
    backend = patient_backend
    attempt = order(waiting(60, 6000))
    backend.submit(attempt)
    wait_for(lambda: backend.follow(attempt.key).state is State.RUNNING)
    comfyui.die()
    with pytest.raises(AwayError, match=r"^ComfyUI cannot be reached\.$"):
        backend.follow(attempt.key)
    comfyui.start()
    assert [backend.follow(attempt.key).state for _ in range(2)] == [State.RUNNING, State.RUNNING]
    backend._limits = QUICK
    time.sleep(QUICK.lost_seconds)
    assert backend.follow(attempt.key) == Progress(State.LOST, message=GONE)


def test_after_a_restart_of_ours_the_first_look_counts_as_one(hasty_backend: ComfyUIBackend) -> None:
    key = order(None).key
    assert [hasty_backend.follow(key).state for _ in range(2)] == [State.QUEUED, State.LOST]


def test_looks_without_a_job_count_only_in_a_row(comfyui: LocalComfyUI, hasty_backend: ComfyUIBackend) -> None:
    comfyui.oddities.is_worker_dead = True
    key = order(None).key
    states = [hasty_backend.follow(key).state]
    comfyui.life.put((0, str(key), plain(), {}, ["9"]))  # as a request that was under way
    states.append(hasty_backend.follow(key).state)
    comfyui.life.delete(str(key))
    states += [hasty_backend.follow(key).state for _ in range(2)]
    assert states == [State.QUEUED, State.QUEUED, State.QUEUED, State.LOST]


def test_a_restart_of_ours_does_not_lose_a_job_that_runs(comfyui: LocalComfyUI, backend: ComfyUIBackend) -> None:
    attempt = order(waiting(0.1, 10))
    backend.submit(attempt)
    backend.close()
    reborn = ComfyUIBackend(comfyui.url, QUICK)
    progress = end_of(reborn, attempt.key)
    assert (progress.state, len(files_of(reborn, attempt.key, progress))) == (State.DONE, 1)
    reborn.close()


def test_positions_are_those_of_the_order_in_which_jobs_run(comfyui: LocalComfyUI, backend: ComfyUIBackend) -> None:
    backend.submit(order(waiting(60, 6000)))
    wait_for(lambda: comfyui.life.running)
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
    running, pending, last = order(waiting(60, 6000)), order(plain(1)), order(plain(2))
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
    attempt = order(waiting(60, 6000))
    backend.submit(attempt)
    wait_for(lambda: comfyui.life.running)
    comfyui.die_at(len(comfyui.requests) + 1)
    backend.cancel(attempt.key)  # the server is away
    assert end_of(backend, attempt.key).state is State.CANCELLED
    comfyui.oddities.answers_500 = True
    late = order(waiting(60, 6000))
    backend.cancel(late.key)  # before the server has it
    with pytest.raises(UnsureError):
        backend.submit(late)
    backend.cancel(late.key)
    assert end_of(backend, late.key).state is State.CANCELLED


def test_a_server_whose_worker_died_is_told_by_its_queue(comfyui: LocalComfyUI, backend: ComfyUIBackend) -> None:
    first, second = order(plain(kill=node("KillWorker"))), order(plain())
    backend.submit(first)
    backend.submit(second)
    with pytest.raises(StuckError, match=DEAD):
        end_of(backend, second.key)
    assert end_of(backend, first.key) == Progress(State.LOST, message=GONE)
    assert backend.is_dead
    comfyui.die()
    with pytest.raises(AwayError):
        backend.queue()
    assert not backend.is_dead


def test_a_node_that_ends_the_server_loses_the_job(comfyui: LocalComfyUI, backend: ComfyUIBackend) -> None:
    attempt = order(plain(kill=node("KillServer")))
    with suppress(UnsureError):  # it may end before its answer is sent
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
    backend.node_classes()  # so that the first request of the order is the one that sends it
    comfyui.die()
    attempt = order(plain())
    with pytest.raises(AwayError):
        backend.submit(attempt)
    with pytest.raises(AwayError):
        backend.follow(attempt.key)
    backend.cancel(attempt.key)
