"""Find `<lora:name:weight>` in prompts."""

from media.generation_data.blocks import ModelUse
from media.generation_data.generators.values import as_float, bare_name

TAG_LENGTH_MAX = 300
TAGS_MAX = 200


def lora_tags(prompt: str | None) -> list[ModelUse]:
    """Return the LoRAs of a prompt, each once; linear in its length.

    A weight that is not written is 1. Of several numbers the first counts, and `te=` or `unet=` before it is dropped.
    """
    if not prompt or "<" not in prompt:
        return []
    loras: dict[str, ModelUse] = {}
    for content in _tags(prompt):
        name, *weights = content.split(":")
        bare = bare_name(name)
        if bare:
            loras.setdefault(bare, ModelUse(bare, None, _weight(weights)))
    return list(loras.values())


def _tags(prompt: str) -> list[str]:
    """Return what stands between `<lora:` or `<lyco:` and `>`."""
    contents: list[str] = []
    lowered = prompt.lower() if prompt.isascii() else prompt
    for opening in ("<lora:", "<lyco:"):
        end = -1
        start = lowered.find(opening)
        while start >= 0 and len(contents) < TAGS_MAX:
            start += len(opening)
            if end < start:
                end = lowered.find(">", start)
            if end < 0:
                break
            if end - start <= TAG_LENGTH_MAX and "<" not in prompt[start:end]:
                contents.append(prompt[start:end])
            start = lowered.find(opening, start)
    return contents


def _weight(weights: list[str]) -> float | None:
    if not weights:
        return 1.0
    for weight in weights:
        number = as_float(weight.rsplit("=", 1)[-1])
        if number is not None:
            return number
    return None
