"""Two works side by side: what they were made with, and in what they differ."""

from typing import NamedTuple

from django.contrib.auth.models import AnonymousUser

from content.blurring import Veil
from content.models import ContentItem
from content.stages import large_picture
from content.work_pages import WorkPage, work_page
from users.models import User


class Side(NamedTuple):
    """One of the two works, its picture as address, width and height, and why that is blurred; None if it has none, or
    is not blurred."""

    item: ContentItem
    picture: tuple[str, str, str] | None
    veil: Veil | None


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

    @property
    def blurred(self) -> int:
        """How many of the two pictures are blurred."""
        return sum(side.veil is not None for side in (self.first, self.second))


def compare(
    first: ContentItem, second: ContentItem, viewer: User | AnonymousUser, *, is_revealed: bool = False
) -> Comparison:
    """Return two works, which the viewer sees, side by side: of hidden prompts nothing; to one who asked to see them,
    without veils. Their files and generations are loaded. Two queries for each at most.
    """
    items = (first, second)
    pages = [work_page(item, viewer, is_revealed=is_revealed) for item in items]
    ours, theirs = map(_facts, items, pages)
    labels = dict.fromkeys((*ours, *theirs))
    rows = [Difference(label, ours.get(label, ""), theirs.get(label, "")) for label in labels]
    differences = [row for row in rows if row.first != row.second]
    return Comparison(*map(_side, items, pages), differences, len(rows) - len(differences))


def _side(item: ContentItem, page: WorkPage) -> Side:
    picture = large_picture(item)
    return Side(item, picture, None if picture is None else page.veil)


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
