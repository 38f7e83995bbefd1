"""What is refused of files that people send: by size, kind and extent, and by what an account may store."""

import re
from pathlib import PurePosixPath
from typing import BinaryIO

from django.conf import settings

from content.quotas import stored_bytes
from media.generation_data.reading import Reading
from media.making import LIMITS
from users.models import User

NAME_CHARACTERS = 255
MOST_SECONDS = 4 * 3_600
UNSEEN = re.compile(r"[\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
# What a text must not be: a browser or a system would run it.
MARKUP = re.compile(rb"\s*(<!doctype|<html|<head|<body|<script|<iframe|<\?php|#!)", re.IGNORECASE)
RUN_SUFFIXES = (".html", ".htm", ".xhtml", ".js", ".mjs", ".php", ".sh", ".bat", ".cmd", ".ps1", ".vbs", ".hta")
WORK_TEXTS = (".txt", ".md")
# A name may be of the wrong format, but not of another kind of work.
KINDS = {
    "picture": ".png .apng .jpg .jpeg .jpe .jfif .webp .avif .gif .bmp .tif .tiff .heic .heif .svg",
    "video or sound": ".mp4 .m4v .mov .webm .mkv .avi .mp3 .m4a .flac .ogg .oga .ogv .opus .wav .aac",
    "text": ".txt .md .text .csv .json .log",
}
KIND_OF_MIME = {"image": "picture", "video": "video or sound", "audio": "video or sound", "text": "text"}


class RefusedFileError(Exception):
    """A file is not taken; the text is a sentence for the person who sent it."""


class UnreadFileError(RefusedFileError):
    """A file could not be read for no reason of its own: it may be read the next time."""


def check_size(file: BinaryIO) -> int:
    """Return the bytes of a file. Raises RefusedFileError for none, and for too many."""
    size = file.seek(0, 2)
    if size == 0:
        raise RefusedFileError("The file is empty.")
    if size > settings.MAX_UPLOAD_BYTES:
        raise RefusedFileError(f"The file is larger than {settings.MAX_UPLOAD_BYTES:,} bytes.")
    return size


def check_quota(creator: User | None, size: int, under_way: int = 0) -> None:
    """Raise RefusedFileError if an account's stored files would take more than it may, with the bytes of its uploads
    that are under way. A query, if there is a limit, and two more at times (content/quotas.py)."""
    most = settings.UPLOAD_QUOTA_BYTES
    if not most or creator is None:
        return
    used = stored_bytes(creator, most - size - under_way)
    if used + under_way + size > most:
        others = f", and those under way {under_way:,}" if under_way else ""
        raise RefusedFileError(f"Your files may take {most:,} bytes; they take {used:,}{others}.")


def file_name(name: str) -> str:
    """Return a file's name without folders, and without what cannot be seen or turns the text around."""
    return UNSEEN.sub("", PurePosixPath(name.replace("\\", "/")).name)[:NAME_CHARACTERS].strip()


def check_kind(name: str, reading: Reading, head: bytes, *, is_of_many: bool) -> None:
    """Raise RefusedFileError for a file of another kind than its name says, and for a text that would be run."""
    suffix = PurePosixPath(file_name(name)).suffix.lower()
    kind = KIND_OF_MIME.get(reading.facts.mime.partition("/")[0], "text")
    if kind == "text" and (suffix in RUN_SUFFIXES or MARKUP.match(head.removeprefix(b"\xef\xbb\xbf"))):
        raise RefusedFileError("Web pages, scripts and programs are not taken.")
    said = next((said for said, suffixes in KINDS.items() if suffix in suffixes.split()), kind)
    if said != kind:
        raise RefusedFileError(f"The file is not what its name says: {suffix} is a {said}, its content a {kind}.")
    if kind == "text" and is_of_many and suffix not in WORK_TEXTS:
        raise RefusedFileError(f"This is a text: only {' and '.join(WORK_TEXTS)} files are works.")


def check_limits(reading: Reading) -> None:
    """Raise RefusedFileError for more pixels, frames or seconds than are taken."""
    facts = reading.facts
    pixels = (facts.width or 0) * (facts.height or 0)
    if pixels > LIMITS.pixels:
        raise RefusedFileError(f"The file has {pixels:,} pixels; at most {LIMITS.pixels:,} are taken.")
    if facts.mime.startswith("image/") and (facts.frames or 0) > LIMITS.frames:
        raise RefusedFileError(f"The file has {facts.frames:,} frames; at most {LIMITS.frames:,} are taken.")
    if (facts.duration or 0) > MOST_SECONDS:
        raise RefusedFileError(f"The file lasts {facts.duration:,.0f} s; at most {MOST_SECONDS:,} are taken.")
