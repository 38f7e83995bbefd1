"""What is made of ComfyUI's JSON: odd values, outputs of every kind, ends and errors that show no path."""

import struct
from typing import Any

import pytest

from generation.backends import OutputRef, State
from generation.backends.comfyui.answers import parsed
from generation.backends.comfyui.hints import Hint, Hints
from generation.backends.comfyui.history import ended
from generation.backends.comfyui.outputs import output_refs
from generation.backends.comfyui.queues import queue_of
from generation.backends.comfyui.sentences import failure, refusal
from generation.backends.comfyui.watching import Watchdog

FILE = {"filename": "a_00001_.png", "subfolder": "genonaut", "type": "output"}
GRAPH = {"3": {"class_type": "KSampler", "inputs": {}}}
JPEG = b"\xff\xd8\xff\xe0 a preview"


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (
            b'{"cfg": NaN, "low": -Infinity, "seed": 18446744073709551615}',
            {"cfg": None, "low": None, "seed": 2**64 - 1},
        ),
        (rb'["a\u0000b", "\ud800c", "\ud83d\ude00"]', ["ab", "c", "\N{GRINNING FACE}"]),
        (b'{"\\u0000key": "\xff"}', {"key": "\ufffd"}),
    ],
)
def test_values_that_cannot_be_stored_are_cleaned(body: bytes, value: object) -> None:
    assert parsed(body) == value


@pytest.mark.parametrize("body", [b"", b"500 Internal Server Error", b"[" * 200 + b"]" * 200, b"[" * 100_000])
def test_what_is_no_answer_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError):
        parsed(body)


@pytest.mark.parametrize(
    ("outputs", "names"),
    [
        ({"9": {"images": [FILE, FILE]}, "8": {"images": [FILE]}}, ["a_00001_.png"]),
        ({"9": {"images": [{**FILE, "type": "temp"}], "text": ["a word"], "animated": [True]}}, []),
        ({"9": {"images": [{**FILE, "type": "input"}]}}, []),
        ({"9": {"gifs": [{**FILE, "filename": "v.mp4", "format": "video/h264-mp4"}]}}, ["v.mp4"]),
        ({"9": {"audio": [{"filename": "s_00001.flac"}]}}, ["s_00001.flac"]),
        ({"9": {"images": [{**FILE, "filename": "..\\..\\x/y.png"}]}}, ["y.png"]),
        ({"9": {"images": [{**FILE, "subfolder": other} for other in ("", "b")]}}, ["a_00001_.png"] * 2),
        ({"9": {"images": [None, 3, {}, {"filename": 3}]}, "8": None, "7": {"images": "x"}}, []),
        (None, []),
    ],
)
def test_outputs_are_the_files_of_all_lists_each_once(outputs: Any, names: list[str]) -> None:
    assert [each.name for each in output_refs(outputs)] == names


def test_files_are_in_the_order_of_the_graph() -> None:
    outputs = {node: {"images": [{**FILE, "filename": f"{node}.png"}]} for node in ("10", "9", "2")}
    assert [each.name for each in output_refs(outputs, ("2", "9", "10"))] == ["2.png", "9.png", "10.png"]


def entry(word: str | None, *messages: str, outputs: Any = None) -> dict[str, Any]:
    status = {"status_str": word, "messages": [[name, {"node_id": "3"}] for name in messages]} if word else None
    return {"prompt": [0, "id", GRAPH, {}, ["9"]], "outputs": outputs or {}, "status": status}


MADE = {"9": {"images": [FILE]}}


@pytest.mark.parametrize(
    ("history", "state", "files"),
    [
        (entry("success", "execution_success", outputs=MADE), State.DONE, 1),
        (entry("success", "execution_success"), State.FAILED, 0),
        (entry("error", "execution_start", "execution_interrupted", outputs=MADE), State.CANCELLED, 1),
        (entry("error", "execution_interrupted", "execution_error", outputs=MADE), State.FAILED, 1),
        (entry("cancelled"), State.CANCELLED, 0),
        (entry(None, outputs=MADE), State.FAILED, 1),
        ({}, State.FAILED, 0),
        ("text", State.FAILED, 0),
    ],
)
def test_only_a_success_with_a_file_is_done(history: Any, state: State, files: int) -> None:
    progress = ended(history)
    assert (progress.state, len(progress.outputs)) == (state, files)
    assert ended(entry("success", outputs=MADE), {"9", "10"}).state is State.FAILED


def test_the_queue_is_read_in_the_order_in_which_jobs_run() -> None:
    pending = [[-1000, "front"], [7, "b"], [2.5, "half"], [7, "a"], ["?", "odd"], None, []]
    queue = queue_of({"queue_running": [[0, "now", {}]], "queue_pending": pending})
    assert (queue.running, queue.pending) == (("now",), ("front", "half", "a", "b", "odd"))
    assert (len(queue), "b" in queue, "c" in queue) == (6, True, False)


