"""Blocks as text: which encoding their writer chose is decided by the bytes, because labels lie.

The same prefix "UNICODE" stands before UTF-16 of either byte order and before UTF-8, whatever the byte order of the
EXIF around it. A wrong choice gives Chinese-looking text without an error, so that candidates are scored, and a text
that is not clearly better than the others is None.
"""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from media.generation_data.scripts import COMMON, points, readability

if TYPE_CHECKING:
    from media.generation_data.blocks import Block

EXIF_USER_COMMENT = ("exif:9286", "0:9286")
EXIF_WINDOWS_TEXTS = tuple(f"0:9c9{digit}" for digit in "bcdef")
PREFIX_BYTES = 8
# The share of units whose high byte must be zero, and that of units whose low byte may be, to decide without scoring.
CLEAR_SHARE = 0.5
STRAY_SHARE = 0.05
# A text with fewer zero bytes than this is no UTF-16 with ASCII in it.
FEW_ZEROS = 0.1
# Of two readings the better one must be better by this factor, and as readable as this, in points for two bytes.
CLEARLY_BETTER = 1.05
READABLE = 1.0

# NUL is refused by PostgreSQL, surrogates by UTF-8; U+FFFD is where an earlier program lost a character.
UNSTORABLE = re.compile("[\x00\ud800-\udfff\ufffd]")
NOT_IN_UTF_8 = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
CONTROLS = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
ASCII_CONTROLS = bytes(code for code in range(1, 128) if CONTROLS.match(chr(code)))
# One in so many characters may be a control character that was pasted into a prompt; with more it is no text.
CHARACTERS_PER_CONTROL = 50
# Bytes that no text in Latin-1 holds: its control characters, long runs of accents, a letter beside a rare sign.
# Such bytes are Shift JIS, GBK, KOI8 and the like.
NOT_LATIN_1 = re.compile(
    rb"[\x80-\x9f]|[\xa0-\xff]{4}|[\xa2-\xaa\xac-\xaf\xb1-\xb6\xb8-\xba\xbc-\xbe][\xc0-\xff]"
    rb"|[\xc0-\xff][\xa2-\xaa\xac-\xaf\xb1-\xb6\xb8-\xba\xbc-\xbe]"
)
LONG_SEQUENCE = re.compile("[\u0800-\uffff\U00010000-\U0010ffff]")
PAIR = re.compile("[\u0080-\u07ff]")
VALID_SEQUENCE, VALID_PAIR = 1.5, 0.5
BYTE_ORDER_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


def text_of(block: "Block") -> str | None:
    """Return a block as text, without NUL, lone surrogates and U+FFFD; None if no encoding gives a readable text."""
    # Carriers are compared by their values: their module imports this one.
    if block.carrier == "c2pa":
        return None
    decode_block = decoder_of(block)
    if decode_block is by_content and block.data.isascii() and 0 not in block.data:
        return plain_text(block.data)
    return storable(decode_block(block.data))


def plain_text(data: bytes) -> str | None:
    """Decode ASCII without NUL, as most blocks are; None if it is empty or has too many control characters."""
    controls = len(data) - len(data.translate(None, ASCII_CONTROLS))
    return data.decode("ascii") if data and controls * CHARACTERS_PER_CONTROL <= len(data) else None


def decoder_of(block: "Block") -> Callable[[bytes], str | None]:
    """Return the decoder for what a block's place says about its encoding."""
    if block.carrier == "exif":
        if block.key in EXIF_USER_COMMENT:
            return user_comment
        if block.key in EXIF_WINDOWS_TEXTS:
            return utf_16_le
    if block.carrier == "stealth":
        return utf_8
    return by_content


def storable(text: str | None) -> str | None:
    """Return a text without characters that cannot be stored; None if it is empty or no text."""
    if text is None:
        return None
    if text.isascii():
        text = text.replace("\0", "")
    elif UNSTORABLE.search(text):
        text = UNSTORABLE.sub("", text)
    return text if text and _controls(text) * CHARACTERS_PER_CONTROL <= len(text) else None


def _controls(text: str) -> int:
    """Count the control characters; a graph of megabytes is ASCII, for which bytes are much faster than a search."""
    if text.isascii():
        return len(text) - len(text.encode().translate(None, ASCII_CONTROLS))
    return len(CONTROLS.findall(text))


def by_content(data: bytes) -> str | None:
    """Decode bytes without a label: by their mark, UTF-16 by its zero bytes, UTF-8, or else Latin-1.

    PNG's tEXt is Latin-1 by its standard, but most writers put UTF-8 there.
    """
    for mark, encoding in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return decode(data[len(mark) :], encoding)
    data = without_padding(data)
    if data.count(0) > len(data) * FEW_ZEROS:
        return utf_16(data)
    text = utf_8(data)
    return latin_1(data) if text is None else text


def without_padding(data: bytes) -> bytes:
    """Drop the NULs at the end, but for one that completes a character of UTF-16LE."""
    stripped = data.rstrip(b"\0")
    return stripped + b"\0" if len(stripped) % 2 and b"\0" in stripped and len(stripped) < len(data) else stripped


