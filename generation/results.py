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
    job: GenerationJob,
    files: Sequence[tuple[OutputRef, BinaryIO]],
    end: Callable[[list[int], int], bool],
    *,
    needs_file: bool = True,
) -> list[int]:
    """Make works of files and end the job with them, and with how many files no work can be made of; return their ids.

    Either all of it is done or nothing. With `needs_file` there is to be a work, and a file that could not be read now
    may be read the next time; else such files are left out too. Raises RefusedFileError, NotOursError and OSError, and,
    if there are files, RefusedError if the account was closed meanwhile, or the work that is varied may be varied no
    longer.
    """
    level, reads, works, refused = level_of_sources(job), [], [], []
    for output, file in files:
        with leaving_out(refused, unread_too=not needs_file):
            reads.append(read_offer(offer_of(job, output, file, level)))
    with ExitStack() as stack:
        stack.enter_context(transaction.atomic())
        if reads:
            check_varied(job)
        for read in reads:
            with leaving_out(refused, unread_too=not needs_file):
                works.append(stack.enter_context(kept(read)))
        if works:
            _check_open(job.user_id)
        elif needs_file:
            raise refused[-1]
        items = list(dict.fromkeys(work.item_id for work in works))
        if not end(items, len(refused)):
            raise NotOursError
        if job.publishes:
            publish(items, level)
    return items


@contextmanager
def leaving_out(refused: list[RefusedFileError], *, unread_too: bool) -> Iterator[None]:
    """Leave out a file that is refused in the block, and note why. Raises UnreadFileError unless those are left out
    too."""
    try:
        yield
    except RefusedFileError as error:
        if isinstance(error, UnreadFileError) and not unread_too:
            raise
        refused.append(error)


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
