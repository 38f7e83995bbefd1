"""Which format a file is of, by its content alone."""

from collections.abc import Callable
from typing import NamedTuple

from media.generation_data.carriers import (
    bmff,
    flac,
    gif,
    heif,
    jpeg,
    matroska,
    movie,
    mpeg,
    ogg,
    png,
    svg,
    text,
    wav,
    webp,
)
from media.generation_data.carriers.findings import Findings, UnknownFormatError
from media.generation_data.carriers.source import Source

HEAD_BYTES = 1_024


class Format(NamedTuple):
    """A format: its name, MIME type and reader. The reader may sharpen name and type."""

    name: str
    mime: str
    read: Callable[[Source, Findings], None]


SIGNATURES = (
    (png.SIGNATURE, Format("png", "image/png", png.read)),
    (jpeg.SIGNATURE, Format("jpeg", "image/jpeg", jpeg.read)),
    (gif.SIGNATURES[0], Format("gif", "image/gif", gif.read)),
    (gif.SIGNATURES[1], Format("gif", "image/gif", gif.read)),
    (matroska.SIGNATURE, Format("webm", "video/webm", matroska.read)),
    (flac.SIGNATURE, Format("flac", "audio/flac", flac.read)),
    (ogg.SIGNATURE, Format("ogg", "audio/ogg", ogg.read)),
)
RIFF = {b"WEBP": Format("webp", "image/webp", webp.read), b"WAVE": Format("wav", "audio/wav", wav.read)}
BOX_READERS = {"avif": heif.read, "heif": heif.read, "mov": movie.read, "mp4": movie.read}
MP3 = Format("mp3", "audio/mpeg", mpeg.read)
SVG = Format("svg", "image/svg+xml", svg.read)
TEXT = Format("text", "text/plain", text.read)


def format_of(source: Source) -> Format:
    """Return the format of a file.

    Raises UnknownFormatError if it is none that is supported.
    """
    head = source.up_to(0, HEAD_BYTES)
    if not head:
        raise UnknownFormatError("The file is empty.")
    known = by_signature(head)
    if known:
        return known
    if mpeg.is_mp3(source):
        return MP3
    if head.lstrip(svg.MARK + b" \t\r\n").startswith(b"<") and svg.is_svg(source.up_to(0, svg.HEAD_BYTES)):
        return SVG
    if text.is_text(source):
        return TEXT
    raise UnknownFormatError("The file is of no format that is supported.")


def by_signature(head: bytes) -> Format | None:
    """Return the format that the first bytes name; None if they name none."""
    for signature, known in SIGNATURES:
        if head.startswith(signature):
            return known
    if head.startswith(b"RIFF"):
        return RIFF.get(head[8:12])
    name = bmff.kind_of(head)
    return Format(name, bmff.MIME[name], BOX_READERS[name]) if name else None
