"""Graphs in ComfyUI's API format, {id: {class_type, inputs, _meta}}: their shape, their nodes, their faults."""

from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from generation.backends.comfyui.graphs import is_link
from generation.backends.comfyui.node_classes import NodeClasses, saves_files
from generation.backends.comfyui.sentences import shortened
from genonaut.json_values import storable_json_text

Graph = Mapping[str, Mapping[str, Any]]

NO_GRAPH = "The graph must be a JSON object of nodes, as ComfyUI's “Export (API)” writes it."
PAGE_FORMAT = (
    "This is the format of ComfyUI's own page. In ComfyUI choose “Workflow”, then “Export (API)”, and upload that file."
)
REQUEST_FORMAT = "This is a request to ComfyUI: upload what stands under “prompt” alone."
NO_OUTPUT = "The graph has no node that saves a file, such as SaveImage."


def title_of(node: Mapping[str, Any]) -> str:
    """Return a node's title; empty if it has none."""
    meta = node.get("_meta")
    title = meta.get("title") if isinstance(meta, Mapping) else None
    return title if isinstance(title, str) else ""


def nodes_named(graph: Graph, name: str) -> list[str]:
    """Return the ids of the nodes of a name: the one of that id, else all of that title."""
    return [name] if name in graph else [node_id for node_id, node in graph.items() if title_of(node) == name]


def node_label(graph: Graph, node_id: str) -> str:
    """Return the name of a node in a sentence."""
    node = graph[node_id]
    return f"node {shortened(node_id)} ({shortened(title_of(node) or node['class_type'])})"


def graph_faults(graph: object, classes: NodeClasses | None = None) -> list[str]:
    """Return a sentence for each fault of a graph. With a ComfyUI's classes its own are looked up as well."""
    fault = _shape_fault(graph)
    if fault:
        return [fault]
    return [*_node_faults(graph)] or [
        *_link_faults(graph),
        *_output_faults(graph, classes),
        *_class_faults(graph, classes),
    ]


def _shape_fault(graph: object) -> str | None:
    if not isinstance(graph, dict) or not graph:
        return NO_GRAPH
    if isinstance(graph.get("nodes"), list):
        return PAGE_FORMAT
    if isinstance(graph.get("prompt"), dict) and "class_type" not in graph["prompt"]:
        return REQUEST_FORMAT
    try:
        storable_json_text(graph)
    except ValueError as error:
        return f"The graph cannot be stored: {error}."
    return None


def _node_faults(graph: Mapping[str, object]) -> Iterator[str]:
    if not any(isinstance(node, dict) and "class_type" in node for node in graph.values()):
        yield NO_GRAPH
        return
    for node_id, node in graph.items():
        if not isinstance(node, dict) or not isinstance(node.get("class_type"), str) or not node["class_type"]:
            yield f"Node {shortened(node_id)} has no class_type."
        elif not isinstance(node.get("inputs"), dict):
            yield f"Node {shortened(node_id)} has no inputs."


def _link_faults(graph: Graph) -> Iterator[str]:
    for node_id, node in graph.items():
        for name, value in node["inputs"].items():
            if is_link(value) and value[0] not in graph:
                where = f"In {node_label(graph, node_id)}, {shortened(name)}"
                yield f"{where} is linked to node {shortened(value[0])}, which is missing."
    try:
        TopologicalSorter({node_id: set(_sources(node)) for node_id, node in graph.items()}).prepare()
    except CycleError as error:
        nodes = " and ".join(shortened(node_id) for node_id in sorted(set(error.args[1]))[:4])
        yield f"The graph has a circle of links, by way of {nodes}."


def _sources(node: Mapping[str, Any]) -> Iterator[str]:
    return (value[0] for value in node["inputs"].values() if is_link(value))


def _output_faults(graph: Graph, classes: NodeClasses | None) -> Iterator[str]:
    if not any(saves_files(node["class_type"], classes) for node in graph.values()):
        yield NO_OUTPUT


def _class_faults(graph: Graph, classes: NodeClasses | None) -> Iterator[str]:
    for node_id, node in graph.items():
        if classes is not None and node["class_type"] not in classes:
            kind = shortened(node["class_type"])
            yield f"In {node_label(graph, node_id)}, the class {kind} is not known to this ComfyUI."
