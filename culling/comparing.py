"""Two works side by side: what they were made with, and in what they differ."""

from typing import NamedTuple

from django.contrib.auth.models import AnonymousUser

from content.models import ContentItem
from content.stages import large_picture
from content.work_pages import WorkPage, work_page
from users.models import User


class Side(NamedTuple):
    """One of the two works, and its picture as address, width and height; None if it has none."""

    item: ContentItem
    picture: tuple[str, str, str] | None


class Difference(NamedTuple):
    """A field, and what each of the two works says there; empty if it says nothing."""

    label: str
    first: str
    second: str


class Comparison(NamedTuple):
    """Two works, the fields that they differ in, and how many they have in common."""

    first: Side
    second: Side
    differences: list[Difference]
    same: int


def compare(first: ContentItem, second: ContentItem, viewer: User | AnonymousUser) -> Comparison:
    """Return two works, which the viewer sees, side by side: of hidden prompts nothing. Their files and generations
    are loaded. Two queries for each at most.
    """
    ours, theirs = (_facts(item, work_page(item, viewer)) for item in (first, second))
    labels = dict.fromkeys((*ours, *theirs))
    rows = [Difference(label, ours.get(label, ""), theirs.get(label, "")) for label in labels]
    differences = [row for row in rows if row.first != row.second]
    sides = (Side(item, large_picture(item)) for item in (first, second))
    return Comparison(*sides, differences, len(rows) - len(differences))


def _facts(item: ContentItem, page: WorkPage) -> dict[str, str]:
    """Return what the page of a work shows of how it was made, by label."""
    facts: dict[str, str] = {}
    if not page.is_prompt_hidden and item.prompt:
        facts["Prompt"] = item.prompt
    if page.panel is not None:
        if page.panel.negative_prompt:
            facts["Negative prompt"] = page.panel.negative_prompt
        facts |= {fact.label: fact.value for fact in page.panel.facts}
        facts |= {f"LoRA {fact.label}": fact.value or "used" for fact in page.panel.loras}
    facts |= {fact.label: fact.value for fact in page.file_facts}
    if item.tags:
        facts["Tags"] = ", ".join(item.tags)
    return facts