def decode(data: bytes, encoding: str) -> str | None:
    """Decode bytes in one encoding, keeping surrogates for `storable` to drop; None if they are not in it."""
    if encoding.startswith("utf-16"):
        return data[: len(data) & ~1].decode(encoding, "surrogatepass")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def utf_8(data: bytes) -> str | None:
    """Decode UTF-8, also with surrogate pairs as Java and Oracle write them; None if it is none."""
    text = decode(data, "utf-8")
    if text is not None or b"\xed" not in data:
        return text
    try:
        pairs = data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return None
    return pairs.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def utf_16_le(data: bytes) -> str | None:
    """Decode the text of a Windows tag (XPTitle and so on), by another encoding if it is clearly not UTF-16LE."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return by_content(data)
    data = completed(data)
    text = decode(data, "utf-16-le")
    if zeros_decide(data) == "utf-16-le" or readability(text or "") >= READABLE:
        return text
    return best_of(data, ("utf-8", "utf-16-be"))


def latin_1(data: bytes) -> str | None:
    """Decode Latin-1; None if the bytes are more likely UTF-8 that was damaged or an encoding of East Asia."""
    if NOT_LATIN_1.search(data) or not data.decode("utf-8", "ignore").isascii():
        return None
    return data.decode("latin-1")


def user_comment(data: bytes) -> str | None:
    """Decode EXIF's UserComment by its content; its prefix says UNICODE, ASCII, JIS or nothing."""
    prefix, text = data[:PREFIX_BYTES].rstrip(b"\0").upper(), data[PREFIX_BYTES:]
    if b"\0" not in data[:PREFIX_BYTES] or prefix not in (b"UNICODE", b"ASCII", b"JIS", b""):
        # Fooocus writes the bare text, other tools likewise.
        prefix, text = b"", data
    if prefix == b"JIS":
        return japanese(text)
    if prefix == b"ASCII":
        return by_content(text)
    return unicode(text) if prefix else unlabelled(text)


def unicode(data: bytes) -> str | None:
    """Decode UTF-16 of either byte order, or UTF-8, whichever reads clearly best."""
    for mark, encoding in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return decode(data[len(mark) :], encoding)
    data = completed(data)
    clear = zeros_decide(data)
    if clear:
        return decode(data, clear)
    return best_of(data, ("utf-8", "utf-16-le", "utf-16-be"))


def unlabelled(data: bytes) -> str | None:
    """Decode a text without a prefix: nearly always UTF-8, but UTF-16 occurs, and Latin-1, which holds any bytes."""
    text = utf_8(without_padding(data))
    if text is not None and not text.startswith("\ufeff") and not NOT_IN_UTF_8.search(text):
        return text
    return unicode(data) or latin_1(data)


def utf_16(data: bytes) -> str | None:
    """Decode UTF-16 of either byte order; None if neither reads well."""
    data = completed(data)
    clear = zeros_decide(data)
    return decode(data, clear) if clear else best_of(data, ("utf-16-le", "utf-16-be"))


def completed(data: bytes) -> bytes:
    """Return text of two-byte units whole, without the NULs at its end: writers strip those, also half a unit."""
    data = data.rstrip(b"\0")
    return data + b"\0" if len(data) % 2 else data


def zeros_decide(data: bytes) -> str | None:
    """Return the encoding if zero bytes at one side of the units show it: they do wherever half of it is ASCII."""
    data = data.rstrip(b"\0")
    data = data[: len(data) & ~1]
    units = len(data) // 2
    high, low = data[0::2].count(0), data[1::2].count(0)
    if units and high >= units * CLEAR_SHARE and low <= units * STRAY_SHARE:
        return "utf-16-be"
    if units and low >= units * CLEAR_SHARE and high <= units * STRAY_SHARE:
        return "utf-16-le"
    return None


def japanese(data: bytes) -> str | None:
    """Decode a text with the prefix JIS: ISO-2022-JP by the standard, EUC-JP by ImageSharp, UTF-8 by others."""
    data = data.rstrip(b"\0")
    if b"\x1b" in data:
        return decode(data, "iso2022_jp_ext")
    return best_of(data, ("utf-8", "euc_jp", "cp932"))


def best_of(data: bytes, encodings: tuple[str, ...]) -> str | None:
    """Return the most readable text; None if none is readable or the second is nearly as good."""
    stripped = data.rstrip(b"\0")
    pairs = [(encoding, reading(stripped, encoding)) for encoding in encodings]
    texts = {text: encoding for encoding, text in pairs if text is not None}
    # Two encodings may give one text: that is no doubt.
    ranked = sorted(((score(text, encoding, len(stripped)), text) for text, encoding in texts.items()), reverse=True)
    if not ranked or ranked[0][0] < READABLE:
        return None
    if len(ranked) > 1 and ranked[0][0] < ranked[1][0] * CLEARLY_BETTER:
        return None
    return ranked[0][1]


def reading(stripped: bytes, encoding: str) -> str | None:
    """Decode bytes whose NULs at the end were stripped: half a unit of UTF-16 is made whole."""
    if not encoding.startswith("utf-16"):
        return decode(stripped, encoding)
    is_half = len(stripped) % 2 == 1
    # The byte that is missing was zero: in UTF-16BE it was the low one of a character like U+4E00 or U+6700.
    if is_half and encoding == "utf-16-be" and (stripped.isascii() or points(chr(stripped[-1] << 8)) < COMMON):
        return None
    return decode(completed(stripped), encoding)


def score(text: str, encoding: str, size: int) -> float:
    """Return the points of a text for two bytes of it, so that texts of different lengths compare.

    A sequence of three bytes that is valid UTF-8 is no accident, one of two bytes rarely is.
    """
    total = readability(text) * len(text)
    if encoding == "utf-8" and not text.isascii():
        total += VALID_SEQUENCE * len(LONG_SEQUENCE.findall(text)) + VALID_PAIR * len(PAIR.findall(text))
    return total * 2 / size if size else 0.0
