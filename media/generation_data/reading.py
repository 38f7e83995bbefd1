"""A whole file: what it is, its blocks of metadata, and what its generator wrote."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from media.generation_data.blocks import Block, Facts, Generation
from media.generation_data.carriers import read_facts
from media.generation_data.carriers.sidecars import sidecar_blocks
from media.generation_data.carriers.stealth import read_stealth
from media.generation_data.generators import as_json, interpret
from media.generation_data.ratings import SUFFIX, rating_of

# Raise it if a reader finds more than before: `manage.py reread_generation` then runs it over the stored blocks.
READER_VERSION = 5


@dataclass(slots=True)
class Reading:
    """What a file is and what its generator wrote; `blocks` are all that it was read from, sidecars among them.

    Not to be changed, like a Block.
    `rating` is 1 to 5 as its owner gave it in another program, None if it has none.
    """

    facts: Facts
    blocks: tuple[Block, ...]
    generation: Generation
    rating: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the object that `manage.py read_generation` prints."""
        facts = self.facts
        data = as_json(self.generation)
        warnings = [*facts.warnings, *data.pop("warnings")]
        return {
            "format": facts.format,
            "width": facts.width,
            "height": facts.height,
            **data,
            "warnings": warnings,
        }


def read(
    file: BinaryIO,
    sidecars: Sequence[Block] = (),
    hidden_in: Callable[[BinaryIO, Facts], Block | None] = read_stealth,
) -> Reading:
    """Read a file that can be sought in. Pixels are looked into, by `hidden_in`, only if nothing else says what
    generated it.

    Of an XMP packet beside it the rating alone is read: other programs write it, no generator.

    Raises UnknownFormatError and DamagedFileError (carriers).
    """
    facts = read_facts(file)
    rating = rating_of((*(block for block in sidecars if block.key == SUFFIX), *facts.blocks))
    blocks = (*facts.blocks, *(block for block in sidecars if block.key != SUFFIX))
    generation = interpret(blocks, facts)
    if generation.generator is None and (hidden := hidden_in(file, facts)):
        blocks = (*blocks, hidden)
        generation = interpret(blocks, facts)
    return Reading(facts, blocks, generation, rating)


def read_path(path: Path) -> Reading:
    """Read a file and what lies beside it. Raises OSError, UnknownFormatError and DamagedFileError."""
    # Unbuffered: the carriers read at offsets, through a window of their own.
    with open(path, "rb", buffering=0) as file:
        return read(file, sidecar_blocks(path))
