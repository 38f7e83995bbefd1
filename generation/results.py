"""The files that an attempt made become works of its user, in one transaction with the end of the job."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from django.db import transaction

from content.models import ContentItem, Source
from content.owners import set_privacy
from content.refusals import RefusedFileError, UnreadFileError
from content.uploading import Offer, kept, read_offer
from generation.backends import OutputRef
from generation.models import GenerationJob
from generation.orders import own_file


class NotOursError(Exception):
    """The job was cancelled, or another attempt has it by now: nothing of this one is kept."""


@contextmanager
def fetched(output: OutputRef, fetch: Callable[[OutputRef, BinaryIO], None]) -> Iterator[tuple[OutputRef, BinaryIO]]:
    """Yield an output as a local file, which is deleted after the block. Raises what `fetch` raises, and OSError."""
    with own_file() as path, path.open("x+b") as file:
        fetch(output, file)
        file.flush()
        yield output, file


def keep(
    job: GenerationJob, files: Sequence[tuple[OutputRef, BinaryIO]], end: Callable[[list[int]], bool]
) -> list[int]:
    """Make works of files and end the job with them; return their ids.

    Either all of it is done or nothing. Files that no work can be made of are left out, unless there is no other;
    one that could not be read now may be read the next time. Raises RefusedFileError, NotOursError and OSError.
    """
    reads, refusal = [], None
    for output, file in files:
        try:
            reads.append(read_offer(offer_of(job, output, file)))
        except UnreadFileError:
            raise
        except RefusedFileError as error:
            refusal = error
    if refusal is not None and not reads:
        raise refusal
    with ExitStack() as stack:
        stack.enter_context(transaction.atomic())
        items = list(dict.fromkeys(stack.enter_context(kept(read)).item_id for read in reads))
        if not end(items):
            raise NotOursError
        if job.publishes:
            publish(items)
    return items


def publish(items: Sequence[int]) -> None:
    """Show works to all: their user may have had one of the same file already, as a private one. One query if not."""
    for item in ContentItem.objects.filter(pk__in=items, is_private=True).only("pk"):
        set_privacy(item, is_private=False)


def offer_of(job: GenerationJob, output: OutputRef, file: BinaryIO) -> Offer:
    """Return an output as its user would send it."""
    return Offer(
        file,
        Path(file.name),
        output.name,
        job.user,
        is_private=not job.publishes,
        prompt=job.prompt,
        source=Source.AUTO if job.is_automatic else Source.USER,
    )
