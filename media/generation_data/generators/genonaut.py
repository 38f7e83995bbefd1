"""Genonaut's own text, which its built-in renderer writes: a JSON object in ASCII, so that no character is lost."""

import json

from media.generation_data.blocks import Carrier, Generation, ModelUse
from media.generation_data.generators.entries import Entries
from media.generation_data.generators.values import (
    as_count,
    as_float,
    as_seed,
    as_text,
    clean_text,
    put,
    put_rest,
    size_of,
)

GENERATOR = "genonaut"
# The keyword of the PNG text.
KEYWORD = "genonaut"
FIELDS = frozenset({"prompt", "negative_prompt", "model", "steps", "cfg", "seed", "width", "height"})
PNG_TEXT = Carrier.PNG_TEXT


def read_genonaut(entries: Entries) -> Generation | None:
    """Read Genonaut's object; prompts keep their outer whitespace."""
    entry = entries.last(KEYWORD)
    if entry is None or entry.carrier is not PNG_TEXT or not entry.object:
        return None
    values, warnings = entry.object, []
    name = as_text(values.get("model"))
    generation = Generation(
        generator=GENERATOR,
        prompt=_whole(values.get("prompt")),
        negative_prompt=_whole(values.get("negative_prompt")),
        model=ModelUse(name) if name else None,
        steps=as_count(values.get("steps")),
        cfg=as_float(values.get("cfg")),
        seed=as_seed(values.get("seed"), warnings),
        warnings=warnings,
    )
    put(generation.more, "size", size_of(values.get("width"), values.get("height")))
    put_rest(generation.more, values, FIELDS)
    return generation


def _whole(value: object) -> str | None:
    return clean_text(value) if isinstance(value, str) else None


def to_genonaut(generation: Generation) -> str:
    """Write the object that `read_genonaut` reads; the seed is a string of digits, as in the API."""
    more = dict(generation.more)
    size = more.pop("size", None)
    values = {
        "prompt": generation.prompt,
        "negative_prompt": generation.negative_prompt,
        "model": generation.model.name if generation.model else None,
        "steps": generation.steps,
        "cfg": generation.cfg,
        "seed": None if generation.seed is None else str(generation.seed),
        **(size if isinstance(size, dict) else {}),
        **more,
    }
    return json.dumps({key: value for key, value in values.items() if value is not None})
