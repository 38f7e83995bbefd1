"""MP3: ID3 tags, and the duration by the Xing or VBRI header or by the bit rate; sound passed over unread."""

from dataclasses import dataclass

from media.generation_data.carriers import flac, id3
from media.generation_data.carriers.findings import DamagedFileError, Findings
from media.generation_data.carriers.source import Source

HEADER_BYTES = 4
# Padding behind the tag, and garbage before the first frame.
SEARCH_BYTES = 65_536
XING, VBRI = (b"Xing", b"Info"), b"VBRI"
HAS_FRAMES = 1
OLD_TAG_BYTES = 128
MPEG_1, MPEG_2, MPEG_25 = 3, 2, 0
LAYER_3 = 1
RATES = (44_100, 48_000, 32_000)
RATE_DIVISORS = {MPEG_1: 1, MPEG_2: 2, MPEG_25: 4}
# kbit/s of layer III by index, MPEG 1 and MPEG 2.
BIT_RATES = {
    True: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    False: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
MONO = 3


@dataclass(frozen=True)
class Frame:
    """What the header of a frame of layer III says."""

    rate: int
    bit_rate: int
    samples: int
    side_bytes: int
    length: int


def frame_of(header: bytes) -> Frame | None:
    """Return what four bytes say; None if they are no header of layer III."""
    if len(header) < HEADER_BYTES or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return None
    version, layer = header[1] >> 3 & 3, header[1] >> 1 & 3
    bit_rate, rate = header[2] >> 4, header[2] >> 2 & 3
    if version not in RATE_DIVISORS or layer != LAYER_3 or bit_rate in (0, 15) or rate == 3:
        return None
    is_first = version == MPEG_1
    bits, hertz, samples = (
        BIT_RATES[is_first][bit_rate] * 1000,
        RATES[rate] // RATE_DIVISORS[version],
        1152 if is_first else 576,
    )
    is_mono = header[3] >> 6 == MONO
    side = (17 if is_mono else 32) if is_first else (9 if is_mono else 17)
    return Frame(hertz, bits, samples, side, samples // 8 * bits // hertz + (header[2] >> 1 & 1))


def first_frame(source: Source, start: int) -> tuple[int, Frame] | None:
    """Return offset and header of the first frame that another follows, or that the file ends with."""
    data = source.up_to(start, SEARCH_BYTES)
    offset = data.find(b"\xff")
    while offset >= 0:
        frame = frame_of(data[offset : offset + HEADER_BYTES])
        if frame and is_followed(source, start + offset + frame.length):
            return start + offset, frame
        offset = data.find(b"\xff", offset + 1)
    return None


def is_followed(source: Source, offset: int) -> bool:
    """Return whether a frame begins at an offset, or the file ends there."""
    return offset >= source.size or frame_of(source.up_to(offset, HEADER_BYTES)) is not None


def is_mp3(source: Source) -> bool:
    """Return whether a file begins with an ID3 tag or with two frames."""
    head = source.up_to(0, id3.HEADER_BYTES)
    frame = frame_of(head[:HEADER_BYTES])
    return bool(id3.length_of(head)) or (frame is not None and is_followed(source, frame.length))


def read(source: Source, found: Findings) -> None:
    """Read an MP3 file, or a FLAC file with an ID3 tag before it."""
    start = id3.read_tag(source, 0, found)
    if source.up_to(start, HEADER_BYTES) == flac.SIGNATURE:
        found.format, found.mime = "flac", "audio/flac"
        flac.read(source, found, start)
        return
    first = first_frame(source, start)
    if first is None:
        raise DamagedFileError("The MP3 file has no frame of sound.")
    found.is_known = True
    offset, frame = first
    frames = frames_announced(source, offset, frame)
    if frames:
        found.lasts(frames * frame.samples / frame.rate)
    else:
        found.lasts((source.size - offset - old_tag_bytes(source)) * 8 / frame.bit_rate)


def frames_announced(source: Source, offset: int, frame: Frame) -> int:
    """Return the number of frames by the header of a variable bit rate; 0 if there is none."""
    xing = source.up_to(offset + HEADER_BYTES + frame.side_bytes, 12)
    if xing[:4] in XING and len(xing) == 12 and xing[7] & HAS_FRAMES:
        return int.from_bytes(xing[8:12], "big")
    vbri = source.up_to(offset + HEADER_BYTES + 32, 18)
    return int.from_bytes(vbri[14:18], "big") if vbri[:4] == VBRI and len(vbri) == 18 else 0


def old_tag_bytes(source: Source) -> int:
    """Return the bytes of an ID3v1 tag at the end."""
    return OLD_TAG_BYTES if source.up_to(source.size - OLD_TAG_BYTES, 3) == b"TAG" else 0
