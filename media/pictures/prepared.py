"""What is kept of a file's picture: what processes that decode send to those that never import a decoder."""

from dataclasses import dataclass

GRID_WIDTHS = (320, 640)  # a card on plain and on dense screens


@dataclass(frozen=True)
class Prepared:
    """What is kept of a file's picture."""

    width: int  # as it is seen: after the turn
    height: int
    thumbhash: bytes
    colour: str  # "#rrggbb"
    perceptual_hash: int  # signed, 64 bits
    thumbnails: dict[int, bytes]  # WebP by width in pixels
    duration: float | None  # seconds; None for a still
    frames: int | None  # None: a video that does not tell
