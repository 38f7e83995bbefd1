"""Which works share the generation data of their content: what was written beside one copy of a file is its owner's."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from media.blocks import DamagedBlocksError, unpack
from media.generation_data.blocks import Block, Carrier
from media.generation_data.generators import interpret, workflow_text
from media.generation_data.reading import Reading
from media.models import GenerationData, MetadataBlocks

# The formats whose own blocks are PNG text; in any other it is that of a first frame beside a video.
PNG_FORMATS = ("png", "apng")


def generation_ids(readings: Mapping[int, Reading], known: Iterable[int]) -> dict[int, int]:
    """Return the ids of the generation data that new works of contents may refer to, by the ids of the contents.

    A `known` content was read before, perhaps with a sidecar that its owner keeps private or hides the prompt of: its
    data are for those whose own copy says the same, or if nothing beside the file said them. Two queries.
    """
    rows = GenerationData.objects.filter(media_file__in=readings)
    ids = dict(rows.values_list("media_file_id", "pk"))
    for pk in _of_others(readings, [pk for pk in known if pk in ids]):
        del ids[pk]
    return ids


def has_blocks_beside(file_format: str, blocks: Iterable[Block]) -> bool:
    """Return whether some blocks of a content lay beside the file that they were read with."""
    return any(
        block.carrier == Carrier.SIDECAR or (block.carrier == Carrier.PNG_TEXT and file_format not in PNG_FORMATS)
        for block in blocks
    )


def _of_others(readings: Mapping[int, Reading], known: Iterable[int]) -> Iterator[int]:
    """Yield the contents whose generation data, or workflow, say what an arrival does not."""
    rows = MetadataBlocks.objects.filter(media_file__in=known)
    for pk, packed in rows.values_list("media_file_id", "packed"):
        reading = readings[pk]
        try:
            blocks = unpack(packed)
        except DamagedBlocksError:
            yield pk
            continue
        # An arrival that has all of them is told nothing. A first frame's packet of XMP is like a video's own.
        if not set(blocks) <= set(reading.blocks) and not _says_the_same(blocks, reading):
            yield pk


def _says_the_same(blocks: Sequence[Block], reading: Reading) -> bool:
    return (interpret(blocks, reading.facts), workflow_text(blocks)) == (
        reading.generation,
        workflow_text(reading.blocks),
    )
