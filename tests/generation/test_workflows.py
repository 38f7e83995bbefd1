"""Graphs: what is wrong with one, which inputs it has, and what it is once they are filled in."""

import json
from copy import deepcopy
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from generation.pages.forms import CreateForm
from generation.workflows import InputError, as_dict, check, choices_left, filled, inputs_of, values_of
from generation.workflows.graphs import NO_GRAPH, NO_OUTPUT, PAGE_FORMAT, REQUEST_FORMAT
from generation.workflows.inputs import RESERVED, WELL_KNOWN
from generation.workflows.offers import BUILT_IN
from generation.workflows.shipped import shipped
from media.generation_data.reading import read
from tests.generation.graphs import CHECKPOINTS, LORAS, NODE_CLASSES, SAMPLERS, guided, node, refined, text_to_picture

SAVING = {"1": node("EmptyImage", width=8), "2": node("SaveImage", "Save", images=["1", 0])}
WIDTH = {"name": "width", "kind": "whole", "node": "1", "field": "width"}
SEED_MAX = 2**64 - 1


def workflow(graph: object, inputs: object) -> Any:
    """Return what has a graph and inputs."""
    return SimpleNamespace(graph=graph, inputs=inputs, name="x", title="X", description="", output_type="image")


def of_shipped(name: str) -> Any:
    """Return a workflow that ships."""
    values = shipped()[name]
    return workflow(values["graph"], values["inputs"])


def wanted(prompt: str = "fog", negative_prompt: str = "", **parameters: object) -> Any:
    """Return what a job asks for."""
    return SimpleNamespace(prompt=prompt, negative_prompt=negative_prompt, parameters=parameters)


def changed(path: str, value: object) -> dict[str, Any]:
    """Return the graph of the first workflow that ships, with one value of it changed."""
    graph = text_to_picture()["graph"]
    *folders, last = path.split("/")
    place = graph
    for folder in folders:
        place = place[folder]
    place[last] = value
    return graph


@pytest.mark.parametrize("name", shipped())
def test_a_workflow_that_ships_is_without_a_fault_and_its_inputs_are_found_by_themselves(name: str) -> None:
    values = shipped()[name]
    assert check(values["graph"], values["inputs"]) == []
    assert check(values["graph"], values["inputs"], NODE_CLASSES) == []

    found = inputs_of(values["graph"])
    assert check(values["graph"], found, NODE_CLASSES) == []
    by_hand = {"method"}  # a choice of its own
    declared = {each["name"]: (each["node"], each["field"]) for each in values["inputs"] if each["name"] not in by_hand}
    assert {each["name"]: (each["node"], each["field"]) for each in found if each["name"] in declared} == declared


@pytest.mark.parametrize(
    ("graph", "faults"),
    [
        ([], [NO_GRAPH]),
        ({}, [NO_GRAPH]),
        (None, [NO_GRAPH]),
        ({"a": 1}, [NO_GRAPH]),
        ({"nodes": [], "links": [], "version": 0.4}, [PAGE_FORMAT]),
        ({"prompt": SAVING}, [REQUEST_FORMAT]),
        ({"1": node("EmptyImage")}, [NO_OUTPUT]),
        ({**SAVING, "3": 7}, ["Node 3 has no class_type."]),
        ({**SAVING, "3": {"class_type": "X"}}, ["Node 3 has no inputs."]),
        (
            {**SAVING, "3": node("VAEDecode", "De\ncode", vae=["9", 0])},
            ["In node 3 (Decode), vae is linked to node 9, which is missing."],
        ),
        (
            {**SAVING, "3": node("A", b=["4", 0]), "4": node("B", a=["3", 0])},
            ["The graph has a circle of links, by way of 3 and 4."],
        ),
        (
            {"1": node("EmptyImage", batch=float("nan"))},
            ["The graph cannot be stored: a number is too large, infinite or none."],
        ),
        ({"1": node("A", text="\0")}, ["The graph cannot be stored: a NUL character cannot be stored."]),
        (
            {"1": node("A", text="\ud800")},
            ["The graph cannot be stored: text has an unpaired surrogate or is not UTF-8."],
        ),
    ],
)
def test_each_fault_of_a_graph_is_said_in_a_sentence(graph: object, faults: list[str]) -> None:
    assert check(graph, []) == faults
    assert inputs_of(graph) == []


