"""MP4 and MOV: size, duration and tags from `moov`, wherever it stands; no sample table and no frame is read."""

import struct
from dataclasses import dataclass

from media.generation_data.blocks import Carrier
from media.generation_data.carriers.bmff import FULL_BOX_BYTES, Box, boxes, content, read_uuid, require_size
from media.generation_data.carriers.findings import Findings
from media.generation_data.carriers.source import Source

UNKNOWN_DURATIONS = (2**32 - 1, 2**64 - 1)
VIDEO_HANDLERS = (b"vide", b"pict", b"auxv")
SOUND_HANDLER = b"soun"
# Where the matrix and the size stand in `tkhd`, by its version; sizes are in 1/65,536 pixels.
MATRIX_OFFSET = {0: 40, 1: 52}
FIXED_POINT = 16
DATA_HEADER_BYTES = 8
UTF_8, UTF_16, RESERVED = 1, 2, 0
TEXT_TYPES = (RESERVED, UTF_8, UTF_16)
QUICKTIME_TEXT = b"\xa9"
FREE_FORM = b"----"
NAMES = {
    b"\xa9nam": "title",
    b"\xa9ART": "artist",
    b"\xa9aut": "author",
    b"\xa9cmt": "comment",
    b"\xa9des": "description",
    b"desc": "description",
    b"ldes": "synopsis",
    b"\xa9too": "encoder",
    b"\xa9swr": "software",
    b"\xa9alb": "album",
    b"\xa9day": "date",
    b"\xa9gen": "genre",
    b"\xa9cpy": "copyright",
    b"cprt": "copyright",
    b"keyw": "keywords",
}


@dataclass
class _Track:
    """One track: what it holds, its size and how it is turned."""

    handler: bytes = b""
    width: int = 0
    height: int = 0
    frames: int = 0


def read(source: Source, found: Findings) -> None:
    """Read an MP4 or MOV file."""
    for box in boxes(source, 0, source.size, found):
        if box.kind == b"moov":
            with found.guard("The box moov"):
                read_moov(source, box, found)
        elif box.kind == b"meta":
            with found.guard("The box meta"):
                read_tags(source, box, found)
        elif box.kind == b"uuid":
            read_uuid(source, box, found)
    require_size(found, "track")


def read_moov(source: Source, moov: Box, found: Findings) -> None:
    """Read the tracks and tags of a movie. A track's size counts unless a picture item has set one."""
    tracks = []
    for box in boxes(source, moov.start, moov.end, found):
        if box.kind == b"mvhd":
            read_duration(source, box, found)
        elif box.kind == b"trak":
            tracks.append(read_track(source, box, found))
        elif box.kind in (b"udta", b"meta", b"uuid"):
            with found.guard("A box of tags"):
                USER_DATA[box.kind](source, box, found)
    pictures = [track for track in tracks if track.handler in VIDEO_HANDLERS and track.width and track.height]
    if pictures:
        largest = max(pictures, key=lambda track: track.width * track.height)
        found.frames = largest.frames or None
        if not found.is_known:
            found.sized(largest.width, largest.height)
    elif any(track.handler == SOUND_HANDLER for track in tracks):
        found.is_known, found.mime = True, found.mime.replace("video/mp4", "audio/mp4")


def read_duration(source: Source, box: Box, found: Findings) -> None:
    """Read `mvhd`: time scale and duration."""
    is_long = source.read(box.start, 1) == b"\1"
    layout, offset = (struct.Struct(">IQ"), 20) if is_long else (struct.Struct(">II"), 12)
    scale, duration = layout.unpack(source.read(box.start + offset, layout.size))
    if scale and duration not in UNKNOWN_DURATIONS:
        found.lasts(duration / scale)


def read_track(source: Source, trak: Box, found: Findings) -> _Track:
    """Read the kind, size and number of frames of a track."""
    track = _Track()
    with found.guard("A track"):
        for box in boxes(source, trak.start, trak.end, found):
            if box.kind == b"tkhd":
                read_track_size(source, box, track)
            elif box.kind == b"mdia":
                read_media(source, box, track, found)
            elif box.kind == b"udta":
                read_user_data(source, box, found)
    return track


