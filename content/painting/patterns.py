"""Patterns: flow fields, packed circles, geometric posters, waves, facets, blossoms, rings."""

from collections.abc import Sequence
from math import atan2, ceil, cos, hypot, pi, sin
from random import Random

import numpy as np
from PIL import Image, ImageDraw

from content.painting.canvas import Colour, Point, disc, glow, gradient, lay, mix, ramp
from content.painting.palettes import Paints

STROKES, LONGEST_STROKE = 320, 35


def flow(random: Random, paints: Paints, width: int, height: int) -> Image.Image:
    """Draw some three hundred strokes that follow one invisible current."""
    colours = paints.run
    dark = random.random() < 0.6
    canvas = gradient(width, height, [ramp(colours, p) for p in ((0.0, 0.14) if dark else (1.0, 0.9))])
    draw = ImageDraw.Draw(canvas)
    waves = [(random.uniform(1, 4), random.uniform(1, 4), random.uniform(0, 2 * pi)) for _ in range(3)]
    lean = random.uniform(0, 2 * pi)
    starts = [(random.uniform(-0.1, 1.1), random.uniform(-0.1, 1.1)) for _ in range(STROKES)]
    for line in strokes(waves, starts):
        x, y = line[0]
        place = min(max(x * cos(lean) * 0.5 + y * sin(lean) * 0.5 + 0.5 + random.uniform(-0.2, 0.2), 0), 1)
        tone = ramp(colours, 0.25 + 0.75 * place if dark else 0.85 * place)
        thickness = max(1, round(random.choice((0.002, 0.004, 0.008, 0.014)) * height))
        pixels = [(a * width, b * height) for a, b in line[: random.randint(13, LONGEST_STROKE)]]
        draw.line(pixels, fill=tone, width=thickness)
        for end in (pixels[0], pixels[-1]):
            disc(draw, end, thickness / 2, tone)
    return canvas


def strokes(waves: Sequence[tuple[float, float, float]], starts: Sequence[Point]) -> list[list[Point]]:
    """Return the points of lines that drift with a current made of waves, in the unit square: all lines at once."""
    places = np.array(starts)
    lines = [places]
    for _ in range(LONGEST_STROKE - 1):
        x, y = places.T
        angles = sum(np.sin(across * x * pi + start) + np.cos(down * y * pi - start) for across, down, start in waves)
        places = places + np.stack([0.012 * np.cos(angles), 0.016 * np.sin(angles)], axis=1)
        lines.append(places)
    return np.stack(lines, axis=1).tolist()


def circles(random: Random, paints: Paints, width: int, height: int) -> Image.Image:
    """Pack circles of every size that never overlap, some of them rings."""
    paper, *inks = paints.flat
    canvas = gradient(width, height, [paper, mix(paper, inks[0], 0.08)])
    draw = ImageDraw.Draw(canvas)
    placed: list[tuple[float, float, float]] = []
    for attempt in range(520):
        x, y = random.uniform(0, max(4 / 3, width / height)), random.uniform(0, 1)
        largest = 0.2 if attempt < 40 else 0.09
        room = min((hypot(x - a, y - b) - r for a, b, r in placed), default=largest) - 0.006
        if room < 0.008:
            continue
        radius = min(room, largest)
        placed.append((x, y, radius))
        draw_rings(random, draw, (x * height, y * height), radius * height, (paper, *inks))
    return canvas


def draw_rings(
    random: Random, draw: ImageDraw.ImageDraw, centre: Point, radius: float, colours: Sequence[Colour]
) -> None:
    """Draw one circle, plain or of rings; in pixels."""
    paper, *inks = colours
    first, second = random.sample(inks, 2)
    disc(draw, centre, radius, first)
    rings = random.choice((0, 0, 1, 2, 4))
    for ring in range(rings):
        inner = radius * (1 - (ring + 1) / (rings + 1))
        disc(draw, centre, inner, second if ring % 2 == 0 else (paper if rings > 2 else first))


