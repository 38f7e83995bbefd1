"""Works of the demo: a prompt that fits its picture, a seed that the picture is painted from, a shape and settings."""

from dataclasses import dataclass
from random import Random

from content.vocabulary import DETAILS, LORAS, MODELS, phrases

# For each style of content/painting, in their order: what its pictures show. Scene n of all styles before scene n + 1.
SCENES = (
    phrases(
        """
        windswept dunes at golden hour | a sea of sand under a low sun | the last caravan route | red desert, no
        tracks | dunes after a sandstorm | a valley of pale sand | warm sand folding into shadow | the empty quarter
        """
    ),
    phrases(
        """
        a newborn nebula | drifting star clouds | a galaxy seen through gas | deep field with violet dust | the
        nursery of suns | interstellar smoke | a comet's view of home | light echoes in the void
        """
    ),
    phrases(
        """
        bauhaus poster, circles and bars | geometric composition in primary colours | a city of flat shapes | paper
        cut-outs on a grid | constructivist study | shapes for a concert hall | half moons and squares | a quilt of
        bold geometry
        """
    ),
    phrases(
        """
        layered mountains in morning mist | blue ridges behind the village | the pass before snowfall | peaks above
        a sea of cloud | an alpine dawn | the far range at dusk | silent summits | foothills in thin fog
        """
    ),
    phrases(
        """
        polished marble with golden veins | ink poured into milk | a slab of green onyx | paper marbling, two colours |
        oil on water | agate under glass | currents frozen in stone | swirling porcelain glaze
        """
    ),
    phrases(
        """
        wind made visible | threads following a current | a field of combed light | the memory of a river | silk
        fibres under a lens | migrating lines | grass seen from a kite | iron filings dreaming
        """
    ),
    phrases(
        """
        aurora over a frozen bay | northern lights, long exposure | green curtains in the sky | polar night with
        stars | a ribbon of light above the tundra | solar wind over the fjord | winter sky on fire | the night the
        sky moved
        """
    ),
    phrases(
        """
        overlapping circles, screen print | soap bubbles on black | a crowd of balloons from above | pebbles in clear
        water | confetti, macro | coins of colour | a jar of marbles | umbrellas seen from a tower
        """
    ),
    phrases(
        """
        a still lake at dusk | moonrise over black water | the sun sinking behind the lake | mirror of the evening |
        reflections without wind | a quiet shore in autumn | the lake before the storm | first light on the reservoir
        """
    ),
    phrases(
        """
        folded silk, studio light | a velvet curtain in motion | liquid satin | drapery study | waves of fabric | a
        scarf in slow motion | soft folds, pastel | the lining of a dream
        """
    ),
    phrases(
        """
        low-poly crystal | faceted glass in sunlight | a paper landscape of triangles | the inside of a gem |
        tessellated ice | stained triangles | a mountain made of planes | shards of afternoon
        """
    ),
    phrases(
        """
        a skyline at blue hour | city windows at night | towers in the smog | the harbour district after rain | a
        metropolis asleep | lights of the old town | the view from the last tram | downtown in winter haze
        """
    ),
    phrases(
        """
        a flower unfolding | bloom, radial symmetry | the heart of a dahlia | a mandala of petals | spring in one
        blossom | lotus, top view | a rose seen by a bee | botanical kaleidoscope
        """
    ),
    phrases(
        """
        great waves, woodblock style | the sea in layers | a tide of paper | swell after the storm | blue hills of
        water | waves at midnight | an ocean of stripes | surf under a pale moon
        """
    ),
    phrases(
        """
        out-of-focus city lights | bokeh, rain on the window | lanterns far away | fireflies in a garden | a string
        of lamps, shallow depth | evening traffic as discs | candles behind glass | a festival half remembered
        """
    ),
    phrases(
        """
        concentric rings | a cut through an old tree | vinyl in sunlight | echoes on a pond | an orbit diagram |
        ripples meeting | target practice for planets | growth rings in colour
        """
    ),
)
STYLES = len(SCENES)
MOST = STYLES * min(map(len, SCENES))
# Every seventh work has the same shape, every sixteenth the same style.
SHAPES = ((800, 1200), (1152, 864), (1024, 1024), (864, 1152), (1200, 800), (648, 1152), (1152, 648))
SAMPLERS = (("euler", "Euler"), ("dpmpp_2m", "DPM++ 2M"), ("euler_ancestral", "Euler a"), ("dpmpp_sde", "DPM++ SDE"))
SCHEDULERS = (("normal", "Normal"), ("karras", "Karras"), ("exponential", "Exponential"))
NEGATIVES = ("blurry, low quality", "text, watermark, signature", "jpeg artifacts, oversaturated", "frame, border")
LORA_SHARE = 0.4


@dataclass(frozen=True)
class Work:
    """What a generator was told. Sampler and scheduler have the name that ComfyUI gives them, and A1111's."""

    number: int
    scene: str
    details: tuple[str, str]
    negative: str
    seed: int
    width: int
    height: int
    model: str
    lora: str  # empty if none was used
    lora_weight: float
    sampler: tuple[str, str]
    scheduler: tuple[str, str]
    steps: int
    cfg: float

    @property
    def prompt(self) -> str:
        """What the picture was to show."""
        return ", ".join((self.title, *self.details))

    @property
    def title(self) -> str:
        """The scene, as a title."""
        return self.scene[0].upper() + self.scene[1:]


def work(number: int) -> Work:
    """Return work `number` of the demo, always the same; no two have one scene or one seed."""
    chance = Random(f"demo/{number}")  # noqa: S311 - sample data
    style, scene = number % STYLES, number // STYLES
    width, height = SHAPES[number % len(SHAPES)]
    first, second = chance.sample(DETAILS, 2)
    return Work(
        number=number,
        scene=SCENES[style][scene],
        details=(first, second),
        negative=chance.choice(NEGATIVES),
        # The painting's style is the remainder of its seed.
        seed=chance.getrandbits(28) * STYLES + style,
        width=width,
        height=height,
        model=chance.choice(MODELS),
        lora=chance.choice(LORAS) if chance.random() < LORA_SHARE else "",
        lora_weight=chance.randrange(4, 11) / 10,
        sampler=chance.choice(SAMPLERS),
        scheduler=chance.choice(SCHEDULERS),
        steps=chance.randrange(18, 41),
        cfg=chance.randrange(7, 17) / 2,
    )
