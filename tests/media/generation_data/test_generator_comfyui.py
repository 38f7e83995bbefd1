"""ComfyUI's submitted graphs: which sampler counts, and what was fed to it."""

import json
from typing import Any

import pytest

from media.generation_data.blocks import Carrier, Generation, ModelUse
from media.generation_data.generators import api_graph_text, interpret, workflow_text
from tests.media.generation_data.generator_blocks import basic_graph, block, linked, node, png


def read(graph: dict[str, Any]) -> Generation:
    """Interpret a PNG with an API graph alone."""
    return interpret(png(prompt=graph))


def prompt_of(positive: dict[str, Any], **nodes: dict[str, Any]) -> str | None:
    """Return the prompt where the sampler's positive side is another node."""
    return read(linked(basic_graph(**nodes, npositive=positive), "3", positive=["positive", 0])).prompt


def text_of(text: dict[str, Any], **nodes: dict[str, Any]) -> str | None:
    """Return the prompt where the encoder's text is another node."""
    return read(linked(basic_graph(**nodes, ntext=text), "6", text=["text", 0])).prompt


def encoded(text: str) -> dict[str, Any]:
    """Make an encoder of a text."""
    return node("CLIPTextEncode", text=text, clip=["4", 1])


def test_the_first_graph_of_all_is_read() -> None:
    assert read(basic_graph()) == Generation(
        generator="comfyui",
        prompt="a lighthouse",
        negative_prompt="blurry",
        model=ModelUse("sdxl_base"),
        sampler="euler",
        scheduler="normal",
        steps=20,
        cfg=8.0,
        seed=777,
        has_workflow=True,
        more={"denoising_strength": 1.0, "size": {"width": 512, "height": 768}},
    )


def flux_graph() -> dict[str, Any]:
    """Make the graph of Flux: noise, guider, sampler and sigmas are nodes of their own."""
    return {
        "10": node(
            "SamplerCustomAdvanced",
            **{"noise": ["25", 0], "guider": ["22", 0], "sampler": ["16", 0], "sigmas": ["18", 0]},
            latent_image=["27", 0],
        ),
        "25": node("RandomNoise", noise_seed=2**64 - 1),
        "22": node("BasicGuider", model=["30", 0], conditioning=["26", 0]),
        "26": node("FluxGuidance", guidance=3.5, conditioning=["6", 0]),
        "16": node("KSamplerSelect", sampler_name="euler"),
        "18": node("SplitSigmas", sigmas=["17", 0], step=4),
        "17": node("BasicScheduler", scheduler="simple", steps=20, denoise=1.0, model=["12", 0]),
        "27": node("EmptySD3LatentImage", width=1024, height=1024, batch_size=1),
        "30": node("ModelSamplingFlux", max_shift=1.15, model=["12", 0], width=1024, height=1024),
        "12": node("UNETLoader", unet_name="flux\\flux1-dev.safetensors", weight_dtype="default"),
        "11": node("DualCLIPLoader", clip_name1="t5.safetensors", clip_name2="l", type="flux"),
        "6": node("CLIPTextEncode", text="a lighthouse", clip=["11", 0]),
        "8": node("VAEDecode", samples=["10", 0], vae=["13", 0]),
        "13": node("VAELoader", vae_name="ae.safetensors"),
        "9": node("SaveImage", images=["8", 0], filename_prefix="x"),
    }


def test_flux_is_read_through_noise_guider_and_sigmas() -> None:
    generation = read(flux_graph())
    assert (generation.prompt, generation.negative_prompt, generation.seed) == ("a lighthouse", None, 2**64 - 1)
    assert (generation.sampler, generation.scheduler, generation.steps) == ("euler", "simple", 20)
    assert (generation.model, generation.cfg, generation.more["guidance"]) == (ModelUse("flux1-dev"), None, 3.5)
    assert generation.more["vae"] == "ae"


