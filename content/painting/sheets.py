"""Sheets: covers of books for texts, spectra and records for sounds."""

from math import cos, pi, sin
from random import Random

from PIL import Image, ImageDraw

from content.painting.canvas import disc, glow, gradient, mix, ramp
from content.painting.palettes import Paints


def cover(random: Random, paints: Paints, width: int, height: int) -> Image.Image:
    """Print a book's cover: one figure above the lines of a title that cannot be read."""
    paper, *inks = paints.flat
    canvas = gradient(width, height, [mix(paper, (255, 255, 255), 0.12), paper])
    draw = ImageDraw.Draw(canvas)
    margin, ground = 0.09 * width, random.uniform(0.52, 0.66) * height
    first, second, third = random.sample(inks, 3)
    draw.rectangle((0, 0, width, ground), fill=first)
    FIGURES[random.randrange(len(FIGURES))](random, draw, (width, ground), (second, third, paper))
    y, line = ground + 0.06 * height, 0.032 * height
    for share in [random.uniform(0.45, 0.95) for _ in range(random.randint(1, 3))]:
        draw.rectangle((margin, y, margin + share * (width - 2 * margin), y + line), fill=second)
        y += 1.75 * line
    for share in [random.uniform(0.6, 1) for _ in range(random.randint(2, 4))]:
        draw.rectangle((margin, y, margin + share * 0.6 * (width - 2 * margin), y + line * 0.22), fill=first)
        y += 0.75 * line
    return canvas


def moons(random: Random, draw: ImageDraw.ImageDraw, size: tuple[float, float], tones: tuple) -> None:
    """Draw a disc that others cover in part."""
    width, height = size
    x, y = random.uniform(0.3, 0.7) * width, random.uniform(0.35, 0.65) * height
    radius = random.uniform(0.18, 0.34) * height
    disc(draw, (x, y), radius, tones[0])
    for _ in range(random.randint(1, 4)):
        angle, away = random.uniform(0, 2 * pi), radius * random.uniform(0.5, 1.5)
        centre = x + away * cos(angle), y + away * sin(angle)
        disc(draw, centre, radius * random.uniform(0.12, 0.5), tones[random.randint(1, 2)])


def slopes(random: Random, draw: ImageDraw.ImageDraw, size: tuple[float, float], tones: tuple) -> None:
    """Draw pointed hills under a sun."""
    width, height = size
    disc(
        draw,
        (random.random() * width, random.uniform(0.15, 0.4) * height),
        random.uniform(0.06, 0.14) * width,
        tones[2],
    )
    for number in range(random.randint(2, 5)):
        top, middle, breadth = (
            random.uniform(0.3, 0.8) * height,
            random.random() * width,
            random.uniform(0.3, 0.9) * width,
        )
        corners = [(middle - breadth / 2, height), (middle, top), (middle + breadth / 2, height)]
        draw.polygon(corners, fill=tones[number % 2])


def rays(random: Random, draw: ImageDraw.ImageDraw, size: tuple[float, float], tones: tuple) -> None:
    """Draw rays that leave one point below the figure."""
    width, height = size
    count, x, turn = random.choice((7, 9, 12, 16)), random.uniform(0.2, 0.8) * width, random.random()
    for number in range(count):
        angles = (min(number + turn + part, count) * pi / count for part in (0, 0.5))
        far = [(x - 2 * width * cos(angle), max(0, height - 2 * width * sin(angle))) for angle in angles]
        draw.polygon([(x, height), *far], fill=tones[number % 2])
    radius = random.uniform(0.12, 0.3) * width
    draw.pieslice((x - radius, height - radius, x + radius, height + radius), 180, 360, fill=tones[2])


def bars(random: Random, draw: ImageDraw.ImageDraw, size: tuple[float, float], tones: tuple) -> None:
    """Draw columns of different heights."""
    width, height = size
    count = random.randint(5, 14)
    for number in range(count):
        left, top = number * width / count, random.uniform(0.1, 0.95) * height
        draw.rectangle((left, top, left + width / count * random.uniform(0.4, 1), height), fill=random.choice(tones))


FIGURES = (moons, slopes, rays, bars)


def spectrum(random: Random, paints: Paints, width: int, height: int) -> Image.Image:
    """Draw the bars of a sound around its middle line, in the light of their own colours."""
    colours = paints.run
    canvas = gradient(width, height, [ramp(colours, 0.02), ramp(colours, 0.22)])
    glow(canvas, (random.uniform(0.3, 0.7), 0.5), random.uniform(0.35, 0.6), colours[3], 0.45)
    draw, count = ImageDraw.Draw(canvas), random.randint(28, 64)
    waves = [(random.uniform(0.5, 7), random.uniform(0, 2 * pi)) for _ in range(4)]
    for number in range(count):
        place = number / (count - 1)
        swell = sum(abs(sin(length * pi * place + start)) for length, start in waves) / len(waves)
        reach = (0.02 + 0.4 * swell * sin(pi * place) ** 0.6 * random.uniform(0.45, 1)) * height
        left, right = ((0.07 + 0.86 * (number + part) / count) * width for part in (0.0, 0.62))
        tone = ramp(colours, 0.35 + 0.6 * swell)
        box = (left, height / 2 - reach, right, height / 2 + reach)
        draw.rounded_rectangle(box, radius=(right - left) / 2, fill=tone)
    return canvas


def record(random: Random, paints: Paints, width: int, height: int) -> Image.Image:
    """Lay a record with its grooves and label on a coloured ground."""
    paper, *inks = paints.flat
    ground, label, dark = inks[0], random.choice(inks[1:]), mix(paints.run[0], (0, 0, 0), 0.45)
    canvas = gradient(width, height, [mix(ground, paper, 0.25), ground], random.uniform(-0.8, 0.8))
    draw = ImageDraw.Draw(canvas)
    middle = random.uniform(0.25, 0.75) * width, random.uniform(0.3, 0.7) * height
    radius = random.uniform(0.3, 0.62) * height
    disc(draw, middle, radius, dark)
    for _ in range(random.randint(9, 22)):
        reach = radius * random.uniform(0.42, 0.98)
        box = (middle[0] - reach, middle[1] - reach, middle[0] + reach, middle[1] + reach)
        start = random.uniform(0, 360)
        tone = mix(dark, paints.run[4], random.uniform(0.08, 0.4))
        draw.arc(box, start, start + random.uniform(20, 260), fill=tone, width=max(1, height // 320))
    for share, tone in ((0.38, label), (0.36 * random.uniform(0.5, 0.9), paper), (0.035, dark)):
        disc(draw, middle, radius * share, tone)
    return canvas
