"""What the panels of the operators' page say of jobs, workers, letters, files and libraries."""

from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
from django.db import OperationalError, connection
from django.utils import timezone
from procrastinate.contrib.django import app

from content.models import ContentItem
from genonaut import upkeep
from genonaut.status.counts import DAYS, day_starts
from genonaut.status.panels import Contents, Fact, read_panel
from genonaut.worker_tasks import QUEUE
from interactions.models import Kind
from media.models import Library, LibraryFile
from media.thumbnails import keep_thumbnail
from moderation.models import Report
from tests.factories import (
    ContentItemFactory,
    GenerationJobFactory,
    InteractionFactory,
    MediaFileFactory,
    UserFactory,
)
from users.letters import TASK
from users.models import User


def contents_of(title: str) -> Contents:
    """Return what a panel shows."""
    panel = read_panel(title)
    assert panel.error == ""
    return panel.contents


def said(title: str) -> dict[str, str]:
    """Return the values of a panel's facts by name."""
    return {fact.name: fact.value for fact in contents_of(title).facts}


def warned(title: str) -> set[str]:
    """Return the names of a panel's facts that need a look."""
    return {fact.name for fact in contents_of(title).facts if fact.is_warning}


def rows_of(title: str, table: str) -> list[tuple[object, ...]]:
    """Return the rows of a panel's table."""
    return next([tuple(row) for row in one.rows] for one in contents_of(title).tables if one.name == table)


@pytest.mark.django_db
def test_new_rows_are_counted_by_day_from_the_first_moment_of_the_first_to_the_last_of_today(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)  # no day ends meanwhile
    starts = day_starts()
    author = UserFactory(created_at=starts[0])
    for moment in (starts[0] - timedelta(microseconds=1), starts[1] - timedelta(microseconds=1), starts[-2]):
        UserFactory(created_at=moment, is_active=moment != starts[-2])
    work = ContentItemFactory(creator=author, created_at=starts[-1] - timedelta(microseconds=1), is_private=True)
    for kind in (Kind.LIKE, Kind.VIEW):
        InteractionFactory(user=author, content=work, kind=kind, created_at=starts[3])
    expected = {"Accounts": {0: 2, DAYS - 1: 1}, "Works": {DAYS - 1: 1}, "Likes and comments": {3: 1}}
    for title, counts in expected.items():
        chart = contents_of(title).charts[0]
        assert {number: count for number, (_, count) in enumerate(chart.days) if count} == counts, title
    names = [name for name, _ in contents_of("Works").charts[0].days]
    assert names == [f"{start:%Y-%m-%d}" for start in starts[:-1]]
    accounts, works, deeds = said("Accounts"), said("Works"), said("Likes and comments")
    assert (accounts["Accounts"], accounts["Inactive"]) == (str(User.objects.count()), "1")
    assert (works["Works"], works["Private"], works["Automatic"]) == (str(ContentItem.objects.count()), "1", "0")
    assert (deeds["Interactions"], deeds["Likes"], deeds["Comments"]) == ("2", "1", "0")


@pytest.mark.django_db
def test_jobs_are_counted_by_type_and_state_and_a_long_wait_is_a_warning() -> None:
    now = timezone.now()
    GenerationJobFactory(job_type="text", created_at=now)
    assert warned("Generation") == set()
    GenerationJobFactory(created_at=now - timedelta(hours=3))
    ended = {"status": "failed", "error": "no", "started_at": now, "finished_at": now + timedelta(seconds=1)}
    GenerationJobFactory(created_at=now - timedelta(hours=23), **ended)
    GenerationJobFactory(created_at=now - timedelta(hours=25), **ended)
    GenerationJobFactory(status="running", started_at=now, created_at=now)
    counts = {row[0]: row[1:] for row in rows_of("Generation", "Jobs")}
    assert (counts["image"], counts["text"][:3]) == (("1", "1", "1", "3 hours ago"), ("1", "0", "0"))
    assert counts["audio"] == ("0", "0", "0", "–")
    assert warned("Generation") == {"Oldest wait"}


