"""The node classes of one ComfyUI, and which of a graph's names it does not have."""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass

from generation.backends.comfyui.answers import mapping, sequence
from generation.backends.comfyui.sentences import node_name, shortened

# Inputs that take an uploaded file: their choices are the files of the moment, those in folders not among them.
UPLOADS = ("image_upload", "video_upload", "audio_upload", "file_upload")


@dataclass(frozen=True)
class NodeClass:
    """What matters of a node class: its inputs with their choices, None for one of free value."""

    inputs: Mapping[str, Set[str] | None]
    is_output: bool


def node_classes(info: object) -> dict[str, NodeClass]:
    """Read the answer of GET /object_info."""
    return {
        name: NodeClass(inputs=dict(_inputs(mapping(each))), is_output=mapping(each).get("output_node") is True)
        for name, each in mapping(info).items()
    }


def missing_names(graph: Mapping[str, Mapping], classes: Mapping[str, NodeClass]) -> list[str]:
    """Return a sentence for each node class and each choice that a graph names and ComfyUI lacks.

    A choice matters only in nodes that an output needs, an unknown class in any: ComfyUI refuses the graph for it.
    """
    unknown = [
        f"This ComfyUI has no node class “{shortened(node['class_type'])}”."
        for node in graph.values()
        if node["class_type"] not in classes
    ]
    return unknown or [
        f"In {node_name(node_id, graph)}, this ComfyUI has no {shortened(name)} “{shortened(value)}”."
        for node_id in _needed(graph, classes)
        for name, value in graph[node_id]["inputs"].items()
        if _is_missing(value, classes[graph[node_id]["class_type"]].inputs.get(name))
    ]


def output_nodes(graph: Mapping[str, Mapping], classes: Mapping[str, NodeClass]) -> Set[str]:
    """Return the ids of the nodes that ComfyUI runs a graph for."""
    return {
        node_id
        for node_id, node in graph.items()
        if node["class_type"] in classes and classes[node["class_type"]].is_output
    }


def _inputs(node_class: dict) -> Iterator[tuple[str, Set[str] | None]]:
    for group in ("required", "optional"):
        for name, declaration in mapping(mapping(node_class.get("input")).get(group)).items():
            yield name, _choices(sequence(declaration))


def _choices(declaration: list) -> Set[str] | None:
    """Read choices in both shapes: [[...], {}] and ["COMBO", {"options": [...]}]."""
    kind = declaration[0] if declaration else None
    options = mapping(declaration[1]) if len(declaration) > 1 else {}
    choices = options.get("options") if kind == "COMBO" else kind
    if not isinstance(choices, list) or any(options.get(upload) for upload in UPLOADS):
        return None
    return frozenset(choice for choice in choices if isinstance(choice, str))


def _is_missing(value: object, choices: Set[str] | None) -> bool:
    return isinstance(value, str) and choices is not None and value not in choices


def _needed(graph: Mapping[str, Mapping], classes: Mapping[str, NodeClass]) -> list[str]:
    """Return the ids of the nodes that an output is made from, in the graph's order."""
    waiting = list(output_nodes(graph, classes))
    needed = set()
    while waiting:
        node_id = waiting.pop()
        if node_id in graph and node_id not in needed:
            needed.add(node_id)
            waiting += [value[0] for value in graph[node_id]["inputs"].values() if _is_link(value)]
    return [node_id for node_id in graph if node_id in needed]


def _is_link(value: object) -> bool:
    return isinstance(value, list) and len(value) > 1 and isinstance(value[0], str)
