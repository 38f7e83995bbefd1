"""Water of scenes: a sea or a lake that mirrors what stands above it, with a path of light."""

from random import Random

import numpy as np
from PIL import Image

from content.painting.canvas import Colour, mix, ramp
from content.painting.fields import Field, cloudy, places, sample, smooth_step
from content.painting.stage import Stage

# How strongly waves push what is mirrored, and how much of the water's own colour is seen.
STRENGTH = {"lake": 0.5, "sea": 1.0}
OWN_COLOUR = {"lake": 0.25, "sea": 0.5}


def water(random: Random, stage: Stage, shore: float, kind: str) -> None:
    """Fill the canvas below `shore` with water."""
    width, top = stage.canvas.width, round(shore * stage.canvas.height)
    height = stage.canvas.height - top
    if height < 2 or top < 2:
        return
    across, down = places(width, height)
    swell = waves(random, stage, across, down)
    mirrored = mirror(stage, top, height, swell, STRENGTH[kind])
    own = np.stack([np.interp(down[:, 0], (0, 1), levels) for levels in zip(*own_colours(stage), strict=True)], axis=1)
    share = OWN_COLOUR[kind] * (0.35 + 0.65 * down)[:, :, None]
    result = mirrored * (1 - share) + own[:, None, :] * share
    result += (swell - 0.5)[:, :, None] * 34 * STRENGTH[kind] * (0.3 + 0.7 * down)[:, :, None]
    result = with_light(stage, result, swell, (across, down))
    stage.canvas.paste(Image.fromarray(np.clip(result, 0, 255).astype(np.uint8)), (0, top))


def own_colours(stage: Stage) -> tuple[Colour, Colour]:
    """Return the water's own colours, far and near: those of the sky that it lies under."""
    far, near = {"day": (0.6, 0.25), "dawn": (0.6, 0.22), "sunset": (0.45, 0.06), "night": (0.2, 0.0)}[stage.hour]
    return ramp(stage.sky, far), ramp(stage.sky, near)


def waves(random: Random, stage: Stage, across: Field, down: Field) -> Field:
    """Return the height of waves, 0 to 1: long and flat far away, large in front."""
    field, offset = cloudy(random, 1.45), random.random()
    away = 1 / (down + 0.07)
    x, y = (across - 0.5) * stage.aspect * away * 0.16 + offset, away * 0.55 + offset
    return sample(field, x, y)


def mirror(stage: Stage, top: int, height: int, swell: Field, strength: float) -> Field:
    """Return what stands above the shore upside down, pushed to and fro by the waves."""
    width = stage.canvas.width
    above = np.asarray(stage.canvas)[:top]
    rows = np.arange(height, dtype=np.float32)[:, None]
    depth = rows / height
    push = (swell - 0.5) * strength * (0.15 + 0.85 * depth)
    sources = top - 1 - (rows * min(1.0, top / height) + push * 0.16 * height)
    columns = np.arange(width, dtype=np.float32)[None, :] + push * 0.05 * width
    rows_at = np.clip(sources, 0, top - 1).astype(np.int32)
    return above[rows_at, np.clip(columns, 0, width - 1).astype(np.int32)].astype(np.float32)


def with_light(stage: Stage, pixels: Field, swell: Field, at: tuple[Field, Field]) -> Field:
    """Return the water with the path of light below sun or moon."""
    across, down = at
    breadth = stage.light_radius / stage.aspect * (0.8 + 1.8 * down)
    path = np.exp(-(((across - stage.light[0]) / breadth) ** 2))
    sparkle = smooth_step(0.52, 0.68, swell) * path * (0.95 - 0.5 * down)
    light = np.array(mix(stage.sky[5], (255, 255, 255), 0.3), dtype=np.float32)
    share = (sparkle * (0.55 if stage.hour in ("night", "day") else 0.85))[:, :, None]
    return pixels * (1 - share) + light * share
