"""A graph of nodes, and what a link leads to. Nothing here recurses: chains may be as long as the graph."""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from media.generation_data.generators.comfyui.switches import KIND_LENGTH_MAX, chosen_input, is_switch

# A node that gives out what comes in: its inputs are named by the slot they leave by. Made from a bypassed node,
# from the border of a subgraph and from KJNodes' Get and Set.
PASS = "(pass)"  # noqa: S105 - no password
# Names under which nodes of one value keep it, best first.
VALUE_NAMES = ("value", "Value", "int", "float", "number", "INT", "FLOAT", "string", "String", "text", "seed", "val")
CONTEXT_NAMES = ("base_ctx", "context", "ctx", "pipe", "basic_pipe", "sampler_params", "params", "sdxl_tuple")
# Other names for the same value.
ALIASES = {"sampler_name": ("sampler",), "steps": ("steps_total",), "noise_seed": ("seed",), "seed": ("noise_seed",)}
STEPS_MAX = 200_000
SELECTOR_DEPTH_MAX = 4


class Link(NamedTuple):
    """One output of a node."""

    node: str
    slot: int


@dataclass(slots=True)
class Node:
    """A node: its class, and its inputs, which are literals or links."""

    id: str
    kind: str
    inputs: dict[str, object] = field(default_factory=dict)

    def links(self) -> list[Link]:
        """Return the inputs that are linked."""
        return [value for value in self.inputs.values() if isinstance(value, Link)]


class Graph:
    """Nodes by id."""

    def __init__(self, nodes: dict[str, Node]) -> None:
        self.nodes = nodes
        self.resolved: dict[Link, object] = {}
        self.passages = {node.id for node in nodes.values() if _is_passage(node)}

    def resolve(self, value: object, depth: int = 0) -> object:
        """Follow reroutes, bypassed nodes and switches to a literal, or to a link to a node that does something.

        None if the way leads in a circle, nowhere, or through a switch whose selector is not known.
        """
        if not isinstance(value, Link) or (value.node in self.nodes and value.node not in self.passages):
            return value
        seen: set[Link] = set()
        while isinstance(value, Link) and value not in self.resolved:
            node = self.nodes.get(value.node)
            if node is None or value in seen:
                value = None
                break
            seen.add(value)
            if node.id not in self.passages:
                break
            value = self._passed(node, value.slot, depth)
        value = self.resolved.get(value) if isinstance(value, Link) and value in self.resolved else value
        # A chain is walked once, wherever on it the next walk begins.
        self.resolved.update(dict.fromkeys(seen, value))
        return value

    def _passed(self, node: Node, slot: int, depth: int) -> object:
        if node.kind == PASS:
            return node.inputs.get(str(slot))
        if not is_switch(node.kind, node.inputs):
            return next(iter(node.links()), None)
        return chosen_input(node.inputs, lambda value: self._selector(value, depth))

    def _selector(self, value: object, depth: int) -> object:
        if not isinstance(value, Link):
            return value
        return self.literal(value, depth=depth + 1) if depth < SELECTOR_DEPTH_MAX else None

    def node_of(self, value: object) -> Node | None:
        """Return the node that a link leads to, None for a literal."""
        value = self.resolve(value)
        return self.nodes.get(value.node) if isinstance(value, Link) else None

    def literal(self, value: object, *names: str, depth: int = 0) -> object:
        """Follow links through nodes of one value to a literal; `names` are tried before the usual ones.

        A context holds many values: only the one that is asked for counts.
        """
        names += tuple(alias for name in names for alias in ALIASES.get(name, ()))
        seen: set[object] = set()
        while True:
            value = self.resolve(value, depth)
            if not isinstance(value, Link):
                return value
            if value in seen:
                return None
            seen.add(value)
            node = self.nodes[value.node]
            inputs = node.inputs
            is_context = is_called_context(node) or not inputs.keys().isdisjoint(CONTEXT_NAMES)
            usual = CONTEXT_NAMES if is_context else VALUE_NAMES
            name = next((name for name in (*names, *usual) if name in inputs), None)
            if name is None:
                return None
            value = inputs[name]

    def input(self, node: Node, *names: str) -> object:
        """Return the literal of the first of these inputs that has one."""
        for name in names:
            if name in node.inputs:
                value = self.literal(node.inputs[name], name)
                if value is not None:
                    return value
        return None

    def behind(self, *values: object, limit: int = STEPS_MAX) -> Iterator[Node]:
        """Yield the nodes that feed these links, the nearest first, each once."""
        queue = deque(value for value in values if isinstance(value, Link))
        seen: set[str] = set()
        while queue and len(seen) < limit:
            link = self.resolve(queue.popleft())
            node = self.nodes.get(link.node) if isinstance(link, Link) else None
            if node is None or node.id in seen:
                continue
            seen.add(node.id)
            yield node
            queue.extend(node.links())


def is_called_context(node: Node) -> bool:
    """Tell a context by its class."""
    return _is_called_context(node.kind[:KIND_LENGTH_MAX])


@lru_cache(maxsize=1_000)
def _is_called_context(kind: str) -> bool:
    lowered = kind.lower()
    return "context" in lowered and "sampler" not in lowered


def _is_passage(node: Node) -> bool:
    return _is_called_passage(node.kind[:KIND_LENGTH_MAX]) or is_switch(node.kind, node.inputs)


@lru_cache(maxsize=1_000)
def _is_called_passage(kind: str) -> bool:
    return kind == PASS or kind.lower().startswith("reroute")


def api_graph(value: object) -> Graph | None:
    """Build a graph from what was submitted: {id: {class_type, inputs}}; None if no node is one."""
    if not isinstance(value, dict):
        return None
    items = {
        str(key): node
        for key, node in value.items()
        if isinstance(node, dict) and isinstance(node.get("class_type"), str)
    }
    nodes = {key: Node(key, str(node["class_type"]), _inputs(node.get("inputs"), items)) for key, node in items.items()}
    return Graph(nodes) if nodes else None


def _inputs(inputs: object, nodes: Mapping[str, object]) -> dict[str, object]:
    if not isinstance(inputs, dict):
        return {}
    return {name: _value(value, nodes) if isinstance(value, list) else value for name, value in inputs.items()}


def _value(value: list[object], nodes: Mapping[str, object]) -> object:
    if len(value) != 2:
        return value
    node, slot = value
    if isinstance(slot, bool) or not isinstance(slot, int) or not isinstance(node, str | int):
        return value
    # A link to a node that is not there is a link that leads nowhere, unless it may be a pair of numbers.
    return Link(str(node), slot) if isinstance(node, str) or str(node) in nodes else value
