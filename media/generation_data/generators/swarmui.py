"""SwarmUI: JSON with `sui_image_params`.

SwarmUI's model names are identifiers with their folder, and stay so; only a file ending is cut.
"""

from media.generation_data.blocks import Generation, ModelUse
from media.generation_data.generators.entries import Entries
from media.generation_data.generators.json_texts import parse_object
from media.generation_data.generators.values import (
    as_count,
    as_float,
    as_seed,
    as_text,
    bare_name,
    put,
    put_rest,
    size_of,
    without_ending,
)

FIELDS = frozenset(
    {"prompt", "negativeprompt", "model", "seed", "steps", "cfgscale", "width", "height", "sampler", "scheduler"}
    | {"loras", "loraweights"}
)
LORAS_MAX = 200


def read_swarmui(entries: Entries) -> Generation | None:
    """Read the last block with SwarmUI's parameters."""
    for entry in reversed(entries.objects_of_generation()):
        values = parse_object(entry.object["sui_image_params"]) if "sui_image_params" in entry.object else None
        if values is not None:
            return _generation(values, entry.object)
    return None


def _generation(values: dict[str, object], block: dict[str, object]) -> Generation:
    warnings: list[str] = []
    hashes = _hashes(block.get("sui_models"))
    generation = Generation(
        generator="swarmui",
        prompt=as_text(values.get("prompt")),
        negative_prompt=as_text(values.get("negativeprompt")),
        model=_model(values.get("model"), hashes),
        loras=_loras(values, hashes),
        sampler=as_text(values.get("sampler")),
        scheduler=as_text(values.get("scheduler")),
        steps=as_count(values.get("steps")),
        cfg=as_float(values.get("cfgscale")),
        seed=as_seed(values.get("seed"), warnings),
        warnings=warnings,
    )
    put(generation.more, "size", size_of(values.get("width"), values.get("height")))
    put_rest(generation.more, values, FIELDS)
    put_rest(generation.more, parse_object(block.get("sui_extra_data")) or {}, frozenset())
    return generation


def _model(name: object, hashes: dict[str, str]) -> ModelUse | None:
    text = as_text(name)
    if text is None or text.lower() in ("none", "(none)"):
        return None
    text = without_ending(text)
    return ModelUse(text, hashes.get(text))


def _hashes(models: object) -> dict[str, str]:
    """Return hashes by a model's name with its folder."""
    hashes: dict[str, str] = {}
    for model in models[:LORAS_MAX] if isinstance(models, list) else []:
        if isinstance(model, dict):
            name, digest = as_text(model.get("name")), as_text(model.get("hash"))
            if name and digest:
                hashes[without_ending(name)] = digest
    return hashes


def _loras(values: dict[str, object], hashes: dict[str, str]) -> list[ModelUse]:
    names, weights = _listed(values.get("loras")), _listed(values.get("loraweights"))
    loras: list[ModelUse] = []
    for number, name in enumerate(names[:LORAS_MAX]):
        bare = bare_name(name)
        if bare:
            weight = as_float(weights[number]) if number < len(weights) else None
            loras.append(ModelUse(bare, hashes.get(without_ending(str(name))), weight))
    return loras


def _listed(value: object) -> list[object]:
    """Return a list, also from a text with commas."""
    if isinstance(value, list):
        return value
    return list(value.split(",")) if isinstance(value, str) else []
