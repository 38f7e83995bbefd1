"""A prompt that its owner changed or left out: what the file says is told as the file's, never as the work's own."""

import pytest

from content.arrivals import Arrival, take_in
from content.forms import FILE_KEEPS_PROMPT, WorkForm
from content.models import ContentItem
from content.work_pages import work_page
from media.generation_data.blocks import Facts, Generation
from media.generation_data.reading import Reading
from tests.factories import ContentItemFactory
from users.models import User

WRITTEN = "lane 4, fog, night, lamp"


def taken_in(**said: object) -> ContentItem:
    """Take in a file that holds a prompt."""
    reading = Reading(Facts("png", "image/png", 8, 8), (), Generation(generator="a1111", prompt=WRITTEN))
    taken = take_in([Arrival(sha256=b"1" * 32, size=1, reading=reading, name="lamp.png", **said)])
    return ContentItem.objects.for_details().get(pk=taken[0].item_id)


@pytest.mark.parametrize(
    ("prompt", "title", "tags"),
    [
        (None, WRITTEN, ["lane 4", "fog", "night", "lamp"]),
        ("fog, night, lamp, quay", "fog, night, lamp, quay", ["fog", "night", "lamp", "quay"]),
        ("", "lamp", []),
    ],
)
def test_title_and_tags_are_of_the_prompt_that_the_work_shows(
    db: None, prompt: str | None, title: str, tags: list[str]
) -> None:
    item = taken_in(prompt=prompt)
    assert (item.title, item.tags) == (title, tags)


@pytest.mark.parametrize("prompt", ["", "fog"])
def test_the_page_shows_the_prompt_as_it_is_now(alice: User, prompt: str) -> None:
    page = work_page(taken_in(prompt=prompt), alice)
    assert "".join(part.text for part in page.prompt) == prompt
    assert page.panel is not None
    assert page.panel.file_prompt == WRITTEN


def test_the_form_says_that_the_file_keeps_its_own(db: None) -> None:
    assert WorkForm(instance=taken_in()).fields["prompt"].help_text == FILE_KEEPS_PROMPT
    assert WorkForm(instance=ContentItemFactory()).fields["prompt"].help_text == ""
