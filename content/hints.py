"""Why a list shows nothing, or less than was asked for: words that are not searched for, names that nothing has."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import NamedTuple

from django.utils.text import Truncator

from catalog.counting import settle
from catalog.models import UsedModel
from catalog.nearest import (
    BEGINNING,
    LEAST_LIKENESS,
    LEAST_LIKENESS_OF_WORDS,
    MOST_COMPARED,
    MOST_NAMES,
    SHORTEST_WORD,
    folded,
    likeness_of,
    nearest_models,
    nearest_tags,
    nearest_word,
)
from catalog.totals import works_tagged
from content.listings import ContentListing
from content.parameters import models_named
from content.search_terms import LONGEST_WITH_OPERATORS, parse, with_value
from media.models import Library, ModelKind
from users.levels import shown_level
from users.models import User
from users.querysets import UserQuerySet, is_account_id

LONGEST = 60  # characters: a search may be a whole prompt
# Words and names of a search that others are looked for.
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
        rule = "found as tags only" if listing.filterset.searched.is_of_signs else "not searched for"
        hints.append(Hint(f"Signs alone are {rule}: {in_short(' '.join(unsearched))}"))
    after, before = filters.get("created_after"), filters.get("created_before")
    if after and before and after >= before:
        hints.append(Hint("No time is both after and before: “created from” is not earlier than “created before”."))
    if not is_empty:
        return hints
    settle()
    hints += [*_hints_of_filters(listing), *_hints_of_search(listing)]
    if "q" in filters:
        hints += _spelling_hint(listing, filters["q"])
    return hints


def _hints_of_filters(listing: ContentListing) -> Iterator[Hint]:
    """Yield a hint for each name that is filtered by and that nothing has."""
    for field, missing_of in NAMED.items():
        value = listing.open_filters.get(field, ())
        for name in [value] if isinstance(value, str) else value:
            missing = missing_of(listing, name)
            if missing is not None:
                yield missing.hint(lambda other, field=field, name=name: _with_filter(listing, field, name, other))


def _hints_of_search(listing: ContentListing) -> Iterator[Hint]:
    """Yield a hint for each name that a search says by its field, as `tag:fog`, and that nothing has."""
    text = listing.open_filters.get("q", "")
    terms = dict.fromkeys(term for terms in parse(text) for term in terms)
    for term in islice((term for term in terms if term.field in NAMED and not term.is_excluded), MOST_WORDS):
        missing = NAMED[term.field](listing, term.text)
        if missing is not None:
            yield missing.hint(lambda other, term=term: listing.query_with(q=with_value(text, term, other)))


def _with_filter(listing: ContentListing, field: str, name: str, other: str) -> str:
    """Return the query string with another name in place of one that is filtered by."""
    names = listing.open_filters[field]
    if isinstance(names, str):
        return listing.query_with(**{field: other})
    return listing.query_with_all(field, list(dict.fromkeys([*(kept for kept in names if kept != name), other])))


class Missing(NamedTuple):
    """A sentence about a name that nothing has, and names that may have been meant, each with its label."""

    text: str
    meant: tuple[tuple[str, str], ...] = ()
    # Said if no name is like it.
    otherwise: str = ""

    def hint(self, query_of: Callable[[str], str]) -> Hint:
        """Return it with a link for each name, of the query string that `query_of` returns."""
        said = "Did you mean" if self.meant else self.otherwise
        return Hint(f"{self.text} {said}".rstrip(), tuple((label, query_of(name)) for label, name in self.meant))


def _missing_creator(_listing: ContentListing, name: str) -> Missing | None:
    if is_creator(name):
        return None
    meant = tuple((_named(user), user.username) for user in nearest_creators(name))
    return Missing(f"There is no creator “{in_short(name)}”.", meant, "Creators are named by their usernames.")


def _missing_tag(listing: ContentListing, tag: str) -> Missing | None:
    level = shown_level(listing.viewer)
    if works_tagged(tag, level) != 0:
        return None
    return Missing(f"No public work is tagged “{in_short(tag)}”.", _pairs(nearest_tags(tag, level)))


def _missing_model(listing: ContentListing, name: str, *, kind: ModelKind = ModelKind.MODEL) -> Missing | None:
    """Return it if no public work is known by the catalog to be made so: what private works have is not told."""
    level = shown_level(listing.viewer)
    if UsedModel.objects.filter(pk__in=models_named(kind, name), level__lte=level, works__gt=0).exists():
        return None
    noun = "LoRA" if kind == ModelKind.LORA else "model"
    return Missing(f"No public work has the {noun} “{in_short(name)}”.", _pairs(nearest_models(name, kind, level)))


def _missing_lora(listing: ContentListing, name: str) -> Missing | None:
    return _missing_model(listing, name, kind=ModelKind.LORA)


def _missing_library(listing: ContentListing, name: str) -> Missing | None:
    """Return it if nothing of the library is shown, whether or not there is one of this name."""
    is_name = len(name) <= Library._meta.get_field("name").max_length
    if is_name and _finds(listing.asked(""), library=name):
        return None
    return Missing(f"No work that you see here came by the library “{in_short(name)}”.")


# By the filter, which may also be said in a search.
NAMED: dict[str, Callable[[ContentListing, str], Missing | None]] = {
    "creator": _missing_creator,
    "tag": _missing_tag,
    "model": _missing_model,
    "lora": _missing_lora,
    "library": _missing_library,
}


def _pairs(names: list[str]) -> tuple[tuple[str, str], ...]:
    return tuple((name, name) for name in names)


def _finds(listing: ContentListing, **filters: str) -> bool:
    """Return whether a list has works with other filters as well. As many queries as one page."""
    return bool(listing.asked(listing.query_with(**filters, page_size=1)).page().items)


def _spelling_hint(listing: ContentListing, text: str) -> list[Hint]:
    """Return the search with other words for those that no tag and no creator has, if the list has works then."""
    words = [term.text for terms in parse(text) for term in terms if term.is_word and not term.is_excluded]
    if len(text) > LONGEST_WITH_OPERATORS or len(words) > MOST_WORDS:
        return []
    meant = text
    for word in words:
        other = nearest_word(word, shown_level(listing.viewer)) or _creator_like(word)
        meant = meant.replace(word, other) if other else meant
    if meant == text or not _finds(listing, q=meant):
        return []
    return [Hint("Nothing shows these words. Did you mean", ((in_short(meant), listing.query_with(q=meant)),))]


def _creator_like(word: str) -> str | None:
    """Return the username of the creator whose name is most like a word; None if none is, or if one has it. One
    query."""
    if len(folded(word)) < SHORTEST_WORD:
        return None
    users = nearest_creators(word, least=LEAST_LIKENESS_OF_WORDS)
    return users[0].username if users and folded(word) not in _words_of(users[0]) else None


def in_short(text: str) -> str:
    """Return the beginning of a text that may be long."""
    return Truncator(text).chars(LONGEST)


def is_creator(name: str) -> bool:
    """Return whether a filter names an account that is shown, by username or id. One query."""
    shown = _shown()
    named = shown.filter(pk=name) if is_account_id(name) else shown.named(name)
    return len(name) <= User._meta.get_field("username").max_length and named.exists()


def nearest_creators(name: str, *, least: float = LEAST_LIKENESS) -> list[User]:
    """Return the accounts whose username or name, or a word of it, is most like a text, the likest first. One query."""
    typed = folded(name)
    likely = _shown().filter(search_words__finds=_beginning(typed)) if _beginning(typed) else User.objects.none()
    likeness = {user: likeness_of(typed, _words_of(user)) for user in likely[:MOST_COMPARED]}
    nearest = sorted(likeness, key=lambda user: (-likeness[user], user.username))
    return [user for user in nearest if likeness[user] >= least][:MOST_NAMES]


def _words_of(user: User) -> list[str]:
    names = [folded(user.username), folded(user.name)]
    return [*names, *(word for name in names for word in name.split())]


def _named(user: User) -> str:
    return f"{user.name} ({user.username})" if user.name else user.username


def _shown() -> UserQuerySet:
    return User.objects.filter(is_active=True).only("username", "name")


def _beginning(folded_text: str) -> str:
    """Return the tsquery of the words that begin as one of a text's does."""
    return " | ".join(f"'{word[:BEGINNING]}':*" for word in dict.fromkeys(folded_text.split()))
