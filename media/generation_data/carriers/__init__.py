"""What files hold: format, size, duration and blocks of metadata, read without decoding a pixel.

findings.py    what one file has shown so far, and the limits that all readers share
source.py      reads at offsets, with a window
detection.py   the format by content
stealth.py     texts in the lowest bits of pixels; the only module that decodes them
sidecars.py    texts in files beside a picture
"""

import struct
from typing import BinaryIO

from media.generation_data.blocks import Facts
from media.generation_data.carriers.detection import format_of
from media.generation_data.carriers.findings import DamagedFileError, Findings, UnknownFormatError
from media.generation_data.carriers.sidecars import sidecar_blocks
from media.generation_data.carriers.source import CutOffError, Source
from media.generation_data.carriers.stealth import read_stealth

__all__ = ["DamagedFileError", "UnknownFormatError", "read_facts", "read_stealth", "sidecar_blocks"]


def read_facts(file: BinaryIO) -> Facts:
    """Return what a seekable file is and which blocks of metadata it holds, in a time linear in its metadata.

    Raises UnknownFormatError if its format is not supported, and DamagedFileError if it ends or breaks before its size
    is known. What is wrong with a block is a warning.
    """
    source = Source(file)
    name, mime, read = format_of(source)
    found = Findings(name, mime)
    try:
        read(source, found)
    except (CutOffError, struct.error):
        found.warn(f"The {name} file is damaged or cut off.")
    if not found.is_known:
        raise DamagedFileError(f"The {name} file is damaged or cut off before its size is known.")
    return found.facts()
