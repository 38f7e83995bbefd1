"""Bulk tasks: each action and its undo, whose works it changes, and that an interruption loses nothing."""

from contextlib import suppress
from importlib import import_module

import pytest
from django.db import OperationalError, connection
from pytest_django import DjangoAssertNumQueries

from content.models import ContentItem
from content.trash import move_to_trash, restore
from culling import tasks
from culling.actions import ACTIONS, Action, Outcome, WrongValueError, register
from culling.models import BulkTask, Status
from culling.wording import said_of
from culling.worker_tasks import run_bulk_tasks
from genonaut.pagination.errors import InvalidParametersError
from interactions.models import Interaction, Kind
from interactions.rating import rate
from tests.factories import ContentItemFactory, InteractionFactory
from users.models import User


def state(user: User) -> list[tuple[object, ...]]:
    """Return all that actions change, by the title of the work."""
    marks: dict[int, list[tuple[str, int | None]]] = {}
    for kind, rating, pk in Interaction.objects.filter(user=user).values_list("kind", "rating", "content"):
        marks.setdefault(pk, []).append((kind, rating))
    works = ContentItem.objects.order_by("title")
    return [
        (work.title, work.tags, work.level, work.is_private, bool(work.trashed_at), sorted(marks.get(work.pk, [])))
        for work in works
    ]


@pytest.fixture
def works(alice: User, bob: User) -> list[ContentItem]:
    """Alice's works, each so already in some way; one of bob's, and one that she does not see."""
    made = [
        ContentItemFactory(title="A", creator=alice, tags=["fog"], level=1),
        ContentItemFactory(title="B", creator=alice, tags=["Sea", "Fog"], is_private=True, level=2),
        ContentItemFactory(title="C", creator=alice, tags=[str(number) for number in range(100)]),
        ContentItemFactory(title="D", creator=bob),
        ContentItemFactory(title="E", creator=bob, is_private=True),
    ]
    for kind, rating in ((Kind.LIKE, None), (Kind.BOOKMARK, None), (Kind.RATE, 2)):
        InteractionFactory(user=alice, content=made[0], kind=kind, rating=rating)
    return made


# Changed, unchanged, refused by reason; all are asked for A to E and a work that is not there.
GONE, FOREIGN = {tasks.GONE: 2}, {tasks.GONE: 2, tasks.FOREIGN: 1}
CASES = [
    ("like", "", "BCD", 1, GONE),
    ("unlike", "", "A", 3, GONE),
    ("bookmark", "", "BCD", 1, GONE),
    ("unbookmark", "", "A", 3, GONE),
    ("rate", "5", "ABCD", 0, GONE),
    ("rate", "2", "BCD", 1, GONE),
    ("rate", "0", "A", 3, GONE),
    ("tag", "FOG", "", 2, {**FOREIGN, "had 100 tags already": 1}),
    ("tag", "sea", "A", 1, {**FOREIGN, "had 100 tags already": 1}),
    ("untag", "fog", "AB", 1, FOREIGN),
    ("level", "sensitive", "BC", 1, FOREIGN),
    ("publish", "", "B", 2, FOREIGN),
    ("hide", "", "AC", 1, FOREIGN),
    ("trash", "", "ABC", 0, FOREIGN),
]


@pytest.mark.parametrize(("name", "value", "changed", "unchanged", "refused"), CASES)
def test_an_action_changes_what_it_may_and_undo_takes_back_that_alone(
    works: list[ContentItem],
    alice: User,
    name: str,
    value: str,
    changed: str,
    unchanged: int,
    refused: dict[str, int],
) -> None:
    before = state(alice)
    task = tasks.ask_for_works(alice, ACTIONS[name], value, [*(work.pk for work in works), 10**9])
    assert (task.status, task.changed, task.unchanged, task.refused) == (Status.DONE, len(changed), unchanged, refused)
    after = state(alice)
    assert "".join(new[0] for old, new in zip(before, after, strict=True) if old != new) == changed
    again = tasks.ask_for_works(alice, ACTIONS[name], value, [work.pk for work in works])
    assert (again.changed, state(alice)) == (0, after)
    undoing = tasks.undo(task)
    assert (undoing.status, undoing.changed) == (Status.DONE, len(changed))
    # A tag that was taken off comes back at the end.
    assert [(*row[:1], sorted(row[1]), *row[2:]) for row in state(alice)] == [
        (*row[:1], sorted(row[1]), *row[2:]) for row in before
    ]
    assert tasks.undo(task) == undoing


def test_staff_change_the_works_of_others(works: list[ContentItem], staff: User) -> None:
    task = tasks.ask_for_works(staff, ACTIONS["hide"], "", [work.pk for work in works])
    assert (task.changed, task.unchanged, task.refused) == (3, 2, {})


