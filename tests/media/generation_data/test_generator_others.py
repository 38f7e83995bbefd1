"""The other generators, each with blocks as it writes them."""

import json
from typing import Any

import pytest

from media.generation_data.blocks import Block, Carrier, Generation, ModelUse
from media.generation_data.generators import as_json, interpret, to_infotext, workflow_text
from tests.media.generation_data.generator_blocks import block, png

AWKWARD = 'a "quoted", (weighted:1.2): text\nof lines, 桜 🙂'


def swarm(**changes: Any) -> dict[str, Any]:
    values = {
        **{"prompt": AWKWARD, "negativeprompt": "blurry", "model": "Official/sd_xl_base_1.0", "seed": 1145082517},
        **{"steps": 20, "cfgscale": 7.0, "width": 1024, "height": 768, "sampler": "euler", "scheduler": "karras"},
        **{"loras": ["styles/detail"], "loraweights": ["0.7"], "swarm_version": "0.9.3.1"},
    }
    return {"sui_image_params": values | changes, "sui_extra_data": {"date": "2025-01-25"}}


def test_swarmui() -> None:
    generation = interpret(png(parameters=json.dumps(swarm(), indent=2, ensure_ascii=False)))
    assert as_json(generation) == {
        **{"generator": "swarmui", "prompt": AWKWARD, "negative_prompt": "blurry", "steps": 20, "cfg": 7.0},
        **{"model": {"name": "Official/sd_xl_base_1.0", "hash": None}, "seed": "1145082517"},
        **{"loras": [{"name": "detail", "hash": None, "weight": 0.7}], "sampler": "euler", "scheduler": "karras"},
        **{"has_workflow": False, "warnings": []},
        "more": {"size": {"width": 1024, "height": 768}, "swarm_version": "0.9.3.1", "date": "2025-01-25"},
    }


def test_swarmui_may_write_numbers_as_texts_and_add_hashes() -> None:
    values = swarm(seed="18446744073709551615", steps="20", cfgscale="4.5", model="a/b.safetensors")
    values["sui_models"] = [
        {"name": "a/b.safetensors", "param": "model", "hash": "0xab"},
        {"name": "styles/detail.safetensors", "param": "loras", "hash": "0xcd"},
    ]
    generation = interpret([block("exif:9286", values, Carrier.EXIF)])
    assert (generation.seed, generation.steps, generation.cfg) == (2**64 - 1, 20, 4.5)
    assert (generation.model, generation.loras) == (ModelUse("a/b", "0xab"), [ModelUse("detail", "0xcd", 0.7)])


def test_swarmui_s_hidden_copy_is_read() -> None:
    assert interpret([block("stealth_pngcomp", swarm(), Carrier.STEALTH)]).generator == "swarmui"


INVOKE = {
    **{"generation_mode": "sdxl_txt2img", "positive_prompt": AWKWARD, "negative_prompt": "", "width": 832},
    **{"height": 1216, "seed": 1554095076, "cfg_scale": 7.5, "steps": 30, "scheduler": "euler", "app_version": "5.4.3"},
    **{"model": {"key": "k", "hash": "blake3:6a22", "name": "juggernaut", "base": "sdxl"}, "rand_device": "cpu"},
    **{"loras": [{"model": {"name": "detail"}, "weight": 0.7}], "vae": {"name": "sdxl-vae"}},
}


def test_invokeai() -> None:
    generation = interpret(png(invokeai_metadata=INVOKE, invokeai_workflow={"nodes": []}))
    assert (generation.generator, generation.prompt, generation.negative_prompt) == ("invokeai", AWKWARD, None)
    assert (generation.model, generation.loras) == (
        ModelUse("juggernaut", "blake3:6a22"),
        [ModelUse("detail", None, 0.7)],
    )
    assert (generation.sampler, generation.seed, generation.cfg, generation.steps) == ("euler", 1554095076, 7.5, 30)
    more = {"size": {"width": 832, "height": 1216}, "vae": "sdxl-vae", "version": "5.4.3"}
    assert generation.more == more | {"generation_mode": "sdxl_txt2img", "rand_device": "cpu"}
    assert (generation.has_workflow, workflow_text(png(invokeai_workflow={"nodes": []}))) == (True, '{"nodes": []}')


