"""Find the samplers that made a picture, and what they were set to."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from media.generation_data.blocks import ModelUse
from media.generation_data.generators.comfyui.graphs import CONTEXT_NAMES, Graph, Link, Node, is_called_context
from media.generation_data.generators.comfyui.models import Models, models_of
from media.generation_data.generators.comfyui.texts import text_of
from media.generation_data.generators.values import (
    as_count,
    as_float,
    as_seed,
    as_text,
    bare_name,
    put,
    size_of,
    snake_case,
)

SEEDS = ("seed", "noise_seed", "rand_seed", "noise")
SETTINGS = frozenset(
    {"steps", "sigmas", "cfg", "guider", "sampler_name", "sampler", "scheduler", "positive", "model", "latent_image"}
)
FEEDS = frozenset(
    {
        "model",
        "positive",
        "guider",
        "latent_image",
        "latent",
        "samples",
        "text_embeds",
        "image",
        "sigmas",
        *CONTEXT_NAMES,
    }
)
# Links that only samplers have together; a workflow may not tell the names of the rest.
CORE = ("model", "positive", "latent_image")
LATENTS = ("latent_image", "latent", "samples", "latents", "image", "pixels", *CONTEXT_NAMES)
SIDES = {
    "positive": ("positive", "conditioning", "cond1", "text_embeds", "hyvid_embeds", *CONTEXT_NAMES),
    "negative": ("negative", "text_embeds", *CONTEXT_NAMES, "negative_prompt"),
}
# Links of nodes that encode a prompt for a sampler.
ENCODER_LINKS = frozenset({"clip", "t5", "text_encoders"})
SAVING = ("save", "videocombine")
# The rest of a class name is not looked at, so that what is remembered stays small.
KIND_LENGTH_MAX = 200
GUIDANCE_NODES_MAX = 200
SIZE_NODES_MAX = 2000


@dataclass
class Sampling:
    """What one sampler was set to."""

    kind: str
    prompt: str | None = None
    negative_prompt: str | None = None
    models: Models = field(default_factory=Models)
    sampler: str | None = None
    scheduler: str | None = None
    steps: int | None = None
    cfg: float | None = None
    seed: int | None = None
    more: dict[str, object] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def summary(self) -> dict[str, object]:
        """Return what `more["samplers"]` tells of a sampler that is not the last."""
        values = {
            "class": self.kind,
            "seed": None if self.seed is None else str(self.seed),
            "steps": self.steps,
            "cfg": self.cfg,
            "sampler": self.sampler,
            "scheduler": self.scheduler,
            "model": self.models.model.name if self.models.model else None,
            "denoising_strength": self.more.get("denoising_strength"),
        }
        return {key: value for key, value in values.items() if value is not None}


def is_save(node: Node) -> bool:
    """Tell if a node writes files."""
    return _is_called_save(node.kind[:KIND_LENGTH_MAX])


@lru_cache(maxsize=1_000)
def _is_called_save(kind: str) -> bool:
    lowered = kind.lower()
    return any(word in lowered for word in SAVING)


def is_sampler(node: Node) -> bool:
    """Tell a sampler by the shape of its inputs, so that custom ones are known as well."""
    inputs = node.inputs
    names = inputs.keys()
    # A core holds three of the settings.
    if len(SETTINGS & names) < 2 or is_save(node) or is_called_context(node):
        return False
    if all(isinstance(inputs.get(name), Link) for name in CORE):
        return True
    has_seed = any(name in inputs for name in SEEDS)
    return has_seed and any(isinstance(inputs[name], Link) for name in FEEDS & names)


def is_prompted(node: Node) -> bool:
    """Tell a node that takes a prompt by itself, as nodes of outside services do: with a seed or a negative prompt."""
    inputs = node.inputs
    if "prompt" not in inputs or is_save(node):
        return False
    return "seed" in inputs or ("negative_prompt" in inputs and not ENCODER_LINKS & inputs.keys())


def is_detailer(node: Node) -> bool:
    """Tell a sampler that paints parts of a picture again, faces and hands, by a prompt of their own."""
    return "detailer" in node.kind[:KIND_LENGTH_MAX].lower()


def sampling_of(graph: Graph, node: Node) -> Sampling:
    """Read one sampler, through its guider, noise and sigmas if it has such."""
    sampling = Sampling(node.kind)
    guider = graph.node_of(node.inputs.get("guider")) or node
    sampling.prompt = _side(graph, guider, "positive") or _own_prompt(graph, node)
    sampling.negative_prompt = _side(graph, guider, "negative")
    sampling.models = models_of(graph, _first_link(guider, ("model", *CONTEXT_NAMES)))
    if sampling.models.model is None and "prompt" in node.inputs:
        sampling.models.model = _named_model(node)
    sampling.sampler = _sampler(graph, node)
    sampling.cfg = as_float(graph.input(guider, "cfg", "cfg_conds", "cfg_scale"))
    sampling.seed = _seed(graph, node, sampling.warnings)
    _read_schedule(graph, node, sampling)
    _put_more(graph, node, guider, sampling)
    return sampling


def _side(graph: Graph, node: Node, role: str) -> str | None:
    """Return the text of one side; a sampler without conditioning may have it as a literal."""
    name = next((name for name in SIDES[role] if node.inputs.get(name) is not None), None)
    return as_text(text_of(graph, node.inputs[name], role)) if name else None


def _own_prompt(graph: Graph, node: Node) -> str | None:
    return as_text(text_of(graph, node.inputs["prompt"], "positive")) if "prompt" in node.inputs else None


def _named_model(node: Node) -> ModelUse | None:
    """Return the model that a service is asked for by name."""
    names = (node.inputs.get(name) for name in ("model", "model_name"))
    bare = next((bare for bare in map(bare_name, names) if bare), None)
    return ModelUse(bare) if bare else None


def _first_link(node: Node, names: Iterable[str]) -> object:
    return next((node.inputs[name] for name in names if isinstance(node.inputs.get(name), Link)), None)


def _sampler(graph: Graph, node: Node) -> str | None:
    """Return the sampler's name: written down, or the class of the node that stands for it."""
    for name in ("sampler_name", "sampler"):
        literal = graph.input(node, name)
        if isinstance(literal, str):
            return as_text(literal)
    chosen = graph.node_of(node.inputs.get("sampler"))
    seen: set[str] = set()
    # A wrapper changes how the sampler within it steps.
    while chosen is not None and chosen.id not in seen and isinstance(chosen.inputs.get("sampler"), Link):
        seen.add(chosen.id)
        chosen = graph.node_of(chosen.inputs["sampler"])
    if chosen is None:
        return None
    name = as_text(graph.input(chosen, "sampler_name"))
    return name or snake_case(chosen.kind.removeprefix("Sampler")) or None


