"""The node classes of one ComfyUI, as its GET /object_info describes them, and which names of a graph it lacks.

The backend checks graphs by them before it sends one, `generation/workflows` when staff add one.
"""

from collections.abc import Collection, Iterator, Mapping, Set
from dataclasses import dataclass

from generation.backends.comfyui.answers import mapping
from generation.backends.comfyui.graphs import is_link
from generation.backends.comfyui.sentences import node_name, shortened

# Files of these classes go to a temporary folder.
PREVIEWS = "Preview"
# Words in the names of classes that save files, for a class that is not known.
SAVING = ("save", "videocombine")
# Inputs that take an uploaded file: their choices are the files of the moment, those in folders not among them.
UPLOADS = ("image_upload", "video_upload", "audio_upload", "file_upload")


@dataclass(frozen=True)
class NodeInput:
    """One input of a node class. Its type is INT, FLOAT, STRING, BOOLEAN, COMBO or a type of links."""

    type: str
    # None if any value is taken.
    choices: tuple[str, ...] | None = None

    def lacks(self, value: object) -> bool:
        """Return whether a value is a name that is not among the choices."""
        return isinstance(value, str) and self.choices is not None and value not in self.choices


@dataclass(frozen=True)
class NodeClass:
    """The inputs of a node class, and whether ComfyUI runs a graph for its sake."""

    inputs: Mapping[str, NodeInput]
    is_output: bool


NodeClasses = Mapping[str, NodeClass]


def node_classes(info: object) -> dict[str, NodeClass]:
    """Read the answer of GET /object_info; empty if it is none."""
    return {
        name: NodeClass(inputs=dict(_inputs(mapping(each))), is_output=mapping(each).get("output_node") is True)
        for name, each in mapping(info).items()
    }


def _inputs(node_class: dict) -> Iterator[tuple[str, NodeInput]]:
    for group in ("optional", "required"):
        for name, declaration in mapping(mapping(node_class.get("input")).get(group)).items():
            if isinstance(declaration, list) and declaration:
                yield name, _input(declaration[0], mapping(declaration[1]) if len(declaration) > 1 else {})


def _input(kind: object, options: Mapping[str, object]) -> NodeInput:
    """Read both shapes of choices: [[...], {}] and ["COMBO", {"options": [...]}]."""
    choices = kind if isinstance(kind, list) else options.get("options") if kind == "COMBO" else None
    if any(options.get(upload) for upload in UPLOADS):
        choices = None
    if not isinstance(choices, list):
        return NodeInput("COMBO" if isinstance(kind, list) else str(kind))
    return NodeInput("COMBO", tuple(choice for choice in choices if isinstance(choice, str)))


def input_of(kind: str, name: str, classes: NodeClasses | None) -> NodeInput | None:
    """Return an input of a class; None if the class is not known, or has no such input."""
    node_class = (classes or {}).get(kind)
    return None if node_class is None else node_class.inputs.get(name)


def saves_files(kind: str, classes: NodeClasses | None = None) -> bool:
    """Return whether a class saves files that stay: judged by its name if the class is not known."""
    node_class = (classes or {}).get(kind)
    if node_class is None:
        return any(word in kind.lower() for word in SAVING)
    return node_class.is_output and not kind.startswith(PREVIEWS)


def output_nodes(graph: Mapping[str, Mapping], classes: NodeClasses) -> Set[str]:
    """Return the ids of the nodes that ComfyUI runs a graph for."""
    return {
        node_id
        for node_id, node in graph.items()
        if node["class_type"] in classes and classes[node["class_type"]].is_output
    }


def missing_names(graph: Mapping[str, Mapping], classes: NodeClasses) -> list[str]:
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
        if _is_missing(value, input_of(graph[node_id]["class_type"], name, classes))
    ]


def with_first_choices(
    graph: Mapping[str, Mapping], places: Collection[tuple[str, str]], classes: NodeClasses
) -> Mapping[str, Mapping]:
    """Return a graph with ComfyUI's first choice at those places, node id and input, whose value it lacks."""
    return {
        node_id: {
            **node,
            "inputs": {
                name: _own_choice(value, input_of(node["class_type"], name, classes))
                if (node_id, name) in places
                else value
                for name, value in node["inputs"].items()
            },
        }
        for node_id, node in graph.items()
    }


def _own_choice(value: object, node_input: NodeInput | None) -> object:
    return node_input.choices[0] if _is_missing(value, node_input) and node_input.choices else value


def _is_missing(value: object, node_input: NodeInput | None) -> bool:
    return node_input is not None and node_input.lacks(value)


def _needed(graph: Mapping[str, Mapping], classes: NodeClasses) -> list[str]:
    """Return the ids of the nodes that an output is made from, in the graph's order."""
    waiting = list(output_nodes(graph, classes))
    needed = set()
    while waiting:
        node_id = waiting.pop()
        if node_id in graph and node_id not in needed:
            needed.add(node_id)
            waiting += [value[0] for value in graph[node_id]["inputs"].values() if is_link(value)]
    return [node_id for node_id in graph if node_id in needed]
