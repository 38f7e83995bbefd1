"""The action of many works that puts them into an album."""

from collections.abc import Mapping, Sequence
from typing import Any

from albums.items import add_works, remove_works
from albums.models import Album
from culling.actions import Action, Outcome, WrongValueError
from users.models import User

# Albums that the form offers, the newest.
MOST_OFFERED = 100
NOT_YOURS = "Choose an album of yours."


def add(user: User, ids: Sequence[int], value: str) -> Outcome:
    """Add works to an album, at its end. Some eight queries."""
    added = add_works(_album(user, value), user, ids)
    return Outcome(dict.fromkeys(added.added), unchanged=added.present)


def undo(user: User, changes: Mapping[int, Any], value: str) -> int:
    """Take works out again that were added."""
    try:
        return remove_works(_album(user, value), list(changes))
    except WrongValueError:  # it was deleted meanwhile
        return 0


def check(user: User, text: str) -> str:
    """Return the id of an album of the user's. Raises WrongValueError."""
    return str(_album(user, text).pk)


def choices(user: User) -> list[tuple[str, str]]:
    """Return the user's own albums that are made by hand, the newest first. One query."""
    own = Album.objects.of_owner(user).filter(query="").order_by("-created_at", "-pk")
    return [(str(pk), title) for pk, title in own.values_list("pk", "title")[:MOST_OFFERED]]


def _album(user: User, text: str) -> Album:
    pk = int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else 0
    album = Album.objects.of_owner(user).filter(pk=pk, query="").first()
    if album is None:
        raise WrongValueError(NOT_YOURS)
    return album


ADD_TO_ALBUM = Action(
    "album", "Add to album", "added to the album", add, undo, field="album", check=check, choices=choices
)
