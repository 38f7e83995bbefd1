"""Build a graph from what ComfyUI's page keeps: nodes, links, subgraphs, bypassed and muted nodes."""

from collections.abc import Iterator

from media.generation_data.generators.comfyui.graphs import PASS, Graph, Link, Node
from media.generation_data.generators.comfyui.widgets import promoted_values, widget_values

NODES_MAX = 200_000
DEPTH_MAX = 8
MUTED = 2
BYPASSED = 4
# The ids of a subgraph's borders.
INPUT_BORDER = "-10"
OUTPUT_BORDER = "-20"


def workflow_graph(value: object) -> Graph | None:
    """Build a graph from a workflow; None if it is none. Links that lead nowhere are left out."""
    if not isinstance(value, dict) or not isinstance(value.get("nodes"), list):
        return None
    builder = _Builder(_definitions(value))
    builder.build(value)
    return Graph(builder.nodes) if builder.nodes else None


def _definitions(workflow: dict[str, object]) -> dict[str, dict[str, object]]:
    definitions = workflow.get("definitions")
    subgraphs = definitions.get("subgraphs") if isinstance(definitions, dict) else None
    return {str(subgraph.get("id")): subgraph for subgraph in _objects(subgraphs)}


def _objects(value: object) -> list[dict[str, object]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


class _Builder:
    """Flatten a workflow. A node 8 in a subgraph that node 57 stands for is called "57:8"."""

    def __init__(self, definitions: dict[str, dict[str, object]]) -> None:
        self.definitions = definitions
        self.nodes: dict[str, Node] = {}
        self.setters: dict[str, str] = {}
        self.getters: list[tuple[str, str]] = []

    def build(self, workflow: dict[str, object]) -> None:
        """Add the nodes of a workflow and of its subgraphs."""
        scopes = [(workflow, "", 0)]
        while scopes and len(self.nodes) < NODES_MAX:
            scope, prefix, depth = scopes.pop()
            links = dict(_links(scope, prefix))
            for node in _objects(scope.get("nodes")):
                subgraph = self._add(node, prefix, links)
                if subgraph is not None and depth < DEPTH_MAX:
                    scopes.append((subgraph, f"{prefix}{node.get('id')}:", depth + 1))
        for getter, name in self.getters:
            if name in self.setters:
                self.nodes[getter].inputs["0"] = Link(self.setters[name], 0)

    def _add(self, node: dict[str, object], prefix: str, links: dict[object, Link]) -> dict[str, object] | None:
        """Add one node; return the subgraph that it stands for."""
        identifier, kind = f"{prefix}{node.get('id')}", str(node.get("type") or "")
        linked = {name: link for name, link in _linked(node, links).items() if not self._is_open(link)}
        if node.get("mode") == MUTED:
            return None
        if node.get("mode") == BYPASSED:
            self.nodes[identifier] = Node(identifier, PASS, _passed(node, links))
            return None
        subgraph = self.definitions.get(kind)
        if subgraph is not None:
            self._add_borders(node, identifier, subgraph, linked)
            return subgraph
        # An input without link and value is there all the same: samplers are known by the names of their inputs.
        unlinked = {str(entry.get("name")): None for entry in _objects(node.get("inputs"))}
        inputs = unlinked | widget_values(node, kind) | linked
        self._note_variable(identifier, kind, node, linked)
        is_pass = kind in ("SetNode", "GetNode")
        self.nodes[identifier] = Node(identifier, PASS if is_pass else kind, _by_slot(linked) if is_pass else inputs)
        return None

    def _add_borders(
        self, node: dict[str, object], identifier: str, subgraph: dict[str, object], linked: dict[str, object]
    ) -> None:
        """Let the subgraph's inputs lead out to the node's inputs, and the node's outputs in to the subgraph's."""
        prefix = f"{identifier}:"
        inputs = (promoted_values(node) or widget_values(node, str(node.get("type")))) | linked
        names = [str(entry.get("name")) for entry in _objects(subgraph.get("inputs"))]
        border = {str(slot): inputs.get(name) for slot, name in enumerate(names)}
        self.nodes[prefix + INPUT_BORDER] = Node(prefix + INPUT_BORDER, PASS, border)
        outputs = {str(target[1]): link for target, link in _border_links(subgraph, prefix)}
        self.nodes[identifier] = Node(identifier, PASS, outputs)

    def _is_open(self, link: Link) -> bool:
        """Tell if a link leads to a border's input without link and value: the inner widget holds the value then."""
        border = self.nodes.get(link.node) if link.node.endswith(f":{INPUT_BORDER}") else None
        return border is not None and border.inputs.get(str(link.slot)) is None

    def _note_variable(self, identifier: str, kind: str, node: dict[str, object], linked: dict[str, object]) -> None:
        """Note KJNodes' Set and Get, which are links by name."""
        values = node.get("widgets_values")
        name = str(values[0]) if isinstance(values, list) and values else ""
        if kind == "SetNode" and linked:
            self.setters[name] = identifier
        elif kind == "GetNode":
            self.getters.append((identifier, name))


def _raw_links(scope: dict[str, object]) -> Iterator[tuple[object, object, object, object, object]]:
    """Yield id, origin, origin's slot, target and target's slot of links in both notations."""
    links = scope.get("links")
    for link in links if isinstance(links, list) else []:
        if isinstance(link, list) and len(link) >= 5:
            yield link[0], link[1], link[2], link[3], link[4]
        elif isinstance(link, dict):
            names = ("id", "origin_id", "origin_slot", "target_id", "target_slot")
            identifier, origin, slot, target, target_slot = (link.get(name) for name in names)
            yield identifier, origin, slot, target, target_slot


def _links(scope: dict[str, object], prefix: str) -> Iterator[tuple[object, Link]]:
    for identifier, origin, slot, _target, _target_slot in _raw_links(scope):
        if isinstance(identifier, int | str) and isinstance(slot, int):
            yield identifier, Link(f"{prefix}{origin}", slot)


def _border_links(scope: dict[str, object], prefix: str) -> Iterator[tuple[tuple[object, object], Link]]:
    for _identifier, origin, slot, target, target_slot in _raw_links(scope):
        if str(target) == OUTPUT_BORDER and isinstance(slot, int):
            yield (target, target_slot), Link(f"{prefix}{origin}", slot)


def _link(entry: dict[str, object], links: dict[object, Link]) -> Link | None:
    identifier = entry.get("link")
    return links.get(identifier) if isinstance(identifier, int | str) else None


def _linked(node: dict[str, object], links: dict[object, Link]) -> dict[str, object]:
    entries = _objects(node.get("inputs"))
    named = {str(entry.get("name")): _link(entry, links) for entry in entries}
    return {name: link for name, link in named.items() if link is not None}


def _by_slot(linked: dict[str, object]) -> dict[str, object]:
    return {"0": next(iter(linked.values()))} if linked else {}


def _passed(node: dict[str, object], links: dict[object, Link]) -> dict[str, object]:
    """Match each output of a bypassed node with an input of its type: the one of the same slot, else the first."""
    entries = _objects(node.get("inputs"))
    passed: dict[str, object] = {}
    first: dict[str, Link] = {}
    for entry in entries:
        link = _link(entry, links)
        if link is not None:
            first.setdefault(str(entry.get("type")), link)
    for slot, output in enumerate(_objects(node.get("outputs"))):
        kind = str(output.get("type"))
        same = entries[slot] if slot < len(entries) and str(entries[slot].get("type")) == kind else {}
        link = _link(same, links) or first.get(kind)
        if link is not None:
            passed[str(slot)] = link
    return passed
