"""Fields of numbers for what no line can draw: clouds, rock, water. NumPy in, pictures out.

A field is periodic: it may be sampled anywhere. Its numbers are the same whatever the size of the canvas.
"""

from random import Random

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from content.painting.canvas import Colour

Field = NDArray[np.float32]
SIDE = 256


def cloudy(random: Random, roughness: float = 1.7, side: int = SIDE) -> Field:
    """Return a field of smooth noise, 0 to 1, by filtering white noise; a higher roughness number is smoother."""
    white = np.random.default_rng(random.getrandbits(64)).standard_normal((side, side))
    across, down = np.fft.rfftfreq(side)[None, :], np.fft.fftfreq(side)[:, None]
    distance = np.hypot(across, down)
    distance[0, 0] = 1.0
    spectrum = np.fft.rfft2(white) * distance**-roughness
    spectrum[0, 0] = 0.0
    waves = np.fft.irfft2(spectrum, s=(side, side))
    # Ranks instead of values: every field is as often high as low.
    low, high = np.percentile(waves, (1, 99))
    return np.clip((waves - low) / (high - low), 0, 1).astype(np.float32)


def sample(field: Field, across: Field, down: Field) -> Field:
    """Return the field's values at places, in periods of the field; between its points they are interpolated."""
    side = field.shape[0]
    x, y = across * side, down * side
    left, top = np.floor(x), np.floor(y)
    share_x, share_y = (x - left).astype(np.float32), (y - top).astype(np.float32)
    columns, rows = left.astype(np.int32) % side, top.astype(np.int32) % side
    next_columns, next_rows = (columns + 1) % side, (rows + 1) % side
    upper = field[rows, columns] * (1 - share_x) + field[rows, next_columns] * share_x
    lower = field[next_rows, columns] * (1 - share_x) + field[next_rows, next_columns] * share_x
    return upper * (1 - share_y) + lower * share_y


def smooth_step(low: float, high: float, values: Field) -> Field:
    """Return 0 below `low`, 1 above `high`, and a soft rise between them."""
    share = np.clip((values - low) / (high - low), 0, 1)
    return share * share * (3 - 2 * share)


def places(width: int, height: int) -> tuple[Field, Field]:
    """Return the places of a canvas's pixels, 0 to 1: a row across and a column down."""
    across = ((np.arange(width, dtype=np.float32) + 0.5) / width)[None, :]
    down = ((np.arange(height, dtype=np.float32) + 0.5) / height)[:, None]
    return across, down


def tinted(values: Field, colours: tuple[Colour, ...] | list[Colour]) -> Image.Image:
    """Return values of 0 to 1 as a picture whose colours run evenly through the given ones."""
    stops = np.linspace(0, 1, len(colours))
    levels = np.linspace(0, 1, 1024)
    table = np.stack([np.interp(levels, stops, [colour[band] for colour in colours]) for band in range(3)], axis=1)
    steps = (np.clip(values, 0, 1) * 1023 + 0.5).astype(np.int32)
    return Image.fromarray((table + 0.5).astype(np.uint8)[steps])


def mask(values: Field) -> Image.Image:
    """Return values of 0 to 1 as a mask."""
    return Image.fromarray((np.clip(values, 0, 1) * 255 + 0.5).astype(np.uint8))


def line_mask(heights: Field, width: int, height: int) -> Image.Image:
    """Return the mask of all that lies below a skyline, with smooth edges; `heights` are places down, 0 to 1."""
    line = np.interp(np.linspace(0, 1, width), np.linspace(0, 1, len(heights)), heights) * height
    rows = np.arange(height, dtype=np.float32)[:, None] + 1
    return mask(rows - line[None, :].astype(np.float32))
