"""NovelAI: Title, Description, Software, Source and a Comment of JSON, in texts, EXIF or hidden bits."""

from media.generation_data.blocks import Generation, ModelUse
from media.generation_data.generators.entries import USER_COMMENTS, Entries
from media.generation_data.generators.json_texts import parse_object
from media.generation_data.generators.values import (
    as_count,
    as_float,
    as_seed,
    as_text,
    put,
    put_rest,
    size_of,
)

FIELDS = frozenset(
    {"prompt", "uc", "steps", "scale", "seed", "sampler", "noise_schedule", "width", "height", "v4_prompt"}
    | {"v4_negative_prompt", "signed_hash"}
)
# At least one of these, beside `uc`, tells NovelAI's comment from other JSON.
MARKS = ("request_type", "signed_hash", "v4_prompt", "n_samples", "noise_schedule")
SOFTWARE = ("software", "0:0131")
HASH_LENGTH = 8


def read_novelai(entries: Entries) -> Generation | None:
    """Read the last comment that is NovelAI's by its keys or by the software's name."""
    is_named = any("novelai" in entry.plain[:200].lower() for entry in entries.named(*SOFTWARE, "title"))
    values = _values(entries, is_named)
    if values is None:
        return _described(entries) if is_named else None
    return _generation(values, entries)


def _values(entries: Entries, is_named: bool) -> dict[str, object] | None:
    candidates = [*entries.named("comment", *USER_COMMENTS), *entries.objects_of_generation()]
    for entry in reversed(candidates):
        values = _innermost(entry.object)
        if values is not None and _is_novelai(values, is_named):
            return values
    return None


def _innermost(values: dict[str, object] | None) -> dict[str, object] | None:
    """Unpack a Comment within a Comment."""
    for _level in range(3):
        inner = parse_object((values or {}).get("Comment"))
        if inner is None:
            break
        values = inner
    return values


def _is_novelai(values: dict[str, object], is_named: bool) -> bool:
    if is_named:
        return "uc" in values or "prompt" in values
    return "uc" in values and any(mark in values for mark in MARKS)


def _described(entries: Entries) -> Generation:
    """Read what there is without a comment."""
    prompt = as_text(entries.text("description", "0:010e"))
    return Generation(generator="novelai", prompt=prompt, model=_model(entries.text("source")))


def _generation(values: dict[str, object], entries: Entries) -> Generation:
    warnings: list[str] = []
    caption, negative = _caption(values.get("v4_prompt")), _caption(values.get("v4_negative_prompt"))
    generation = Generation(
        generator="novelai",
        prompt=as_text(values.get("prompt")) or as_text(caption.get("base_caption")) or _described(entries).prompt,
        negative_prompt=as_text(values.get("uc")) or as_text(negative.get("base_caption")),
        model=_model(entries.text("source") or values.get("source") or values.get("Source")),
        sampler=as_text(values.get("sampler")),
        scheduler=as_text(values.get("noise_schedule")),
        steps=as_count(values.get("steps")),
        cfg=as_float(values.get("scale")),
        seed=as_seed(values.get("seed"), warnings),
        warnings=warnings,
    )
    put(generation.more, "size", size_of(values.get("width"), values.get("height")))
    put(generation.more, "characters", _characters(caption))
    put(generation.more, "negative_characters", _characters(negative))
    put_rest(generation.more, values, FIELDS)
    return generation


def _caption(value: object) -> dict[str, object]:
    return parse_object((parse_object(value) or {}).get("caption")) or {}


def _characters(caption: dict[str, object]) -> list[str]:
    characters = caption.get("char_captions")
    captions = [as_text(item.get("char_caption")) for item in _objects(characters)]
    return [text for text in captions if text]


def _objects(value: object) -> list[dict[str, object]]:
    return [item for item in value[:100] if isinstance(item, dict)] if isinstance(value, list) else []


def _model(source: object) -> ModelUse | None:
    """Split "NovelAI Diffusion V4.5 4BDE2A90" into name and hash."""
    text = as_text(source)
    if text is None:
        return None
    name, _space, digest = text.rpartition(" ")
    is_hash = len(digest) == HASH_LENGTH and all(character in "0123456789ABCDEFabcdef" for character in digest)
    return ModelUse(name, digest) if name and is_hash else ModelUse(text)
