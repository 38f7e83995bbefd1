"""The order of a claimed job: all that its backend is told, with the picture to start from as a local file."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from content.models import ContentItem, ContentType
from generation import workflows
from generation.automatic import works_to_vary
from generation.backends import Order, RefusedError
from generation.models import GenerationJob
from generation.workflows.values import seed_value
from genonaut.http.uploads import uploads_dir
from media.files import FileGoneError, open_original

CLOSED = "The account that asked for this is closed."
NOT_VARIED = "The work that this was to vary is gone, or lists show it to visitors no longer."
PICTURES = "The built-in renderer makes pictures, and nothing else."
NO_PICTURE = "The picture to start from is gone, or is not yours to see."


@contextmanager
def order_of(job: GenerationJob) -> Iterator[Order]:
    """Yield the order of a job; the picture to start from exists inside the block. Raises RefusedError."""
    if not job.user.is_active:
        raise RefusedError(CLOSED)
    check_varied(job)
    seed = seed_of(job)
    with picture_of(job) as picture:
        yield Order(
            key=job.attempt_key,
            job_id=job.pk,
            prompt=job.prompt,
            negative_prompt=job.negative_prompt,
            parameters={**job.parameters, "seed": seed},
            graph=graph_of(job, seed),
            choices_left=() if job.workflow is None else workflows.choices_left(job.workflow, job.parameters),
            picture=picture,
        )


def check_varied(job: GenerationJob) -> None:
    """Raise RefusedError if no user asked for a job, and its work may be varied no longer: it may have been hidden.

    One query for an automatic job, none for others.
    """
    if job.is_automatic and not works_to_vary().filter(pk=job.parent_id).exists():
        raise RefusedError(NOT_VARIED)


def seed_of(job: GenerationJob) -> int:
    """Return the seed of a job; its id if it has none, as one that was asked for before there were workers.

    Raises RefusedError.
    """
    try:
        return seed_value(job.parameters.get("seed", job.pk))
    except workflows.InputError as error:
        raise RefusedError(str(error)) from error


def graph_of(job: GenerationJob, seed: int) -> dict | None:
    """Return the graph of a job's workflow with its inputs filled in; None without one. Raises RefusedError."""
    if job.workflow is None:
        if job.job_type != ContentType.IMAGE:
            raise RefusedError(PICTURES)
        return None
    try:
        return workflows.filled(job.workflow, job, seed)
    except workflows.InputError as error:
        raise RefusedError(str(error)) from error


@contextmanager
def picture_of(job: GenerationJob) -> Iterator[Path | None]:
    """Yield the local file of the work that a job starts from, if its user may see it; None if it starts from none.

    Raises RefusedError.
    """
    if job.image_id is None:
        yield None
        return
    items = ContentItem.objects.visible_to(job.user).select_related("media_file")
    item = items.filter(pk=job.image_id).first()
    if item is None or item.media_file is None:
        raise RefusedError(NO_PICTURE)
    try:
        original = open_original(item.media_file)
    except FileGoneError as error:
        raise RefusedError(NO_PICTURE) from error
    with original.file as source:
        if original.path is not None:
            yield original.path
            return
        with own_file() as path:
            with path.open("wb") as copy:
                shutil.copyfileobj(source, copy)
            yield path


@contextmanager
def own_file() -> Iterator[Path]:
    """Yield the path of a new file, which is deleted after the block.

    The site deletes one that a killed process left.
    """
    path = uploads_dir() / f"{uuid4()}.part"
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)
