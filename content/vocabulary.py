"""The words of synthetic items: titles, prompts, verses and tags that read like those of generated art.

No word holds a tab, a line end, a backslash or a quotation mark, so the lines of a COPY are put together from them as
they are.
"""


def phrases(text: str) -> tuple[str, ...]:
    """Return the phrases of a text that are set apart by bars."""
    return tuple(" ".join(text.split()).split(" | "))


def with_article(word: str) -> str:
    """Return a word with "a" or "an" before it."""
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"


SUBJECTS = phrases(
    """
    lighthouse | heron | clockmaker | glass city | red fox | cathedral of roots | paper boat | tea house | whale |
    night market | cartographer | violinist | orchard | snow leopard | abandoned observatory | koi pond | space
    elevator | dancer | beekeeper | old tram | moth | floating island | monastery | library of sand | astronaut |
    wolf | greenhouse | harbour | bridge of light | puppet theatre | desert caravan | owl | jellyfish | tin robot |
    waterfall | carousel | stone giant | rooftop garden | samurai | coral reef | piano | ruined temple | hot-air
    balloon | gardener | steam train | phoenix | lantern festival | spiral staircase | kingfisher | windmill |
    dreaming child | ice cave | bookshop | mermaid | cosmonaut cat | aqueduct | poppy field | sleeping dragon |
    diver | crystal forest | mountain hut | raven | masked stranger | gondola | bamboo grove | subway station |
    elephant | meteor | origami crane | market square
    """
)
ADJECTIVES = phrases(
    """
    quiet | luminous | forgotten | crimson | weightless | hollow | golden | drowned | electric | tender | silver |
    wandering | overgrown | frozen | velvet | distant | burning | translucent | ancient | restless | violet |
    mechanical | sunlit | haunted | floating | emerald | fractured | gentle | neon | moonlit | endless | copper |
    nameless | wild | sleeping | iridescent | solitary | rust-red | tiny | colossal
    """
)
PLACES = phrases(
    """
    Lisbon | Kyoto | the Baltic coast | Marrakesh | the outer rings | a flooded metro | Reykjavík | the Atacama |
    Old Prague | Hanoi | the Hebrides | an orbital garden | Valparaíso | the salt flats | Venice | a valley on Mars
    | Oaxaca | the Black Forest | Seoul | the edge of the map | Cappadocia | the Arctic night | Zanzibar | a city of
    glass | Jaipur | the Carpathians | New Orleans | Lagos | the abyssal plain | Tbilisi | Patagonia | a village in
    the clouds
    """
)
TIMES = phrases(
    """
    at dawn | in the blue hour | after the rain | at midnight | in late autumn | under two moons | in heavy fog | at
    golden hour | before the storm | in midwinter | on a still afternoon | in the first snow | at high tide | during
    an eclipse | in April light | on the last day of summer
    """
)
STYLES = phrases(
    """
    ukiyo-e woodblock print | oil on canvas, thick impasto | 35mm film photograph, grain | watercolour with loose
    edges | isometric low-poly render | art nouveau poster | charcoal sketch on toned paper | cinematic matte
    painting | double exposure photograph | gouache illustration | stained glass | risograph, three colours |
    Bauhaus geometry | long exposure, tripod | hand-tinted daguerreotype | paper cut-out collage | ink wash, minimal
    | vaporwave palette | baroque chiaroscuro | architectural blueprint | claymation still | synthwave, chrome and
    neon | botanical plate | surrealist dreamscape
    """
)
DETAILS = phrases(
    """
    soft volumetric light | intricate detail | shallow depth of field | muted earth tones | high contrast | rim
    lighting | symmetrical composition | wide angle | macro, 100mm | pastel colours | drifting particles |
    reflections on wet stone | negative space | aerial view | god rays through mist | deep shadows | subtle film
    grain | warm backlight | rule of thirds | teal and amber
    """
)
# {0} adjective, {1} subject, {2} place, {3} time, {4} number, {5} style, {6} detail,
# {7} and {8} adjective and subject with "a" or "an"
TITLES = {
    "image": (
        *("{0} {1}", "the {0} {1}", "{1} {3}", "{1} in {2}", "the {1} of {2}", "{0} {1} {3}", "study of {7} {1}"),
        *("{2} {3}", "{0} {1}, no. {4}", "portrait of {7} {1}", "what the {1} remembers", "{1}, {2}"),
        *("{8} for {2}", "we were all {0} {3}", "dreaming of {2}"),
    ),
    "video": ("{1} {3} (loop)", "flight over {2}", "{0} {1}, slow pan", "time-lapse: {2} {3}", "the {1} awakens"),
    "text": ("letter to {7} {1}", "notes from {2}", "the {1} speaks {3}", "{0} hours in {2}", "ode to the {1}"),
    "audio": ("nocturne for {7} {1}", "{2} {3}, field recording", "{0} drone no. {4}", "lullaby of the {1}"),
}
PROMPTS = {
    "image": ("{7} {1} in {2} {3}, {5}, {6}", "{5} of {7} {1}, {6}, {2} {3}", "{1} {3}, {0}, {6}, {5}"),
    "video": ("slow camera move past {7} {1} in {2} {3}, {6}", "seamless loop, {0} {1}, {6}, {3}"),
    "text": ("a short poem about {7} {1} in {2} {3}", "a letter written in {2} {3}, about {8}, in {7} voice"),
    "audio": ("ambient piece, {7} {1} in {2} {3}", "field recording of {2} {3}, {8} far away, {0}"),
}
VERSES = (
    "In {2}, {3},\\n{7} {1} learns to wait.\\nNobody asks it why.",
    "The {1} kept its {0} name\\nand gave the rest to {2}.",
    "{3} we counted the boats,\\none for every {0} thing we had lost,\\nand one for the {1}.",
)
TAGS = phrases(
    """
    landscape | portrait | fantasy | sci-fi | abstract | nature | city | night | minimal | surreal | water | animal
    | architecture | space | monochrome | neon | dreamlike | vintage | macro | street | ocean | forest | mountains |
    sunset | fog | winter | cyberpunk | steampunk | watercolor | oil painting | ink | pixel art | 3d render |
    photography | film grain | bokeh | symmetry | geometric | botanical | myth | robots | dragons | cats | birds |
    music | poetry | loop | ambient | dark | pastel | warm | cold | ruins | travel | history | light | shadow |
    people | still life | fashion | food | retro | futuristic | horror
    """
) + tuple(f"{adjective} {subject}" for subject in SUBJECTS for adjective in ADJECTIVES)
COMMENTS = phrases(
    """
    Love the light in this one. | How did you get that texture? | Saved for reference. | The palette is perfect. |
    This gave me chills. | More of these, please! | Which model is this? | The hands are almost right. | Would hang
    this on my wall. | Reminds me of a dream I had. | So calm. | The second version was stronger, I think. |
    Brilliant composition. | What was the prompt? | Could you share the seed? | A bit too sharp for my taste. |
    Stunning! | I keep coming back to this. | My daughter loves it. | The fog does all the work here.
    """
)
LORAS = (
    *("add-detail", "film-grain", "soft-light", "ink-lines", "neon-glow", "old-paper", "cut-paper", "oil-strokes"),
    *(
        "wide-lens",
        "macro-depth",
        "pixel-art",
        "claymation",
        "low-poly",
        "aquarelle",
        "gold-leaf",
        "night-vision",
    ),
)
SAMPLERS = ("Euler a", "DPM++ 2M", "Euler", "DPM++ SDE", "UniPC", "DDIM", "Heun", "LMS")
SCHEDULERS = ("Karras", "Normal", "SGM uniform", "Exponential", "Beta")
GENERATORS = ("comfyui", "forge", "a1111", "invokeai", "novelai", "swarmui", "fooocus")
NEGATIVES = ("", "", "", "blurry, low quality", "text, watermark, signature", "extra fingers, bad anatomy, blurry")
MODELS = ("atelier-xl-1.0", "lumen-2", "lumen-3-turbo", "fresco-0.9", "halide-1.5", "petal-small")