def test_invokeai_3_calls_a_model_s_name_model_name() -> None:
    values = INVOKE | {"model": {"model_name": "old", "base_model": "sd-1"}}
    values["loras"] = [{"lora": {"model_name": "ink", "base_model": "sd-1"}, "weight": 0.5}]
    generation = interpret(png(invokeai_metadata=values))
    assert (generation.model, generation.loras) == (ModelUse("old"), [ModelUse("ink", None, 0.5)])


@pytest.mark.parametrize(
    ("written", "prompt", "negative_prompt"),
    [
        ("a fox [ugly, bad] at dusk [old]", "a fox at dusk", "ugly, bad, old"),
        ("[ugly] a fox", "a fox", "ugly"),
        ("a fox [unclosed", "a fox [unclosed", None),
        ("a fox] closed", "a fox] closed", None),
    ],
)
def test_invokeai_1_wrote_the_negative_prompt_in_brackets(
    written: str, prompt: str, negative_prompt: str | None
) -> None:
    generation = interpret([block("Dream", f'"{written}" -s50 -S1 -C7.5 -Ak_lms')])
    assert (generation.prompt, generation.negative_prompt, generation.seed) == (prompt, negative_prompt, 1)


def test_invokeai_2_is_read() -> None:
    image = {"prompt": [{"prompt": "a cat [blurry]", "weight": 1}], "steps": 50, "cfg_scale": 7.5, "seed": 42}
    image |= {"sampler": "k_lms", "width": 512, "height": 768, "type": "txt2img"}
    old = {"model": "stable diffusion", "model_weights": "sd-1.5", "model_hash": "cc66", "app_version": "2.2.5"}
    generation = interpret([block("sd-metadata", old | {"image": image}), block("Dream", '"x" -s 1')])
    assert (generation.prompt, generation.negative_prompt) == ("a cat", "blurry")
    assert (generation.seed, generation.sampler) == (42, "k_lms")
    assert generation.model == ModelUse("sd-1.5", "cc66")
    assert generation.more == {"size": {"width": 512, "height": 768}, "version": "2.2.5", "type": "txt2img"}


def test_invokeai_1_wrote_a_command_line() -> None:
    generation = interpret([block("Dream", '"a "big" - red cat" -s 50 -S 1234 -W 512 -H768 -C 7.5 -A k_euler_a')])
    assert (generation.prompt, generation.steps, generation.seed) == ('a "big" - red cat', 50, 1234)
    assert (generation.cfg, generation.sampler) == (7.5, "k_euler_a")
    assert generation.more == {"size": {"width": 512, "height": 768}}


NOVEL = {
    **{"prompt": AWKWARD, "steps": 28, "height": 1216, "width": 832, "scale": 5.0, "cfg_rescale": 0.2, "seed": 3390318},
    **{"n_samples": 1, "sampler": "k_euler", "noise_schedule": "karras", "uc": "lowres", "signed_hash": "x=="},
    "v4_prompt": {"caption": {"base_caption": AWKWARD, "char_captions": [{"char_caption": "girl, red hair"}]}},
    "v4_negative_prompt": {"caption": {"base_caption": "lowres", "char_captions": [{"char_caption": "hat"}]}},
}
NOVEL_TEXTS = {
    "Title": "NovelAI generated image",
    "Description": AWKWARD,
    "Software": "NovelAI",
    "Source": "NovelAI Diffusion V4.5 4BDE2A90",
    "Comment": json.dumps(NOVEL),
}


@pytest.mark.parametrize(
    "blocks",
    [
        png(**NOVEL_TEXTS),
        [block("stealth_pngcomp", NOVEL_TEXTS, Carrier.STEALTH)],
        [block("exif:9286", NOVEL_TEXTS, Carrier.EXIF)],
        png(**NOVEL_TEXTS | {"Comment": json.dumps({"Comment": json.dumps(NOVEL)})}),
        [block("stealth_pngcomp", NOVEL_TEXTS | {"Comment": json.dumps({"Comment": NOVEL})}, Carrier.STEALTH)],
    ],
    ids=["texts", "hidden", "exif", "nested", "nested and hidden"],
)
def test_novelai(blocks: list[Block]) -> None:
    generation = interpret(blocks)
    assert (generation.generator, generation.prompt, generation.negative_prompt) == ("novelai", AWKWARD, "lowres")
    assert (generation.model, generation.seed) == (ModelUse("NovelAI Diffusion V4.5", "4BDE2A90"), 3390318)
    assert (generation.sampler, generation.scheduler, generation.cfg) == ("k_euler", "karras", 5.0)
    more = {"size": {"width": 832, "height": 1216}, "characters": ["girl, red hair"], "negative_characters": ["hat"]}
    assert generation.more == more | {"cfg_rescale": 0.2, "n_samples": 1}


