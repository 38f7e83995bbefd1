"""Titles and tags that are made of a prompt, or of a file's name."""

import re
from pathlib import PurePath

from media.generation_data.blocks import Generation

TITLE_LIMIT = 300
# A prompt is no title: its beginning is.
TITLE_OF_PROMPT = 80
UNTITLED = "Untitled"
# What may tell of a prompt in a file's name: letters and digits in a row.
TELLING = re.compile(r"[^\W_]{3,}")
MOST_TAGS, LONGEST_TAG, FEWEST_PIECES = 20, 30, 4
# What prompts say of quality tells no work from another.
HOLLOW = {"masterpiece", "best quality", "high quality", "amazing quality", "great quality", "highres", "absurdres"} | {
    *("4k", "8k", "hd", "uhd", "detailed", "highly detailed", "ultra detailed", "very aesthetic", "newest")
}
LORA = re.compile(r"<[^<>]*>")
WEIGHT = re.compile(r":-?[0-9.]+(?=[)\]}]|$)")
BRACKETS = str.maketrans("", "", "()[]{}\\")


def title_of(prompt: str, name: str) -> str:
    """Return a title: the beginning of the prompt up to a comma or a word's end, else the file's name."""
    text = ", ".join(piece for piece in _pieces(prompt) if piece.lower() not in HOLLOW).strip(" .;")
    if len(text) > TITLE_OF_PROMPT:
        cut = text[: TITLE_OF_PROMPT + 1]
        ends = (max(cut.rfind(mark) for mark in ",.;"), cut.rfind(" "))
        text = cut[: next((end for end in ends if end >= TITLE_OF_PROMPT // 3), TITLE_OF_PROMPT)].rstrip(" ,.;")
    return text or " ".join(PurePath(name).stem.replace("_", " ").split())[:TITLE_LIMIT] or UNTITLED


def silent_title(name: str, prompt: str, generation: Generation) -> str:
    """Return the name of a file as a title, unless it shares a word or number with what the file was made with.

    Generators write seeds, prompts and models into names, and their own.
    """
    uses = [use.name for use in (generation.model, *generation.loras) if use]
    texts = (prompt, generation.text, generation.negative_prompt, generation.generator, generation.sampler)
    said = " ".join(str(text) for text in (*texts, generation.scheduler, generation.seed, *uses) if text is not None)
    said, title = said.casefold(), title_of("", name)
    folded = title.casefold()
    is_told = any(part in said for part in TELLING.findall(folded)) or any(
        word in folded for word in TELLING.findall(said)
    )
    return UNTITLED if is_told else title


def tags_of(prompt: str) -> list[str]:
    """Return the tags of a prompt that is a list of them, as `1girl, red hat, (smile:1.2)`; of a sentence none."""
    pieces = [piece.lower() for piece in _pieces(prompt)]
    if len(pieces) < FEWEST_PIECES:
        return []
    short = [piece for piece in pieces if len(piece) <= LONGEST_TAG and piece not in HOLLOW]
    return list(dict.fromkeys(short))[:MOST_TAGS] if len(short) * 3 >= len(pieces) * 2 else []


def _pieces(prompt: str) -> list[str]:
    """Return what stands between a prompt's commas and lines, without LoRAs, weights and brackets."""
    parts = re.split(r"[,\n]|\bBREAK\b", LORA.sub(" ", prompt))
    plain = (WEIGHT.sub("", part.strip()).translate(BRACKETS) for part in parts)
    return [piece for piece in (" ".join(part.split()) for part in plain) if piece]
