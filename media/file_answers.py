"""Answers that send a file: whole or a range of it, in pieces, or by nginx (settings.FILES_ACCEL)."""

import re
from typing import BinaryIO
from urllib.parse import quote

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header

from media.byte_ranges import ByteRange, FilePart, UnsatisfiableError, read_range
from media.files import Original
from media.models import MediaFile

PIECE_BYTES = 65_536
# What a browser shows without running anything of it. SVG may hold script, HTML is script.
SAFE_TYPES = re.compile(r"image/(?!svg)[\w.+-]+|video/[\w.+-]+|audio/[\w.+-]+|text/plain")
# A file that a browser opens by its address is alone: it runs nothing and is of no origin.
ALONE = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox"
SUFFIXES = {"jpeg": "jpg", "apng": "png", "text": "txt"}
# File systems take names of 255 bytes: this leaves room for a number before and ".png.xmp" behind.
LONGEST_STEM_BYTES = 200


def file_name(title: str, suffix: str) -> str:
    """Return a name for a downloaded file: the title, as far as any file system takes it, and the suffix."""
    kept = re.sub(r'[\x00-\x1f\x7f<>:"/\\|?*]+', " ", title)
    stem = " ".join(kept.split()).encode()[:LONGEST_STEM_BYTES].decode(errors="ignore").strip(" .")
    return f"{stem or 'untitled'}.{suffix}"


def suffix_of(media_file: MediaFile) -> str:
    """Return the ending that files of this format have."""
    return SUFFIXES.get(media_file.format, media_file.format)


def is_safe(mime: str) -> bool:
    """Return whether a browser may show a file of this type by itself."""
    return SAFE_TYPES.fullmatch(mime) is not None


def not_modified(request: HttpRequest, etag: str) -> HttpResponseBase | None:
    """Return 304 for a client that has the file, 412 for one that wants another; else None."""
    answer = get_conditional_response(request, etag)
    return None if answer is None else _described(answer, etag)


def answer_file(
    request: HttpRequest, original: Original, *, mime: str, etag: str, name: str, is_attachment: bool
) -> HttpResponseBase:
    """Send an open file, or the range of it that is asked for; what is not safe to show is an attachment."""
    is_attachment = is_attachment or not is_safe(mime)
    if settings.FILES_ACCEL and original.path is not None:
        answer = _by_nginx(original, is_attachment, name)
    else:
        answer = _by_us(request, original.file, etag, as_attachment=is_attachment, filename=name)
    if answer.status_code != 416:
        answer.headers["Content-Type"] = "text/plain; charset=utf-8" if mime == "text/plain" else mime
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = ALONE
    return _described(answer, etag)


def _described(answer: HttpResponseBase, etag: str) -> HttpResponseBase:
    answer.headers["ETag"] = etag
    answer.headers["Accept-Ranges"] = "bytes"
    answer.headers.setdefault("Cache-Control", "private, no-cache")
    return answer


def _by_nginx(original: Original, is_attachment: bool, name: str) -> HttpResponse:
    original.file.close()
    path = settings.FILES_ACCEL + quote(str(original.path))
    disposition = content_disposition_header(is_attachment, name)
    return HttpResponse(headers={"X-Accel-Redirect": path, "Content-Disposition": disposition})


def _by_us(request: HttpRequest, file: BinaryIO, etag: str, **options: object) -> HttpResponseBase:
    size = file.seek(0, 2)
    try:
        part = _asked_part(request, size, etag)
    except UnsatisfiableError:
        file.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    answer = FileResponse(FilePart(file, part or ByteRange(0, size)), status=206 if part else 200, **options)
    answer.block_size = PIECE_BYTES
    if part:
        answer.headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
    return answer


def _asked_part(request: HttpRequest, size: int, etag: str) -> ByteRange | None:
    """Return the range that is asked for; a client whose part is of another file (If-Range) gets the whole."""
    is_of_this = request.headers.get("If-Range", etag) == etag
    if request.method != "GET" or not is_of_this or "Range" not in request.headers:
        return None
    return read_range(request.headers["Range"], size)
