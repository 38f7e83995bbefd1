"""Pictures of prompts: their words steer what is seen, their hash the details, and no two are alike."""

import os
import subprocess
import sys
from hashlib import sha256

import pytest
from PIL import Image, ImageChops, ImageStat

from content.painting.moods import CHANGES, oklch
from content.painting.prompted import STYLES, Request, paint_prompt
from content.painting.recomposing import enlarged, recomposed
from content.painting.scenes import FARTHEST, WATERS
from content.painting.wishes import FEATURES, KNOWN, WORD, Wishes, normalised, wishes_of

# A prompt for each style, ground and feature.
PROMPTS = (
    *("bauhaus", "blossom", "bokeh", "bubbles", "low poly crystal", "flowing wind", "marble", "galaxy", "vinyl"),
    *("silk", "stripes", *FARTHEST, *WATERS, *(f"{name} over hills" for name in sorted(FEATURES))),
)
ONE_OF_EACH = (
    "castle, lighthouse, house, tree, portrait, cat, boat, birds, aurora, planet, storm, snow, mist, city, lake"
)


def picture(prompt: str, seed: int = 0, size: tuple[int, int] = (96, 72), negative: str = "") -> Image.Image:
    """Return a small picture of a prompt."""
    return paint_prompt(Request(prompt, negative, seed, *size))


def digest(image: Image.Image) -> str:
    """Return a hash of a picture's pixels."""
    return sha256(image.tobytes()).hexdigest()


def difference(one: Image.Image, other: Image.Image) -> float:
    """Return the mean difference of two pictures, of 255."""
    return sum(ImageStat.Stat(ImageChops.difference(one, other)).mean) / 3


def test_every_style_has_a_prompt() -> None:
    assert {name for prompt in PROMPTS for name in wishes_of(prompt).styles} == set(STYLES)
    assert {name for prompt in PROMPTS for name in wishes_of(prompt).features} == set(FEATURES)


def test_no_two_prompts_and_no_two_seeds_give_the_same_picture() -> None:
    prompts = {*PROMPTS, *(f"{prompt}!" for prompt in PROMPTS), *(f"cat {number}" for number in range(30))}
    hashes = {digest(picture(prompt, size=(64, 48))) for prompt in prompts}
    hashes |= {digest(picture(prompt, 2**64 - 1, (64, 48))) for prompt in PROMPTS}
    assert len(hashes) == len(prompts) + len(PROMPTS)


def test_case_and_spaces_of_a_prompt_change_details_alone() -> None:
    assert normalised("  A\n\u212bngstr\u00f6m  Cat ") == "a \u00e5ngstr\u00f6m cat"
    assert wishes_of("A  Red\nCAT ") == wishes_of("a red cat")
    assert digest(picture("A  Red\nCAT ")) != digest(picture("a red cat"))


@pytest.mark.parametrize("prompt", ["a storm over the sea", "marble", ONE_OF_EACH])
def test_the_same_request_is_the_same_picture_in_every_process(prompt: str) -> None:
    script = (
        "from hashlib import sha256; from content.painting.prompted import Request, paint_prompt;"
        f"print(sha256(paint_prompt(Request({prompt!r}, 'x', 5, 96, 72)).tobytes()).hexdigest())"
    )
    environment = os.environ | {"PYTHONHASHSEED": "77"}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.strip() == digest(picture(prompt, 5, negative="x"))


