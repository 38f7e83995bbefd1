"""Smart albums: the saved query string of a list of content, read with the eyes of the viewer who looks at it."""

from collections.abc import Iterable
from typing import Any

from django.http import QueryDict

from albums.models import QUERY_LIMIT, Album
from content.hints import in_short
from content.listings import ContentListing
from content.search_terms import values_of, with_values
from content.templatetags.gallery import in_words
from genonaut.pagination.errors import InvalidParametersError
from genonaut.pagination.filters import MAX_ID
from genonaut.pagination.lenient import own_parameters
from genonaut.pagination.listing import Viewer
from genonaut.pagination.spec import Fixed, repeatable
from users.models import User
from users.querysets import UserQuerySet, is_account_id

# What names a page, or how one is shown: of these the viewer's own are taken, and none is saved.
OF_PAGES = frozenset({"page", "page_size", "cursor", "at", "as_of", "view"})
# What a saved search keeps beside its filters.
SORTING = frozenset({"sort", "order"})
CREATOR = "creator"
# A search may name creators, too: creator:ada fog.
SEARCH = "q"


class QueryError(ValueError):
    """A query string that the list of content does not understand; the text says why."""


def checked_query(text: str, user: User) -> str:
    """Return a query string as it is saved: what it says of the list, without what it says of pages, a creator by id.

    Raises QueryError. One query at most.
    """
    known = {*ContentListing.filters.base_filters, *SORTING}
    sent = QueryDict(text.strip().removeprefix("?"))
    unknown = sorted(name for name in sent if name not in known | OF_PAGES)
    if unknown:
        raise QueryError(f"Unknown: {', '.join(unknown)}.")
    query = own_parameters(sent, known, repeatable=repeatable(ContentListing.filters))
    if not query.keys() - {"order"}:
        raise QueryError("It names no filter and no sort.")
    try:
        listing = ContentListing(user, query)
    except InvalidParametersError as error:
        problems = [f"{name}: {' '.join(map(str, messages))}" for name, messages in error.errors.items()]
        raise QueryError(" ".join(problems)) from error
    saved = _by_id(listing).urlencode()
    if len(saved) > QUERY_LIMIT:
        raise QueryError(f"It is longer than {QUERY_LIMIT:,} characters.")
    return saved


def _by_id(listing: ContentListing) -> QueryDict:
    """Return the query of a list with its creator's id in place of a name, which another account may take later.

    Raises QueryError if no account has the name. An id stays, also that of an account that is gone.
    """
    query = listing.query
    if names := values_of(query.get(SEARCH, ""), CREATOR):
        ids = {name: str(pk) for name, pk in ids_of(names, User.objects.filter(is_active=True)).items()}
        query = query.copy()
        query[SEARCH] = with_values(query[SEARCH], CREATOR, ids)
    if CREATOR not in listing.active_filters:
        return query
    filters = listing.filterset
    if filters.named_creator is None and not filters.names_creator_by_id:
        raise QueryError(f"There is no creator “{in_short(filters.cleaned_data[CREATOR])}”.")
    query = query.copy()
    query[CREATOR] = str(filters.named_creator.pk if filters.named_creator else int(filters.cleaned_data[CREATOR]))
    return query


def ids_of(names: Iterable[str], accounts: UserQuerySet) -> dict[str, int]:
    """Return the ids of those accounts that have some usernames, in any case; an id is none. One query."""
    names = {name for name in names if not is_account_id(name) and "\0" not in name}
    ids = accounts.ids_by_name(name.lower() for name in names)
    return {name: ids[name.lower()] for name in names if name.lower() in ids}


def words_of(query: str, viewer: Viewer) -> str:
    """Return what a saved query finds, as a reader would say it; empty if it is understood no longer. Two queries at
    most.
    """
    said = QueryDict(query, mutable=True)
    if ids := [int(value) for value in values_of(said.get(SEARCH, ""), CREATOR) if is_account_id(value)]:
        accounts = User.objects.visible_to(viewer).filter(pk__in=[pk for pk in ids if pk <= MAX_ID])
        names = {str(pk): username for pk, username in accounts.values_list("pk", "username")}
        said[SEARCH] = with_values(said[SEARCH], CREATOR, names)
    said._mutable = False
    try:
        return in_words(ContentListing(viewer, said))
    except InvalidParametersError:
        return ""


def filters_of(saved: QueryDict) -> Fixed:
    """Return the filters of a saved search, without its sort."""
    several = repeatable(ContentListing.filters)
    names = sorted(saved.keys() - SORTING)
    return {name: saved.getlist(name) if name in several else saved[name] for name in names}


def query_of(album: Album, asked: QueryDict) -> QueryDict:
    """Return the parameters of a page of a smart album: the saved ones, and those of the request that name the page."""
    query = QueryDict(album.query, mutable=True)
    for name, values in asked.lists():
        if name in OF_PAGES:
            query.setlist(name, values)
    query._mutable = False
    return query


def works_of(album: Album, viewer: Viewer, asked: QueryDict, **options: Any) -> ContentListing:  # noqa: ANN401 - of the listing
    """Return the works that a smart album finds for a viewer. Raises InvalidParametersError."""
    return ContentListing(viewer, query_of(album, asked), **options)