def _seed(graph: Graph, node: Node, warnings: list[str]) -> int | None:
    """Return the seed of the noise. A sampler that adds none has the seed of the one before it."""
    seen: set[str] = set()
    while node.id not in seen and _adds_no_noise(graph, node):
        seen.add(node.id)
        before = next((other for other in _before(graph, node) if is_sampler(other)), None)
        if before is None:
            break
        node = before
    noise = graph.node_of(node.inputs.get("noise"))
    if noise is not None:
        return as_seed(graph.input(noise, "noise_seed", "seed"), warnings)
    return as_seed(graph.input(node, "seed", "noise_seed", "rand_seed"), warnings)


def _adds_no_noise(graph: Graph, node: Node) -> bool:
    noise = graph.node_of(node.inputs.get("noise"))
    return node.inputs.get("add_noise") in ("disable", False) or (noise is not None and noise.kind == "DisableNoise")


def _before(graph: Graph, node: Node) -> list[Node]:
    """Return the nodes that the latent passed on its way to a sampler, the nearest first."""
    path: list[Node] = []
    seen = {node.id}
    current = graph.node_of(_first_link(node, LATENTS))
    while current is not None and current.id not in seen and len(path) < SIZE_NODES_MAX:
        seen.add(current.id)
        path.append(current)
        current = graph.node_of(_first_link(current, LATENTS))
    return path


def _read_schedule(graph: Graph, node: Node, sampling: Sampling) -> None:
    """Read steps, scheduler and strength, of the sampler itself or of the node behind its sigmas."""
    source = node
    seen: set[str] = set()
    while source.id not in seen and "steps" not in source.inputs:
        seen.add(source.id)
        source = graph.node_of(source.inputs.get("sigmas")) or source
    sampling.steps = as_count(graph.input(source, "steps"))
    scheduler = as_text(graph.input(source, "scheduler"))
    if scheduler is None and source is not node and source.kind.endswith("Scheduler"):
        scheduler = snake_case(source.kind.removesuffix("Scheduler")) or None
    sampling.scheduler = scheduler
    put(sampling.more, "denoising_strength", as_float(graph.input(source, "denoise")))


def _put_more(graph: Graph, node: Node, guider: Node, sampling: Sampling) -> None:
    put(sampling.more, "guidance", _guidance(graph, guider))
    put(sampling.more, "model_air", sampling.models.air)
    put(sampling.more, "airs", sampling.models.airs)
    for source in (node, *_before(graph, node)):
        names = ("width", "height") if "width" in source.inputs else ("empty_latent_width", "empty_latent_height")
        if names[0] in source.inputs:
            width, height = (graph.input(source, name) for name in names)
            put(sampling.more, "size", size_of(width, height))
            return


def _guidance(graph: Graph, guider: Node) -> float | None:
    """Return the guidance of distilled models, which is no cfg."""
    start = _first_link(guider, SIDES["positive"])
    for node in graph.behind(start, limit=GUIDANCE_NODES_MAX):
        if "guidance" in node.inputs:
            return as_float(graph.input(node, "guidance"))
    return None
