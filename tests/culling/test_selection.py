"""Selections by plain forms, the answers for script, and the page of a task."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from content.models import ContentItem
from culling import tasks
from culling.actions import ACTIONS
from culling.models import BulkTask, Status
from interactions.models import Interaction
from tests.factories import ContentItemFactory
from tests.pages.html import elements, texts
from users.models import User

# Each address as anonymous, bob, alice (whose task and works they are) and staff get it. Staff change works of others,
# but a task is its owner's alone.
MATRIX = {
    "get /selection/": (303, 200, 200, 200),
    "post /selection/": (303, 303, 303, 303),
    "get /selection/bar/": (403, 200, 200, 200),
    "post /selection/act/": (403, 200, 200, 200),
    "post /selection/act/{}/undo/": (403, 404, 200, 404),
    "get /selection/tasks/": (303, 200, 200, 200),
    "get /selection/tasks/{}/": (303, 404, 200, 404),
    "post /selection/tasks/{}/cancel/": (303, 404, 303, 404),
    "post /selection/tasks/{}/undo/": (303, 404, 303, 404),
}


@pytest.mark.parametrize("asked", MATRIX)
def test_who_may_do_what(asked: str, alice: User, bob: User, staff: User) -> None:
    method, address = asked.split()
    for who, status in zip((None, bob, alice, staff), MATRIX[asked], strict=True):
        mine, other = ContentItemFactory.create_batch(2, creator=alice)
        task = tasks.ask_for_works(alice, ACTIONS["hide"], "", [other.pk])
        client = Client()
        if who is not None:
            client.force_login(who)
        sent = {"action": "trash", "work": mine.pk}
        answer = client.get(address.format(task.pk)) if method == "get" else client.post(address.format(task.pk), sent)
        assert answer.status_code == status
        is_trashed = ContentItem.objects.get(pk=mine.pk).trashed_at is not None
        acts = asked in ("post /selection/", "post /selection/act/")
        assert is_trashed == (acts and who in (alice, staff))
        is_undone = not ContentItem.objects.get(pk=other.pk).is_private
        assert is_undone == (asked.endswith("/undo/") and who == alice)


def test_the_page_offers_the_works_of_a_query_and_does_what_is_asked(
    client: Client, alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    fog = [ContentItemFactory(creator=alice, title=f"Fog {number}", tags=["fog"]) for number in range(3)]
    ContentItemFactory(title="Sun")
    client.force_login(alice)
    client.get("/selection/")
    with django_assert_num_queries(9):
        page = client.get("/selection/?tag=fog&page_size=2&fbclid=1")
    assert texts(page, "span", class_="pick__title") == ["Fog 2", "Fog 1"]
    assert "All 3 works of this query, on every page" in texts(page, "span")
    offered = [button.attributes["value"] for button in elements(page, "button", name="action")]
    # Enter presses the first; she has no album.
    assert (offered[0], sorted(offered[1:])) == ("entered", sorted(ACTIONS.keys() - {"album", "out_of_album"}))
    [query] = [field.attributes["value"] for field in elements(page, "input", name="query")]
    assert query == "tag=fog"
    sent = {"query": query, "next": "/selection/?tag=fog", "rating": "4", "tag": ""}
    these = client.post("/selection/", {**sent, "work": [fog[0].pk, fog[1].pk], "action": "rate"})
    assert (these.status_code, these["Location"]) == (303, "/selection/?tag=fog")
    assert texts(client.get(these["Location"]), "p", class_="message") == ["2 works rated."]
    client.post("/selection/", {**sent, "scope": "all", "action": "hide"})
    shown = client.get("/")
    assert texts(shown, "p", class_="message") == ["3 works made private."]
    [form] = elements(shown, "form", class_="undo")
    assert client.post(form.attributes["action"]).status_code == 303
    assert ContentItem.objects.filter(is_private=True).count() == 0
    assert Interaction.objects.filter(rating=4).count() == 2


def test_script_is_told_what_was_done_and_where_it_is_undone(client: Client, alice: User) -> None:
    item = ContentItemFactory()
    client.force_login(alice)
    told = client.post("/selection/act/", {"action": "like", "work": item.pk}).json()
    task = BulkTask.objects.get()
    assert told == {
        "task": task.pk,
        "action": "like",
        "is_undo": False,
        "said": "1 work liked.",
        "is_finished": True,
        "changed": 1,
        "works": [item.pk],
        "address": f"/selection/tasks/{task.pk}/",
        "undo": f"/selection/act/{task.pk}/undo/",
    }
    again = client.post("/selection/act/", {"action": "like", "work": item.pk}).json()
    assert again["undo"] is None  # it changed nothing
    undone = client.post(told["undo"]).json()
    assert (undone["said"], undone["undo"]) == ("Undone: 1 work as before.", None)
    assert client.post(told["undo"]).json()["task"] == undone["task"]
    assert not Interaction.objects.exists()


def test_script_is_told_how_to_undo_what_the_worker_has_not_begun(
    client: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "MOST_AT_ONCE", 2)
    ContentItemFactory.create_batch(3, creator=alice)
    client.force_login(alice)
    told = client.post("/selection/act/", {"action": "hide", "scope": "all", "query": "creator=alice"}).json()
    assert (told["is_finished"], told["changed"]) == (False, 0)
    assert client.post(told["undo"]).status_code == 200
    assert BulkTask.objects.get(pk=told["task"]).status == Status.CANCELLED


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({}, "action"),
        ({"action": "explode", "work": "1"}, "action"),
        ({"action": "like", "work": ["1"] * 1_001}, "work"),
        ({"action": "like", "work": "٣"}, "work"),
        ({"action": "like", "work": "1" * 30}, "work"),
        ({"action": "rate", "work": "1", "rating": "9"}, "rating"),
        ({"action": "tag", "work": "1"}, "tag"),
        ({"action": "like", "work": "1", "scope": "most"}, "scope"),
        ({"action": "like", "scope": "all"}, "query"),
        ({"action": "like", "scope": "all", "query": "min_quality=x"}, "min_quality"),
        ({"action": "like", "scope": "all", "query": "q=" + "x" * 20_001}, "query"),
    ],
)
def test_what_is_wrong_is_refused(client: Client, alice: User, sent: dict[str, object], field: str) -> None:
    client.force_login(alice)
    for address in ("/selection/", "/selection/act/"):
        answer = client.post(address, sent)
        assert answer.status_code == 400
    assert list(answer.json()) == ["said"]
    assert field.replace("_", " ") in answer.content.decode().lower() or field in answer.content.decode()
    assert not BulkTask.objects.exists()


def test_the_page_of_a_task_says_how_far_it_is(client: Client, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "MOST_AT_ONCE", 2)
    monkeypatch.setattr(tasks, "BATCH_WORKS", 2)
    ContentItemFactory.create_batch(5, creator=alice)
    client.force_login(alice)
    answer = client.post("/selection/", {"action": "hide", "scope": "all", "query": "creator=alice"})
    page = client.get(answer["Location"])
    assert page.headers["Refresh"] == "2"
    tasks.work(iter([False, True]).__next__)
    page = client.get(answer["Location"])
    assert [bar.attributes["value"] for bar in elements(page, "progress")] == ["2"]
    assert "Stop here" in texts(page, "button")
    tasks.work(lambda: False)
    page = client.get(answer["Location"])
    assert "Refresh" not in page.headers
    assert (texts(page, "p", role="status"), "Undo" in texts(page, "button")) == (["5 works made private."], True)
    assert BulkTask.objects.get().status == Status.DONE


def test_a_thousand_works_fit_into_a_form_with_all_its_fields(client: Client, alice: User) -> None:
    works = ContentItemFactory.create_batch(1, creator=alice)
    ids = [works[0].pk + number for number in range(1_000)]
    client.force_login(alice)
    bar = client.get("/selection/bar/")
    fields = {field.attributes["name"]: "" for tag in ("input", "select") for field in elements(bar, tag)}
    for address in ("/selection/", "/selection/act/"):
        sent = {**fields, "csrfmiddlewaretoken": "x", "next": "/", "query": "", "scope": "these"}
        assert client.post(address, {**sent, "action": "like", "work": ids}).status_code in (200, 303)
    assert list(BulkTask.objects.values_list("total", flat=True)) == [1_000, 1_000]
    assert client.post("/trash/restore/", {"csrfmiddlewaretoken": "x", "next": "/", "work": ids}).status_code == 303


@pytest.mark.parametrize(
    ("written", "status", "actions"),
    [
        ({"tag": "fog"}, 303, ["tag"]),
        ({"tag": " ", "album_title": "Kept"}, 303, ["new_album"]),
        ({"tag": "fog", "album_title": "Kept"}, 204, []),
        ({}, 204, []),
    ],
)
def test_enter_sends_what_is_written(
    client: Client, alice: User, written: dict[str, str], status: int, actions: list[str]
) -> None:
    work = ContentItemFactory(creator=alice)
    client.force_login(alice)
    sent = {"action": "entered", "work": work.pk, "rating": "5", **written}
    assert client.post("/selection/", sent).status_code == status
    assert list(BulkTask.objects.values_list("action", flat=True)) == actions
    assert not Interaction.objects.exists()
