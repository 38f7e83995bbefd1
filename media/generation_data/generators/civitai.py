"""What Civitai adds to A1111's text and to ComfyUI's workflow.

Civitai's resources name a model as its page is titled, not as its file is called: a checkpoint among them stays in
`more["civitai_resources"]` and is no `model`. LoRAs are taken from there if nothing else names one.
"""

from media.generation_data.blocks import Generation, ModelUse
from media.generation_data.generators.json_texts import parse_object
from media.generation_data.generators.values import as_count, as_float, as_seed, as_text, bare_name, put, put_rest

MARKS = ("Civitai resources", "Civitai metadata")
RESOURCES_MAX = 200
# What Civitai's own runs write beside the graph, as they were asked for.
ASKED = frozenset({"prompt", "negativePrompt", "cfgScale", "steps", "sampler", "seed"})


def is_civitai(settings: dict[str, object]) -> bool:
    """Tell if Civitai's own generator wrote these settings."""
    return any(mark in settings for mark in MARKS)


def civitai_loras(resources: object) -> list[ModelUse]:
    """Return the LoRAs among Civitai's resources that have a name."""
    loras: dict[str, ModelUse] = {}
    for resource in resources[:RESOURCES_MAX] if isinstance(resources, list) else []:
        if isinstance(resource, dict) and _kind(resource) in ("lora", "lycoris", "locon", "dora"):
            name = bare_name(resource.get("modelName"))
            if name:
                loras.setdefault(name, ModelUse(name, None, as_float(resource.get("weight"))))
    return list(loras.values())


def _kind(resource: dict[str, object]) -> str:
    """Return a resource's type: as it says, or as its urn does (urn:air:sdxl:lora:civitai:82098@87153)."""
    parts = (as_text(resource.get("air")) or "").split(":")
    kind = as_text(resource.get("type")) or (parts[3] if len(parts) > 3 else "")
    return kind.lower()


def put_civitai(generation: Generation, graph: dict[str, object]) -> None:
    """Add what Civitai writes beside the nodes of a graph that it ran: `extra.airs` and `extraMetadata`."""
    extra, asked = parse_object(graph.get("extra")) or {}, parse_object(graph.get("extraMetadata"))
    airs = extra.get("airs")
    names = [as_text(air) for air in airs[:RESOURCES_MAX]] if isinstance(airs, list) else []
    if any(names):
        generation.generator = "civitai"
        generation.more["airs"] = [name for name in names if name]
    if asked is not None:
        generation.generator = "civitai"
        _put_asked(generation, asked)


def _put_asked(generation: Generation, asked: dict[str, object]) -> None:
    """Let what was asked for win over what the graph says."""
    generation.prompt = as_text(asked.get("prompt")) or generation.prompt
    generation.negative_prompt = as_text(asked.get("negativePrompt")) or generation.negative_prompt
    generation.sampler = as_text(asked.get("sampler")) or generation.sampler
    steps, cfg = as_count(asked.get("steps")), as_float(asked.get("cfgScale"))
    seed = as_seed(asked.get("seed"), generation.warnings)
    generation.steps = generation.steps if steps is None else steps
    generation.cfg = generation.cfg if cfg is None else cfg
    generation.seed = generation.seed if seed is None else seed
    if generation.prompt:
        generation.more.pop("unknown_nodes", None)
    put(generation.more, "civitai_resources", asked.get("resources"))
    put_rest(generation.more, asked, ASKED | {"resources"})
