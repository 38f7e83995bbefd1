"""Files beside a picture in which generators write about it, and other programs its rating."""

import os
from os import F_OK, access
from pathlib import Path

from media.generation_data.blocks import Block, Carrier
from media.walking import leads_out

SUFFIXES = (".txt", ".json", ".caption", ".xmp")
MAX_BYTES = 1 << 20


def sidecar_blocks(path: Path, root: Path | None = None) -> list[Block]:
    """Return the texts beside a picture: of the same stem, or of its whole name with .txt, .json, .caption
    or .xmp behind it.

    What is over 1 MB or cannot be read is left out, and so are links that lead out of `root`, if there is one: they
    would show any file of this machine as a prompt.
    """
    whole = str(path)
    stem, ending = os.path.splitext(whole)
    if ending.lower() in SUFFIXES:
        return []
    forms = (stem, whole) if ending else (whole,)
    blocks = []
    for suffix in SUFFIXES:
        for form in forms:
            sidecar = form + suffix
            # One look tells that there is none, which is so beside most pictures.
            if not access(sidecar, F_OK) or (root is not None and leads_out(sidecar, str(root))):
                continue
            if data := _content(sidecar):
                blocks.append(sidecar_block(suffix, data))
    return blocks


def sidecar_block(suffix: str, data: bytes) -> Block:
    """Return what a sidecar holds; a caption is a text by another name."""
    return Block(Carrier.SIDECAR, ".txt" if suffix == ".caption" else suffix, data)


def _content(path: str) -> bytes | None:
    """Return what a file holds; None if it is none, too long or not readable."""
    try:
        if not os.path.isfile(path):
            return None
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError):
        return None
    return data if len(data) <= MAX_BYTES else None
