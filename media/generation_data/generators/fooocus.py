"""Fooocus and RuinedFooocus: JSON. Fooocus's other scheme is A1111's text with marks of its own."""

from media.generation_data.blocks import Generation, ModelUse
from media.generation_data.generators.entries import Entries
from media.generation_data.generators.values import (
    as_count,
    as_float,
    as_seed,
    as_text,
    bare_name,
    model_of,
    put,
    put_rest,
    size_of,
)

FIELDS = frozenset(
    {"prompt", "negative_prompt", "steps", "resolution", "guidance_scale", "base_model", "base_model_hash", "sampler"}
    | {"scheduler", "seed", "loras", "styles", "metadata_scheme", "full_prompt", "full_negative_prompt"}
)
RUINED_FIELDS = frozenset(
    {"Prompt", "Negative", "steps", "cfg", "width", "height", "seed", "sampler_name", "scheduler", "loras"}
    | {"base_model_name", "base_model_hash"}
)
SCHEMES = ("fooocus_scheme", "0:927c", "exif:927c")
LORAS_MAX = 100


def read_fooocus(entries: Entries) -> Generation | None:
    """Read the last block of JSON that has Fooocus's keys."""
    for entry in reversed(entries.objects_of_generation()):
        values = entry.object
        if "Prompt" in values and ("base_model_name" in values or "ruined" in str(values.get("software")).lower()):
            return _ruined(values)
        if "base_model" in values and ("guidance_scale" in values or "metadata_scheme" in values):
            return _fooocus(values)
    return None


def has_fooocus_scheme(entries: Entries) -> bool:
    """Tell if an A1111 text is said to be Fooocus's."""
    scheme = entries.text(*SCHEMES).strip().lower()
    return scheme in ("a1111", "fooocus") or entries.text("0:0131", "software").startswith("Fooocus")


def _fooocus(values: dict[str, object]) -> Generation:
    warnings: list[str] = []
    generation = Generation(
        generator="fooocus",
        prompt=as_text(values.get("prompt")),
        negative_prompt=as_text(values.get("negative_prompt")),
        model=model_of(values.get("base_model"), values.get("base_model_hash")),
        loras=_loras(values),
        sampler=as_text(values.get("sampler")),
        scheduler=as_text(values.get("scheduler")),
        steps=as_count(values.get("steps")),
        cfg=as_float(values.get("guidance_scale")),
        seed=as_seed(values.get("seed"), warnings),
        warnings=warnings,
    )
    more = generation.more
    put(more, "size", _size(values.get("resolution")))
    put(more, "styles", _styles(values.get("styles")))
    put(more, "full_prompt", values.get("full_prompt"))
    put(more, "full_negative_prompt", values.get("full_negative_prompt"))
    combined = frozenset(key for key in values if key.startswith("lora_combined_"))
    put_rest(more, values, FIELDS | combined)
    return generation


def _ruined(values: dict[str, object]) -> Generation:
    warnings: list[str] = []
    generation = Generation(
        generator="fooocus",
        prompt=as_text(values.get("Prompt")),
        negative_prompt=as_text(values.get("Negative")),
        model=model_of(values.get("base_model_name"), values.get("base_model_hash")),
        loras=_loras(values),
        sampler=as_text(values.get("sampler_name")),
        scheduler=as_text(values.get("scheduler")),
        steps=as_count(values.get("steps")),
        cfg=as_float(values.get("cfg")),
        seed=as_seed(values.get("seed"), warnings),
        warnings=warnings,
    )
    put(generation.more, "size", size_of(values.get("width"), values.get("height")))
    put_rest(generation.more, values, RUINED_FIELDS)
    return generation


def _loras(values: dict[str, object]) -> list[ModelUse]:
    """Read `loras`, else the texts `lora_combined_1` and on."""
    listed = values.get("loras")
    items = listed[:LORAS_MAX] if isinstance(listed, list) else []
    loras = [_lora(item) for item in items if isinstance(item, list)]
    if not loras:
        loras = [_combined(values.get(f"lora_combined_{number}"), " : ") for number in range(1, 11)]
    return [lora for lora in loras if lora]


def _lora(item: list[object]) -> ModelUse | None:
    """Read [name, weight, hash]; RuinedFooocus writes [hash, "weight - name"]."""
    first, second, third = [*item, None, None, None][:3]
    if as_float(second) is None and isinstance(second, str) and " - " in second:
        weight, _dash, name = second.partition(" - ")
        return model_of(name, first, weight)
    return model_of(first, third, second)


def _combined(value: object, separator: str) -> ModelUse | None:
    name, _separator, weight = (as_text(value) or "").rpartition(separator)
    bare = bare_name(name)
    return ModelUse(bare, None, as_float(weight)) if bare else None


def _size(resolution: object) -> dict[str, int] | None:
    """Read "(896, 1152)"."""
    width, _comma, height = str(resolution or "").strip("()[] ").partition(",")
    return size_of(width, height)


def _styles(value: object) -> object:
    """Read a list, also as Python writes it: "['Fooocus V2', 'SAI Anime']"."""
    if not isinstance(value, str) or not value.startswith("["):
        return value
    items = value.strip("[] ").split(",")
    return [item.strip(" '\"") for item in items if item.strip(" '\"")]
