"""Many works into an album at once, where they are chosen, and out again by undo."""

import re

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from albums import bulk
from albums.items import add_works, set_cover
from albums.models import Album, AlbumItem
from culling import tasks, views
from culling.actions import ACTIONS, WrongValueError
from culling.wording import ISOLATE, POP
from genonaut.pagination.errors import InvalidParametersError
from tests.factories import AlbumFactory, ContentItemFactory, UserFactory
from tests.pages.html import elements, texts
from users.models import User

pytestmark = pytest.mark.django_db
# What keeps the direction of a name to itself.
ISOLATES = {ord(mark): None for mark in (ISOLATE, POP)}


@pytest.fixture
def kept(alice: User) -> Album:
    return Album.objects.create(owner=alice, title="Kept")


def works_in(album: Album) -> list[int]:
    return list(AlbumItem.objects.filter(album=album).order_by("-position").values_list("content", flat=True))


def test_chosen_works_are_added_and_taken_out_by_undo(alice: User, kept: Album) -> None:
    first, second, third = works = ContentItemFactory.create_batch(3)
    secret = ContentItemFactory(is_private=True)
    add_works(kept, alice, [second.pk])
    album = ACTIONS["album"]
    task = tasks.ask_for_works(alice, album, str(kept.pk), [*(work.pk for work in works), secret.pk])
    assert (works_in(kept), task.changed) == ([second.pk, first.pk, third.pk], 2)
    tasks.undo(task)
    assert works_in(kept) == [second.pk]


def test_undo_takes_the_cover_with_the_work(alice: User, kept: Album) -> None:
    first, second = (work.pk for work in ContentItemFactory.create_batch(2))
    add_works(kept, alice, [first])
    task = tasks.ask_for_works(alice, ACTIONS["album"], str(kept.pk), [second])
    set_cover(kept, second)
    tasks.undo(task)
    assert (works_in(kept), Album.objects.get().cover) == ([first], None)


def test_only_ones_own_albums_that_are_made_by_hand_are_offered_and_taken(alice: User, kept: Album) -> None:
    smart = Album.objects.create(owner=alice, title="Seas", query="tag=sea")
    other = Album.objects.create(owner=UserFactory(), title="Another", is_public=True)
    album = ACTIONS["album"]
    assert album.choices(alice, "") == [(str(kept.pk), "Kept")]
    for pk in (smart.pk, other.pk):
        assert album.choices(alice, str(pk)) == [(str(kept.pk), "Kept")]
    for value in (str(smart.pk), str(other.pk), "", "x", "9" * 30, "²"):
        with pytest.raises(WrongValueError):
            album.check(alice, value)


def options(answer: HttpResponse) -> list[str]:
    """Return the titles of the albums that a form offers."""
    [select] = re.findall(r'<select name="album">(.*?)</select>', answer.content.decode())
    return re.findall(r">([^<>]+)</option>", select)


def test_an_album_s_page_offers_it_first_however_old_it_is(
    client: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "MOST_CHOICES", 2)
    oldest, older, newer, newest = (AlbumFactory(owner=alice, title=title) for title in "abcd")
    others = AlbumFactory(title="Of another", is_public=True)
    client.force_login(alice)
    buttons = elements(client.get(f"/albums/{oldest.pk}/"), "button", type="button")
    assert [button.attributes["data-album"] for button in buttons if "data-select" in button.attributes] == [
        str(oldest.pk)
    ]
    for album, titles in ((oldest, "adc"), (older, "bdc"), (newer, "cd"), (newest, "dc"), (others, "dc")):
        assert options(client.get(f"/selection/bar/?album={album.pk}")) == list(titles)
    assert options(client.get("/selection/bar/")) == ["d", "c"]
    assert client.get("/selection/bar/?album=x").status_code == 400