def test_what_novelai_s_characters_are_asked_to_be_describes_the_picture_too() -> None:
    generation = interpret(png(**NOVEL_TEXTS))
    assert generation.text == f"{AWKWARD}\ngirl, red hair"
    assert to_infotext(generation).startswith(f"{AWKWARD}\ngirl, red hair\nNegative prompt: lowres\nhat\nSteps: 28")


def test_novelai_s_source_may_have_no_hash() -> None:
    texts = NOVEL_TEXTS | {"Source": "NovelAI Diffusion face"}
    assert interpret(png(**texts)).model == ModelUse("NovelAI Diffusion face")


def test_novelai_s_exif_alone_is_known_by_its_keys() -> None:
    generation = interpret([block("exif:9286", NOVEL, Carrier.EXIF)])
    assert (generation.generator, generation.seed, generation.model) == ("novelai", 3390318, None)


FOOOCUS = {
    **{"adm_guidance": "(1.5, 0.8, 0.3)", "base_model": "juggernautXL_v8", "base_model_hash": "aeb7e9e689"},
    **{"full_prompt": ["a lighthouse", "cinematic"], "full_negative_prompt": [], "guidance_scale": 4, "steps": 30},
    **{"loras": [["offset.safetensors", 0.1, "4852686128"]], "lora_combined_1": "offset : 0.1", "prompt": AWKWARD},
    **{"metadata_scheme": "fooocus", "negative_prompt": "", "performance": "Speed", "resolution": "(896, 1152)"},
    **{
        "sampler": "dpmpp_2m_sde_gpu",
        "scheduler": "karras",
        "seed": "9223372036854775807",
        "version": "Fooocus v2.5.5",
    },
    "styles": "['Fooocus V2', 'SAI Anime']",
}


@pytest.mark.parametrize(
    "blocks",
    [
        png(parameters=FOOOCUS, fooocus_scheme="fooocus"),
        [block("0:9286", FOOOCUS, Carrier.EXIF), block("0:927c", "fooocus", Carrier.EXIF)],
    ],
    ids=["png", "jpeg"],
)
def test_fooocus(blocks: list[Block]) -> None:
    generation = interpret(blocks)
    assert (generation.generator, generation.prompt, generation.negative_prompt) == ("fooocus", AWKWARD, None)
    assert (generation.model, generation.seed) == (ModelUse("juggernautXL_v8", "aeb7e9e689"), 2**63 - 1)
    assert generation.loras == [ModelUse("offset", "4852686128", 0.1)]
    assert (generation.steps, generation.cfg, generation.sampler) == (30, 4.0, "dpmpp_2m_sde_gpu")
    assert generation.more == {
        **{"size": {"width": 896, "height": 1152}, "styles": ["Fooocus V2", "SAI Anime"], "performance": "Speed"},
        **{"full_prompt": ["a lighthouse", "cinematic"], "adm_guidance": "(1.5, 0.8, 0.3)"},
        "version": "Fooocus v2.5.5",
    }


def test_fooocus_without_a_list_of_loras_has_texts() -> None:
    values = {key: value for key, value in FOOOCUS.items() if key != "loras"} | {"lora_combined_2": "a : b : 0.5"}
    loras = [ModelUse("offset", None, 0.1), ModelUse("a : b", None, 0.5)]
    assert interpret(png(parameters=values)).loras == loras


