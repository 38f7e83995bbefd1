"""The request to a drawing process for one order, checked before it is sent there.

Without NumPy and Pillow: the worker's own process imports it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

from generation.backends import Order, RefusedError
from media.pictures.limits import PictureError

SMALLEST_SIDE, LARGEST_SIDE, DEFAULT_SIDE = 64, 2048, 1024
SEED_MAX = 2**64 - 1
STEPS_MAX, CFG_MAX = 10_000, 100.0
DEFAULT_DENOISE = 0.6
UPSCALE = 2
# Files in the folder of an attempt.
PICTURE, PREVIEW, PROGRESS, STOP = "picture.png", "preview.jpg", "progress", "stop"


class StoppedError(PictureError):
    """The drawing was cancelled."""


class SourceError(PictureError):
    """The picture to start from cannot be used; the text is a sentence that says why."""


class StorageError(PictureError):
    """The picture could not be stored; the text is a sentence."""


@dataclass(frozen=True)
class DrawingRequest:
    """One order of the built-in renderer."""

    folder: Path
    prompt: str
    negative_prompt: str
    seed: int
    # None for the size of the picture to start from, within the limits.
    width: int | None
    height: int | None
    steps: int | None
    cfg: float | None
    picture: Path | None
    denoise: float
    # How many times as large the picture becomes; 1 if it is painted.
    upscale: int


def request_of(order: Order, folder: Path) -> DrawingRequest:
    """Return the request to the drawing process for an order.

    Raises RefusedError.
    """
    if order.graph is not None:
        raise RefusedError("The built-in renderer takes no workflow.")
    parameters = order.parameters
    upscale = _upscale(parameters, order.picture)
    sides = _side(parameters, "width", order.picture), _side(parameters, "height", order.picture)
    return DrawingRequest(
        folder,
        order.prompt,
        order.negative_prompt,
        _seed(parameters),
        *sides,
        steps=_whole(parameters, "steps", 1, STEPS_MAX),
        cfg=_number(parameters, "cfg", CFG_MAX),
        picture=order.picture,
        denoise=_denoise(parameters),
        upscale=upscale,
    )


def _whole(parameters: Mapping[str, object], name: str, least: int, most: int) -> int | None:
    value = parameters.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise RefusedError(f"The parameter {name} must be a whole number from {least:,} to {most:,}.")
    return value


def _number(parameters: Mapping[str, object], name: str, most: float) -> float | None:
    value = parameters.get(name)
    if value is None:
        return None
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
    if not is_number or not 0 <= value <= most:
        raise RefusedError(f"The parameter {name} must be a number from 0 to {most:g}.")
    return float(value)


def _seed(parameters: Mapping[str, object]) -> int:
    seed = _whole(parameters, "seed", 0, SEED_MAX)
    if seed is None:
        raise RefusedError("The parameter seed is missing.")
    return seed


def _side(parameters: Mapping[str, object], name: str, picture: Path | None) -> int | None:
    side = _whole(parameters, name, SMALLEST_SIDE, LARGEST_SIDE)
    return DEFAULT_SIDE if side is None and picture is None else side


def _denoise(parameters: Mapping[str, object]) -> float:
    denoise = _number(parameters, "denoise", 1.0)
    return DEFAULT_DENOISE if denoise is None else denoise


def _upscale(parameters: Mapping[str, object], picture: Path | None) -> int:
    value = parameters.get("upscale")
    if not value:
        return 1
    if value is not True and value != UPSCALE:
        raise RefusedError(f"The built-in renderer makes pictures {UPSCALE} times as large, no other size.")
    if picture is None:
        raise RefusedError("There is no picture to make larger.")
    return UPSCALE
