"""A file that a person sends becomes a work, or is refused with one sentence that says why; then nothing of it is kept.

Its pixels are decoded in a process of its own (media/pictures/studio.py), for its picture and for texts that are hidden
in them, before anything is written: a damaged file is refused, and the thumbnails are there when the answer is.
"""

import hashlib
import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import TimeoutError as NotYetError
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.core.files.base import File
from django.db import DataError, transaction
from django.utils import timezone

from content.arrivals import Arrival, Taken, take_in
from content.blurring import level_of_new
from content.models import ContentItem, Source
from content.quotas import note_stored
from content.refusals import (
    RefusedFileError,
    UnreadFileError,
    check_kind,
    check_limits,
    check_quota,
    check_size,
    file_name,
)
from media.generation_data.blocks import Block
from media.generation_data.carriers import DamagedFileError, UnknownFormatError
from media.generation_data.reading import Reading, read
from media.making import STUDIO, hidden_text
from media.models import MediaFile
from media.pictures.limits import PassingError, PictureError, ProcessDiedError, TooSlowError, UnsupportedError
from media.pictures.prepared import Prepared
from media.stored import drop, lock_content, store
from media.thumbnails import GRID, drop_thumbnails, keep_thumbnail, thumbnail_size
from users.models import User

READ_BYTES = 1_048_576
TEXT_CHARACTERS = 1_000_000
# For so long an answer waits for thumbnails; later ones are made by the picture pass.
PICTURE_SECONDS = 20.0
UNREAD = "The file could not be read at the moment: send it again."
UNKEPT = "What is written in this file cannot be kept."
ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06", b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b")

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Offer:
    """A file that a person sends, and what they say of it. What they do not say is made of the file's metadata."""

    file: BinaryIO
    path: Path
    name: str
    # None: the site's own work.
    creator: User | None
    is_private: bool = False
    hides_prompt: bool = False
    # As its creator prefers, if None.
    level: int | None = None
    title: str = ""
    prompt: str | None = None
    tags: tuple[str, ...] | None = None
    # Now, if None.
    created_at: datetime | None = None
    # What lies beside it and belongs to it.
    sidecars: Sequence[Block] = ()
    source: Source = Source.USER
    # One of a folder or zip: settings and logs among them are no works.
    is_of_many: bool = False

    @classmethod
    def of_many(
        cls, file: BinaryIO, name: str, creator: User | None, sidecars: Sequence[Block], **fields: object
    ) -> "Offer":
        """Return one of the files of a folder or zip; it lies at its own name."""
        return cls(file, Path(file.name), name, creator, sidecars=sidecars, is_of_many=True, **fields)


def take_file(offer: Offer) -> Taken:
    """Make a work of a file; return it, or the one that its creator has of that content already.

    Raises RefusedFileError.
    """
    with kept(read_offer(offer)) as taken:
        return taken


@dataclass(frozen=True)
class ReadOffer:
    """A file that may become a work: all that takes long is done, and nothing is written yet."""

    offer: Offer
    size: int
    sha256: bytes
    # The work that its creator has of that content already; then there is nothing else.
    known: Taken | None = None
    reading: Reading | None = None
    prepared: Prepared | None = None


def read_offer(offer: Offer) -> ReadOffer:
    """Read a file and decode its picture. Raises RefusedFileError."""
    size = check_size(offer.file)
    sha256 = digest_of(offer.file)
    known = own_works(offer.creator, [sha256]).get(sha256)
    if known is not None:
        return ReadOffer(offer, size, sha256, known)
    check_quota(offer.creator, size)
    reading = read_file(offer)
    return ReadOffer(offer, size, sha256, None, reading, prepare(offer.path, reading))


def look_at(offer: Offer) -> bool:
    """Return whether a file would be a new work. Nothing is written. Raises RefusedFileError."""
    check_size(offer.file)
    sha256 = digest_of(offer.file)
    if own_works(offer.creator, [sha256]):
        return False
    read_file(offer)
    return True


def own_works(creator: User | None, hashes: list[bytes]) -> dict[bytes, Taken]:
    """Return the works that a user, or the site, has of contents, by hash. One query. Works of others are not told.

    One in the trash is none: its file is sent again, and brings it back.
    """
    rows = (
        ContentItem.objects.filter(media_file__sha256__in=hashes, creator=creator, trashed_at=None)
        .order_by("-pk")
        .values_list("media_file__sha256", "pk", "media_file_id")
    )
    return {bytes(sha256): Taken(pk, file, is_new=False) for sha256, pk, file in rows}


def digest_of(file: BinaryIO) -> bytes:
    """Return the SHA-256 of a file."""
    file.seek(0)
    digest = hashlib.sha256()
    while piece := file.read(READ_BYTES):
        digest.update(piece)
    return digest.digest()


