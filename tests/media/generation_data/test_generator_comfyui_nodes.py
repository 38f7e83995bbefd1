"""Custom nodes of ComfyUI between a sampler and its values: contexts, switches, wrappers, loaders."""

from typing import Any

import pytest

from media.generation_data.blocks import Generation, ModelUse
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


def advanced_graph(**changes: Any) -> dict[str, Any]:
    """Make a graph of one sampler whose noise, guider, sampler and sigmas are nodes; some of its links changed."""
    links = {"noise": ["40", 0], "guider": ["41", 0], "sampler": ["42", 0], "sigmas": ["43", 0]}
    links |= {"latent_image": ["5", 0]} | changes
    return basic_graph(
        n3=node("SamplerCustomAdvanced", **links),
        n40=node("RandomNoise", noise_seed=11),
        n41=node("BasicGuider", model=["4", 0], conditioning=["6", 0]),
        n42=node("KSamplerSelect", sampler_name="euler"),
        n43=node("BasicScheduler", model=["4", 0], scheduler="beta", steps=12, denoise=1.0),
    )


@pytest.mark.parametrize("kind", ["DetailDaemonSamplerNode", "LyingSigmaSampler"])
def test_a_wrapper_is_not_the_sampler(kind: str) -> None:
    graph = advanced_graph(sampler=["44", 0]) | {"44": node(kind, sampler=["45", 0], amount=0.1)}
    graph |= {"45": node(kind, sampler=["42", 0], amount=0.1)}
    assert settings_of(graph) == (12, None, "euler", 11)


def test_wrappers_in_a_circle_are_no_sampler() -> None:
    graph = advanced_graph(sampler=["44", 0]) | {"44": node("Wrapper", sampler=["44", 0])}
    assert read(graph).seed == 11


def test_a_stage_without_noise_has_the_seed_of_the_one_before() -> None:
    graph = advanced_graph(noise=["45", 0], latent_image=["46", 0]) | {"45": node("DisableNoise")}
    graph |= {"46": advanced_graph()["3"]}
    assert settings_of(graph) == (12, None, "euler", 11)


def test_noise_that_is_disabled_in_the_only_stage_has_no_seed() -> None:
    graph = advanced_graph(noise=["45", 0]) | {"45": node("DisableNoise")}
    assert settings_of(graph) == (12, None, "euler", None)


@pytest.mark.parametrize(
    ("service", "negative", "model", "seed"),
    [
        (
            node("StabilityStableImageSD_3_5Node", prompt="fog", negative_prompt="noise", model="sd3.5-large", seed=3),
            *("noise", ModelUse("sd3.5-large"), 3),
        ),
        (node("IdeogramV3", prompt="fog", negative_prompt="noise", seed=3, rendering_speed="TURBO"), "noise", None, 3),
        (node("KlingTextToVideoNode", prompt="fog", negative_prompt="noise", cfg_scale=0.8), "noise", None, None),
        (
            node("GeminiImageNode", prompt="fog", model="gemini-2.5-flash-image", seed=3),
            *(None, ModelUse("gemini-2.5-flash-image"), 3),
        ),
    ],
)
def test_outside_services_are_asked_by_name(
    service: dict[str, Any], negative: str | None, model: ModelUse | None, seed: int | None
) -> None:
    generation = read({"1": service, "2": node("SaveImage", images=["1", 0])})
    assert (generation.prompt, generation.negative_prompt) == ("fog", negative)
    assert (generation.model, generation.seed) == (model, seed)


def test_an_encoder_of_two_prompts_is_no_service() -> None:
    encoder = node("Encode Both", prompt="fog", negative_prompt="noise", clip=["4", 1])
    generation = read({"1": encoder, "2": node("SaveImage", images=["1", 0])})
    assert (generation.prompt, generation.more) == (None, {"unknown_nodes": ["Encode Both"]})


@pytest.mark.parametrize(
    "switch",
    [
        node("ImpactInversedSwitch", select=2, input=["8", 0], sel_mode=False),
        node("ImpactSelectNthItemOfAnyList", any_list=["8", 0], index=0),
    ],
)
def test_a_switch_of_one_input_lets_it_through(switch: dict[str, Any]) -> None:
    generation = read(linked(basic_graph(n20=switch), "9", images=["20", 1]))
    assert (generation.prompt, generation.seed) == ("a lighthouse", 777)


def test_a_switch_whose_numbered_input_is_another_lets_nothing_through() -> None:
    switch = node("ImpactSwitch", select=2, input1=["8", 0])
    assert read(linked(basic_graph(n20=switch), "9", images=["20", 0])).prompt is None
