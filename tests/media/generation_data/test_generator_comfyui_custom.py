"""ComfyUI's custom nodes: whose text and which LoRAs a sampler behind them was fed."""

from typing import Any

import pytest

from media.generation_data.blocks import Generation, ModelUse
from media.generation_data.generators import interpret
from tests.media.generation_data.generator_blocks import basic_graph, linked, node, png

SETTINGS = {"seed": 5, "steps": 10, "cfg": 3.0, "sampler_name": "lcm", "scheduler": "normal", "denoise": 1.0}
BOTH = {"positive": ["6", 0], "negative": ["7", 0]}


def read(graph: dict[str, Any]) -> Generation:
    """Read a graph."""
    return interpret(png(prompt=graph))


def sides_after(kind: str, slots: tuple[int, int], **inputs: Any) -> tuple[str | None, str | None]:
    """Return both prompts of a sampler that takes its conditioning from a node's slots."""
    graph = basic_graph(n20=node(kind, **(BOTH | inputs)))
    generation = read(linked(graph, "3", positive=["20", slots[0]], negative=["20", slots[1]]))
    return generation.prompt, generation.negative_prompt


@pytest.mark.parametrize(
    ("kind", "slots"),
    [
        ("ControlNetApplyAdvanced", (0, 1)),
        ("ApplyInstantID", (1, 2)),
        ("Efficient Loader", (1, 2)),
        ("KSampler (Efficient)", (1, 2)),
        ("Context (rgthree)", (4, 5)),
        ("easy instantIDApply", (2, 3)),
    ],
)
def test_the_sides_of_a_node_that_passes_both_are_told_apart(kind: str, slots: tuple[int, int]) -> None:
    assert sides_after(kind, slots) == ("a lighthouse", "blurry")


def test_sides_that_were_swapped_on_purpose_stay_swapped() -> None:
    assert sides_after("ControlNetApplyAdvanced", (1, 0)) == ("blurry", "a lighthouse")


def test_a_pipe_gives_each_side_its_text() -> None:
    graph = basic_graph(n20=node("ToBasicPipe", model=["4", 0], clip=["4", 1], vae=["4", 2], **BOTH))
    graph["3"] = node("ImpactKSamplerBasicPipe", basic_pipe=["20", 0], latent_image=["5", 0], **SETTINGS)
    generation = read(graph)
    assert (generation.prompt, generation.negative_prompt) == ("a lighthouse", "blurry")
    assert generation.model == ModelUse("sdxl_base")


def test_a_context_behind_a_context_gives_each_side_its_text() -> None:
    graph = basic_graph(n20=node("Context (rgthree)", **BOTH), n21=node("Context (rgthree)", base_ctx=["20", 0]))
    generation = read(linked(graph, "3", positive=["21", 4], negative=["21", 5]))
    assert (generation.prompt, generation.negative_prompt) == ("a lighthouse", "blurry")


def test_a_node_that_shows_a_text_is_asked_for_its_link_first() -> None:
    graph = basic_graph(n20=node("easy showAnything", text="of the run before", anything=["21", 0]))
    graph["21"] = node("easy promptConcat", prompt1="a boat", prompt2="at sea", separator=", ")
    assert read(linked(graph, "6", text=["20", 0])).prompt == "a boat, at sea"


def graph_of_a_model_s_answer(kind: str) -> dict[str, Any]:
    """Make a graph whose prompt a language model wrote; a node shows it, and holds the one of the run before."""
    graph = basic_graph(n20=node(kind, text=["21", 0], text_0="of the run before"))
    graph["21"] = node("OllamaGenerate", prompt="write me a prompt")
    return linked(graph, "6", text=["20", 0])


@pytest.mark.parametrize("kind", ["ShowText|pysssss", "easy showAnything", "DisplayText"])
def test_the_text_that_was_shown_the_time_before_is_no_prompt(kind: str) -> None:
    assert read(graph_of_a_model_s_answer(kind)).prompt is None


