"""What lies between the viewer and a scene: rain, snow, mist."""

from random import Random

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from content.painting.canvas import disc, mix
from content.painting.fields import cloudy, mask, places, sample, smooth_step
from content.painting.stage import Stage

WHITE = (255, 255, 255)


def rain(random: Random, stage: Stage) -> None:
    """Let rain fall in slanting lines."""
    lines = Image.new("L", stage.size)
    draw, (width, height) = ImageDraw.Draw(lines), stage.size
    slant = random.uniform(-0.3, 0.3)
    for _ in range(420):
        x, y, power = random.uniform(-0.1, 1.1) * width, random.uniform(-0.1, 1) * height, random.random()
        length = (0.02 + 0.06 * power) * height
        end = (x + slant * length, y + length)
        draw.line((x, y, *end), fill=round(35 + 90 * power), width=max(1, round(height * 0.0018 * (0.5 + power))))
    stage.canvas.paste(Image.new("RGB", stage.size, mix(stage.air(), WHITE, 0.5)), (0, 0), lines)


def snowfall(random: Random, stage: Stage) -> None:
    """Let snow fall: small flakes far away, large soft ones near."""
    for count, size, softness in ((260, 0.0022, 0), (90, 0.005, 0.0012), (22, 0.011, 0.004)):
        flakes = Image.new("L", stage.size)
        draw = ImageDraw.Draw(flakes)
        for _ in range(count):
            centre = random.random() * stage.canvas.width, random.random() * stage.canvas.height
            disc(draw, centre, size * random.uniform(0.5, 1.1) * stage.canvas.height, 215)
        if softness:
            flakes = flakes.filter(ImageFilter.GaussianBlur(softness * stage.canvas.height))
        stage.canvas.paste(Image.new("RGB", stage.size, WHITE), (0, 0), flakes)


def mist(random: Random, stage: Stage) -> None:
    """Draw banks of mist over the ground."""
    field, offset = cloudy(random, 1.9), random.random()
    across, down = places(max(1, stage.canvas.width // 4), max(1, stage.canvas.height // 4))
    bank = sample(field, across * stage.aspect * 0.35 + offset, down * 1.1 + offset)
    near_ground = np.exp(-(((down - stage.horizon - 0.06) / 0.24) ** 2))
    veil = mask(smooth_step(0.2, 0.9, bank) * near_ground * 0.85 + 0.12).resize(stage.size, Image.Resampling.BICUBIC)
    stage.canvas.paste(Image.new("RGB", stage.size, mix(stage.air(), WHITE, 0.12)), (0, 0), veil)


def finished(canvas: Image.Image) -> Image.Image:
    """Return a picture with the glow of its lights and a darker rim, as a lens gives them."""
    small = canvas.resize((max(1, canvas.width // 4), max(1, canvas.height // 4)), Image.Resampling.BILINEAR)
    halo = small.point([max(0, level - 120) for level in range(256)] * 3)
    halo = halo.filter(ImageFilter.GaussianBlur(0.035 * small.height)).point([level // 3 for level in range(256)] * 3)
    bright = ImageChops.screen(canvas, halo.resize(canvas.size, Image.Resampling.BICUBIC))
    across, down = places(max(1, canvas.width // 4), max(1, canvas.height // 4))
    rim = smooth_step(0.45, 0.85, np.hypot(across - 0.5, (down - 0.5) * 0.92)) * 0.3
    dark = mask(rim).resize(canvas.size, Image.Resampling.BILINEAR)
    bright.paste(Image.new("RGB", canvas.size, (4, 3, 10)), (0, 0), dark)
    return bright
