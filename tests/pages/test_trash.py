"""The page of the trash, and the way there and back by plain forms."""

from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from content import trash, trash_views
from content.bookkeeping import TrashEmptying
from content.models import ContentItem
from content.trash import begin_to_empty, empty_trash, move_to_trash, restore
from content.worker_tasks import empty_trashes
from tests.factories import ContentItemFactory
from tests.pages.html import elements, texts, titles
from users.accounts import delete_account
from users.models import User

# What each does: the answers to anonymous, bob, alice (the owner) and staff; for a public work, then for one in
# alice's trash. Others are told nothing of either trash.
MATRIX = {
    "/content/{}/trash/": ([303, 403, 303, 303], [303, 404, 404, 303]),
    "/trash/restore/": ([303, 303, 303, 303], [303, 303, 303, 303]),
    "/trash/delete/": ([303, 303, 303, 303], [303, 303, 303, 303]),
    "/trash/empty/": ([303, 303, 303, 303], [303, 303, 303, 303]),
}
# Who, by their place above, changes the trashed work: only its owner and staff, and by emptying their own trash none.
CHANGERS = {"/trash/restore/": {2, 3}, "/trash/delete/": {2, 3}, "/trash/empty/": {2}}


@pytest.mark.parametrize("address", MATRIX)
def test_who_may_do_what(address: str, alice: User, bob: User, staff: User) -> None:
    public, trashed = MATRIX[address]
    for place, who in enumerate((None, bob, alice, staff)):
        for is_trashed, statuses in ((False, public), (True, trashed)):
            item = ContentItemFactory(creator=alice)
            row = ContentItem.objects.filter(pk=item.pk)
            if is_trashed:
                move_to_trash(row)
            client = Client()
            if who is not None:
                client.force_login(who)
            before = row.values_list("is_private", "trashed_at").first()
            assert client.post(address.format(item.pk), {"work": item.pk}).status_code == statuses[place]
            is_changed = row.values_list("is_private", "trashed_at").first() != before
            moves = address.endswith("trash/") and not is_trashed and place > 1
            assert is_changed == (moves or (is_trashed and place in CHANGERS.get(address, set()))), (place, is_trashed)
            row.delete()


def test_a_work_is_moved_to_the_trash_and_brought_back_by_undo(client: Client, alice: User) -> None:
    item = ContentItemFactory(creator=alice, title="Fog")
    client.force_login(alice)
    page = client.get(item.get_absolute_url())
    assert "Move to trash" in texts(page, "button") and "Delete" not in texts(page, "a")
    answer = client.post(f"/content/{item.pk}/trash/")
    page = client.get(answer["Location"])
    assert (texts(page, "p", class_="message"), titles(page)) == (["Moved “Fog” to the trash."], [])
    [form] = elements(page, "form", class_="undo")
    assert form.attributes["action"] == "/trash/restore/"
    answer = client.post("/trash/restore/", {"work": item.pk})
    assert (answer.status_code, answer["Location"]) == (303, item.get_absolute_url())
    assert texts(client.get(answer["Location"]), "p", class_="message") == ["Restored 1 work."]
    assert titles(client.get("/")) == ["Fog"]


