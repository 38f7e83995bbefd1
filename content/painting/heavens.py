"""Skies of scenes: their colours, sun and moon, stars, clouds, aurora, planets."""

from random import Random

import numpy as np
from PIL import Image, ImageChops, ImageDraw

from content.painting.canvas import Colour, disc, glow, mix, ramp, soften, stars
from content.painting.fields import Field, cloudy, mask, places, sample, smooth_step, tinted
from content.painting.skies import curtain
from content.painting.stage import SKY_STOPS, Stage

WHITE = (255, 255, 255)
# How much of the sky clouds cover: a threshold of their field.
COVER = {"few": 0.56, "some": 0.46, "many": 0.28}


def sky(random: Random, stage: Stage) -> None:
    """Fill the canvas with the colours of the hour, brighter around the light."""
    width, height = stage.size
    across, down = places(width // 2, height // 2)
    x, y = stage.light
    distance = np.hypot((across - x) * stage.aspect, down - y)
    fall = np.clip(down / stage.horizon, 0, 1.15)
    lift = {"day": 0.12, "dawn": 0.2, "sunset": 0.3, "night": 0.16}[stage.hour]
    values = np.clip(fall + lift * np.exp(-(distance**2) / 0.18), 0, 1)
    colours = [ramp(stage.sky, stop) for stop in SKY_STOPS[stage.hour]]
    stage.canvas.paste(tinted(values, colours).resize(stage.size, Image.Resampling.BICUBIC))


def starlight(random: Random, stage: Stage) -> None:
    """Scatter stars, and a band of many faint ones."""
    stars(random, stage.canvas, 210, mix(stage.sky[5], WHITE, 0.6), stage.horizon)


def shine(random: Random, stage: Stage) -> None:
    """Hang the sun or the moon into the sky."""
    colour, radius = stage.sky[5], stage.light_radius
    glow(stage.canvas, stage.light, radius * 7, mix(stage.sky[4], colour, 0.3), 0.3 if stage.is_dark else 0.5)
    glow(stage.canvas, stage.light, radius * 3, colour, 0.45 if stage.is_dark else 0.75)
    x, y = stage.light[0] * stage.canvas.width, stage.light[1] * stage.canvas.height
    sphere(stage, (x, y), radius * stage.canvas.height, mix(colour, WHITE, 0.45))
    if stage.is_dark:
        spots(random, stage)


def sphere(stage: Stage, centre: tuple[float, float], radius: float, colour: Colour) -> None:
    """Draw a disc with a smooth edge; in pixels."""
    side = max(2, int(2 * radius) + 4)
    left, top = int(centre[0] - side / 2), int(centre[1] - side / 2)
    spot = Image.new("L", (side * 3, side * 3))
    disc(ImageDraw.Draw(spot), ((centre[0] - left) * 3, (centre[1] - top) * 3), radius * 3, 255)
    stage.canvas.paste(Image.new("RGB", (side, side), colour), (left, top), spot.reduce(3))


def spots(random: Random, stage: Stage) -> None:
    """Give the moon its dark plains."""
    side = max(8, round(stage.light_radius * 2 * stage.canvas.height))
    across, down = places(side, side)
    inside = smooth_step(0.0, 0.04, 0.49 - np.hypot(across - 0.5, down - 0.5))
    plains = smooth_step(0.5, 0.8, sample(cloudy(random, 1.9), across * 0.45, down * 0.45)) * inside * 0.34
    left = round(stage.light[0] * stage.canvas.width - side / 2)
    top = round(stage.light[1] * stage.canvas.height - side / 2)
    shade = Image.new("RGB", (side, side), ramp(stage.sky, 0.5))
    stage.canvas.paste(shade, (left, top), mask(plains))


def clouds(random: Random, stage: Stage, amount: str = "some") -> None:
    """Spread clouds over a plane above the viewer, lit from where the light is."""
    field, offset = cloudy(random, 1.75), random.random()
    width, height = max(2, stage.canvas.width // 2), max(2, round(stage.canvas.height * stage.horizon) // 2)
    across, down = places(width, height)
    away = 1 / (1.08 - down)
    x = (across - 0.5) * stage.aspect * away * 0.34 + offset
    y = away * 0.42 + offset
    density = sample(field, x, y)
    side = 1.0 if stage.light[0] < 0.5 else -1.0
    behind = sample(field, x - 0.02 * side * np.ones_like(x), y + 0.018)
    cover = COVER[amount]
    opacity = smooth_step(cover, cover + 0.3, density) * smooth_step(0.0, 0.25, 1.02 - down) * 0.92
    lit = np.clip(0.5 + (density - behind) * 2.4 - (density - cover) * 0.5, 0, 1)
    _lay_clouds(stage, lit, opacity)


def _lay_clouds(stage: Stage, lit: Field, opacity: Field) -> None:
    low, high = CLOUD_LEVELS[stage.hour]
    colours = [ramp(stage.sky, low), ramp(stage.sky, (low + high) / 2), mix(ramp(stage.sky, high), WHITE, 0.25)]
    size = stage.canvas.width, round(stage.canvas.height * stage.horizon)
    picture = tinted(lit, colours).resize(size, Image.Resampling.BICUBIC)
    stage.canvas.paste(picture, (0, 0), mask(opacity).resize(size, Image.Resampling.BICUBIC))


# Of a run: clouds in shadow and in light.
CLOUD_LEVELS = {"day": (0.62, 1.0), "dawn": (0.5, 1.0), "sunset": (0.3, 0.96), "night": (0.06, 0.4)}


def northern_lights(random: Random, stage: Stage) -> None:
    """Hang curtains of light into the sky."""
    size = max(2, stage.canvas.width // 2), max(2, stage.canvas.height // 2)
    lights = Image.new("RGB", size)
    for _ in range(3):
        tone = mix(ramp(stage.sky, random.uniform(0.45, 0.9)), (80, 255, 170), random.uniform(0.2, 0.6))
        lights = ImageChops.screen(lights, curtain(random, *size, tone))
    wide = soften(lights, 0.006).resize(stage.size, Image.Resampling.BICUBIC)
    stage.canvas.paste(ImageChops.screen(stage.canvas, wide))


def planet(random: Random, stage: Stage) -> None:
    """Hang a planet with bands and a shadow into the sky, at times with a ring."""
    radius = random.uniform(0.11, 0.2)
    x = random.uniform(0.2, 0.8)
    side = max(8, round(2 * radius * stage.canvas.height))
    across, down = places(side, side)
    u, v = (across - 0.5) * 2.04, (down - 0.5) * 2.04
    depth = np.sqrt(np.clip(1 - u**2 - v**2, 0, 1))
    bands = sample(cloudy(random, 1.6), across * 0.08 + np.zeros_like(down), down * 0.6 + across * 0.04)
    light = np.clip(-0.55 * u - 0.5 * v + 0.65 * depth, 0, 1)
    colours = [ramp(stage.sky, place) for place in (0.05, 0.35, 0.6, 0.8, 1.0)]
    surface = tinted((0.25 + 0.75 * bands) * (0.12 + 0.88 * light), colours)
    inside = mask(smooth_step(0.0, 3.0 / side, 1 - np.hypot(u, v)))
    left = round(x * stage.canvas.width - side / 2)
    stage.canvas.paste(surface, (left, round(stage.canvas.height * random.uniform(0.08, 0.2))), inside)


def lightning(random: Random, stage: Stage) -> None:
    """Let a flash strike from the clouds to the ground."""
    x, y, line = random.uniform(0.2, 0.8), 0.05, []
    while y < stage.horizon:
        line.append((x * stage.canvas.width, y * stage.canvas.height))
        x, y = x + random.uniform(-0.035, 0.035), y + random.uniform(0.015, 0.04)
    flash = Image.new("L", stage.size)
    draw = ImageDraw.Draw(flash)
    draw.line(line, fill=255, width=max(2, stage.canvas.height // 200), joint="curve")
    fork = line[len(line) // 3 :: 2]
    turned = [(a + (fork[0][0] - a) * 1.9, b) for a, b in fork[:5]]
    draw.line(turned, fill=190, width=max(1, stage.canvas.height // 400), joint="curve")
    light = Image.new("RGB", stage.size, mix(stage.sky[5], WHITE, 0.5))
    quarter = flash.resize((max(1, stage.canvas.width // 4), max(1, stage.canvas.height // 4)))
    halo = soften(quarter, 0.02).point([min(255, level * 3) for level in range(256)])
    stage.canvas.paste(light, (0, 0), halo.resize(stage.size, Image.Resampling.BILINEAR))
    stage.canvas.paste(light, (0, 0), flash)