def test_a_guider_with_cfg_has_two_sides() -> None:
    graph = flux_graph() | {"22": node("CFGGuider", model=["12", 0], positive=["6", 0], negative=["7", 0], cfg=4.5)}
    graph |= {"7": encoded("blurry"), "17": node("AlignYourStepsScheduler", steps=10, denoise=0.5, model_type="SDXL")}
    generation = read(graph)
    assert (generation.negative_prompt, generation.cfg, generation.steps) == ("blurry", 4.5, 10)
    assert (generation.scheduler, generation.more["denoising_strength"]) == ("align_your_steps", 0.5)


def test_a_zeroed_conditioning_is_no_negative_prompt() -> None:
    graph = linked(basic_graph(n10=node("ConditioningZeroOut", conditioning=["6", 0])), "3", negative=["10", 0])
    assert read(graph).negative_prompt is None


def test_sampler_custom_has_its_seed_and_cfg_itself() -> None:
    graph = basic_graph()
    graph["3"] = node(
        "SamplerCustom",
        **{"add_noise": True, "noise_seed": 5, "cfg": 6.5, "model": ["4", 0], "positive": ["6", 0]},
        **{"negative": ["7", 0], "sampler": ["10", 0], "sigmas": ["11", 0], "latent_image": ["5", 0]},
    )
    graph |= {"10": node("SamplerEulerAncestral", eta=1.0), "11": node("KarrasScheduler", steps=12, sigma_max=14.6)}
    generation = read(graph)
    assert (generation.seed, generation.cfg, generation.steps) == (5, 6.5, 12)
    assert (generation.sampler, generation.scheduler) == ("euler_ancestral", "karras")


@pytest.mark.parametrize(
    ("positive", "prompt"),
    [
        (node("ConditioningCombine", conditioning_1=["a", 0], conditioning_2=["b", 0]), "fog, tower"),
        (node("ConditioningConcat", conditioning_to=["a", 0], conditioning_from=["b", 0]), "fog, tower"),
        (node("ConditioningCombine", conditioning_1=["a", 0], conditioning_2=["a", 0]), "fog"),
        (node("ConditioningSetTimestepRange", conditioning=["a", 0], start=0.0, end=0.5), "fog"),
        (node("ControlNetApply", conditioning=["a", 0], control_net=["4", 0], image=["8", 0], strength=1.0), "fog"),
        (node("ControlNetApplyAdvanced", positive=["a", 0], negative=["b", 0], strength=1.0), "fog"),
        (node("Reroute", **{"": ["a", 0]}), "fog"),
        (node("CLIPTextEncodeSDXL", width=1, height=1, text_g="big", text_l="small", clip=["4", 1]), "big, small"),
        (node("CLIPTextEncodeSDXL", width=1, height=1, text_g="same", text_l="same", clip=["4", 1]), "same"),
        (node("CLIPTextEncodeFlux", clip_l="tower", t5xxl="tower", guidance=3.5), "tower"),
        (node("ImpactSwitch", select=2, input1=["a", 0], input2=["b", 0]), "tower"),
        (node("ComfySwitchNode", switch=False, on_true=["a", 0], on_false=["b", 0]), "tower"),
        (node("CR Conditioning Input Switch", Input=1, conditioning1=["a", 0], conditioning2=["b", 0]), "fog"),
        (node("Latch Switch", index=1, alpha=["a", 0], beta=["b", 0]), "fog"),
        (node("ImpactSwitch", select=3, input1=["a", 0], input2=["b", 0]), None),
        (node("ImpactSwitch", select=["99", 0], input1=["a", 0], input2=["b", 0]), None),
        (node("Any Switch (rgthree)", any_02=["b", 0], any_10=["a", 0]), "tower"),
    ],
)
def test_conditionings_are_followed_to_their_texts(positive: dict[str, Any], prompt: str | None) -> None:
    assert prompt_of(positive, na=encoded("fog"), nb=encoded("tower")) == prompt


