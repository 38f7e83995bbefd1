"""FLAC: the duration and the Vorbis comments, sound passed over unread."""

from media.generation_data.carriers.findings import Findings
from media.generation_data.carriers.source import CutOffError, Source
from media.generation_data.carriers.vorbis import read_comments

SIGNATURE = b"fLaC"
HEADER_BYTES = 4
STREAM_INFO, COMMENTS = 0, 4
IS_LAST = 0x80
SAMPLE_BITS = 36
RATE_SHIFT = 44


def read(source: Source, found: Findings, start: int = 0) -> None:
    """Read a FLAC file."""
    offset, is_last = start + len(SIGNATURE), False
    while not is_last and found.step():
        header = source.read(offset, HEADER_BYTES)
        is_last, kind = bool(header[0] & IS_LAST), header[0] & ~IS_LAST
        offset, length = offset + HEADER_BYTES, int.from_bytes(header[1:], "big")
        if kind == STREAM_INFO:
            read_stream_info(source, offset, found)
        elif kind == COMMENTS:
            with found.guard("The block of comments"):
                read_comments(found.take(source, offset, length, "The block of comments") or b"", found)
        offset += length


def read_stream_info(source: Source, offset: int, found: Findings) -> None:
    """Read the sampling rate and the number of samples.

    Raises CutOffError if the rate is none.
    """
    bits = int.from_bytes(source.read(offset + 10, 8), "big")
    rate, samples = bits >> RATE_SHIFT, bits & ((1 << SAMPLE_BITS) - 1)
    if not rate:
        raise CutOffError
    found.is_known = True
    found.lasts(samples / rate)
