"""Grounds of scenes: mountains, hills, dunes, forests and cities, each in ranges that grow paler with distance."""

from collections.abc import Callable, Sequence
from math import pi, sin
from random import Random

import numpy as np
from PIL import Image, ImageDraw

from content.painting.canvas import mix, ramp, ridge, swell
from content.painting.fields import Field, cloudy, line_mask, places, sample, smooth_step, tinted
from content.painting.stage import Stage

WHITE = (255, 255, 255)


def skyline(stage: Stage, level: float, height: float, heights: Sequence[float]) -> Field:
    """Return places down, 0 to 1, of a line around `level` that reaches up to `height` away from it."""
    return level - height * np.array(heights, dtype=np.float32)


def lay_range(stage: Stage, line: Field, near: float, lit: Field, snow: Field | None = None) -> None:
    """Paint the ground below a line. `lit` and `snow` are of half the canvas's size: 0 to 1."""
    colours = [stage.ground(near, level) for level in (0.0, 0.3, 0.6, 1.0)]
    picture = tinted(lit, colours)
    if snow is not None:
        white = mix(stage.air(), mix(stage.sky[5], WHITE, 0.6), 0.45 + 0.5 * near)
        shadow = mix(white, ramp(stage.sky, 0.45), 0.5)
        picture.paste(tinted(lit, [shadow, white, white]), (0, 0), Image.fromarray((snow * 255).astype(np.uint8)))
    fog = mist_below(stage, line, near)
    picture.paste(Image.new("RGB", picture.size, stage.air()), (0, 0), fog)
    wide = picture.resize(stage.size, Image.Resampling.BILINEAR)
    stage.canvas.paste(wide, (0, 0), line_mask(line, *stage.size))


def mist_below(stage: Stage, line: Field, near: float) -> Image.Image:
    """Return the mask of the haze at the foot of a range: thick far away, none in front."""
    depth, _ = depth_below(stage, line)
    haze = smooth_step(0.0, 0.3, depth) * (0.62 * max(0.0, 1 - near) ** 0.8)
    return Image.fromarray((haze * 255).astype(np.uint8))


