"""Figures of scenes, in silhouette before the light: birds, boats, houses, trees, people, cats.

Each is drawn with its foot at a point, in units of its own height, on a mask four times as large as it is seen.
"""

from collections.abc import Callable
from functools import partial
from math import cos, pi, radians, sin
from random import Random
from typing import NamedTuple

from PIL import Image, ImageDraw

from content.painting.canvas import Colour, Point, mix, ramp
from content.painting.stage import Stage

LARGER = 4
# The largest side of a mask: a figure of 2,048 pixels is not drawn finer than that.
SIDE_MAX = 1600


class Pen:
    """Draws one figure upon a mask whose middle at the bottom is the figure's foot."""

    def __init__(self, height: int) -> None:
        self.scale = min(LARGER, max(1, SIDE_MAX // max(1, height)))
        self.unit = height * self.scale
        self.mask = Image.new("L", (self.unit * 2, self.unit + self.unit // 5))
        self.draw = ImageDraw.Draw(self.mask)

    def at(self, x: float, y: float) -> Point:
        """Return a point in pixels: x to the right of the foot, y up from it, in heights of the figure."""
        return self.unit * (1 + x), self.unit * (1 - y)

    def shape(self, *points: Point, fill: int = 255) -> None:
        """Fill a polygon."""
        self.draw.polygon([self.at(*point) for point in points], fill=fill)

    def oval(self, x: float, y: float, across: float, up: float, fill: int = 255) -> None:
        """Fill an ellipse around a point."""
        (left, top), (right, bottom) = self.at(x - across, y + up), self.at(x + across, y - up)
        self.draw.ellipse((left, top, right, bottom), fill=fill)

    def stroke(self, *points: Point, width: float) -> None:
        """Draw a line with round ends."""
        pixels = [self.at(*point) for point in points]
        self.draw.line(pixels, fill=255, width=max(1, round(width * self.unit)), joint="curve")
        for x, y in (pixels[0], pixels[-1]):
            reach = width * self.unit / 2
            self.draw.ellipse((x - reach, y - reach, x + reach, y + reach), fill=255)


def boat(random: Random, pen: Pen) -> None:
    """Draw a boat with two sails."""
    pen.shape((-0.42, 0.14), (0.46, 0.17), (0.3, 0.0), (-0.3, 0.0))
    pen.stroke((0, 0.1), (0, 1.0), width=0.018)
    pen.shape((0.03, 0.2), (0.03, 0.97), (0.4, 0.24))
    pen.shape((-0.03, 0.22), (-0.03, 0.86), (-0.32, 0.24))


def lighthouse(random: Random, pen: Pen) -> None:
    """Draw a lighthouse on its rock."""
    pen.shape((-0.4, -0.1), (-0.26, 0.06), (-0.1, 0.1), (0.16, 0.1), (0.3, 0.03), (0.42, -0.1))
    pen.shape((-0.115, 0.06), (-0.07, 0.76), (0.07, 0.76), (0.115, 0.06))
    pen.shape((-0.11, 0.75), (-0.11, 0.785), (0.11, 0.785), (0.11, 0.75))
    pen.shape((-0.055, 0.78), (-0.055, 0.9), (0.055, 0.9), (0.055, 0.78), fill=120)
    pen.shape((-0.085, 0.89), (0, 1.0), (0.085, 0.89))


def house(random: Random, pen: Pen) -> None:
    """Draw a cottage with a chimney."""
    pen.shape((-0.5, -0.05), (-0.5, 0.48), (0.5, 0.48), (0.5, -0.05))
    pen.shape((-0.6, 0.46), (-0.36, 0.92), (0.36, 0.92), (0.6, 0.46))
    pen.shape((0.18, 0.8), (0.18, 1.0), (0.29, 1.0), (0.29, 0.8))


def castle(random: Random, pen: Pen) -> None:
    """Draw a castle: towers of different heights with pointed roofs and battlements."""
    pen.shape((-0.62, -0.1), (-0.62, 0.32), (0.62, 0.32), (0.62, -0.1))
    for number in range(11):
        left = -0.62 + number * 0.113
        pen.shape((left, 0.31), (left, 0.36), (left + 0.065, 0.36), (left + 0.065, 0.31))
    for x, top, half in (
        (-0.6, 0.5, 0.085),
        (-0.22, 0.66, 0.1),
        (0.08, 0.78, 0.085),
        (0.36, 0.52, 0.1),
        (0.6, 0.44, 0.07),
    ):
        rise = top + random.uniform(-0.05, 0.05)
        pen.shape((x - half, 0), (x - half, rise), (x + half, rise), (x + half, 0))
        pen.shape((x - half * 1.35, rise), (x, min(0.99, rise + half * 2.9)), (x + half * 1.35, rise))


def tree(random: Random, pen: Pen) -> None:
    """Grow the trunk and the branches of a tree; `crown` has its leaves."""
    for branch in branches(random):
        pen.stroke(branch.foot, branch.tip, width=branch.length * 0.15)


def crown(random: Random, pen: Pen, lift: float = 0.0) -> None:
    """Hang leaves on the ends of the same branches; a `lift` leaves those in the light alone."""
    for branch in [each for each in branches(random) if each.length < LEAVED]:
        for _ in range(7):
            x, y = branch.tip[0] + random.gauss(0, 0.035), branch.tip[1] + random.gauss(0, 0.028)
            size = random.uniform(0.012, 0.03)
            if random.random() > lift * 1.5:
                pen.oval(x - lift * 0.04, min(y + lift * 0.04, 0.98 - size), size * 1.15, size)


class Branch(NamedTuple):
    """One branch of a tree."""

    foot: Point
    tip: Point
    length: float


# Shorter branches have leaves, and the shortest no branches of their own.
LEAVED, SHORTEST = 0.12, 0.068


def branches(random: Random) -> list[Branch]:
    """Return the branches of a tree, which forks until they are short."""
    grown: list[Branch] = []
    waiting = [((0.0, -0.02), 90.0 + random.uniform(-6, 6), 0.26)]
    while waiting:
        foot, angle, length = waiting.pop()
        tip = foot[0] + length * cos(radians(angle)), foot[1] + length * sin(radians(angle))
        grown.append(Branch(foot, tip, length))
        if length > SHORTEST:
            turns = (random.uniform(12, 36), random.uniform(-36, -12))
            waiting += [(tip, angle + turn, length * random.uniform(0.7, 0.82)) for turn in turns]
    return grown


def person(random: Random, pen: Pen) -> None:
    """Draw a person who stands and looks into the distance, in a long coat."""
    pen.oval(0, 0.925, 0.058, 0.07)
    pen.shape((-0.025, 0.88), (0.025, 0.88), (0.03, 0.8), (-0.03, 0.8))
    coat = (
        (-0.13, 0.8),
        (-0.06, 0.845),
        (0.06, 0.845),
        (0.13, 0.8),
        (0.12, 0.55),
        (0.17, 0.22),
        (-0.16, 0.24),
        (-0.12, 0.55),
    )
    pen.shape(*coat)
    pen.stroke((-0.12, 0.78), (-0.165, 0.6), (-0.15, 0.45), width=0.055)
    pen.stroke((0.12, 0.78), (0.165, 0.6), (0.15, 0.45), width=0.055)
    pen.stroke((-0.06, 0.3), (-0.065, 0.0), width=0.075)
    pen.stroke((0.065, 0.3), (0.075, 0.0), width=0.075)


def cat(random: Random, pen: Pen) -> None:
    """Draw a cat that sits with its back to the viewer, its tail around it."""
    pen.oval(0, 0.27, 0.27, 0.3)
    pen.oval(0, 0.46, 0.19, 0.25)
    pen.oval(0, 0.75, 0.165, 0.145)
    pen.shape((-0.16, 0.76), (-0.135, 0.99), (-0.03, 0.87))
    pen.shape((0.16, 0.76), (0.135, 0.99), (0.03, 0.87))
    curve = [(0.2 + 0.26 * sin(step / 12 * pi), 0.03 + 0.4 * step / 12) for step in range(13)]
    pen.stroke(*curve, width=0.075)


Figure = Callable[[Random, Pen], None]
# Figures that stand on the ground, and their heights as shares of the canvas's.
STANDING: dict[str, tuple[Figure, float]] = {
    "castle": (castle, 0.3),
    "lighthouse": (lighthouse, 0.42),
    "house": (house, 0.14),
    "tree": (tree, 0.44),
    "person": (person, 0.27),
    "cat": (cat, 0.24),
}


def stand(random: Random, stage: Stage, name: str, foot: Point, share: float = 1.0) -> None:
    """Stand a figure on a point of the canvas, which is given in shares of its sides."""
    figure, height = STANDING[name]
    height *= share * min(1.0, stage.aspect * 1.3)
    seed, foot = random.random(), (foot[0], foot[1] + 0.006)
    place(stage, Random(seed), figure, foot, height, stage.ground(1.0, 0.06))  # noqa: S311 - paints
    if name in WINDOWS:
        windows(stage, name, foot, height)
    for lift, level in ((0.0, 0.2), (0.4, 0.75)) if name == "tree" else ():
        leaves = partial(crown, lift=lift)
        place(stage, Random(seed), leaves, foot, height, stage.ground(1.0, level))  # noqa: S311 - paints


def place(
    stage: Stage, random: Random, figure: Figure, foot: Point, height: float, colour: Colour, mirrored: float = 0.0
) -> None:
    """Paint a figure in one colour, its foot at a point; `mirrored` is how clearly it is seen below as well."""
    pixels = max(4, round(height * stage.canvas.height))
    pen = Pen(pixels)
    figure(random, pen)
    seen = pen.mask.reduce(pen.scale) if pen.scale > 1 else pen.mask
    if mirrored:
        below = seen.crop((0, 0, seen.width, pixels)).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
        below = below.point([round(level * mirrored) for level in range(256)])
        at = round(foot[0] * stage.canvas.width - pixels), round(foot[1] * stage.canvas.height)
        stage.canvas.paste(Image.new("RGB", below.size, colour), at, below)
    corner = round(foot[0] * stage.canvas.width - pixels), round(foot[1] * stage.canvas.height - pixels)
    stage.canvas.paste(Image.new("RGB", seen.size, colour), corner, seen)


# Where light shines out, in heights of the figure: places and half sizes.
WINDOWS = {
    "house": ((-0.26, 0.24, 0.07, 0.075), (0.24, 0.24, 0.07, 0.075)),
    "castle": (
        (-0.22, 0.5, 0.014, 0.03),
        (0.08, 0.6, 0.014, 0.03),
        (0.36, 0.4, 0.014, 0.03),
        (0.08, 0.15, 0.014, 0.03),
    ),
    "lighthouse": ((0.0, 0.84, 0.05, 0.05),),
}


def windows(stage: Stage, name: str, foot: Point, height: float) -> None:
    """Light the windows of a building."""
    draw = ImageDraw.Draw(stage.canvas)
    light = mix(ramp(stage.sky, 0.95), (255, 224, 150), 0.6)
    width, tall = stage.size
    for x, y, across, up in WINDOWS[name]:
        middle_x, middle_y = foot[0] * width + x * height * tall, (foot[1] - y * height) * tall
        half_x, half_y = across * height * tall, up * height * tall
        draw.rectangle((middle_x - half_x, middle_y - half_y, middle_x + half_x, middle_y + half_y), fill=light)


def birds(random: Random, stage: Stage) -> None:
    """Let a flock fly across the sky."""
    draw = ImageDraw.Draw(stage.canvas)
    width, height = stage.size
    colour = mix(stage.ground(1.0, 0.0), stage.air(), 0.15)
    x, y = random.uniform(0.2, 0.8), random.uniform(0.14, 0.36)
    for _ in range(random.randint(7, 15)):
        middle = (x + random.gauss(0, 0.1)) * width, (y + random.gauss(0, 0.05)) * height
        span, lift = random.uniform(0.008, 0.022) * height, random.uniform(0.1, 0.6)
        wing = [(span * t, -span * lift * sin(pi * t) - span * 0.15 * t) for t in (0, 0.25, 0.5, 0.75, 1)]
        line = [(middle[0] - a, middle[1] + b) for a, b in reversed(wing)] + [
            (middle[0] + a, middle[1] + b) for a, b in wing
        ]
        draw.line(line, fill=colour, width=max(1, round(height * 0.0028)), joint="curve")
