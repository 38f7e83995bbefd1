"""Several servers: the least busy one that has the models, found again by its name."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from generation.backends import AwayError, RefusedError, State, StuckError
from generation.backends.comfyui import ComfyUIBackend, ComfyUIServers
from tests.comfyui import LocalComfyUI
from tests.comfyui.graphs import end_of, node, order, plain, text_to_picture, waiting
from tests.generation.conftest import QUICK


@pytest.fixture
def other(tmp_path: Path) -> Iterator[LocalComfyUI]:
    """A second server, with a model of its own."""
    with LocalComfyUI(tmp_path / "other", models={"checkpoints": ["rare.safetensors"]}) as server:
        yield server


@pytest.fixture
def servers(comfyui: LocalComfyUI, other: LocalComfyUI) -> Iterator[ComfyUIServers]:
    """Both."""
    servers = ComfyUIServers([comfyui.url, other.url], QUICK)
    yield servers
    servers.close()


def test_the_least_busy_server_is_chosen_and_found_again(
    comfyui: LocalComfyUI, other: LocalComfyUI, servers: ComfyUIServers
) -> None:
    attempts = [order(waiting(3, 30)) for _ in range(2)]
    names = []
    for attempt in attempts:
        backend = servers.choose(attempt)
        backend.submit(attempt)
        names.append(backend.name)
    assert names == [f"comfyui {comfyui.url}", f"comfyui {other.url}"]
    assert [end_of(servers.named(name), each.key).state for name, each in zip(names, attempts, strict=True)] == [
        State.DONE
    ] * 2
    assert servers.named("comfyui http://127.0.0.1:1") is None


def test_a_server_that_lacks_the_models_is_not_chosen(comfyui: LocalComfyUI, servers: ComfyUIServers) -> None:
    assert servers.choose(order(text_to_picture(model="rare.safetensors"))).name != f"comfyui {comfyui.url}"
    nowhere = order(text_to_picture(model="lost.safetensors"))
    with pytest.raises(RefusedError, match=r"has no ckpt_name “lost\.safetensors”"):
        servers.choose(nowhere).submit(nowhere)
    with pytest.raises(RefusedError):
        servers.choose(order(None))


def test_a_server_is_chosen_by_the_names_that_a_job_does_not_leave_to_it(
    comfyui: LocalComfyUI, other: LocalComfyUI
) -> None:
    graph = text_to_picture(model="lost.safetensors")
    strengths = {"strength_model": 1.0, "strength_clip": 1.0}
    graph["8"] = node("LoraLoader", model=["1", 0], clip=["1", 1], lora_name="ink.safetensors", **strengths)
    graph["5"]["inputs"]["model"] = ["8", 0]
    wanted = replace(order(graph), choices_left=[("1", "ckpt_name")])
    with closing(ComfyUIServers([other.url, comfyui.url], QUICK)) as servers:
        backend = servers.choose(wanted)
        backend.submit(wanted)
        assert (backend.name, end_of(backend, wanted.key).state) == (f"comfyui {comfyui.url}", State.DONE)


def test_servers_that_are_away_or_run_nothing_are_not_chosen(
    comfyui: LocalComfyUI, other: LocalComfyUI, servers: ComfyUIServers
) -> None:
    comfyui.die()
    assert servers.choose(order(plain())).name == f"comfyui {other.url}"
    other.oddities.is_worker_dead = True
    attempt = order(plain())
    servers.choose(attempt).submit(attempt)
    with pytest.raises(StuckError):
        end_of(servers.named(f"comfyui {other.url}"), attempt.key)
    with pytest.raises(AwayError):
        servers.choose(order(plain()))
    other.die()
    with pytest.raises(AwayError):
        servers.choose(order(plain()))
    other.oddities.is_worker_dead = False
    other.start()
    assert servers.choose(order(plain())).name == f"comfyui {other.url}"


@pytest.mark.parametrize("url", ["", "comfy:8188", "ftp://comfy", "http://", "http://host:port", "/path"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="the address of a ComfyUI"):
        ComfyUIServers([url])


def test_a_password_is_sent_and_not_named() -> None:
    backend = ComfyUIBackend("https://anna:secret@comfy.example/gpu/")
    assert backend.name == "comfyui https://comfy.example/gpu"
    assert backend._news._url == "wss://comfy.example/gpu/ws"
    assert backend._news._headers["Authorization"].startswith("Basic ")
    backend.close()
