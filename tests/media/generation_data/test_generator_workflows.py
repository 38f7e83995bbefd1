"""What ComfyUI's page keeps: read where no submitted graph is in the file."""

from typing import Any

import pytest

from media.generation_data.blocks import Generation, ModelUse
from media.generation_data.generators import interpret
from tests.media.generation_data.generator_blocks import png

TYPES = {"MODEL": 0, "CLIP": 1, "VAE": 2}


def part(identifier: int, kind: str, widgets: Any = (), mode: int = 0, **inputs: int | None) -> dict[str, Any]:
    """Make a node of a workflow; its inputs are named with the numbers of their links."""
    return {
        "id": identifier,
        "type": kind,
        "mode": mode,
        "inputs": [{"name": name, "type": name.upper(), "link": link} for name, link in inputs.items()],
        "outputs": [],
        "widgets_values": list(widgets) if isinstance(widgets, tuple) else widgets,
    }


def parts(**changes: dict[str, Any]) -> dict[int, dict[str, Any]]:
    """Make the nodes of ComfyUI's first page, by id."""
    seed = (777, "randomize", 20, 8, "euler", "normal", 1)
    nodes = [
        part(3, "KSampler", seed, model=1, positive=4, negative=6, latent_image=2),
        part(4, "CheckpointLoaderSimple", ("sdxl_base.safetensors",)),
        part(5, "EmptyLatentImage", (512, 768, 1)),
        part(6, "CLIPTextEncode", ("a lighthouse",), clip=3),
        part(7, "CLIPTextEncode", ("blurry",), clip=5),
        part(8, "VAEDecode", samples=7, vae=8),
        part(9, "SaveImage", ("ComfyUI",), images=9),
        *changes.values(),
    ]
    return {node["id"]: node for node in nodes}


LINKS = [
    [1, 4, 0, 3, 0, "MODEL"],
    [2, 5, 0, 3, 3, "LATENT"],
    [3, 4, 1, 6, 0, "CLIP"],
    [4, 6, 0, 3, 1, "CONDITIONING"],
    [5, 4, 1, 7, 0, "CLIP"],
    [6, 7, 0, 3, 2, "CONDITIONING"],
    [7, 3, 0, 8, 0, "LATENT"],
    [8, 4, 2, 8, 1, "VAE"],
    [9, 8, 0, 9, 0, "IMAGE"],
]


def read(nodes: dict[int, dict[str, Any]], *links: list[Any], **rest: Any) -> Generation:
    """Interpret a PNG with a workflow alone; links of the same number replace those of the first page."""
    joined = {link[0]: link for link in (*LINKS, *links)}
    return interpret(png(workflow={"nodes": list(nodes.values()), "links": list(joined.values()), **rest}))


def test_the_first_page_s_workflow_is_read_by_the_order_of_its_widgets() -> None:
    generation = read(parts())
    assert (generation.prompt, generation.negative_prompt, generation.seed) == ("a lighthouse", "blurry", 777)
    assert (generation.steps, generation.cfg, generation.sampler, generation.scheduler) == (20, 8.0, "euler", "normal")
    assert (generation.model, generation.has_workflow) == (ModelUse("sdxl_base"), True)
    assert generation.more["size"] == {"width": 512, "height": 768}


def test_a_class_that_is_not_known_lists_its_widgets_among_the_inputs() -> None:
    sampler = part(3, "MySampler", (777, "fixed", 12, 1.5), model=1, positive=4, negative=6, latent_image=2)
    sampler["inputs"] += [{"name": name, "widget": {"name": name}} for name in ("seed", "steps", "cfg")]
    generation = read(parts(a=sampler))
    assert (generation.seed, generation.steps, generation.cfg) == (777, 12, 1.5)


def test_widgets_that_cannot_be_told_apart_are_not_guessed() -> None:
    sampler = part(3, "MySampler", (777, "fixed", 12, 1.5), model=1, positive=4, seed=None, steps=None)
    sampler["inputs"][-1]["widget"] = {"name": "steps"}
    assert (read(parts(a=sampler)).steps, read(parts(a=sampler)).prompt) == (None, "a lighthouse")


def test_widgets_may_be_named() -> None:
    loader = part(4, "CheckpointLoaderSimple", {"ckpt_name": "named.ckpt"})
    assert read(parts(a=loader)).model == ModelUse("named")


def test_a_bypassed_lora_is_passed_and_a_muted_node_is_not_there() -> None:
    lora = part(10, "LoraLoader", ("x.safetensors", 1, 1), mode=4, model=10, clip=11)
    lora["outputs"] = [{"type": "MODEL"}, {"type": "CLIP"}]
    links = ([10, 4, 0, 10, 0, "MODEL"], [11, 4, 1, 10, 1, "CLIP"], [1, 10, 0, 3, 0, "MODEL"])
    generation = read(parts(a=lora), *links)
    assert (generation.loras, generation.model) == ([], ModelUse("sdxl_base"))
    lora["mode"] = 0
    assert read(parts(a=lora), *links).loras == [ModelUse("x", None, 1.0)]
    muted = parts()
    muted[7]["mode"] = 2
    assert read(muted).negative_prompt is None