SECRET = "/srv/models/secret.safetensors of another prompt"


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        ({"node_id": "3", "exception_type": "ValueError"}, "ComfyUI failed in node 3 (KSampler): ValueError."),
        ({"node_id": 3, "exception_type": "a.b.Odd"}, "ComfyUI failed in node 3 (KSampler): Odd."),
        ({"node_id": "4", "exception_type": SECRET}, "ComfyUI failed in a node."),
        (
            {"node_id": "3", "exception_type": "torch.OutOfMemoryError"},
            "ComfyUI ran out of memory in node 3 (KSampler).",
        ),
        (None, "ComfyUI failed in a node."),
    ],
)
def test_a_failure_shows_nothing_of_the_server(error: Any, sentence: str) -> None:
    told = {**error, "exception_message": SECRET, "traceback": [SECRET]} if error else error
    assert failure(told, GRAPH) == sentence


def test_a_refusal_shows_nothing_of_the_server() -> None:
    odd = {"type": SECRET, "message": SECRET, "details": SECRET, "extra_info": {"input_name": SECRET}}
    known = {"type": "value_not_in_list", "details": SECRET, "extra_info": {"input_name": "sampler_name"}}
    errors = {"3": {"errors": [odd, known]}, SECRET: {"errors": None, "class_type": SECRET}}
    assert refusal({"error": odd, "node_errors": errors}, GRAPH) == (
        "In node 3 (KSampler), an input was refused. In node 3 (KSampler), sampler_name is not among the choices of"
        " this ComfyUI. In a node, an input was refused."
    )
    assert refusal({"error": odd}, GRAPH) == refusal(None, GRAPH) == "ComfyUI refused the workflow."


def frame(event: int, number: int, rest: bytes) -> bytes:
    return struct.pack(">II", event, number) + rest


METADATA = b'{"prompt_id": "mine"}'
STATES = '{"type": "progress_state", "data": {"prompt_id": "%s", "nodes": {"1": {"value": %s, "max": %s}}}}'
STARTED = '{"type": "execution_start", "data": {"prompt_id": "%s"}}'
ENDED = '{"type": "executing", "data": {"node": null, "prompt_id": "mine"}}'


@pytest.mark.parametrize(
    ("messages", "hint"),
    [
        ([STATES % ("mine", 5, 20)], Hint(0.2)),  # 5 of 25, as 24 steps and one more node are expected
        ([STATES % ("mine", 15, 100)], Hint(0.15)),
        ([STATES % ("mine", 5, 20), STATES % ("mine", 1, 20)], Hint(0.2)),
        ([STATES % ("mine", 900, 20)], Hint(0.8)),
        ([STATES % ("other", 5, 20)], Hint()),
        ([STATES % ("mine", "null", "0")], Hint(0.0)),
        ([frame(4, len(METADATA), METADATA + JPEG)], Hint(None, JPEG)),
        ([frame(4, len(METADATA), METADATA.replace(b"mine", b"them") + JPEG)], Hint()),
        ([STARTED % "mine", frame(1, 1, JPEG)], Hint(None, JPEG)),
        ([frame(1, 1, JPEG)], Hint()),  # of a job that runs for another client, or for none
        ([STARTED % "mine", STARTED % "other", frame(1, 1, JPEG)], Hint()),
        ([STARTED % "mine", ENDED, frame(1, 1, JPEG)], Hint()),
        ([STARTED % "mine", frame(1, 1, JPEG + bytes(200_000))], Hint()),
        ([STARTED % "mine", frame(1, 1, b"<svg onload=alert(1)>")], Hint()),
        (["no JSON", "[]", '{"data": 3}', b"", b"\0\0\0\4", frame(4, 2**31, b"{}"), frame(3, 0, b"text")], Hint()),
    ],
)
def test_hints_are_of_our_own_attempts_only(messages: list[str | bytes], hint: Hint) -> None:
    hints = Hints()
    hints.watch("mine", 25)
    for message in messages:
        hints.take(message)
    assert hints.of("mine") == hint
    hints.forget("mine")
    assert hints.of("mine") == Hint()


STALLED, RUNNING, EMPTY, AWAY = "waiting", "running", "empty", "away"


@pytest.mark.parametrize(
    ("looks", "is_dead"),
    [
        ([(0, STALLED), (5, STALLED), (10, STALLED)], True),
        ([(0, STALLED), (10, STALLED)], False),  # two looks may both fall between two jobs
        ([(0, STALLED), (4, STALLED), (9, STALLED)], False),
        ([(0, STALLED), (5, RUNNING), (10, STALLED), (11, STALLED)], False),
        ([(0, STALLED), (5, EMPTY), (10, STALLED), (11, STALLED)], False),
        ([(0, STALLED), (5, STALLED), (10, STALLED), (11, EMPTY)], True),  # the job was taken out
        ([(0, STALLED), (5, STALLED), (10, STALLED), (11, AWAY)], False),
        ([(0, STALLED), (5, STALLED), (10, STALLED), (11, RUNNING)], False),
        ([(0, STALLED), (5, STALLED), (10, STALLED), (70, EMPTY)], False),  # another try
    ],
)
def test_a_dead_worker_is_told_by_looks_over_seconds(looks: list[tuple[int, str]], is_dead: bool) -> None:
    watchdog = Watchdog(seconds=10, verdict_seconds=60)
    for now, seen in looks:
        if seen == AWAY:
            watchdog.start_again()
        else:
            watchdog.look(is_running=seen == RUNNING, is_waiting=seen != EMPTY, now=now)
    assert watchdog.is_dead(looks[-1][0]) == is_dead


def test_an_output_tells_its_address() -> None:
    [output] = output_refs(MADE)
    assert output == OutputRef("a_00001_.png", FILE)
