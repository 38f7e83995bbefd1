"""A1111's text, which Forge, Civitai, SD.Next, Fooocus and others write as well."""

from media.generation_data.blocks import Carrier, Generation, ModelUse
from media.generation_data.generators.civitai import civitai_loras, is_civitai
from media.generation_data.generators.entries import Entries, Entry
from media.generation_data.generators.infotext import Infotext, split_infotext
from media.generation_data.generators.json_texts import parse_json, parse_object
from media.generation_data.generators.lora_tags import lora_tags
from media.generation_data.generators.values import (
    as_count,
    as_float,
    as_integer,
    as_seed,
    as_text,
    bare_name,
    model_of,
    put,
    size_of,
    snake_case,
)

# Settings that have a field of their own.
FIELDS = frozenset(
    {"Steps", "Sampler", "Schedule type", "Scheduler", "CFG scale", "Seed", "Size", "Model", "Model hash"}
    | {"Lora hashes", "Lora weights"}
)
# Values that may look like a number, but are none.
TEXTS = ("hash", "version", "model", "vae", "checkpoint", "upscaler", "prompt", "user", "name", "app")
# In the version; the generator that it is of.
MARKS = (
    *(("fooocus", "fooocus"), ("comfy", "comfyui"), ("swarm", "swarmui"), ("invoke", "invokeai")),
    ("genonaut", "genonaut"),
)
# Settings that name LoRAs.
NAMING_LORAS = ("Lora hashes", "Lora weights", "Hashes", "AddNet Enabled", "AddNet Model 1")
FORGE_MARKS = ("Distilled CFG Scale", "Module 1", "Diffusion in Low Bits")


def read_a1111(entries: Entries) -> Generation | None:
    """Read the last A1111 text of a file; earlier ones go to `more["samplers"]`.

    A text without settings counts as a prompt only where nothing but A1111's text can lie.
    """
    texts = [(entry, split_infotext(entry.plain)) for entry in entries.texts_of_generation() if not entry.object]
    generations = [from_infotext(text) for _entry, text in texts if text.settings]
    if not generations:
        generations = [from_infotext(text) for entry, text in texts if _is_prompt_alone(entry)][-1:]
    if not generations:
        return _postprocessed(entries)
    generation = generations[-1]
    put(
        generation.more, "samplers", [_summary(earlier) for earlier in generations[:-1] if _differ(earlier, generation)]
    )
    put(generation.more, "postprocessing", _postprocessing(entries))
    return generation


def _is_prompt_alone(entry: Entry) -> bool:
    return entry.name == "parameters" or (entry.carrier is Carrier.STEALTH and not entry.is_inner)


def _differ(earlier: Generation, last: Generation) -> bool:
    return (earlier.prompt, earlier.seed, earlier.steps) != (last.prompt, last.seed, last.steps)


def _summary(generation: Generation) -> dict[str, object]:
    values: dict[str, object] = {
        "prompt": generation.prompt,
        "seed": None if generation.seed is None else str(generation.seed),
        "steps": generation.steps,
        "cfg": generation.cfg,
        "sampler": generation.sampler,
        "model": generation.model.name if generation.model else None,
    }
    return {key: value for key, value in values.items() if value is not None}


def _postprocessing(entries: Entries) -> str | None:
    """Return what the upscale tab wrote."""
    return as_text(entries.text("postprocessing"))


def _postprocessed(entries: Entries) -> Generation | None:
    text = _postprocessing(entries)
    return Generation(generator="a1111", more={"postprocessing": text}) if text else None


def from_infotext(text: Infotext) -> Generation:
    """Build a Generation from the parts of an A1111 text."""
    settings = text.settings
    warnings: list[str] = []
    prompt = as_text(settings.get("Raw prompt")) or as_text(text.prompt)
    negative = as_text(settings.get("Raw negative prompt")) or as_text(text.negative_prompt)
    generation = Generation(
        generator=_generator(settings),
        prompt=prompt,
        negative_prompt=negative,
        model=model_of(settings.get("Model"), _model_hash(settings)),
        loras=_loras(text.prompt, settings),
        sampler=as_text(settings.get("Sampler")),
        scheduler=as_text(settings.get("Schedule type")) or as_text(settings.get("Scheduler")),
        steps=as_count(settings.get("Steps")),
        cfg=as_float(settings.get("CFG scale")),
        seed=as_seed(settings.get("Seed"), warnings),
        warnings=warnings,
    )
    _put_more(generation, text)
    return generation


