"""Deleting in batches: what goes, what is kept, how much of it at a time, and who finishes what was interrupted."""

import signal
from collections.abc import Callable
from datetime import timedelta
from subprocess import Popen

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType as ModelType
from django.contrib.sessions.models import Session
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection
from django.db.models import PROTECT
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.authtoken.models import Token

from content.models import ContentItem
from generation.models import GenerationJob, Status
from genonaut import deletions, upkeep
from genonaut.database.removal import Batch, count, remove
from genonaut.deletions import Worker, ask, unfinished
from genonaut.models import Deletion
from genonaut.postgres.postmaster import polls
from interactions.models import Interaction
from recommendations.models import Recommendation
from tests.factories import (
    ContentItemFactory,
    GenerationJobFactory,
    InteractionFactory,
    RecommendationFactory,
    UserFactory,
)
from tests.processes import manage_with
from users.accounts import close_account
from users.models import PendingEmail, User, UserSession


@pytest.fixture
def estate(alice: User, bob: User) -> User:
    """Alice with three public works and three private ones, each viewed, recommended and made by a job."""
    for is_private in (False, True):
        for item in ContentItemFactory.create_batch(3, creator=alice, is_private=is_private):
            InteractionFactory(user=bob, content=item)
            InteractionFactory(user=alice, content=item)
            RecommendationFactory(user=bob, content=item)
            GenerationJobFactory(
                user=bob, status=Status.COMPLETED, result=item, started_at=item.created_at, finished_at=item.created_at
            )
    theirs = ContentItemFactory(creator=bob)
    InteractionFactory(user=alice, content=theirs)
    RecommendationFactory(user=alice, content=theirs)
    GenerationJobFactory(user=alice)
    Token.objects.create(user=alice)
    alice.groups.add(Group.objects.create(name="editors"))
    LogEntry.objects.create(user=alice, content_type=ModelType.objects.get_for_model(User), action_flag=1)
    return alice


def left_of_estate() -> dict[str, int]:
    """Return how many rows there are that the estate touched."""
    return {
        "accounts": User.objects.count(),
        "public works": ContentItem.objects.filter(is_private=False).count(),
        "private works": ContentItem.objects.filter(is_private=True).count(),
        "works without creator": ContentItem.objects.filter(creator=None).count(),
        "interactions": Interaction.objects.count(),
        "interactions without user": Interaction.objects.filter(user=None).count(),
        "recommendations": Recommendation.objects.count(),
        "jobs": GenerationJob.objects.count(),
        "jobs without result": GenerationJob.objects.filter(result=None).count(),
        "log entries": LogEntry.objects.count(),
    }


EXPECTED = {
    "accounts": 1,
    "public works": 4,
    "private works": 0,
    "works without creator": 3,
    "interactions": 7,
    "interactions without user": 4,
    "recommendations": 3,
    "jobs": 6,
    "jobs without result": 3,
    "log entries": 0,
}


def test_batches_of_any_size_leave_what_django_leaves(estate: User) -> None:
    # Her interactions with her own private works are met twice.
    to_do = count(User.objects.filter(pk=estate.pk))
    rows, batches = 0, 0
    for _ in range(100):
        batch = Batch(2)
        is_done = remove(User.objects.filter(pk=estate.pk), batch)
        rows, batches = rows + batch.rows, batches + 1
        # The last row of a batch may be one that waited for others to go.
        assert 0 < batch.rows <= 4
        if is_done:
            break
    assert (left_of_estate(), rows, batches > 10) == (EXPECTED, to_do - 3, True)


def test_django_leaves_the_same(estate: User) -> None:
    estate.delete()
    assert left_of_estate() == EXPECTED


def test_no_statement_of_a_batch_reads_more_than_the_batch(estate: User) -> None:
    with CaptureQueriesContext(connection) as queries:
        remove(User.objects.filter(pk=estate.pk), Batch(5))
    selects = [query["sql"] for query in queries if "FOR UPDATE" in query["sql"]]
    assert selects
    assert all("LIMIT" in statement for statement in selects)


def test_a_relation_that_forbids_is_refused(estate: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Interaction._meta.get_field("user").remote_field, "on_delete", PROTECT)
    with pytest.raises(ImproperlyConfigured, match=r"Interaction\.user"):
        remove(User.objects.filter(pk=estate.pk), Batch(100))


# --- Deletions that were asked for


def test_a_worker_finishes_what_was_asked_for_and_says_what_it_did(estate: User) -> None:
    deletion = close_account(estate)
    done: list[int] = []
    assert Worker().work(seconds=60, advance=done.append)
    deletion.refresh_from_db()
    assert left_of_estate() == EXPECTED
    assert (deletion.rows, deletion.deleted["users.User"], deletion.changed["content.ContentItem"]) == (sum(done), 1, 3)
    assert deletion.finished_at is not None
    assert "alice" not in str(vars(deletion))


def test_all_works_of_an_account_go_and_the_account_stays(estate: User, bob: User) -> None:
    ask(estate, "items")
    Worker().work(seconds=60)
    assert list(ContentItem.objects.values_list("creator", flat=True)) == [bob.pk]
    assert User.objects.filter(pk=estate.pk, is_active=True).exists()
    assert not Deletion.objects.filter(finished_at=None).exists()


