"""What the gallery's templates say of a list: its heading and title, and the links that change its filters and sort."""

from collections.abc import Mapping, Set
from datetime import datetime
from typing import Any, NamedTuple

from django import template
from django.utils.formats import date_format

from content.galleries import PARAMETER, Gallery, Layout
from content.hints import Hint, hints_of, in_short
from content.listings import ContentListing, WorksListing
from content.models import ContentType
from content.parameters import FIELDS
from genonaut.pagination.page import Page
from genonaut.pagination.parameters import DEFAULT_PAGE_SIZE
from genonaut.pagination.templatetags.pagination import range_text, total_with_noun

register = template.Library()

# Enough for the first row of a wide screen; these pictures load at once, the others when they come near.
FIRST_ROW = 8
PAGE_SIZES = (DEFAULT_PAGE_SIZE, 100, 200)

# Filters that a heading names.
HEADED = frozenset({"content_type", "source", "creator", "tag", "q", "model", "lora"})
PARAMETERS = FIELDS.keys() - {"tag", "creator"}
_TYPES = {
    ContentType.IMAGE: "images",
    ContentType.VIDEO: "videos",
    ContentType.AUDIO: "audio",
    ContentType.TEXT: "texts",
}
_SORTS = {
    ("created_at", "desc"): "Newest first",
    ("created_at", "asc"): "Oldest first",
    ("quality_score", "desc"): "Best first",
    ("quality_score", "asc"): "Lowest quality first",
    ("likes", "desc"): "Most liked",
    ("popular", "desc"): "Popular this week",
}
# Offered by the filter form alone, which sends a sort and an order apart.
_REVERSED = {
    ("likes", "asc"): "Least liked",
    ("popular", "asc"): "Least popular this week",
    ("match", "asc"): "Poorest match",
}
# Of a search alone.
_BEST_MATCH = ("match", "desc")
_DEFAULT_SORT = next(iter(_SORTS))
_LAYOUTS = {Layout.NUMBERS: "Numbered pages", Layout.SCROLL: "Endless scroll"}


class Choice(NamedTuple):
    """A link that changes one thing about the list."""

    label: str
    query: str
    is_current: bool


class LayoutChoice(NamedTuple):
    """A link that shows the same page in another layout."""

    name: str
    label: str
    query: str
    is_current: bool


class Chip(NamedTuple):
    """A filter in force, and the link that drops it."""

    label: str
    value: str
    query: str


def hints(listing: ContentListing, page: Page) -> list[Hint]:
    """Return what a reader of the page should be told about what was asked for."""
    return hints_of(listing, is_empty=not page.items)


def has_parameters(listing: ContentListing) -> bool:
    """Return whether a filter by how works were made is in force."""
    return not PARAMETERS.isdisjoint(listing.open_filters)


@register.simple_tag
def heading_of(gallery: Gallery) -> str:
    """Return the heading of a gallery: its own, else what its filters say."""
    return gallery.shelf.heading or heading(gallery.listing)


@register.simple_tag
def heading(listing: ContentListing) -> str:
    """Return what the list shows in words, as "Automatic images tagged fog"."""
    filters = listing.open_filters
    noun = _TYPES.get(filters.get("content_type"), "works")
    parts = [{"auto": "Automatic ", "user": "User-made "}.get(filters.get("source"), "") + noun]
    parts += [f"by {_creator_of(listing)}"] if "creator" in filters else []
    parts += [f"tagged {' and '.join(filters['tag'])}"] if "tag" in filters else []
    parts += [f"made with {in_short(filters['model'])}"] if "model" in filters else []
    parts += [f"with LoRA {' and '.join(map(in_short, filters['lora']))}"] if "lora" in filters else []
    parts += [f"matching “{in_short(filters['q'])}”"] if "q" in filters else []
    parts += ["of one stack"] if "stack" in filters else []
    text = " ".join(parts)
    return "All works" if text == "works" else text[0].upper() + text[1:]


def _creator_of(listing: ContentListing) -> str:
    """Return the username of the creator that a list names, or the name that no account has. One query, the list's."""
    filters = listing.filterset
    if filters.named_creator:
        return filters.named_creator.username
    return "a creator who is gone" if filters.names_creator_by_id else filters.cleaned_data["creator"]


def page_title(gallery: Gallery, page: Page) -> str:
    """Return the heading with the remaining filters, the sort and the page: no two pages share a title."""
    own = gallery.shelf.heading
    parts = _words(gallery.listing, own, set() if own else HEADED)
    parts += [f"page {page.number:,}"] if page.number and page.number > 1 else []
    return " · ".join(parts)


def in_words(listing: ContentListing) -> str:
    """Return what a list finds, with all its filters and its sort, as a reader would say it."""
    return " · ".join(_words(listing, heading(listing), HEADED))


def _words(listing: ContentListing | WorksListing, headed: str, shown: Set[str]) -> list[str]:
    """Return a heading, the filters that it does not name (`shown`), and the sort."""
    parts = [headed or heading(listing)]
    parts += [f"{chip.label.lower()} {chip.value}" for name, chip in _named_chips(listing) if name not in shown]
    return parts + ([_sorts(listing)[listing.sort, listing.order].lower()] if _is_sorted(listing) else [])


