"""Why a list shows nothing, or less than was asked for: words that are not searched for, names that no account has."""

from typing import NamedTuple

from django.utils.text import Truncator

from catalog.counting import settle
from catalog.nearest import (
    BEGINNING,
    LEAST_LIKENESS,
    MOST_COMPARED,
    MOST_NAMES,
    folded,
    likeness_of,
    nearest_tags,
    nearest_word,
)
from catalog.totals import works_tagged
from content.listings import ContentListing
from content.models import ContentItem
from content.search_terms import LONGEST_WITH_OPERATORS, parse
from users.levels import Level, shown_level
from users.models import User
from users.querysets import UserQuerySet

LONGEST = 60  # characters: a search may be a whole prompt
# Words of a search that others are looked for.
MOST_WORDS = 5


class Hint(NamedTuple):
    """One sentence, and links that may be what was meant: labels with their query strings."""

    text: str
    links: tuple[tuple[str, str], ...] = ()


def hints_of(listing: ContentListing, *, is_empty: bool) -> list[Hint]:
    """Return what a reader of a list should be told. Some queries for a list that is empty, else none."""
    filters = listing.open_filters
    hints = []
    unsearched = listing.filterset.searched.unsearched if "q" in filters else ()
    if unsearched:
        hints.append(Hint(f"Signs alone are not searched for: {in_short(' '.join(unsearched))}"))
    after, before = filters.get("created_after"), filters.get("created_before")
    if after and before and after >= before:
        hints.append(Hint("No time is both after and before: “created from” is not earlier than “created before”."))
    if not is_empty:
        return hints
    settle()
    if "creator" in filters and not is_creator(filters["creator"]):
        hints.append(_creator_hint(listing, filters["creator"]))
    hints += [_tag_hint(listing, tag) for tag in filters.get("tag", ()) if works_tagged(tag, _level(listing)) == 0]
    if "q" in filters:
        hints += _spelling_hint(listing, filters["q"])
    return hints


def _creator_hint(listing: ContentListing, name: str) -> Hint:
    links = tuple((_named(user), listing.query_with(creator=user.username)) for user in nearest_creators(name))
    said = "Did you mean" if links else "Creators are named by their usernames."
    return Hint(f"There is no creator “{in_short(name)}”. {said}", links)


def _tag_hint(listing: ContentListing, tag: str) -> Hint:
    kept = [other for other in listing.open_filters["tag"] if other != tag]
    links = tuple((name, listing.query_with_all("tag", [*kept, name])) for name in nearest_tags(tag, _level(listing)))
    said = "Did you mean" if links else ""
    return Hint(f"No public work is tagged “{in_short(tag)}”. {said}".rstrip(), links)


def _spelling_hint(listing: ContentListing, text: str) -> list[Hint]:
    """Return the search with other words for those that no tag has, if that finds something."""
    words = [term.text for terms in parse(text) for term in terms if term.is_word and not term.is_excluded]
    if len(text) > LONGEST_WITH_OPERATORS or len(words) > MOST_WORDS:
        return []
    meant = text
    for word in words:
        other = nearest_word(word, _level(listing))
        meant = meant.replace(word, other) if other else meant
    if meant == text or not ContentItem.objects.shown_to(listing.viewer).matching(meant).exists():
        return []
    return [Hint("Nothing shows these words. Did you mean", ((in_short(meant), listing.query_with(q=meant)),))]


def _level(listing: ContentListing) -> Level:
    return shown_level(listing.viewer)


def in_short(text: str) -> str:
    """Return the beginning of a text that may be long."""
    return Truncator(text).chars(LONGEST)


def is_creator(name: str) -> bool:
    """Return whether a filter names an account that is shown, by username or id. One query."""
    shown = _shown()
    named = shown.filter(pk=name) if name.isascii() and name.isdigit() else shown.named(name)
    return len(name) <= User._meta.get_field("username").max_length and named.exists()


def nearest_creators(name: str) -> list[User]:
    """Return the accounts whose username or name is most like a text, the likest first. One query."""
    typed = folded(name)
    likely = _shown().filter(search_words__finds=_beginning(typed)) if _beginning(typed) else User.objects.none()
    likeness = {user: likeness_of(typed, [user.username, user.name]) for user in likely[:MOST_COMPARED]}
    nearest = sorted(likeness, key=lambda user: (-likeness[user], user.username))
    return [user for user in nearest if likeness[user] >= LEAST_LIKENESS][:MOST_NAMES]


def _named(user: User) -> str:
    return f"{user.name} ({user.username})" if user.name else user.username


def _shown() -> UserQuerySet:
    return User.objects.filter(is_active=True).only("username", "name")


def _beginning(folded_text: str) -> str:
    """Return the tsquery of the words that begin as one of a text's does."""
    return " | ".join(f"'{word[:BEGINNING]}':*" for word in dict.fromkeys(folded_text.split()))