@pytest.mark.parametrize("count", [1, 20])
def test_the_bar_of_an_album_takes_as_many_queries_whatever_it_offers(
    client: Client, alice: User, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    albums = AlbumFactory.create_batch(count, owner=alice)
    client.force_login(alice)
    session_and_user, the_album, newest = 2, 1, 1
    with django_assert_num_queries(session_and_user + the_album + newest):
        client.get(f"/selection/bar/?album={albums[0].pk}")


@pytest.mark.parametrize("action", ["album", "out_of_album", "entered"])
def test_an_album_that_is_not_offered_is_named(
    client: Client, alice: User, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    monkeypatch.setattr(bulk, "MOST_CHOICES", 1)
    monkeypatch.setattr(views, "MOST_CHOICES", 1)
    old, new = (AlbumFactory(owner=alice, title=title) for title in ("Old ones", "New ones"))
    work = ContentItemFactory()
    if action == "out_of_album":
        for album in (old, new):
            add_works(album, alice, [work.pk])
    client.force_login(alice)
    page = client.get("/selection/")
    assert (options(page), len(elements(page, "input", name="album_named"))) == (["New ones"], 1)
    sent = {"action": action, "album": new.pk, "album_named": " Old ones ", "work": work.pk, "next": "/selection/"}
    message = texts(client.post("/selection/", sent, follow=True), "p", class_="message")
    way = "taken out of" if action == "out_of_album" else "added to"
    assert [text.translate(ISOLATES) for text in message] == [f"1 work {way} the album “Old ones”."]
    assert (works_in(old), works_in(new)) == (([], [work.pk]) if action == "out_of_album" else ([work.pk], []))


@pytest.mark.parametrize("title", ["Twice", "old ones", "Seas", "Of another", "\0", "x" * 201])
def test_a_title_that_means_no_one_album_is_refused(client: Client, alice: User, title: str) -> None:
    for name in ("Twice", "Twice", "Old ones"):
        AlbumFactory(owner=alice, title=name)
    AlbumFactory(owner=alice, title="Seas", query="tag=sea")
    AlbumFactory(title="Of another", is_public=True)
    client.force_login(alice)
    sent = {"action": "album", "album_named": title, "work": ContentItemFactory().pk}
    assert client.post("/selection/", sent).status_code == 400
    assert not AlbumItem.objects.exists()


def test_undo_of_an_album_that_is_gone_takes_nothing_out(alice: User, kept: Album) -> None:
    task = tasks.ask_for_works(alice, ACTIONS["album"], str(kept.pk), [ContentItemFactory().pk])
    kept.delete()
    assert ACTIONS["album"].undo(alice, {1: None}, task.value) == 0


def test_works_are_added_in_the_order_in_which_they_were_chosen(alice: User, kept: Album) -> None:
    first, second, third = (work.pk for work in ContentItemFactory.create_batch(3))
    tasks.ask_for_works(alice, ACTIONS["album"], str(kept.pk), [second, third, first])
    assert works_in(kept) == [second, third, first]


def test_a_new_album_holds_the_chosen_works_and_goes_with_the_undo(alice: User) -> None:
    action = ACTIONS["new_album"]
    ids = [work.pk for work in ContentItemFactory.create_batch(3)]
    task = tasks.ask_for_works(alice, action, action.check(alice, " Best of  all "), ids)
    album = Album.objects.get()
    assert (album.title, album.owner, works_in(album)) == ("Best of  all", alice, ids)
    assert not album.is_public
    tasks.undo(task)
    assert not Album.objects.exists()


def test_a_selection_that_is_sent_twice_makes_one_album(client: Client, alice: User) -> None:
    ids = [work.pk for work in ContentItemFactory.create_batch(2)]
    client.force_login(alice)
    for _ in range(2):
        answer = client.post("/selection/", {"action": "new_album", "album_title": "Best", "work": ids})
        assert answer.status_code == 303
    assert works_in(Album.objects.get()) == ids


@pytest.mark.parametrize("by", ["hand", "a selection"])
def test_undo_leaves_an_album_that_was_there_before(client: Client, alice: User, by: str) -> None:
    first, second = (work.pk for work in ContentItemFactory.create_batch(2))
    client.force_login(alice)
    if by == "hand":
        client.post("/albums/new/", {"title": "Best"})
    else:
        made_it = tasks.ask_for_works(alice, ACTIONS["new_album"], "Best", [first])
    task = tasks.ask_for_works(alice, ACTIONS["new_album"], "Best", [second])
    tasks.undo(task)
    assert works_in(Album.objects.get()) == ([] if by == "hand" else [first])
    if by == "a selection":
        tasks.undo(made_it)
        assert not Album.objects.exists()


@pytest.mark.parametrize("action", ["album", "new_album"])
def test_the_page_of_a_task_says_the_title_of_its_album_and_no_id(client: Client, alice: User, action: str) -> None:
    ids = [ContentItemFactory().pk]
    client.force_login(alice)
    label = ACTIONS[action].label
    for title in ("Best", "Best"):
        value = title if action == "new_album" else str(AlbumFactory(owner=alice, title=title).pk)
        task = tasks.ask_for_works(alice, ACTIONS[action], value, ids)
        assert texts(client.get(f"/selection/tasks/{task.pk}/"), "h1") == [f"{label} “Best”"]
    undoing = tasks.undo(task)
    assert texts(client.get(f"/selection/tasks/{undoing.pk}/"), "h1") == [f"Undo: {label} “Best”"]
    Album.objects.all().delete()
    [heading] = texts(client.get(f"/selection/tasks/{task.pk}/"), "h1")
    assert heading == (label if action == "album" else f"{label} “Best”")


@pytest.mark.parametrize("touched", ["a note", "a title", "a work"])
def test_undo_leaves_a_new_album_that_was_touched_since(alice: User, touched: str) -> None:
    task = tasks.ask_for_works(alice, ACTIONS["new_album"], "Best", [ContentItemFactory().pk])
    album = Album.objects.get()
    other = ContentItemFactory()
    if touched == "a work":
        add_works(album, alice, [other.pk])
    else:
        Album.objects.update(**({"notes": "Mine."} if touched == "a note" else {"title": "The best"}))
    tasks.undo(task)
    assert works_in(album) == ([other.pk] if touched == "a work" else [])
    assert Album.objects.filter(pk=album.pk).exists()


def test_undo_leaves_a_new_album_whose_title_is_too_long_to_compare(alice: User) -> None:
    task = tasks.ask_for_works(alice, ACTIONS["new_album"], "x" * 200, [ContentItemFactory().pk])
    tasks.undo(task)
    assert works_in(Album.objects.get()) == []


def test_undo_of_a_task_that_knows_no_title_deletes_the_album(alice: User) -> None:
    task = tasks.ask_for_works(alice, ACTIONS["new_album"], "Best", [ContentItemFactory().pk])
    task.value = str(Album.objects.get().pk)  # as the version before wrote it
    task.save()
    tasks.undo(task)
    assert not Album.objects.exists()


@pytest.mark.parametrize("title", ["", "  ", "x" * 201, "a\x00b"])
def test_a_new_album_needs_a_title(alice: User, title: str) -> None:
    with pytest.raises(WrongValueError):
        ACTIONS["new_album"].check(alice, title)


def test_a_wrong_query_makes_no_album(alice: User) -> None:
    with pytest.raises(InvalidParametersError):
        tasks.ask_for_query(alice, ACTIONS["new_album"], "Best", "min_quality=x")
    assert not Album.objects.exists()
