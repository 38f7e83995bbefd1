"""WAV: the duration, the texts of LIST INFO and an ID3 tag, sound passed over unread."""

from media.generation_data.blocks import Carrier
from media.generation_data.carriers import id3
from media.generation_data.carriers.findings import DamagedFileError, Findings
from media.generation_data.carriers.source import Source
from media.generation_data.carriers.webp import CHUNK, chunks

STREAMED = 0xFFFFFFFF
NAMES = {
    b"ICMT": "comment",
    b"INAM": "title",
    b"IART": "artist",
    b"ISFT": "encoder",
    b"ICRD": "date",
    b"IGNR": "genre",
    b"ICOP": "copyright",
    b"IPRD": "album",
    b"ISBJ": "subject",
    b"IKEY": "keywords",
}


def read(source: Source, found: Findings) -> None:
    """Read a WAV file."""
    bytes_per_second, length_of_sound = 0, None
    for kind, offset, length in chunks(source, found):
        if kind == b"fmt " and length >= 16:
            bytes_per_second = int.from_bytes(source.read(offset + 8, 4), "little")
        elif kind == b"data":
            rest = source.size - offset
            length_of_sound = rest if length == STREAMED else min(length, rest)
        elif kind == b"LIST":
            read_info(found.take(source, offset, length, "A list") or b"", found)
        elif kind.lower() == b"id3 ":
            id3.read_tag(source, offset, found)
    if not bytes_per_second or length_of_sound is None:
        raise DamagedFileError("The WAV file has no sound that can be read.")
    found.is_known = True
    found.lasts(length_of_sound / bytes_per_second)


def read_info(data: bytes, found: Findings) -> None:
    """Add the texts of a list of type INFO."""
    offset = 4 if data.startswith(b"INFO") else len(data)
    while offset + CHUNK.size <= len(data) and found.step():
        kind, length = CHUNK.unpack_from(data, offset)
        offset += CHUNK.size
        if offset + length > len(data):
            found.warn("A list is damaged.")
            return
        name = NAMES.get(kind) or kind.decode("latin-1").strip().lower()
        found.add(Carrier.TAG, name, data[offset : offset + length].rstrip(b"\0"))
        offset += length + length % 2
