"""Landscapes: dunes, mountains, a lake, a night city."""

from collections.abc import Sequence
from random import Random

from PIL import Image, ImageChops, ImageDraw

from content.painting.canvas import (
    Colour,
    below,
    disc,
    glow,
    gradient,
    lay,
    mix,
    ramp,
    ridge,
    soften,
    stars,
    swell,
)
from content.painting.palettes import Paints


def sun(random: Random, canvas: Image.Image, colours: Sequence[Colour], lowest: float) -> None:
    """Hang a sun or a moon with its light into the sky, no lower than `lowest`."""
    centre = random.uniform(0.15, 0.85), random.uniform(0.16, lowest)
    radius = random.uniform(0.05, 0.13)
    glow(canvas, centre, radius * 6, colours[4], 0.55)
    glow(canvas, centre, radius * 2.6, colours[5], 0.7)
    x, y = centre[0] * canvas.width, centre[1] * canvas.height
    disc(ImageDraw.Draw(canvas), (x, y), radius * canvas.height, mix(colours[5], (255, 255, 255), 0.35))


def dunes(random: Random, paints: Paints, width: int, height: int) -> Image.Image:
    """Paint dunes that roll towards the viewer under a low sun."""
    colours = paints.run
    canvas = gradient(width, height, [ramp(colours, place) for place in (0.42, 0.66, 0.86, 1.0)])
    sun(random, canvas, colours, 0.36)
    count = random.randint(5, 8)
    for layer in range(count):
        near = layer / (count - 1)
        crest, foot = ramp(colours, 0.82 - 0.62 * near), ramp(colours, 0.5 - 0.5 * near)
        outline = below(canvas, 0.46 + 0.44 * near, 0.05 + 0.07 * near, swell(random))
        lay(canvas, outline, gradient(width, height, [crest, crest, crest, foot]))
    return canvas


def mountains(random: Random, paints: Paints, width: int, height: int) -> Image.Image:
    """Paint ranges of mountains behind one another, paler with distance, with mist at their feet."""
    colours = paints.run
    canvas = gradient(width, height, [ramp(colours, place) for place in (0.3, 0.55, 0.78, 0.95, 1.0)])
    sun(random, canvas, colours, 0.4)
    count = random.randint(4, 6)
    for layer in range(count):
        near = layer / (count - 1)
        top, mist = ramp(colours, 0.62 - 0.6 * near), ramp(colours, 0.9 - 0.72 * near)
        outline = below(canvas, 0.5 + 0.38 * near, 0.2 - 0.1 * near, ridge(random, 0.52))
        ground = gradient(width, height, [top] * 2 + [mix(top, mist, 0.25 + 0.6 * near), mist, mist])
        lay(canvas, outline, ground)
    return canvas


def lake(random: Random, paints: Paints, width: int, height: int) -> Image.Image:
    """Paint a range of mountains and its reflection in still water."""
    colours = paints.run
    shore = int(height * random.uniform(0.56, 0.66))
    upper = gradient(width, shore, [ramp(colours, place) for place in (0.12, 0.4, 0.7, 0.95)])
    stars(random, upper, 90, colours[5], 0.5)
    sun(random, upper, colours, 0.45)
    for near in (0.0, 0.5, 1.0):
        tone, haze = ramp(colours, 0.5 - 0.42 * near), ramp(colours, 0.72 - 0.5 * near)
        outline = below(upper, 0.7 + 0.22 * near, 0.26 - 0.14 * near, ridge(random, 0.5))
        lay(upper, outline, gradient(width, shore, [tone, tone, haze]))
    canvas = Image.new("RGB", (width, height))
    water = upper.transpose(Image.Transpose.FLIP_TOP_BOTTOM).resize((width, height - shore))
    tint = gradient(width, height - shore, [ramp(colours, 0.45), colours[0]])
    canvas.paste(Image.blend(ripple(random, soften(water, 0.004)), tint, 0.4), (0, shore))
    canvas.paste(upper, (0, 0))
    return canvas


def ripple(random: Random, water: Image.Image) -> Image.Image:
    """Return the water with its rows pushed to and fro, more towards the viewer."""
    rippled = water.copy()
    row = 0
    while row < water.height:
        near = row / water.height
        thickness = max(1, round(water.height * (0.006 + 0.03 * near)))
        shift = round(random.uniform(-1, 1) * (0.002 + 0.016 * near) * water.width)
        strip = ImageChops.offset(water.crop((0, row, water.width, row + thickness)), shift, 0)
        rippled.paste(strip, (0, row))
        row += thickness
    return rippled


def city(random: Random, paints: Paints, width: int, height: int) -> Image.Image:
    """Paint a skyline at night, with lit windows and a large moon."""
    colours = paints.run
    canvas = gradient(width, height, [ramp(colours, place) for place in (0.05, 0.28, 0.55, 0.8)])
    stars(random, canvas, 120, colours[5], 0.55)
    sun(random, canvas, colours, 0.45)
    draw = ImageDraw.Draw(canvas)
    for near in (0.0, 0.5, 1.0):
        wall = ramp(colours, 0.5 - 0.46 * near)
        left = -0.02
        while left < 1.0:
            breadth = random.uniform(0.035, 0.09) * (0.8 + 0.5 * near)
            top = random.betavariate(2, 2.2) * 0.4 + 0.36 + 0.18 * near
            tower(random, draw, canvas.size, (left, top, left + breadth), wall, ramp(colours, 0.72 + 0.2 * near))
            left += breadth * random.uniform(0.85, 1.1)
    return canvas


def tower(
    random: Random,
    draw: ImageDraw.ImageDraw,
    size: tuple[int, int],
    place: tuple[float, float, float],
    wall: Colour,
    light: Colour,
) -> None:
    """Draw one building, `place` being its left, top and right, and light some of its windows."""
    width, height = size
    left, top, right = place
    draw.rectangle((left * width, top * height, right * width, height), fill=wall)
    if random.random() < 0.3:
        middle = (left + right) / 2 * width
        draw.line((middle, (top - 0.07) * height, middle, top * height), fill=wall, width=max(1, width // 260))
    pitch = 0.0125
    columns = int((right - left) / pitch)
    lit = random.uniform(0.1, 0.45)
    for row in range(int((1 - top) / (pitch * 1.9))):
        for column in range(1, columns):
            if random.random() < lit:
                x, y = (left + column * pitch) * width, (top + 0.02 + row * pitch * 1.9) * height
                warmth = mix(wall, light, random.uniform(0.35, 1.0))
                draw.rectangle((x, y, x + 0.0055 * width, y + 0.011 * height), fill=warmth)