def test_primitives_reroutes_and_variables_are_followed() -> None:
    changes = {
        "a": part(6, "CLIPTextEncode", ("an old text",), clip=3, text=20),
        "b": part(20, "PrimitiveNode", ("fog", "fixed")),
        "c": part(21, "Reroute", **{"": 22}),
        "d": part(22, "SetNode", ("model",), MODEL=23),
        "e": part(23, "GetNode", ("model",)),
    }
    links = (
        [20, 20, 0, 6, 1, "STRING"],
        [1, 21, 0, 3, 0, "MODEL"],
        [22, 23, 0, 21, 0, "*"],
        [23, 4, 0, 22, 0, "MODEL"],
    )
    generation = read(parts(**changes), *links)
    assert (generation.prompt, generation.model) == ("fog", ModelUse("sdxl_base"))


def test_a_subgraph_is_entered_and_left() -> None:
    inner = {
        "id": "0-1-2",
        "inputs": [{"name": "model"}, {"name": "text"}],
        "nodes": [
            part(1, "KSampler", (5, "fixed", 9, 3, "lcm", "simple", 1), model=1, positive=2, latent_image=None),
            part(2, "CLIPTextEncode", ("unused",), text=3),
            part(3, "VAEDecode", samples=4),
        ],
        "links": [
            {"id": 1, "origin_id": -10, "origin_slot": 0, "target_id": 1, "target_slot": 0},
            {"id": 2, "origin_id": 2, "origin_slot": 0, "target_id": 1, "target_slot": 1},
            {"id": 3, "origin_id": -10, "origin_slot": 1, "target_id": 2, "target_slot": 0},
            {"id": 4, "origin_id": 1, "origin_slot": 0, "target_id": 3, "target_slot": 0},
            {"id": 5, "origin_id": 3, "origin_slot": 0, "target_id": -20, "target_slot": 0},
        ],
    }
    instance = part(57, "0-1-2", ("promoted",), model=1)
    instance["inputs"].append({"name": "text", "widget": {"name": "text"}})
    nodes = {node["id"]: node for node in (parts()[4], parts()[9], instance)}
    links = ([1, 4, 0, 57, 0, "MODEL"], [9, 57, 0, 9, 0, "IMAGE"])
    generation = read(nodes, *links, definitions={"subgraphs": [inner]})
    assert (generation.prompt, generation.seed, generation.steps) == ("promoted", 5, 9)
    assert generation.model == ModelUse("sdxl_base")


def subgraph(instance: dict[str, Any]) -> Generation:
    """Read a page whose sampler, model and prompt are in a subgraph that shows its widgets outside."""
    inner = {
        "id": "0-1-2",
        "inputs": [{"name": "text"}, {"name": "ckpt_name"}],
        "nodes": [
            part(1, "KSampler", (5, "fixed", 9, 3, "lcm", "simple", 1), model=6, positive=2, latent_image=None),
            part(2, "CLIPTextEncode", ("a boat",), clip=7, text=3),
            part(3, "VAEDecode", samples=4),
            part(4, "CheckpointLoaderSimple", ("sdxl_base.safetensors",), ckpt_name=8),
        ],
        "links": [
            {"id": 2, "origin_id": 2, "origin_slot": 0, "target_id": 1, "target_slot": 1},
            {"id": 3, "origin_id": -10, "origin_slot": 0, "target_id": 2, "target_slot": 1},
            {"id": 4, "origin_id": 1, "origin_slot": 0, "target_id": 3, "target_slot": 0},
            {"id": 5, "origin_id": 3, "origin_slot": 0, "target_id": -20, "target_slot": 0},
            {"id": 6, "origin_id": 4, "origin_slot": 0, "target_id": 1, "target_slot": 0},
            {"id": 7, "origin_id": 4, "origin_slot": 1, "target_id": 2, "target_slot": 0},
            {"id": 8, "origin_id": -10, "origin_slot": 1, "target_id": 4, "target_slot": 0},
        ],
    }
    nodes = {node["id"]: node for node in (parts()[9], instance)}
    return read(nodes, [9, 57, 0, 9, 0, "IMAGE"], definitions={"subgraphs": [inner]})


SHOWN = [["-1", "text"], ["1", "seed"], ["1", "control_after_generate"], ["-1", "ckpt_name"]]


@pytest.mark.parametrize(
    ("values", "prompt", "model"),
    [
        (("a ship", 6, "fixed", "flux.safetensors"), "a ship", "flux"),
        ((None, 6, "fixed", None), "a boat", "sdxl_base"),
        ((), "a boat", "sdxl_base"),
        (("a ship",), "a ship", "sdxl_base"),
    ],
)
def test_a_subgraph_s_own_widgets_are_named_where_it_shows_them(
    values: tuple[object, ...], prompt: str, model: str
) -> None:
    instance = part(57, "0-1-2", values, text=None)
    instance["inputs"][0]["widget"] = {"name": "text"}
    instance["properties"] = {"proxyWidgets": SHOWN}
    generation = subgraph(instance)
    assert (generation.prompt, generation.model, generation.steps) == (prompt, ModelUse(model), 9)


def test_the_submitted_graph_is_preferred_to_the_page_s() -> None:
    graph = {"1": {"class_type": "OpenAIDalle3", "inputs": {"prompt": "submitted", "seed": 1}}}
    workflow = {"nodes": list(parts().values()), "links": LINKS}
    assert interpret(png(prompt=graph, workflow=workflow)).prompt == "submitted"