def test_fooocus_s_other_scheme_is_a1111_s_text() -> None:
    text = (
        "a lighthouse, cinematic\nNegative prompt: blurry, bad\nSteps: 30, Sampler: DPM++ 2M SDE Karras, Seed: 5123, "
        "Size: 896x1152, CFG scale: 4, Model: juggernautXL_v8, Model hash: aeb7e9e689, Scheduler: karras, "
        'Raw prompt: a lighthouse, Raw negative prompt: blurry, Lora hashes: "offset: 4852686128", '
        'Lora weights: "offset: 0.1", Version: Fooocus v2.5.5'
    )
    generation = interpret(png(parameters=text, fooocus_scheme="a1111"))
    assert (generation.generator, generation.prompt, generation.negative_prompt) == (
        "fooocus",
        "a lighthouse",
        "blurry",
    )
    assert generation.more["full_prompt"] == "a lighthouse, cinematic"
    assert (generation.scheduler, generation.loras) == ("karras", [ModelUse("offset", "4852686128", 0.1)])


def test_ruined_fooocus() -> None:
    values = {
        **{"Prompt": AWKWARD, "Negative": "bad", "steps": 8, "cfg": 2.0, "width": 1024, "height": 1152, "seed": 9},
        **{"sampler_name": "lcm", "scheduler": "simple", "base_model_name": "x/dream.safetensors"},
        **{"base_model_hash": "ab", "loras": [["cd", "0.5 - ink.safetensors"]], "software": "RuinedFooocus"},
    }
    generation = interpret(png(parameters=values))
    assert (generation.generator, generation.prompt, generation.seed) == ("fooocus", AWKWARD, 9)
    assert (generation.model, generation.loras) == (ModelUse("dream", "ab"), [ModelUse("ink", "cd", 0.5)])
    assert generation.more == {"size": {"width": 1024, "height": 1152}, "software": "RuinedFooocus"}


DRAW = {
    **{"c": AWKWARD, "uc": "blurry", "steps": 8, "sampler": "DPM++ 2M Karras", "scale": 4.5, "seed": 2345},
    **{"size": "768x1024", "model": "sd_xl_base_1.0_f16.ckpt", "strength": 1, "seed_mode": "Scale Alike"},
    **{"lora": [{"model": "lcm_f16.ckpt", "weight": 0.9}], "shift": 3.0},
}
XML = (
    '<?xpacket begin="\ufeff"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" {attributes} '
    'xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:e="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">'
    "{elements}</rdf:Description></rdf:RDF></x:xmpmeta>"
)


def xmp(elements: str = "", attributes: str = "") -> Block:
    return block("", XML.format(elements=elements, attributes=attributes), Carrier.XMP)


def alternative(name: str, text: str) -> str:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    return f'<{name}><rdf:Alt><rdf:li xml:lang="x-default">{escaped}</rdf:li></rdf:Alt></{name}>'


@pytest.mark.parametrize(
    "blocks",
    [
        [xmp(alternative("exif:UserComment", json.dumps(DRAW)))],
        png(Comment=DRAW, Software="Draw Things", Description="ignored"),
    ],
    ids=["xmp", "png"],
)
def test_draw_things(blocks: list[Block]) -> None:
    generation = interpret(blocks)
    assert (generation.generator, generation.prompt, generation.negative_prompt) == ("drawthings", AWKWARD, "blurry")
    assert generation.model == ModelUse("sd_xl_base_1.0_f16.ckpt")
    assert generation.loras == [ModelUse("lcm_f16", None, 0.9)]
    assert (generation.seed, generation.steps, generation.cfg) == (2345, 8, 4.5)
    more = {"size": {"width": 768, "height": 1024}, "denoising_strength": 1.0, "seed_mode": "Scale Alike", "shift": 3.0}
    assert generation.more == more


def test_draw_things_description_alone_is_read() -> None:
    text = (
        "a boat\nin fog\n-blurry\nSteps: 8, Sampler: LCM, Guidance Scale: 4.5, Seed: 5, Size: 768x1024, Model: m.ckpt"
    )
    blocks = [xmp(alternative("dc:description", text) + "<xmp:CreatorTool>Draw Things</xmp:CreatorTool>")]
    generation = interpret(blocks)
    assert (generation.prompt, generation.negative_prompt) == ("a boat\nin fog", "blurry")
    assert (generation.cfg, generation.seed, generation.model) == (4.5, 5, ModelUse("m.ckpt"))


JOB = "Job ID: 01234567-89ab-cdef-0123-456789abcdef"


