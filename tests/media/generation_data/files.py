"""Files of each container, made by its rules from bytes, or by Pillow where it writes the format."""

import struct
import zlib
from io import BytesIO

from PIL import Image

PROMPT = b"a lighthouse in fog, (dramatic:1.2)"


# PNG


def chunk(kind: bytes, data: bytes) -> bytes:
    """Return a PNG chunk."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(before: bytes = b"", after: bytes = b"", size: tuple[int, int] = (3, 2), pixels: bytes | None = None) -> bytes:
    """Return a grey PNG with chunks before and after its pixels."""
    width, height = size
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    rows = pixels if pixels is not None else zlib.compress(b"".join(b"\0" + b"\x80" * width for _ in range(height)))
    return b"\x89PNG\r\n\x1a\n" + header + before + chunk(b"IDAT", rows) + after + chunk(b"IEND", b"")


def text(key: bytes, value: bytes) -> bytes:
    """Return a chunk tEXt."""
    return chunk(b"tEXt", key + b"\0" + value)


def international_text(key: bytes, value: bytes, packed: bool = False) -> bytes:
    """Return a chunk iTXt with a language and a translated keyword."""
    data = zlib.compress(value) if packed else value
    return chunk(b"iTXt", key + b"\0" + bytes([packed, 0]) + b"de\0" + "Schlüssel".encode() + b"\0" + data)


# EXIF


def tiff(order: str, first: list[tuple[int, int, bytes]], exif: list[tuple[int, int, bytes]] | None = None) -> bytes:
    """Return a TIFF of byte order "<" or ">": entries are tag, type and bytes."""
    entries = list(first)
    start = 8
    if exif is not None:
        inner = directory(
            order, exif, 8 + directory_bytes(len(first) + 1) + sum(len(v) for *_, v in first if len(v) > 4)
        )
        offset = 8 + directory_bytes(len(first) + 1) + sum(len(v) for *_, v in first if len(v) > 4)
        entries.append((0x8769, 4, struct.pack(order + "I", offset)))
    else:
        inner = b""
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", start)
    return head + directory(order, entries, start) + inner


def directory_bytes(entries: int) -> int:
    """Return the bytes of a directory without its values."""
    return 2 + entries * 12 + 4


def directory(order: str, entries: list[tuple[int, int, bytes]], start: int) -> bytes:
    """Return a directory that begins at an offset, its longer values behind it."""
    sizes = {3: 2, 4: 4}
    rows, values, end = b"", b"", start + directory_bytes(len(entries))
    for tag, kind, value in entries:
        rows += struct.pack(order + "HHI", tag, kind, len(value) // sizes.get(kind, 1))
        if len(value) <= 4:
            rows += value.ljust(4, b"\0")
        else:
            rows += struct.pack(order + "I", end + len(values))
            values += value
    return struct.pack(order + "H", len(entries)) + rows + b"\0\0\0\0" + values


def comment_exif(comment: bytes, order: str = "<") -> bytes:
    """Return EXIF that holds a UserComment alone."""
    return tiff(order, [], [(0x9286, 7, comment)])


# JPEG, WebP, GIF


def segment(marker: int, data: bytes) -> bytes:
    """Return a JPEG segment."""
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


def saved(name: str, size: tuple[int, int] = (48, 32), **options: object) -> bytes:
    """Return a picture that Pillow writes."""
    file = BytesIO()
    Image.radial_gradient("L").resize(size).convert("RGB").save(file, name, **options)
    return file.getvalue()


def jpeg(*segments: bytes) -> bytes:
    """Return a JPEG with segments behind its start."""
    data = saved("JPEG")
    return data[:2] + b"".join(segments) + data[2:]


def riff(kind: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    """Return a RIFF file."""
    body = kind + b"".join(
        name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2) for name, data in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


def gif(comment: bytes = b"", frames: int = 2) -> bytes:
    """Return a GIF of several frames of 70 ms."""
    pictures = [Image.new("P", (20, 10), number) for number in range(frames)]
    for number, picture in enumerate(pictures):
        picture.putpalette(bytes([number * 9, 0, 0] * 256))
    file = BytesIO()
    pictures[0].save(file, "GIF", save_all=True, append_images=pictures[1:], duration=70, comment=comment)
    return file.getvalue()


# MP4 and MOV


def box(kind: bytes, *contents: bytes) -> bytes:
    """Return a box."""
    data = b"".join(contents)
    return struct.pack(">I", len(data) + 8) + kind + data


def track(width: int, height: int, is_turned: bool = False, handler: bytes = b"vide", frames: int = 25) -> bytes:
    """Return a track with its size and matrix."""
    one = 1 << 16
    matrix = (0, one, 0, -one, 0, 0, 0, 0, 1 << 30) if is_turned else (one, 0, 0, 0, one, 0, 0, 0, 1 << 30)
    header = b"\0\0\0\7" + bytes(36) + struct.pack(">9i2I", *matrix, width << 16, height << 16)
    samples = box(b"stsz", bytes(4), struct.pack(">II", 0, frames), bytes(4 * frames))
    media = box(b"mdia", box(b"hdlr", bytes(8), handler, bytes(13)), box(b"minf", box(b"stbl", samples)))
    return box(b"trak", box(b"tkhd", header), media)


def value(data: bytes, kind: int = 1) -> bytes:
    """Return a value of a list of tags."""
    return box(b"data", struct.pack(">II", kind, 0), data)


def key_tags(tags: dict[bytes, bytes]) -> bytes:
    """Return `udta` with tags by key, as ffmpeg writes them with use_metadata_tags."""
    keys = b"".join(box(b"mdta", key) for key in tags)
    items = b"".join(box(struct.pack(">I", number), value(data)) for number, data in enumerate(tags.values(), 1))
    handler = box(b"hdlr", bytes(8), b"mdta", bytes(13))
    return box(
        b"udta",
        box(b"meta", bytes(4), handler, box(b"keys", struct.pack(">II", 0, len(tags)), keys), box(b"ilst", items)),
    )


def classic_tags(tags: dict[bytes, bytes]) -> bytes:
    """Return `udta` with tags of four bytes, as iTunes has them."""
    handler = box(b"hdlr", bytes(8), b"mdir", bytes(13))
    return box(
        b"udta", box(b"meta", bytes(4), handler, box(b"ilst", *(box(key, value(data)) for key, data in tags.items())))
    )


def mp4(
    *in_moov: bytes, brand: bytes = b"isom", tracks: bytes = b"", outside: bytes = b"", frames: bytes = bytes(64)
) -> bytes:
    """Return a movie of 2.5 s whose `moov` stands behind its frames."""
    header = box(b"mvhd", bytes(12), struct.pack(">II", 1000, 2500), bytes(80))
    moov = box(b"moov", header, tracks or track(640, 360), *in_moov)
    return box(b"ftyp", brand, bytes(4), b"isom") + box(b"mdat", frames) + moov + outside


# Matroska


def element(name: int, *contents: bytes, live: bool = False) -> bytes:
    """Return an EBML element; of unknown size if it is written live."""
    data = b"".join(contents)
    size = (1 << 56) - 1 if live else len(data)
    return name.to_bytes((name.bit_length() + 7) // 8, "big") + (size | 1 << 56).to_bytes(8, "big") + data


def webm(tags: dict[bytes, bytes], kind: bytes = b"webm", live: bool = False, display: bytes = b"") -> bytes:
    """Return a movie of 3 s whose tags stand behind its clusters."""
    head = element(0x1A45DFA3, element(0x4282, kind))
    info = element(
        0x1549A966, element(0x2AD7B1, (1_000_000).to_bytes(3, "big")), element(0x4489, struct.pack(">d", 3000))
    )
    size = element(0xE0, element(0xB0, b"\x01\x40"), element(0xBA, b"\xb4"), display)
    tracks = element(0x1654AE6B, element(0xAE, element(0x83, b"\1"), size))
    cluster = element(0x1F43B675, element(0xE7, b"\0"), element(0xA3, bytes(300)), live=live)
    simple = b"".join(element(0x67C8, element(0x45A3, key), element(0x4487, data)) for key, data in tags.items())
    return head + element(
        0x18538067, info, tracks, cluster, cluster, element(0x1254C367, element(0x7373, simple)), live=live
    )


# Sound


def comments(tags: dict[bytes, bytes]) -> bytes:
    """Return Vorbis comments."""
    pairs = [key + b"=" + data for key, data in tags.items()]
    return (
        b"\4\0\0\0test"
        + struct.pack("<I", len(pairs))
        + b"".join(struct.pack("<I", len(pair)) + pair for pair in pairs)
    )


def flac(tags: dict[bytes, bytes]) -> bytes:
    """Return FLAC of 2 s at 48 kHz."""
    info = bytes(10) + (48_000 << 44 | 96_000).to_bytes(8, "big") + bytes(16)
    data = comments(tags)
    return b"fLaC\0" + len(info).to_bytes(3, "big") + info + b"\x84" + len(data).to_bytes(3, "big") + data + bytes(500)


def pages(packets: list[bytes], granules: list[int], serial: bytes = b"abcd") -> bytes:
    """Return Ogg pages, each packet on pages of its own."""
    result = b""
    for packet, granule in zip(packets, granules, strict=True):
        sizes = bytes([255] * (len(packet) // 255) + [len(packet) % 255])
        for start in range(0, len(sizes), 255):
            part = sizes[start : start + 255]
            data, packet = packet[: sum(part)], packet[sum(part) :]
            end = granule if not packet else 2**64 - 1
            result += b"OggS\0\0" + struct.pack("<Q", end) + serial + bytes(8) + bytes([len(part)]) + part + data
    return result


def opus(tags: dict[bytes, bytes]) -> bytes:
    """Return Opus of 5 s with a pre-skip of 312 samples."""
    head = b"OpusHead\1\2" + struct.pack("<HIHB", 312, 44_100, 0, 0)
    return pages([head, b"OpusTags" + comments(tags), bytes(700)], [0, 0, 240_312])


def vorbis(tags: dict[bytes, bytes]) -> bytes:
    """Return Vorbis of 2 s at 44.1 kHz."""
    head = b"\1vorbis" + struct.pack("<IBI", 0, 2, 44_100) + bytes(14)
    return pages([head, b"\3vorbis" + comments(tags) + b"\1", bytes(90)], [0, 0, 88_200])


def seven_bits(number: int) -> bytes:
    """Return a number in seven bits a byte."""
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


def id3(*frames: tuple[bytes, bytes], version: int = 4) -> bytes:
    """Return an ID3 tag of version 2.3 or 2.4."""
    length = seven_bits if version == 4 else lambda number: number.to_bytes(4, "big")
    body = b"".join(kind + length(len(data)) + b"\0\0" + data for kind, data in frames) + bytes(16)
    return b"ID3" + bytes([version, 0, 0]) + seven_bits(len(body)) + body


def mp3(tag: bytes = b"", xing: int = 0, frames: int = 100) -> bytes:
    """Return MP3 of 128 kbit/s at 44.1 kHz."""
    frame = b"\xff\xfb\x90\x00" + bytes(413)
    first = b"\xff\xfb\x90\x00" + bytes(32) + b"Info" + struct.pack(">II", 1, xing) + bytes(369)
    return tag + (first if xing else b"") + frame * frames


def wav(*chunks: tuple[bytes, bytes]) -> bytes:
    """Return WAV of 0.5 s at 8 kHz, 16 bit."""
    form = struct.pack("<HHIIHH", 1, 1, 8000, 16_000, 2, 16)
    return riff(b"WAVE", (b"fmt ", form), *chunks, (b"data", bytes(8000)))


def info_list(*texts: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
    """Return a chunk LIST INFO."""
    data = b"".join(kind + struct.pack("<I", len(value)) + value + b"\0" * (len(value) % 2) for kind, value in texts)
    return b"LIST", b"INFO" + data


def svg(metadata: bytes, attributes: bytes = b'width="30" height="20"') -> bytes:
    """Return an SVG with metadata."""
    return (
        b'<?xml version="1.0"?>\n<!-- x --><svg xmlns="http://www.w3.org/2000/svg" %s><metadata>%s</metadata></svg>'
        % (
            attributes,
            metadata,
        )
    )


def of_each_kind() -> dict[str, bytes]:
    """Return one small file of each container, all with texts."""
    long_text = PROMPT * 9
    utf_16 = b"UNICODE\0" + "灯台と霧、夜の海, masterpiece".encode("utf-16-be")
    exif = tiff(">", [(0x010F, 2, b"workflow:{}\0"), (0x0112, 3, b"\0\6")], [(0x9286, 7, utf_16)])
    return {
        "text.png": png(text(b"parameters", long_text), international_text(b"prompt", long_text, packed=True)),
        "ztxt.png": png(chunk(b"zTXt", b"Comment\0\0" + zlib.compress(long_text)), chunk(b"eXIf", exif)),
        "exif.jpg": jpeg(segment(0xE1, b"Exif\0\0" + exif), segment(0xFE, long_text)),
        "exif.webp": saved("WEBP", exif=exif, xmp=b"<x:xmpmeta/>"),
        "still.avif": saved("AVIF", exif=exif),
        "comment.gif": gif(long_text),
        "keys.mp4": mp4(key_tags({b"prompt": long_text, b"workflow": b"{}"})),
        "classic.mov": mp4(classic_tags({b"\xa9cmt": long_text}), brand=b"qt  "),
        "tags.webm": webm({b"PROMPT": long_text}),
        "live.mkv": webm({b"PROMPT": long_text}, kind=b"matroska", live=True),
        "tags.flac": flac({b"prompt": long_text}),
        "tags.opus": opus({b"prompt": long_text}),
        "tags.ogg": vorbis({b"prompt": long_text}),
        "tags.mp3": mp3(id3((b"TXXX", b"\1" + "prompt\0".encode("utf-16") + "霧".encode("utf-16")), (b"TIT2", b"\3x"))),
        "tags.wav": wav(info_list((b"ICMT", long_text))),
        "metadata.svg": svg(b"<![CDATA[" + long_text + b"]]>"),
        "plain.txt": long_text,
    }
