"""Titles and tags of works that are made of files, and what is written once however often a file arrives."""

import pytest

from content.titles import tags_of, title_of


@pytest.mark.parametrize(
    ("prompt", "title"),
    [
        ("a lighthouse in fog, (dramatic:1.2)", "a lighthouse in fog, dramatic"),
        ("masterpiece, best quality, 1girl, <lora:add_detail:0.8>, red hat", "1girl, red hat"),
        ("((red:1.3) hat) BREAK\na dog.", "red hat, a dog"),
        ("word " * 40, ("word " * 16).strip()),
        ("a, " + "b" * 200, "a, " + "b" * 77),
        ("one sentence about a lighthouse, and then another one that goes on for much too long to be read", ""),
        ("<lora:x:1>, masterpiece", "ComfyUI 00012"),
        ("", "ComfyUI 00012"),
        ("桜の木、" * 50, ("桜の木、" * 50)[:80]),
    ],
)
def test_a_title_is_the_beginning_of_the_prompt_else_the_name(prompt: str, title: str) -> None:
    made = title_of(prompt, "outputs/ComfyUI_00012.png")
    assert made == (title or "one sentence about a lighthouse")
    assert 0 < len(made) <= 81


def test_a_name_without_letters_is_a_title_too() -> None:
    assert title_of("", "___.png") == "Untitled"


@pytest.mark.parametrize(
    ("prompt", "tags"),
    [
        ("1girl, Red Hat, (smile:1.2), masterpiece, <lora:x:1>, red hat", ["1girl", "red hat", "smile"]),
        ("a lighthouse in fog, dramatic", []),
        ("a very long description of a lighthouse, another one that is long as well, and a third, and so on, x", []),
        ("", []),
        (", ".join(f"tag {n}" for n in range(50)), [f"tag {n}" for n in range(20)]),
    ],
)
def test_tags_are_taken_from_prompts_that_are_lists(prompt: str, tags: list[str]) -> None:
    assert tags_of(prompt) == tags