def test_asked_for_twice_it_is_one_and_later_another(alice: User) -> None:
    assert ask(alice, "items") == ask(alice, "items")
    Worker().work(seconds=60)
    assert ask(alice, "items").finished_at is None
    assert Deletion.objects.count() == 2


def test_deletions_take_turns(alice: User, bob: User) -> None:
    for user in (alice, bob):
        ContentItemFactory.create_batch(3, creator=user)
    first, second = ask(alice, "items"), ask(bob, "items")
    worker = Worker()
    for _ in range(2):
        worker.limit = 2
        worker._timed_batch(lambda _rows: None)
    assert list(unfinished()) == [first, second]
    assert ContentItem.objects.count() == 2


def test_a_deletion_that_fails_keeps_no_other_back(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    alice, bob = UserFactory(), UserFactory()
    first, second = ask(alice, "items"), ask(bob, "items")

    def break_down(*_: object) -> None:
        raise OperationalError("no room")

    with monkeypatch.context() as broken:
        broken.setattr(deletions, "remove", break_down)
        assert not deletions.begin([first])
    assert list(unfinished()) == [second, first]
    assert "go on later" in caplog.text


def test_a_short_batch_grows_and_a_long_one_shrinks(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    ContentItemFactory.create_batch(20, creator=alice)
    ask(alice, "items")
    worker = Worker()
    worker.limit = 2
    monkeypatch.setattr(deletions, "BATCH_SECONDS", 60)
    worker._timed_batch(lambda _rows: None)
    assert worker.limit == 4
    monkeypatch.setattr(deletions, "BATCH_SECONDS", 0.0)
    monkeypatch.setattr(deletions, "FEWEST_ROWS", 1)
    worker._timed_batch(lambda _rows: None)
    assert worker.limit == 2
    # A request begins with fewer than the fewest of the background: slow, it gets no more.
    monkeypatch.setattr(deletions, "FEWEST_ROWS", 5)
    worker._timed_batch(lambda _rows: None)
    assert worker.limit == 2


def test_a_work_with_much_is_hidden_at_once_and_goes_in_batches(
    alice: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = ContentItemFactory(creator=alice)
    InteractionFactory.create_batch(5, content=item, user=bob)
    monkeypatch.setattr(deletions, "FEWEST_ROWS", 3)
    deletions.delete(item, is_private=True, creator=None)
    item.refresh_from_db()
    assert [item.is_visible_to(viewer) for viewer in (alice, bob)] == [False, False]
    assert (Interaction.objects.count(), Deletion.objects.count()) == (2, 1)
    Worker().work(seconds=60)
    assert (ContentItem.objects.count(), Interaction.objects.count()) == (0, 0)


@pytest.mark.django_db(transaction=True)  # as in that thread, which has no transaction of its own
def test_the_background_thread_clears_what_expired() -> None:
    now = timezone.now()
    for name, ends_in in (("old", -1), ("new", 1)):
        Session.objects.create(session_key=name, session_data="", expire_date=now + timedelta(hours=ends_in))
    for days in (29, 31):
        Deletion.objects.create(target="users.User", row_id=days, finished_at=now - timedelta(days=days))
    assert upkeep.clear_expired() == 2
    assert list(Session.objects.values_list("session_key", flat=True)) == ["new"]
    assert list(Deletion.objects.values_list("row_id", flat=True)) == [29]


def test_the_background_thread_finishes_deletions_whatever_else_fails(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def break_down() -> None:
        raise OperationalError("no room")

    monkeypatch.setattr(upkeep, "clear_expired", break_down)
    for number in range(2):
        close_account(UserFactory())
        upkeep.look(number)
        assert not User.objects.exists()
    assert caplog.messages == ["Clearing what expired goes on later: no room"]


def test_a_closed_account_keeps_no_address_that_waits_and_no_device(db: None) -> None:
    user = UserFactory()
    PendingEmail.objects.create(user=user, email="new@example.org", activates=True)
    UserSession.objects.create(user=user, session_key="key", device="Firefox")
    close_account(user)
    assert (PendingEmail.objects.exists(), UserSession.objects.exists()) == (False, False)


WAIT_SECONDS = 300
# From its second batch on.
SLOWLY = (
    "from genonaut.deletions import Worker; from tests.processes import slow_down; slow_down(Worker, '_batch', after=1)"
)


def test_a_command_that_is_killed_is_finished_by_the_next(manage: Callable[..., Popen]) -> None:
    user = UserFactory()
    template = ContentItemFactory(creator=user)
    ContentItem.objects.bulk_create(
        ContentItem(title="x", content_type="image", creator=user, created_at=template.created_at) for _ in range(3_000)
    )
    close_account(user)
    killed = manage_with(SLOWLY, "finish_deletions")
    assert any(ContentItem.objects.filter(creator=None).exists() for _ in polls(WAIT_SECONDS))
    killed.send_signal(signal.SIGKILL)
    killed.communicate(timeout=WAIT_SECONDS)
    left = ContentItem.objects.filter(creator=user).count()
    assert Deletion.objects.get().rows == 3_001 - left
    finishing = manage("finish_deletions")
    said, progress = finishing.communicate(timeout=WAIT_SECONDS)
    assert (finishing.returncode, said.splitlines()[0]) == (0, f"1 deletions, {left + 1:,} rows.")
    assert (ContentItem.objects.filter(creator=None).count(), User.objects.count()) == (3_001, 0)
    assert "100%" in progress
