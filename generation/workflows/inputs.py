"""The inputs that a workflow declares: what a job may set, and in which node of the graph it is set.

    {"name": "width", "kind": "whole", "node": "Size", "field": "width", "least": 64, "most": 2048, "step": 8}

`node` is the title or the id of a node. What has no `default` has the graph's own value. A name may be declared for
several places, as a seed for two samplers: its value is set in each, and the first one's limits count.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, Self

from generation.workflows.graphs import Graph, nodes_named


class Kind(StrEnum):
    """The kinds of values that inputs take."""

    TEXT = "text"
    NUMBER = "number"
    WHOLE = "whole"
    CHOICE = "choice"
    SWITCH = "switch"
    MODEL = "model"
    LORAS = "loras"
    PICTURE = "picture"
    SEED = "seed"


# Names that the site knows, with their kinds: forms and remixes fill them by name.
WELL_KNOWN = {
    "prompt": Kind.TEXT,
    "negative_prompt": Kind.TEXT,
    "seed": Kind.SEED,
    "width": Kind.WHOLE,
    "height": Kind.WHOLE,
    "steps": Kind.WHOLE,
    "cfg": Kind.NUMBER,
    "sampler": Kind.CHOICE,
    "scheduler": Kind.CHOICE,
    "model": Kind.MODEL,
    "loras": Kind.LORAS,
    "image": Kind.PICTURE,
    "denoise": Kind.NUMBER,
}
# The page Create has fields and parameters of these names beside its inputs.
RESERVED = frozenset({"workflow", "size", "count", "sweep", "sweep_from", "sweep_to", "sweep_steps", "publishes"}) | {
    *("parent", "key", "from", "again", "seeds", "next", "csrfmiddlewaretoken")
}
# A job has these beside its parameters.
TEXTS_OF_JOBS = ("prompt", "negative_prompt")
SIDES = ("width", "height")
# A job has one seed, one list of LoRAs and one picture to start from.
ONE_NAME = {Kind.SEED: "seed", Kind.LORAS: "loras", Kind.PICTURE: "image"}
LABELS = {"cfg": "CFG", "loras": "LoRAs", "image": "Picture to start from", "denoise": "Strength of change"}
KEYS = ("name", "kind", "node", "field", "label", "default", "least", "most", "step", "choices")


@dataclass(frozen=True)
class Input:
    """One declared input."""

    name: str
    kind: Kind
    node: str = ""
    field: str = ""
    label: str = ""
    default: Any = None
    least: float | None = None
    most: float | None = None
    step: float | None = None
    choices: tuple[str, ...] = ()
    # No declaration of a graph's says this: what has no default is needed there.
    is_optional: bool = False

    @classmethod
    def of(cls, declared: Mapping[str, Any]) -> Self:
        """Return a declaration that was checked."""
        values = {key: value for key, value in declared.items() if key in KEYS and value is not None}
        return cls(**{**values, "kind": Kind(values["kind"]), "choices": tuple(values.get("choices", ()))})

    @property
    def shown_label(self) -> str:
        """The label, or one that is made of the name."""
        return self.label or LABELS.get(self.name) or self.name.replace("_", " ").capitalize()

    @property
    def is_of_server(self) -> bool:
        """Whether the server that runs the graph says which choices there are. LoRAs have no place in it yet."""
        return self.kind in (Kind.CHOICE, Kind.MODEL) and not self.choices

    def value_in(self, graph: Graph) -> object:
        """Return the value that the graph has at this place; None if it has none."""
        ids = nodes_named(graph, self.node)
        return graph[ids[0]]["inputs"].get(self.field) if len(ids) == 1 else None

    def own_default(self, graph: Graph) -> object:
        """Return the value of a job that sets none: None for a seed, which is drawn, and for a picture."""
        if self.kind in ONE_NAME or self.default is not None:
            return self.default
        return self.value_in(graph)


class WorkflowLike(Protocol):
    """A graph and the inputs that it declares: a Workflow, saved or not."""

    graph: Any
    inputs: Any


def inputs_by_name(inputs: Iterable[Input]) -> dict[str, Input]:
    """Return the first input of each name."""
    by_name: dict[str, Input] = {}
    for each in inputs:
        by_name.setdefault(each.name, each)
    return by_name
