"""Answers that a client kept: each change that an address shows makes it send another, to every viewer."""

from collections.abc import Callable

import pytest
from django.test import Client

from albums.items import add_works, annotate, move_work, set_cover
from albums.models import Album
from content.models import ContentItem
from content.owners import set_privacy
from content.trash import move_to_trash, restore
from people.follows import set_follow
from tests.factories import AlbumFactory, ContentItemFactory
from users.accounts import prefer
from users.models import User

LISTS = ("/albums/", "/api/v1/albums/")
ONE = ("/albums/1/", "/fragments/albums/1/works/", "/api/v1/albums/1/items/")
CHANGES: list[tuple[str, tuple[str, ...], Callable[[User], object]]] = [
    ("another title", (*LISTS, "/albums/1/"), lambda _: Album.objects.update(title="Other")),
    ("other notes", ("/albums/1/",), lambda _: Album.objects.update(notes="Other")),
    ("another cover", LISTS, lambda _: set_cover(Album.objects.get(), 2)),
    ("another owner's name", ("/albums/", "/users/alice/"), lambda user: prefer(user, columns={"name": "Other"})),
    ("an owner who is off", LISTS, lambda user: User.objects.filter(pk=user.pk).update(is_active=False)),
    ("another order", ONE, lambda _: move_work(Album.objects.get(), 1, before=None)),
    ("a note", ("/api/v1/albums/1/items/",), lambda _: annotate(Album.objects.get(), 1, "Other")),
    ("a work in the trash", (*LISTS, *ONE, "/users/alice/"), lambda _: move_to_trash(ContentItem.objects.all())),
    ("works again", (*LISTS, *ONE, "/users/alice/"), lambda _: restore(ContentItem.objects.all())),
    ("a private work", ("/albums/", *ONE), lambda _: set_privacy(ContentItem.objects.get(pk=2), is_private=True)),
    ("a follower", ("/users/alice/",), lambda user: set_follow(User.objects.get(username="bob"), user.pk, is_on=True)),
]


@pytest.fixture
def album(alice: User, bob: User) -> Album:
    """A public album of alice's with two works of hers."""
    album = AlbumFactory(pk=1, owner=alice, is_public=True)
    works = [ContentItemFactory(pk=pk, creator=alice) for pk in (1, 2)]
    add_works(album, alice, [work.pk for work in works])
    set_cover(album, 1)
    return album


def test_no_change_is_missed(album: Album, alice: User, bob: User) -> None:
    bobs = Client()
    bobs.force_login(bob)
    known: set[str] = set()
    for client in (bobs, Client()):
        stale = []
        User.objects.filter(pk=alice.pk).update(is_active=True)
        ContentItem.objects.update(is_private=False)
        set_follow(bob, alice.pk, is_on=False)
        set_cover(album, 1)
        Album.objects.update(title="First", notes="First")
        prefer(alice, columns={"name": "First"})
        annotate(album, 1, "First")
        move_work(album, 1, before=2)
        for name, addresses, change in CHANGES:
            # Without an ETag nothing is kept.
            before = {address: client.get(address).headers.get("ETag", "none") for address in addresses}
            known |= {address for address, tag in before.items() if tag != "none"}
            change(alice)
            answers = {address: client.get(address, headers={"if-none-match": tag}) for address, tag in before.items()}
            stale += [(name, address) for address, answer in answers.items() if answer.status_code != 200]
            User.objects.filter(pk=alice.pk).update(is_active=True)
        assert stale == []
    assert known == {*LISTS, *ONE}


def test_a_list_is_sent_again_once_its_reader_prefers_another_form(alice: User, client: Client) -> None:
    ContentItemFactory.create_batch(60)
    client.force_login(alice)
    for preferences in ({"page_size": 100}, {"view": "scroll"}, {"theme": "dark"}):
        tag = client.get("/").headers["ETag"]
        assert client.get("/", headers={"if-none-match": tag}).status_code == 304
        prefer(alice, **preferences)
        assert client.get("/", headers={"if-none-match": tag}).status_code == 200
