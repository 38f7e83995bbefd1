"""Pictures of any number: in every style in turn."""

from collections.abc import Callable
from random import Random

from PIL import Image

from content.painting.landscapes import city, dunes, lake, mountains
from content.painting.palettes import Paints, any_paints
from content.painting.patterns import bauhaus, bloom, circles, facets, flow, rings, waves
from content.painting.skies import aurora, bokeh, marble, nebula, silk

Style = Callable[[Random, Paints, int, int], Image.Image]
STYLES: tuple[Style, ...] = (
    *(dunes, nebula, bauhaus, mountains, marble, flow, aurora, circles),
    *(lake, silk, facets, city, bloom, waves, bokeh, rings),
)
# Drawn twice as wide and high and scaled down: smooth edges for four times the work.
SUPERSAMPLING = 2


def paint(number: int, width: int, height: int, supersampling: float = SUPERSAMPLING) -> Image.Image:
    """Return a picture of width x height pixels, RGB; neighbouring numbers differ in style."""
    random = Random(number)  # noqa: S311 - paints, guards nothing
    style = STYLES[number % len(STYLES)]
    paints = any_paints(random)
    drawn = style(random, paints, round(width * supersampling), round(height * supersampling))
    return drawn.resize((width, height), Image.Resampling.BOX)