def depth_below(stage: Stage, line: Field) -> tuple[Field, tuple[Field, Field]]:
    """Return how far each pixel of half a canvas lies below a line, and the places of the pixels."""
    across, down = places(max(1, stage.canvas.width // 2), max(1, stage.canvas.height // 2))
    at = np.interp(across[0], np.linspace(0, 1, len(line)), line).astype(np.float32)
    return down - at[None, :], (across, down)


def mountains(random: Random, stage: Stage, level: float, *, snow: bool = False, count: int = 4) -> None:
    """Raise ranges of rock whose sides catch the light, the last just below `level`."""
    side = 1 if stage.light[0] < 0.5 else -1
    for layer in range(count):
        near = 0.12 + 0.88 * layer / max(1, count - 1)
        top = stage.horizon - 0.1 + (level - stage.horizon + 0.04) * layer / max(1, count - 1)
        line = skyline(stage, top, 0.17 - 0.06 * near, ridge(random, 0.52, 257))
        rock, offset = cloudy(random, 1.62), random.random()
        depth, (across, _) = depth_below(stage, line)
        # Rock follows the ridge: its folds fall from every peak.
        fine = 1.5 - 0.6 * near
        x, y = (across * stage.aspect * 0.7 + side * depth * 0.5) * fine + offset, depth * 0.8 * fine + offset
        folds = sample(rock, x, y)
        slope = folds - sample(rock, x + 0.008 * side, y - 0.003)
        lit = np.clip(0.56 + (5.5 - 2.5 * near) * slope + 0.3 * (folds - 0.5) - 0.9 * near * depth, 0, 1)
        caps = None
        if snow or (layer < 2 and stage.hour == "day"):
            low = (0.05 if not snow else 0.16) + 0.1 * (folds - 0.5)
            caps = smooth_step(-0.015, 0.015, low - depth) * np.float32(0.92)
        lay_range(stage, line, near, lit, caps)


def hills(random: Random, stage: Stage, level: float, *, snow: bool = False, count: int = 4) -> None:
    """Roll hills towards the viewer, with a grain of grass."""
    for layer in range(count):
        near = 0.2 + 0.8 * layer / max(1, count - 1)
        top = stage.horizon + (level - stage.horizon) * (layer / max(1, count - 1)) ** 0.9
        line = skyline(stage, top, 0.03 + 0.035 * near, swell(random))
        grass, offset = cloudy(random, 1.3), random.random()
        depth, (across, _) = depth_below(stage, line)
        grain = sample(grass, across * stage.aspect * (1.4 - 0.6 * near) + offset, depth * 3 + offset)
        lit = np.clip(0.95 - depth * 3.2 + 0.35 * (grain - 0.5), 0, 1)
        lay_range(stage, line, near, lit, np.full_like(depth, 0.85) if snow else None)


def dunes(random: Random, stage: Stage, level: float, *, snow: bool = False, count: int = 6) -> None:
    """Pile dunes with a bright and a dark side, and ripples of wind."""
    side = 1 if stage.light[0] < 0.5 else -1
    for layer in range(count):
        near = 0.2 + 0.8 * layer / max(1, count - 1)
        top = stage.horizon + 0.02 + (level + 0.04 - stage.horizon) * layer / max(1, count - 1)
        line = skyline(stage, top, 0.035 + 0.05 * near, swell(random))
        depth, (across, _) = depth_below(stage, line)
        sand, offset = cloudy(random, 1.9), random.random()
        bend = sample(sand, across * 0.4 * stage.aspect + offset, depth * 0.8 + offset)
        crest = smooth_step(0.35, 0.65, bend + side * (across - 0.5) * 0.25 + depth * 0.8)
        ripples = np.sin((depth * 60 / (0.25 + near) + bend * 18) * 2 * pi * 0.5) * 0.05 * near
        lit = np.clip(0.95 - 0.6 * crest - depth * 0.5 + ripples, 0, 1)
        lay_range(stage, line, near, lit, np.full_like(depth, 0.8) if snow else None)


def pine_line(random: Random, base: Sequence[float], aspect: float, tall: float, columns: int = 2049) -> Field:
    """Return places down of the tops of a row of pines that stand on a line."""
    xs = np.linspace(0, 1, columns, dtype=np.float32)
    ground = np.interp(xs, np.linspace(0, 1, len(base)), base).astype(np.float32)
    tops = ground.copy()
    position = -0.02
    while position < 1.02:
        height = tall * random.uniform(0.45, 1.0)
        breadth = height * random.uniform(0.17, 0.26) / aspect
        away = np.abs(xs - position) / breadth
        # Branches: the cone's side is a saw.
        teeth = 7
        cone = 1 - away
        saw = cone - 0.06 * ((away * teeth) % 1.0)
        foot = float(np.interp(position, xs, ground))
        tops = np.where((away < 1) & (saw > 0), np.minimum(tops, foot - height * saw), tops)
        position += breadth * random.uniform(0.5, 1.5)
    return tops


def forest(random: Random, stage: Stage, level: float, *, snow: bool = False, count: int = 4) -> None:
    """Stand rows of pines behind one another in the haze."""
    for layer in range(count):
        near = 0.2 + 0.8 * layer / max(1, count - 1)
        top = stage.horizon + (level + 0.03 - stage.horizon) * layer / max(1, count - 1)
        base = skyline(stage, top, 0.035, swell(random))
        line = pine_line(random, base, stage.aspect, 0.07 + 0.15 * near)
        depth, (across, _) = depth_below(stage, base)
        grain = sample(cloudy(random, 1.2), across * stage.aspect * 1.5, depth * 1.5)
        lit = np.clip(0.42 - depth * 1.6 + 0.5 * (grain - 0.5), 0, 1)
        white = smooth_step(0.45, 0.7, grain + depth * 0.6) * np.float32(0.8) if snow else None
        lay_range(stage, line, near, lit, white)


def city(random: Random, stage: Stage, level: float, *, snow: bool = False, count: int = 3) -> None:
    """Build rows of towers; their windows are lit but by day."""
    for layer in range(count):
        near = 0.25 + 0.75 * layer / max(1, count - 1)
        row = Row(stage, near, level)
        left = -0.03
        while left < 1.0:
            breadth = random.uniform(0.05, 0.11) * (0.7 + 0.6 * near) / max(stage.aspect, 0.8)
            top = stage.horizon - (0.34 - 0.2 * near) * random.betavariate(1.6, 2.2) - 0.03
            row.tower(random, left, top + (level - stage.horizon) * near * 0.6, left + breadth, snow)
            left += breadth * random.uniform(0.82, 1.08)


class Row:
    """A row of towers at one distance."""

    def __init__(self, stage: Stage, near: float, level: float) -> None:
        self.draw = ImageDraw.Draw(stage.canvas)
        self.size, self.level, self.near = stage.size, level, near
        self.wall, self.shadow = stage.ground(near, 0.32), stage.ground(near, 0.12)
        self.snow = mix(stage.sky[5], WHITE, 0.5)
        self.share = {"day": 0.0, "dawn": 0.16, "sunset": 0.3, "night": 0.42}[stage.hour]
        self.light = mix(ramp(stage.sky, 0.86), (255, 214, 140), 0.5)
        self.glass = stage.ground(near, 0.75)

    def tower(self, random: Random, left: float, top: float, right: float, snow: bool) -> None:
        """Draw one tower with a side in the shadow, its roof and its windows."""
        width, height = self.size
        split = left + (right - left) * random.uniform(0.62, 0.8)
        for start, end, fill in ((left, right, self.wall), (split, right, self.shadow)):
            self.draw.rectangle((start * width, top * height, end * width, height), fill=fill)
        self.roof(random, left, top, right)
        if snow:
            self.draw.rectangle((left * width, top * height, right * width, (top + 0.006) * height), fill=self.snow)
        self.windows(random, left, top, right)

    def roof(self, random: Random, left: float, top: float, right: float) -> None:
        """Put a mast, a step or a spire on a tower."""
        width, height = self.size
        middle, kind = (left + right) / 2, random.random()
        reach = random.uniform(0.02, 0.07)
        if kind < 0.2:
            line = (middle * width, (top - reach) * height, middle * width, top * height)
            self.draw.line(line, fill=self.wall, width=max(1, height // 350))
        elif kind < 0.45:
            inset = (right - left) * 0.22
            box = ((left + inset) * width, (top - reach * 0.6) * height, (right - inset) * width, top * height)
            self.draw.rectangle(box, fill=self.wall)
        elif kind < 0.53:
            tip = (middle * width, (top - reach * 1.4) * height)
            self.draw.polygon([(left * width, top * height), tip, (right * width, top * height)], fill=self.wall)

    def windows(self, random: Random, left: float, top: float, right: float) -> None:
        """Light some windows; by day they only shine."""
        width, height = self.size
        pitch = 0.0075 + 0.006 * self.near
        across = pitch * height / width
        columns, rows = int((right - left) / across - 0.6), int((self.level + 0.12 - top) / (pitch * 1.7))
        lit = self.share * random.uniform(0.3, 1.5)
        for row in range(rows):
            for column in range(columns):
                chance, warmth = random.random(), random.uniform(0.35, 1.0)
                tone = mix(self.wall, self.light, warmth * (0.3 + 0.7 * self.near)) if chance < lit else None
                if tone is None and (self.share or chance > 0.55):
                    continue
                x, y = (left + (column + 0.75) * across) * width, (top + 0.014 + row * pitch * 1.7) * height
                box = (x, y, x + across * 0.5 * width, y + pitch * 0.8 * height)
                self.draw.rectangle(box, fill=tone or mix(self.wall, self.glass, 0.6))


Ground = Callable[..., None]
GROUNDS: dict[str, Ground] = {
    "mountains": mountains,
    "hills": hills,
    "dunes": dunes,
    "forest": forest,
    "city": city,
}


def bank(random: Random, stage: Stage, level: float, snow: bool = False) -> Field:
    """Lay the ground in front, upon which figures stand, and return its line."""
    start = random.uniform(0, 2 * pi)
    heights = [0.6 * sin(start + 2.2 * i / 64) + 0.4 * sin(2 * start + 5.1 * i / 64) for i in range(65)]
    line = skyline(stage, level, 0.022, heights)
    depth, (across, _) = depth_below(stage, line)
    grain = sample(cloudy(random, 1.2), across * stage.aspect * 1.2, depth * 2.5)
    lit = np.clip(0.34 - depth * 1.8 + 0.3 * (grain - 0.5), 0, 1)
    lay_range(stage, line, 1.0, lit, np.full_like(depth, 0.8) if snow else None)
    return line
