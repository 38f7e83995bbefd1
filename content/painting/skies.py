"""Light in the dark: aurora, nebula, bokeh, fluid colour.

What is soft anyway is drawn at half the canvas's size, which is that of the finished picture.
"""

from math import pi, sin
from random import Random

from PIL import Image, ImageChops, ImageDraw

from content.painting.canvas import (
    Colour,
    Point,
    below,
    colourise,
    curve,
    disc,
    glow,
    gradient,
    lay,
    mix,
    noise,
    ramp,
    ridge,
    shade,
    soften,
    stars,
    swirl_field,
    warp,
)
from content.painting.palettes import Paints


def aurora(random: Random, paints: Paints, width: int, height: int) -> Image.Image:
    """Paint curtains of light over a dark forest."""
    colours = paints.run
    night = mix(colours[0], (0, 0, 0), 0.35)
    canvas = gradient(width, height, [night, ramp(colours, 0.1), ramp(colours, 0.24)])
    lights = Image.new("RGB", (width // 2, height // 2))
    for _ in range(3):
        lights = ImageChops.screen(lights, curtain(random, *lights.size, ramp(colours, random.uniform(0.35, 0.95))))
    canvas = ImageChops.screen(canvas, lights.resize(canvas.size, Image.Resampling.BICUBIC))
    stars(random, canvas, 170, (255, 255, 255), 0.75)
    for near in (0.0, 1.0):
        outline = below(canvas, 0.84 + 0.09 * near, 0.1 - 0.03 * near, ridge(random, 0.62, 257))
        lay(canvas, outline, Image.new("RGB", canvas.size, mix(ramp(colours, 0.14), (0, 0, 0), 0.45 + 0.4 * near)))
    return canvas


def curtain(random: Random, width: int, height: int, colour: Colour) -> Image.Image:
    """Return one curtain of light on black: streaks that hang from a winding line."""
    grains = Image.frombytes("L", (48, 1), random.randbytes(48))
    streaks = curve(grains.resize((width, height), Image.Resampling.BICUBIC), lambda level: 0.25 + 0.75 * level)
    foot = random.uniform(0.5, 0.7)
    fall = Image.new("L", (1, height))
    rows = [row / height / foot for row in range(height)]
    fall.putdata([int(255 * (place**3 if place < 1 else max(0.0, 1 - (place - 1) * 7))) for place in rows])
    light = ImageChops.multiply(streaks, fall.resize((width, height)))
    length, start, depth = random.uniform(0.7, 1.8), random.uniform(0, 2 * pi), random.uniform(0.06, 0.14)

    def winding(x: float, y: float) -> tuple[float, float]:
        return x + 0.05 * sin(3 * length * pi * x), y + depth * sin(length * 2 * pi * x + start)

    tinted = [(0, 0, 0), mix((0, 0, 0), colour, 0.55), colour, mix(colour, (255, 255, 255), 0.5)]
    return colourise(soften(warp(light, winding), 0.004), tinted)


def nebula(random: Random, paints: Paints, width: int, height: int) -> Image.Image:
    """Paint clouds of gas between stars."""
    colours = paints.run
    dark = mix(colours[0], (0, 0, 0), 0.6)
    field = swirl_field(random, 0.16)
    half = width // 2, height // 2
    cloud = warp(noise(random, *half, 4, 6), field)
    cloud = curve(cloud, lambda level: (level - 0.3) * 2.3)
    canvas = colourise(cloud, [dark, *colours[:2], *colours[2:4], colours[4], colours[5]])
    veil = curve(warp(noise(random, *half, 3, 5), field), lambda level: (level - 0.42) * 3.2)
    canvas = Image.composite(canvas, Image.blend(canvas, Image.new("RGB", half, dark), 0.82), veil)
    canvas = canvas.resize((width, height), Image.Resampling.BICUBIC)
    for _ in range(3):
        glow(canvas, (random.random(), random.random()), random.uniform(0.15, 0.4), colours[4], 0.35)
    stars(random, canvas, 240, (255, 255, 255))
    for _ in range(4):
        glow(canvas, (random.random(), random.random()), random.uniform(0.02, 0.05), (255, 250, 240))
    return canvas


def bokeh(random: Random, paints: Paints, width: int, height: int) -> Image.Image:
    """Paint lights out of focus, far ones soft and near ones clear."""
    colours = paints.run
    canvas = gradient(width, height, [ramp(colours, place) for place in (0.05, 0.2, 0.4)], random.uniform(-0.6, 0.6))
    for depth in (0.02, 0.009, 0.003):
        layer = Image.new("RGB", (width // 2, height // 2))
        for _ in range(18):
            tone = mix((0, 0, 0), ramp(colours, random.uniform(0.4, 1.0)), random.uniform(0.18, 0.5))
            centre = random.random() * layer.width, random.betavariate(2, 2) * layer.height
            add_light(layer, centre, random.uniform(0.03, 0.14) * layer.height, tone)
        canvas = ImageChops.screen(canvas, soften(layer, depth).resize(canvas.size, Image.Resampling.BILINEAR))
    return canvas


def add_light(layer: Image.Image, centre: Point, radius: float, tone: Colour) -> None:
    """Add a disc of light with a brighter rim; in pixels."""
    left, top = int(centre[0] - radius) - 1, int(centre[1] - radius) - 1
    side = int(2 * radius) + 3
    spot = Image.new("RGB", (side, side))
    draw, middle = ImageDraw.Draw(spot), (centre[0] - left, centre[1] - top)
    disc(draw, middle, radius, mix(tone, (255, 255, 255), 0.12))
    disc(draw, middle, radius * 0.93, tone)
    box = (left, top, left + side, top + side)
    layer.paste(ImageChops.screen(layer.crop(box), spot), box)


def marble(random: Random, paints: Paints, width: int, height: int) -> Image.Image:
    """Paint inks that have flowed into one another."""
    colours = paints.run
    half = width // 2, height // 2
    stripes = shade(*half, random.uniform(-pi, pi))
    turns = random.uniform(1.5, 3.5)
    stripes = Image.blend(stripes, noise(random, *half, 3, 5), random.uniform(0.25, 0.5))
    flowing = warp(warp(stripes, swirl_field(random, 0.22)), swirl_field(random, 0.1))
    # Softened before and after: 256 grays through several turns would show as steps, the noise's grains as fringes.
    flowing = soften(flowing.resize((width, height), Image.Resampling.BICUBIC), 0.005)
    bands = curve(flowing, lambda level: 0.5 + 0.5 * sin(turns * 2 * pi * level))
    canvas = soften(colourise(bands, colours), 0.003)
    sheen = curve(flowing, lambda level: max(0.0, sin(turns * 6 * pi * level)) ** 8 * 0.5)
    return Image.composite(Image.new("RGB", canvas.size, colours[5]), canvas, soften(sheen, 0.002))


def silk(random: Random, paints: Paints, width: int, height: int) -> Image.Image:
    """Paint folds of a shining cloth: soft gradients laid over one another."""
    colours = paints.run
    half = width // 2, height // 2
    canvas = gradient(*half, [ramp(colours, place) for place in (0.1, 0.45, 0.2)], random.uniform(-1, 1))
    for fold in range(6):
        light = warp(shade(*half, random.uniform(-pi, pi)), swirl_field(random, 0.3))
        light = curve(light, lambda level: max(0.0, 1 - abs(level - 0.5) * 5) ** 2 * 0.85)
        tone = ramp(colours, 0.25 + 0.75 * fold / 5)
        canvas = Image.composite(Image.new("RGB", half, tone), canvas, light)
    return canvas.resize((width, height), Image.Resampling.BICUBIC)