def test_midjourney_s_parameters_are_neither_steps_nor_cfg() -> None:
    text = f"a lighthouse, sci-fi -- fog --ar 2:3 --s 250 --q 2 --no hat, dog --seed 77 --tile --v 6.1 {JOB}"
    generation = interpret(png(Description=text, Author="alice"))
    assert (generation.generator, generation.prompt) == ("midjourney", "a lighthouse, sci-fi -- fog")
    assert (generation.negative_prompt, generation.seed) == ("hat, dog", 77)
    assert (generation.steps, generation.cfg, generation.sampler, generation.model) == (None, None, None, None)
    more = {"aspect_ratio": "2:3", "stylize": "250", "quality": "2", "tile": True, "version": "6.1", "author": "alice"}
    assert generation.more == more | {"job_id": "01234567-89ab-cdef-0123-456789abcdef"}


def test_midjourney_is_known_by_its_guid_as_well() -> None:
    attributes = 'e:DigImageGUID="01234567-89ab-cdef-0123-456789abcdef" e:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"'
    generation = interpret([xmp(attributes=attributes), block("Description", "a boat --v 6")])
    assert (generation.generator, generation.prompt) == ("midjourney", "a boat")
    assert generation.more == {"version": "6", "digital_source_type": "trainedAlgorithmicMedia"}


def test_another_description_is_not_midjourney_s() -> None:
    assert interpret(png(Description="a boat --ar 2:3")) == Generation()
    assert interpret(png(Description="a boat Job ID: 12")) == Generation()


PEOPLE_S_NAMES = {
    **{"Prompt": AWKWARD, "Negative Prompt": "bad", "Seed": 12, "Steps": 25, "Guidance Scale": 7.5, "Width": 512},
    **{"Height": 768, "Sampler": "euler_a", "Stable Diffusion model": "models/sd-v1-5.ckpt", "Clip Skip": "False"},
    **{"LoRA model": ["ink"], "LoRA Strength": [0.5], "VAE model": "vae-ft-mse"},
}
API_S_NAMES = {
    **{"prompt": AWKWARD, "negative_prompt": "bad", "seed": 12, "num_inference_steps": 25, "guidance_scale": 7.5},
    **{"width": 512, "height": 768, "sampler_name": "euler_a", "use_stable_diffusion_model": "models/sd-v1-5.ckpt"},
    **{"use_lora_model": ["ink"], "lora_alpha": [0.5], "use_vae_model": "vae-ft-mse", "clip_skip": "False"},
}


@pytest.mark.parametrize("values", [PEOPLE_S_NAMES, API_S_NAMES], ids=["people", "api"])
@pytest.mark.parametrize("carrier", ["chunks", "comment", "sidecar"])
def test_easy_diffusion(values: dict[str, Any], carrier: str) -> None:
    chunks = {key: value[0] if isinstance(value, list) else value for key, value in values.items()}
    blocks = {
        "chunks": png(**chunks),
        "comment": [block("exif:9286", values, Carrier.EXIF)],
        "sidecar": [block(".json", values, Carrier.SIDECAR)],
    }[carrier]
    generation = interpret(blocks)
    assert (generation.generator, generation.prompt, generation.negative_prompt) == ("other", AWKWARD, "bad")
    assert (generation.seed, generation.steps, generation.cfg) == (12, 25, 7.5)
    assert (generation.model, generation.loras) == (ModelUse("sd-v1-5"), [ModelUse("ink", None, 0.5)])
    more = {"software": "Easy Diffusion", "size": {"width": 512, "height": 768}, "vae": "vae-ft-mse"}
    assert generation.more == more | {"clip_skip": "False"}


def test_easy_diffusion_s_text_beside_the_picture_has_a_line_for_each_field() -> None:
    lines = "Prompt: a boat, mood: calm\nSeed: 5\nStable Diffusion model: m.safetensors\nSteps: 25\nNegative Prompt: x"
    generation = interpret([block(".txt", lines, Carrier.SIDECAR)])
    assert (generation.prompt, generation.seed, generation.steps) == ("a boat, mood: calm", 5, 25)
    assert (generation.model, generation.more) == (ModelUse("m"), {"software": "Easy Diffusion"})


