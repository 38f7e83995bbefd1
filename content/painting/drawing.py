"""Drawings: what stands for a work that is nothing but its numbers, by its kind and seed alone."""

from io import BytesIO
from random import Random

from PIL import Image

from content.painting.landscapes import city, dunes, lake, mountains
from content.painting.palettes import paints_like, palette_number
from content.painting.patterns import bauhaus, bloom, circles, facets, flow, rings, waves
from content.painting.pictures import Style
from content.painting.sheets import cover, record, spectrum
from content.painting.skies import aurora, bokeh, marble, nebula, silk

SCENES = (dunes, mountains, lake, city, aurora, nebula)
PATTERNS = (bauhaus, circles, facets, waves, flow, bloom, rings, bokeh, marble, silk)
# Scenes for films, covers for texts, what sounds look like for sounds; images and portraits are of every style.
STYLES: dict[str, tuple[Style, ...]] = {
    "image": (*SCENES, *SCENES, *PATTERNS),
    "video": (*SCENES, *SCENES, bokeh, silk, waves),
    "text": (cover, cover, cover, bauhaus, facets, marble),
    "audio": (spectrum, spectrum, record, record, rings, circles, flow, waves),
    "person": (bloom, rings, circles, bokeh, marble, facets),
}
# Hard edges are drawn larger and scaled down; what is soft by itself, or smooths its own edges, is not.
LARGER = {bauhaus, circles, facets, rings, cover, record, spectrum}
# Of WebP: method 1 takes a third of the time of 3 for a third more bytes.
QUALITY, METHOD = 82, 1


def draw(kind: str, seed: int, width: int, height: int) -> Image.Image:
    """Return the drawing of a kind of work and a seed, RGB: the same picture at every size."""
    random = Random(f"{kind} {seed}")  # noqa: S311 - paints, guards nothing
    style = random.choice(STYLES[kind])
    paints = paints_like(palette_number(seed), random)
    scale = 2 if style in LARGER else 1
    drawn = style(random, paints, width * scale, height * scale)
    return drawn.reduce(scale) if scale > 1 else drawn


def webp(kind: str, seed: int, width: int, height: int) -> bytes:
    """Return a drawing as WebP."""
    with BytesIO() as file:
        draw(kind, seed, width, height).save(file, "WEBP", quality=QUALITY, method=METHOD)
        return file.getvalue()
