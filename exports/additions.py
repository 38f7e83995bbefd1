"""Adds what the lines of an export say to this site, a batch at a time. What is there is left as it is."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError

from albums.models import Album, AlbumItem
from albums.saved_creators import ids_here, own_query
from content.models import ContentItem
from exports.album_records import AlbumKey
from exports.deeds import Deed, present
from interactions.models import Interaction, Kind
from users.accounts import check_username
from users.models import User

Complain = Callable[[str], object]
# What a line that cannot be added raises.
FAULTS = (KeyError, TypeError, ValueError, ValidationError)
# As the database has it (interaction_duration_not_negative).
LONGEST_SECONDS = 1e9


class NumberedLine(NamedTuple):
    """A line of a list, and where it stands."""

    where: str
    value: dict[str, Any]


def add_people(lines: Iterable[NumberedLine], refuse: Complain) -> Counter[str]:
    """Add the accounts that are missing, which no password opens; deactivated ones stay so."""
    named = {str(line.get("username", "")).lower(): (where, line) for where, line in lines}
    known = User.objects.ids_by_name(named)
    new = []
    for key, (where, line) in named.items():
        if key in known:
            continue
        try:
            user = User(username=line["username"], name=line.get("name", ""), created_at=_moment(line["created_at"]))
            user.password, user.is_active = make_password(None), line.get("is_active", True)
            user.clean_fields()
            check_username(user.username, None)
            new.append(user)
        except FAULTS as error:
            refuse(f"{where}: {_said(error)}")
    User.objects.bulk_create(new)
    return Counter(accounts=len(new))


def add_interactions(lines: list[NumberedLine], refuse: Complain) -> Counter[str]:
    """Add what is not there yet, of works and accounts that are."""
    works = _works(line.get("work") for _, line in lines)
    accounts = User.objects.ids_by_name(str(line.get("user", "")).lower() for _, line in lines)
    rows: dict[Deed, Interaction] = {}
    for where, line in lines:
        try:
            row = _interaction(line, works, accounts)
            row.clean_fields(exclude=["user", "content"])  # which are there
        except FAULTS as error:
            refuse(f"{where}: {_said(error)}")
            continue
        rows[Deed.of(row)] = row
    new = [rows[deed] for deed in rows.keys() - present(rows)]
    Interaction.objects.bulk_create(sorted(new, key=lambda row: row.created_at))
    return Counter(interactions=len(new))


def add_albums(lines: list[NumberedLine], refuse: Complain) -> Counter[str]:
    """Add albums of accounts that are here, with covers that are here.

    An album that came with another part of the export, before its cover was here, is given it now.
    """
    accounts = User.objects.ids_by_name(str(line.get("owner", "")).lower() for _, line in lines)
    works = _works(line.get("cover") for _, line in lines)
    known, creators = _albums(accounts.values()), ids_here(line.get("query") for _, line in lines)
    new, covers = {}, {}
    for where, line in lines:
        try:
            album = _album(line, works, accounts)
            album.query = own_query(str(album.query), creators)
            album.clean_fields(exclude=["owner", "cover"])
        except FAULTS as error:
            refuse(f"{where}: {_said(error)}")
            continue
        key = (album.owner_id, album.title, album.created_at)
        if key not in known:
            new.setdefault(key, album)
        elif album.cover_id is not None:
            covers[known[key]] = album.cover_id
    Album.objects.bulk_create(new.values())
    _cover(covers)
    return Counter(albums=len(new))


def _cover(covers: Mapping[int, int]) -> None:
    """Give covers to albums that have none. Two queries, if there are any."""
    albums = Album.objects.filter(pk__in=covers, cover=None) if covers else ()
    for album in albums:
        album.cover_id = covers[album.pk]
    Album.objects.bulk_update(albums, ["cover"])


def add_album_items(lines: list[NumberedLine], refuse: Complain) -> Counter[str]:
    """Add works that are here to albums that are; one that is in the album already keeps its place."""
    accounts = User.objects.ids_by_name(
        str(line["album"][0]).lower() for _, line in lines if isinstance(line.get("album"), list)
    )
    works = _works(line.get("work") for _, line in lines)
    albums = _albums(accounts.values())
    items: dict[tuple[int, int], AlbumItem] = {}
    for where, line in lines:
        try:
            key = AlbumKey(*line["album"])
            album = albums[accounts[key.owner.lower()], key.title, _moment(key.created_at)]
            item = AlbumItem(album_id=album, content_id=_work(line["work"], works), position=line["position"])
            item.note, item.added_at = line.get("note", ""), _moment(line["added_at"])
            item.clean_fields(exclude=["album", "content"])
            items[item.album_id, item.content_id] = item
        except FAULTS as error:
            refuse(f"{where}: {_said(error)}")
    there = AlbumItem.objects.filter(album__in={album for album, _ in items}, content__in={pk for _, pk in items})
    new = items.keys() - set(there.values_list("album", "content"))
    AlbumItem.objects.bulk_create([items[key] for key in sorted(new)])
    return Counter(album_items=len(new))


def _album(line: Mapping[str, Any], works: Mapping[str, int], accounts: Mapping[str, int]) -> Album:
    """Return a line as a row. Raises KeyError, TypeError and ValueError."""
    return Album(
        owner_id=accounts[str(line["owner"]).lower()],
        title=line["title"],
        notes=line.get("notes", ""),
        query=line.get("query", ""),
        is_public=line.get("is_public", False),
        cover_id=works.get(line.get("cover")),
        created_at=_moment(line["created_at"]),
    )


def _albums(owners: Iterable[int]) -> dict[tuple[int, str, datetime], int]:
    """Return the albums of accounts. One query."""
    rows = Album.objects.filter(owner__in=set(owners)).values_list("owner", "title", "created_at", "pk")
    return {(owner, title, created_at): pk for owner, title, created_at, pk in rows}


def _works(sources: Iterable[object]) -> dict[str, int]:
    """Return the ids of works by what they are called in an export. One query."""
    named = {source for source in sources if isinstance(source, str)}
    return dict(ContentItem.objects.filter(source_id__in=named).values_list("source_id", "pk"))


def _work(source: str, works: Mapping[str, int]) -> int:
    if source not in works:
        raise ValueError(f"its work is not here: {source[:100]}")
    return works[source]


def _interaction(line: Mapping[str, Any], works: Mapping[str, int], accounts: Mapping[str, int]) -> Interaction:
    """Return a line as a row. Raises KeyError, TypeError and ValueError."""
    if (line["kind"] == Kind.RATE, line["kind"] == Kind.COMMENT) != ("rating" in line, bool(line.get("comment"))):
        raise ValueError("a rating has a number and a comment has a text, and nothing else has either")
    duration = line.get("duration_seconds")
    if duration is not None and not 0 <= duration <= LONGEST_SECONDS:
        raise ValueError("a duration that no view has")
    user = line.get("user")
    return Interaction(
        content_id=_work(line["work"], works),
        user_id=None if user is None else accounts[str(user).lower()],
        kind=line["kind"],
        rating=line.get("rating"),
        comment=line.get("comment", ""),
        duration_seconds=duration,
        metadata=line.get("metadata", {}),
        created_at=_moment(line["created_at"]),
    )


def _moment(text: str) -> datetime:
    """Return a moment. Raises TypeError and ValueError."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("a time outside the calendar") from error


def _said(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return "; ".join(error.messages)
    return f"{error.args[0]} is missing or unknown" if isinstance(error, KeyError) else str(error)