@pytest.mark.parametrize(
    ("text", "prompt"),
    [
        (node("PrimitiveString", value="fog"), "fog"),
        (node("PrimitiveStringMultiline", value="fog\n桜, 🙂"), "fog\n桜, 🙂"),
        (node("String Literal", string="fog"), "fog"),
        (node("ShowText|pysssss", text=["a", 0], text_0="shown before"), "one"),
        (node("StringConcatenate", delimiter=" | ", string_b=["b", 0], string_a=["a", 0]), "one | two"),
        (node("Text Concatenate", delimiter=", ", text_b="y", text_a=["a", 0], text_c=["b", 0]), "one, y, two"),
        (
            node("JoinStringMulti", inputcount=11, delimiter=" ", **{f"string_{n}": str(n) for n in (10, 2, 1)}),
            "1 2 10",
        ),
        (node("Concat Text _O", text1="x", text2=["b", 0], separator="\\n"), "x\ntwo"),
        (node("StringFunction|pysssss", action="append", tidy_tags="yes", text_a="x", text_b=["b", 0]), "x, two"),
        (node("StringReplace", string=["a", 0], find="o", replace="0"), "0ne"),
        (node("ImpactWildcardProcessor", wildcard_text="{a|b}", populated_text="b", mode="populate"), "b"),
        (node("CR Text Input Switch", Input=2, text1=["a", 0], text2=["b", 0]), "two"),
        (node("Text Input Switch", boolean=["t", 0], text_a=["a", 0], text_b=["b", 0]), "one"),
        (node("Ollama Generate", prompt="write me a prompt", seed=1), None),
        (node("OpenAIChatNode", prompt="write me a prompt", model="gpt-5"), None),
        (node("Qwen2_VQA", text="describe this image", image=["5", 0], seed=1), None),
        (node("TextGenerate", prompt="describe", clip=["4", 1], max_length=256), None),
        (node("easy wildcards", text="a {red|blue} boat", seed=1), None),
        (node("easy wildcards", text="a boat and __animal__", seed=1), None),
        (node("easy wildcards", text="a boat_house, fog", seed=1), "a boat_house, fog"),
        (node("RegexReplace", string="fog", regex_pattern="o", replace="0"), None),
    ],
)
def test_texts_are_followed_to_what_was_typed(text: dict[str, Any], prompt: str | None) -> None:
    nodes = {"na": node("PrimitiveString", value="one"), "nb": node("Text Multiline", text="two")}
    assert text_of(text, **nodes, nt=node("PrimitiveBoolean", value=True)) == prompt


@pytest.mark.parametrize("kind", ["PrimitiveNode", "PrimitiveInt", "Seed (rgthree)", "CR Seed"])
def test_a_linked_seed_is_found(kind: str) -> None:
    name = "seed" if "Seed" in kind else "value"
    graph = linked(basic_graph(n10=node(kind, **{name: 2**63 + 1})), "3", seed=["10", 0])
    assert read(graph).seed == 2**63 + 1


def test_steps_and_cfg_may_be_linked_through_a_context() -> None:
    graph = basic_graph(n10=node("Context Big (rgthree)", base_ctx=["11", 0], steps=["12", 0]))
    graph |= {"11": node("Context (rgthree)", cfg=["13", 0], model=["4", 0], positive=["6", 0])}
    graph |= {"12": node("PrimitiveInt", value=33), "13": node("PrimitiveFloat", value=2.5)}
    generation = read(linked(graph, "3", steps=["10", 9], cfg=["10", 10], model=["10", 1], positive=["10", 4]))
    assert (generation.steps, generation.cfg, generation.model) == (33, 2.5, ModelUse("sdxl_base"))
    assert generation.prompt == "a lighthouse"


def lora_chain(*kinds: dict[str, Any]) -> list[ModelUse]:
    """Return the LoRAs of a sampler behind these nodes, the nearest to the checkpoint first."""
    graph = basic_graph()
    before = "4"
    for number, kind in enumerate(kinds):
        graph[f"l{number}"] = {**kind, "inputs": {**kind["inputs"], "model": [before, 0]}}
        before = f"l{number}"
    generation = read(linked(graph, "3", model=[before, 0]))
    assert generation.model == ModelUse("sdxl_base")
    return generation.loras


