"""Plain texts: UTF-8 without control characters."""

import re

from media.generation_data.carriers.findings import Findings
from media.generation_data.carriers.source import Source

MAX_TEXT_BYTES = 4 << 20
HEAD_BYTES = 512
CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")


def is_text(source: Source) -> bool:
    """Return whether a file is a text. The whole file is read, unless its beginning shows that it is none."""
    if not 0 < source.size <= MAX_TEXT_BYTES or CONTROLS.search(source.up_to(0, HEAD_BYTES)):
        return False
    data = source.up_to(0, source.size)
    if CONTROLS.search(data):
        return False
    try:
        return bool(data.decode().strip())
    except UnicodeDecodeError:
        return False


def read(source: Source, found: Findings) -> None:
    """Read a text: what it says is its content, not what a generator wrote about it."""
    found.is_known = source.size > 0
