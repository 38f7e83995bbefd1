"""Easy Diffusion: a PNG text for each field, JSON in a comment, or a text or JSON beside the picture."""

from media.generation_data.blocks import Carrier, Generation, ModelUse
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

# The names for people, which Easy Diffusion writes when its text format is on, and those of its API; in lower case.
NAMES = {
    "negative prompt": "negative_prompt",
    "steps": "num_inference_steps",
    "guidance scale": "guidance_scale",
    "prompt strength": "prompt_strength",
    "sampler": "sampler_name",
    "scheduler": "scheduler_name",
    "stable diffusion model": "use_stable_diffusion_model",
    "vae model": "use_vae_model",
    "lora model": "use_lora_model",
    "lora strength": "lora_alpha",
    "hypernetwork model": "use_hypernetwork_model",
    "clip skip": "clip_skip",
    "use face correction": "use_face_correction",
    "use upscaling": "use_upscale",
    "upscale by": "upscale_amount",
}
PLAIN = frozenset({"prompt", "seed", "width", "height", *NAMES.values()})
MARK = "use_stable_diffusion_model"
FIELDS = frozenset(
    {"prompt", "negative_prompt", "seed", "num_inference_steps", "guidance_scale", "sampler_name", "scheduler_name"}
    | {"width", "height", "use_lora_model", "lora_alpha", "use_vae_model", "prompt_strength", MARK}
)


def read_easydiffusion(entries: Entries) -> Generation | None:
    """Read fields that name Easy Diffusion's model."""
    for values in _candidates(entries):
        if MARK in values and "prompt" in values:
            return _generation(values)
    return None


def _candidates(entries: Entries) -> list[dict[str, object]]:
    chunks = {entry.name: entry.plain for entry in entries.all if not entry.is_inner}
    objects = [entry.object for entry in reversed(entries.texts_of_generation()) if entry.object]
    texts = [_lines(entry.text) for entry in entries.all if entry.carrier is Carrier.SIDECAR and not entry.object]
    return [_named(values) for values in (chunks, *objects, *texts)]


def _named(values: dict[str, object]) -> dict[str, object]:
    named: dict[str, object] = {}
    for key, value in values.items():
        name = NAMES.get(key.lower(), key.lower())
        if name in PLAIN:
            named[name] = value
    return named


def _lines(text: str) -> dict[str, object]:
    """Read lines of `Name: value`."""
    parts = [line.partition(": ") for line in text.split("\n")[:200]]
    return {name.strip(): value for name, colon, value in parts if colon}


def _generation(values: dict[str, object]) -> Generation:
    warnings: list[str] = []
    generation = Generation(
        generator="other",
        prompt=as_text(values.get("prompt")),
        negative_prompt=as_text(values.get("negative_prompt")),
        model=model_of(values.get(MARK)),
        loras=_loras(values.get("use_lora_model"), values.get("lora_alpha")),
        sampler=as_text(values.get("sampler_name")),
        scheduler=as_text(values.get("scheduler_name")),
        steps=as_count(values.get("num_inference_steps")),
        cfg=as_float(values.get("guidance_scale")),
        seed=as_seed(values.get("seed"), warnings),
        more={"software": "Easy Diffusion"},
        warnings=warnings,
    )
    put(generation.more, "size", size_of(values.get("width"), values.get("height")))
    put(generation.more, "vae", bare_name(values.get("use_vae_model")))
    put(generation.more, "denoising_strength", as_float(values.get("prompt_strength")))
    put_rest(generation.more, values, FIELDS)
    return generation


def _loras(names: object, weights: object) -> list[ModelUse]:
    names, weights = _list(names), _list(weights)
    padded = [*weights, *[None] * len(names)]
    loras = [model_of(name, None, weight) for name, weight in zip(names, padded, strict=False)]
    return [lora for lora in loras if lora]


def _list(value: object) -> list[object]:
    """Return a list, which its text formats write as `a, b` and its PNG texts as Python does: `['a', 'b']`."""
    if not isinstance(value, str):
        return value if isinstance(value, list) else [value]
    return [piece.strip().strip("'\"") for piece in value.strip("[] ").split(",")]
