"""The fields of the panel of generation data, and the lists that they lead to."""

import time
from urllib.parse import parse_qs

import pytest
from django.test import Client

from content.generation_panels import Fact, PromptPart, Related, facts_of, lora_facts, prompt_parts, related_to
from content.models import ContentItem
from content.work_pages import duration_text
from media.generation_data.blocks import Generation, ModelUse
from tests.factories import ContentItemFactory, GenerationDataFactory

LARGEST = 2**64 - 1
FULL = Generation(
    generator="comfyui",
    prompt="fog",
    model=ModelUse("pony & co", "67ab"),
    sampler="DPM++ 2M",
    scheduler="Karras",
    steps=1200,
    cfg=7.0,
    seed=LARGEST,
    has_workflow=True,
)


def test_each_field_leads_to_the_works_that_share_it() -> None:
    facts = facts_of(FULL, width=832, height=1216)
    assert facts == [
        Fact("Model", "pony & co", "?model=pony+%26+co"),
        Fact("Sampler", "DPM++ 2M", "?sampler=DPM%2B%2B+2M"),
        Fact("Scheduler", "Karras", "?scheduler=Karras"),
        Fact("Steps", "1200", "?steps=1200"),
        Fact("CFG scale", "7", "?cfg=7"),
        Fact("Seed", "18446744073709551615", "?seed=18446744073709551615"),
        Fact("Size", "832 × 1216"),
        Fact("Generator", "ComfyUI", "?generator=comfyui"),
        Fact("Workflow", "In the file"),
    ]
    assert [parse_qs(fact.query[1:]) for fact in facts[:2]] == [{"model": ["pony & co"]}, {"sampler": ["DPM++ 2M"]}]


def test_zero_is_a_value_and_what_is_unknown_has_no_field() -> None:
    assert facts_of(Generation(seed=0, cfg=0.0, steps=0), width=None, height=None) == [
        Fact("Steps", "0", "?steps=0"),
        Fact("CFG scale", "0", "?cfg=0"),
        Fact("Seed", "0", "?seed=0"),
    ]


def test_a_generator_of_another_name_is_shown_by_it() -> None:
    assert facts_of(Generation(generator="new one"), width=1, height=None) == [
        Fact("Generator", "new one", "?generator=new+one")
    ]


def test_loras_have_their_weight_or_none() -> None:
    loras = [ModelUse("a b", weight=0.55), ModelUse("c", weight=1.0), ModelUse("d")]
    assert lora_facts(loras) == [Fact("0.55", "a b", "?lora=a+b"), Fact("1", "c", "?lora=c"), Fact("", "d", "?lora=d")]


@pytest.mark.parametrize(
    ("prompt", "parts"),
    [
        ("", []),
        ("fog", [PromptPart("fog")]),
        (
            "fog, <lora:add detail:0.8>, sea",
            [PromptPart("fog, "), PromptPart("<lora:add detail:0.8>", "?lora=add+detail"), PromptPart(", sea")],
        ),
        ("<LORA:a><lyco:b:1:2>", [PromptPart("<LORA:a>", "?lora=a"), PromptPart("<lyco:b:1:2>", "?lora=b")]),
        ("<lora:styles/xl\\c.safetensors:1>", [PromptPart("<lora:styles/xl\\c.safetensors:1>", "?lora=c")]),
        ("<lora:>, <lora", [PromptPart("<lora:>, <lora")]),
        ("<LORA:other one:1>", [PromptPart("<LORA:other one:1>", "?q=LORA%3A%22other+one%22")]),
    ],
)
def test_loras_in_a_prompt_are_links(prompt: str, parts: list[PromptPart]) -> None:
    assert prompt_parts(prompt, [ModelUse("Add Detail"), ModelUse("a"), ModelUse("b"), ModelUse("c")]) == parts


@pytest.mark.parametrize(
    "tag", ["<lora:add_detail:0.8>", "<lyco:Add detail>", "<LORA:styles/xl\\c.safetensors:-1>", '<lora:a "b" c:1>']
)
def test_a_lora_that_a_prompt_alone_names_leads_to_the_prompts_with_it(db: None, tag: str) -> None:
    item = ContentItemFactory(prompt=f"1girl, {tag}")
    ContentItemFactory(prompt="1girl, lora, lyco")
    [part] = [part for part in prompt_parts(item.prompt) if part.query]
    [query] = parse_qs(part.query[1:])["q"]
    assert list(ContentItem.objects.matching(query)) == [item]