@pytest.mark.parametrize(
    ("models", "strengths", "loras"),
    [
        ("add_detail, film", "0.5, 0.4", [ModelUse("add_detail", None, 0.5), ModelUse("film", None, 0.4)]),
        ("['add_detail', 'film']", "[0.5, 0.4]", [ModelUse("add_detail", None, 0.5), ModelUse("film", None, 0.4)]),
        ("['ink']", "[1.0]", [ModelUse("ink", None, 1.0)]),
        ("ink", "1", [ModelUse("ink", None, 1.0)]),
    ],
)
def test_easy_diffusion_s_loras_are_told_apart_in_its_texts(models: str, strengths: str, loras: list[ModelUse]) -> None:
    lines = f"Prompt: a boat\nSeed: 5\nStable Diffusion model: m\nSteps: 25\nLoRA model: {models}"
    beside = interpret([block(".txt", f"{lines}\nLoRA Strength: {strengths}", Carrier.SIDECAR)])
    texts = {"prompt": "a boat", "use_stable_diffusion_model": "m", "use_lora_model": models, "lora_alpha": strengths}
    embedded = interpret(png(**texts))
    assert (beside.prompt, beside.seed, beside.steps, beside.loras) == ("a boat", 5, 25, loras)
    assert (embedded.prompt, embedded.loras) == ("a boat", loras)


def cbor(text: str) -> bytes:
    """Write a CBOR text of 24 to 255 bytes, or of fewer."""
    data = text.encode()
    return (bytes([0x60 + len(data)]) if len(data) < 24 else bytes([0x78, len(data)])) + data


SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/"


def manifest(term: str, agent: bytes) -> Block:
    """Make the bytes of a manifest's action."""
    action = cbor("digitalSourceType") + cbor(SOURCE_TYPE + term) + cbor("softwareAgent") + agent
    return Block(Carrier.C2PA, "", b"\0\0\1\2jumb" + action + b"\xff\0")


@pytest.mark.parametrize(
    "agent",
    [
        cbor("GPT-4o"),
        b"\xa1" + cbor("name") + cbor("GPT-4o"),
        b"\xa2" + cbor("version") + cbor("1") + cbor("name") + cbor("GPT-4o"),
    ],
)
def test_content_credentials_name_the_maker(agent: bytes) -> None:
    generation = interpret([manifest("trainedAlgorithmicMedia", agent)])
    more = {"digital_source_type": "trainedAlgorithmicMedia", "software": "GPT-4o"}
    assert generation == Generation(generator="other", more=more)


def test_the_longest_known_term_is_read() -> None:
    generation = interpret([manifest("compositeWithTrainedAlgorithmicMedia", cbor("Firefly"))])
    more = {"digital_source_type": "compositeWithTrainedAlgorithmicMedia", "software": "Firefly"}
    assert generation == Generation(generator="other", more=more)


def test_a_camera_s_credentials_are_no_generator_s() -> None:
    generation = interpret([manifest("digitalCapture", cbor("Leica"))])
    assert generation == Generation(more={"digital_source_type": "digitalCapture", "software": "Leica"})


def test_a_source_type_in_xmp_alone_is_enough() -> None:
    elements = f"<e:DigitalSourceType>{SOURCE_TYPE}trainedAlgorithmicMedia</e:DigitalSourceType>"
    generation = interpret([xmp(elements + "<xmp:CreatorTool>Made with Google AI</xmp:CreatorTool>")])
    more = {"digital_source_type": "trainedAlgorithmicMedia", "software": "Made with Google AI"}
    assert generation == Generation(generator="other", more=more)


def test_a_source_type_is_added_to_what_a_text_says() -> None:
    text = "a\nSteps: 1, Sampler: x, Seed: 2"
    generation = interpret([*png(parameters=text), manifest("trainedAlgorithmicMedia", cbor("Tool"))])
    assert (generation.generator, generation.seed) == ("a1111", 2)
    assert generation.more == {"digital_source_type": "trainedAlgorithmicMedia", "software": "Tool"}


def test_xmp_with_entities_is_not_read() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "trainedAlgorithmicMedia">]><x><DigitalSourceType>&a;</DigitalSourceType></x>'
    assert interpret([block("", bomb, Carrier.XMP)]) == Generation()


def test_nothing_says_nothing() -> None:
    assert interpret([]) == Generation()
    assert interpret(png(Software="GIMP", Comment="hello", Title="x", parameters="")) == Generation()