@pytest.mark.parametrize(
    ("values", "prompt"),
    [
        (["of this run"], "of this run"),
        ([["of this run"]], "of this run"),
        (["of one", "of another"], None),
        ([["of one", "of another"]], None),
        ([7], None),
        (None, None),
    ],
)
def test_the_text_that_was_shown_is_in_the_workflow(values: Any, prompt: str | None) -> None:
    shown = {"id": 20, "type": "ShowText|pysssss", "widgets_values": values}
    blocks = png(prompt=graph_of_a_model_s_answer("ShowText|pysssss"), workflow={"nodes": [shown, 7], "links": []})
    assert interpret(blocks).prompt == prompt


def test_encoders_that_leave_the_texts_of_other_models_empty_have_their_own() -> None:
    empty = {"text_g": "", "text_l": "", "clip": ["4", 1]}
    typed, behind = node("smZ CLIPTextEncode", text="fog", **empty), node("smZ CLIPTextEncode", text=["20", 0], **empty)
    generation = read(basic_graph(n6=typed, n7=behind, n20=node("PrimitiveString", value="noise")))
    assert (generation.prompt, generation.negative_prompt) == ("fog", "noise")


LORA = ModelUse("a", None, 0.5)
LOADERS = [
    ("LoraLoader|pysssss", {"lora_name": {"content": "x/a.safetensors", "image": None}, "strength_model": 0.5}),
    ("ImpactWildcardEncode", {"wildcard_text": "{x|y}", "populated_text": "x <lora:a:0.5>"}),
    ("WanVideoLoraSelect", {"lora": "a.safetensors", "strength": 0.5}),
    ("LoRA Stacker", {"input_mode": "simple", "lora_count": 1, "lora_name_1": "a", "lora_wt_1": 0.5, "model_str_1": 1}),
    (
        "LoRA Stacker",
        {"input_mode": "advanced", "lora_count": 1, "lora_name_1": "a", "lora_wt_1": 1, "model_str_1": 0.5},
    ),
    ("easy loraStack", {"mode": "simple", "lora_1_name": "a", "lora_1_strength": 0.5, "lora_1_model_strength": 1}),
    ("WanVideoLoraSelectMulti", {"lora_0": "a.safetensors", "strength_0": 0.5, "lora_1": "none", "strength_1": 1}),
    ("LoraTagLoader", {"text": ["6", 0]}),
    ("Power Prompt (rgthree)", {"prompt": "fog <lora:a:0.5>", "insert_lora": "CHOOSE"}),
    ("SDXL Power Prompt - Positive (rgthree)", {"prompt_g": "fog <lora:a:0.5>", "prompt_l": "fog"}),
    ("easy loraStack", {"mode": "advanced", "lora_1_name": "a", "lora_1_strength": 1, "lora_1_model_strength": 0.5}),
]


@pytest.mark.parametrize(("kind", "inputs"), LOADERS)
def test_custom_nodes_name_a_lora_in_their_own_ways(kind: str, inputs: dict[str, Any]) -> None:
    graph = basic_graph(n10=node(kind, model=["4", 0], **inputs))
    graph = linked(graph, "6", text="fog <lora:a:0.5>")
    assert read(linked(graph, "3", model=["10", 0])).loras == [LORA]


@pytest.mark.parametrize("toggle", [False, "False"])
def test_a_stack_that_is_off_has_no_loras(toggle: object) -> None:
    stack = {"mode": "simple", "num_loras": 1, "lora_1_name": "a", "lora_1_strength": 0.5}
    graph = basic_graph(n20=node("CR Apply LoRA Stack", model=["4", 0], lora_stack=["21", 0]))
    graph["21"] = node("easy loraStack", toggle=toggle, optional_lora_stack=["22", 0], **stack)
    graph["22"] = node("easy loraStack", toggle=True, **stack)
    generation = read(linked(graph, "3", model=["20", 0]))
    assert (generation.model, generation.loras) == (ModelUse("sdxl_base"), [])


