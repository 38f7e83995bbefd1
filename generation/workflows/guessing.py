"""Proposes the inputs of a graph: walks back from the node that saves the picture to sampler, texts and loaders."""

from collections import deque
from collections.abc import Iterator
from typing import Any, NamedTuple

from generation.workflows.graphs import Graph as Submitted
from generation.workflows.graphs import graph_faults, nodes_named, title_of
from media.generation_data.generators.comfyui.graphs import VALUE_NAMES, Graph, Link, Node, api_graph
from media.generation_data.generators.comfyui.samplers import is_sampler, is_save
from media.generation_data.generators.comfyui.texts import NOT_TEXT

TEXTS = ("text", "text_g", "text_l", "clip_l", "clip_g", "t5xxl", "llama", "prompt", *VALUE_NAMES)
# Encoders of models that read a text twice.
SECOND_TEXTS = {"text_g": ("text_l",), "clip_l": ("clip_g", "t5xxl", "llama")}
LATENTS = ("latent_image", "latent", "samples", "pixels", "image")
MODELS = ("ckpt_name", "unet_name")
WALK_MAX = 10_000
HOPS_MAX = 1_000
# What is proposed beside name, kind and place.
LIMITS: dict[str, dict[str, float]] = {
    "width": {"least": 64, "most": 8192, "step": 8},
    "height": {"least": 64, "most": 8192, "step": 8},
    "steps": {"least": 1, "most": 200},
    "cfg": {"least": 0, "most": 100, "step": 0.1},
    "denoise": {"least": 0, "most": 1, "step": 0.01},
    "guidance": {"least": 0, "most": 100, "step": 0.1},
    "scale": {"least": 0.1, "most": 8, "step": 0.1},
}
LABELS = {"scale": "Times as large", "upscale_model": "Upscaler"}
ORDER = (
    *("prompt", "negative_prompt", "image", "model", "loras", "width", "height", "seed", "steps", "cfg", "guidance"),
    *("sampler", "scheduler", "denoise", "upscale_model", "scale"),
)


class Place(NamedTuple):
    """An input of a node."""

    node: str
    field: str


class Guess(NamedTuple):
    """One input to propose."""

    name: str
    kind: str
    place: Place | None


def inputs_of(graph: object) -> list[dict[str, Any]]:
    """Return the inputs that a graph seems to have, best known first; staff may change them. [] for a faulty graph."""
    walked = None if graph_faults(graph) else api_graph(graph)
    if walked is None:
        return []
    places: set[Place] = set()
    proposed: list[dict[str, Any]] = []
    for guess in sorted(_guesses(walked), key=lambda guess: ORDER.index(guess.name)):
        if guess.place is not None and guess.place not in places:
            places.add(guess.place)
            proposed.append(_declaration(graph, guess))
    return proposed


def _declaration(graph: Submitted, guess: Guess) -> dict[str, Any]:
    node_id, field = guess.place
    title = title_of(graph[node_id])
    node = title if title and nodes_named(graph, title) == [node_id] else node_id
    declared = {"name": guess.name, "kind": guess.kind, "node": node, "field": field, **_limits(graph, guess)}
    return {**declared, "label": LABELS[guess.name]} if guess.name in LABELS else declared


def _limits(graph: Submitted, guess: Guess) -> dict[str, float]:
    """Return the usual limits; none if the graph's own value is outside of them."""
    limits = LIMITS.get(guess.name, {})
    value = graph[guess.place.node]["inputs"][guess.place.field]
    return limits if not limits or limits["least"] <= value <= limits["most"] else {}


def _guesses(graph: Graph) -> Iterator[Guess]:
    nodes = _nodes_that_save(graph)
    samplers = [node for node in nodes if is_sampler(node)]
    for sampler in reversed(samplers):
        yield from _of_every_sampler(graph, sampler)
    for sampler in samplers[-1:]:
        yield from _of_first_sampler(graph, sampler)
    for node in nodes:
        yield from _of_node(node)


def _nodes_that_save(graph: Graph) -> list[Node]:
    """Return the nodes that the saving ones need, the nearest first: the last sampler of these begins."""
    links = [link for node in graph.nodes.values() if is_save(node) for link in node.links()]
    return list(graph.behind(*links, limit=WALK_MAX))


def _of_every_sampler(graph: Graph, sampler: Node) -> Iterator[Guess]:
    """Yield what all samplers of a graph share: texts and the seed."""
    guider = graph.node_of(sampler.inputs.get("guider")) or sampler
    positive = [*_texts(graph, guider, "positive")]
    yield from (Guess("prompt", "text", place) for place in positive)
    negative = [place for place in _texts(graph, guider, "negative") if place not in positive]
    yield from (Guess("negative_prompt", "text", place) for place in negative)
    noise = graph.node_of(sampler.inputs.get("noise")) or sampler
    yield Guess("seed", "seed", _place(graph, noise, int, "seed", "noise_seed"))


