"""Whatever a file holds, interpreting it raises nothing and gives values that JSON and PostgreSQL take."""

import copy
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from media.generation_data.blocks import Block, Carrier, Generation
from media.generation_data.generators import api_graph_text, as_json, interpret, to_infotext, workflow_text
from tests.media.generation_data.generator_blocks import basic_graph, block, linked, node, png

KEYS = (
    *("parameters", "prompt", "workflow", "Comment", "Description", "Software", "Source", "Title", "invokeai_metadata"),
    *("sd-metadata", "Dream", "fooocus_scheme", "postprocessing", "negative_prompt", "use_stable_diffusion_model"),
    *("0:9286", "exif:9286", "0:010e", "0:010f", "0:0110", ".txt", ".json", "comment", ""),
)
MARKS = (
    *("prompt", "uc", "c", "seed", "steps", "model", "loras", "lora", "sui_image_params", "sui_models", "base_model"),
    *(
        "guidance_scale",
        "Prompt",
        "base_model_name",
        "v4_prompt",
        "caption",
        "char_captions",
        "Comment",
        "image",
        "hash",
    ),
    *("positive_prompt", "name", "weight", "nodes", "links", "extra", "airs", "class_type", "inputs", "definitions"),
    *("use_stable_diffusion_model", "n_samples", "size", "resolution", "styles", "widgets_values", "metadata_scheme"),
)
TEXTS = st.text(max_size=30) | st.sampled_from(("4", "a, b: c", "<lora:x:1>", "\0", "\ud800", "Steps: 1, a: b, c: d"))
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(MARKS) | TEXTS, inner, max_size=6),
    max_leaves=25,
)
INPUT_NAMES = (
    *(
        "seed",
        "noise_seed",
        "steps",
        "cfg",
        "model",
        "positive",
        "negative",
        "latent_image",
        "text",
        "text_a",
        "text_b",
    ),
    *("conditioning", "conditioning_1", "guider", "noise", "sigmas", "sampler", "sampler_name", "scheduler", "images"),
    *("lora_name", "lora_1", "strength_model", "lora_stack", "ckpt_name", "unet_name", "select", "input1", "input2"),
    *("boolean", "on_true", "on_false", "delimiter", "value", "width", "height", "samples", "guidance", "vae_name"),
    *("lora_count", "find", "replace", "string", "pipe", "stop_at_clip_layer", "prompt", "denoise", "add_noise"),
)
KINDS = (
    *("KSampler", "SamplerCustomAdvanced", "SaveImage", "CLIPTextEncode", "ImpactSwitch", "Reroute", "LoraLoader"),
    *("StringConcatenate", "StringReplace", "Power Lora Loader (rgthree)", "CR LoRA Stack", "ConditioningCombine"),
    *("PrimitiveNode", "CheckpointLoaderSimple", "BasicScheduler", "RandomNoise", "Any Switch (rgthree)", "X"),
)
IDS = st.sampled_from("123456789")
LINKS = st.tuples(IDS, st.integers(0, 2)).map(list)
GRAPHS = st.dictionaries(
    IDS,
    st.fixed_dictionaries(
        {
            "class_type": st.sampled_from(KINDS),
            "inputs": st.dictionaries(st.sampled_from(INPUT_NAMES), LINKS | LINKS | SCALARS | VALUES, max_size=8),
        }
    ),
    max_size=9,
)
WORKFLOW_NODES = st.fixed_dictionaries(
    {
        "id": st.integers(1, 9) | SCALARS,
        "type": st.sampled_from((*KINDS, "SetNode", "GetNode", "sub")) | SCALARS,
        "mode": st.sampled_from((0, 2, 4)) | SCALARS,
        "inputs": st.lists(
            st.fixed_dictionaries({"name": st.sampled_from(INPUT_NAMES), "link": st.integers(1, 9), "type": TEXTS}),
            max_size=4,
        )
        | VALUES,
        "outputs": st.lists(st.fixed_dictionaries({"type": TEXTS}), max_size=2) | VALUES,
        "widgets_values": VALUES,
    }
)
WORKFLOW_LINKS = st.lists(
    st.tuples(st.integers(1, 9), st.integers(-20, 9), st.integers(0, 2), st.integers(-20, 9), st.integers(0, 2)).map(
        list
    )
    | st.fixed_dictionaries({"id": SCALARS, "origin_id": SCALARS, "origin_slot": SCALARS, "target_id": SCALARS}),
    max_size=9,
)
SCOPES = {"nodes": st.lists(WORKFLOW_NODES | VALUES, max_size=6), "links": WORKFLOW_LINKS | VALUES}
WORKFLOWS = st.fixed_dictionaries(
    SCOPES
    | {
        "definitions": VALUES
        | st.fixed_dictionaries(
            {
                "subgraphs": st.lists(
                    st.fixed_dictionaries(SCOPES | {"id": st.just("sub"), "inputs": VALUES}), max_size=1
                )
            }
        )
    }
)
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=150)


