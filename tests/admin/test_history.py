"""What actions of lists leave in the histories of the rows that they change: who did what."""

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from content.models import Level
from genonaut.deletions import Worker
from tests.admin.test_jobs import LIST, done, made
from tests.factories import AutoContentItemFactory, ContentItemFactory, InteractionFactory
from tests.moderation.test_reports import act, report_of
from tests.statements import statements_run
from users.models import User

WORKS = "/admin/content/{}/"
MARKED = ["Marked as sensitive."]


def history(client: Client, address: str) -> list[tuple[str, str]]:
    """Return who did what to a row, the first deed first, as its page says."""
    entries = client.get(f"/admin/{address}/history/").context["action_list"]
    return [(entry.user.username, entry.get_change_message()) for entry in entries]


@pytest.mark.parametrize("name", ["contentitem", "autocontentitem"])
def test_what_moderators_do_in_the_lists_of_works_is_in_each_history(desk: Client, name: str) -> None:
    works = AutoContentItemFactory.create_batch(2)
    # What is so already is not changed.
    for action in ("hold", "hold", "mark_sensitive", "release"):
        desk.post(WORKS.format(name), {"action": action, "_selected_action": [works[0].pk, works[1].pk]})
    told = [("stella", said) for said in ("Hidden.", *MARKED, "Released.")]
    assert [history(desk, f"content/contentitem/{work.pk}") for work in works] == [told, told]


def test_what_moderators_do_about_reports_is_in_the_history_of_the_thing(desk: Client, alice: User) -> None:
    work, other = ContentItemFactory(creator=alice), ContentItemFactory(level=Level.SENSITIVE, least_level=1)
    comment = InteractionFactory(content=work, kind="comment", comment="Buy this")
    reports = [
        report_of(work, "work"),
        report_of(work, "work"),
        report_of(other, "work"),
        report_of(comment, "comment"),
    ]
    for action in ("hide_works", "mark_sensitive", "release_works", "remove_comments", "dismiss"):
        act(desk, action, reports)
    told = [("stella", said) for said in ("Hidden.", *MARKED, "Released.")]
    assert history(desk, f"content/contentitem/{work.pk}") == told
    assert history(desk, f"content/contentitem/{other.pk}") == [told[0], told[2]]
    removed = LogEntry.objects.get(content_type__model="interaction")
    assert (removed.object_id, removed.user.username, removed.change_message) == (str(comment.pk), "stella", "Removed.")
    act(desk, "delete_all_works", [report_of(work, "work")], post="yes")
    assert Worker().work(seconds=60)
    assert history(desk, f"users/user/{alice.pk}") == [("stella", "Deleted all works.")]


def test_who_steers_a_job_is_in_its_history(desk: Client, alice: User) -> None:
    rows = made(alice)
    deeds: list[tuple[str, dict]] = [("pause", {}), ("resume", {}), ("set_priority", {"priority": "7"}), ("cancel", {})]
    for action, fields in (*deeds, ("retry", {})):
        done(desk, action, {"": rows["pending"], "running": rows["running"]}, **fields)
    paths = {name: f"generation/generationjob/{job.pk}" for name, job in rows.items()}
    steered = ("Paused.", "Waiting again.", "At priority 7.", "Cancelled.", "Asked for again.")
    assert history(desk, paths["pending"]) == [("stella", said) for said in steered]
    assert history(desk, paths["running"]) == [("stella", said) for said in steered[3:]]
    assert history(desk, paths["failed"]) == []


@pytest.mark.parametrize(("address", "action"), [(WORKS.format("contentitem"), "hold"), (LIST, "cancel")])
def test_an_action_takes_as_many_statements_for_twenty_rows_as_for_two(
    desk: Client, alice: User, address: str, action: str
) -> None:
    def count(number: int) -> int:
        make = (
            [made(alice)["pending"] for _ in range(number)]
            if address == LIST
            else ContentItemFactory.create_batch(number)
        )
        with statements_run() as statements:
            desk.post(address, {"action": action, "_selected_action": [row.pk for row in make]})
        return len(statements)

    count(2)
    assert count(20) == count(2)
