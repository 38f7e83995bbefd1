"""The ComfyUI of our tests does what a real 0.3.64 was seen to do: each case was run against that as well."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from websockets.sync.client import ClientConnection, connect

from tests.comfyui import LocalComfyUI
from tests.comfyui.graphs import Graph, node, plain, wait_for


@pytest.fixture
def client(comfyui_url: str) -> Iterator[httpx.Client]:
    """A client without any of our caution."""
    with httpx.Client(base_url=comfyui_url, trust_env=False) as client:
        yield client


def post(client: httpx.Client, graph: Any, **more: Any) -> httpx.Response:
    return client.post("/prompt", content=json.dumps({"prompt": graph, **more}))


def ran(client: httpx.Client, graph: Graph, **more: Any) -> dict[str, Any]:
    """Run a graph, and return its entry in the history."""
    prompt_id = post(client, graph, **more).json()["prompt_id"]
    wait_for(lambda: client.get(f"/history/{prompt_id}").json())
    return client.get(f"/history/{prompt_id}").json()[prompt_id]


def with_size(**size: Any) -> Graph:
    return plain() | {"1": node("EmptyImage", **{"width": 8, "height": 8, "batch_size": 1, "color": 0, **size})}


@pytest.mark.parametrize(
    ("graph", "status", "kind"),
    [
        ({}, 400, "prompt_no_outputs"),
        ({"1": plain()["1"]}, 400, "prompt_no_outputs"),
        ({"1": node("Frobnicate")}, 400, "invalid_prompt"),
        ({"1": {"inputs": {}}}, 400, "invalid_prompt"),
        (with_size(width=0), 400, "value_smaller_than_min"),
        (with_size(width=99_999), 400, "value_bigger_than_max"),
        (with_size(width="x"), 400, "invalid_input_type"),
        (with_size(width=float("nan")), 400, "invalid_input_type"),
        (plain() | {"9": node("SaveImage", images=["1", 0])}, 400, "required_input_missing"),
        (plain() | {"9": node("SaveImage", images=["5", 0], filename_prefix="x")}, 400, "exception_during_validation"),
        ([], 400, "prompt_no_outputs"),
        (["1"], 500, None),
    ],
)
def test_a_refusal_has_the_shape_of_the_real_one(
    client: httpx.Client, comfyui: LocalComfyUI, graph: Any, status: int, kind: str | None
) -> None:
    answer = post(client, graph)
    assert answer.status_code == status
    if kind is None:
        comfyui.faults.clear()
        assert answer.headers["Content-Type"].startswith("text/plain")
        return
    body = answer.json()
    kinds = {error["type"] for node_errors in body["node_errors"].values() for error in node_errors["errors"]}
    assert kind in kinds | {body["error"]["type"]}
    assert ("NaN" in answer.text) == ("nan" in str(graph))


def test_values_are_converted_in_place(client: httpx.Client) -> None:
    entry = ran(client, with_size(width="8", height=8.9))
    assert [entry["prompt"][2]["1"]["inputs"][name] for name in ("width", "height")] == [8, 8]


def test_the_same_graph_gives_the_same_file_although_it_is_gone(client: httpx.Client) -> None:
    graph = plain(uuid4().int % 2**24)
    files = [ran(client, graph)["outputs"]["9"]["images"] for _ in range(2)]
    assert files[0] == files[1]
    other = ran(client, {**graph, "9": node("SaveImage", images=["1", 0], filename_prefix=uuid4().hex)})
    assert other["outputs"]["9"]["images"] != files[0]


def test_an_unknown_job_is_an_empty_answer(client: httpx.Client) -> None:
    answers = [
        client.get(f"/history/{uuid4()}"),
        client.get("/history?max_items=0"),
        client.get("/object_info/Frobnicate"),
    ]
    assert [(answer.status_code, answer.json()) for answer in answers] == [(200, {})] * 3
    assert client.post("/queue", json={"delete": [str(uuid4())]}).content == b""
    assert client.post("/interrupt", json={"prompt_id": str(uuid4())}).status_code == 200
    assert [client.post("/api/jobs/x/cancel").status_code, client.get("/api/jobs").status_code] == [405, 404]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"filename": "missing.png"}, 404),
        ({"filename": "a..b.png"}, 400),
        ({"filename": "/etc/hostname"}, 400),
        ({"filename": "a.png", "subfolder": ".."}, 403),
        ({}, 404),
    ],
)
def test_files_are_refused_by_status(client: httpx.Client, query: dict[str, str], status: int) -> None:
    assert client.get("/view", params=query).status_code == status


def test_uploads_are_named_again_only_for_other_bytes(client: httpx.Client) -> None:
    name = f"{uuid4().hex}.png"
    stored = [
        client.post("/upload/image", files={"image": (name, data)}, data={"subfolder": "s"}).json()
        for data in (b"one\r\n\x85", b"one\r\n\x85", b"two")
    ]
    stem = name.removesuffix(".png")
    assert [each["name"] for each in stored] == [name, name, f"{stem} (1).png"]
    assert stored[0] == {"name": name, "subfolder": "s", "type": "input"}
    view = client.get("/view", params={"filename": name, "subfolder": "s", "type": "input"})
    assert view.content == b"one\r\n\x85"


def events(socket: ClientConnection, prompt_id: str, *, awaited: str = "") -> list[str]:
    """Return the names of a job's events: once the one that is awaited is there, until none comes for a while."""
    names = []
    try:
        while True:
            message = json.loads(socket.recv(timeout=20 if awaited and awaited not in names else 3))
            names += [message["type"]] if message["data"].get("prompt_id") == prompt_id else []
    except TimeoutError:
        return names


def test_a_socket_whose_older_twin_closes_is_deaf(
    client: httpx.Client, comfyui: LocalComfyUI, comfyui_url: str
) -> None:
    client_id = uuid4().hex
    address = f"{comfyui_url.replace('http', 'ws')}/ws?clientId={client_id}"
    older = connect(address, legacy=True)
    with connect(address) as newer:
        prompt_id = str(uuid4())
        ran(client, with_size(width=9, color=1), client_id=client_id, prompt_id=prompt_id)
        heard = events(newer, prompt_id, awaited="execution_success")
        assert (heard[0], heard[-2:]) == ("execution_start", ["execution_success", "executing"])
        older.close()
        wait_for(lambda: client_id not in comfyui.life.hub.sockets)
        prompt_id = str(uuid4())
        ran(client, with_size(width=10, color=1), client_id=client_id, prompt_id=prompt_id)
        assert events(newer, prompt_id) == []


def test_a_job_without_a_client_is_told_to_all_in_part(client: httpx.Client, comfyui_url: str) -> None:
    with connect(f"{comfyui_url.replace('http', 'ws')}/ws?clientId={uuid4().hex}") as socket:
        prompt_id = str(uuid4())
        ran(client, with_size(width=11, color=2), prompt_id=prompt_id)
        assert set(events(socket, prompt_id, awaited="progress_state")) == {"progress_state"}
