"""A 64-bit hash that a picture shares, but for a few bits, with its copies of other sizes, formats and qualities."""

import numpy
from PIL import Image

from media.hash_bands import BAND_BITS, BAND_SHIFTS

SIDE = 32  # pixels that are looked at
KEPT = 8  # frequencies a side


def cosine_transform(side: int) -> numpy.ndarray:
    """Return the matrix of the discrete cosine transform (type II)."""
    frequencies, places = numpy.arange(side), 2 * numpy.arange(side) + 1
    return 2 * numpy.cos(numpy.pi / (2 * side) * numpy.outer(frequencies, places))


TRANSFORM = cosine_transform(SIDE)[:KEPT]


def perceptual_hash_of(image: Image.Image) -> int:
    """Return an RGB picture's pHash as a signed integer of 64 bits, as a PostgreSQL bigint holds it.

    A bit tells whether a low frequency is above the median. Amplitudes are rounded, so that a flat picture's hash does
    not hang on the last digits of a sum.
    """
    grey = numpy.asarray(image.convert("L").resize((SIDE, SIDE), Image.Resampling.LANCZOS), dtype=numpy.float64)
    amplitudes = (TRANSFORM @ grey @ TRANSFORM.T).round(3)
    above = amplitudes > numpy.median(amplitudes)
    return int.from_bytes(numpy.packbits(above).tobytes(), "big", signed=True)


def bands(value: int) -> list[int]:
    """Return a hash as four numbers of 16 bits: two hashes that differ in at most three bits share one of them."""
    return [value >> shift & (1 << BAND_BITS) - 1 for shift in BAND_SHIFTS]


def distance(first: int, second: int) -> int:
    """Return in how many bits two hashes differ."""
    return ((first ^ second) & (1 << 64) - 1).bit_count()
