"""Midjourney: a description of the prompt, parameters and `Job ID: uuid`. Copies from Discord carry nothing."""

from uuid import UUID

from media.generation_data.blocks import Generation
from media.generation_data.generators.entries import Entries
from media.generation_data.generators.values import as_seed, as_text, put

JOB_ID = "Job ID:"
UUID_LENGTH = 36
# Midjourney's short names and ours. `--s` and `--q` are neither steps nor cfg.
NAMES = {
    "ar": "aspect_ratio",
    "aspect": "aspect_ratio",
    "v": "version",
    "version": "version",
    "s": "stylize",
    "stylize": "stylize",
    "q": "quality",
    "quality": "quality",
    "c": "chaos",
    "chaos": "chaos",
    "w": "weird",
    "weird": "weird",
    "style": "style",
    "niji": "niji",
    "no": "no",
    "seed": "seed",
    "stop": "stop",
    "tile": "tile",
    "raw": "raw",
    "iw": "image_weight",
    "sref": "style_reference",
    "sw": "style_weight",
    "cref": "character_reference",
    "cw": "character_weight",
    "oref": "omni_reference",
    "ow": "omni_weight",
    "p": "personalize",
    "profile": "personalize",
    "personalize": "personalize",
    "motion": "motion",
    "video": "video",
    "exp": "exp",
}


def read_midjourney(entries: Entries, xmp: dict[str, str]) -> Generation | None:
    """Read a description with a job's id, or one with parameters beside Midjourney's GUID or name."""
    text = entries.text("description", "0:010e")
    job_id = _job_id(text)
    makers = " ".join((entries.text("0:010f", "0:0131", "software"), xmp.get("CreatorTool", ""), xmp.get("Credit", "")))
    is_named = "midjourney" in makers.lower()
    prompt, parameters = _split(text.partition(JOB_ID)[0] if job_id else text)
    if not (job_id or is_named or ("DigImageGUID" in xmp and parameters)):
        return None
    return _generation(prompt, parameters, job_id, entries.text("author") or xmp.get("creator", ""))


def _job_id(text: str) -> str | None:
    start = text.rfind(JOB_ID)
    if start < 0:
        return None
    digits = text[start + len(JOB_ID) :].strip()[:UUID_LENGTH]
    try:
        return str(UUID(digits))
    except ValueError:
        return None


def _split(text: str) -> tuple[str, dict[str, str]]:
    """Cut the prompt before its first parameter; each parameter lasts up to the next."""
    words = text.split(" ")
    start = next((number for number, word in enumerate(words) if _parameter(word)), len(words))
    parameters: dict[str, list[str]] = {}
    key = ""
    for word in words[start:]:
        name = _parameter(word)
        key = name or key
        if name:
            parameters.setdefault(key, [])
        elif word.strip():
            parameters[key].append(word.strip())
    return " ".join(words[:start]).strip(), {name: " ".join(values) for name, values in parameters.items()}


def _parameter(word: str) -> str | None:
    """Return our name of a parameter, None for another word. Phones turn two hyphens into a dash."""
    word = word.strip()
    for dashes in ("--", "—"):
        if word.startswith(dashes):
            name = word.removeprefix(dashes).lower()
            return NAMES.get(name, name if dashes == "--" and name.isalpha() else None)
    return None


def _generation(prompt: str, parameters: dict[str, str], job_id: str | None, author: str) -> Generation:
    warnings: list[str] = []
    generation = Generation(
        generator="midjourney",
        prompt=as_text(prompt),
        negative_prompt=as_text(parameters.pop("no", None)),
        seed=as_seed(parameters.pop("seed", None), warnings),
        warnings=warnings,
    )
    for name, value in parameters.items():
        put(generation.more, name, value or True)
    put(generation.more, "job_id", job_id)
    put(generation.more, "author", as_text(author))
    return generation
