"""The files of one form: works with what belongs to them, and zips, which are kept to be unpacked."""

import os
from collections.abc import Sequence
from pathlib import Path

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Count, Sum

from content.refusals import RefusedFileError, check_quota, check_size, file_name
from content.uploading import Offer
from media.archives import is_zip
from media.companions import companion_blocks, grouped, most_bytes
from uploads.models import Upload
from uploads.unpacking import begin
from users.models import User

# Uploads of one account that are not finished.
MOST_OPEN = 1_000


def offers_of(files: Sequence[UploadedFile], user: User, **fields: object) -> list[Offer]:
    """Return the works among the files of a form, each with the texts that belong to it."""
    names = [file_name(file.name) for file in files]
    offers = []
    for group in grouped(names):
        file = files[group.work]
        blocks = companion_blocks((names[number], _content(files[number])) for number in group.companions)
        offers.append(Offer(file.file, Path(file.file.name), file.name, user, sidecars=blocks, **fields))
    return offers


def _content(file: UploadedFile) -> bytes:
    """Return what a companion holds; nothing if it is longer than is read."""
    most = most_bytes(file.name)
    file.seek(0)
    content = file.read(most + 1)
    return content if len(content) <= most else b""


def kept_zip(offer: Offer, *, looks_first: bool = False) -> Upload | None:
    """Keep an offered zip until it is unpacked, and return its upload; None for any other file. With `looks_first` its
    works, which are private, are to be shown to all once their titles and tags are saved.

    Raises RefusedFileError.
    """
    if not is_zip(offer.file):
        return None
    size = check_size(offer.file)
    count, under_way = open_uploads(offer.creator)
    check_quota(offer.creator, size, under_way)
    if count >= MOST_OPEN:
        raise RefusedFileError(f"At most {MOST_OPEN:,} uploads may be open.")
    fields = {"is_private": offer.is_private, "hides_prompt": offer.hides_prompt}
    fields |= {"looks_first": True} if looks_first else {}
    fields |= {} if offer.level is None else {"level": offer.level}
    fields |= {} if offer.tags is None else {"tags": list(offer.tags)}
    upload = Upload(owner=offer.creator, name=file_name(offer.name), length=size, offset=size, fields=fields)
    # The form's temporary file ends with the request; under this name the same bytes stay.
    os.link(offer.path, upload.path)
    try:
        with transaction.atomic():
            upload.save(force_insert=True)
            begin(upload, offer.file)
    except BaseException:
        upload.path.unlink(missing_ok=True)
        raise
    return upload


def open_uploads(user: User) -> tuple[int, int]:
    """Return how many uploads of an account are not finished, and the bytes of them all. One query."""
    known = Upload.objects.filter(owner=user, finished_at=None).aggregate(count=Count("pk"), bytes=Sum("length"))
    return known["count"], known["bytes"] or 0