@pytest.mark.parametrize("size", [(64, 64), (64, 640), (640, 64), (65, 127)], ids=str)
def test_pictures_of_every_shape_are_filled_to_their_edges(size: tuple[int, int]) -> None:
    for prompt in (*PROMPTS, ONE_OF_EACH):
        image = picture(prompt, 3, size)
        assert (image.mode, image.size) == ("RGB", size), prompt
        assert max(ImageStat.Stat(image).stddev) > 5, prompt
        for box in ((0, 0, size[0] // 5, size[1]), (size[0] * 4 // 5, 0, *size)):
            assert max(ImageStat.Stat(image.crop(box)).stddev) > 1.5, prompt


def test_a_scene_is_the_same_at_every_size() -> None:
    for prompt in ("mountains", "dunes", "sea", "forest", "city at night", "a boat on a lake, clouds"):
        small, large = picture(prompt, 1, (240, 180)), picture(prompt, 1, (480, 360))
        assert difference(small, large.reduce(2)) < 9, prompt


@pytest.mark.parametrize(
    ("prompt", "wishes"),
    [
        (
            "Red sunset over mountains",
            Wishes(grounds=("mountains",), hours=("sunset",), features=frozenset({"sun"}), sky_hues=((27.0, 1.0),)),
        ),
        (
            "two cats, foggy lakes, no rain, pastel",
            Wishes(grounds=("lake",), features=frozenset({"cat", "mist"}), moods=frozenset({"muted", "pastel"})),
        ),
        ("green hills, blue", Wishes(grounds=("hills",), land_hues=((145.0, 0.9),), hues=((250.0, 0.9),))),
        ("<lora:red_city:1> galaxies", Wishes(styles=("nebula",))),
        ("Christmas in Paris", Wishes(grounds=("city",), features=frozenset({"snow"}))),
        ("a stormy night", Wishes(hours=("night",), features=frozenset({"storm", "rain"}))),
        ("\u65e5\u672c\u8a9e 123 \U0001f680", Wishes()),
        ("", Wishes()),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_words_of_a_prompt_ask_for_what_they_name(prompt: str, wishes: Wishes) -> None:
    assert wishes_of(prompt) == wishes


def test_colours_of_a_prompt_are_seen() -> None:
    for thing in ("sunset over mountains", "rose", "abstract silk", "city"):
        red, green, blue = (ImageStat.Stat(picture(f"{colour} {thing}")).mean for colour in ("red", "green", "blue"))
        assert red[0] == max(red) and red[0] > blue[0], thing
        assert green[1] - green[0] > red[1] - red[0], thing
        assert blue[2] == max(blue) and blue[2] > red[2], thing


def test_moods_and_hours_are_seen() -> None:
    def brightness(prompt: str) -> float:
        return sum(ImageStat.Stat(picture(prompt, 4)).mean) / 3

    assert brightness("hills at night") < brightness("hills at sunset") < brightness("hills at noon")
    grey = picture("noir city")
    assert difference(grey, grey.convert("L").convert("RGB")) < 6
    assert {name for name, _ in CHANGES} == {"pastel", "vivid", "muted", "bright", "dark", "grey"}


def test_a_negative_prompt_changes_colours_a_little_and_takes_away_what_it_names() -> None:
    plain, other = picture("a lake"), picture("a lake", negative="blurry")
    assert 0 < difference(plain, other) < 25
    assert digest(picture("a lake", negative="blurry")) == digest(other)
    assert digest(picture("a lake", negative="ugly")) != digest(other)
    wishes = wishes_of("cat and dog on a hill").without(wishes_of("cats"))
    assert (wishes.features, wishes.grounds) == (frozenset(), ("hills",))


def test_steps_and_scale_change_sharpness_and_strength() -> None:
    def made(**values: float) -> Image.Image:
        return paint_prompt(Request("red bubbles", "", 1, 128, 128, **values))

    assert digest(made()) == digest(made(steps=20, cfg=7.0))
    few, pale, strong = made(steps=1), made(cfg=1.0), made(cfg=14.0)
    grey = made().convert("L").convert("RGB")
    assert sum(ImageStat.Stat(few).stddev) < sum(ImageStat.Stat(made()).stddev)
    assert difference(pale, grey) < difference(made(), grey) < difference(strong, grey)


def test_a_watch_sees_each_layer_and_may_end_the_painting() -> None:
    shares: list[float] = []

    def watch(share: float, canvas: Image.Image) -> None:
        shares.append(share)
        if share > 0.4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        paint_prompt(Request("boat on a lake, forest", "", 1, 64, 64), watch)
    assert shares == sorted(shares)
    assert len(shares) > 2 and max(shares) < 0.7


def test_a_picture_is_recomposed_as_strongly_as_asked_for() -> None:
    source = Image.radial_gradient("L").convert("RGB").resize((90, 60))
    request = Request("red mountains", "", 1, 90, 60)
    made = [recomposed(source, request, strength) for strength in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert digest(made[0]) == digest(source)
    assert digest(made[-1]) == digest(paint_prompt(request))
    distances = [difference(image, made[-1]) for image in made]
    assert distances == sorted(distances, reverse=True) and len(set(distances)) == 5
    assert recomposed(source, Request("x", "", 1, 64, 96), 0.5).size == (64, 96)
    assert enlarged(source, 2).size == (180, 120)


def test_oklch_gives_colours_that_screens_show() -> None:
    # The corners of sRGB, by Björn Ottosson's own numbers.
    assert oklch(0.6279553606, 0.2576833077, 29.2338802780) == (255, 0, 0)
    assert oklch(0.8664396115, 0.2948272404, 142.4953450) == (0, 255, 0)
    assert oklch(1.0, 0.0, 0.0) == (255, 255, 255)
    assert oklch(0.5, 3.0, 200.0) == oklch(0.5, 3.0, 200.0)
    assert all(0 <= level <= 255 for hue in range(0, 360, 20) for level in oklch(0.7, 0.4, hue))


def test_every_word_of_the_tables_is_one_that_prompts_can_have() -> None:
    assert [word for word in sorted(KNOWN) if list(WORD.findall(word)) != [word] or normalised(word) != word] == []