@pytest.mark.parametrize(
    ("graph", "faults"),
    [
        (changed("1/class_type", "Loader9"), ["In node 1 (Model), the class Loader9 is not known to this ComfyUI."]),
        (
            changed("1/inputs/ckpt_name", "gone.ckpt"),
            ["In node 1 (Model), ckpt_name is “gone.ckpt”, which this ComfyUI does not have."],
        ),
        (
            changed("5/inputs/scheduler", "nope"),
            ["In node 5 (Sampler), scheduler is “nope”, which this ComfyUI does not have."],
        ),
        (changed("7/class_type", "PreviewImage"), [NO_OUTPUT]),
        (changed("8", node("LoadImage", image="sub/uploaded.png")), []),
    ],
)
def test_names_that_a_comfyui_does_not_have_are_said(graph: object, faults: list[str]) -> None:
    assert check(graph, [], NODE_CLASSES) == faults


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"name": "Width"}, "Input Width: its name must be small letters, digits and underscores, at most 40."),
        ({"name": "count"}, "Input count: the page Create has a field of that name: choose another."),
        (
            {"kind": "integer"},
            "Input width: its kind must be one of text, number, whole, choice, switch, model, loras, picture, seed.",
        ),
        (
            {"kind": []},
            "Input width: its kind must be one of text, number, whole, choice, switch, model, loras, picture, seed.",
        ),
        ({"kind": "number"}, "Input width: its kind must be whole."),
        ({"name": "noise", "kind": "seed"}, "Input noise: an input of kind seed must be named seed."),
        ({"field": None}, "Input width: “field” must be text."),
        (
            {"hint": 1},
            "Input width: “hint” is none of name, kind, node, field, label, default, least, most, step, choices.",
        ),
        ({"label": 7}, "Input width: its label must be text of at most 100 characters."),
        ({"least": "8"}, "Input width: least, most and step must be whole numbers."),
        ({"least": 9, "most": 8}, "Input width: least must not be above most, and step must be above 0."),
        ({"choices": ["a"]}, "Input width: choices are for the kinds choice, model and loras alone."),
        ({"node": "Size"}, "Input width: the graph has no node of the title or id “Size”."),
        ({"node": "Twin"}, "Input width: 2 nodes are titled “Twin”; name one by its id."),
        ({"field": "w"}, "Input width: node 1 (EmptyImage) has no field “w”; it has width."),
        (
            {"node": "Save", "field": "images"},
            "Input width: its field is a link: declare the input at the node that it leads to.",
        ),
        ({"name": "x", "kind": "text"}, "Input x: the graph's own value must be text."),
        ({"name": "x", "kind": "switch"}, "Input x: the graph's own value must be true or false."),
        ({"default": 1.5}, "Input width: its default does not suit it. Enter a whole number."),
        ({"least": 16}, "Input width: its default does not suit it. Enter a whole number of at least 16."),
        (
            {"name": "loras", "kind": "loras"},
            "Input loras: its field must be a link to a model: LoRAs are loaded in between.",
        ),
        ({"name": "seed", "kind": "seed", "default": 1}, "Input seed: seeds, LoRAs and pictures have no default."),
    ],
)
def test_each_fault_of_an_input_is_said_in_a_sentence(change: dict[str, object], fault: str) -> None:
    graph = {**SAVING, "3": node("A", "Twin", width=8), "4": node("A", "Twin", width=8)}
    assert check(graph, [WIDTH]) == []
    assert check(graph, [{**WIDTH, **change}]) == [fault]


@pytest.mark.parametrize(
    ("inputs", "faults"),
    [
        ({}, ["The inputs must be a JSON list of objects, each with name, kind, node and field."]),
        ([7], ["Input 1: it must be an object."]),
        ([WIDTH] * 101, ["There are more than 100 inputs."]),
        (
            [{**WIDTH, "default": float("inf")}],
            ["The inputs cannot be stored: a number is too large, infinite or none."],
        ),
        ([WIDTH, WIDTH], ["Input width: its node and field are declared twice."]),
    ],
)
def test_what_is_no_list_of_inputs_is_said(inputs: object, faults: list[str]) -> None:
    assert check(SAVING, inputs) == faults


def test_no_input_may_have_the_name_of_another_field_of_the_page() -> None:
    assert set(CreateForm.base_fields) - set(WELL_KNOWN) <= RESERVED


