"""Write a Generation as A1111's text, and as JSON."""

from media.generation_data.blocks import Generation, ModelUse, with_characters
from media.generation_data.generators.infotext import quote
from media.generation_data.generators.lora_tags import lora_tags

# Settings beside the fields, by their key in `more`.
EXTRA = {
    "clip_skip": "Clip skip",
    "vae": "VAE",
    "denoising_strength": "Denoising strength",
    "guidance": "Distilled CFG Scale",
    "distilled_cfg_scale": "Distilled CFG Scale",
    "hires_upscale": "Hires upscale",
    "hires_steps": "Hires steps",
    "hires_upscaler": "Hires upscaler",
    "hires_prompt": "Hires prompt",
    "hires_negative_prompt": "Hires negative prompt",
    "version": "Version",
}


def to_infotext(generation: Generation) -> str:
    """Write A1111's text. LoRAs that the prompt does not name are added to it as tags, as A1111 takes them."""
    lines = [_prompt(generation)]
    negative = with_characters(generation.negative_prompt, generation.more.get("negative_characters"))
    if negative:
        lines.append(f"Negative prompt: {negative}")
    settings = _settings(generation)
    if settings:
        lines.append(", ".join(f"{key}: {quote(_number(value))}" for key, value in settings.items()))
    return "\n".join(line for line in lines if line)


def _prompt(generation: Generation) -> str:
    prompt = with_characters(generation.prompt, generation.more.get("characters"))
    named = {lora.name for lora in lora_tags(prompt)}
    tags = [_tag(lora) for lora in generation.loras if lora.name not in named]
    return " ".join(part for part in (prompt, *tags) if part)


def _tag(lora: ModelUse) -> str:
    return f"<lora:{lora.name}:{_number(1.0 if lora.weight is None else lora.weight)}>"


def _settings(generation: Generation) -> dict[str, object]:
    size = generation.more.get("size")
    settings: dict[str, object] = {
        "Steps": generation.steps,
        "Sampler": generation.sampler,
        "Schedule type": generation.scheduler,
        "CFG scale": generation.cfg,
        "Seed": generation.seed,
        "Size": f"{size.get('width')}x{size.get('height')}" if isinstance(size, dict) else None,
        "Model hash": generation.model.hash if generation.model else None,
        "Model": generation.model.name if generation.model else None,
    }
    for key, name in EXTRA.items():
        settings.setdefault(name, generation.more.get(key))
    hashes = [f"{lora.name}: {lora.hash}" for lora in generation.loras if lora.hash]
    settings["Lora hashes"] = ", ".join(hashes) or None
    return {key: value for key, value in settings.items() if value is not None and not isinstance(value, dict | list)}


def _number(value: object) -> object:
    """Write 7.0 as 7."""
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 1e15 else value


def as_json(generation: Generation) -> dict[str, object]:
    """Return the contract's object; the seed is a string of digits, as JSON numbers lose some of its 64 bits."""
    return {
        "generator": generation.generator,
        "prompt": generation.prompt,
        "negative_prompt": generation.negative_prompt,
        "model": _without_weight(generation.model) if generation.model else None,
        "loras": [_without_weight(lora) | {"weight": lora.weight} for lora in generation.loras],
        "sampler": generation.sampler,
        "scheduler": generation.scheduler,
        "steps": generation.steps,
        "cfg": generation.cfg,
        "seed": None if generation.seed is None else str(generation.seed),
        "has_workflow": generation.has_workflow,
        "more": generation.more,
        "warnings": generation.warnings,
    }


def _without_weight(model: ModelUse) -> dict[str, object]:
    return {"name": model.name, "hash": model.hash}
