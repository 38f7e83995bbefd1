"""Fills the inputs of a graph for one attempt."""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from itertools import count
from typing import Any, Protocol

from generation.backends.comfyui.graphs import PICTURE, is_link
from generation.workflows.checking import check
from generation.workflows.graphs import nodes_named
from generation.workflows.inputs import Input, Kind, WorkflowLike, inputs_by_name
from generation.workflows.values import InputError, checked, completed, seed_value

# Classes whose first output is a model, and the output by which they give the text encoder that LoRAs change as well.
CLIP_OUTPUTS = {
    "CheckpointLoader": 1,
    "CheckpointLoaderSimple": 1,
    "unCLIPCheckpointLoader": 1,
    "LoraLoader": 1,
}

Filled = dict[str, dict[str, Any]]


class Wanted(Protocol):
    """The part of a job that a graph is filled from."""

    prompt: str
    negative_prompt: str
    parameters: Any


def declared_inputs(workflow: WorkflowLike) -> list[Input]:
    """Return the inputs of a workflow, with the defaults of its graph."""
    inputs = [each if isinstance(each, Input) else Input.of(each) for each in workflow.inputs]
    return [replace(each, default=each.own_default(workflow.graph)) for each in inputs]


def values_of(workflow: WorkflowLike, parameters: Mapping[str, object]) -> dict[str, object]:
    """Return the parameters of a job for a workflow: checked, cleaned and completed by defaults.

    A seed is digits, and there only if it was given. So is a choice among those of a server: it is made once a server
    takes the job (`choices_left`).

    Raises InputError.
    """
    inputs = inputs_by_name(declared_inputs(workflow))
    values = completed(inputs, parameters)
    return {
        name: value for name, value in values.items() if name not in inputs or not _is_left(inputs[name], parameters)
    }


def choices_left(workflow: WorkflowLike, parameters: Mapping[str, object]) -> list[tuple[str, str]]:
    """Return the places in a checked graph, node id and field, of the choices that a job leaves to its server."""
    return [
        (nodes_named(workflow.graph, each.node)[0], each.field)
        for each in declared_inputs(workflow)
        if _is_left(each, parameters)
    ]


def _is_left(declared: Input, parameters: Mapping[str, object]) -> bool:
    return declared.is_of_server and parameters.get(declared.name) is None


def filled(workflow: WorkflowLike, wanted: Wanted, seed: int | str) -> Filled:
    """Return a copy of a workflow's graph in which everything that a job asks for is set.

    Where the picture to start from belongs there is PICTURE.

    Raises InputError.
    """
    faults = check(workflow.graph, workflow.inputs)
    if faults:
        raise InputError("workflow", f"The workflow cannot be used any more. {faults[0]}")
    parameters = {name: value for name, value in wanted.parameters.items() if name != "seed"}
    texts = {"prompt": wanted.prompt, "negative_prompt": wanted.negative_prompt}
    inputs = declared_inputs(workflow)
    values = {**completed(inputs_by_name(inputs), parameters), **texts, "seed": seed_value(seed)}
    graph: Filled = deepcopy(workflow.graph)
    for each in inputs:
        if each.kind is not Kind.LORAS:
            _node(graph, each)["inputs"][each.field] = _literal(each, values[each.name])
    for each in inputs:
        if each.kind is Kind.LORAS:
            _load_loras(graph, each, values.get("loras", []))
    return graph


def _node(graph: Filled, declared: Input) -> dict[str, Any]:
    return graph[nodes_named(graph, declared.node)[0]]


def _literal(declared: Input, value: object) -> object:
    if declared.kind is Kind.PICTURE:
        return PICTURE
    if declared.kind is Kind.SEED:
        return value
    value = checked(declared, value)
    # A text that is no more than the placeholder is no placeholder.
    return f"{value} " if value == PICTURE else value


def _load_loras(graph: Filled, declared: Input, loras: Sequence[Mapping[str, Any]]) -> None:
    """Put a loader for each LoRA behind the output that an input is linked to, for all that is linked to it."""
    model = list(_node(graph, declared)["inputs"][declared.field])
    clip = _clip_beside(graph, model)
    last_model, last_clip = model, clip
    loaders: Filled = {}
    for number, (node_id, lora) in enumerate(zip(_free_ids(graph), loras, strict=False), 1):
        loaders[node_id] = _loader(f"LoRA {number}", lora, last_model, last_clip)
        last_model, last_clip = [node_id, 0], clip and [node_id, 1]
    for node in graph.values():
        for name, value in node["inputs"].items():
            if value == model:
                node["inputs"][name] = list(last_model)
            elif value == clip and is_link(value):
                node["inputs"][name] = list(last_clip)
    graph.update(loaders)


def _clip_beside(graph: Filled, model: list) -> list | None:
    """Return the link to the text encoder that comes from the same loader; None if nothing uses it."""
    source, slot = model
    output = CLIP_OUTPUTS.get(graph[source]["class_type"])
    clip = [source, output]
    is_used = any(value == clip for node in graph.values() for value in node["inputs"].values())
    return clip if slot == 0 and output is not None and is_used else None


def _free_ids(graph: Filled) -> Iterator[str]:
    largest = max((int(node_id) for node_id in graph if node_id.isascii() and node_id.isdigit()), default=0)
    return map(str, count(largest + 1))


def _loader(title: str, lora: Mapping[str, Any], model: list, clip: list | None) -> dict[str, Any]:
    inputs = {"model": list(model), "lora_name": lora["name"], "strength_model": lora["weight"]}
    if clip is not None:
        inputs |= {"clip": list(clip), "strength_clip": lora["weight"]}
    kind = "LoraLoaderModelOnly" if clip is None else "LoraLoader"
    return {"class_type": kind, "inputs": inputs, "_meta": {"title": title}}
