"""Works that hide their prompts: what is shown of them in SQL, and what their titles and tags must not tell."""

import re
from collections.abc import Collection, Mapping

from django.db.models import Q

from content.models import ContentItem
from content.titles import UNTITLED, tags_of, title_of
from genonaut.api.database_json import IS_STAFF, VIEWER

# A title that is so long and stands in the prompt was cut out of it; a shorter one may be its owner's.
LONG_TITLE = 20
SHORTEST_SEED = 4  # digits
WORDS = re.compile(r"\w+")


def shows_prompt(work: str) -> Q:
    """Return the condition, for a list as JSON, that the viewer may know what a work was made with; `work` is the path
    that leads to it. The same as `ContentItem.shows_prompt_to`."""
    return Q(**{f"{work}hides_prompt": False}) | Q(**{f"{work}creator": VIEWER}) | Q(IS_STAFF)


def values_of_hidden(item: ContentItem, values: Mapping[str, object]) -> dict[str, object]:
    """Return the values to write to an item. If they begin to hide its prompt, title and tags that were made of it go.

    A title or tags that differ from the item's own are their owner's words, and stay. One query if the generation data
    are not loaded.
    """
    if item.hides_prompt or not values.get("hides_prompt"):
        return dict(values)
    kept = dict(values)
    prompts = prompts_of(item) | {str(values.get("prompt", ""))} - {""}
    if values.get("title", item.title) == item.title and _tells(item, prompts):
        kept["title"] = UNTITLED
    if list(values.get("tags", item.tags)) == item.tags:
        kept["tags"] = tags_besides(item.tags, prompts)
    return kept


def prompts_of(item: ContentItem) -> set[str]:
    """Return the prompts of an item: its own and its file's. One query if the generation data are not loaded."""
    return {item.prompt, item.generation.prompt if item.generation else ""} - {""}


def tags_besides(tags: Collection[str], prompts: Collection[str]) -> list[str]:
    """Return the tags that were not made of one of some prompts."""
    made = {tag for prompt in prompts for tag in tags_of(prompt)}
    return [tag for tag in tags if tag.lower() not in made]


def _tells(item: ContentItem, prompts: Collection[str]) -> bool:
    """Return whether an item's title was made of a prompt, or of the name that its generator gave the file."""
    title = _folded(item.title)
    is_long = len(title) >= LONG_TITLE
    if any(item.title == title_of(prompt, "") or (is_long and title in _folded(prompt)) for prompt in prompts):
        return True
    generator = item.generation.generator if item.generation else ""
    seed = "" if item.generation_seed is None else str(item.generation_seed)
    return (len(seed) >= SHORTEST_SEED and seed in title) or (generator != "" and title.startswith(generator))


def _folded(text: str) -> str:
    return " ".join(WORDS.findall(text.casefold()))
