"""WebM and Matroska: EBML elements; duration, size and tags, clusters passed over unread."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from media.generation_data.blocks import Carrier
from media.generation_data.carriers.findings import DamagedFileError, Findings
from media.generation_data.carriers.source import CutOffError, Source

SIGNATURE = b"\x1a\x45\xdf\xa3"
DOC_TYPE = 0x4282
SEGMENT, INFO, TRACKS, TAGS, CLUSTER = 0x18538067, 0x1549A966, 0x1654AE6B, 0x1254C367, 0x1F43B675
LEVEL_1 = {INFO, TRACKS, TAGS, CLUSTER, 0x114D9B74, 0x1C53BB6B, 0x1941A469, 0x1043A770}
TIMESTAMP_SCALE, DURATION, TITLE = 0x2AD7B1, 0x4489, 0x7BA9
TRACK, TRACK_TYPE, VIDEO = 0xAE, 0x83, 0xE0
PIXEL_WIDTH, PIXEL_HEIGHT, DISPLAY_WIDTH, DISPLAY_HEIGHT, DISPLAY_UNIT = 0xB0, 0xBA, 0x54B0, 0x54BA, 0x54B2
TAG, SIMPLE_TAG, TAG_NAME, TAG_STRING = 0x7373, 0x67C8, 0x45A3, 0x4487
NANOSECONDS = 1e9
DEFAULT_SCALE = 1_000_000
HEADER_BYTES = 12
MAX_NUMBER_BYTES = 8
# Tags in tags; deeper ones are passed over.
MAX_DEPTH = 4
PIXELS = 0


@dataclass(frozen=True)
class Element:
    """One element: its id, its offset, where its content begins and ends; the end is None if it was written live."""

    id: int
    offset: int
    start: int
    end: int | None


@dataclass
class _Movie:
    """What the elements said about the movie."""

    scale: int = DEFAULT_SCALE
    duration: float = 0.0
    videos: list[dict[int, int]] = field(default_factory=list)
    has_tracks: bool = False


def read(source: Source, found: Findings) -> None:
    """Read a WebM or Matroska file."""
    movie, offset = _Movie(), 0
    for element in elements(source, 0, source.size, found):
        if element.id == SEGMENT:
            offset = element.start
            break
        if element.start <= HEADER_BYTES:
            read_doc_type(source, element, found)
    if not offset:
        raise DamagedFileError("The Matroska file has no segment.")
    for element in level_1(source, offset, found):
        with found.guard("An element of the Matroska file"):
            read_level_1(source, element, movie, found)
    found.lasts(movie.duration * movie.scale / NANOSECONDS)
    set_size(movie, found)


def element_at(source: Source, offset: int) -> Element:
    """Return the element at an offset.

    Raises CutOffError if its header is none.
    """
    header = source.up_to(offset, HEADER_BYTES)
    id_bytes = 9 - header[0].bit_length() if header else 9
    if id_bytes > 4 or len(header) <= id_bytes:
        raise CutOffError
    size_bytes = 9 - header[id_bytes].bit_length()
    start = id_bytes + size_bytes
    if size_bytes > 8 or len(header) < start:
        raise CutOffError
    size = int.from_bytes(header[id_bytes:start], "big") & ((1 << 7 * size_bytes) - 1)
    is_unknown = size == (1 << 7 * size_bytes) - 1
    content = offset + start
    return Element(int.from_bytes(header[:id_bytes], "big"), offset, content, None if is_unknown else content + size)


def elements(source: Source, offset: int, end: int, found: Findings) -> Iterator[Element]:
    """Yield the elements between two offsets; the last may be cut off or of unknown size."""
    while offset < end and found.step():
        try:
            element = element_at(source, offset)
        except CutOffError:
            found.warn("An element of the Matroska file is damaged; the rest was passed over.")
            return
        yield element
        if element.end is None:
            return
        offset = element.end


def level_1(source: Source, offset: int, found: Findings) -> Iterator[Element]:
    """Yield the elements of the segment. A cluster of unknown size ends where the next of them begins."""
    end = source.size
    while offset < end:
        for element in elements(source, offset, end, found):
            yield element
            if element.end is None:
                offset = end_of_live(source, element, found) if element.id == CLUSTER else end
                break
        else:
            return


def end_of_live(source: Source, cluster: Element, found: Findings) -> int:
    """Return where a cluster of unknown size ends."""
    for element in elements(source, cluster.start, source.size, found):
        if element.id in LEVEL_1:
            return element.offset
    return source.size


def read_doc_type(source: Source, header: Element, found: Findings) -> None:
    """Read whether a file is WebM."""
    for element in elements(source, header.start, header.end or source.size, found):
        if element.id == DOC_TYPE and value(source, element, found).rstrip(b"\0") != b"webm":
            found.format, found.mime = "mkv", "video/x-matroska"


def read_level_1(source: Source, element: Element, movie: _Movie, found: Findings) -> None:
    """Read an element of the segment."""
    if element.end is None:
        return
    if element.id == INFO:
        read_info(source, element, movie, found)
    elif element.id in (TRACKS, TAGS):
        for inner in elements(source, element.start, element.end, found):
            if inner.id == TRACK and inner.end:
                read_track(source, inner, movie, found)
            elif inner.id == TAG and inner.end:
                read_tag(source, inner, found, 0)


def value(source: Source, element: Element, found: Findings) -> bytes:
    """Return the bytes of an element; none if they are beyond the limits or cut off."""
    length = (element.end or element.start) - element.start
    return (found.take(source, element.start, length, "An element of the Matroska file") or b"") if length else b""


def number(source: Source, element: Element, found: Findings) -> int:
    """Return an unsigned number; 0 if it has more bytes than a number may have."""
    if (element.end or element.start) - element.start > MAX_NUMBER_BYTES:
        return 0
    return int.from_bytes(value(source, element, found), "big")


def read_info(source: Source, info: Element, movie: _Movie, found: Findings) -> None:
    """Read time scale, duration and title."""
    for element in elements(source, info.start, info.end or info.start, found):
        if element.id == TIMESTAMP_SCALE:
            movie.scale = number(source, element, found)
        elif element.id == DURATION:
            data = value(source, element, found)
            movie.duration = struct.unpack(">d" if len(data) == MAX_NUMBER_BYTES else ">f", data)[0]
        elif element.id == TITLE:
            found.add(Carrier.TAG, "title", value(source, element, found))


def read_track(source: Source, track: Element, movie: _Movie, found: Findings) -> None:
    """Read the size of a video track."""
    for element in elements(source, track.start, track.end or track.start, found):
        if element.id == TRACK_TYPE:
            movie.has_tracks = True
        elif element.id == VIDEO and element.end:
            inner = elements(source, element.start, element.end, found)
            movie.videos.append({item.id: number(source, item, found) for item in inner})


def read_tag(source: Source, tag: Element, found: Findings, depth: int) -> None:
    """Add the texts of a tag, and of tags in it."""
    name, text = "", b""
    for element in elements(source, tag.start, tag.end or tag.start, found):
        if element.id == SIMPLE_TAG and element.end and depth < MAX_DEPTH:
            read_tag(source, element, found, depth + 1)
        elif element.id == TAG_NAME:
            name = value(source, element, found).decode("utf-8", "ignore").strip("\0").lower()
        elif element.id == TAG_STRING:
            text = value(source, element, found)
    found.add(Carrier.TAG, name, text)


def set_size(movie: _Movie, found: Findings) -> None:
    """Set the size of the first video track, as it is shown; a file of sound has none.

    Raises DamagedFileError without a track.
    """
    if movie.videos:
        video = movie.videos[0]
        width, height = video.get(PIXEL_WIDTH, 0), video.get(PIXEL_HEIGHT, 0)
        if video.get(DISPLAY_UNIT, PIXELS) == PIXELS:
            width, height = video.get(DISPLAY_WIDTH) or width, video.get(DISPLAY_HEIGHT) or height
        found.sized(width, height)
    elif movie.has_tracks:
        found.is_known, found.mime = True, found.mime.replace("video/", "audio/")
    else:
        raise DamagedFileError("The Matroska file has no track that can be read.")
