"""Files that come together: which of them are works, and which belong to another as its sidecar or first frame.

Libraries, zips and forms use the same rules (media/walking.py).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import NamedTuple

from media.generation_data.blocks import Block
from media.generation_data.carriers import DamagedFileError, UnknownFormatError, read_facts
from media.generation_data.carriers.sidecars import MAX_BYTES, sidecar_block
from media.walking import FIRST_FRAME, SIDECARS, ZIP, companions, first_frame_of, stem_of

# What is read of the first frame of a video; larger ones are left out.
FRAME_BYTES = 32 * 1024 * 1024


class Group(NamedTuple):
    """The position of a work in a list of names, and those of the files that belong to it."""

    work: int
    companions: tuple[int, ...]


def grouped(names: Sequence[str]) -> list[Group]:
    """Return the works among the names of one folder, in their order, with what belongs to each. Linear."""
    others = companions(names)
    by_stem: dict[str, list[int]] = defaultdict(list)
    for position, name in enumerate(names):
        if name in others:
            by_stem[stem_of(name)].append(position)
    return [
        Group(position, tuple(_of(name, names, by_stem))) for position, name in enumerate(names) if name not in others
    ]


def most_bytes(name: str) -> int:
    """Return how many bytes of a companion are read; a longer one is left out."""
    return MAX_BYTES if name.lower().endswith(SIDECARS) else FRAME_BYTES


def companion_blocks(contents: Iterable[tuple[str, bytes]]) -> list[Block]:
    """Return what companions say of their work; each is a name with its content."""
    blocks: list[Block] = []
    for name, content in contents:
        if not name.lower().endswith(SIDECARS):
            blocks += _frame_blocks(content)
        elif content:
            blocks.append(sidecar_block(f".{name.lower().rpartition('.')[2]}", content))
    return blocks


def _of(name: str, names: Sequence[str], by_stem: dict[str, list[int]]) -> Iterable[int]:
    """Yield what belongs to a work: texts of its stem or of its whole name, and the first frame of a video.

    Nothing belongs to a zip.
    """
    if name.lower().endswith(ZIP):
        return
    frame = first_frame_of(name)
    for position in dict.fromkeys((*by_stem.get(stem_of(name), ()), *by_stem.get(name, ()))):
        other = names[position].lower()
        if other.endswith(SIDECARS) or (frame is not None and other.endswith(FIRST_FRAME)):
            yield position


def _frame_blocks(content: bytes) -> Sequence[Block]:
    try:
        return read_facts(BytesIO(content)).blocks
    except (UnknownFormatError, DamagedFileError):
        return ()