def read_file(offer: Offer) -> Reading:
    """Return what a file is and what its generator wrote. Raises RefusedFileError."""
    offer.file.seek(0)
    head = offer.file.read(512)
    if head.startswith(ARCHIVES):
        raise RefusedFileError("This is an archive: unpack it, and send the files in it.")
    try:
        offer.file.seek(0)
        reading = read(offer.file, offer.sidecars, lambda _file, facts: hidden_text(offer.path, facts))
    except PassingError as error:
        raise UnreadFileError(UNREAD) from error
    except UnknownFormatError as error:
        raise RefusedFileError(
            "This format is not supported: pictures, videos, sounds and texts in UTF-8 are."
        ) from error
    except DamagedFileError as error:
        raise RefusedFileError(str(error)) from error
    check_kind(offer.name, reading, head, is_of_many=offer.is_of_many)
    check_limits(reading)
    return reading


def prepare(path: Path, reading: Reading) -> Prepared | None:
    """Return the picture of a file; None if it has none, or takes long. Raises RefusedFileError if it is damaged."""
    if not reading.facts.mime.startswith(("image/", "video/")):
        return None
    try:
        try:
            return _prepared(path)
        except ProcessDiedError:  # The file may not be to blame; one that is kills the next as well.
            return _prepared(path)
    except (NotYetError, UnsupportedError, TooSlowError):
        return None
    except PassingError as error:
        raise UnreadFileError(f"The file {error}.") from error
    except PictureError as error:
        raise RefusedFileError(f"The file {error}.") from error


def _prepared(path: Path) -> Prepared:
    """Return the picture of a file. Raises PictureError, and NotYetError if it takes long."""
    future = STUDIO.prepare(path, GRID)
    try:
        return future.result(PICTURE_SECONDS)
    finally:
        future.cancel()


@contextmanager
def kept(read: ReadOffer) -> Iterator[Taken]:
    """Store a file that was read, and make its work, in one transaction with the block; if that fails, nothing stays.

    Blocks may be nested: several works are then made together or not at all.
    """
    if read.known is not None:
        yield read.known
        return
    offer, reading = read.offer, read.reading
    with offer_stored(offer, reading, read.sha256) as stored_as:
        arrival = Arrival(
            sha256=read.sha256,
            size=read.size,
            reading=reading,
            name=file_name(offer.name),
            creator_id=offer.creator and offer.creator.pk,
            is_private=offer.is_private,
            hides_prompt=offer.hides_prompt,
            level=level_of_new(offer.creator) if offer.level is None else offer.level,
            source=offer.source,
            created_at=offer.created_at or timezone.now(),
            stored_as=stored_as,
            text=text_of(offer, reading),
            title=offer.title,
            prompt=offer.prompt,
            tags=offer.tags,
        )
        try:
            taken = take_in([arrival])[0]
            if read.prepared is not None:
                keep_picture(taken.media_file_id, read.sha256.hex(), read.prepared)
        except DataError as error:  # readers keep values within their columns: a fault of one of them
            logger.exception("What is written in the file %s cannot be kept", read.sha256.hex())
            raise RefusedFileError(UNKEPT) from error
        if taken.is_new and offer.creator and settings.UPLOAD_QUOTA_BYTES:
            note_stored(offer.creator.pk, read.size)
        yield taken


@contextmanager
def offer_stored(offer: Offer, reading: Reading, sha256: bytes) -> Iterator[str]:
    """Store a file for a transaction that refers to it; drop it again if the transaction fails."""
    name, is_new = "", False
    try:
        with transaction.atomic():
            lock_content(sha256)
            name, is_new = store(sha256, reading.facts.format, File(offer.file))
            yield name
    except BaseException:
        if is_new:
            drop(name)
            drop_thumbnails(sha256.hex())
        raise


def text_of(offer: Offer, reading: Reading) -> str:
    """Return the text of a work that is one. Raises RefusedFileError if it is too long."""
    if not reading.facts.mime.startswith("text/"):
        return ""
    offer.file.seek(0)
    text = offer.file.read().decode(errors="replace").removeprefix("\ufeff").replace("\r\n", "\n")
    if len(text) > TEXT_CHARACTERS:
        raise RefusedFileError(f"The text has {len(text):,} characters; at most {TEXT_CHARACTERS:,} are taken.")
    return text


def keep_picture(media_file_id: int, digest: str, prepared: Prepared) -> None:
    """Write a content's thumbnails and what is known of its picture, unless it has them. Two queries or three."""
    file = MediaFile.objects.filter(pk=media_file_id, pictured_at=None).first()
    if file is None:
        return
    for nominal in GRID:
        width, _ = thumbnail_size(prepared.width, prepared.height, nominal)
        keep_thumbnail(digest, nominal, prepared.thumbnails[width])
    file.pictured_at, file.thumbhash, file.colour = timezone.now(), prepared.thumbhash, prepared.colour
    file.perceptual_hash = prepared.perceptual_hash
    if file.width is None:
        file.width, file.height = prepared.width, prepared.height
    file.duration, file.frames = file.duration or prepared.duration, file.frames or prepared.frames
    file.save()
    ContentItem.objects.filter(media_file=media_file_id).update(is_pictured=True)
