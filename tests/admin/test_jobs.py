"""The admin of generation jobs and of automatic works: actions, and what is only shown."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from generation import claims, jobs
from generation.models import AutomaticWorks, GenerationJob
from tests.factories import GenerationJobFactory, UserFactory
from users.models import User

LIST = "/admin/generation/generationjob/"
LIMITS = "/admin/generation/automaticworks/"
MOMENTS = {"started_at": "2024-01-01T00:00Z", "finished_at": "2024-01-02T00:00Z"}


def made(user: User) -> dict[str, GenerationJob]:
    """Return a job of each state."""
    return {
        "pending": GenerationJobFactory(user=user),
        "paused": GenerationJobFactory(user=user, is_paused=True, turn=5),
        "running": GenerationJobFactory(user=user, status="running", started_at=MOMENTS["started_at"]),
        "failed": GenerationJobFactory(user=user, status="failed", error="no", **MOMENTS),
    }


def done(client: Client, action: str, rows: dict[str, GenerationJob], **fields: object) -> list[str]:
    """Do an action with all rows; return the messages of the next page."""
    sent = {"action": action, "_selected_action": [job.pk for job in rows.values()], **fields}
    page = client.post(LIST, sent, follow=True)
    return [str(message) for message in page.context["messages"]]


def states(rows: dict[str, GenerationJob]) -> dict[str, tuple[str, bool, int]]:
    """Return status, pause and priority of rows as they are now."""
    columns = ("status", "is_paused", "priority")
    return {name: GenerationJob.objects.values_list(*columns).get(pk=job.pk) for name, job in rows.items()}


LEFT = "The others were left as they are. "


@pytest.mark.parametrize(
    ("action", "fields", "message", "changes"),
    [
        (
            "cancel",
            {},
            "3 jobs are cancelled.",
            dict.fromkeys(["pending", "paused", "running"], ("cancelled", False, 0)),
        ),
        ("pause", {}, "2 jobs are paused.", {"pending": ("pending", True, 0)}),
        ("resume", {}, "2 jobs are waiting again.", {"paused": ("pending", False, 0)}),
        ("retry", {}, "1 job is asked for again.", {}),
        (
            "set_priority",
            {"priority": "7"},
            "2 jobs are at priority 7.",
            {"pending": ("pending", False, 7), "paused": ("pending", True, 7)},
        ),
    ],
)
def test_actions_do_what_the_state_of_each_job_allows(
    desk: Client, alice: User, action: str, fields: dict, message: str, changes: dict
) -> None:
    rows = made(alice)
    before = states(rows)
    first, *others = done(desk, action, rows, **fields)
    assert (first, states(rows)) == (message, {**before, **changes})
    assert [text.startswith(LEFT) for text in others] == [True] * (action in ("pause", "resume", "retry"))
    assert GenerationJob.objects.count() == 4 + (action == "retry")


@pytest.mark.parametrize("priority", ["", "x", "101", "-101", "1.5"])
def test_a_priority_that_is_none_changes_nothing(desk: Client, alice: User, priority: str) -> None:
    rows = made(alice)
    before = states(rows)
    [message] = done(desk, "set_priority", rows, priority=priority)
    assert message == "Enter a priority from -100 to 100: higher is sooner."
    assert states(rows) == before


def test_a_job_of_higher_priority_takes_its_turn_among_those(desk: Client, alice: User, bob: User) -> None:
    first, *_, last = jobs.ask(alice, [jobs.Request("a")] * 4)
    others = jobs.ask(bob, [jobs.Request("b")] * 3)
    GenerationJob.objects.filter(user=bob).update(priority=1)
    done(desk, "set_priority", {"": last}, priority="1")
    assert [claims.claim("worker") for _ in range(5)] == [last, *others, first]


def test_a_page_of_a_job_is_only_looked_at(desk: Client, alice: User) -> None:
    jobs.ask(alice, [jobs.Request("a harbour")])
    job = claims.claim("worker-7")
    address = f"{LIST}{job.pk}/change/"
    page = desk.get(address)
    html = page.content.decode()
    assert all(text in html for text in ("a harbour", "worker-7", "Running"))
    assert 'name="status"' not in html
    assert desk.post(address, {"status": "failed", "prompt": "x"}).status_code == 403
    assert desk.get(f"{LIST}add/").status_code == 403
    job.refresh_from_db()
    assert (job.status, job.prompt) == ("running", "a harbour")


@pytest.mark.parametrize(("codename", "is_steered"), [("view_generationjob", False), ("change_generationjob", True)])
def test_who_may_change_jobs_steers_them(client: Client, alice: User, codename: str, is_steered: bool) -> None:
    clerk = UserFactory(is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename=codename))
    client.force_login(clerk)
    rows = made(alice)
    before = states(rows)
    assert client.get(LIST).status_code == 200
    done(client, "cancel", rows)
    assert (states(rows) != before) == is_steered


def test_automatic_works_have_one_page_of_limits(desk: Client, alice: User) -> None:
    assert desk.get(LIMITS, follow=True).redirect_chain == [(f"{LIMITS}add/", 302)]
    assert not AutomaticWorks.objects.exists()
    sent = {
        **{"is_on": "on", "account": alice.pk, "workflow": ""},
        **{"works_per_day": 5, "likes_needed": 2, "days": 3, "variants_per_work": 1},
    }
    assert desk.post(f"{LIMITS}add/", sent).status_code == 302
    assert desk.get(LIMITS, follow=True).redirect_chain == [(f"{LIMITS}1/change/", 302)]
    row = AutomaticWorks.objects.get()
    assert (row.is_on, row.account, row.works_per_day, row.made_today) == (True, alice, 5, 0)
    for name, value in {"works_per_day": 1_001, "likes_needed": 0, "days": 366, "variants_per_work": 0}.items():
        answer = desk.post(f"{LIMITS}1/change/", {**sent, name: value})
        assert list(answer.context["adminform"].form.errors) == [name]
    assert [desk.post(f"{LIMITS}{page}").status_code for page in ("add/", "1/delete/")] == [302, 403]


def test_the_list_runs_as_many_queries_for_one_job_as_for_twenty(
    desk: Client, alice: User, django_assert_num_queries: Callable[..., object]
) -> None:
    for number in (1, 19):
        GenerationJobFactory.create_batch(number, user=alice)
        with django_assert_num_queries(6):  # session, user, keys by rank, rows, the ends of the list, years
            desk.get(LIST)