def texts_in(value: object) -> Iterator[str]:
    """Yield every text of a JSON value, its keys as well."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from texts_in(key)
            yield from texts_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts_in(item)


def interpreted(blocks: list[Block]) -> Generation:
    """Interpret, and hold the result against what every result must be."""
    generation = interpret(blocks)
    assert not [warning for warning in generation.warnings if "failed" in warning]
    written = as_json(generation)
    json.dumps(written, allow_nan=False)
    for text in texts_in(written):
        assert "\0" not in text
        text.encode("utf-8")
    assert generation.seed is None or 0 <= generation.seed < 2**64
    to_infotext(generation)
    workflow_text(blocks)
    api_graph_text(blocks)
    return generation


@UNHURRIED
@given(st.lists(st.tuples(st.sampled_from(list(Carrier)), st.sampled_from(KEYS), VALUES), max_size=4))
def test_any_json_under_any_key_is_interpreted(contents: list[tuple[Carrier, str, Any]]) -> None:
    interpreted([block(key, value, carrier) for carrier, key, value in contents])


@UNHURRIED
@given(st.lists(st.tuples(st.sampled_from(list(Carrier)), st.sampled_from(KEYS), st.binary(max_size=200)), max_size=4))
def test_any_bytes_are_interpreted(contents: list[tuple[Carrier, str, bytes]]) -> None:
    interpreted([Block(carrier, key, data) for carrier, key, data in contents])


@UNHURRIED
@given(GRAPHS)
def test_any_graph_is_interpreted(graph: dict[str, Any]) -> None:
    interpreted(png(prompt=graph))


@UNHURRIED
@given(WORKFLOWS)
def test_any_workflow_is_interpreted(workflow: dict[str, Any]) -> None:
    interpreted(png(workflow=workflow))


@UNHURRIED
@given(st.data())
def test_a_graph_with_any_input_changed_is_interpreted(data: st.DataObject) -> None:
    graph = copy.deepcopy(basic_graph())
    for _change in range(data.draw(st.integers(1, 4))):
        identifier = data.draw(st.sampled_from(sorted(graph)))
        linked(graph, identifier, **{data.draw(st.sampled_from(INPUT_NAMES)): data.draw(LINKS | VALUES)})
    interpreted(png(prompt=graph))


HOSTILE = {
    "brackets": "((((",
    "quotes": '"',
    "commas": ",",
    "tags": "<lora:",
    "steps": "Steps: 1, ",
    "lines of steps": "Steps: 1, a: b, c: d\n",
    "lines of steps alone": "Steps: 1\n",
    "open lists": 'a: ["x", ',
    "open strings": 'a: "x\\',
    "colons": ":",
    "negatives": "Negative prompt:\n",
    "templates": "Template: ",
    "parameters": " --ar",
    "job ids": "Job ID: ",
    "elements": "<a>",
    "objects": '{"a":',
    "arrays": "[",
    "spaces": " ",
}


@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("ending", ["", "\nSteps: 20, Sampler: Euler a, Seed: 1", ' Steps: 1, a: "'])
def test_hostile_text_of_200_kb_is_read_in_linear_time(piece: str, ending: str) -> None:
    text = piece * (200_000 // len(piece)) + ending
    keys = ("parameters", "Description", "Comment", "Dream", "0:9286", "prompt")
    blocks = [block(key, text) for key in keys]
    blocks += [block("", text, Carrier.XMP), block("", text, Carrier.C2PA), block(".txt", text, Carrier.SIDECAR)]
    start = time.process_time()
    interpreted(blocks)
    assert time.process_time() - start < 30


def test_a_chain_of_100_000_reroutes_is_followed() -> None:
    graph = linked(basic_graph(), "3", positive=["r0", 0])
    graph |= {f"r{number}": node("Reroute", value=[f"r{number + 1}", 0]) for number in range(100_000)}
    graph["r100000"] = node("CLIPTextEncode", text="far away")
    assert interpreted(png(prompt=graph)).prompt == "far away"


def test_a_chain_of_20_000_joined_texts_is_read() -> None:
    graph = linked(basic_graph(), "6", text=["s0", 0])
    for number in range(20_000):
        graph[f"s{number}"] = node("StringConcatenate", string_a="a", string_b=[f"s{number + 1}", 0], delimiter="")
    graph["s20000"] = node("PrimitiveString", value="end")
    assert interpreted(png(prompt=graph)).prompt == "a" * 20_000 + "end"


def test_texts_that_double_60_times_are_not_built() -> None:
    graph = linked(basic_graph(), "6", text=["s0", 0])
    for number in range(60):
        below = [f"s{number + 1}", 0]
        graph[f"s{number}"] = node("StringConcatenate", string_a=below, string_b=below, delimiter=" ")
    graph["s60"] = node("PrimitiveString", value="bomb")
    assert interpreted(png(prompt=graph)).prompt is None


def test_circles_end() -> None:
    graph = linked(basic_graph(), "3", positive=["10", 0], model=["12", 0], seed=["13", 0], latent_image=["3", 0])
    graph |= {"10": node("ConditioningCombine", conditioning_1=["11", 0], conditioning_2=["6", 0])}
    graph |= {"11": node("Reroute", value=["10", 0]), "12": node("LoraLoader", lora_name="x", model=["12", 0])}
    graph |= {"13": node("PrimitiveInt", value=["14", 0]), "14": node("PrimitiveInt", value=["13", 0])}
    generation = interpreted(png(prompt=graph))
    assert (generation.prompt, generation.seed, generation.steps) == ("a lighthouse", None, 20)


def test_100_000_nodes_with_as_many_save_nodes_are_read() -> None:
    graph = basic_graph()
    graph |= {f"s{number}": node("SaveImage", images=["8", 0], filename_prefix="x") for number in range(100_000)}
    start = time.process_time()
    assert interpreted(png(prompt=graph)).seed == 777
    assert time.process_time() - start < 100


def test_a_subgraph_within_itself_ends() -> None:
    inner = {"id": "sub", "nodes": [{"id": 1, "type": "sub"}, {"id": 2, "type": "sub"}], "links": [], "inputs": []}
    workflow = {"nodes": [{"id": 1, "type": "sub"}], "links": [], "definitions": {"subgraphs": [inner]}}
    start = time.process_time()
    interpreted(png(workflow=workflow))
    assert time.process_time() - start < 100


def test_links_to_nodes_that_are_not_there_lead_nowhere() -> None:
    graph = linked(basic_graph(), "3", positive=["99", 0], model=["98", 0], seed=["97", 0])
    generation = interpreted(png(prompt=graph))
    assert (generation.prompt, generation.model, generation.seed) == (None, None, None)
    assert generation.negative_prompt == "blurry"


def test_nan_nul_and_lone_surrogates_are_removed() -> None:
    text = (
        '{"sui_image_params": {"prompt": "a\\u0000b\\ud800c", "cfgscale": NaN, "x": Infinity, "y": [1e999, "\\udfff"]}}'
    )
    generation = interpreted(png(parameters=text))
    assert (generation.prompt, generation.cfg, generation.more) == ("abc", None, {"y": [None, ""]})


def test_numbers_of_thousands_of_digits_are_nothing() -> None:
    text = '{"sui_image_params": {"prompt": "a", "seed": ' + "9" * 10_000 + ', "steps": 1e400}}'
    generation = interpreted(png(parameters=text))
    assert (generation.prompt, generation.seed, generation.steps) == ("a", None, None)
