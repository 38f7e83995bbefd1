"""Colours for wishes: runs of a named hue, of an hour, of a mood, dark to light."""

from dataclasses import dataclass
from math import cos, radians, sin
from random import Random

from content.painting.canvas import Colour, mix
from content.painting.palettes import PALETTES, Paints, turned
from content.painting.palettes import POSTERS as FLAT
from content.painting.wishes import Wishes

Run = tuple[Colour, ...]
Hue = tuple[float, float]
NAMES = (
    *("dusk", "lagoon", "ember", "fjord", "desert", "lavender", "moss", "orchid", "ocean"),
    *("terracotta", "neon", "sage", "rosewood", "glacier", "saffron", "slate", "harbour", "tropic"),
)
BY_NAME = dict(zip(NAMES, PALETTES, strict=True))
OF_HOURS = {
    "day": ["ocean", "lagoon", "fjord", "glacier", "tropic", "ocean", "fjord"],
    "dawn": ["rosewood", "lavender", "orchid", "dusk", "sage", "terracotta"],
    "sunset": ["dusk", "ember", "saffron", "harbour", "dusk", "terracotta", "neon"],
    "night": ["slate", "fjord", "lavender", "ocean", "neon", "glacier"],
}
# Land by day has colours of its own; at other hours the light has more to say.
OF_GROUNDS = {"forest": "moss", "hills": "moss", "dunes": "desert", "sea": "desert", "lake": "fjord", "city": "slate"}
SHARE_OF_LAND = {"day": 0.8, "dawn": 0.3, "sunset": 0.18, "night": 0.22}
# Of the six colours of a run: lightness and chroma in OKLCH, and the hues towards which shadows and lights turn.
LIGHTNESS = (0.17, 0.32, 0.49, 0.67, 0.83, 0.95)
CHROMA = (0.05, 0.11, 0.16, 0.16, 0.10, 0.035)
SHADE_HUE, LIGHT_HUE = 290.0, 85.0
# A dark yellow looks like olive: its shadows are amber.
YELLOWS, AMBER_HUE = (70.0, 115.0), 45.0
TURN = (0.28, 0.14, 0.0, 0.12, 0.26, 0.4)


@dataclass(frozen=True)
class Colours:
    """All colours of a picture."""

    sky: Run
    land: Run
    flat: tuple[Colour, ...]

    def paints(self) -> Paints:
        """Return them as the other styles take them."""
        return Paints(self.sky, self.flat)


def oklch(lightness: float, chroma: float, hue: float) -> Colour:
    """Return a colour of OKLCH, its chroma lowered until a screen can show it.

    **Source** Björn Ottosson, "A perceptual color space for image processing", 2020.
    """
    a, b = cos(radians(hue)), sin(radians(hue))
    for _ in range(24):
        levels = _linear(lightness, chroma * a, chroma * b)
        if all(-0.002 <= level <= 1.002 for level in levels):
            break
        chroma *= 0.9
    return tuple(round(255 * _encoded(min(max(level, 0.0), 1.0))) for level in levels)


def _linear(lightness: float, a: float, b: float) -> tuple[float, float, float]:
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _encoded(level: float) -> float:
    return 12.92 * level if level <= 0.0031308 else 1.055 * level ** (1 / 2.4) - 0.055


def between(hue: float, other: float, share: float) -> float:
    """Return a hue on the shorter way from one to another."""
    return (hue + ((other - hue + 180) % 360 - 180) * share) % 360


def run_of(hues: tuple[Hue, ...], turn: float = 0.0) -> Run:
    """Return a run of one hue, or from the first in the shadows to the last in the lights."""
    run = []
    for number in range(6):
        place = number / 5 * (len(hues) - 1)
        hue, strength = hues[round(place)]
        towards = SHADE_HUE if number < 2 else LIGHT_HUE
        own = between(hue + turn, towards, TURN[number] if len(hues) == 1 else TURN[number] / 3)
        if number < 4 and YELLOWS[0] < hue < YELLOWS[1]:
            own = between(own, AMBER_HUE, 0.3 * (4 - number) ** 0.5)
        run.append(oklch(LIGHTNESS[number], CHROMA[number] * strength, own))
    return tuple(run)


def colours_of(wishes: Wishes, hour: str, ground: str, random: Random, shift: float) -> Colours:
    """Return the colours that the words ask for, or that suit hour and ground, as no other prompt has them.

    `shift` turns all hues a little: the negative prompt's part.
    """
    turn, share = random.uniform(-14, 14), random.uniform(0, 0.2)
    base, other = BY_NAME[random.choice(OF_HOURS[hour])], random.choice(PALETTES)
    sky = _mixed(base, other, share)
    sky_hues = wishes.sky_hues or wishes.hues or wishes.land_hues
    if sky_hues:
        sky = _mixed(run_of(sky_hues, turn), sky, 0.08)
    land = _land(wishes, hour, ground, sky, turn)
    flat = _flat(random, wishes, sky)
    finished = (_in_mood(each, wishes.moods, shift + random.uniform(-0.012, 0.012)) for each in (sky, land, flat))
    return Colours(*finished)


def _land(wishes: Wishes, hour: str, ground: str, sky: Run, turn: float) -> Run:
    if wishes.land_hues:
        return _mixed(run_of(wishes.land_hues, turn), sky, 0.12)
    if wishes.hues or (wishes.sky_hues and hour != "day"):
        return sky
    return _mixed(sky, BY_NAME[OF_GROUNDS.get(ground, "moss")], SHARE_OF_LAND[hour])


def _flat(random: Random, wishes: Wishes, sky: Run) -> tuple[Colour, ...]:
    poster = tuple(turned(colour, random.uniform(-0.04, 0.04)) for colour in random.choice(FLAT))
    hues = wishes.hues or wishes.sky_hues or wishes.land_hues
    if not hues:
        return poster
    # Strong, dark and pale inks of each hue in turn.
    kinds = ((0.64, 0.19), (0.4, 0.12), (0.82, 0.1), (0.55, 0.16), (0.28, 0.07))
    inks = [(*kind, *hues[number % len(hues)]) for number, kind in enumerate(kinds)]
    return (sky[5], *(oklch(level, chroma * strength, hue) for level, chroma, hue, strength in inks))


def _mixed(one: Run, other: Run, share: float) -> Run:
    return tuple(mix(a, b, share) for a, b in zip(one, other, strict=True))


def _in_mood(run: Run, moods: frozenset[str], shift: float) -> Run:
    """Return a run paler, greyer, darker or stronger, as its moods are."""
    result = run
    for mood, change in CHANGES:
        if mood in moods:
            result = tuple(change(colour) for colour in result)
    return tuple(turned(colour, shift) for colour in result)


def grey_of(colour: Colour) -> Colour:
    """Return a colour's grey."""
    level = round(0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2])
    return level, level, level


def _vivid(colour: Colour) -> Colour:
    grey = grey_of(colour)
    return tuple(min(max(round(g + (c - g) * 1.35), 0), 255) for c, g in zip(colour, grey, strict=True))


CHANGES = (
    ("pastel", lambda colour: mix(colour, (250, 240, 245), 0.38)),
    ("vivid", _vivid),
    ("muted", lambda colour: mix(colour, grey_of(colour), 0.45)),
    ("bright", lambda colour: mix(colour, (255, 252, 240), 0.1)),
    ("dark", lambda colour: mix(colour, (6, 6, 12), 0.28)),
    ("grey", lambda colour: mix(colour, grey_of(colour), 0.94)),
)
