"""Why a list shows nothing, or less than was asked for: words that are not searched for, names that no account has."""

from difflib import SequenceMatcher
from typing import NamedTuple
from unicodedata import combining, normalize

from django.db.models import QuerySet
from django.utils.text import Truncator

from content.listings import ContentListing
from users.models import User

LONGEST = 60  # characters: a search may be a whole prompt
MOST_NAMES = 5
# Names that begin as the one that was typed, among which the nearest are looked for.
MOST_COMPARED = 500
BEGINNING = 2  # letters that a nearest name has in common
LEAST_LIKENESS = 0.5


class Hint(NamedTuple):
    """One sentence, and links that may be what was meant: labels with their query strings."""

    text: str
    links: tuple[tuple[str, str], ...] = ()


def hints_of(listing: ContentListing, *, is_empty: bool) -> list[Hint]:
    """Return what a reader of a list should be told. Two queries for a creator whose list is empty."""
    filters = listing.open_filters
    hints = []
    unsearched = listing.filterset.searched.unsearched if "q" in filters else ()
    if unsearched:
        hints.append(Hint(f"Signs alone are not searched for: {in_short(' '.join(unsearched))}"))
    after, before = filters.get("created_after"), filters.get("created_before")
    if after and before and after >= before:
        hints.append(Hint("No time is both after and before: “created from” is not earlier than “created before”."))
    if is_empty and "creator" in filters and not is_creator(filters["creator"]):
        names = nearest_creators(filters["creator"])
        links = tuple((_named(user), listing.query_with(creator=user.username)) for user in names)
        said = "Did you mean" if links else "Creators are named by their usernames."
        hints.append(Hint(f"There is no creator “{in_short(filters['creator'])}”. {said}", links))
    return hints


def in_short(text: str) -> str:
    """Return the beginning of a text that may be long."""
    return Truncator(text).chars(LONGEST)


def is_creator(name: str) -> bool:
    """Return whether a filter names an account that is shown, by username or id. One query."""
    named = {"pk": name} if name.isascii() and name.isdigit() else {"username": name}
    return len(name) <= User._meta.get_field("username").max_length and _shown().filter(**named).exists()


def nearest_creators(name: str) -> list[User]:
    """Return the accounts whose username or name is most like a text, the likest first. One query."""
    typed = _folded(name)
    likely = _shown().filter(search_words__finds=_beginning(typed)) if _beginning(typed) else User.objects.none()
    likeness = {
        user: max(_likeness(typed, user.username), _likeness(typed, user.name)) for user in likely[:MOST_COMPARED]
    }
    nearest = sorted(likeness, key=lambda user: (-likeness[user], user.username))
    return [user for user in nearest if likeness[user] >= LEAST_LIKENESS][:MOST_NAMES]


def _named(user: User) -> str:
    return f"{user.name} ({user.username})" if user.name else user.username


def _shown() -> QuerySet:
    return User.objects.filter(is_active=True).only("username", "name")


def _beginning(text: str) -> str:
    """Return the tsquery of the words that begin as one of a text's does."""
    words = "".join(letter if letter.isalnum() else " " for letter in text).split()
    return " | ".join(f"'{word[:BEGINNING]}':*" for word in dict.fromkeys(words))


def _likeness(typed: str, name: str) -> float:
    return SequenceMatcher(None, typed, _folded(name)).ratio()


def _folded(text: str) -> str:
    """Return a text without capitals and accents."""
    return "".join(letter for letter in normalize("NFKD", text.casefold()) if not combining(letter))