def test_loras_are_listed_in_the_order_of_their_use() -> None:
    chain = (
        node("LoraLoader", lora_name="styles/ink.v2.safetensors", strength_model=0.8, strength_clip=1.0),
        node("ModelSamplingDiscrete", sampling="v_prediction"),
        node("LoraLoaderModelOnly", lora_name="detail.safetensors", strength_model=-0.5),
        node("LoraLoader", lora_name="unused.safetensors", strength_model=0, strength_clip=0),
    )
    assert lora_chain(*chain) == [ModelUse("ink.v2", None, 0.8), ModelUse("detail", None, -0.5)]


def test_rgthree_s_loader_names_those_that_are_on() -> None:
    loader = node(
        "Power Lora Loader (rgthree)",
        **{
            "PowerLoraLoaderHeaderWidget": {"type": "PowerLoraLoaderHeaderWidget"},
            "lora_1": {"on": True, "lora": "a.safetensors", "strength": 0.7},
            "lora_2": {"on": False, "lora": "b.safetensors", "strength": 1},
            "lora_3": {"on": True, "lora": "None", "strength": 1},
            "lora_4": {"on": True, "lora": "d.safetensors", "strength": 0.2, "strengthTwo": 1},
        },
    )
    assert lora_chain(loader) == [ModelUse("a", None, 0.7), ModelUse("d", None, 0.2)]


def test_stacks_of_loras_are_read() -> None:
    stack = node(
        "CR LoRA Stack",
        **{"switch_1": "On", "lora_name_1": "a.safetensors", "model_weight_1": 0.5, "clip_weight_1": 1.0},
        **{"switch_2": "Off", "lora_name_2": "b.safetensors", "model_weight_2": 0.5, "clip_weight_2": 1.0},
        **{"switch_3": "On", "lora_name_3": "None", "model_weight_3": 0.5, "clip_weight_3": 1.0},
    )
    graph = basic_graph(n10=node("CR Apply LoRA Stack", model=["4", 0], lora_stack=["11", 0]), n11=stack)
    generation = read(linked(graph, "3", model=["10", 0]))
    assert (generation.loras, generation.model) == ([ModelUse("a", None, 0.5)], ModelUse("sdxl_base"))


def test_the_efficiency_loader_has_everything() -> None:
    loader = node(
        "Efficient Loader",
        **{"ckpt_name": "sd15/dream.ckpt", "vae_name": "Baked VAE", "lora_name": "x.safetensors"},
        **{"lora_model_strength": 0.6, "positive": "fog", "negative": ["20", 0], "lora_stack": ["21", 0]},
        **{"empty_latent_width": 640, "empty_latent_height": 960, "clip_skip": -2},
    )
    stack = node("LoRA Stacker", input_mode="simple", lora_count=1, lora_name_1="y.pt", lora_wt_1=0.3, lora_name_2="z")
    graph = {
        "1": loader,
        "2": node(
            "KSampler (Efficient)",
            **{"seed": 5, "steps": 10, "cfg": 3.0, "sampler_name": "lcm", "scheduler": "sgm_uniform", "denoise": 1.0},
            **{"model": ["1", 0], "positive": ["1", 1], "negative": ["1", 2], "latent_image": ["1", 3]},
        ),
        "3": node("SaveImage", images=["2", 5], filename_prefix="x"),
        "20": node("PrimitiveString", value="bad"),
        "21": stack,
    }
    generation = read(graph)
    assert (generation.prompt, generation.negative_prompt, generation.model) == ("fog", "bad", ModelUse("dream"))
    assert generation.loras == [ModelUse("y", None, 0.3), ModelUse("x", None, 0.6)]
    assert generation.more["size"] == {"width": 640, "height": 960}


def two_passes(**second: Any) -> dict[str, Any]:
    """Make a graph whose picture is sampled twice."""
    settings = {"seed": 2, "steps": 8, "cfg": 4.0, "sampler_name": "dpmpp_2m", "scheduler": "karras", "denoise": 0.4}
    feeds = {"model": ["4", 0], "positive": ["6", 0], "negative": ["7", 0], "latent_image": ["11", 0]}
    graph = basic_graph(n10=node("KSampler", **(settings | feeds | second)))
    graph["11"] = node("LatentUpscale", samples=["3", 0], upscale_method="nearest", width=1024, height=1536)
    return linked(graph, "8", samples=["10", 0])


