"""A job's entry in ComfyUI's history: the only sign that it has ended."""

from collections.abc import Set

from generation.backends import Progress, State
from generation.backends.comfyui.answers import mapping, sequence
from generation.backends.comfyui.outputs import output_refs
from generation.backends.comfyui.sentences import failure

GRAPH, EXECUTED = 2, 4
NO_FILE = "ComfyUI ran the workflow, which saved no file."
IN_PART = "ComfyUI ran only a part of the workflow."


def ended(entry: object, expected: Set[str] = frozenset()) -> Progress:
    """Return how a job ended, by its entry in the history.

    Status "error" stands for failed and for interrupted jobs; files that were complete by then are listed too. A
    success that saved no file is a failure, as is one that left out an output node of `expected`.
    """
    status = mapping(mapping(entry).get("status"))
    outputs = output_refs(mapping(entry).get("outputs"), tuple(mapping(_prompt_part(entry, GRAPH))))
    name, data = _last_message(status)
    if name == "execution_interrupted" or status.get("status_str") == "cancelled":
        return Progress(State.CANCELLED, outputs=outputs)
    if status.get("status_str") != "success":
        return Progress(State.FAILED, message=failure(data, _prompt_part(entry, GRAPH)), outputs=outputs)
    if not expected <= {str(node) for node in sequence(_prompt_part(entry, EXECUTED))}:
        return Progress(State.FAILED, message=IN_PART, outputs=outputs)
    return Progress(State.DONE, outputs=outputs) if outputs else Progress(State.FAILED, message=NO_FILE)


def _last_message(status: dict) -> tuple[object, object]:
    messages = sequence(status.get("messages"))
    last = sequence(messages[-1]) if messages else []
    return (last[0], last[1]) if len(last) > 1 else (None, None)


def _prompt_part(entry: object, position: int) -> object:
    """Return a part of [number, id, graph, extra data, executed outputs]."""
    prompt = sequence(mapping(entry).get("prompt"))
    return prompt[position] if len(prompt) > position else None
