"""Nodes of ComfyUI that take both prompts: each side keeps its own text."""

from typing import Any

import pytest

from media.generation_data.blocks import Generation
from media.generation_data.generators import interpret
from tests.media.generation_data.generator_blocks import basic_graph, linked, node, png

BOTH = {"positive": ["6", 0], "negative": ["7", 0]}
TEXTS = ("a lighthouse", "blurry")


def read(graph: dict[str, Any]) -> Generation:
    """Interpret a PNG with an API graph alone."""
    return interpret(png(prompt=graph))


def sides_after(both: dict[str, Any], slots: tuple[int, int], **nodes: Any) -> tuple[str | None, str | None]:
    """Return the texts of a sampler whose sides leave by these slots of one node."""
    graph = basic_graph(nboth=both, **nodes)
    read_sides = read(linked(graph, "3", positive=["both", slots[0]], negative=["both", slots[1]]))
    return read_sides.prompt, read_sides.negative_prompt


def sides_of_wan(**embeds: Any) -> tuple[str | None, str | None]:
    """Return the texts of a sampler whose embeddings were bridged from these conditionings."""
    sampler = node("WanVideoSampler", seed=4, steps=6, cfg=1.0, model=["4", 0], text_embeds=["20", 0])
    generation = read(basic_graph(n3=sampler, n20=node("WanVideoTextEmbedBridge", **embeds)))
    return generation.prompt, generation.negative_prompt


@pytest.mark.parametrize("kind", ["BrushNet", "PowerPaint"])
def test_a_node_that_gives_out_a_model_first_has_its_sides_one_slot_later(kind: str) -> None:
    assert sides_after(node(kind, model=["4", 0], vae=["4", 2], **BOTH), (1, 2)) == TEXTS


def test_one_output_may_hold_both_sides() -> None:
    assert sides_of_wan(**BOTH) == TEXTS


def test_a_side_that_is_open_has_no_text_of_the_other() -> None:
    assert sides_of_wan(positive=["6", 0]) == ("a lighthouse", None)


@pytest.mark.parametrize("names", [("base_positive", "base_negative"), ("positive_1", "negative_1"), ("pos1", "neg1")])
def test_inputs_are_told_apart_by_parts_of_their_names(names: tuple[str, str]) -> None:
    both = node("Custom Both", **{names[0]: ["6", 0], names[1]: ["7", 0]})
    assert sides_after(both, (0, 1)) == TEXTS


def test_the_regions_of_a_side_are_joined() -> None:
    regions = {"positive_1": ["6", 0], "negative_1": ["7", 0], "positive_2": ["21", 0], "negative_2": ["7", 0]}
    second = node("CLIPTextEncode", text="a gull", clip=["4", 1])
    sides = sides_after(node("ConditioningSetMaskAndCombine", **regions), (0, 1), n21=second)
    assert sides == ("a lighthouse, a gull", "blurry")


def test_a_node_of_several_texts_gives_each_by_its_slot() -> None:
    graph = basic_graph(n20=node("Text String", text="fog", text_b="noise", text_c="", text_d=""))
    generation = read(linked(linked(graph, "6", text=["20", 0]), "7", text=["20", 1]))
    assert (generation.prompt, generation.negative_prompt) == ("fog", "noise")


def test_a_slot_beyond_the_texts_of_a_node_has_none() -> None:
    graph = basic_graph(n20=node("Text String", text="fog", text_b="noise"))
    assert read(linked(graph, "6", text=["20", 7])).prompt is None
