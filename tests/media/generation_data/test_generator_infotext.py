"""A1111's text: what is prompt, what is a setting, and the way back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.generation_data.blocks import Carrier, Generation, ModelUse
from media.generation_data.generators import as_json, interpret, to_infotext
from media.generation_data.generators.infotext import pairs, quote, split_infotext
from media.generation_data.generators.lora_tags import lora_tags
from tests.media.generation_data.generator_blocks import block, png

SETTINGS = (
    "Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 965400086, Size: 512x768, Model hash: 45dee52b12, Model: sdxl"
)


def read(text: str) -> Generation:
    """Interpret a PNG's `parameters`."""
    return interpret(png(parameters=text))


def test_the_three_parts_are_told_apart() -> None:
    generation = read(f"a lighthouse, (fog:1.2)\nsecond line\nNegative prompt: blurry\nugly\n{SETTINGS}")
    assert as_json(generation) == {
        "generator": "a1111",
        "prompt": "a lighthouse, (fog:1.2)\nsecond line",
        "negative_prompt": "blurry\nugly",
        "model": {"name": "sdxl", "hash": "45dee52b12"},
        "loras": [],
        "sampler": "Euler a",
        "scheduler": None,
        "steps": 20,
        "cfg": 7.0,
        "seed": "965400086",
        "has_workflow": False,
        "more": {"size": {"width": 512, "height": 768}},
        "warnings": [],
    }


@pytest.mark.parametrize(
    "prompt",
    [
        "mood: calm, light: soft, lens: 35mm",
        "Steps: 20, Sampler: Euler a",
        "a cat\nSteps: twenty, Sampler: x, Seed: 1",
        "scene: a, b\nshot: wide, light: low, era: 1920",
        "a (b:1.2), [c:d:0.5], <lora:e:1>",
    ],
)
def test_a_text_without_a_line_of_settings_is_all_prompt(prompt: str) -> None:
    generation = read(prompt)
    assert (generation.generator, generation.prompt, generation.steps, generation.more) == ("a1111", prompt, None, {})


@pytest.mark.parametrize(
    "caption",
    [
        "A screenshot of a fitness app.\nIt says Steps: 8042, Calories: 310, Distance: 5 km, and a ring.",
        "Steps: 3, Time: 5 min, Serves: 4",
    ],
)
def test_a_caption_that_counts_steps_is_no_text_of_settings(caption: str) -> None:
    generation = interpret([block(".txt", caption, Carrier.SIDECAR)])
    assert generation == Generation(more={"caption": caption})


def test_the_last_line_of_settings_counts() -> None:
    prompt = "Steps: 5, Sampler: none, Seed: 1\nmore"
    generation = read(f"{prompt}\n{SETTINGS}")
    assert (generation.prompt, generation.steps, generation.seed) == (prompt, 20, 965400086)


def test_templates_of_dynamic_prompts_are_neither_prompt_nor_negative() -> None:
    template = "Template: a {red|blue} cat\nin two lines\nNegative Template: {bad|worse}"
    generation = read(f"a red cat\nNegative prompt: bad\n{SETTINGS}\n{template}")
    assert (generation.prompt, generation.negative_prompt, generation.steps) == ("a red cat", "bad", 20)
    assert generation.more["template"] == "a {red|blue} cat\nin two lines"
    assert generation.more["negative_template"] == "{bad|worse}"


def test_a_line_of_settings_within_a_template_is_passed_over() -> None:
    generation = read(f"a cat\n{SETTINGS}\nTemplate: x\nSteps: 1, Sampler: y, Seed: 2")
    assert (generation.prompt, generation.seed) == ("a cat", 965400086)


def test_windows_line_ends_split_as_well() -> None:
    generation = read(f"a\r\nNegative prompt: b\r\n{SETTINGS}\r\n")
    assert (generation.prompt, generation.negative_prompt, generation.steps) == ("a", "b", 20)


def test_there_may_be_no_prompt() -> None:
    generation = read(f"Negative prompt: b\n{SETTINGS}")
    assert (generation.prompt, generation.negative_prompt) == (None, "b")


def test_quoted_values_keep_commas_colons_quotes_and_lines() -> None:
    text = 'a\nSteps: 3, Model: "a, b: \\"c\\"", Hires prompt: "one\\ntwo", Seed: 5, VAE: "日本, 語 🙂.safetensors"'
    generation = read(text)
    assert generation.model == ModelUse('a, b: "c"')
    assert generation.more == {"hires_prompt": "one\ntwo", "vae": "日本, 語 🙂.safetensors"}
    assert (generation.steps, generation.seed) == (3, 5)


def test_a_key_that_equals_its_value_stands_bare() -> None:
    assert dict(pairs("Steps: 1, Sampler, Seed: 2")) == {"Steps": "1", "Sampler": "Sampler", "Seed": "2"}