def test_a_prompt_with_loras_passes_the_model_on() -> None:
    graph = basic_graph(n20=node("Power Prompt (rgthree)", prompt="fog <lora:a:0.5>", opt_model=["21", 0]))
    graph["21"] = node("LoraLoader", lora_name="b.safetensors", strength_model=0.7, model=["4", 0])
    generation = read(linked(graph, "3", model=["20", 1], positive=["20", 0]))
    assert (generation.prompt, generation.model) == ("fog <lora:a:0.5>", ModelUse("sdxl_base"))
    assert generation.loras == [ModelUse("b", None, 0.7), LORA]


def test_a_prompt_whose_loras_are_disabled_has_none() -> None:
    disabled = {"prompt": "fog <lora:a:0.5>", "insert_lora": "DISABLE LORAS"}
    graph = basic_graph(n20=node("Power Prompt (rgthree)", opt_model=["4", 0], **disabled))
    assert read(linked(graph, "3", model=["20", 1])).loras == []


def test_the_two_texts_of_a_prompt_for_sdxl_are_joined() -> None:
    texts = {"prompt_g": "fog", "prompt_l": "a boat"}
    graph = basic_graph(n20=node("SDXL Power Prompt - Positive (rgthree)", opt_model=["4", 0], **texts))
    assert read(linked(graph, "3", positive=["20", 0])).prompt == "fog, a boat"


SDXL_SAMPLER = node("KSampler SDXL (Eff.)", **SETTINGS, sdxl_tuple=["1", 0], latent_image=["1", 1])


def test_the_sdxl_sampler_of_efficiency_has_everything_in_one_tuple() -> None:
    loader = node("Eff. Loader SDXL", base_ckpt_name="base.safetensors", refiner_ckpt_name="refiner.safetensors")
    loader = linked({"1": loader}, "1", positive="fog", negative="noise", lora_stack=["4", 0])["1"]
    stack = node("LoRA Stacker", lora_count=1, lora_name_1="a", lora_wt_1=0.5, input_mode="simple")
    generation = read({"1": loader, "2": SDXL_SAMPLER, "3": node("SaveImage", images=["2", 3]), "4": stack})
    assert (generation.prompt, generation.negative_prompt) == ("fog", "noise")
    assert (generation.model, generation.loras) == (ModelUse("base"), [LORA])


def test_a_tuple_may_be_packed_by_hand() -> None:
    base = {"base_model": ["4", 0], "base_positive": ["6", 0], "base_negative": ["7", 0]}
    packed = node("Pack SDXL Tuple", **base, refiner_positive=["7", 0], refiner_negative=["6", 0])
    generation = read(basic_graph(n1=packed, n2=SDXL_SAMPLER, n9=node("SaveImage", images=["2", 3])))
    assert (generation.prompt, generation.negative_prompt) == ("a lighthouse", "blurry")
    assert generation.model == ModelUse("sdxl_base")


def test_a_lora_may_hang_on_the_loader_of_a_model() -> None:
    graph = basic_graph(n10=node("WanVideoLoraSelect", lora="a.safetensors", strength=0.5))
    graph["4"] = node("WanVideoModelLoader", model="wan.safetensors", lora=["10", 0])
    generation = read(graph)
    assert (generation.model, generation.loras) == (ModelUse("wan"), [LORA])


def test_a_loader_may_call_a_model_s_file_a_path() -> None:
    graph = basic_graph(n4=node("NunchakuFluxDiTLoader", model_path="svdq-int4.safetensors", cache_threshold=0))
    assert read(graph).model == ModelUse("svdq-int4")


