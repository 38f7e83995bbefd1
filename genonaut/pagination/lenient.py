"""Query strings of pages for people: parameters of others are passed over, filters that are not understood left out.

Shared links gather parameters (fbclid, utm_source). The API refuses what it does not know; a page shows what it can and
says what it left out. What names a page of the list stays strict: another page would be a wrong answer.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from django.http import QueryDict

from genonaut.pagination.errors import InvalidParametersError
from genonaut.pagination.listing import Listing, Viewer
from genonaut.pagination.parameters import MAX_DIGITS, VOCABULARY
from genonaut.pagination.spec import Fixed, repeatable

PAGE_PARAMETERS = frozenset({"page", "cursor", "at", "as_of"})
LABELS = {"page_size": "page size", "sort": "sort", "order": "order"}
LONGEST_VALUE = 60

SomeListing = TypeVar("SomeListing", bound=Listing)


class LeftOut(NamedTuple):
    """A parameter that a page left out: its name for a reader, its values and the reason."""

    label: str
    value: str
    reason: str


def read_leniently(
    listing: type[SomeListing],
    viewer: Viewer,
    query: QueryDict,
    *,
    fixed: Fixed | None = None,
    carried: Mapping[str, Collection[str]],
    **options: Any,  # noqa: ANN401 - the listing's
) -> tuple[SomeListing, list[LeftOut]]:
    """Return the list that a query string asks for as far as it is understood, and what was left out. No query.

    `query` is of `own_query`. `carried` are the allowed values of parameters that the list itself does not read; links
    keep them. The listing's `query` holds the understood parameters alone.

    Raises InvalidParametersError if page, cursor, at or as_of is wrong.
    """
    options = {**options, "fixed": fixed, "carried": tuple(carried)}
    wrong = _wrong_choices(query, carried)
    try:
        made = listing(viewer, query, **options)
        if not wrong:
            return made, []
    except InvalidParametersError as error:
        if PAGE_PARAMETERS & error.errors.keys():
            raise
        wrong |= error.errors
    left_out = [
        LeftOut(_label(name, listing), _in_short(query.getlist(name)), _reason(name, messages, fixed))
        for name, messages in wrong.items()
    ]
    understood = query.copy()
    for name in wrong:
        del understood[name]
    return listing(viewer, understood, **options), left_out


def own_query(listing: type[Listing], query: QueryDict, carried: Collection[str]) -> QueryDict:
    """Return the parameters of a query string that a list, or what carries its parameters, has a name for.

    A sort that needs a filter goes with it: the form of an emptied search still holds it.
    """
    known = {*VOCABULARY, *listing.filters.base_filters, *carried}
    needed = listing.tiered.get(query.get("sort", ""))
    if needed and not query.get(needed, "").strip():
        known.remove("sort")
    return own_parameters(query, known, repeatable=repeatable(listing.filters))


def own_parameters(query: QueryDict, known: Collection[str], *, repeatable: Collection[str] = ()) -> QueryDict:
    """Return the known parameters that have a value, in the order of links (Listing.query_with).

    What is given several times with one value counts once.
    """
    own = QueryDict(mutable=True)
    for name, values in sorted(query.lists(), key=lambda part: (part[0] in ("page", "cursor"), part[0])):
        given = [value for value in values if value.strip()]
        if name in known and given:
            own.setlist(name, given if name in repeatable else list(dict.fromkeys(given)))
    if "page" in own:
        own.setlist("page", [_page_number(text) for text in own.getlist("page")])
    own._mutable = False
    return own


def _page_number(text: str) -> str:
    """Return a page's number as it was meant; one of more digits than are read is past every end, as the largest is."""
    text = text.strip()
    return "9" * MAX_DIGITS if text.isascii() and text.isdigit() and len(text) > MAX_DIGITS else text


def _wrong_choices(query: QueryDict, carried: Mapping[str, Collection[str]]) -> dict[str, list[str]]:
    return {
        name: [f"Must be one of: {', '.join(allowed)}."]
        for name, allowed in carried.items()
        if name in query and not (len(query.getlist(name)) == 1 and query[name] in allowed)
    }


def _label(name: str, listing: type[Listing]) -> str:
    declared = listing.filters.base_filters.get(name)
    return f"filter {declared.label}" if declared else LABELS.get(name, name)


def _in_short(values: Sequence[str]) -> str:
    text = ", ".join(values)
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"


def _reason(name: str, messages: Sequence[str], fixed: Fixed | None) -> str:
    return "This list has one already." if name in (fixed or {}) else " ".join(messages)
