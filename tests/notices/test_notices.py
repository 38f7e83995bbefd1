"""Notices: who is told of what and once, what is kept back, and the pages that show them."""

from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import DjangoCaptureOnCommitCallbacks

from content.models import ContentItem
from generation import claims
from generation.models import Attempt, GenerationJob, Status
from genonaut import upkeep
from interactions import comments
from interactions.models import Interaction
from notices import clearing, marking, reading, writing
from notices.models import Kind, Muted, Notice, ReadAll
from notices.writing import notify_commented, notify_ended, notify_followed
from tests.factories import OUTSIDE_CALENDAR, ContentItemFactory, GenerationJobFactory, UserFactory
from tests.interactions.test_likes import at_once
from tests.interactions.test_views import HUGE, SIGNING_IN
from tests.pages.html import elements, foreign_scripts, hrefs, texts
from users.models import User

PAGE = "/notifications/"


@pytest.fixture
def item(alice: User) -> ContentItem:
    return ContentItemFactory(title="Fog", creator=alice)


def told(**narrowed: object) -> list[tuple[str, str, str | None]]:
    """Return who is told of what, and of whom."""
    rows = Notice.objects.filter(**narrowed).order_by("pk").select_related("user", "actor")
    return [(row.user.username, row.kind, row.actor and row.actor.username) for row in rows]


def job(user: User, status: Status = Status.COMPLETED, **fields: object) -> GenerationJob:
    """Write a job that ended, or runs."""
    now = timezone.now()
    times = {"created_at": now, "started_at": now, "finished_at": now}
    if status == Status.RUNNING:
        del times["finished_at"]
    error = "No room" if status == Status.FAILED else ""
    return GenerationJobFactory(user=user, status=status, error=error, **times, **fields)


# --- Comments