def test_an_input_that_a_comfyui_takes_otherwise_is_said() -> None:
    declared = {"name": "x", "kind": "number", "node": "Size", "field": "width"}
    assert check(text_to_picture()["graph"], [declared], NODE_CLASSES) == [
        "Input x: ComfyUI takes INT there, which does not go with the kind number."
    ]


def test_of_many_faults_the_first_are_said() -> None:
    faults = check({**SAVING, **{str(number): {} for number in range(10, 60)}}, [])
    assert (len(faults), faults[-1]) == (21, "There are 30 more faults.")


@pytest.mark.parametrize(
    ("parameters", "field", "message"),
    [
        ({"width": "512"}, "width", "Enter a whole number from 64 to 4,096."),
        ({"width": True}, "width", "Enter a whole number from 64 to 4,096."),
        ({"width": 32}, "width", "Enter a whole number from 64 to 4,096."),
        ({"width": 10**400}, "width", "Enter a whole number from 64 to 4,096."),
        ({"width": ["4", 0]}, "width", "Enter a whole number from 64 to 4,096."),
        ({"width": 1001}, "width", "Enter a number in steps of 8."),
        ({"cfg": float("nan")}, "cfg", "Enter a number from 0 to 30."),
        ({"cfg": "7"}, "cfg", "Enter a number from 0 to 30."),
        ({"seed": -1}, "seed", f"Enter a whole number from 0 to {SEED_MAX}."),
        ({"seed": str(2**64)}, "seed", f"Enter a whole number from 0 to {SEED_MAX}."),
        ({"seed": "٣"}, "seed", f"Enter a whole number from 0 to {SEED_MAX}."),
        ({"model": ""}, "model", "Enter a name of at most 500 characters."),
        ({"model": ["1", 0]}, "model", "Enter a name of at most 500 characters."),
        ({"sampler": "a" * 501}, "sampler", "Enter a name of at most 500 characters."),
        ({"loras": "ink"}, "loras", "Enter a list of at most 20 LoRAs."),
        ({"loras": [{"name": "ink"}] * 21}, "loras", "Enter a list of at most 20 LoRAs."),
        ({"loras": [{"name": "ink", "strength": 1}]}, "loras", "Enter each LoRA with its name and its weight."),
        ({"loras": [{"name": "ink", "weight": 11}]}, "loras", "Enter a number from -10 to 10."),
        ({"prompt": "fog"}, "prompt", "This workflow has no such input."),
        ({"image": {"item": 1}}, "image", "This workflow has no such input."),
    ],
)
def test_a_value_that_an_input_does_not_take_is_refused_by_its_name(
    parameters: dict[str, object], field: str, message: str
) -> None:
    with pytest.raises(InputError) as refused:
        values_of(of_shipped("text-to-picture"), parameters)
    assert (refused.value.field, refused.value.message) == (field, message)


@pytest.mark.parametrize("image", [None, 7, {"item": True}, {"item": 2**63}, {"item": 1, "path": "/etc/passwd"}])
def test_a_picture_is_named_by_a_work_and_needed(image: object) -> None:
    with pytest.raises(InputError, match=r"^image: (Choose a picture to start from|Name a work by its id)\.$"):
        values_of(of_shipped("upscale"), {"image": image})


def test_values_are_completed_by_the_graphs_own() -> None:
    values = values_of(of_shipped("text-to-picture"), {"width": 512.0, "seed": SEED_MAX, "loras": []})
    assert values == {
        "seed": str(SEED_MAX),
        "width": 512,
        "height": 1024,
        "steps": 25,
        "cfg": 7.0,
    }
    assert "seed" not in values_of(of_shipped("text-to-picture"), {})
    assert values_of(BUILT_IN, {"height": 512}) == {"width": 1024, "height": 512}


def test_choices_among_those_of_a_server_are_left_to_it_unless_they_are_made() -> None:
    parameters = {"sampler": "ddim", "model": None}
    shipped_one = of_shipped("text-to-picture")
    assert values_of(shipped_one, parameters)["sampler"] == "ddim"
    graph = filled(shipped_one, wanted(**parameters), 0)
    left = {field: graph[node_id]["inputs"][field] for node_id, field in choices_left(shipped_one, parameters)}
    assert left == {"ckpt_name": "sd_xl_base_1.0.safetensors", "scheduler": "normal"}
    inputs = [
        {**each, "choices": ["euler", "ddim"]} if each["name"] == "sampler" else each for each in shipped_one.inputs
    ]
    assert values_of(workflow(shipped_one.graph, inputs), {})["sampler"] == "euler"