def _of_first_sampler(graph: Graph, sampler: Node) -> Iterator[Guess]:
    """Yield what the sampler that begins was set to."""
    guider = graph.node_of(sampler.inputs.get("guider")) or sampler
    schedule = graph.node_of(sampler.inputs.get("sigmas")) or sampler
    chosen = graph.node_of(sampler.inputs.get("sampler")) or sampler
    yield Guess("steps", "whole", _place(graph, schedule, int, "steps"))
    yield Guess("cfg", "number", _place(graph, guider, float, "cfg"))
    yield Guess("sampler", "choice", _place(graph, chosen, str, "sampler_name"))
    yield Guess("scheduler", "choice", _place(graph, schedule, str, "scheduler"))
    yield Guess("denoise", "number", _place(graph, schedule, float, "denoise"))
    for node in _chain(graph, sampler, LATENTS):
        if "width" in node.inputs and "height" in node.inputs:
            yield from (Guess(name, "whole", _place(graph, node, int, name)) for name in ("width", "height"))
            break
    for node in graph.behind(*guider.links(), limit=WALK_MAX):
        yield Guess("guidance", "number", _place(graph, node, float, "guidance"))
    yield from _of_model(graph, guider)


def _of_model(graph: Graph, guider: Node) -> Iterator[Guess]:
    """Yield the model, and the place right behind its loader for LoRAs."""
    before = guider
    for node in _chain(graph, guider, ("model",)):
        if any(isinstance(node.inputs.get(name), str) for name in MODELS):
            yield Guess("model", "model", _place(graph, node, str, *MODELS))
            yield Guess("loras", "loras", Place(before.id, "model"))
            return
        before = node


def _of_node(node: Node) -> Iterator[Guess]:
    """Yield what is known by its class: pictures to start from, and upscalers."""
    if node.kind == "LoadImage" and isinstance(node.inputs.get("image"), str):
        yield Guess("image", "picture", Place(node.id, "image"))
    if node.kind == "UpscaleModelLoader" and isinstance(node.inputs.get("model_name"), str):
        yield Guess("upscale_model", "model", Place(node.id, "model_name"))
    if node.kind == "ImageScaleBy" and _is_of(node.inputs.get("scale_by"), float):
        yield Guess("scale", "number", Place(node.id, "scale_by"))


def _chain(graph: Graph, node: Node, names: tuple[str, ...]) -> Iterator[Node]:
    """Yield the nodes behind one, along the first linked input of these names."""
    seen = {node.id}
    for _ in range(HOPS_MAX):
        link = next((node.inputs[name] for name in names if isinstance(node.inputs.get(name), Link)), None)
        node = graph.node_of(link)
        if node is None or node.id in seen:
            return
        seen.add(node.id)
        yield node


def _texts(graph: Graph, guider: Node, role: str) -> list[Place]:
    """Return where the text of one side is written: the nearest, and the same for a second encoder of its node."""
    start = guider.inputs.get(role, guider.inputs.get("conditioning") if role == "positive" else None)
    queue = deque([start])
    seen: set[str] = set()
    while queue and len(seen) < WALK_MAX:
        node = graph.node_of(queue.popleft())
        if node is None or node.id in seen or "zeroout" in node.kind.lower():
            continue
        seen.add(node.id)
        place = _place(graph, node, str, *TEXTS)
        if place:
            more = (_place(graph, node, str, name) for name in SECOND_TEXTS.get(place.field, ()))
            return [place, *filter(None, more)]
        queue.extend(_toward_texts(node, role))
    return []


def _toward_texts(node: Node, role: str) -> list[object]:
    if isinstance(node.inputs.get("positive"), Link) and isinstance(node.inputs.get("negative"), Link):
        return [node.inputs[role]]
    return [value for name, value in node.inputs.items() if name not in NOT_TEXT and isinstance(value, Link)]


def _place(graph: Graph, node: Node, wanted: type, *names: str) -> Place | None:
    """Return where a value is written: in the node, or in one of a single value that it is linked to."""
    for name in names:
        value = graph.resolve(node.inputs.get(name))
        place = Place(node.id, name)
        for _ in range(HOPS_MAX):
            if not isinstance(value, Link):
                break
            source = graph.nodes[value.node]
            place = Place(source.id, next((each for each in VALUE_NAMES if each in source.inputs), ""))
            value = graph.resolve(source.inputs.get(place.field))
        if _is_of(value, wanted) and not isinstance(_written(graph, place), Link):
            return place
    return None


def _written(graph: Graph, place: Place) -> object:
    return graph.nodes[place.node].inputs.get(place.field)


def _is_of(value: object, wanted: type) -> bool:
    return isinstance(value, (int, float) if wanted is float else wanted) and not isinstance(value, bool)
