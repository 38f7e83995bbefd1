"""The words of a prompt: which of them ask for a scene, a style, an hour, a figure or a colour.

Words that say nothing of these steer the picture too, through a hash of the whole prompt (prompted.py).
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace


def rows(lines: str) -> dict[str, frozenset[str]]:
    """Return the words of each name, of lines such as "name: word word"."""
    named = (line.partition(":") for line in lines.strip().splitlines())
    return {name.strip(): frozenset(words.split()) for name, _colon, words in named}


def table(lines: str) -> dict[str, str]:
    """Return the name of each word, of lines such as "name: word word"."""
    return {word: name for name, words in rows(lines).items() for word in words}


GROUNDS = table("""
mountains: mountain peak alp cliff volcano summit ridge canyon himalaya rock glacier mordor fuji
hills: hill meadow field valley countryside grass farm prairie steppe landscape vineyard park pasture village garden
dunes: dune desert sahara sand oasis mars
sea: sea ocean beach coast shore bay harbour harbor surf island seascape wave lagoon underwater mermaid
lake: lake river pond reflection swamp fjord creek stream water
city: city skyline street building skyscraper tower town cyberpunk tokyo york london paris urban metropolis downtown
forest: forest wood jungle pine grove woodland fir spruce taiga deer fox wolf wolves bear
""")
STYLES = table("""
nebula: nebula galaxy space cosmos cosmic universe spaceship astronaut interstellar supernova starship
bloom: flower rose blossom lotus mandala bloom dahlia petal bouquet sunflower daisy tulip
bauhaus: bauhaus geometric geometry poster tile mosaic minimalist quilt
circles: circle bubble dot bead
facets: polygon facet crystal origami gem diamond prism shard triangle lowpoly
waves: stripe strata layer
flow: flow wind hair current motion fur feather energy
rings: ring ripple vinyl spiral target hypnotic
bokeh: bokeh lantern confetti party blur candle
marble: marble ink fluid smoke abstract liquid agate acrylic
silk: silk fabric cloth dress satin ribbon velvet
""")
HOURS = table("""
day: day noon midday sunny daylight afternoon bright
dawn: dawn sunrise morning daybreak
sunset: sunset dusk evening sundown twilight
night: night midnight nocturnal moonlit moonlight starry dark darkness
""")
# A word may ask for several of these.
FEATURES = rows("""
sun: sun sunny sunset sunrise sunshine
moon: moon moonlit moonlight crescent werewolf
stars: star starry starlight constellation
planet: planet saturn jupiter alien
aurora: aurora borealis northern polarlight
clouds: cloud cloudy overcast sky cumulus
storm: storm stormy thunder lightning thunderstorm tempest
rain: rain rainy rainfall drizzle storm stormy thunderstorm tempest
snow: snow snowy snowfall winter blizzard ice icy frozen christmas
mist: mist misty fog foggy haze hazy dreamy ethereal mysterious
birds: bird seagull gull crow raven swallow geese goose eagle dragon
boat: boat ship sail sailboat yacht sailing pirate
lighthouse: lighthouse beacon
house: house cottage cabin hut home village farm barn
castle: castle fortress palace ruin citadel cathedral temple fairytale knight
tree: tree oak maple sakura cherry apple bonsai
portrait: portrait face closeup selfie headshot
person: person man men woman women girl boy human figure wanderer traveler traveller hiker warrior people king queen
cat: cat kitten kitty feline
""")
MOODS = rows("""
pastel: pastel soft gentle delicate dreamy cute kawaii baby ethereal
vivid: vivid vibrant colorful colourful saturated psychedelic neon cyberpunk synthwave vaporwave rainbow
muted: muted faded vintage retro sepia old antique melancholy sad gloomy foggy misty
dark: dark darkness gothic noir horror sinister moody gloomy evil
grey: monochrome grayscale greyscale noir charcoal
bright: bright sunny happy cheerful light airy
""")
# Hue in degrees of OKLCH and how much of it; what is asked for by the thing that has the colour comes last.
HUES: Mapping[str, tuple[float, float]] = {
    **dict.fromkeys(("red", "crimson", "scarlet", "ruby", "blood"), (27.0, 1.0)),
    **dict.fromkeys(
        ("orange", "amber", "tangerine", "autumn", "fire", "fiery", "flame", "lava", "copper", "burning"), (52.0, 1.0)
    ),
    **dict.fromkeys(("gold", "golden", "yellow", "honey", "lemon", "mustard", "ochre"), (88.0, 1.0)),
    **dict.fromkeys(("green", "emerald", "lime", "mint", "olive", "jade", "spring"), (145.0, 0.9)),
    **dict.fromkeys(("teal", "turquoise", "cyan", "aqua", "aquamarine"), (195.0, 0.8)),
    **dict.fromkeys(("blue", "azure", "sapphire", "navy", "cobalt", "cold", "cool", "icy"), (250.0, 0.9)),
    **dict.fromkeys(("indigo", "violet", "purple", "lavender", "lilac", "amethyst", "mystical", "magic"), (305.0, 0.9)),
    **dict.fromkeys(("pink", "magenta", "fuchsia", "rose", "rosy", "sakura", "cherry", "romantic"), (350.0, 0.9)),
    **dict.fromkeys(("brown", "sepia", "chocolate", "coffee", "bronze", "rust"), (60.0, 0.45)),
    **dict.fromkeys(("warm", "cozy", "cosy", "summer", "desert"), (62.0, 0.8)),
    **dict.fromkeys(("white", "silver", "snow", "gray", "grey", "monochrome", "grayscale", "noir"), (255.0, 0.12)),
    **dict.fromkeys(("black",), (280.0, 0.2)),
    **dict.fromkeys(("neon", "synthwave", "vaporwave"), (345.0, 1.15)),
    **dict.fromkeys(("cyberpunk", "electric"), (290.0, 1.1)),
}
# A colour before one of these is the sky's, before a ground the land's.
SKY_WORDS = frozenset(("sky", "sunset", "sunrise", "sun", "moon", "cloud", "light", "aurora", "star", "dusk", "dawn"))
KNOWN = frozenset({*GROUNDS, *STYLES, *HOURS, *HUES}.union(*FEATURES.values(), *MOODS.values()))
NEGATIONS = frozenset(("no", "without", "not"))
LORA = re.compile(r"<[^<>]{1,300}>")
WORD = re.compile(r"[^\W\d_]+")
# As many words as a prompt has at most that steer by their meaning; the hash is of all.
WORDS_MAX = 400
# A colour belongs to a thing that follows within so many words.
REACH = 2


@dataclass(frozen=True)
class Wishes:
    """What the words of a prompt ask for; all of it may be empty."""

    grounds: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()
    hours: tuple[str, ...] = ()
    features: frozenset[str] = frozenset()
    moods: frozenset[str] = frozenset()
    # Of the whole picture, of its sky and of its land: hue and strength.
    hues: tuple[tuple[float, float], ...] = ()
    sky_hues: tuple[tuple[float, float], ...] = ()
    land_hues: tuple[tuple[float, float], ...] = ()

    def without(self, other: "Wishes") -> "Wishes":
        """Return the wishes that another prompt, the negative one, does not ask for as well."""
        return replace(
            self,
            grounds=tuple(each for each in self.grounds if each not in other.grounds),
            styles=tuple(each for each in self.styles if each not in other.styles),
            hours=tuple(each for each in self.hours if each not in other.hours),
            features=self.features - other.features,
            moods=self.moods - other.moods,
            hues=tuple(each for each in self.hues if each not in other.hues),
        )


def normalised(prompt: str) -> str:
    """Return a prompt as its words are read: in one form of Unicode and one case, with single spaces."""
    return " ".join(unicodedata.normalize("NFKC", prompt).casefold().split())


def wishes_of(prompt: str) -> Wishes:
    """Read what the words of a prompt ask for; a word after "no" or "without" asks for nothing."""
    words = list(_words(normalised(prompt)))
    skies, lands, wholes = _hues(words)
    return Wishes(
        grounds=_named(words, GROUNDS),
        styles=_named(words, STYLES),
        hours=_named(words, HOURS),
        features=_asked_for(words, FEATURES),
        moods=_asked_for(words, MOODS),
        hues=wholes,
        sky_hues=skies,
        land_hues=lands,
    )


def _words(text: str) -> Iterator[str]:
    """Yield the words of a normalised prompt in the singular."""
    previous = ""
    for number, match in enumerate(WORD.finditer(LORA.sub(" ", text))):
        if number >= WORDS_MAX:
            return
        if previous not in NEGATIONS:
            yield _singular(match[0])
        previous = match[0]


def _singular(word: str) -> str:
    if word in KNOWN:  # such as Paris and Christmas
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "sses", "xes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and len(word) > 3 and not word.endswith(("ss", "us")) else word


def _named(words: Iterable[str], names: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names that words ask for, each once, in the order of the words."""
    return tuple(dict.fromkeys(names[word] for word in words if word in names))


def _asked_for(words: list[str], names: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Return the names that any of the words asks for."""
    present = frozenset(words)
    return frozenset(name for name, asking in names.items() if present & asking)


Hues = tuple[tuple[float, float], ...]


def _hues(words: list[str]) -> tuple[Hues, Hues, Hues]:
    """Return the colours of the sky, of the land and of the whole, by the things that follow their words."""
    skies: list[tuple[float, float]] = []
    lands: list[tuple[float, float]] = []
    wholes: list[tuple[float, float]] = []
    for place, word in enumerate(words):
        if word in HUES:
            _home(words[place : place + REACH + 1], skies, lands, wholes).append(HUES[word])
    return tuple(dict.fromkeys(skies)), tuple(dict.fromkeys(lands)), tuple(dict.fromkeys(wholes))


def _home(
    following: list[str],
    skies: list[tuple[float, float]],
    lands: list[tuple[float, float]],
    wholes: list[tuple[float, float]],
) -> list[tuple[float, float]]:
    for word in following[1:]:
        if word in SKY_WORDS:
            return skies
        if word in GROUNDS:
            return lands
    return wholes