@register.simple_tag
def title_of(gallery: Gallery, page: Page) -> str:
    """Return the title of a page of a gallery."""
    title = f"{page_title(gallery, page)} · Genonaut"
    person = gallery.person
    return f"{person.display_name} ({person.username}): {title}" if person else title


def layout_choices(gallery: Gallery, page: Page) -> list[LayoutChoice]:
    """Return a link for every layout, to the works that are shown now."""
    listing = gallery.listing
    place = {"page": page.number, "as_of": page.as_of} if page.is_numbered else {"cursor": listing.parameters.cursor}
    if page.number == 1 and "as_of" not in listing.query:
        place = {}
    return [
        LayoutChoice(
            layout.value,
            label,
            listing.query_with(**{PARAMETER: None if layout == Layout.NUMBERS else layout.value}, **place),
            layout == gallery.layout,
        )
        for layout, label in _LAYOUTS.items()
    ]


def histogram_query(listing: ContentListing) -> str:
    """Return the query string of this list's histogram, which knows no layouts."""
    return listing.query_with(**dict.fromkeys(listing.carried), as_of=None)


def type_tabs(listing: ContentListing) -> list[Choice]:
    """Return a link for every type of work, and one for all of them."""
    current = listing.open_filters.get("content_type")
    everything = Choice("All", listing.query_without("content_type"), current is None)
    return [everything] + [
        Choice(_TYPES[kind].capitalize(), listing.query_with(content_type=kind.value), kind == current)
        for kind in _TYPES
    ]


def stacks_choice(listing: ContentListing) -> Choice:
    """Return the link that shows works made alike as one card, or all of them again."""
    is_on = "stacks" in listing.active_filters
    label = "Show each work by itself" if is_on else "Show works made alike as stacks"
    return Choice(label, listing.query_with(stacks=None if is_on else "on"), is_on)


def range_of(listing: ContentListing | WorksListing, page: Page) -> str:
    """Return which rows a page shows of how many; of a list of stacks how many works they have as well."""
    works = listing.works_total if isinstance(listing, ContentListing) else None
    if works is None:
        return range_text(page, "work,works")
    return f"{range_text(page, 'stack,stacks')}, {total_with_noun(works, 'work,works')}"


def sort_choices(listing: ContentListing) -> list[Choice]:
    """Return a link for every sort; the default one is left out of its address."""
    choices = []
    for (sort, order), label in _sorts(listing).items():
        is_default = (sort, order) == _default_sort(listing)
        query = listing.query_with(sort=None if is_default else sort, order=None if is_default else order)
        choices.append(Choice(label, query, (sort, order) == (listing.sort, listing.order)))
    return choices


def chips(listing: ContentListing) -> list[Chip]:
    """Return the filters in force that the reader can drop, one chip for each value."""
    return [chip for _, chip in _named_chips(listing)]


def without_filters(listing: ContentListing) -> str:
    """Return the query string without any filter; sort and page size stay."""
    return listing.query_with(**dict.fromkeys(listing.open_filters))


def page_sizes(listing: ContentListing) -> list[int]:
    """Return the sizes to choose from, the present one among them."""
    return sorted({*PAGE_SIZES, listing.parameters.page_size})


def _sorts(listing: ContentListing | WorksListing) -> Mapping[tuple[str, str], str]:
    """Return the sorts that a list has by what they are called; a search is sorted by best match as well."""
    if isinstance(listing, WorksListing):
        return listing.sort_names
    sorts = {_BEST_MATCH: "Best match", **_SORTS} if "q" in listing.active_filters else _SORTS
    current = (listing.sort, listing.order)
    return {**sorts, current: _REVERSED[current]} if current in _REVERSED else sorts


def _default_sort(listing: ContentListing | WorksListing) -> tuple[str, str]:
    return next(iter(listing.sort_names)) if isinstance(listing, WorksListing) else _DEFAULT_SORT


def _is_sorted(listing: ContentListing | WorksListing) -> bool:
    return (listing.sort, listing.order) != _default_sort(listing)


def _named_chips(listing: ContentListing) -> list[tuple[str, Chip]]:
    named = []
    for name, value in listing.open_filters.items():
        label = listing.filterset.shown(name).label
        for single in value if isinstance(value, list) else [value]:
            dropped = single if isinstance(value, list) else None
            named.append((name, Chip(label, _in_words(name, single, listing), listing.query_without(name, dropped))))
    return named


def _in_words(name: str, value: Any, listing: ContentListing) -> str:  # noqa: ANN401 - as the filter cleaned it
    """Return a filter's value as a reader would say it."""
    if name == "creator":
        return in_short(_creator_of(listing))
    if isinstance(value, datetime):
        at_midnight = (value.hour, value.minute, value.second, value.microsecond) == (0, 0, 0, 0)
        return date_format(value, "j M Y" if at_midnight else "j M Y, H:i")
    choices = dict(listing.filterset.shown(name).choices)
    return in_short(str(choices.get(value, getattr(value, "label", value))))