def _put_more(generation: Generation, text: Infotext) -> None:
    more, settings = generation.more, text.settings
    width, _x, height = str(settings.get("Size") or "").lower().partition("x")
    put(more, "size", size_of(width, height))
    if generation.model is None:
        put(more, "model_hash", _model_hash(settings))
    if text.prompt != generation.prompt:
        put(more, "full_prompt", text.prompt)
    put(more, "software", _software(settings))
    for key, value in (settings | text.templates).items():
        if key not in FIELDS:
            put(more, snake_case(key), _typed(key, value))


def _typed(key: str, value: object) -> object:
    """Turn numbers into numbers, but not hashes and versions that look like some."""
    if not isinstance(value, str):
        return value
    if key.lower().endswith(TEXTS) or len(value) > 15 or not value.isascii():
        return value
    digits = value.removeprefix("-")
    if digits.isdigit():
        return value if digits.startswith("0") and digits != "0" else as_integer(value)
    whole, _point, fraction = digits.partition(".")
    return as_float(value) if whole.isdigit() and fraction.isdigit() else value


def _model_hash(settings: dict[str, object]) -> str | None:
    return as_text(settings.get("Model hash")) or as_text(_hashes(settings).get("model"))


def _hashes(settings: dict[str, object]) -> dict[str, object]:
    return (parse_object(settings["Hashes"]) or {}) if "Hashes" in settings else {}


def _generator(settings: dict[str, object]) -> str:
    """Tell who wrote the text by what only this one writes."""
    version = str(settings.get("Version") or "")
    lowered = version.lower()
    if is_civitai(settings):
        return "civitai"
    for mark, generator in MARKS:
        if mark in lowered:
            return generator
    if _software(settings):
        return "other"
    is_forge = version[:1] == "f" and version[1:2].isdigit()
    if is_forge or "neo" in lowered or "forge" in lowered or any(mark in settings for mark in FORGE_MARKS):
        return "forge"
    return "a1111"


def _software(settings: dict[str, object]) -> str | None:
    """Return the name of software that has no reader of its own."""
    app = as_text(settings.get("App"))
    if app:
        return app
    return "SD.Next" if "Backend" in settings and "Pipeline" in settings else None


def _loras(prompt: str, settings: dict[str, object]) -> list[ModelUse]:
    """Join the tags of the prompt, the hashes and weights of the settings, and what older extensions wrote."""
    loras = {lora.name: lora for lora in lora_tags(prompt)}
    for name, digest, weight in _named_in_settings(settings):
        bare = bare_name(name)
        if bare:
            lora = loras.setdefault(bare, ModelUse(bare))
            lora.hash = lora.hash or digest
            lora.weight = weight if lora.weight is None else lora.weight
    return list(loras.values()) or civitai_loras(parse_json_or_list(settings.get("Civitai resources")))


def parse_json_or_list(value: object) -> object:
    """Return a list as it is, and the list in a text."""
    return parse_json(value) if isinstance(value, str) else value


def _named_in_settings(settings: dict[str, object]) -> list[tuple[str, str | None, float | None]]:
    named: list[tuple[str, str | None, float | None]] = []
    if settings.keys().isdisjoint(NAMING_LORAS):
        return named
    for name, rest in _list_of_names(settings.get("Lora hashes")):
        # Old Fooocus: name, hash and weight.
        named.append((name, as_text(rest[0]), as_float(rest[1]) if len(rest) > 1 else None))
    named += [(name, None, as_float(rest[0])) for name, rest in _list_of_names(settings.get("Lora weights"))]
    for key, value in _hashes(settings).items():
        if key.lower().startswith("lora:"):
            named.append((key[5:], as_text(value), None))
    for number in range(1, 6) if "AddNet Enabled" in settings or "AddNet Model 1" in settings else ():
        name, _bracket, digest = str(settings.get(f"AddNet Model {number}") or "").partition("(")
        named.append((name, as_text(digest.rstrip(")")), as_float(settings.get(f"AddNet Weight {number}"))))
    return named


def _list_of_names(value: object) -> list[tuple[str, list[str]]]:
    """Split "name: hash, other: hash"."""
    items = value.split(",") if isinstance(value, str) else []
    parts = [[part.strip() for part in item.split(":")] for item in items]
    return [(part[0], part[1:]) for part in parts if len(part) > 1 and part[0]]