def test_the_last_of_two_samplers_counts_and_the_first_is_kept() -> None:
    generation = read(two_passes())
    assert (generation.seed, generation.steps, generation.sampler) == (2, 8, "dpmpp_2m")
    assert generation.more["size"] == {"width": 1024, "height": 1536}
    first = {"class": "KSampler", "seed": "777", "steps": 20, "cfg": 8.0, "sampler": "euler", "scheduler": "normal"}
    assert generation.more["samplers"] == [first | {"model": "sdxl_base", "denoising_strength": 1.0}]


@pytest.mark.parametrize("kind", ["FaceDetailer", "DetailerForEachPipe"])
def test_a_detailer_of_faces_gives_neither_prompt_nor_seed_unless_nothing_else_does(kind: str) -> None:
    face = {"image": ["8", 0], "model": ["4", 0], "positive": ["12", 0], "negative": ["7", 0], "seed": 5, "steps": 9}
    detailer = node(kind, **face, cfg=3.0, sampler_name="dpmpp_2m", scheduler="karras", denoise=0.5)
    graph = linked(basic_graph(n11=detailer, n12=encoded("detailed face")), "9", images=["11", 0])
    generation = read(graph)
    assert (generation.prompt, generation.seed, generation.steps) == ("a lighthouse", 777, 20)
    assert [(other["class"], other["seed"]) for other in generation.more["samplers"]] == [(kind, "5")]
    alone = read(linked(graph | {"8": node("LoadImage", image="photo.png")}, "9", images=["11", 0]))
    assert (alone.prompt, alone.seed, "samplers" in alone.more) == ("detailed face", 5, False)


def test_a_sampler_that_adds_no_noise_has_the_seed_of_the_one_before() -> None:
    graph = two_passes()
    del graph["10"]["inputs"]["seed"]
    generation = read(linked(graph, "10", add_noise="disable", noise_seed=0))
    assert (generation.seed, generation.steps) == (777, 8)


def test_a_save_node_without_a_sampler_and_nodes_that_hang_loose_do_not_count() -> None:
    graph = basic_graph(
        n1=node("SaveImage", images=["2", 0], filename_prefix="input"),
        n2=node("LoadImage", image="x.png"),
        n20=node("KSampler", seed=1, steps=1, cfg=1.0, model=["4", 0], positive=["7", 0], latent_image=["5", 0]),
        n21=node("PreviewImage", images=["2", 0]),
    )
    generation = read(graph)
    assert (generation.seed, "samplers" in generation.more) == (777, False)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("SaveAnimatedWEBP", "images"),
        ("VHS_VideoCombine", "images"),
        ("SaveVideo", "video"),
        ("SaveAudioMP3", "audio"),
        ("Image Saver", "images"),
        ("Image Save", "images"),
        ("MyOwnOutput", "images"),
    ],
)
def test_any_node_that_ends_the_graph_is_walked_from(kind: str, name: str) -> None:
    assert read(basic_graph(n9=node(kind, **{name: ["8", 0]}))).seed == 777


def test_a_custom_sampler_is_known_by_its_inputs() -> None:
    graph = basic_graph(n9=node("VHS_VideoCombine", images=["8", 0]))
    graph["3"] = node(
        "WanVideoSampler",
        **{"seed": 4, "steps": 6, "cfg": 1.0, "shift": 5.0, "scheduler": "unipc", "model": ["4", 0]},
        text_embeds=["6", 0],
    )
    graph["6"] = node("WanVideoTextEncode", positive_prompt="a boat", negative_prompt="bad", t5=["7", 0])
    generation = read(graph)
    assert (generation.prompt, generation.negative_prompt, generation.seed) == ("a boat", "bad", 4)


def test_a_node_of_an_outside_service_has_prompt_and_seed() -> None:
    graph = {"1": node("OpenAIDalle3", prompt="a boat", seed=3, size="1024x1024")}
    graph["2"] = node("SaveImage", images=["1", 0], filename_prefix="x")
    generation = read(graph)
    assert (generation.prompt, generation.seed, generation.steps) == ("a boat", 3, None)