def test_undo_leaves_what_is_no_longer_the_user_s_or_has_changed_meanwhile(
    works: list[ContentItem], alice: User, bob: User
) -> None:
    task = tasks.ask_for_works(alice, ACTIONS["hide"], "", [work.pk for work in works])
    ContentItem.objects.filter(title="A").update(creator=bob)
    move_to_trash(ContentItem.objects.filter(title="C"))
    undoing = tasks.undo(task)
    assert (undoing.changed, undoing.unchanged) == (1, 1)
    assert said_of(undoing) == "Undone: 1 work as before. 1 work had changed meanwhile."


@pytest.mark.parametrize(("name", "is_private"), [("publish", True), ("hide", False)])
def test_undo_of_works_that_went_to_the_trash_since_decides_what_they_are_once_restored(
    alice: User, name: str, is_private: bool
) -> None:
    work = ContentItemFactory(creator=alice, is_private=is_private)
    task = tasks.ask_for_works(alice, ACTIONS[name], "", [work.pk])
    works = ContentItem.objects.filter(pk=work.pk)
    move_to_trash(works)
    assert (tasks.undo(task).changed, works.get().is_private) == (1, True)
    restore(works)
    assert works.get().is_private == is_private


def test_staff_make_works_in_the_trash_private_for_good(alice: User, staff: User) -> None:
    work, private = ContentItemFactory(creator=alice), ContentItemFactory(creator=alice, is_private=True)
    works = ContentItem.objects.filter(pk__in=[work.pk, private.pk])
    move_to_trash(works)
    task = tasks.ask_for_works(staff, ACTIONS["hide"], "", [work.pk, private.pk])
    assert (task.changed, task.unchanged) == (1, 1)
    assert list(works.values_list("was_private", "is_private")) == [(True, True), (True, True)]
    assert tasks.undo(task).changed == 1
    restore(works)
    assert dict(works.values_list("pk", "is_private")) == {work.pk: False, private.pk: True}


def test_undo_leaves_a_work_that_was_moved_to_the_trash_again(alice: User, works: list[ContentItem]) -> None:
    task = tasks.ask_for_works(alice, ACTIONS["trash"], "", [work.pk for work in works])
    again = ContentItem.objects.filter(title="A")
    restore(again)
    move_to_trash(again)
    undone = tasks.undo(task)
    assert (undone.changed, undone.unchanged, again.get().trashed_at is None) == (task.changed - 1, 1, False)


def test_undo_leaves_a_rating_that_was_given_since(alice: User, works: list[ContentItem]) -> None:
    ids = [work.pk for work in works]
    task = tasks.ask_for_works(alice, ACTIONS["rate"], "4", ids)
    rate(alice, ids[0], 2)
    undone = tasks.undo(task)
    ratings = Interaction.objects.filter(user=alice, kind="rate")
    assert (list(ratings.values_list("content_id", "rating")), undone.unchanged) == ([(ids[0], 2)], 1)


@pytest.mark.parametrize(
    ("name", "value"), [("rate", "6"), ("rate", ""), ("tag", "  "), ("tag", "x" * 101), ("level", "adult")]
)
def test_a_wrong_value_is_refused(alice: User, name: str, value: str) -> None:
    with pytest.raises(WrongValueError):
        ACTIONS[name].check(alice, value)


def test_a_query_of_few_works_is_done_at_once_and_of_works_that_are_there_now(alice: User, bob: User) -> None:
    ContentItemFactory.create_batch(3, tags=["fog"])
    ContentItemFactory(creator=bob, tags=["fog"], is_private=True)
    task = tasks.ask_for_query(alice, ACTIONS["like"], "", "tag=fog")
    assert (task.status, task.changed, task.refused) == (Status.DONE, 3, {})
    with pytest.raises(InvalidParametersError):
        tasks.ask_for_query(alice, ACTIONS["like"], "", "min_quality=x")


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "MOST_AT_ONCE", 4)
    monkeypatch.setattr(tasks, "BATCH_WORKS", 2)


