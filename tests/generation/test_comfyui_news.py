"""The websocket: progress and previews while it lives, and nothing that depends on it."""

import time
from uuid import uuid4

import httpx
import pytest

from generation.backends import Progress, State
from generation.backends.comfyui import ComfyUIBackend, news
from generation.backends.comfyui.hints import Hints
from tests.comfyui import LocalComfyUI
from tests.comfyui.graphs import end_of, node, order, plain, text_to_picture, wait_for, waiting

SAMPLING_STEPS = 40


def slow_sampling() -> dict:
    """Return a graph that samples, and then waits, so that what was told can be seen."""
    graph = text_to_picture(steps=SAMPLING_STEPS)
    return {
        **graph,
        "7": node("Wait", images=["6", 0], seconds=2, ticks=40),
        "8": node("SaveImage", images=["7", 0], filename_prefix="x"),
    }


def test_progress_and_previews_come_by_the_socket(comfyui: LocalComfyUI, backend: ComfyUIBackend) -> None:
    attempt = order(slow_sampling(), steps=SAMPLING_STEPS)
    seen: list[Progress] = []
    # What is told before the socket is there, and has said what it understands, is told to none.
    backend._news.start()
    wait_for(lambda: any(socket.supports_metadata for socket in list(comfyui.life.hub.sockets.values())))
    backend.submit(attempt)
    end_of(backend, attempt.key, seen.append)
    fractions = [each.fraction for each in seen if each.fraction is not None]
    assert fractions == sorted(fractions)
    assert fractions[-1] > 0.8
    assert any((each.preview or b"").startswith(b"\xff\xd8\xff") for each in seen)


def test_jobs_of_others_are_not_heard(comfyui: LocalComfyUI, backend: ComfyUIBackend) -> None:
    ahead = {"prompt": slow_sampling(), "prompt_id": str(uuid4())}  # without a client's id it is told to all
    backend.submit(order(plain(1)))
    wait_for(lambda: comfyui.life.history)
    httpx.post(f"{comfyui.url}/prompt", json=ahead)
    attempt = order(plain(2))
    backend.submit(attempt)
    seen: list[Progress] = []
    end_of(backend, attempt.key, seen.append)
    assert [each for each in seen if each.state is State.QUEUED and (each.fraction or each.preview)] == []
    assert {each.preview for each in seen} == {None}


@pytest.mark.parametrize("is_silent", [True, False])
def test_a_job_ends_without_the_socket(comfyui: LocalComfyUI, backend: ComfyUIBackend, is_silent: bool) -> None:
    comfyui.oddities.are_sockets_silent = is_silent
    if not is_silent:
        backend._news._stopping.set()
    attempt = order(waiting(0.05, 5))
    backend.submit(attempt)
    seen: list[Progress] = []
    assert end_of(backend, attempt.key, seen.append).state is State.DONE
    assert {each.fraction for each in seen} == {None}


def test_after_a_restart_of_the_server_the_socket_has_a_new_id(comfyui: LocalComfyUI, backend: ComfyUIBackend) -> None:
    first = order(plain(1))
    backend.submit(first)
    end_of(backend, first.key)
    [old_id] = comfyui.life.hub.sockets
    comfyui.die()
    comfyui.start()
    wait_for(lambda: comfyui.life.hub.sockets)
    [new_id] = comfyui.life.hub.sockets
    assert new_id != old_id
    attempt = order(slow_sampling(), steps=SAMPLING_STEPS)
    wait_for(lambda: backend._news.client_id == new_id)
    backend.submit(attempt)
    seen: list[Progress] = []
    assert end_of(backend, attempt.key, seen.append).state is State.DONE
    assert any(each.fraction for each in seen)


def test_closing_ends_the_socket_and_its_thread(comfyui: LocalComfyUI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(news, "CLOSE_SECONDS", 300)  # for a server that says no more
    backend = ComfyUIBackend(comfyui.url)
    backend.submit(order(slow_sampling()))
    started = time.monotonic()
    backend.close()
    assert not backend._news._thread.is_alive()
    wait_for(lambda: comfyui.life.hub.sockets == {})
    assert time.monotonic() - started < 100


@pytest.mark.parametrize("number", ["1e308", "1" + "0" * 400, "-1e308", "true"])
def test_steps_of_any_number_give_a_fraction(number: str) -> None:
    hints = Hints()
    hints.watch("a", 2)
    nodes = ", ".join(f'"{node}": {{"value": {number}, "max": {number}}}' for node in (1, 2))
    hints.take(f'{{"type": "progress_state", "data": {{"prompt_id": "a", "nodes": {{{nodes}}}}}}}')
    assert 0 <= hints.of("a").fraction <= 1
