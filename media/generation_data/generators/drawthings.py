"""Draw Things: JSON with the keys `c` and `uc`, in XMP or in a PNG's Comment; else its description.

Draw Things names a model by its file, with the ending, and the name stays so; LoRAs lose theirs.
"""

from media.generation_data.blocks import Generation, ModelUse
from media.generation_data.generators.entries import Entries
from media.generation_data.generators.infotext import split_infotext
from media.generation_data.generators.values import (
    as_count,
    as_float,
    as_seed,
    as_text,
    model_of,
    put,
    put_rest,
    size_of,
    snake_case,
)

FIELDS = frozenset({"c", "uc", "steps", "sampler", "scale", "seed", "size", "model", "lora"})
LINE_FIELDS = frozenset({"Steps", "Sampler", "Guidance Scale", "Seed", "Size", "Model"})
LORAS_MAX = 100


def read_drawthings(entries: Entries, xmp: dict[str, str]) -> Generation | None:
    """Read Draw Things's JSON, or the description of a file that Draw Things says it made."""
    for entry in reversed(entries.objects_of_generation()):
        values = entry.object
        if isinstance(values.get("c"), str) and ("uc" in values or "seed_mode" in values):
            return _generation(values)
    software = xmp.get("CreatorTool", "") + entries.text("software", "0:0131")
    description = entries.text("description", "0:010e")
    return _described(description) if "Draw Things" in software and description else None


def _generation(values: dict[str, object]) -> Generation:
    warnings: list[str] = []
    generation = Generation(
        generator="drawthings",
        prompt=as_text(values.get("c")),
        negative_prompt=as_text(values.get("uc")),
        model=_model(values.get("model")),
        loras=_loras(values.get("lora")),
        sampler=as_text(values.get("sampler")),
        steps=as_count(values.get("steps")),
        cfg=as_float(values.get("scale")),
        seed=as_seed(values.get("seed"), warnings),
        warnings=warnings,
    )
    put(generation.more, "size", _size(values.get("size")))
    put(generation.more, "denoising_strength", as_float(values.get("strength")))
    put_rest(generation.more, values, FIELDS | {"strength"})
    return generation


def _described(description: str) -> Generation:
    """Read lines: the prompt, a negative one behind a hyphen, then "Steps: ..., Sampler: ..."."""
    text = split_infotext(description)
    lines = text.prompt.split("\n")
    index = next((number for number, line in enumerate(lines) if number and line.startswith("-")), len(lines))
    settings, warnings = text.settings, list[str]()
    generation = Generation(
        generator="drawthings",
        prompt=as_text("\n".join(lines[:index])),
        negative_prompt=as_text("\n".join(lines[index:]).removeprefix("-")),
        model=_model(settings.get("Model")),
        sampler=as_text(settings.get("Sampler")),
        steps=as_count(settings.get("Steps")),
        cfg=as_float(settings.get("Guidance Scale")),
        seed=as_seed(settings.get("Seed"), warnings),
        warnings=warnings,
    )
    put(generation.more, "size", _size(settings.get("Size")))
    for key, value in settings.items():
        if key not in LINE_FIELDS:
            put(generation.more, snake_case(key), value)
    return generation


def _model(name: object) -> ModelUse | None:
    text = as_text(name)
    return ModelUse(text) if text else None


def _loras(value: object) -> list[ModelUse]:
    items = [item for item in value[:LORAS_MAX] if isinstance(item, dict)] if isinstance(value, list) else []
    loras = [model_of(item.get("model"), None, item.get("weight")) for item in items]
    return [lora for lora in loras if lora]


def _size(value: object) -> dict[str, int] | None:
    width, _x, height = str(value or "").lower().partition("x")
    return size_of(width, height)
