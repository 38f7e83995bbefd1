"""The panel of generation data on a work's page: each field with the list of works that share it."""

import json
from collections.abc import Iterable
from typing import Any, NamedTuple
from unicodedata import category
from urllib.parse import urlencode

from content.models import ContentItem
from content.parameters import NUMBERS
from content.search_terms import LORA_TAG
from media.generation_data.blocks import Generation, ModelUse
from media.generation_data.generators.values import bare_name

GENERATORS = {
    "genonaut": "Genonaut",
    "a1111": "AUTOMATIC1111",
    "forge": "Forge",
    "comfyui": "ComfyUI",
    "invokeai": "InvokeAI",
    "novelai": "NovelAI",
    "swarmui": "SwarmUI",
    "fooocus": "Fooocus",
    "midjourney": "Midjourney",
    "drawthings": "Draw Things",
    "civitai": "Civitai",
    "other": "Another generator",
}
# Characters of a prompt that is short enough for a search.
SHORT_PROMPT = 150
# Letters, digits, and the marks and joiners without which a word of many scripts would be another.
WORD_CATEGORIES = "LNM"
# Behind the point, as filters have them.
FLOAT_DIGITS = 3


class Fact(NamedTuple):
    """One field of the panel, and the query of the list of works that share it; empty if no filter does."""

    label: str
    value: str
    query: str = ""


class PromptPart(NamedTuple):
    """A part of a prompt; `query` is that of the works with the LoRA that it names."""

    text: str
    query: str = ""


class Related(NamedTuple):
    """A link to works that share something with this one."""

    label: str
    query: str


def prompt_parts(prompt: str, loras: Iterable[ModelUse] = ()) -> list[PromptPart]:
    """Return a prompt cut at its LoRAs, which lead to the works that use them; together the parts are the prompt.

    One that is not among the work's own `loras`, or not by this name, leads to a search, which finds prompts as well.
    """
    own = {lora.name.lower() for lora in loras}
    parts: list[PromptPart] = []
    end = 0
    for tag in LORA_TAG.finditer(prompt):
        parts += [PromptPart(prompt[end : tag.start()])] if tag.start() > end else []
        name = bare_name(tag["name"]) or ""
        query = _query(lora=name) if name.lower() in own else _query(q=f'{tag["kind"]}:"{tag["name"]}"')
        parts.append(PromptPart(tag[0], query))
        end = tag.end()
    return [*parts, PromptPart(prompt[end:])] if end < len(prompt) else parts


def facts_of(generation: Generation, *, width: int | None, height: int | None) -> list[Fact]:
    """Return the fields that are known, with the size that was asked for."""
    generator = generation.generator
    facts = [
        _fact("Model", "model", generation.model and generation.model.name),
        _fact("Sampler", "sampler", generation.sampler),
        _fact("Scheduler", "scheduler", generation.scheduler),
        _fact("Steps", "steps", generation.steps),
        _fact("CFG scale", "cfg", generation.cfg),
        _fact("Seed", "seed", generation.seed),
        Fact("Size", f"{width} × {height}") if width and height else None,
        Fact("Generator", GENERATORS.get(generator, generator), _query(generator=generator)) if generator else None,
        Fact("Workflow", "In the file") if generation.has_workflow else None,
    ]
    return [fact for fact in facts if fact is not None]


def lora_facts(loras: list[ModelUse]) -> list[Fact]:
    """Return each LoRA with its weight as the label, which is empty if none was said."""
    return [
        Fact("" if lora.weight is None else _number(lora.weight), lora.name, _query(lora=lora.name)) for lora in loras
    ]


def related_to(item: ContentItem, generation: Generation | None) -> list[Related]:
    """Return links to works with the same model, seed and prompt."""
    links = []
    if generation is not None and generation.model:
        links.append(Related("Same model", _query(model=generation.model.name)))
    if generation is not None and generation.seed is not None:
        links.append(Related("Same seed", _query(seed=generation.seed)))
    words = plain_words(LORA_TAG.sub(" ", item.prompt))
    if words and len(words) <= SHORT_PROMPT:
        links.append(Related("Same prompt", _query(q=words)))
    return links


def plain_words(text: str) -> str:
    """Return the words of a text without signs, which a search would take for its own, and without "or"."""
    kept = "".join(char if category(char)[0] in WORD_CATEGORIES or category(char) == "Cf" else " " for char in text)
    return " ".join(word for word in kept.split() if word.lower() != "or" and any(map(str.isalnum, word)))


def as_text(value: Any) -> str:  # noqa: ANN401 - any JSON
    """Return JSON as indented text, characters as they are."""
    return json.dumps(value, ensure_ascii=False, indent=2)


def _fact(label: str, parameter: str, value: str | float | None) -> Fact | None:
    if value is None or value == "":
        return None
    text = value if isinstance(value, str) else _number(value)
    is_found = isinstance(value, str) or parameter not in NUMBERS or NUMBERS[parameter].holds(value)
    return Fact(label, text, _query(**{parameter: text}) if is_found else "")


def _number(value: float) -> str:
    """Return a number without what a float is off by, 4.199999809265137, and without a fraction of zero."""
    value = round(value, FLOAT_DIGITS)
    return str(int(value)) if isinstance(value, int) or value.is_integer() else str(value)


def _query(**parameters: object) -> str:
    return "?" + urlencode(parameters)
