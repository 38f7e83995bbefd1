"""What apps above keep about works that are merged: it goes to the one that is kept, each row once."""

import pytest
from django.test import Client
from django.utils import timezone

from content.models import ContentItem
from generation.models import GenerationJob, JobOutput, Status
from interactions import comments
from interactions.merging import merge
from moderation.models import Outcome, Report
from notices.models import Notice
from recommendations.dismissals import dismiss
from recommendations.models import Dismissal, Recommendation
from tests.factories import ContentItemFactory, GenerationJobFactory, RecommendationFactory, UserFactory
from tests.moderation.test_reports import act, report_of
from users.models import User


@pytest.fixture
def works(alice: User) -> list[ContentItem]:
    """Three works of alice's."""
    return [ContentItemFactory(title=title, creator=alice) for title in ("Kept", "Second", "Third")]


def merge_all(works: list[ContentItem]) -> None:
    """Merge works into the first."""
    kept, *others = works
    merge(kept.creator, kept.pk, [item.pk for item in others])


def test_open_reports_go_to_the_kept_work_one_of_each_reporter(
    works: list[ContentItem], bob: User, staff: User
) -> None:
    carol = UserFactory()
    kept, *others = works
    reports = {
        (name, item): report_of(item, "work", by)
        for name, by, items in (("bob", bob, works), ("carol", carol, others))
        for item in items
    }
    gone = [report_of(item, "work") for item in others]
    Report.objects.filter(pk__in=[row.pk for row in gone]).update(reporter=None)
    closed = report_of(others[0], "work")
    over = {"is_open": False, "outcome": Outcome.DISMISSED, "closed_at": timezone.now()}
    Report.objects.filter(pk=closed.pk).update(**over)
    merge_all(works)
    assert set(Report.objects.filter(content=kept)) == {reports["bob", kept], reports["carol", others[0]], *gone}
    assert Report.objects.filter(content=None).count() == 4


def test_staff_hide_the_kept_work_by_a_report_of_another(client: Client, works: list[ContentItem], staff: User) -> None:
    row = report_of(works[1], "work")
    merge_all(works)
    client.force_login(staff)
    act(client, "hide_works", [row])
    works[0].refresh_from_db()
    row.refresh_from_db()
    assert (works[0].is_private, works[0].held_at is not None, row.outcome) == (True, True, Outcome.HIDDEN)


def test_notices_of_comments_stay(client: Client, works: list[ContentItem], alice: User, bob: User) -> None:
    rows = [comments.add(bob, item.pk, f"Of {item.title}") for item in works[1:]]
    before = list(Notice.objects.order_by("pk").values("pk", "user", "comment", "created_at"))
    merge_all(works)
    assert list(Notice.objects.order_by("pk").values("pk", "user", "comment", "created_at")) == before
    assert set(Notice.objects.values_list("user", "content", "comment", "read_at")) == {
        (alice.pk, works[0].pk, row.pk, None) for row in rows
    }


def test_who_dismissed_one_is_recommended_the_kept_one_no_more(works: list[ContentItem], bob: User) -> None:
    carol, dave = UserFactory(), UserFactory()
    for user, item in ((bob, works[1]), (bob, works[2]), (carol, works[0]), (carol, works[1])):
        dismiss(user, item.pk)
    for user in (bob, dave):
        RecommendationFactory(user=user, content=works[0])
    merge_all(works)
    assert sorted(Dismissal.objects.values_list("user", "content")) == sorted(
        [(bob.pk, works[0].pk), (carol.pk, works[0].pk)]
    )
    assert list(Recommendation.objects.values_list("user", flat=True)) == [dave.pk]


def test_jobs_name_the_kept_work_once(works: list[ContentItem], alice: User) -> None:
    kept, *others = works
    now = timezone.now()
    ended = {"created_at": now, "started_at": now, "finished_at": now, "status": Status.COMPLETED}
    made = GenerationJobFactory(user=alice, result=others[0], **ended)
    both = GenerationJobFactory(user=alice, result=kept, **ended)
    outputs = [(made, others[0]), (made, others[1]), (both, kept), (both, others[1])]
    for position, (job, item) in enumerate(outputs):
        JobOutput.objects.create(job=job, item=item, position=position)
    varying = GenerationJobFactory(user=alice, parent=others[1])
    merge_all(works)
    rows = GenerationJob.objects.order_by("pk").values_list("pk", "result", "parent")
    assert list(rows) == [(made.pk, kept.pk, None), (both.pk, kept.pk, None), (varying.pk, None, kept.pk)]
    outputs = JobOutput.objects.order_by("job").values_list("job", "item", "position")
    assert list(outputs) == [(made.pk, kept.pk, 0), (both.pk, kept.pk, 2)]