@pytest.mark.parametrize("unit", ["<lora:", "<lora:a:", "<lora:a>", "<"])
def test_a_prompt_is_cut_in_linear_time(unit: str) -> None:
    prompt = unit * 100_000
    start = time.process_time()
    assert "".join(part.text for part in prompt_parts(prompt)) == prompt
    assert time.process_time() - start < 50


def test_works_that_share_something_are_a_link_away() -> None:
    item = ContentItem(prompt="A lighthouse, <lora:x:1> (fog:1.2)!")
    assert related_to(item, FULL) == [
        Related("Same model", "?model=pony+%26+co"),
        Related("Same seed", "?seed=18446744073709551615"),
        Related("Same prompt", "?q=A+lighthouse+fog+1+2"),
    ]
    assert related_to(ContentItem(prompt="x" * 151), None) == []
    assert related_to(ContentItem(), None) == []


@pytest.mark.parametrize(
    "prompt",
    [
        *("cat or dog", "cat and dog, not bird", "steps:20 model:foo -bar", '"quoted" - dash --ar 16:9', "a_b-c d.e"),
        *("-1::word::, 1.5::a, b::, 0.8::blue hair ::", "(fog:1.2), [sea|sky], {red}", "don't stop l'homme", "the"),
        *(
            "v1.5 8k f/1.4 50mm",
            "creator:ada tag:x",
            "line\nbreak",
            "cafe\u0301 noir",
            "e\u0301te\u0301",
            "ﬁne",
            "½ cup",
        ),
        *(
            "हिन्दी में शहर, पानी",
            "می‌خواهم کتاب",
            "مَرْحَبًا بالعالم",
            "שָׁלוֹם עולם",
            "富士山の風景, 1girl",
            "สวัสดีชาวโลก",
            "한국어 프롬프트",
        ),
        *("👩‍🎨 paints", "İstanbul", "ΣΊΣΥΦΟΣ", "ﷺ"),
    ],
)
def test_the_works_of_the_same_prompt_hold_the_work(db: None, prompt: str) -> None:
    item = ContentItemFactory(prompt=prompt)
    ContentItemFactory(prompt="a harbour")
    [related] = related_to(item, None)
    assert related.label == "Same prompt"
    [query] = parse_qs(related.query[1:])["q"]
    assert list(ContentItem.objects.matching(query)) == [item]


@pytest.mark.parametrize("prompt", ["or", "^_^", "–", "\u200d"])
def test_a_prompt_without_words_leads_to_no_others(prompt: str) -> None:
    assert related_to(ContentItem(prompt=prompt), None) == []


@pytest.mark.parametrize(
    ("cfg", "shown"),
    [(7.000000001, "7"), (4.199999809265137, "4.2"), (6.999999523, "7"), (1e-05, "0"), (12.3456, "12.346")],
)
def test_a_number_of_a_float_leads_to_its_work(db: None, client: Client, cfg: float, shown: str) -> None:
    item = ContentItemFactory(generation=GenerationDataFactory(cfg=cfg))
    [fact] = facts_of(Generation(cfg=cfg), width=None, height=None)
    assert fact.value == shown
    for query in (fact.query, f"?cfg={cfg:f}", f"?q=cfg:{cfg:.17f}"):
        items = client.get(f"/api/v1/content/{query}").json()["items"]
        assert [each["id"] for each in items] == [item.pk]


@pytest.mark.parametrize("generation", [Generation(steps=10_000), Generation(cfg=-1.0), Generation(cfg=1e300)])
def test_a_number_that_no_filter_finds_leads_nowhere(generation: Generation) -> None:
    [fact] = facts_of(generation, width=None, height=None)
    assert fact.value
    assert not fact.query


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.04, "0.0 s"), (2, "2.0 s"), (59.6, "1:00"), (75.2, "1:15"), (3600, "1:00:00"), (3725, "1:02:05")],
)
def test_durations_are_read_at_a_glance(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text