def bauhaus(random: Random, paints: Paints, width: int, height: int) -> Image.Image:
    """Set a grid of quarter circles, half circles, dots, stripes and triangles in the inks of a poster."""
    paper, *inks = paints.flat
    canvas = Image.new("RGB", (width, height), paper)
    # Along the shorter side, which whole tiles fill.
    cell = min(width, height) / random.choice((3, 3, 6))
    # A rounded size may be a fraction of a pixel larger than its tiles.
    columns, rows = ceil(width / cell - 0.05), ceil(height / cell - 0.05)
    for row in range(rows):
        for column in range(columns):
            tile = Image.new("RGB", (round(cell), round(cell)), paper)
            ground, figure, accent = random.sample([paper, *inks], 3)
            motif = random.choice(MOTIFS)
            motif(ImageDraw.Draw(tile), round(cell), (ground, figure, accent))
            tile = tile.rotate(90 * random.randrange(4))
            canvas.paste(tile, (round(column * cell), round(row * cell)))
    return canvas


def quarter(draw: ImageDraw.ImageDraw, size: int, tones: Sequence[Colour]) -> None:
    """Fill a tile with a quarter circle inside another."""
    draw.rectangle((0, 0, size, size), fill=tones[0])
    draw.ellipse((-size, -size, size, size), fill=tones[1])
    draw.ellipse((-size / 2, -size / 2, size / 2, size / 2), fill=tones[2])


def half(draw: ImageDraw.ImageDraw, size: int, tones: Sequence[Colour]) -> None:
    """Fill a tile with two half circles."""
    draw.rectangle((0, 0, size, size), fill=tones[0])
    draw.pieslice((0, -size / 2, size, size / 2), 0, 180, fill=tones[1])
    draw.pieslice((0, 0, size, size), 0, 180, fill=tones[2])


def dot(draw: ImageDraw.ImageDraw, size: int, tones: Sequence[Colour]) -> None:
    """Fill a tile with a dot in a ring."""
    draw.rectangle((0, 0, size, size), fill=tones[0])
    for share, tone in ((0.46, tones[1]), (0.3, tones[0]), (0.17, tones[2])):
        disc(draw, (size / 2, size / 2), share * size, tone)


def stripes(draw: ImageDraw.ImageDraw, size: int, tones: Sequence[Colour]) -> None:
    """Fill a tile with stripes."""
    draw.rectangle((0, 0, size, size), fill=tones[0])
    for stripe in range(4):
        draw.rectangle((0, size * (2 * stripe + 1) / 8, size, size * (2 * stripe + 2) / 8 - 1), fill=tones[1])


def triangle(draw: ImageDraw.ImageDraw, size: int, tones: Sequence[Colour]) -> None:
    """Fill a tile with a triangle and a dot."""
    draw.rectangle((0, 0, size, size), fill=tones[0])
    draw.polygon([(0, 0), (size, size), (0, size)], fill=tones[1])
    disc(draw, (size * 0.72, size * 0.28), size * 0.14, tones[2])


def leaf(draw: ImageDraw.ImageDraw, size: int, tones: Sequence[Colour]) -> None:
    """Fill a tile with a leaf between two corners."""
    draw.rectangle((0, 0, size, size), fill=tones[0])
    arc = [(size * sin(step / 24 * pi / 2), size * (1 - cos(step / 24 * pi / 2))) for step in range(25)]
    draw.polygon(arc + [(y, x) for x, y in reversed(arc)], fill=tones[1])


MOTIFS = (quarter, quarter, half, dot, stripes, triangle, leaf)