@pytest.mark.usefixtures("small_batches")
def test_a_long_task_is_the_worker_s_goes_on_after_an_interruption_and_can_be_stopped_and_undone(alice: User) -> None:
    works = ContentItemFactory.create_batch(7, creator=alice, tags=["fog"])
    task = tasks.ask_for_query(alice, ACTIONS["tag"], "sea", "tag=fog")
    assert (task.status, task.total, task.changed) == (Status.WAITING, 7, 0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'run_bulk_tasks'")
        assert cursor.fetchone() == (1,)
    ContentItemFactory(creator=alice, tags=["fog"])  # came later
    tagged = ContentItem.objects.filter(tags__contains=["sea"])
    is_over = iter([False, False, True]).__next__
    assert tasks.work(is_over) is False
    task.refresh_from_db()
    assert (task.status, task.position, tagged.count(), task.percent) == (Status.RUNNING, works[3].pk, 4, 57)
    assert tasks.work(iter([False, True]).__next__) is False
    tasks.cancel(task)
    assert (task.status, tasks.work(lambda: False), tagged.count()) == (Status.CANCELLED, True, 6)
    undoing = tasks.undo(task)
    assert not undoing.is_finished
    run_bulk_tasks(timestamp=0)
    undoing.refresh_from_db()
    assert (undoing.status, undoing.changed, tagged.count()) == (Status.DONE, 6, 0)


@pytest.mark.usefixtures("small_batches")
def test_chosen_works_are_done_in_their_order_over_an_interruption(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[list[int]] = []

    def note(_user: User, ids: list[int], _value: str) -> Outcome:
        done.append(list(ids))
        return Outcome(dict.fromkeys(ids))

    works = [work.pk for work in ContentItemFactory.create_batch(5)]
    order = [works[index] for index in (4, 0, 3, 1, 2)]
    for name, keeps_order in (("sorted", False), ("ordered", True)):
        action = Action(name, "", "", note, ACTIONS["like"].undo, keeps_order=keeps_order)
        monkeypatch.setitem(ACTIONS, name, action)
        task = tasks.ask_for_works(alice, action, "", [*order, order[0]])
        tasks.do_batch(tasks.unfinished())
        task.refresh_from_db()
        assert (task.position, task.total) == (2, 5)
        tasks.work(lambda: False)
        batches = [order[:2], order[2:4], order[4:]]
        assert done == (batches if keeps_order else [sorted(batch) for batch in batches])
        done.clear()


def test_tasks_under_way_go_on_behind_the_works_that_were_done_by_id(alice: User) -> None:
    migration = import_module("culling.migrations.0002_positions_in_ids")
    fields = {"user": alice, "action": "like", "ids": [7, 9, 12], "total": 3}
    begun = BulkTask.objects.create(**fields, position=9)
    others = [BulkTask.objects.create(**fields), BulkTask.objects.create(**{**fields, "query": ""}, position=9)]
    for statement, positions in ((migration.FORWARDS, [2, 0, 9]), (migration.BACKWARDS, [9, 0, 9])):
        with connection.cursor() as cursor:
            cursor.execute(statement)
        pks = [begun.pk, *(other.pk for other in others)]
        assert [BulkTask.objects.get(pk=pk).position for pk in pks] == positions


@pytest.mark.django_db
def test_a_task_that_a_worker_of_the_version_before_began_is_finished(alice: User) -> None:
    ids = list(range(8_123_000, 8_124_000))
    for place in (499, 500, 999):
        ContentItemFactory(id=ids[place])
    task = BulkTask.objects.create(user=alice, action="like", ids=ids, total=1_000, position=ids[499], unchanged=500)
    while tasks.do_batch(BulkTask.objects.filter(pk=task.pk)):
        pass
    task.refresh_from_db()
    assert (task.status, task.met, task.position) == (Status.DONE, 1_000, 1_000)
    liked = Interaction.objects.filter(user=alice, kind=Kind.LIKE).order_by("content")
    assert list(liked.values_list("content", flat=True)) == [ids[500], ids[999]]


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize(
    ("error", "ends", "changed"), [(OperationalError, Status.DONE, 5), (KeyError, Status.FAILED, 2)]
)
def test_a_batch_that_fails_changes_nothing_and_is_tried_again_if_that_may_help(
    alice: User, monkeypatch: pytest.MonkeyPatch, error: type[Exception], ends: Status, changed: int
) -> None:
    works = ContentItemFactory.create_batch(5, creator=alice)
    failing = iter([False, True, False, False])

    def fail_once(user: User, ids: list[int], value: str) -> Outcome:
        outcome = ACTIONS["hide"].apply(user, ids, value)
        if next(failing):
            raise error
        return outcome

    monkeypatch.setitem(ACTIONS, "flaky", Action("flaky", "", "", fail_once, ACTIONS["hide"].undo))
    task = tasks.ask_for_works(alice, ACTIONS["flaky"], "", [work.pk for work in works])
    tasks.do_batch(tasks.unfinished())
    with suppress(OperationalError):
        tasks.do_batch(tasks.unfinished())
    assert ContentItem.objects.filter(is_private=True).count() == 2
    assert tasks.work(lambda: False) is True
    task.refresh_from_db()
    assert (task.changed, task.status) == (changed, ends)
    assert tasks.undo(task).changed == changed or tasks.work(lambda: False)
    assert not ContentItem.objects.filter(is_private=True).exists()


def test_a_batch_has_the_same_queries_for_any_number_of_works(
    alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for count in (1, 20):
        works = ContentItemFactory.create_batch(count, creator=alice)
        with django_assert_num_queries(4):
            tasks.apply(alice, ACTIONS["tag"], "sea", [work.pk for work in works])
        with django_assert_num_queries(3):
            tasks.apply(alice, ACTIONS["like"], "", [work.pk for work in works])


def test_an_action_has_a_name_of_its_own() -> None:
    with pytest.raises(ValueError, match="like"):
        register(ACTIONS["like"])


def test_a_task_goes_with_its_account(alice: User, works: list[ContentItem]) -> None:
    tasks.ask_for_works(alice, ACTIONS["like"], "", [works[1].pk])
    alice.delete()
    assert not BulkTask.objects.exists()
