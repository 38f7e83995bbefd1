"""ID3v2: the texts of its frames, in versions 2.3 and 2.4."""

from dataclasses import dataclass

from media.generation_data.blocks import Carrier
from media.generation_data.carriers.findings import Findings
from media.generation_data.carriers.source import CutOffError, Source

SIGNATURE = b"ID3"
HEADER_BYTES, FRAME_BYTES = 10, 10
VERSIONS, ALL_VERSIONS = (3, 4), (2, 3, 4)
UNSYNCHRONISED, HAS_EXTENSION = 0x80, 0x40
# Flags of a frame, by version: compressed, encrypted, grouped, unsynchronised, with a length before the data.
COMPRESSED, ENCRYPTED, GROUPED = {3: 0x80, 4: 0x08}, {3: 0x40, 4: 0x04}, {3: 0x20, 4: 0x40}
FRAME_UNSYNCHRONISED, HAS_LENGTH = 0x02, 0x01
LATIN_1, UTF_16, UTF_16_BE, UTF_8 = range(4)
BIG_ENDIAN_MARK = b"\xfe\xff"
MARKS = (BIG_ENDIAN_MARK, b"\xff\xfe")
NAMES = {
    b"TIT2": "title",
    b"TPE1": "artist",
    b"TALB": "album",
    b"TCON": "genre",
    b"TDRC": "date",
    b"TYER": "date",
    b"TSSE": "encoder",
    b"TENC": "encoder",
    b"TCOP": "copyright",
    b"TIT3": "description",
}
DESCRIBED = {b"TXXX": 1, b"COMM": 4, b"USLT": 4}
DEFAULT_NAMES = {b"TXXX": "txxx", b"COMM": "comment", b"USLT": "lyrics"}


@dataclass(frozen=True)
class Frame:
    """One frame: its id and its content, unpacked."""

    id: bytes
    data: bytes


def length_of(header: bytes) -> int:
    """Return the bytes of the tag that begins with a header; 0 if there is none."""
    if len(header) < HEADER_BYTES or not header.startswith(SIGNATURE) or not header[6:10].isascii():
        return 0
    # A text may begin with the same three letters.
    if header[3] not in ALL_VERSIONS:
        return 0
    return HEADER_BYTES + seven_bits(header[6:10])


def seven_bits(data: bytes) -> int:
    """Return a number of seven bits a byte."""
    number = 0
    for byte in data:
        number = number << 7 | byte & 0x7F
    return number


def read_tag(source: Source, offset: int, found: Findings) -> int:
    """Add the texts of the tag at an offset; return its length, 0 if there is none."""
    header = source.up_to(offset, HEADER_BYTES)
    length = length_of(header)
    if not length:
        return 0
    if header[3] not in VERSIONS:
        found.warn("The ID3 tag is of a version that is not read.")
        return length
    data = found.take(source, offset + HEADER_BYTES, length - HEADER_BYTES, "The ID3 tag")
    if data is not None:
        with found.guard("The ID3 tag"):
            read_frames(data, header[3], header[5], found)
    return length


def read_frames(data: bytes, version: int, flags: int, found: Findings) -> None:
    """Add the texts of all frames."""
    if flags & UNSYNCHRONISED and version == 3:
        data = data.replace(b"\xff\x00", b"\xff")
    offset = 0
    if flags & HAS_EXTENSION:
        offset = seven_bits(data[:4]) if version == 4 else 4 + int.from_bytes(data[:4], "big")
    while offset + FRAME_BYTES <= len(data) and data[offset] and found.step():
        kind, length, frame_flags = data[offset : offset + 4], data[offset + 4 : offset + 8], data[offset + 9]
        size = seven_bits(length) if version == 4 else int.from_bytes(length, "big")
        offset += FRAME_BYTES
        if offset + size > len(data):
            raise CutOffError
        if kind.startswith(b"T") or kind in DESCRIBED:
            content = unpacked(data[offset : offset + size], version, frame_flags, found)
            add_frame(Frame(kind, content or b""), found)
        offset += size


def unpacked(data: bytes, version: int, flags: int, found: Findings) -> bytes | None:
    """Return the content of a frame without what its flags say was done to it."""
    if flags & ENCRYPTED[version]:
        return None
    if flags & GROUPED[version]:
        data = data[1:]
    has_length = flags & HAS_LENGTH if version == 4 else flags & COMPRESSED[version]
    if has_length:
        data = data[4:]
    if version == 4 and flags & FRAME_UNSYNCHRONISED:
        data = data.replace(b"\xff\x00", b"\xff")
    return found.unpacked(data, "An ID3 frame") if flags & COMPRESSED[version] else data


def add_frame(frame: Frame, found: Findings) -> None:
    """Add the text of a frame; its description, if it has one, is the key."""
    if len(frame.data) < 2:
        return
    encoding = frame.data[0]
    if frame.id not in DESCRIBED:
        name = NAMES.get(frame.id) or frame.id.decode("latin-1").lower()
        found.add(Carrier.TAG, name, marked(frame.data[1:], encoding, b""))
        return
    described = frame.data[DESCRIBED[frame.id] :]
    description, text = divided(described, encoding)
    name = decoded(description, encoding).strip().lower() or DEFAULT_NAMES[frame.id]
    found.add(Carrier.TAG, name, marked(text, encoding, description[:2]))


def divided(data: bytes, encoding: int) -> tuple[bytes, bytes]:
    """Return description and text, which a NUL of the encoding's width divides."""
    if encoding not in (UTF_16, UTF_16_BE):
        description, _, text = data.partition(b"\0")
        return description, text
    end = data.find(b"\0\0")
    while end % 2 and end >= 0:
        end = data.find(b"\0\0", end + 1)
    return (data[:end], data[end + 2 :]) if end >= 0 else (b"", data)


def decoded(data: bytes, encoding: int) -> str:
    """Return a description as text."""
    if encoding == UTF_8:
        return data.decode("utf-8", "ignore")
    if encoding == LATIN_1:
        return data.decode("latin-1")
    return data.decode("utf-16-be" if encoding == UTF_16_BE else "utf-16", "ignore")


def marked(text: bytes, encoding: int, mark: bytes) -> bytes:
    """Return a text with its byte order mark, if it is UTF-16: where it stands alone nothing else would tell."""
    if encoding == UTF_16_BE:
        return BIG_ENDIAN_MARK + text
    if encoding == UTF_16 and text[:2] not in MARKS:
        return (mark if mark in MARKS else MARKS[1]) + text
    return text
