"""The files that an attempt made become works of its user, in one transaction with the end of the job."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from django.db import transaction
from django.utils import timezone

from content.blurring import level_of_new
from content.models import ContentItem, Level, Source
from content.owners import set_privacy
from content.refusals import RefusedFileError, UnreadFileError
from content.uploading import Offer, kept, read_offer
from generation.backends import OutputRef, RefusedError
from generation.models import GenerationJob
from generation.orders import CLOSED, check_varied, own_file
from users.models import User


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
    one that could not be read now may be read the next time. Raises RefusedFileError, NotOursError and OSError, and
    RefusedError if the account was closed meanwhile, or the work that is varied may be varied no longer.
    """
    reads, refusal = [], None
    level = level_of_sources(job)
    for output, file in files:
        try:
            reads.append(read_offer(offer_of(job, output, file, level)))
        except UnreadFileError:
            raise
        except RefusedFileError as error:
            refusal = error
    if refusal is not None and not reads:
        raise refusal
    with ExitStack() as stack:
        stack.enter_context(transaction.atomic())
        check_varied(job)
        items = list(dict.fromkeys(stack.enter_context(kept(read)).item_id for read in reads))
        _check_open(job.user_id)
        if not end(items):
            raise NotOursError
        if job.publishes:
            publish(items, level)
    return items


def _check_open(pk: int) -> None:
    """Raise RefusedError if an account is closed; one that new works refer to stays open until the transaction ends.

    Their foreign key holds its row, and to close an account changes its username, which waits for that: both see the
    other. No lock of our own: to sign in and to save preferences would wait while files are stored.
    """
    if not User.objects.filter(pk=pk, is_active=True).exists():
        raise RefusedError(CLOSED)


def publish(items: Sequence[int], level: int) -> None:
    """Show works to all, at a level or above it: their user may have had one of the same file already, as a private
    one. One query if not."""
    for item in ContentItem.objects.filter(pk__in=items, is_private=True).only("pk", "level"):
        if item.level < level:
            ContentItem.objects.filter(pk=item.pk).update(level=level, updated_at=timezone.now())
        set_privacy(item, is_private=False)


def level_of_sources(job: GenerationJob) -> int:
    """Return the highest level of the works that a job begins with, as they are now: its parent, and the work whose
    picture it changes. One query; none if it begins with none."""
    sources = {job.parent_id, job.image_id} - {None}
    levels = ContentItem.objects.filter(pk__in=sources).values_list("level", flat=True) if sources else ()
    return max(levels, default=Level.GENERAL)


def offer_of(job: GenerationJob, output: OutputRef, file: BinaryIO, level: int) -> Offer:
    """Return an output as its user would send it, at a level or at the higher one that they prefer."""
    return Offer(
        file,
        Path(file.name),
        output.name,
        job.user,
        is_private=not job.publishes,
        level=max(level, level_of_new(job.user)),
        prompt=job.prompt,
        source=Source.AUTO if job.is_automatic else Source.USER,
    )