def test_a_model_of_a_list_may_be_named_as_works_name_it() -> None:
    declared = text_to_picture()["inputs"]
    next(each for each in declared if each["name"] == "model")["choices"] = [*CHECKPOINTS, "a/x.ckpt", "b/x.ckpt"]
    named = workflow(text_to_picture()["graph"], declared)
    assert values_of(named, {"model": "Dream_8"})["model"] == "old/dream_8.ckpt"
    for wrong in ("x", "y"):
        with pytest.raises(InputError, match=f"model: “{wrong}” is not among the models"):
            values_of(named, {"model": wrong})


def written_and_read(graph: dict[str, Any]) -> Any:
    """Return what our reader reads of a PNG into which ComfyUI wrote a graph."""
    info = PngInfo()
    info.add_text("prompt", json.dumps(graph))
    file = BytesIO()
    Image.new("RGB", (8, 8)).save(file, "png", pnginfo=info)
    return read(file).generation


def test_what_is_filled_in_is_what_the_reader_of_files_finds_in_the_picture() -> None:
    shipped_one = of_shipped("text-to-picture")
    before = deepcopy(shipped_one.graph)
    loras = [{"name": LORAS[0], "weight": 0.8}, {"name": LORAS[1], "weight": -1}]
    values = {"width": 640, "height": 512, "steps": 30, "cfg": 5.5, "sampler": "dpmpp_2m", "scheduler": "karras"}
    job = wanted("fog \0over\ud800 water", "blurry", **values, model=CHECKPOINTS[1], loras=loras)

    graph = filled(shipped_one, job, str(SEED_MAX))

    assert shipped_one.graph == before
    assert check(graph, [], NODE_CLASSES) == []
    found = written_and_read(graph)
    assert (found.prompt, found.negative_prompt, found.seed) == ("fog over water", "blurry", SEED_MAX)
    assert (found.steps, found.cfg, found.sampler, found.scheduler) == (30, 5.5, "dpmpp_2m", "karras")
    assert found.model.name == "dream_8"
    assert [(lora.name, lora.weight) for lora in found.loras] == [("add_detail", 0.8), ("ink", -1.0)]
    assert found.more["size"] == {"width": 640, "height": 512}


def test_loras_change_model_and_text_encoder_of_all_that_used_them() -> None:
    loras = [{"name": "a", "weight": 0.5}, {"name": "b"}]
    graph = filled(of_shipped("text-to-picture"), wanted(loras=loras), 0)
    assert graph["8"]["inputs"] == {
        "model": ["1", 0],
        "clip": ["1", 1],
        "lora_name": "a",
        "strength_model": 0.5,
        "strength_clip": 0.5,
    }
    assert graph["9"]["inputs"]["model"] == ["8", 0]
    users = [graph["5"]["inputs"]["model"], graph["2"]["inputs"]["clip"], graph["3"]["inputs"]["clip"]]
    assert users == [["9", 0], ["9", 1], ["9", 1]]
    assert graph["6"]["inputs"]["vae"] == ["1", 2]


def test_a_model_without_encoder_gets_loras_alone_right_behind_its_loader() -> None:
    graph = filled(workflow(guided(), inputs_of(guided())), wanted(loras=[{"name": "a"}]), 7)
    assert graph["35"] == {
        "class_type": "LoraLoaderModelOnly",
        "inputs": {"model": ["12", 0], "lora_name": "a", "strength_model": 1.0},
        "_meta": {"title": "LoRA 1"},
    }
    assert graph["30"]["inputs"]["model"] == ["35", 0]


def test_the_picture_to_start_from_is_left_to_the_backend_and_no_text_is_taken_for_it() -> None:
    graph = filled(of_shipped("picture-to-picture"), wanted("{picture}", image={"item": 5}, denoise=0.3), 1)
    assert graph["4"]["inputs"]["image"] == "{picture}"
    assert graph["2"]["inputs"]["text"] == "{picture} "
    assert (graph["7"]["inputs"]["denoise"], graph["7"]["inputs"]["seed"]) == (0.3, 1)


