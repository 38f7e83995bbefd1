"""Reports: who may report what, once and not too often, and what staff do about them in the admin."""

from functools import partial

import pytest
from django.http import HttpResponse
from django.test import Client

from content.models import ContentItem
from genonaut.deletions import Worker
from genonaut.http.limits import Rate
from interactions.models import REMOVED_TEXT, Interaction, Kind
from moderation import reporting
from moderation.models import Outcome, Report
from tests.factories import ContentItemFactory, InteractionFactory, UserFactory
from tests.interactions.test_likes import at_once
from tests.interactions.test_views import HUGE
from tests.pages.html import hrefs, texts
from users.models import User

SENT = {"reason": "spam", "text": "An advertisement"}
QUEUE = "/admin/moderation/report/"


@pytest.fixture
def item(alice: User) -> ContentItem:
    return ContentItemFactory(title="Fog", creator=alice)


@pytest.fixture
def comment(item: ContentItem) -> Interaction:
    """Mallory's comment on alice's work."""
    mallory = UserFactory(username="mallory")
    return InteractionFactory(user=mallory, content=item, kind=Kind.COMMENT, comment="Buy this")


@pytest.fixture
def things(item: ContentItem, comment: Interaction) -> dict[str, int]:
    """What may be reported, by the part of the address."""
    return {"work": item.pk, "comment": comment.pk, "account": comment.user.pk}


def told() -> list[tuple[str, str, str, str, bool]]:
    """Return what all reports say."""
    rows = Report.objects.order_by("pk").values_list("kind", "quoted", "reason", "text", "is_open")
    return [tuple(row) for row in rows]


def act(client: Client, action: str, reports: list[Report], **sent: str) -> HttpResponse:
    """Do something about reports in the admin."""
    ticked = [str(row.pk) for row in reports]
    return client.post(QUEUE, {"action": action, "_selected_action": ticked, **sent})


def report_of(thing: object, kind: str, by: User | None = None) -> Report:
    """Write a report."""
    quoted = getattr(thing, "title", None) or getattr(thing, "comment", "")
    column = {"work": "content", "comment": "comment", "account": "account"}[kind]
    return Report.objects.create(
        reporter=by or UserFactory(), kind=kind, quoted=quoted, reason="spam", **{column: thing}
    )


def test_each_kind_is_reported_once_by_a_person(client: Client, bob: User, things: dict[str, int]) -> None:
    client.force_login(bob)
    for kind, pk in things.items():
        address = f"/report/{kind}/{pk}/"
        assert client.get(address).status_code == 200
        assert [client.post(address, SENT).status_code for _ in range(2)] == [303, 303]
        assert "You reported this already. A moderator will look at it." in texts(client.get(address), "p")
    said = ("spam", "An advertisement", True)
    assert told() == [("work", "Fog", *said), ("comment", "Buy this", *said), ("account", "", *said)]


@pytest.mark.parametrize(
    "sent", [{}, {"reason": "boredom"}, {"reason": "spam", "text": "x" * 2_001}], ids=["", "a", "b"]
)
def test_a_report_needs_a_reason_we_know(client: Client, bob: User, item: ContentItem, sent: dict) -> None:
    client.force_login(bob)
    assert (client.post(f"/report/work/{item.pk}/", sent).status_code, told()) == (400, [])


def test_who_may_report_what(client: Client, alice: User, bob: User, staff: User, things: dict[str, int]) -> None:
    for kind, pk in things.items():
        led = client.post(f"/report/{kind}/{pk}/", SENT)
        assert (led.status_code, led["Location"]) == (303, f"/accounts/login/?next=/report/{kind}/{pk}/")
    ContentItem.objects.update(is_private=True)
    User.objects.filter(pk=things["account"]).update(is_active=False)
    client.force_login(bob)
    for kind, pk in things.items():
        assert [client.post(f"/report/{kind}/{one}/", SENT).status_code for one in (pk, *HUGE)] == [404] * (
            1 + len(HUGE)
        )
    for user in (alice, staff):
        client.force_login(user)
        assert client.post(f"/report/comment/{things['comment']}/", SENT).status_code == 303
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice)
    assert strict.post(f"/report/work/{things['work']}/", SENT).status_code == 403
    assert [row[0] for row in told()] == ["comment"] * 2


def test_reports_are_limited(client: Client, bob: User, things: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reporting, "RATE", Rate(1, reporting.RATE.period))
    client.force_login(bob)
    statuses = [client.post(f"/report/{kind}/{pk}/", SENT).status_code for kind, pk in things.items()]
    assert (statuses, len(told())) == ([303, 429, 429], 1)