def read_track_size(source: Source, box: Box, track: _Track) -> None:
    """Read `tkhd`: the size as shown; a matrix without its diagonal turns by 90 degrees."""
    offset = box.start + MATRIX_OFFSET[source.read(box.start, 1)[0] & 1]
    a, b, *_, width, height = struct.unpack(">9i2I", source.read(offset, 44))
    width, height = width >> FIXED_POINT, height >> FIXED_POINT
    track.width, track.height = (height, width) if not a and b else (width, height)


def read_media(
    source: Source, mdia: Box, track: _Track, found: Findings, path: tuple[bytes, ...] = (b"minf", b"stbl")
) -> None:
    """Read the handler of a track and, further down its path, the number of samples."""
    for box in boxes(source, mdia.start, mdia.end, found):
        if box.kind == b"hdlr":
            track.handler = source.read(box.start + 8, 4)
        elif path and box.kind == path[0]:
            read_media(source, box, track, found, path[1:])
        elif box.kind == b"stsz":
            (track.frames,) = struct.unpack(">I", source.read(box.start + 8, 4))


def read_user_data(source: Source, udta: Box, found: Findings) -> None:
    """Read tags in `udta`: those of iTunes and QuickTime in `meta`, older ones of QuickTime as boxes of their own."""
    for box in boxes(source, udta.start, udta.end, found):
        if box.kind == b"meta":
            read_tags(source, box, found)
        elif box.kind == b"XMP_":
            data = content(source, box, found)
            found.add(Carrier.XMP, "", data or b"")
        elif box.kind.startswith(QUICKTIME_TEXT) and box.length > 4:
            read_quicktime_text(source, box, found)


def read_quicktime_text(source: Source, box: Box, found: Findings) -> None:
    """Add a text with its length and language before it."""
    data = content(source, box, found)
    if data is not None:
        length = int.from_bytes(data[:2], "big")
        # Lengths beyond 64 kB do not fit; the box knows better.
        text = data[4 : 4 + length] if len(data) <= 0xFFFF else data[4:]
        found.add(Carrier.TAG, name_of(box.kind), text)


def read_tags(source: Source, meta: Box, found: Findings) -> None:
    """Read `meta`: the keys, then the list of values. QuickTime leaves out the four bytes of version and flags."""
    is_full = source.up_to(meta.start + 4, 4) != b"hdlr"
    keys: list[str] = []
    for box in boxes(source, meta.start + (FULL_BOX_BYTES if is_full else 0), meta.end, found):
        if box.kind == b"keys":
            keys = read_keys(content(source, box, found) or b"")
        elif box.kind == b"ilst":
            for item in boxes(source, box.start, box.end, found):
                read_item(source, item, keys, found)


def read_keys(data: bytes) -> list[str]:
    """Return the keys that items refer to by number, from 1."""
    keys, offset = [], 8
    while offset + 8 <= len(data):
        size = max(8, int.from_bytes(data[offset : offset + 4], "big"))
        keys.append(data[offset + 8 : offset + size].decode("utf-8", "ignore").lower())
        offset += size
    return keys


def read_item(source: Source, item: Box, keys: list[str], found: Findings) -> None:
    """Add the texts of one item of the list."""
    number = int.from_bytes(item.kind, "big")
    name = keys[number - 1] if 0 < number <= len(keys) else name_of(item.kind)
    for box in boxes(source, item.start, item.end, found):
        if box.kind == b"name" and item.kind == FREE_FORM:
            name = (content(source, box, found) or b"")[FULL_BOX_BYTES:].decode("utf-8", "ignore").lower()
        elif box.kind == b"data" and box.length > DATA_HEADER_BYTES:
            read_value(source, box, name, found)


def read_value(source: Source, box: Box, name: str, found: Findings) -> None:
    """Add a value if it is text: numbers and covers are not read."""
    kind = int.from_bytes(source.read(box.start, 4), "big")
    if kind not in TEXT_TYPES or name == "covr":
        return
    data = content(source, box, found)
    if data is not None:
        mark = b"\xfe\xff" if kind == UTF_16 and data[DATA_HEADER_BYTES:][:2] != b"\xfe\xff" else b""
        found.add(Carrier.TAG, name.removeprefix("com.apple.quicktime."), mark + data[DATA_HEADER_BYTES:])


def name_of(kind: bytes) -> str:
    """Return a readable key for a tag of four bytes."""
    return NAMES.get(kind) or kind.decode("latin-1").strip("\xa9\0 ").lower()


USER_DATA = {b"udta": read_user_data, b"meta": read_tags, b"uuid": read_uuid}