def test_classes_are_named_where_nothing_could_be_read() -> None:
    graph = {"1": node("MysteryNode", x=1), "2": node("SaveImage", images=["1", 0], filename_prefix="x")}
    generation = read(graph)
    assert (generation.generator, generation.prompt, generation.more) == (
        "comfyui",
        None,
        {"unknown_nodes": ["MysteryNode"]},
    )


def test_control_nets_upscalers_and_clip_skip_are_kept() -> None:
    graph = two_passes(positive=["30", 0])
    graph |= {"30": node("ControlNetApplyAdvanced", positive=["6", 0], negative=["7", 0], control_net=["31", 0])}
    graph |= {
        "31": node("ControlNetLoader", control_net_name="canny.pth"),
        "32": node("CLIPSetLastLayer", clip=["4", 1]),
    }
    graph["32"]["inputs"]["stop_at_clip_layer"] = -2
    graph["33"] = node("UpscaleModelLoader", model_name="4x-Ultra.pth")
    graph["34"] = node("ImageUpscaleWithModel", image=["8", 0], upscale_model=["33", 0])
    generation = read(linked(linked(graph, "6", clip=["32", 0]), "9", images=["34", 0]))
    kept = {key: generation.more[key] for key in ("controlnets", "upscale_models", "clip_skip")}
    assert kept == {"controlnets": ["canny"], "upscale_models": ["4x-Ultra"], "clip_skip": 2}


def test_a_seed_of_minus_one_is_none_with_a_warning() -> None:
    generation = read(linked(basic_graph(), "3", seed=-1))
    assert (generation.seed, len(generation.warnings)) == (None, 1)


@pytest.mark.parametrize("written", ["777.0", '"777"', "7.77e2"])
def test_a_seed_may_be_written_in_several_ways(written: str) -> None:
    text = block("prompt", basic_graph()).data.decode().replace('"seed": 777', f'"seed": {written}')
    assert interpret(png(prompt=text)).seed == 777


def test_a_seed_as_a_float_of_20_digits_is_not_rounded() -> None:
    text = block("prompt", basic_graph()).data.decode().replace('"seed": 777', '"seed": 18446744073709551615.0')
    assert interpret(png(prompt=text)).seed == 2**64 - 1


def test_bare_nan_is_no_fault() -> None:
    text = block("prompt", basic_graph()).data.decode().replace('"cfg": 8.0', '"cfg": NaN, "is_changed": [NaN]')
    generation = interpret(png(prompt=text))
    assert (generation.cfg, generation.seed) == (None, 777)


def test_civitai_s_own_runs_list_airs() -> None:
    air = "urn:air:sdxl:checkpoint:civitai:101055@128078"
    graph = linked(basic_graph(), "4", ckpt_name=air)
    generation = interpret(png(prompt=graph, workflow={"nodes": [], "extra": {"airs": [air]}}))
    assert (generation.generator, generation.model, generation.more["airs"]) == ("civitai", None, [air])
    assert generation.more["model_air"] == air


def test_a1111_s_text_wins_over_the_graph_and_the_graph_fills_in() -> None:
    text = "a tower\nNegative prompt: bad\nSteps: 9, Sampler: Euler, Seed: 5, Clip skip: 2"
    for written in (text, block("x", [text]).data.decode()[1:-1]):
        generation = interpret([*png(prompt=basic_graph()), block("parameters", written)])
        assert (generation.generator, generation.prompt, generation.steps, generation.seed) == (
            "comfyui",
            "a tower",
            9,
            5,
        )
        assert (generation.cfg, generation.model, generation.has_workflow) == (8.0, ModelUse("sdxl_base"), True)
        more = {"denoising_strength": 1.0, "size": {"width": 512, "height": 768}, "clip_skip": 2}
        assert generation.more == more


def test_exif_names_its_contents_before_a_colon() -> None:
    written = block("x", basic_graph()).data.decode()
    blocks = [
        block("0:010f", 'workflow:{"nodes": []}', Carrier.EXIF),
        block("0:010e", f"prompt:{written}", Carrier.EXIF),
        block("0:010d", 'parameters:"a tower\\nSteps: 9, Sampler: Euler, Seed: 5"', Carrier.EXIF),
    ]
    generation = interpret(blocks)
    assert (generation.prompt, generation.seed, generation.cfg) == ("a tower", 5, 8.0)
    assert workflow_text(blocks) == '{"nodes": []}'
    assert api_graph_text(blocks) == written