def test_a_workflow_that_was_damaged_since_is_refused_in_a_sentence() -> None:
    with pytest.raises(
        InputError, match=r"^workflow: The workflow cannot be used any more. The graph has no node that"
    ):
        filled(workflow({"1": node("EmptyImage")}, []), wanted(), 0)


def test_inputs_are_found_through_guiders_schedules_and_nodes_of_one_value() -> None:
    found = inputs_of(guided())
    assert check(guided(), found) == []
    assert {each["name"]: f"{each['node']}.{each['field']}" for each in found} == {
        "prompt": "Positive Prompt.text",
        "model": "UNETLoader.unet_name",
        "loras": "ModelSamplingFlux.model",
        "width": "Width.value",
        "height": "EmptySD3LatentImage.height",
        "seed": "RandomNoise.noise_seed",
        "steps": "BasicScheduler.steps",
        "guidance": "FluxGuidance.guidance",
        "sampler": "KSamplerSelect.sampler_name",
        "scheduler": "BasicScheduler.scheduler",
        "denoise": "BasicScheduler.denoise",
    }


def test_two_samplers_share_texts_and_seed_and_the_first_has_the_rest() -> None:
    found = inputs_of(refined())
    assert check(refined(), found) == []
    assert found[-4] == {"name": "steps", "kind": "whole", "node": "First", "field": "steps"}  # 500: no usual limits
    places = [(each["name"], each["node"], each["field"]) for each in found]
    assert places == [
        ("prompt", "Positive", "text_g"),
        ("prompt", "Positive", "text_l"),
        ("prompt", "5", "text"),
        ("negative_prompt", "4", "text"),
        ("model", "Base", "ckpt_name"),
        ("loras", "First", "model"),
        ("width", "EmptyLatentImage", "width"),
        ("height", "EmptyLatentImage", "height"),
        ("seed", "First", "noise_seed"),
        ("seed", "Second", "noise_seed"),
        ("steps", "First", "steps"),
        ("cfg", "First", "cfg"),
        ("sampler", "First", "sampler_name"),
        ("scheduler", "First", "scheduler"),
    ]
    graph = filled(workflow(refined(), found), wanted("a cat", "rain"), 9)
    assert [graph[key]["inputs"][field] for key, field in (("3", "text_g"), ("3", "text_l"), ("5", "text"))] == [
        "a cat"
    ] * 3
    assert [graph[key]["inputs"]["noise_seed"] for key in ("8", "9")] == [9, 9]


def test_a_long_chain_is_walked_without_recursion() -> None:
    count = 3_000
    chain = {str(number): node("LoraLoader", model=[str(number + 1), 0], lora_name="a") for number in range(count)}
    end = {str(count): node("CheckpointLoaderSimple", ckpt_name="a.ckpt")}
    graph = {**text_to_picture()["graph"], **chain, **end}
    graph["sampler"] = node("KSampler", seed=1, steps=2, model=["0", 0], positive=["2", 0], latent_image=["4", 0])
    graph["save"] = node("SaveImage", images=["sampler", 0])
    assert check(graph, inputs_of(graph)) == []


def test_users_are_told_the_inputs_with_the_choices_of_the_server_but_no_graph() -> None:
    graph = changed("1/inputs/ckpt_name", "gone.ckpt")
    told = as_dict(workflow(graph, text_to_picture()["inputs"]), NODE_CLASSES)
    by_name = {each["name"]: each for each in told["inputs"]}
    assert told.keys() == {"name", "title", "description", "output_type", "inputs"}
    assert (by_name["model"]["choices"], by_name["model"]["default"]) == (CHECKPOINTS, CHECKPOINTS[0])
    assert (by_name["sampler"]["choices"], by_name["sampler"]["default"]) == (SAMPLERS, "euler")
    assert (by_name["loras"]["choices"], by_name["loras"]["default"]) == (LORAS, None)
    assert by_name["width"] == {
        "name": "width",
        "kind": "whole",
        "label": "Width",
        "is_required": False,
        "default": 1024,
        "least": 64,
        "most": 4096,
        "step": 8,
        "choices": [],
    }
    assert [each["name"] for each in told["inputs"] if each["is_required"]] == ["prompt"]
    needed = [each["name"] for each in as_dict(of_shipped("upscale"))["inputs"] if each["is_required"]]
    assert needed == ["image"]
    assert [each["name"] for each in as_dict(BUILT_IN)["inputs"] if each["is_required"]] == ["prompt"]
