"""Many works taken out of an album at once, and put back to their places by undo."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from albums.bulk import NOT_YOURS
from albums.items import add_works, annotate, move_work, set_cover
from albums.models import Album, AlbumItem
from content.models import ContentItem
from culling import tasks
from culling.actions import ACTIONS
from culling.models import Status
from tests.factories import AlbumFactory, ContentItemFactory
from users.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def kept(alice: User) -> Album:
    return AlbumFactory(owner=alice)


def works_in(album: Album) -> list[int]:
    return [content for content, *_ in places_in(album)]


def places_in(album: Album) -> list[tuple[object, ...]]:
    """Return the works of an album in its order, with their notes and when they came to it."""
    items = AlbumItem.objects.filter(album=album).order_by("-position", "-pk")
    return list(items.values_list("content", "note", "added_at"))


def test_many_works_are_taken_out_and_put_back_to_their_places(alice: User, kept: Album) -> None:
    ids = [work.pk for work in ContentItem.objects.bulk_create(ContentItemFactory.build_batch(1_205, creator=alice))]
    add_works(kept, alice, ids[5:705])
    add_works(kept, alice, ids[705:])
    add_works(kept, alice, ids[:3])
    annotate(kept, ids[700], "The best of all.")
    move_work(kept, ids[1_204], before=ids[600])
    set_cover(kept, ids[700])
    before = places_in(kept)
    out = ACTIONS["out_of_album"]
    task = tasks.ask_for_works(alice, out, out.check(alice, str(kept.pk)), ids[3:])
    assert not task.is_finished
    tasks.work(lambda: False)
    task.refresh_from_db()
    assert (task.status, task.changed, task.unchanged, works_in(kept)) == (Status.DONE, 1_200, 2, ids[:3])
    add_works(kept, alice, ids[3:5])
    undoing = tasks.undo(task)
    tasks.work(lambda: False)
    undoing.refresh_from_db()
    assert (undoing.status, undoing.changed) == (Status.DONE, 1_200)
    assert [place for place in places_in(kept) if place[0] not in ids[3:5]] == before
    assert works_in(kept)[-2:] == ids[3:5]
    assert Album.objects.get().cover_id == ids[700]


def test_undo_leaves_works_that_were_added_again_and_another_cover(alice: User, kept: Album) -> None:
    first, second, third = (work.pk for work in ContentItemFactory.create_batch(3))
    add_works(kept, alice, [first, second, third])
    set_cover(kept, first)
    task = tasks.ask_for_works(alice, ACTIONS["out_of_album"], str(kept.pk), [first, second])
    add_works(kept, alice, [first])
    set_cover(kept, third)
    undoing = tasks.undo(task)
    assert (undoing.changed, undoing.unchanged) == (1, 1)
    assert (works_in(kept), Album.objects.get().cover_id) == ([second, third, first], third)


def test_works_come_back_between_their_neighbours_if_another_work_has_their_position(alice: User, kept: Album) -> None:
    first, second, third, late = (work.pk for work in ContentItemFactory.create_batch(4))
    add_works(kept, alice, [first, second, third])
    task = tasks.ask_for_works(alice, ACTIONS["out_of_album"], str(kept.pk), [second, third])
    add_works(kept, alice, [late])
    tasks.undo(task)
    assert [content for content in works_in(kept) if content != late] == [first, second, third]


def test_works_are_taken_out_of_ones_own_album_alone(client: Client, alice: User, bob: User, kept: Album) -> None:
    work = ContentItemFactory().pk
    add_works(kept, alice, [work])
    task = tasks.ask_for_works(alice, ACTIONS["out_of_album"], str(kept.pk), [work])
    tasks.undo(task)
    client.force_login(bob)
    sent = {"action": "out_of_album", "album": str(kept.pk), "work": work}
    refused = client.post("/selection/act/", sent)
    assert (refused.status_code, refused.json(), works_in(kept)) == (400, {"said": f"Album: {NOT_YOURS}"}, [work])
    kept.delete()
    assert ACTIONS["out_of_album"].undo(alice, {work: [1, 1, "", "2024-01-01T00:00Z", False]}, task.value) == 0


def test_works_are_taken_out_and_put_back_in_as_many_queries_for_any_number(
    alice: User, kept: Album, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for count in (1, 20):
        ids = [work.pk for work in ContentItemFactory.create_batch(count)]
        add_works(kept, alice, ids)
        with django_assert_max_num_queries(16):
            changes = ACTIONS["out_of_album"].apply(alice, ids, str(kept.pk)).changed
        with django_assert_max_num_queries(8):
            assert ACTIONS["out_of_album"].undo(alice, changes, str(kept.pk)) == count
