"""The list of a member's bulk tasks: found from the overview, whole over its pages, and shown to its member alone."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from content.models import ContentItem
from culling import own_tasks, tasks
from culling.actions import ACTIONS
from culling.models import BulkTask, Status
from culling.worker_tasks import run_bulk_tasks
from tests.factories import AlbumFactory, ContentItemFactory
from tests.pages.html import elements, hrefs, texts
from users.models import User

LIST = "/selection/tasks/"


def make_tasks(user: User, count: int) -> list[BulkTask]:
    """Return finished tasks of a user, the oldest first."""
    fields = {"user": user, "action": "like", "status": Status.DONE, "finished_at": "2024-01-02T00:00Z"}
    return [BulkTask.objects.create(**fields, changed=number) for number in range(count)]


def listed(client: Client, address: str = LIST) -> list[str]:
    """Return what the list says of each of its tasks."""
    return [row.text for row in elements(client.get(address), "p", class_="deed__comment")]


def test_a_large_task_is_found_again_stopped_and_undone(
    client: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "MOST_AT_ONCE", 4)
    monkeypatch.setattr(tasks, "BATCH_WORKS", 2)
    ContentItemFactory.create_batch(7, creator=alice, tags=["fog"])
    client.force_login(alice)
    sent = {"scope": "all", "query": "tag=fog", "action": "tag", "tag": "sea"}
    assert client.post("/selection/", sent).status_code == 303
    tasks.do_batch(tasks.unfinished())
    assert LIST in hrefs(client.get("/me/"), "a")
    page = client.get(LIST)
    assert texts(page, "h2") == ["Under way"]
    [link] = [address for address in hrefs(page, "a") if address.startswith(LIST)]
    assert LIST in hrefs(client.get(link), "a")
    client.post(f"{link}cancel/")
    assert (texts(client.get(LIST), "h2"), texts(client.get(LIST), "span", class_="label")) == (["Newest"], ["Stopped"])
    client.post(f"{link}undo/")
    run_bulk_tasks(timestamp=0)
    assert not ContentItem.objects.filter(tags__contains=["sea"]).exists()
    page = client.get(LIST)
    shown = [row.text for row in elements(page, "li", class_="deed")]
    assert [words.partition("”")[0] for words in shown] == ["Undo: Add tag “sea", "Add tag “sea"]
    assert texts(page, "span", class_="label") == ["Done", "Undone"]


def test_another_member_s_tasks_are_not_listed(client: Client, alice: User, bob: User, staff: User) -> None:
    make_tasks(alice, 1)
    BulkTask.objects.create(user=alice, action="like", query="")
    for viewer, count in ((bob, 0), (staff, 0), (alice, 2)):
        client.force_login(viewer)
        assert len(listed(client)) == count
    client.logout()
    assert client.get(f"{LIST}?before=7")["Location"] == "/accounts/login/?next=/selection/tasks/%3Fbefore%3D7"


def test_older_tasks_are_on_further_pages_and_those_under_way_on_the_first(
    client: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_tasks, "MOST_SHOWN", 2)
    BulkTask.objects.create(user=alice, action="like", query="", changed=99, status=Status.RUNNING)
    make_tasks(alice, 3)
    client.force_login(alice)
    [older] = elements(client.get(LIST), "a", rel="next")
    assert listed(client) == ["99 works liked.", "2 works liked.", "1 work liked."]
    last = LIST + older.attributes["href"]
    assert listed(client, last) == ["0 works liked.", "99 works liked."]
    assert elements(client.get(last), "a", rel="next") == []


@pytest.mark.parametrize("query", ["before=x", "before=1&before=2", "before=-1", "before=٣"])
def test_a_wrong_address_is_refused(client: Client, alice: User, query: str) -> None:
    client.force_login(alice)
    assert client.get(f"{LIST}?{query}").status_code == 400


def test_a_list_takes_as_many_queries_for_any_number_of_tasks(
    client: Client, alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.force_login(alice)
    for count in (1, 20):
        for task in make_tasks(alice, count):
            tasks.undo(task)
            album = AlbumFactory(owner=alice, title=f"Album {task.pk}")
            BulkTask.objects.create(user=alice, action="album", value=str(album.pk), query="")
        with django_assert_num_queries(5):
            page = client.get(LIST)
        assert f"Add to album “Album {task.pk}”" in texts(page, "a")


def test_a_title_is_that_of_an_album_and_is_escaped(client: Client, alice: User) -> None:
    work = ContentItemFactory(creator=alice)
    gone = AlbumFactory(owner=alice)
    tasks.ask_for_works(alice, ACTIONS["tag"], "<b>fog</b>", [work.pk])
    tasks.ask_for_works(alice, ACTIONS["album"], str(gone.pk), [work.pk])
    tasks.ask_for_works(alice, ACTIONS["new_album"], "Others", [work.pk])
    BulkTask.objects.create(user=alice, action="of an app that is gone", value="x", query="")
    gone.delete()
    client.force_login(alice)
    titles = [link.text for link in elements(client.get(LIST), "a") if "/tasks/" in link.attributes["href"]]
    assert titles == [
        "of an app that is gone “x”",
        "Add to new album “Others”",
        "Add to album",
        "Add tag “<b>fog</b>”",
    ]