def test_the_creator_is_told_of_comments_and_who_wrote_in_a_thread_of_answers(
    alice: User, bob: User, item: ContentItem, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    carol = UserFactory(username="carol")
    thread = comments.add(bob, item.pk, "Thread")
    comments.add(carol, item.pk, "Answer", parent_id=thread.pk)
    assert told() == [("alice", "comment", "bob"), ("alice", "comment", "carol"), ("bob", "answer", "carol")]
    Notice.objects.all().delete()
    comments.add(alice, item.pk, "Thanks", parent_id=thread.pk)
    assert told() == [("bob", "answer", "alice"), ("carol", "answer", "alice")]
    comments.add(UserFactory(), item.pk, "Another thread")
    Notice.objects.all().delete()
    said = comments.add(bob, item.pk, "You are welcome", parent_id=thread.pk)
    assert sorted(told()) == [("alice", "answer", "bob"), ("carol", "answer", "bob")]
    Notice.objects.all().delete()
    with django_assert_num_queries(4):
        notify_commented(said)
    assert len(told()) == 2


def test_of_a_long_thread_the_authors_of_its_newest_answers_are_told(
    bob: User, item: ContentItem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "TOLD_ANSWERS", 2)
    thread = comments.add(bob, item.pk, "Thread")
    early, late = UserFactory(username="early"), UserFactory(username="late")
    for author in (early, late):
        comments.add(author, item.pk, "Answer", parent_id=thread.pk)
    Notice.objects.all().delete()
    comments.add(UserFactory(), item.pk, "The newest", parent_id=thread.pk)
    assert sorted(user for user, _, _ in told()) == ["alice", "bob", "late"]


def test_who_wrote_in_a_thread_is_told_no_more_than_they_may_see_or_want(
    alice: User, bob: User, item: ContentItem
) -> None:
    carol = UserFactory(username="carol")
    thread = comments.add(alice, item.pk, "Thread")
    for author in (bob, carol):
        comments.add(author, item.pk, "Answer", parent_id=thread.pk)
    reading.want(bob, [Kind.COMMENT])
    Notice.objects.all().delete()
    comments.add(alice, item.pk, "Thanks", parent_id=thread.pk)
    assert told() == [("carol", "answer", "alice")]
    ContentItem.objects.update(is_private=True)
    comments.add(alice, item.pk, "Unseen", parent_id=thread.pk)
    assert told() == [("carol", "answer", "alice")]


def test_an_answer_to_ones_comment_on_ones_work_is_one_notice(alice: User, bob: User, item: ContentItem) -> None:
    thread = comments.add(alice, item.pk, "Thread")
    comments.add(bob, item.pk, "Answer", parent_id=thread.pk)
    notify_commented(Interaction.objects.get(comment="Answer"))
    assert told() == [("alice", "answer", "bob")]


def test_one_is_not_told_of_ones_own_deeds(alice: User, item: ContentItem) -> None:
    thread = comments.add(alice, item.pk, "Thread")
    comments.add(alice, item.pk, "Answer", parent_id=thread.pk)
    notify_followed(alice, alice)
    assert told() == []


def test_one_is_told_nothing_of_what_one_may_not_see(
    client: Client, alice: User, bob: User, staff: User, item: ContentItem
) -> None:
    thread = comments.add(bob, item.pk, "Thread")
    said = comments.add(alice, item.pk, "Seen", parent_id=thread.pk)
    assert told(user=bob) == [("bob", "answer", "alice")]
    ContentItem.objects.filter(pk=item.pk).update(is_private=True)
    comments.add(alice, item.pk, "Unseen", parent_id=thread.pk)
    assert told(user=bob) == [("bob", "answer", "alice")]
    client.force_login(bob)
    page = client.get(PAGE)
    assert (texts(page, "p", class_="prose"), reading.unread_count(bob)) == ([], "")
    assert "Fog" not in page.content.decode()
    assert client.get(f"{PAGE}{Notice.objects.get(comment=said).pk}/").status_code == 404
    # Staff see every work, and their own notices alone.
    assert list(Notice.objects.visible_to(staff)) == []


def test_the_works_and_accounts_that_go_take_their_notices(alice: User, bob: User, item: ContentItem) -> None:
    comments.add(bob, item.pk, "One")
    comments.add(bob, ContentItemFactory(creator=alice).pk, "Two")
    notify_followed(alice, UserFactory())
    item.delete()
    assert len(told()) == 2
    bob.delete()
    assert [kind for _, kind, _ in told()] == ["follow"]
    alice.delete()
    assert told() == []


def test_kinds_that_are_muted_and_accounts_that_are_off_get_none(alice: User, bob: User, item: ContentItem) -> None:
    reading.want(alice, [Kind.FOLLOW])
    comments.add(bob, item.pk, "One")
    notify_followed(alice, bob)
    assert told() == [("alice", "follow", "bob")]
    User.objects.filter(pk=alice.pk).update(is_active=False)
    reading.want(alice, Kind.values)
    comments.add(bob, item.pk, "Two")
    assert len(told()) == 1


# --- Followers


def test_a_follower_is_told_of_once(alice: User, bob: User) -> None:
    notify_followed(alice, bob)
    notify_followed(alice, bob)
    notify_followed(bob, alice)
    assert told() == [("alice", "follow", "bob"), ("bob", "follow", "alice")]


# --- Jobs


def test_a_batch_is_told_of_once_when_its_last_job_ends(alice: User) -> None:
    batch = uuid4()
    first, second = (job(alice, batch=batch, number=number) for number in range(2))
    last = job(alice, Status.RUNNING, batch=batch, number=2)
    notify_ended(second.pk)
    assert told() == []
    GenerationJob.objects.filter(pk=last.pk).update(status=Status.FAILED, error="No room", finished_at=timezone.now())
    for ended in (last, second):
        notify_ended(ended.pk)
    [row] = Notice.objects.all()
    assert (row.user, row.kind, row.job, row.completed, row.failed) == (alice, "job", first, 2, 1)


def test_automatic_jobs_and_jobs_that_are_gone_tell_nothing(alice: User) -> None:
    notify_ended(job(alice, is_automatic=True).pk)
    notify_ended(99_999_999)
    assert told() == []


@pytest.mark.parametrize("failing", [False, True])
def test_a_worker_that_ends_a_job_tells_its_user(
    alice: User, failing: bool, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    key = uuid4()
    row = job(alice, Status.RUNNING, attempt_key=key)
    Attempt.objects.create(key=key, job=row, worker="w")
    with django_capture_on_commit_callbacks(execute=True):
        assert claims.fail(key, "No room") if failing else claims.finish(key, [ContentItemFactory(creator=alice)])
    assert list(Notice.objects.values_list("user", "job", "completed", "failed")) == [
        (alice.pk, row.pk, int(not failing), int(failing))
    ]


def test_jobs_of_a_batch_that_end_at_once_are_one_notice(transactional_db: None) -> None:
    alice, batch = UserFactory(), uuid4()
    rows = [job(alice, batch=batch, number=number) for number in range(3)]
    assert at_once(*[partial(notify_ended, row.pk) for row in rows]) == [None] * 3
    assert len(told()) == 1


@pytest.mark.parametrize(
    ("completed", "failed", "text"),
    [
        (1, 0, "A job of yours is done"),
        (4, 0, "4 jobs of yours are done"),
        (0, 1, "A job of yours failed"),
        (0, 2, "2 jobs of yours failed"),
        (3, 1, "3 jobs of yours are done, 1 failed"),
        (0, 0, "Your jobs were cancelled"),
    ],
)
def test_what_became_of_jobs_is_said_in_words(completed: int, failed: int, text: str) -> None:
    assert reading.job_text(completed, failed) == text


# --- Pages


def test_the_page_shows_ones_own_and_leads_on(client: Client, alice: User, bob: User, item: ContentItem) -> None:
    said = comments.add(bob, item.pk, "<b>Fine</b> " + "x" * 300)
    notify_followed(alice, bob)
    single, batch = job(alice), uuid4()
    notify_ended(single.pk)
    notify_ended(job(alice, batch=batch).pk)
    client.force_login(alice)
    page = client.get(PAGE)
    links = [link for link in hrefs(page, "a") if link.startswith(PAGE) and link[len(PAGE) :][:1].isdigit()]
    assert [client.get(link)["Location"] for link in links] == [
        f"/create/jobs/batch/{batch}/",
        f"/create/jobs/{single.pk}/",
        "/users/bob/",
        f"/comments/{said.pk}/",
    ]
    assert texts(page, "li", class_="told--unread")[2].startswith("Bob follows you")
    [excerpt] = texts(page, "p", class_="prose")
    assert (excerpt[:11], len(excerpt), excerpt[-1]) == ("<b>Fine</b>", 200, "…")
    assert (page["Cache-Control"], foreign_scripts(page)) == ("private, no-store", [])
    # What was opened is read.
    assert texts(client.get(PAGE), "h1") == ["Notifications all read"]


def test_notices_are_marked_one_by_one_or_all(client: Client, alice: User, bob: User) -> None:
    for _ in range(3):
        notify_followed(alice, UserFactory())
    notify_followed(bob, alice)
    client.force_login(alice)
    first = Notice.objects.filter(user=alice).first()
    assert texts(client.get("/fragments/notifications/badge/"), "a") == ["Notifications 3 unread"]
    for _ in range(2):
        assert client.post(f"{PAGE}{first.pk}/read/", {"next": f"{PAGE}?is_read=false"})["Location"].endswith("false")
    assert reading.unread_count(alice) == "2"
    assert len(elements(client.get(f"{PAGE}?is_read=false"), "li", class_="told")) == 2
    assert client.post(f"{PAGE}read/").status_code == 303
    assert texts(client.get("/fragments/notifications/badge/"), "a") == ["Notifications"]
    assert reading.unread_count(bob) == "1"


def test_of_many_notices_the_rest_is_marked_in_the_background_up_to_the_moment_of_asking(
    client: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marking, "REQUEST_SECONDS", -1)
    monkeypatch.setattr(marking, "BATCH_ROWS", 2)
    for _ in range(5):
        notify_followed(alice, UserFactory())
    client.force_login(alice)
    page = client.post(f"{PAGE}read/", follow=True)
    assert "are being marked as read" in page.content.decode()
    notify_followed(alice, UserFactory())
    later = Notice.objects.latest("pk")
    Notice.objects.filter(pk=later.pk).update(created_at=ReadAll.objects.get().before + timedelta(days=1))
    assert reading.unread_count(alice) == "4"
    assert client.post("/api/v1/notifications/read/", {"ids": [later.pk + 1]}, "application/json").json()["is_finished"]
    upkeep.TASKS["Marking notices"]()
    assert list(Notice.objects.filter(user=alice).unread()) == [later]
    assert not ReadAll.objects.exists()


def test_a_wish_to_read_all_lies_in_the_calendar(violated, alice: User) -> None:  # noqa: ANN001
    for time in OUTSIDE_CALENDAR:
        assert violated(lambda time=time: ReadAll.objects.create(user=alice, before=time)) == (
            "notice_read_all_in_calendar"
        )


def test_opened_by_a_prefetch_it_stays_unread(client: Client, alice: User, bob: User) -> None:
    notify_followed(alice, bob)
    client.force_login(alice)
    address = f"{PAGE}{Notice.objects.get().pk}/"
    client.get(address, headers={"Sec-Purpose": "prefetch"})
    client.head(address)
    assert reading.unread_count(alice) == "1"


def test_a_notice_of_a_follower_who_is_off_leads_to_a_page_that_is_there(
    client: Client, alice: User, bob: User
) -> None:
    notify_followed(alice, bob)
    User.objects.filter(pk=bob.pk).update(is_active=False)
    client.force_login(alice)
    assert client.get(f"{PAGE}{Notice.objects.get().pk}/", follow=True).status_code == 200


def test_who_may_do_what(client: Client, alice: User, bob: User, staff: User) -> None:
    notify_followed(alice, bob)
    pk = Notice.objects.get().pk
    pages = {
        PAGE: "get",
        f"{PAGE}choices/": "get",
        f"{PAGE}{pk}/": "get",
        f"{PAGE}{pk}/read/": "post",
        f"{PAGE}read/": "post",
    }
    for address, method in pages.items():
        assert getattr(client, method)(address)["Location"].startswith("/accounts/login/?next=/notifications/")
    assert client.get("/fragments/notifications/badge/").content == b""
    for user in (bob, staff):
        client.force_login(user)
        assert texts(client.get(PAGE), "li", class_="told") == []
        for one in (pk, *HUGE):
            assert client.get(f"{PAGE}{one}/").status_code == client.post(f"{PAGE}{one}/read/").status_code == 404
        client.post(f"{PAGE}read/")
    assert reading.unread_count(alice) == "1"
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice)
    assert strict.post(f"{PAGE}read/").status_code == 403


def test_one_chooses_what_one_is_told_about(client: Client, alice: User) -> None:
    client.force_login(alice)
    address = f"{PAGE}choices/"

    def ticked() -> list[str]:
        boxes = elements(client.get(address), "input", type="checkbox")
        return [box.attributes["value"] for box in boxes if "checked" in box.attributes]

    assert ticked() == ["comment", "answer", "follow", "job"]
    for wanted in (["job"], ["job"], [], ["comment", "follow"]):
        assert (client.post(address, {"kinds": wanted}).status_code, ticked()) == (303, wanted)
    assert client.post(address, {"kinds": ["weather"]}).status_code == 400
    assert Muted.objects.filter(user=alice).count() == 2


@pytest.mark.parametrize("rows", [1, 20])
def test_a_page_runs_so_many_queries(
    client: Client,
    alice: User,
    bob: User,
    item: ContentItem,
    rows: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(rows):
        comments.add(bob, item.pk, "Fine")
    client.force_login(alice)
    total_keys_and_rows, unread = 3, 1
    with django_assert_num_queries(SIGNING_IN + total_keys_and_rows + unread):
        assert len(elements(client.get(PAGE), "li", class_="told")) == rows
    with django_assert_num_queries(SIGNING_IN + unread):
        client.get("/fragments/notifications/badge/")


def test_a_comment_costs_so_many_queries_more(
    bob: User, item: ContentItem, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    transaction, visible, insert, item_and_creator, muted, notice = 2, 1, 1, 1, 1, 1
    with django_assert_num_queries(transaction + visible + insert + item_and_creator + muted + notice):
        comments.add(bob, item.pk, "Fine")


@pytest.mark.django_db(transaction=True)
def test_old_notices_are_cleared() -> None:
    alice = UserFactory()
    for days in (89, 91):
        notify_followed(alice, UserFactory())
        Notice.objects.filter(created_at__gt=timezone.now() - timedelta(days=1)).update(
            created_at=timezone.now() - timedelta(days=days)
        )
    assert clearing.clear_old() == 1
    assert Notice.objects.get().created_at > timezone.now() - clearing.KEPT
