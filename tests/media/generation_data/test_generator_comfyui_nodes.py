"""Custom nodes of ComfyUI between a sampler and its values: contexts, switches, wrappers, loaders."""

from typing import Any

from media.generation_data.blocks import Generation
from media.generation_data.generators import interpret
from tests.media.generation_data.generator_blocks import basic_graph, linked, node, png

MODEL_AND_TEXTS = {"model": ["4", 0], "positive": ["6", 0], "negative": ["7", 0]}
CONTEXT = "Context Big (rgthree)"
FROM_CONTEXT = {"seed": ["20", 8], "steps": ["20", 9], "cfg": ["20", 11], "sampler_name": ["20", 13]}


def read(graph: dict[str, Any]) -> Generation:
    """Interpret a PNG with an API graph alone."""
    return interpret(png(prompt=graph))


def settings_of(graph: dict[str, Any]) -> tuple[int | None, float | None, str | None, int | None]:
    """Return steps, CFG, sampler and seed."""
    generation = read(graph)
    return generation.steps, generation.cfg, generation.sampler, generation.seed


def valued_graph(**nodes: Any) -> dict[str, Any]:
    """Make a graph whose sampler takes its settings from node 20; nodes 30 to 33 hold one value each."""
    values = {"n30": node("Seed (rgthree)", seed=123456789), "n31": node("PrimitiveFloat", value=5.5)}
    values |= {"n32": node("PrimitiveInt", value=33), "n33": node("PrimitiveString", value="dpmpp_2m")}
    return linked(basic_graph(**values, **nodes), "3", **FROM_CONTEXT)


def test_a_context_with_a_seed_gives_each_value_its_own() -> None:
    first = node(CONTEXT, **MODEL_AND_TEXTS, cfg=["31", 0], steps=["32", 0], sampler=["33", 0])
    graph = valued_graph(n20=node(CONTEXT, base_ctx=["21", 0], seed=["30", 0]), n21=first)
    assert settings_of(graph) == (33, 5.5, "dpmpp_2m", 123456789)


def test_one_context_may_hold_seed_and_sampler() -> None:
    values = {"seed": ["30", 0], "cfg": ["31", 0], "steps": ["32", 0], "sampler": ["33", 0]}
    assert settings_of(valued_graph(n20=node(CONTEXT, **values))) == (33, 5.5, "dpmpp_2m", 123456789)


def test_a_value_that_no_context_holds_is_none() -> None:
    assert settings_of(valued_graph(n20=node(CONTEXT, seed=["30", 0]))) == (None, None, None, 123456789)


def test_a_context_that_passes_the_picture_on_is_no_sampler() -> None:
    settings = node("Context (rgthree)", **MODEL_AND_TEXTS, latent=["5", 0], seed=["30", 0])
    after = node("Context (rgthree)", images=["8", 0], base_ctx=["21", 0], **MODEL_AND_TEXTS, seed=["30", 0])
    graph = basic_graph(n20=after, n21=settings, n30=node("Seed (rgthree)", seed=12))
    generation = read(linked(graph, "9", images=["20", 7]))
    assert (generation.steps, generation.cfg, generation.sampler, generation.seed) == (20, 8.0, "euler", 777)
    assert "samplers" not in generation.more


def test_a_node_of_settings_may_count_steps_in_total() -> None:
    config = node("KSampler Config (rgthree)", steps_total=33, refiner_step=24, cfg=5.5, sampler_name="lcm")
    graph = linked(basic_graph(n20=config), "3", steps=["20", 0], cfg=["20", 2], sampler_name=["20", 3])
    assert settings_of(graph) == (33, 5.5, "lcm", 777)
