"""Palettes: each a run of colours, dark to light, that go together."""

from colorsys import hls_to_rgb, rgb_to_hls
from random import Random
from typing import NamedTuple

from content.painting.canvas import Colour, mix, rgb

PALETTES = tuple(
    tuple(rgb(colour) for colour in line.split())
    for line in (
        "#0b1026 #2b2d6e #7a3e8f #e0657a #f9a66c #ffe3b0",  # dusk
        "#03141f #0a3a4a #13707a #3fb39d #a8e0b8 #f3f8dc",  # lagoon
        "#1a0b1e #5b1140 #a81e4b #e8533f #f8a03c #fde6a2",  # ember
        "#0d1b2a #1b3a5b #33658a #86bbd8 #d8e9f0 #fdf6e3",  # fjord
        "#14110f #3d2b1f #7d4f2b #c4843f #e9c06f #fbf0cf",  # desert
        "#10121f #2c2a5a #5a4fa3 #9d8ce0 #d9c2f2 #fdf0f7",  # lavender
        "#0c1f17 #1f4d3a #3f7f55 #8fb870 #d7dd93 #fbf7da",  # moss
        "#1b1029 #43226b #8b3fa8 #dd5fb4 #ff9fbd #ffe3dc",  # orchid
        "#08182b #0f3b63 #1d7aa8 #4dbbd5 #b5e3e0 #fff4d6",  # ocean
        "#221018 #5c1f2e #9c3440 #d86f5c #f0ae8c #fbe6d0",  # terracotta
        "#0a0f2c #1d2a7a #4158d0 #a05fd0 #f27ab0 #ffd0b0",  # neon
        "#171b1a #34463f #64786a #a3ae94 #d9d5b6 #f6f1e1",  # sage
        "#1c1430 #3f2b63 #8a4f7d #d98a8a #f2c6a0 #fbf0d9",  # rosewood
        "#051923 #003554 #006494 #0582ca #6cc5e8 #e8f7ff",  # glacier
        "#2a0f0a #6b2412 #b5471b #ef8a2b #fbc95b #fff3c9",  # saffron
        "#0f0f1a #30304d #5d6b8a #98aabf #cfd8dc #f5f2ea",  # slate
        "#0b132b #1c4a5a #3a8f85 #f2b56b #f0735a #fde8cf",  # harbour
        "#1d0f2e #2f2f7f #2f7fb5 #57c4ad #f0e07c #fff8e0",  # tropic
    )
)
# For flat shapes on paper: the paper first, then inks that stand against one another.
POSTERS = tuple(
    tuple(rgb(colour) for colour in line.split())
    for line in (
        "#f3ead7 #d7432f #f0b429 #1f4e79 #1c1c1c #7fb1a8",
        "#f6f0e4 #264653 #2a9d8f #e9c46a #f4a261 #e76f51",
        "#efe6dd #22223b #4a4e69 #c9745a #e8b298 #8a9b84",
        "#fbf3e4 #003049 #d62828 #f77f00 #fcbf49 #7aa6a1",
        "#e9eef2 #1d3557 #457b9d #a8dadc #e63946 #f1c453",
        "#f4efe6 #3d405b #81b29a #e07a5f #f2cc8f #5f797b",
        "#14213d #fca311 #e5e5e5 #ef476f #3aa6b9 #8d6bd1",
        "#10202b #f2e8cf #a7c957 #6a994e #bc4749 #e9b872",
        "#2b1b3d #ff7f6b #ffd166 #5ec4b6 #f4f1ea #8e7cc3",
        "#fdf4ec #6d597a #b56576 #e56b6f #eaac8b #355070",
    )
)


# Seeds give palettes in turn, sixteen at a time: what is left of a seed below that chooses the shape.
SHAPES = 16


class Paints(NamedTuple):
    """The colours of one picture."""

    # Six colours, dark to light.
    run: tuple[Colour, ...]
    # A paper and five inks that stand against one another.
    flat: tuple[Colour, ...]


def palette_number(seed: int) -> int:
    """Return the number of the palette of a seed's drawing."""
    return seed // SHAPES % len(PALETTES)


def any_paints(random: Random) -> Paints:
    """Return paints that go together."""
    return Paints(random.choice(PALETTES), random.choice(POSTERS))


def paints_like(number: int, random: Random) -> Paints:
    """Return paints near those of a number: its palettes, turned and mixed a little, as no other picture has them."""
    own, other = PALETTES[number % len(PALETTES)], random.choice(PALETTES)
    share, turn, flat_turn = random.uniform(0, 0.22), random.uniform(-0.03, 0.03), random.uniform(-0.06, 0.06)
    run = tuple(turned(mix(a, b, share), turn) for a, b in zip(own, other, strict=True))
    flat = tuple(turned(colour, flat_turn) for colour in random.choice(POSTERS))
    return Paints(run, flat)


def turned(colour: Colour, turn: float) -> Colour:
    """Return a colour of another hue: a `turn` of 1 is once around the circle of hues."""
    hue, lightness, saturation = rgb_to_hls(*(level / 255 for level in colour))
    return tuple(round(255 * level) for level in hls_to_rgb((hue + turn) % 1, lightness, saturation))


def mean_colours() -> list[str]:
    """Return, for each number of palettes, about the mean colour of pictures that have it."""
    return ["#{:02x}{:02x}{:02x}".format(*mix(run[1], run[3], 0.5)) for run in PALETTES]
