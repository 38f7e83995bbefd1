"""Pictures of prompts: words choose scene, style, hour and colours, a hash of prompt and seed the details.

The same request gives the same pixels in every process; no two prompts give the same picture.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from random import Random

from PIL import Image, ImageEnhance, ImageFilter

from content.painting.drawing import LARGER
from content.painting.moods import Colours, colours_of
from content.painting.patterns import bauhaus, bloom, circles, facets, flow, rings, waves
from content.painting.pictures import Style
from content.painting.scenes import Scene
from content.painting.skies import bokeh, marble, nebula, silk
from content.painting.weather import finished
from content.painting.wishes import Wishes, normalised, wishes_of

STYLES: dict[str, Style] = {
    style.__name__: style
    for style in (bauhaus, bloom, bokeh, circles, facets, flow, marble, nebula, rings, silk, waves)
}
# With a figure or a ground in its words, a prompt is a scene even if they name a style.
FIGURES = frozenset({"boat", "lighthouse", "house", "castle", "tree", "person", "portrait", "cat", "birds", "aurora"})
HOURS = ("day", "sunset", "sunset", "dawn", "night")
SHARE_OF_SCENES = 0.62
# What pictures are made with if a request does not say.
STEPS, CFG = 20, 7.0
FEWEST_STEPS, STRONGEST_CFG = 12, 30.0
# Twice as many pixels for hard edges, up to so many in all.
LARGER_PIXELS = 10_000_000
# Told after each layer: how much is done, 0 to 1, and the picture as it is. It may raise, which ends the painting.
Watch = Callable[[float, Image.Image], None]


@dataclass(frozen=True)
class Request:
    """A picture that is asked for."""

    prompt: str
    negative_prompt: str
    seed: int
    width: int
    height: int
    steps: int | None = None
    cfg: float | None = None


def unwatched(share: float, canvas: Image.Image) -> None:
    """Let a painting go on."""


def paint_prompt(request: Request, watch: Watch = unwatched) -> Image.Image:
    """Return the picture of a request, RGB."""
    digest = digest_of(request)
    wishes = wishes_of(request.prompt).without(wishes_of(request.negative_prompt))
    canvas = _painted(Painting(digest, wishes, request), watch)
    return with_strength(canvas, request)


def digest_of(request: Request) -> str:
    """Return the hash that steers all details of a picture."""
    return sha256(f"{request.seed}\n{request.prompt}".encode("utf-8", "surrogatepass")).hexdigest()


def colours_for(request: Request) -> Colours:
    """Return the colours of a request's picture."""
    wishes = wishes_of(request.prompt).without(wishes_of(request.negative_prompt))
    return Painting(digest_of(request), wishes, request).colours


class Painting:
    """What is decided before the first layer: scene or style, hour, colours."""

    def __init__(self, digest: str, wishes: Wishes, request: Request) -> None:
        self.digest, self.wishes = digest, wishes
        self.size = request.width, request.height
        random = self.random_of("choice")
        self.style = chosen_style(random, wishes)
        self.hour = wishes.hours[0] if wishes.hours else hour_of(random, wishes)
        ground = wishes.grounds[0] if wishes.grounds else ""
        self.colours = colours_of(wishes, self.hour, ground, self.random_of("colours"), shift_of(request))

    def random_of(self, purpose: str) -> Random:
        """Return random numbers of one purpose: a layer more or less changes no other."""
        return Random(f"{self.digest} {purpose}")  # noqa: S311 - paints, guards nothing


def shift_of(request: Request) -> float:
    """Return by how much the negative prompt turns all hues: a little."""
    if not normalised(request.negative_prompt):
        return 0.0
    data = normalised(request.negative_prompt).encode("utf-8", "surrogatepass")
    return (int.from_bytes(sha256(data).digest()[:4], "big") / 2**32 - 0.5) * 0.06


def chosen_style(random: Random, wishes: Wishes) -> Style | None:
    """Return the style that the words ask for; None for a scene. Without such words chance decides."""
    chance, any_style = random.random(), random.choice(list(STYLES.values()))
    if wishes.styles and not wishes.grounds and not FIGURES & wishes.features:
        return STYLES[wishes.styles[0]]
    if wishes.grounds or wishes.features or wishes.hours or chance < SHARE_OF_SCENES:
        return None
    return any_style


def hour_of(random: Random, wishes: Wishes) -> str:
    """Return the hour that suits the features, or one by chance."""
    chosen = random.choice(HOURS)
    if {"moon", "stars", "aurora", "planet"} & wishes.features:
        return "night"
    if {"rain", "storm"} & wishes.features:
        return "sunset" if chosen == "sunset" else "night" if chosen == "night" else "day"
    if "grey" in wishes.moods:
        return chosen
    if "dark" in wishes.moods:
        return "night"
    return "day" if "bright" in wishes.moods else chosen


def _painted(painting: Painting, watch: Watch) -> Image.Image:
    if painting.style is not None:
        return _styled(painting, painting.style, watch)
    scene = Scene(painting.random_of, painting.wishes, painting.hour, painting.size, painting.colours)
    layers = scene.layers()
    for number, layer in enumerate(layers):
        layer()
        watch((number + 1) / (len(layers) + 1), scene.stage.canvas)
    return finished(scene.stage.canvas)


def _styled(painting: Painting, style: Style, watch: Watch) -> Image.Image:
    """Paint in a style that knows no layers: small first, as a preview, then whole."""
    paints, (width, height) = painting.colours.paints(), painting.size
    small = max(2, width // 4), max(2, height // 4)
    if min(small) >= 64:
        watch(0.15, style(painting.random_of("style"), paints, *small))
    scale = 2 if style in LARGER and width * height * 4 <= LARGER_PIXELS else 1
    canvas = style(painting.random_of("style"), paints, width * scale, height * scale)
    watch(0.9, canvas)
    return canvas.reduce(scale) if scale > 1 else canvas


def with_strength(canvas: Image.Image, request: Request) -> Image.Image:
    """Return a picture as steps and CFG scale would have it: few steps leave it soft, a high scale is vivid."""
    cfg = CFG if request.cfg is None else min(max(request.cfg, 0.0), STRONGEST_CFG)
    steps = STEPS if request.steps is None else request.steps
    if cfg != CFG:
        canvas = ImageEnhance.Color(canvas).enhance(min(max(1 + (cfg - CFG) * 0.04, 0.5), 1.5))
    if steps < FEWEST_STEPS:
        canvas = canvas.filter(ImageFilter.GaussianBlur((FEWEST_STEPS - steps) * 0.0009 * min(canvas.size)))
    return canvas