def test_hashes_weights_and_tags_name_one_lora() -> None:
    text = (
        "a <lora:add_detail:0.8> <lora:styles/ink.v2:0.5:0.7> <lora:flat> <lora:te:te=0.3:unet=1>\n"
        'Steps: 20, Seed: 1, Model: m, Lora hashes: "add_detail: 7c6bad76eb54, other: aaaa", '
        'Lora weights: "other: 0.4", Hashes: {"model": "1234567890", "lora:ink.v2": "bbbb"}'
    )
    generation = read(text)
    assert generation.prompt == text.split("\n")[0]
    assert generation.loras == [
        ModelUse("add_detail", "7c6bad76eb54", 0.8),
        ModelUse("ink.v2", "bbbb", 0.5),
        ModelUse("flat", None, 1.0),
        ModelUse("te", None, 0.3),
        ModelUse("other", "aaaa", 0.4),
    ]
    assert generation.model == ModelUse("m", "1234567890")


def test_lora_tags_of_odd_shape_are_passed_over() -> None:
    assert lora_tags("<lora:> <lora:a <lora:b:x> <lora:c:-1.5> <lora:" + "d" * 400 + ":1>") == [
        ModelUse("b", None, None),
        ModelUse("c", None, -1.5),
    ]


def test_additional_networks_are_loras() -> None:
    text = "a\nSteps: 1, Seed: 2, AddNet Enabled: True, AddNet Module 1: LoRA, AddNet Model 1: ink(ab12cd34), "
    assert read(text + "AddNet Weight 1: 0.6").loras == [ModelUse("ink", "ab12cd34", 0.6)]


def test_a_hash_without_a_name_is_no_model() -> None:
    generation = read("a\nSteps: 20, Sampler: Euler, Seed: 1, Model hash: 7460a6fa")
    assert (generation.model, generation.more) == (None, {"model_hash": "7460a6fa"})


def test_numbers_are_numbers_but_hashes_and_versions_are_texts() -> None:
    text = "a\nSteps: 1, Seed: 2, Clip skip: 2, Denoising strength: 0.35, VAE hash: 12345678, Version: 1.10, ENSD: 0031"
    more = {"clip_skip": 2, "denoising_strength": 0.35, "vae_hash": "12345678", "version": "1.10", "ensd": "0031"}
    assert read(text).more == more


@pytest.mark.parametrize(
    ("mark", "generator"),
    [
        ("Version: v1.10.1", "a1111"),
        ("Version: f2.0.1v1.10.1-previous-665-gae278f79", "forge"),
        ("Version: neo", "forge"),
        ("Distilled CFG Scale: 3.5", "forge"),
        ("Version: ComfyUI", "comfyui"),
        ("Version: Fooocus v2.5.5", "fooocus"),
        ("App: SD.Next", "other"),
        ('Civitai resources: [{"type":"checkpoint","modelVersionId":1}]', "civitai"),
    ],
)
def test_the_generator_is_told_by_its_marks(mark: str, generator: str) -> None:
    assert read(f"a\n{SETTINGS}, {mark}").generator == generator


def test_sd_next_is_other_software() -> None:
    generation = read(
        "a\nSteps: 20, Size: 1x1, Sampler: UniPC, Seed: 1, App: SD.Next, Version: 0d1b2e2, Operations: txt2img"
    )
    assert (generation.more["software"], generation.more["version"]) == ("SD.Next", "0d1b2e2")


def test_forge_says_schedule_type_and_distilled_cfg() -> None:
    text = "a\nSteps: 20, Sampler: Euler, Schedule type: Simple, CFG scale: 1, Distilled CFG Scale: 3.5, Seed: 2, "
    generation = read(text + "Module 1: ae, Module 2: t5xxl_fp16")
    assert (generation.scheduler, generation.cfg, generation.more["distilled_cfg_scale"]) == ("Simple", 1.0, 3.5)
    assert (generation.more["module_1"], generation.more["module_2"]) == ("ae", "t5xxl_fp16")


@pytest.mark.parametrize("seed", ["-1", "18446744073709551616"])
def test_a_seed_out_of_range_is_none_with_a_warning(seed: str) -> None:
    generation = read(f"a\nSteps: 1, Sampler: x, Seed: {seed}")
    assert generation.seed is None
    assert generation.warnings == ["The seed is outside 0 to 18446744073709551615."]


RESOURCES = (
    '[{"type":"checkpoint","modelVersionId":290640,"modelName":"Pony Diffusion V6 XL"},'
    '{"type":"lora","weight":0.8,"modelName":"Ink, Wash: 2"},'
    '{"weight":1,"air":"urn:air:sdxl:lora:civitai:82098@87153"}]'
)