def waves(random: Random, paints: Paints, width: int, height: int) -> Image.Image:
    """Lay bands of a swelling sea over one another."""
    colours = paints.run
    canvas = gradient(width, height, [ramp(colours, 0.95), ramp(colours, 0.75)])
    glow(canvas, (random.random(), 0.1), 0.5, (255, 255, 255), 0.5)
    count = random.randint(9, 15)
    start, pitch = random.uniform(0, 2 * pi), random.uniform(1.2, 3.2)
    for band in range(count):
        near = band / (count - 1)
        start += random.uniform(0.4, 1.2)
        level, height_of_wave = 0.16 + 0.84 * near, 0.025 + 0.05 * near
        line = [
            (
                i / 64 * width,
                (level + height_of_wave * sin(pitch * 2 * pi * i / 64 * (1.2 - 0.5 * near) + start)) * height,
            )
            for i in range(65)
        ]
        tone = ramp(colours, 0.92 - 0.9 * near)
        lay(canvas, [(0, height), *line, (width, height)], gradient(width, height, [tone, mix(tone, colours[0], 0.5)]))
        ImageDraw.Draw(canvas).line(line, fill=mix(tone, colours[5], 0.45), width=max(1, height // 240), joint="curve")
    return canvas


def facets(random: Random, paints: Paints, width: int, height: int) -> Image.Image:
    """Fold the canvas into triangles that catch the light differently."""
    colours = paints.run
    canvas = Image.new("RGB", (width, height), colours[2])
    draw = ImageDraw.Draw(canvas)
    columns, rows = random.choice(((8, 6), (12, 9), (16, 12)))
    lean = random.uniform(0, 2 * pi)
    corners = {
        (c, r): ((c + random.uniform(-0.4, 0.4)) / columns, (r + random.uniform(-0.4, 0.4)) / rows)
        for c in range(-1, columns + 2)
        for r in range(-1, rows + 2)
    }
    for c in range(-1, columns + 1):
        for r in range(-1, rows + 1):
            a, b, d, e = corners[c, r], corners[c + 1, r], corners[c, r + 1], corners[c + 1, r + 1]
            for triple in ((a, b, d), (b, e, d)) if random.random() < 0.5 else ((a, b, e), (a, e, d)):
                x, y = sum(p[0] for p in triple) / 3 - 0.5, sum(p[1] for p in triple) / 3 - 0.5
                place = 0.5 + 0.75 * (x * cos(lean) + y * sin(lean)) + random.uniform(-0.1, 0.1)
                draw.polygon([(p[0] * width, p[1] * height) for p in triple], fill=ramp(colours, place))
    return canvas


def bloom(random: Random, paints: Paints, width: int, height: int) -> Image.Image:
    """Open a blossom of petals, ring within ring."""
    colours = paints.run
    canvas = gradient(width, height, [ramp(colours, 0.08), ramp(colours, 0.2)], random.uniform(-1, 1))
    centre = random.uniform(0.35, 0.65) * width, random.uniform(0.4, 0.6) * height
    glow(canvas, (centre[0] / width, centre[1] / height), 0.8, colours[3], 0.4)
    draw = ImageDraw.Draw(canvas)
    rings = random.randint(6, 9)
    petals, sharpness = random.choice((6, 8, 9, 12, 16)), random.uniform(0.5, 1.4)
    for ring in range(rings):
        reach = (0.62 - 0.56 * ring / rings) * height
        tone = ramp(colours, 0.22 + 0.78 * ring / (rings - 1))
        for number in range(petals):
            angle = 2 * pi * (number + 0.5 * (ring % 2)) / petals
            outline = petal(centre, angle, reach, pi / petals * 1.15, sharpness)
            draw.polygon(outline, fill=mix(tone, colours[1], 0.18 * (number % 2)))
            draw.line([*outline, outline[0]], fill=mix(tone, colours[5], 0.5), width=max(1, height // 320))
    disc(draw, centre, 0.03 * height, colours[5])
    return canvas


def petal(centre: Point, angle: float, reach: float, breadth: float, sharpness: float) -> list[Point]:
    """Return the outline of a petal that points away from the centre; in pixels."""
    outline = []
    for step in range(-12, 13):
        share = 1 - abs(step) / 12
        turn = angle + breadth * (1 if step > 0 else -1) * sin(pi * share) ** sharpness
        outline.append((centre[0] + reach * share * cos(turn), centre[1] + reach * share * sin(turn)))
    return outline


def rings(random: Random, paints: Paints, width: int, height: int) -> Image.Image:
    """Drop stones into coloured water: rings that spread from a few points."""
    colours = paints.run
    canvas = gradient(width, height, [ramp(colours, 0.05), ramp(colours, 0.3)], random.uniform(-1, 1))
    draw = ImageDraw.Draw(canvas)
    for _ in range(random.randint(3, 5)):
        x, y = random.uniform(0, 1) * width, random.uniform(0, 1) * height
        reach = random.uniform(0.35, 0.75) * height
        tilt = atan2(y - height / 2, x - width / 2) / (2 * pi) + 0.5
        count = random.randint(10, 18)
        for ring in range(count):
            radius = reach * (1 - ring / count)
            disc(draw, (x, y), radius, ramp(colours, 0.12 + 0.88 * abs((ring / count + tilt) % 1 * 2 - 1)))
            if ring % 3 == 0:
                disc(draw, (x, y), radius * 0.985, ramp(colours, 0.06))
    return canvas
