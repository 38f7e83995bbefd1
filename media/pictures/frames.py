"""How many frames an animation has and how long it lasts, without decoding them where the format allows."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from PIL.ImageFile import ImageFile

from media.pictures.limits import Limits, TooLargeError


@dataclass(frozen=True)
class Length:
    """The extent of a file in time."""

    frames: int | None = 1  # None: not told by the file
    duration: float | None = None  # seconds; None for a still


STILL = Length()


def check_frames(frames: int, limits: Limits) -> None:
    """Refuse an animation that is too long.

    Raises TooLargeError.
    """
    if frames > limits.frames:
        raise TooLargeError(f"has {frames:,} frames, more than the allowed {limits.frames:,}")


def png_delays(source: BinaryIO) -> Iterator[float]:
    """Return each frame's seconds, by the frame control chunks of a PNG."""
    source.seek(8)
    while len(head := source.read(8)) == 8:
        size, kind = int.from_bytes(head[:4], "big"), head[4:]
        if kind == b"IEND":
            return
        if kind == b"fcTL" and size == 26:
            control = source.read(size)
            yield int.from_bytes(control[20:22], "big") / (int.from_bytes(control[22:24], "big") or 100)
            size = 0
        source.seek(size + 4, 1)


def webp_delays(source: BinaryIO) -> Iterator[float]:
    """Return each frame's seconds, by the ANMF chunks of a WebP."""
    source.seek(12)
    while len(head := source.read(8)) == 8:
        size = int.from_bytes(head[4:], "little")
        size += size % 2
        if head[:4] == b"ANMF" and size >= 16:
            yield int.from_bytes(source.read(16)[12:15], "little") / 1000
            size -= 16
        source.seek(size, 1)


def decoded_delays(image: ImageFile, frames: int) -> Iterator[float]:
    """Return each frame's seconds by going through them: a GIF's are counted by reading it, AVIF's by decoding."""
    for frame in range(frames):
        image.seek(frame)
        if image.format == "AVIF":
            image.load()
        yield image.info.get("duration", 0) / 1000


def length_of(source: BinaryIO, image: ImageFile, name: str, limits: Limits) -> Length:
    """Return how long an opened animation is; it may stand at another frame afterwards.

    Raises TooLargeError if it has more frames than allowed.
    """
    frames = getattr(image, "n_frames", 1)
    check_frames(frames, limits)
    if frames == 1:
        return STILL
    delays = {"png": png_delays, "webp": webp_delays}
    seconds = delays[name](source) if name in delays else decoded_delays(image, frames)
    return Length(frames, round(sum(seconds), 3))
