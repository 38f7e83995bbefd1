"""InvokeAI: `invokeai_metadata` since 3, `sd-metadata` of 2, `Dream` of 1."""

from media.generation_data.blocks import Generation, ModelUse
from media.generation_data.generators.entries import Entries
from media.generation_data.generators.json_texts import parse_object
from media.generation_data.generators.values import (
    as_count,
    as_float,
    as_seed,
    as_text,
    model_of,
    put,
    put_rest,
    size_of,
)

FIELDS = frozenset(
    {"positive_prompt", "negative_prompt", "width", "height", "seed", "cfg_scale", "steps", "scheduler", "model"}
    | {"loras", "vae", "app_version"}
)
OLD_FIELDS = frozenset({"prompt", "steps", "cfg_scale", "seed", "sampler", "width", "height"})
# What the command line of InvokeAI 1 called them.
DREAM_SWITCHES = {"-s": "steps", "-S": "seed", "-C": "cfg_scale", "-A": "sampler", "-W": "width", "-H": "height"}
LORAS_MAX = 200


def read_invokeai(entries: Entries) -> Generation | None:
    """Read the newest of InvokeAI's ways that is there."""
    metadata = entries.last("invokeai_metadata")
    if metadata and metadata.object is not None:
        return _current(metadata.object)
    old = entries.last("sd-metadata")
    if old and old.object is not None:
        return _old(old.object)
    if entries.text("dream"):
        return _dream(entries.text("dream"))
    return Generation(generator="invokeai") if entries.named("invokeai_workflow", "invokeai_graph") else None


def _current(values: dict[str, object]) -> Generation:
    warnings: list[str] = []
    generation = Generation(
        generator="invokeai",
        prompt=as_text(values.get("positive_prompt")),
        negative_prompt=as_text(values.get("negative_prompt")),
        model=_model(values.get("model")),
        loras=_loras(values.get("loras")),
        # InvokeAI's schedulers are what others call samplers.
        sampler=as_text(values.get("scheduler")),
        steps=as_count(values.get("steps")),
        cfg=as_float(values.get("cfg_scale")),
        seed=as_seed(values.get("seed"), warnings),
        warnings=warnings,
    )
    vae = _model(values.get("vae"))
    put(generation.more, "size", size_of(values.get("width"), values.get("height")))
    put(generation.more, "vae", vae.name if vae else as_text(values.get("vae")))
    put(generation.more, "version", as_text(values.get("app_version")))
    put_rest(generation.more, values, FIELDS)
    return generation


def _model(value: object, weight: object = None) -> ModelUse | None:
    """Read a model, which is an object in all versions but the first; 3 calls its name `model_name`."""
    if not isinstance(value, dict):
        return model_of(value, None, weight)
    return model_of(value.get("name") or value.get("model_name"), value.get("hash"), weight)


def _loras(value: object) -> list[ModelUse]:
    items = [item for item in value[:LORAS_MAX] if isinstance(item, dict)] if isinstance(value, list) else []
    loras = [_model(item.get("model") or item.get("lora"), item.get("weight")) for item in items]
    return [lora for lora in loras if lora]


def _old(values: dict[str, object]) -> Generation:
    image = parse_object(values.get("image")) or {}
    generation = _generation_of(image, _old_prompt(image.get("prompt")))
    generation.model = model_of(values.get("model_weights"), values.get("model_hash"))
    put(generation.more, "version", as_text(values.get("app_version")))
    put_rest(generation.more, image, OLD_FIELDS)
    return generation


def _old_prompt(value: object) -> str | None:
    """Read a prompt, or a list of weighted ones."""
    if not isinstance(value, list):
        return as_text(value)
    prompts = [as_text(item.get("prompt")) for item in value[:100] if isinstance(item, dict)]
    return ", ".join(prompt for prompt in prompts if prompt) or None


def _apart(prompt: str | None) -> tuple[str | None, str | None]:
    """Split a prompt of InvokeAI 1 and 2: what stands in square brackets is its negative prompt."""
    wanted, unwanted = list[str](), list[str]()
    for number, part in enumerate((prompt or "").split("[")):
        inside, bracket, after = part.partition("]")
        if number and bracket:
            unwanted.append(inside.strip())
            wanted.append(after)
        else:
            wanted.append(part if not number else f"[{part}")
    if not unwanted:
        return prompt, None
    pieces = [piece.strip() for piece in wanted if piece.strip()]
    return as_text(" ".join(pieces)), as_text(", ".join(filter(None, unwanted)))


def _dream(text: str) -> Generation:
    """Read a command line: the prompt in quotes, then switches."""
    end = text.rfind('" -') if text.startswith('"') else text.find(" -")
    prompt, switches = (text[:end], text[end:]) if end >= 0 else (text, "")
    values: dict[str, object] = {}
    words = switches.lstrip('"').split()
    for word, following in zip(words, [*words[1:], ""], strict=False):
        if word in DREAM_SWITCHES:
            values.setdefault(DREAM_SWITCHES[word], following)
        elif word[:2] in DREAM_SWITCHES and len(word) > 2:
            values.setdefault(DREAM_SWITCHES[word[:2]], word[2:])
    return _generation_of(values, as_text(prompt.strip().strip('"')))


def _generation_of(values: dict[str, object], written: str | None) -> Generation:
    warnings: list[str] = []
    prompt, negative_prompt = _apart(written)
    generation = Generation(
        generator="invokeai",
        prompt=prompt,
        negative_prompt=negative_prompt,
        sampler=as_text(values.get("sampler")),
        steps=as_count(values.get("steps")),
        cfg=as_float(values.get("cfg_scale")),
        seed=as_seed(values.get("seed"), warnings),
        warnings=warnings,
    )
    put(generation.more, "size", size_of(values.get("width"), values.get("height")))
    return generation