def test_the_wrapper_of_hunyuan_has_embeddings_of_its_own() -> None:
    graph = basic_graph(n6=node("HyVideoTextEncode", prompt="a cat"))
    embeds = {"model": ["4", 0], "hyvid_embeds": ["6", 0], "seed": 6, "steps": 30, "scheduler": "FlowMatch"}
    generation = read(graph | {"3": node("HyVideoSampler", **embeds)})
    assert (generation.prompt, generation.negative_prompt, generation.seed) == ("a cat", None, 6)


def encoded(kind: str, **inputs: Any) -> str | None:
    """Return the prompt of a graph whose text comes from a node."""
    return read(linked(basic_graph(n20=node(kind, **inputs)), "6", text=["20", 0])).prompt


@pytest.mark.parametrize(
    ("inputs", "prompt"),
    [
        ({"action": "append", "text_a": "a light", "text_b": "in fog", "tidy_tags": "yes"}, "a light, in fog"),
        (
            {"action": "replace", "text_a": "a LIGHT in fog", "text_b": "LIGHT", "text_c": "lighthouse"},
            "a lighthouse in fog",
        ),
        ({"action": "replace", "text_a": "a LIGHT in fog", "text_b": "/L.*T/", "text_c": "lighthouse"}, None),
    ],
)
def test_a_function_of_strings_appends_or_replaces(inputs: dict[str, str], prompt: str | None) -> None:
    assert encoded("StringFunction|pysssss", **inputs) == prompt


@pytest.mark.parametrize(
    ("is_clean", "texts", "prompt"),
    [
        ("true", ("a lighthouse ", "in fog"), "a lighthouse, in fog"),
        ("false", ("a lighthouse ", "in fog"), "a lighthouse , in fog"),
        ("true", ("a lighthouse", "  ", "in fog"), "a lighthouse, in fog"),
    ],
)
def test_texts_are_joined_as_cleanly_as_they_were_encoded(is_clean: str, texts: tuple[str, ...], prompt: str) -> None:
    inputs = {f"text_{letter}": text for letter, text in zip("abc", texts, strict=False)}
    assert encoded("Text Concatenate", delimiter=", ", clean_whitespace=is_clean, **inputs) == prompt


@pytest.mark.parametrize("kind", ["DPRandomGenerator", "DPCombinatorialGenerator", "DPMagicPrompt"])
def test_a_template_of_which_one_branch_was_drawn_is_no_prompt(kind: str) -> None:
    assert encoded(kind, text="{a|b} lighthouse", seed=5) is None


@pytest.mark.parametrize(
    ("kind", "mode", "prompt"),
    [
        ("CaseConverter", "lowercase", "a lighthouse "),
        ("CaseConverter", "UPPERCASE", "A LIGHTHOUSE "),
        ("CaseConverter", "Capitalize", "A lighthouse "),
        ("CaseConverter", "Title Case", "A Lighthouse "),
        ("StringTrim", "Both", "a Lighthouse"),
    ],
)
def test_a_changed_text_is_what_was_encoded(kind: str, mode: str, prompt: str) -> None:
    graph = basic_graph(n20=node("StringConcatenate", string_a=["21", 0], string_b="|", delimiter=""))
    graph["21"] = node(kind, string="a Lighthouse ", mode=mode)
    assert read(linked(graph, "6", text=["20", 0])).prompt == f"{prompt}|"


@pytest.mark.parametrize(
    ("kind", "inputs", "prompt"),
    [
        ("CLIPTextEncodeLumina2", {"system_prompt": "superior", "user_prompt": "a boat"}, "a boat"),
        ("CLIPTextEncodeKandinsky5", {"clip_l": "a boat", "qwen25_7b": "a boat at sea"}, "a boat, a boat at sea"),
        ("CLIPTextEncodeKandinsky5", {"clip_l": "a boat", "qwen25_7b": "a boat"}, "a boat"),
    ],
)
def test_encoders_of_other_models_name_their_texts_otherwise(kind: str, inputs: dict[str, str], prompt: str) -> None:
    assert read(basic_graph(n6=node(kind, clip=["4", 1], **inputs))).prompt == prompt