def test_the_page_shows_ones_own_trash_the_latest_first(
    client: Client, alice: User, bob: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    assert client.get("/trash/")["Location"] == "/accounts/login/?next=/trash/"
    client.force_login(alice)
    assert texts(client.get("/trash/"), "h2") == ["Nothing in the trash"]
    for title, creator in (("First", alice), ("Other", bob), ("Second", alice)):
        move_to_trash(ContentItem.objects.filter(pk=ContentItemFactory(title=title, creator=creator).pk))
    ContentItemFactory(creator=alice, is_private=True)
    with django_assert_num_queries(7):
        page = client.get("/trash/")
    assert texts(page, "span", class_="pick__title") == ["Second", "First"]
    assert texts(page, "p", class_="label") == ["2 works"]
    ContentItemFactory.create_batch(30, creator=alice)
    move_to_trash(ContentItem.objects.filter(creator=alice))
    with django_assert_num_queries(7):
        page = client.get("/trash/?page_size=25&page=2")
    assert (texts(page, "p", class_="label"), len(texts(page, "span", class_="pick__title"))) == (["33 works"], 8)


def test_much_is_deleted_by_the_worker(
    client: Client, alice: User, monkeypatch: pytest.MonkeyPatch, at_work: Callable[[], None]
) -> None:
    monkeypatch.setattr(trash_views, "MOST_DELETED", 2)
    works = ContentItemFactory.create_batch(4, creator=alice)
    move_to_trash(ContentItem.objects.filter(creator=alice))
    client.force_login(alice)
    client.post("/trash/delete/", {"work": [works[0].pk]})
    assert ContentItem.objects.count() == 3
    client.post("/trash/empty/")
    assert ContentItem.objects.count() == 1
    at_work()
    assert ContentItem.objects.count() == 0


def test_emptying_changes_few_rows_at_once_and_what_is_trashed_later_stays(
    client: Client, alice: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trash_views, "MOST_DELETED", 2)
    monkeypatch.setattr(trash, "BATCH_WORKS", 3)
    ContentItemFactory.create_batch(9, creator=alice)
    for owner in (alice, bob):
        ContentItemFactory(creator=owner, title="Kept")
    emptied = ContentItem.objects.exclude(title="Kept")
    move_to_trash(ContentItem.objects.filter(title="Kept", creator=bob))
    move_to_trash(emptied)
    before = dict(emptied.values_list("pk", "trashed_at"))
    client.force_login(alice)
    page = client.post("/trash/empty/", follow=True)
    assert dict(emptied.values_list("pk", "trashed_at")).items() <= before.items()
    assert emptied.count() == 7
    assert "Being deleted for good: 7 works. What is restored in time stays." in texts(page, "p")
    move_to_trash(ContentItem.objects.filter(title="Kept", creator=alice))
    restore(emptied.filter(pk=max(before)))
    turns = iter([False] * 5)
    empty_trash(lambda: next(turns, True))
    assert 1 < emptied.count() < 6
    empty_trash(lambda: False)
    assert list(emptied.values_list("pk", "trashed_at")) == [(max(before), None)]
    assert ContentItem.objects.filter(title="Kept", trashed_at__isnull=False).count() == 2
    assert not TrashEmptying.objects.exists()
    page = client.get("/trash/")
    assert (texts(page, "p", class_="label"), "Being deleted" in page.content.decode()) == (["1 work"], False)


def test_ticked_works_that_are_still_going_are_counted(
    client: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trash_views, "MOST_DELETED", 1)
    works = ContentItemFactory.create_batch(4, creator=alice)
    move_to_trash(ContentItem.objects.all())
    client.force_login(alice)
    page = client.post("/trash/delete/", {"work": [work.pk for work in works[:3]]}, follow=True)
    assert "These works are being deleted for good." in texts(page, "p", class_="message")
    assert "Being deleted for good: 2 works. What is restored in time stays." in texts(page, "p")


@pytest.mark.parametrize("count", [1, 20])
def test_to_empty_a_trash_takes_as_many_queries_however_full_it_is(
    alice: User,
    django_assert_num_queries: DjangoAssertNumQueries,
    count: int,
) -> None:
    ContentItemFactory.create_batch(count, creator=alice)
    move_to_trash(ContentItem.objects.all())
    # The wish takes a transaction of six; nothing is deleted here, and one work is looked for.
    with django_assert_num_queries(7):
        assert begin_to_empty(alice, 0) == (0, False)


def test_a_wish_to_empty_a_trash_goes_with_its_account(alice: User) -> None:
    ContentItemFactory(creator=alice)
    move_to_trash(ContentItem.objects.all())
    begin_to_empty(alice, 0)
    delete_account(alice)
    assert (TrashEmptying.objects.exists(), ContentItem.objects.exists()) == (False, False)


@pytest.fixture
def at_work() -> Callable[[], None]:
    """One turn of the worker's task."""
    return lambda: empty_trashes(timestamp=0)


@pytest.mark.parametrize("works", [["x"], ["1"] * 1_001, ["٣"]])
def test_wrong_ids_are_refused(client: Client, alice: User, works: list[str]) -> None:
    client.force_login(alice)
    assert client.post("/trash/restore/", {"work": works}).status_code == 400


def test_a_form_without_a_tick_leads_back_to_its_boxes(client: Client, alice: User) -> None:
    client.force_login(alice)
    ContentItemFactory(creator=alice)
    for address, page in {
        "/trash/restore/": "/trash/",
        "/trash/delete/": "/trash/",
        "/selection/": "/selection/?page_size=50",
        "/compare/": "/selection/?page_size=50",
    }.items():
        answer = client.post(address, {"next": page, "action": "like", "scope": "these"})
        assert (answer.status_code, answer["Location"]) == (303, page)
        assert "Tick works first." in texts(client.get(page), "p")
    assert client.post("/selection/act/", {"action": "like"}).status_code == 400


def test_deleting_for_good_asks_first(client: Client, alice: User) -> None:
    client.force_login(alice)
    move_to_trash(ContentItem.objects.filter(pk=ContentItemFactory(creator=alice).pk))
    parts = [part.text for part in elements(client.get("/trash/"), "details") if "ticked" in part.text]
    assert parts == ["Delete for good … The ticked works go for good. This cannot be undone. Delete the ticked works"]
