"""Ogg: Opus and Vorbis comments of the stream, and its duration by the last page."""

from collections.abc import Iterator
from dataclasses import dataclass

from media.generation_data.carriers.findings import MAX_BLOCK_BYTES, DamagedFileError, Findings
from media.generation_data.carriers.source import CutOffError, Source
from media.generation_data.carriers.vorbis import read_comments

SIGNATURE = b"OggS"
PAGE_BYTES = 27
OPUS, OPUS_TAGS, OPUS_RATE = b"OpusHead", b"OpusTags", 48_000
VORBIS, VORBIS_COMMENTS = b"\x01vorbis", b"\x03vorbis"
FULL_SEGMENT = 255
# A page is 65,307 bytes at most.
TAIL_BYTES = 65_536 + PAGE_BYTES
NO_GRANULE = 2**64 - 1


@dataclass(frozen=True)
class Page:
    """One page: the stream it belongs to, its segments, and where their bytes begin."""

    serial: bytes
    segments: bytes
    start: int

    @property
    def end(self) -> int:
        """The offset behind the page."""
        return self.start + sum(self.segments)


def read(source: Source, found: Findings) -> None:
    """Read an Ogg file of one stream of sound; of several the first."""
    packets = stream_packets(source, found)
    head = next(packets, b"")
    serial = source.read(14, 4)
    if head.startswith(OPUS) and len(head) >= 19:
        found.format, rate, skip, mark = "opus", OPUS_RATE, int.from_bytes(head[10:12], "little"), OPUS_TAGS
    elif head.startswith(VORBIS) and len(head) >= 16:
        rate, skip, mark = int.from_bytes(head[12:16], "little"), 0, VORBIS_COMMENTS
    else:
        raise DamagedFileError("The Ogg file has no stream of Opus or Vorbis.")
    found.is_known = True
    granule = last_granule(source, serial)
    if rate and granule is not None:
        found.lasts((granule - skip) / rate)
    with found.guard("The block of comments"):
        comments = next(packets, b"")
        if comments.startswith(mark):
            read_comments(comments[len(mark) :], found)
        else:
            found.warn("The block of comments is cut off.")


def page_at(source: Source, offset: int) -> Page:
    """Return the page at an offset.

    Raises CutOffError if there is none.
    """
    header = source.read(offset, PAGE_BYTES)
    if not header.startswith(SIGNATURE):
        raise CutOffError
    segments = source.read(offset + PAGE_BYTES, header[26])
    return Page(header[14:18], segments, offset + PAGE_BYTES + len(segments))


def stream_packets(source: Source, found: Findings) -> Iterator[bytes]:
    """Yield the packets of the first stream, as long as they are whole and within the limits."""
    serial, pieces, length, offset = None, [], 0, 0
    while found.step():
        page = page_at(source, offset)
        offset, serial = page.end, serial or page.serial
        if page.serial != serial:
            continue
        data, start = source.read(page.start, sum(page.segments)), 0
        for size in page.segments:
            pieces.append(data[start : start + size])
            start, length = start + size, length + size
            if length > MAX_BLOCK_BYTES:
                found.warn("The block of comments is over the limit; passed over.")
                return
            if size < FULL_SEGMENT:
                yield b"".join(pieces)
                pieces, length = [], 0


def last_granule(source: Source, serial: bytes) -> int | None:
    """Return the position of the last page that ends a packet; None if the end of the file has none."""
    start = max(0, source.size - TAIL_BYTES)
    tail = source.up_to(start, TAIL_BYTES)
    offset = len(tail)
    while (offset := tail.rfind(SIGNATURE, 0, offset)) >= 0:
        granule = int.from_bytes(tail[offset + 6 : offset + 14], "little")
        if tail[offset + 14 : offset + 18] == serial and granule != NO_GRANULE:
            return granule
    return None


def is_ogg(source: Source) -> bool:
    """Return whether a file begins with a page."""
    try:
        page_at(source, 0)
    except CutOffError:
        return False
    return True
