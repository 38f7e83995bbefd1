"""Sentences about refusals and failures, made of our own words and of the job's own graph.

ComfyUI's messages are never passed on: they show paths of its machine, tracebacks, and the prompts of other jobs.
"""

import re
from collections.abc import Mapping

from generation.backends.comfyui.answers import mapping, sequence

MAX_FAULTS = 3
NAME_LENGTH = 60
PLAIN_NAME = re.compile(r"[\w.]{1,80}", re.ASCII)
REQUEST_FAULTS = {
    "prompt_no_outputs": "The workflow has no node that saves a file.",
    "invalid_prompt": "The workflow has a node without a class, or of a class that this ComfyUI does not know.",
    "missing_node_type": "The workflow has a node that this ComfyUI does not know.",
    "invalid_prompt_id": "ComfyUI refused the job's id.",
}
NODE_FAULTS = {
    "required_input_missing": "is missing",
    "value_smaller_than_min": "is too small",
    "value_bigger_than_max": "is too large",
    "value_not_in_list": "is not among the choices of this ComfyUI",
    "invalid_input_type": "is of a wrong type",
    "return_type_mismatch": "is linked to an output of another type",
    "bad_linked_input": "has a broken link",
    "custom_validation_failed": "was refused by the node",
    "exception_during_inner_validation": "is linked to a node that cannot be checked",
}


def refusal(body: object, graph: Mapping[str, object]) -> str:
    """Return a sentence on why ComfyUI refused a graph, or some of its outputs."""
    faults = _node_faults(mapping(mapping(body).get("node_errors")), graph)
    if faults:
        return " ".join(faults[:MAX_FAULTS])
    kind = mapping(mapping(body).get("error")).get("type")
    return REQUEST_FAULTS.get(str(kind), "ComfyUI refused the workflow.")


def failure(error: object, graph: object) -> str:
    """Return a sentence that names the node in which a job failed, and the kind of error."""
    node = node_name(mapping(error).get("node_id"), mapping(graph))
    kind = str(mapping(error).get("exception_type") or "")
    text = str(mapping(error).get("exception_message") or "").lower()
    if kind.endswith("OutOfMemoryError") or "out of memory" in text:
        return f"ComfyUI ran out of memory in {node}."
    if PLAIN_NAME.fullmatch(kind):
        return f"ComfyUI failed in {node}: {kind.rpartition('.')[2]}."
    return f"ComfyUI failed in {node}."


def node_name(node_id: object, graph: Mapping[str, object]) -> str:
    """Name a node of a graph by its id and class; "a node" if the graph has none of that id."""
    node = graph.get(str(node_id))
    if not isinstance(node, Mapping):
        return "a node"
    return f"node {shortened(node_id)} ({shortened(node.get('class_type'))})"


def shortened(value: object) -> str:
    """Return a name from a graph in one line that fits in a sentence."""
    text = "".join(character for character in str(value) if character.isprintable())
    return text if len(text) <= NAME_LENGTH else f"{text[: NAME_LENGTH - 1]}…"


def _node_faults(node_errors: Mapping[str, object], graph: Mapping[str, object]) -> list[str]:
    return [
        _node_fault(node_id, mapping(error), graph)
        for node_id, errors in node_errors.items()
        for error in sequence(mapping(errors).get("errors")) or [None]
    ]


def _node_fault(node_id: str, error: Mapping[str, object], graph: Mapping[str, object]) -> str:
    node = node_name(node_id, graph)
    name = mapping(error.get("extra_info")).get("input_name")
    fault = NODE_FAULTS.get(str(error.get("type")), "was refused")
    if isinstance(name, str) and PLAIN_NAME.fullmatch(name):
        return f"In {node}, {name} {fault}."
    return f"In {node}, an input {fault}."