@pytest.mark.django_db
def test_a_worker_lives_while_its_heart_beats_and_letters_that_failed_are_a_warning() -> None:
    assert warned("Workers") == {"Loops alive"}
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '2 minutes')")
        assert warned("Workers") == {"Loops alive"}
        cursor.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")
    assert (warned("Workers"), said("Workers")["Loops alive"]) == (set(), "1")
    for _ in range(2):
        app.configure_task(TASK, queue=QUEUE).defer(kind="reset", email="a@example.org", root="/", about={})
    assert (said("Accounts")["Letters to be sent"], warned("Accounts")) == ("2", set())
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'doing' WHERE id = (SELECT min(id) FROM procrastinate_jobs)"
        )
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed' WHERE status = 'doing'")
    assert (said("Accounts")["Letters to be sent"], warned("Accounts")) == (
        "1",
        {"Letters that failed in the last day"},
    )
    assert rows_of("Workers", "Tasks") == [(QUEUE, TASK, 1, 0, 1)]
    assert warned("Workers") == {"Tasks that failed in the last day"}


@pytest.mark.django_db
def test_files_and_their_thumbnails_have_sizes(own_folders: None) -> None:
    stored, _ = MediaFileFactory(size=3_000, stored_as="ab"), MediaFileFactory(size=1_000)
    keep_thumbnail(stored.hex, 320, b"x" * 500)
    keep_thumbnail(stored.hex, 640, b"x" * 1_500)
    facts = {name: value.replace("\xa0", " ") for name, value in said("Files").items()}
    assert facts == {
        "Files": "2",
        "Their size": "3.9 KB",
        "Of it uploaded or made here": "2.9 KB",
        "Their thumbnails": "about 2.0 KB",
        "Without thumbnails yet": "2",
    }


@pytest.mark.django_db
def test_libraries_say_what_could_not_be_read(tmp_path: Path) -> None:
    now = timezone.now()
    Library.objects.create(name="fine", folder=str(tmp_path / "fine"), scanned_at=now - timedelta(hours=2))
    bad = Library.objects.create(name="bad", folder=str(tmp_path), offline_since=now)
    common = {"library": bad, "size": 1, "mtime_ns": 1, "seen_at": now}
    LibraryFile.objects.create(path="a.png", error="broken", **common)
    LibraryFile.objects.create(path="b.png", error="broken", missing_since=now, **common)
    LibraryFile.objects.create(path="c.png", media_file=MediaFileFactory(), **common)
    assert rows_of("Libraries", "Libraries") == [("bad", "never", "2", "1"), ("fine", "2 hours ago", "0", "0")]
    assert (warned("Libraries"), said("Libraries")["Files that could not be read"]) == ({"Offline"}, "2")


@pytest.mark.django_db
def test_an_open_report_is_a_warning_until_it_is_closed(alice: User) -> None:
    assert warned("Reports") == set()
    report = Report.objects.create(reporter=alice, kind="account", account=UserFactory(), reason="spam")
    assert contents_of("Reports").facts[0] == Fact(
        "Open reports", "1", is_warning=True, address="admin:moderation_report_changelist"
    )
    Report.objects.filter(pk=report.pk).update(is_open=False, outcome="dismissed", closed_at=timezone.now())
    assert warned("Reports") == set()


@pytest.mark.django_db
def test_upkeep_names_each_task_and_the_one_that_fails_in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise OperationalError("away")

    monkeypatch.setattr(upkeep, "LOOKS", {})
    monkeypatch.setattr(upkeep, "TASKS", {"Failing": fail, "Fine": int})
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_periodic_defers (task_name, defer_timestamp)"
            " VALUES ('compact_rankings', extract(epoch FROM now()) - 7230)"
        )
    assert warned("Upkeep") == set()
    for name, task in upkeep.TASKS.items():
        # It closes its thread's connection.
        thread = Thread(target=upkeep._try, args=(task, name))
        thread.start()
        thread.join()
    assert (warned("Upkeep"), said("Upkeep")["Failing in this process"]) == ({"Failing in this process"}, "Failing")
    assert [(name, error) for name, _, error in rows_of("Upkeep", "The process that answers you")] == [
        ("Failing", "OperationalError"),
        ("Fine", "–"),
    ]
    assert next(row for row in rows_of("Upkeep", "Workers") if row[0] == "compact_rankings")[1:3] == (
        "* * * * *",
        "2 hours ago",
    )
    assert said("Rankings")["Last compaction by a worker"] == "2 hours ago"
