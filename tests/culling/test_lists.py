"""Which query of all its works each list hands to the page of a selection: one that finds just these, or none."""

import pytest
from django.http import QueryDict
from django.test import Client

from albums.items import add_works
from culling import tasks
from people.models import Follow
from tests.factories import AlbumFactory, ContentItemFactory, InteractionFactory, RecommendationFactory
from tests.pages.html import elements, texts
from users.models import User

# By the address of the list, the works that its query finds, by title; None: it has none.
LISTS = {
    "/": ["bob's", "mine", "my fog", "my secret"],
    "/?tag=fog&view=scroll&sort=quality_score": ["my fog"],
    "/users/alice/": ["mine", "my fog", "my secret"],
    "/users/bob/": ["bob's"],
    "/users/alice/?tag=fog": ["my fog"],
    "/me/works/": ["mine", "my fog", "my secret"],
    "/me/works/?visibility=private": ["my secret"],
    "/albums/{smart}/": ["my fog"],
    "/albums/{smart}/?content_type=video": [],
    "/albums/{album}/": None,
    "/me/likes/": None,
    "/me/bookmarks/": None,
    "/me/history/": None,
    "/feed/": None,
    "/for-you/": None,
}


@pytest.fixture
def albums(alice: User, bob: User) -> dict[str, int]:
    """Albums of alice's, by the names in addresses; she has something in every list."""
    mine = ContentItemFactory(title="mine", creator=alice, content_type="image")
    ContentItemFactory(title="my fog", creator=alice, tags=["fog"], content_type="image")
    ContentItemFactory(title="my secret", creator=alice, is_private=True)
    other = ContentItemFactory(title="bob's", creator=bob)
    ContentItemFactory(title="bob's secret", creator=bob, is_private=True)
    for kind in ("like", "bookmark", "view"):
        InteractionFactory(user=alice, content=other, kind=kind)
    Follow.objects.create(user=alice, person=bob)
    RecommendationFactory(user=alice, content=other)
    album = AlbumFactory(owner=alice)
    add_works(album, alice, [mine.pk])
    return {"album": album.pk, "smart": AlbumFactory(owner=alice, query="sort=created_at&tag=fog").pk}


@pytest.mark.parametrize("address", LISTS)
def test_all_works_of_a_list_are_just_its_own(
    client: Client, alice: User, albums: dict[str, int], address: str
) -> None:
    client.force_login(alice)
    list_page = client.get(address.format(**albums))
    links = [link for link in elements(list_page, "a") if "data-select" in link.attributes]
    if LISTS[address] is None:
        buttons = [button for button in elements(list_page, "button") if "data-select" in button.attributes]
        assert (links, len(buttons)) == ([], 1)
        return
    [link] = links
    query = link.attributes["data-works-query"]
    found = tasks.listing_of(alice, query).rows.visible.values_list("title", flat=True)
    assert sorted(found) == LISTS[address]
    page = client.get(link.attributes["href"])
    assert sorted(texts(page, "span", class_="pick__title")) == LISTS[address]
    asked = [QueryDict(field.attributes["value"]) for field in elements(page, "input", name="query")]
    assert asked == ([QueryDict(query)] if LISTS[address] else [])


def test_the_page_leads_back_to_the_list_that_it_came_from(client: Client, alice: User) -> None:
    ContentItemFactory(creator=alice, is_private=True)
    client.force_login(alice)
    for query, address in (
        (f"creator={alice.pk}&visibility=private", "/me/works/?visibility=private"),
        ("tag=fog", "/?tag=fog"),
        ("visibility=private", "/?"),
    ):
        page = client.get(f"/selection/?{query}")
        [crumb] = [link for link in elements(page, "a") if link.text == "Back to the list"]
        assert crumb.attributes["href"] == address
