"""A better reader over the metadata that is stored: no file is opened."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import QuerySet

from content.models import PROMPT_LIMIT, ContentItem
from content.renewing import follow_readings, said_before, write_generations
from genonaut.interruptions import interruption_waits
from media.blocks import DamagedBlocksError, unpack
from media.generation_data.blocks import Carrier, Facts, Generation, with_characters
from media.generation_data.generators import interpret
from media.generation_data.reading import READER_VERSION
from media.models import MediaFile, MetadataBlocks
from media.shared_generations import has_blocks_beside

BATCH_ROWS = 200


def outdated(*, is_every: bool = False) -> QuerySet[MetadataBlocks]:
    """Return the blocks that an older reader read, or all."""
    rows = MetadataBlocks.objects.all()
    return rows if is_every else rows.filter(reader_version__lt=READER_VERSION)


@dataclass
class Rereading:
    """Interprets blocks again; `counts` says how many were `read`, how many have generation data `added`, and how many
    are `damaged`."""

    say: Callable[[str], object] = print
    counts: Counter[str] = field(default_factory=Counter)

    def run(self, rows: QuerySet[MetadataBlocks], advance: Callable[[int], object]) -> None:
        """Read blocks in batches, each a transaction."""
        last = 0
        while batch := list(rows.filter(pk__gt=last).select_related("media_file").order_by("pk")[:BATCH_ROWS]):
            with interruption_waits():
                beside: set[int] = set()
                self._save(dict(self._interpreted(batch, beside)), beside)
                self.counts["read"] += len(batch)
            advance(len(batch))
            last = batch[-1].pk

    def _interpreted(self, batch: list[MetadataBlocks], beside: set[int]) -> Iterator[tuple[MediaFile, Generation]]:
        """Yield contents with what their blocks say; add to `beside` those with blocks that lay beside a file."""
        for row in batch:
            try:
                blocks = unpack(row.packed)
                if has_blocks_beside(row.media_file.format, blocks):
                    beside.add(row.pk)
                yield row.media_file, interpret(blocks, facts_of(row.media_file, blocks))
            except DamagedBlocksError as error:
                self.counts["damaged"] += 1
                self.say(f"{row.media_file}: {error}")

    @transaction.atomic
    def _save(self, generations: dict[MediaFile, Generation], beside: Collection[int]) -> None:
        """Write what was read. Some 8 queries, 3 more if prompts or seeds differ, and one for each new prompt.

        Contents are locked as take_in locks them: a work that comes meanwhile is counted with the models of one or the
        other reading, never with both. What lay beside the file of one creator is no word on works of others.
        """
        files = [file.pk for file in generations]
        list(MediaFile.objects.select_for_update(no_key=True).filter(pk__in=files).order_by("sha256").only("pk"))
        read = {file.pk: generation for file, generation in generations.items()}
        before = said_before(files)
        new = write_generations(read)
        follow_readings(read, before)
        for row in new:
            works = ContentItem.objects.filter(media_file=row.media_file_id, generation=None)
            if row.media_file_id in beside and works.values("creator").distinct().count() > 1:
                continue
            prompt = with_characters(row.prompt, row.more.get("characters"))
            works.filter(prompt="").update(prompt=prompt[:PROMPT_LIMIT])
            works.update(generation=row, generation_seed=row.seed)
        self.counts["added"] += len(new)
        MetadataBlocks.objects.filter(pk__in=files).update(reader_version=READER_VERSION)


def facts_of(file: MediaFile, blocks: tuple) -> Facts:
    """Return a content's facts as its carrier told them; texts beside it are none of its blocks."""
    own = tuple(block for block in blocks if block.carrier != Carrier.SIDECAR)
    return Facts(file.format, file.mime, file.width, file.height, file.duration, file.frames, own)
