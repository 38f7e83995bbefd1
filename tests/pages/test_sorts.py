"""Lists of works in each of their sorts, both ways: pages, fragments and the names of the sorts."""

import pytest
from django.core.checks import run_checks
from django.test import Client

from albums.items import add_works
from albums.listings import AlbumItemListing
from content.checks import NO_NAME
from content.listings import ContentListing, WorksListing
from content.own_works import OwnWorksListing
from genonaut.pagination.parameters import ORDERS
from interactions.models import Kind
from people.listings import BookmarkListing, FeedListing, HistoryListing, LikeListing
from recommendations.listings import ForYouListing
from tests.factories import AlbumFactory, ContentItemFactory, InteractionFactory, RecommendationFactory
from users.models import User

SHELVES = {
    "": ContentListing,
    "users/alice/": ContentListing,
    "feed/": FeedListing,
    "me/works/": OwnWorksListing,
    "me/likes/": LikeListing,
    "me/bookmarks/": BookmarkListing,
    "me/history/": HistoryListing,
    "for-you/": ForYouListing,
    "albums/{album}/": AlbumItemListing,
}


# Of a search alone.
SEARCHED = {"": ["match"], "users/alice/": ["match"]}


@pytest.mark.parametrize("path", SHELVES)
def test_each_shelf_has_a_page_and_fragments_in_each_sort_and_order(client: Client, alice: User, path: str) -> None:
    works = [ContentItemFactory(title=title, creator=alice) for title in ("Fog", "Harbour in fog")]
    album = AlbumFactory(owner=alice)
    add_works(album, alice, [work.pk for work in works])
    for work in works:
        RecommendationFactory(user=alice, content=work)
        for kind in (Kind.LIKE, Kind.BOOKMARK, Kind.VIEW):
            InteractionFactory(user=alice, content=work, kind=kind)
    queries = [f"sort={sort}&order={order}" for sort in SHELVES[path].sorts for order in ORDERS]
    queries += [f"q=fog&sort={sort}&order={order}" for sort in SEARCHED.get(path, ()) for order in ORDERS]
    path = path.format(album=album.pk)
    client.force_login(alice)
    for address in (f"/{path}", f"/fragments/{path}works/", f"/fragments/{path}list/"):
        answers = {query: client.get(f"{address}?{query}") for query in queries}
        assert {query: answer.status_code for query, answer in answers.items()} == dict.fromkeys(queries, 200)


def test_a_list_without_a_name_for_a_sort_is_a_mistake_that_checks_find() -> None:
    class Unnamed(WorksListing):
        sorts = {"created_at": ("created_at", "id"), "score": ("score", "id")}
        sort_names = {**WorksListing.sort_names, ("score", "desc"): "Best first"}

    try:
        assert [(message.id, message.obj, "'asc'" in message.msg) for message in run_checks()] == [
            (NO_NAME, Unnamed, True)
        ]
    finally:
        Unnamed.sorts = {}
