"""The actions of many works that put them into an album, or a new one, and take them out."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from albums.forms import AlbumForm
from albums.items import Place, add_works, put_back, remove_works, take_out
from albums.making import make_once
from albums.models import Album, AlbumItem
from culling.actions import MOST_CHOICES, Action, Outcome, WrongValueError
from culling.models import VALUE_LIMIT
from users.models import User

NOT_YOURS = "Choose an album of yours."
NONE_OF_TITLE = "You have no album made by hand of this title."
SEVERAL_OF_TITLE = (
    "Several albums of yours have this title: add works from their own pages, or take them out on the album’s page."
)
# Before the id of a new album that was there: the same form made it, or its owner by hand.
FOUND = "="
ORDER = "All works of a list: in the order in which they came to the site."


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


def add_new(user: User, ids: Sequence[int], value: str) -> Outcome:
    """Add works to the album that was made for them."""
    return add(user, ids, _pk_of(value))


def undo_new(user: User, changes: Mapping[int, Any], value: str) -> int:
    """Take works out of the album that was made for them, and delete it once it holds nothing and was not touched.

    One that was there before stays (FOUND).
    """
    removed = undo(user, changes, _pk_of(value))
    works = AlbumItem.objects.filter(album=OuterRef("pk"))
    untouched = Album.objects.of_owner(user).filter(
        pk=_pk_of(value), notes="", is_public=False, share_token=None, cover=None
    )
    # Locked before its works are looked for: whatever adds one locks it too.
    album = untouched.select_for_update().first()
    # Tasks of the version before say the id alone; a title that did not fit cannot be compared, and the album stays.
    if album is not None and value in (str(album.pk), _said_of(album)):
        untouched.filter(~Exists(works)).delete()
    return removed


def remove(user: User, ids: Sequence[int], value: str) -> Outcome:
    """Take works out of an album, and keep their places. Some eight queries."""
    places = take_out(_album(user, value), ids)
    return Outcome(places, unchanged=len(ids) - len(places))


def undo_removal(user: User, changes: Mapping[int, Any], value: str) -> int:
    """Put works back to their places, with their notes."""
    try:
        return put_back(_album(user, value), {content: Place(*place) for content, place in changes.items()})
    except WrongValueError:  # it was deleted meanwhile
        return 0


def check_title(user: User, text: str) -> str:
    """Return the title of a new album. Raises WrongValueError."""
    form = _form(user, text)
    if not form.is_valid():
        raise WrongValueError("Say a title of 1 to 200 characters.")
    return form.cleaned_data["title"]


def make_album(user: User, title: str) -> str:
    """Make an album, once for a form that is sent twice; return its id and title, as far as a task keeps them."""
    form = _form(user, title)
    form.instance.owner = user
    album, is_new = make_once(form.save(commit=False))
    return f"{'' if is_new else FOUND}{_said_of(album)}"[:VALUE_LIMIT]


def _said_of(album: Album) -> str:
    return f"{album.pk} {album.title}"


def _pk_of(value: str) -> str:
    return value.removeprefix(FOUND).partition(" ")[0]


def shown_titles(user: User, values: Collection[str]) -> dict[str, str]:
    """Return the titles of albums by their ids, but for those that are gone. One query."""
    own = Album.objects.of_owner(user).filter(pk__in=values)
    return {str(pk): title for pk, title in own.values_list("pk", "title")}


def shown_new_titles(_user: User, values: Collection[str]) -> dict[str, str]:
    """Return the titles that new albums were given, as far as their tasks keep them."""
    return {value: value.partition(" ")[2] for value in values}


def _form(user: User, title: str) -> AlbumForm:
    return AlbumForm(user, {"title": title}, is_smart=False)


def check(user: User, text: str) -> str:
    """Return the id of an album of the user's. Raises WrongValueError."""
    return str(_album(user, text).pk)


def find(user: User, title: str) -> str:
    """Return the id of the user's album of a title. Raises WrongValueError if not exactly one has it."""
    pks = _by_hand(user).filter(title=check_title(user, title)).values_list("pk", flat=True)[:2]
    if len(pks) != 1:
        raise WrongValueError(SEVERAL_OF_TITLE if pks else NONE_OF_TITLE)
    return str(pks[0])


def choices(user: User, first: str) -> list[tuple[str, str]]:
    """Return the user's own albums that are made by hand: the one of an id, if it is one of them, then the newest.
    One or two queries."""
    own = _by_hand(user).values_list("pk", "title")
    chosen = list(own.filter(pk=_id_in(first))) if first else []
    newest = own.order_by("-created_at", "-pk")[:MOST_CHOICES]
    return [(str(pk), title) for pk, title in dict([*chosen, *newest]).items()]


def _album(user: User, text: str) -> Album:
    album = _by_hand(user).filter(pk=_id_in(text)).first()
    if album is None:
        raise WrongValueError(NOT_YOURS)
    return album


def _by_hand(user: User) -> QuerySet:
    return Album.objects.of_owner(user).filter(query="")


def _id_in(text: str) -> int:
    """Return the id that a text is; 0, which none has, if it is no id."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else 0


ACTIONS = (
    Action(
        "album",
        "Add to album",
        "added to the album",
        add,
        undo,
        field="album",
        check=check,
        shown=shown_titles,
        choices=choices,
        find=find,
        keeps_order=True,
        note=ORDER,
        names_value=True,
    ),
    Action(
        "new_album",
        "Add to new album",
        "added to the new album",
        add_new,
        undo_new,
        field="album_title",
        check=check_title,
        prepare=make_album,
        shown=shown_new_titles,
        keeps_order=True,
        note=ORDER,
        names_value=True,
    ),
    Action(
        "out_of_album",
        "Take out of album",
        "taken out of the album",
        remove,
        undo_removal,
        field="album",
        check=check,
        shown=shown_titles,
        choices=choices,
        find=find,
        names_value=True,
    ),
)
