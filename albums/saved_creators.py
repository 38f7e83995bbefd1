"""The creators of saved searches outside of this site: ids mean nothing there, so that exports name usernames."""

from collections.abc import Callable, Iterable, Mapping
from urllib.parse import parse_qsl, urlencode

from albums.models import Album
from albums.saved import CREATOR, SEARCH, ids_of
from content.search_terms import values_of, with_values
from genonaut.pagination.filters import MAX_ID
from users.models import User
from users.querysets import is_account_id

# The id of no account: a search by it finds nothing.
NO_ONE = "0"


def portable_queries(albums: Iterable[Album], viewer: User | None) -> dict[int, str]:
    """Return the searches of smart albums by the albums' ids, with usernames of creators whom the viewer sees; None
    sees all. One query if any names a creator."""
    queries = {album.pk: album.query for album in albums if album.is_smart}
    ids = {int(value) for value in _creators(queries.values()) if is_account_id(value) and int(value) <= MAX_ID}
    accounts = User.objects.all() if viewer is None else User.objects.visible_to(viewer)
    names = dict(accounts.filter(pk__in=ids).values_list("pk", "username")) if ids else {}
    by_id = {str(pk): username for pk, username in names.items()}
    return {pk: _replaced(query, lambda value: by_id.get(value, value)) for pk, query in queries.items()}


def ids_here(queries: Iterable[object]) -> dict[str, str]:
    """Return the ids of this site of the creators that searches of another site name. One query if any does."""
    # No name has NUL, which PostgreSQL refuses.
    values = {value for value in _creators(query for query in queries if isinstance(query, str)) if "\0" not in value}
    if not values:
        return {}
    return {value: str(pk) for value, pk in ids_of(values, User.objects.all()).items()}


def own_query(query: str, ids: Mapping[str, str]) -> str:
    """Return a search of another site with `ids_here`: of a creator who is not among them it finds nothing."""
    return _replaced(query, lambda value: ids.get(value, NO_ONE))


def _creators(queries: Iterable[str]) -> set[str]:
    """Return what searches name creators by."""
    parts = (part for query in queries for part in parse_qsl(query))
    return {said for name, value in parts for said in _named_by(name, value)}


def _named_by(name: str, value: str) -> list[str]:
    """Return the creators that one part of a search names."""
    if name == SEARCH:
        return values_of(value, CREATOR)
    return [value] if name == CREATOR else []


def _replaced(query: str, replaced: Callable[[str], str]) -> str:
    """Return a search with other values of its creator; one without a creator stays as it is written."""
    parts = parse_qsl(query, keep_blank_values=True)
    if not any(_named_by(name, value) for name, value in parts):
        return query
    return urlencode([(name, _with_others(name, value, replaced)) for name, value in parts])


def _with_others(name: str, value: str, replaced: Callable[[str], str]) -> str:
    if name == SEARCH:
        return with_values(value, CREATOR, {said: replaced(said) for said in values_of(value, CREATOR)})
    return replaced(value) if name == CREATOR else value