def test_a_comment_of_json_holds_a_prompt_of_json() -> None:
    graph = block("x", basic_graph()).data.decode()
    blocks = [block("comment", {"prompt": graph, "workflow": {"nodes": [{"id": 1}]}}, Carrier.TAG)]
    assert interpret(blocks).seed == 777
    assert (api_graph_text(blocks), workflow_text(blocks)) == (graph, '{"nodes": [{"id": 1}]}')


@pytest.mark.parametrize("carrier", [Carrier.TAG, Carrier.PNG_COMF, Carrier.PNG_TEXT])
def test_tags_and_chunks_are_named_prompt_and_workflow(carrier: Carrier) -> None:
    blocks = [block("prompt", basic_graph(), carrier), block("workflow", '{"nodes":  []}', carrier)]
    generation = interpret(blocks)
    assert (generation.generator, generation.seed, generation.has_workflow) == ("comfyui", 777, True)
    assert workflow_text(blocks) == '{"nodes":  []}'


def test_an_svg_s_metadata_is_json_in_cdata() -> None:
    text = block("x", {"prompt": basic_graph(), "workflow": {"nodes": []}}).data.decode()
    assert interpret([block("", f"<![CDATA[{text}]]>", Carrier.SVG)]).seed == 777


def test_a_graph_may_lie_beside_the_picture() -> None:
    blocks = [block(".json", basic_graph(), Carrier.SIDECAR)]
    assert interpret(blocks).seed == 777
    assert workflow_text(blocks) == blocks[0].text


def test_the_last_graph_of_a_file_counts() -> None:
    blocks = [block("prompt", basic_graph()), block("prompt", linked(basic_graph(), "3", seed=8))]
    assert interpret(blocks).seed == 8


def test_a_prompt_that_is_a_text_is_no_graph() -> None:
    assert interpret(png(prompt="a lighthouse")) == Generation()
    assert workflow_text(png(prompt="a lighthouse")) is None


def test_civitai_puts_a_graph_and_what_was_asked_for_into_a_comment() -> None:
    air = "urn:air:sdxl:checkpoint:civitai:101055@128078"
    lora = node("LoraLoader", lora_name="urn:air:sdxl:lora:civitai:1@2", strength_model=1, model=["4", 0])
    graph = linked(linked(basic_graph(n10=lora), "4", ckpt_name=air), "3", model=["10", 0])
    asked = {"prompt": "asked", "cfgScale": 5, "seed": 12, "sampler": "Euler", "resources": [{"modelVersionId": 1}]}
    blocks = [block("exif:9286", graph | {"extra": {"airs": [air]}, "extraMetadata": json.dumps(asked)}, Carrier.EXIF)]
    generation = interpret(blocks)
    assert (generation.generator, generation.prompt, generation.seed) == ("civitai", "asked", 12)
    assert (generation.cfg, generation.steps, generation.sampler) == (5.0, 20, "Euler")
    assert (generation.model, generation.loras, generation.has_workflow) == (None, [], True)
    assert (generation.more["airs"], generation.more["civitai_resources"]) == ([air], [{"modelVersionId": 1}])


def test_a_sampler_that_hangs_loose_does_not_count_where_a_save_node_has_none() -> None:
    graph = linked(basic_graph(n10=node("LoadImage", image="x.png")), "9", images=["10", 0])
    generation = read(graph)
    assert (generation.prompt, generation.seed) == (None, None)
    assert generation.more == {"unknown_nodes": ["LoadImage"]}


def test_a_save_node_that_repeats_the_settings_is_no_sampler() -> None:
    saver = node("Image Saver", image=["8", 0], seed=1, steps=2, cfg=3.0, positive="repeated", sampler_name="x")
    generation = read(basic_graph(n9=saver))
    assert (generation.seed, generation.steps, generation.prompt) == (777, 20, "a lighthouse")