def test_civitai_names_pages_not_files() -> None:
    text = "a\nSteps: 28, Seed: 3313626210, Created Date: 2024-10-25T10:37:03.07Z, "
    generation = read(f'{text}Civitai resources: {RESOURCES}, Civitai metadata: {{"remixOfId":34798101}}')
    assert (generation.generator, generation.model, generation.seed) == ("civitai", None, 3313626210)
    assert generation.loras == [ModelUse("Ink, Wash: 2", None, 0.8)]
    assert generation.more["created_date"] == "2024-10-25T10:37:03.07Z"
    assert generation.more["civitai_metadata"] == {"remixOfId": 34798101}
    assert len(generation.more["civitai_resources"]) == 3


def test_civitai_may_write_one_line() -> None:
    text = "a cat, mood: calm Negative prompt: blurry, bad Steps: 28, Sampler: Euler a, Seed: 3, "
    generation = interpret([block("exif:9286", f"{text}Civitai resources: {RESOURCES}", Carrier.EXIF)])
    assert (generation.prompt, generation.negative_prompt) == ("a cat, mood: calm", "blurry, bad")
    assert (generation.generator, generation.steps, generation.seed) == ("civitai", 28, 3)


def test_a_comment_without_settings_is_no_prompt() -> None:
    assert interpret([block("", "Created with GIMP", Carrier.COMMENT)]) == Generation()


def test_a_comment_with_settings_is_read() -> None:
    assert interpret([block("", f"a\n{SETTINGS}", Carrier.COMMENT)]).prompt == "a"


def test_a_text_beside_a_picture_is_read_and_a_caption_is_no_prompt() -> None:
    assert interpret([block(".txt", f"a\n{SETTINGS}\n", Carrier.SIDECAR)]).prompt == "a"
    assert interpret([block(".txt", "1girl, hat", Carrier.SIDECAR)]) == Generation(more={"caption": "1girl, hat"})


def test_the_last_of_several_texts_counts_and_the_others_are_kept() -> None:
    blocks = [block("parameters", f"first\n{SETTINGS}"), block("parameters", "second\nSteps: 9, Seed: 8, Sampler: x")]
    generation = interpret(blocks)
    assert (generation.prompt, generation.seed) == ("second", 8)
    assert generation.more["samplers"] == [
        {"prompt": "first", "seed": "965400086", "steps": 20, "cfg": 7.0, "sampler": "Euler a", "model": "sdxl"}
    ]


def test_the_upscale_tab_is_kept() -> None:
    upscaled = "Postprocess upscale by: 4, Postprocess upscaler: R-ESRGAN 4x+"
    assert interpret(png(postprocessing=upscaled)).more == {"postprocessing": upscaled}
    both = interpret(png(parameters=f"a\n{SETTINGS}", postprocessing=upscaled))
    assert (both.prompt, both.more["postprocessing"]) == ("a", upscaled)


@given(
    st.dictionaries(st.from_regex(r"[A-Za-z][A-Za-z0-9 ]{0,20}[a-z]", fullmatch=True), st.text(max_size=40), max_size=8)
)
def test_what_is_quoted_is_read_back(settings: dict[str, str]) -> None:
    written = ", ".join(f"{key}: {quote(value)}" for key, value in settings.items())
    assert dict(pairs(written)) == settings


@given(st.text(max_size=200))
def test_a_text_is_split_into_parts_of_itself(text: str) -> None:
    parts = split_infotext(text)
    unified = text.replace("\r\n", "\n").replace("\r", "\n")
    assert parts.prompt in unified
    assert parts.negative_prompt in unified


WORDS = st.text(alphabet="abc xyz(),.:1日🙂<>\"'\\", max_size=30).map(str.strip)


@given(
    WORDS,
    WORDS,
    st.integers(1, 150),
    st.integers(0, 2**64 - 1),
    st.floats(0, 30, allow_nan=False),
    WORDS.filter(lambda name: name and "\\" not in name and name.lower() != "none"),
)
def test_what_is_copied_as_a1111_is_read_back(
    prompt: str, negative: str, steps: int, seed: int, cfg: float, model: str
) -> None:
    generation = Generation(
        **{"generator": "a1111", "prompt": prompt or None, "negative_prompt": negative or None, "steps": steps},
        **{"seed": seed, "cfg": cfg, "sampler": "DPM++ 2M", "scheduler": "Karras", "model": ModelUse(model, "ab12")},
        more={"size": {"width": 512, "height": 768}, "clip_skip": 2},
    )
    assert interpret(png(parameters=to_infotext(generation))) == generation


def test_loras_that_the_prompt_does_not_name_are_written_as_tags() -> None:
    generation = Generation(prompt="a <lora:b:1>", steps=1, loras=[ModelUse("b", None, 1.0), ModelUse("c", "d", 0.5)])
    assert to_infotext(generation) == 'a <lora:b:1> <lora:c:0.5>\nSteps: 1, Lora hashes: "c: d"'


def test_xmp_may_hold_the_text() -> None:
    packet = f"<x:xmpmeta xmlns:x='a' xmlns:d='b'><d:description>a\n{SETTINGS}</d:description></x:xmpmeta>"
    assert interpret([block("", packet, Carrier.XMP)]).seed == 965400086