def test_reports_of_one_person_at_once_are_one(transactional_db: None) -> None:
    bob, item = UserFactory(), ContentItemFactory()
    thing = reporting.thing_of(reporting.Kind.WORK, item.pk, bob)
    at_once(*[partial(reporting.report, bob, thing, reason="spam")] * 3)
    assert len(told()) == 1


def test_pages_lead_to_the_form(client: Client, bob: User, things: dict[str, int], item: ContentItem) -> None:
    client.force_login(bob)
    talk = hrefs(client.get(f"/content/{item.pk}/comments/"), "a")
    assert {f"/report/work/{item.pk}/", f"/report/comment/{things['comment']}/"} <= set(talk)
    assert f"/report/account/{things['account']}/" in hrefs(client.get("/users/mallory/"), "a")


# --- The queue


def test_the_queue_shows_open_reports_first(client: Client, staff: User, item: ContentItem) -> None:
    rows = [report_of(item, "work") for _ in range(3)]
    reporting.close(Report.objects.filter(pk=rows[2].pk), staff, Outcome.DISMISSED)
    client.force_login(staff)
    page = client.get(QUEUE)
    states = texts(page, "td", class_="field-state")
    assert (states[:2], states[2][:10], "by stella" in states[2]) == (["Open", "Open"], "Dismissed,", True)
    assert client.get(f"{QUEUE}{rows[2].pk}/change/").status_code == 200


def test_what_staff_do_closes_all_reports_of_a_thing(
    client: Client, staff: User, item: ContentItem, comment: Interaction
) -> None:
    works = [report_of(item, "work") for _ in range(2)]
    said = [report_of(comment, "comment") for _ in range(2)]
    other = report_of(comment.user, "account")
    client.force_login(staff)
    assert act(client, "hide_works", [works[0], said[0]]).status_code == 302
    act(client, "remove_comments", [works[0], said[0]])
    act(client, "dismiss", [other, works[0]])
    item.refresh_from_db()
    assert (item.is_private, Interaction.objects.filter(kind=Kind.COMMENT).exists()) == (True, False)
    rows = Report.objects.order_by("pk").values_list("outcome", "closed_by", "is_open")
    outcomes = ["hidden", "hidden", "removed", "removed", "dismissed"]
    assert list(rows) == [(outcome, staff.pk, False) for outcome in outcomes]
    assert [row.quoted for row in Report.objects.filter(kind="comment")] == ["Buy this"] * 2
    assert REMOVED_TEXT not in [row.quoted for row in Report.objects.all()]


def test_all_works_of_an_account_are_deleted_once_that_is_confirmed(
    client: Client, staff: User, alice: User, bob: User, item: ContentItem
) -> None:
    ContentItemFactory(creator=alice, is_private=True)
    theirs = ContentItemFactory(creator=bob)
    row = report_of(item, "work")
    client.force_login(staff)
    assert (act(client, "delete_all_works", [row]).status_code, ContentItem.objects.count()) == (200, 3)
    act(client, "delete_all_works", [row], post="yes")
    Worker().work(seconds=60)
    row.refresh_from_db()
    assert list(ContentItem.objects.all()) == [theirs]
    assert (row.outcome, row.closed_by, row.content, User.objects.filter(pk=alice.pk).exists()) == (
        "deleted",
        staff,
        None,
        True,
    )


def test_the_queue_is_for_staff_with_its_rights(client: Client, bob: User, item: ContentItem) -> None:
    row = report_of(item, "work", bob)
    client.force_login(bob)
    assert client.get(QUEUE).status_code == 302
    User.objects.filter(pk=bob.pk).update(is_staff=True)
    assert client.get(QUEUE).status_code == 403
    assert act(client, "dismiss", [row]).status_code == 403
    assert Report.objects.get().is_open


def test_a_report_outlives_what_it_is_about_and_who_made_it(bob: User, item: ContentItem, comment: Interaction) -> None:
    for thing, kind in ((item, "work"), (comment, "comment"), (comment.user, "account")):
        report_of(thing, kind, bob)
    ContentItem.objects.all().delete()
    User.objects.all().delete()
    assert [row[:2] for row in told()] == [("work", "Fog"), ("comment", "Buy this"), ("account", "")]
    assert list(Report.objects.values_list("reporter", "content", "comment", "account").distinct()) == [(None,) * 4]
