"""SVG: the size in its root element and the content of <metadata>, by a linear scan: entities are never expanded."""

import re

from media.generation_data.blocks import Carrier
from media.generation_data.carriers.findings import MAX_FILE_BYTES, Findings
from media.generation_data.carriers.source import Source

MARK = b"\xef\xbb\xbf"
HEAD_BYTES = 65_536
SPACE = re.compile(rb"\s*")
ROOT = re.compile(rb"<(?:[A-Za-z_][\w.-]{0,63}:)?svg(?=[\s/>])")
ATTRIBUTE = re.compile(rb"""\s{1,256}([\w:.-]{1,64})\s{0,64}=\s{0,64}(?:"([^"<]{0,4096})"|'([^'<]{0,4096})')""")
LENGTH = re.compile(
    rb"\s{0,64}\+?(\d{1,9}(?:\.\d{0,30})?|\.\d{1,30})(?:e([+-]?\d{1,2}))?\s{0,64}(px|pt|pc|mm|cm|in|)\s{0,64}"
)
PIXELS = {b"": 1.0, b"px": 1.0, b"pt": 4 / 3, b"pc": 16.0, b"mm": 96 / 25.4, b"cm": 96 / 2.54, b"in": 96.0}
OPENING = re.compile(rb"<(?:[A-Za-z_][\w.-]{0,63}:)?metadata(?=[\s/>])")
CLOSING = re.compile(rb"</(?:[A-Za-z_][\w.-]{0,63}:)?metadata\s{0,64}>")
CDATA_START, CDATA_END = b"<![CDATA[", b"]]>"
ENTITIES = ((b"&lt;", b"<"), (b"&gt;", b">"), (b"&quot;", b'"'), (b"&apos;", b"'"), (b"&#10;", b"\n"), (b"&amp;", b"&"))
MAX_ROOT_BYTES = 16_384
MAX_PIXELS_A_SIDE = 1_000_000


def is_svg(head: bytes) -> bool:
    """Return whether the first element of a file is <svg>."""
    return root_start(head) is not None


def root_start(data: bytes) -> int | None:
    """Return where <svg begins, behind the declaration, comments and the document type; None if it does not."""
    offset = len(MARK) if data.startswith(MARK) else 0
    while True:
        offset = SPACE.match(data, offset).end()
        end = _end_of_prolog(data, offset)
        if end is None:
            return offset if ROOT.match(data, offset) else None
        if end <= offset:
            return None
        offset = end


def _end_of_prolog(data: bytes, offset: int) -> int | None:
    """Return where a declaration, comment or document type ends; 0 if it does not, None if there is none."""
    if data.startswith(b"<?", offset):
        return data.find(b"?>", offset) + 2 if data.find(b"?>", offset) >= 0 else 0
    if data.startswith(b"<!--", offset):
        return data.find(b"-->", offset) + 3 if data.find(b"-->", offset) >= 0 else 0
    if not data.startswith(b"<!DOCTYPE", offset):
        return None
    end = data.find(b">", offset)
    subset = data.find(b"[", offset, max(end, 0))
    if subset >= 0:
        end = data.find(b"]", subset)
        end = data.find(b">", end) if end >= 0 else -1
    return end + 1


def read(source: Source, found: Findings) -> None:
    """Read an SVG file."""
    data = source.up_to(0, min(source.size, MAX_FILE_BYTES))
    if source.size > len(data):
        found.warn("The SVG file is over the limit; its end was passed over.")
    start = root_start(data[:HEAD_BYTES]) or 0
    found.is_known = b">" in data[start:]
    set_size(attributes(data, start), found)
    offset = start
    while (opening := OPENING.search(data, offset)) and found.step():
        offset = add_metadata(data, opening.end(), found)


def attributes(data: bytes, start: int) -> dict[bytes, bytes]:
    """Return the attributes of the element that begins at an offset."""
    end = start + MAX_ROOT_BYTES
    root = ROOT.match(data, start)
    values, offset = {}, root.end() if root else end
    while match := ATTRIBUTE.match(data, offset, end):
        values[match[1]] = match[2] if match[2] is not None else match[3]
        offset = match.end()
    return values


def set_size(values: dict[bytes, bytes], found: Findings) -> None:
    """Set the size by width and height, by the view box where one of them is missing or relative."""
    width, height = pixels(values.get(b"width", b"")), pixels(values.get(b"height", b""))
    box = [pixels(part) for part in values.get(b"viewBox", b"").replace(b",", b" ").split()[2:4]]
    if len(box) == 2 and box[0] and box[1]:
        if width is None and height is None:
            width, height = box
        elif width is None or height is None:
            ratio = box[0] / box[1]
            width, height = (width, width / ratio) if width is not None else ((height or 0) * ratio, height)
    if width and height and 0.5 <= width <= MAX_PIXELS_A_SIDE and 0.5 <= height <= MAX_PIXELS_A_SIDE:
        found.width, found.height = max(1, round(width)), max(1, round(height))


def pixels(value: bytes) -> float | None:
    """Return a length in pixels; None if it is relative or no length."""
    match = LENGTH.fullmatch(value.lower())
    if match is None:
        return None
    return float(match[1]) * 10.0 ** int(match[2] or 0) * PIXELS[match[3]] or None


def add_metadata(data: bytes, offset: int, found: Findings) -> int:
    """Add the content of the <metadata> whose name ends at an offset; return where to search on."""
    start = data.find(b">", offset) + 1
    if not start or data[start - 2 : start - 1] == b"/":
        return start or len(data)
    text, end = content(data, start)
    if end is None:
        found.warn("The metadata of the SVG file are cut off.")
        return len(data)
    found.add(Carrier.SVG, "", text.strip())
    return end


def content(data: bytes, start: int) -> tuple[bytes, int | None]:
    """Return the content of <metadata>, CDATA sections unpacked, and where it ends, None if it does not."""
    pieces, offset = [], start
    closing = CLOSING.search(data, offset)
    while closing:
        section = data.find(CDATA_START, offset, closing.start())
        if section < 0:
            pieces.append(plain(data[offset : closing.start()]))
            return b"".join(pieces), closing.end()
        end = data.find(CDATA_END, section)
        if end < 0:
            break
        pieces += [plain(data[offset:section]), data[section + len(CDATA_START) : end]]
        offset = end + len(CDATA_END)
        if closing.start() < offset:
            closing = CLOSING.search(data, offset)
    return b"", None


def plain(data: bytes) -> bytes:
    """Return text between sections: what holds no elements has its five entities resolved."""
    if b"<" in data:
        return data
    for entity, character in ENTITIES:
        data = data.replace(entity, character)
    return data
