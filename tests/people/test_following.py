"""Following people and the feed: who may, what it shows, and what it never tells."""

from datetime import UTC, datetime

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from notices.models import Notice
from people import follows
from people.follows import UnknownPersonError, followed_by, set_follow
from people.models import Follow
from tests.factories import OUTSIDE_CALENDAR, ContentItemFactory, UserFactory
from tests.pages.html import elements, texts, titles
from users.accounts import delete_account
from users.models import User

FACES = ["/feed/", "/fragments/feed/works/", "/fragments/feed/list/"]
PREFIXES = ("", "/fragments")


def pairs() -> list[tuple[str, str]]:
    """Return who follows whom."""
    return list(Follow.objects.order_by("pk").values_list("user__username", "person__username"))


def send(client: Client, person: User | int, on: str = "1", prefix: str = "", **sent: str) -> HttpResponse:
    pk = person if isinstance(person, int) else person.pk
    return client.post(f"{prefix}/follow/{pk}/", {"on": on, **sent})


# --- The form


def test_who_is_followed_is_told_once(alice: User, bob: User) -> None:
    for is_on in (True, True, False, True):
        set_follow(alice, bob.pk, is_on=is_on)
    assert list(Notice.objects.values_list("user__username", "kind", "actor__username")) == [("bob", "follow", "alice")]


def test_a_visitor_follows_once_they_signed_in(client: Client, bob: User) -> None:
    User.objects.create_user(username="dora", password="a long password")
    sent = {"deed": "follow", "pk": bob.pk, "next": "/users/bob/"}
    sign_in = client.post("/accounts/intent/", sent, headers={"Origin": "http://testserver"})["Location"]
    client.post(sign_in, {"username": "dora", "password": "a long password", "next": "/users/bob/"})
    assert pairs() == [("dora", "bob")]


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_follow_after_the_session_ended_is_remembered(client: Client, bob: User, prefix: str) -> None:
    User.objects.create_user(username="dora", password="a long password")
    for on in ("1", "0"):  # nothing is ended so
        sign_in = send(client, bob, on, prefix=prefix)["HX-Redirect" if prefix else "Location"]
        client.post(sign_in, {"username": "dora", "password": "a long password"})
        assert pairs() == [("dora", "bob")]
        client.logout()


def test_a_form_follows_and_ends_it_however_often_it_is_sent(client: Client, alice: User, bob: User) -> None:
    client.force_login(alice)
    for on, expected in (("1", [("alice", "bob")]), ("0", [])):
        for _ in range(2):
            answer = send(client, bob, on)
            assert (answer.status_code, answer["Location"]) == (303, "/users/bob/")
            assert pairs() == expected
    assert send(client, bob, next="/feed/")["Location"] == "/feed/"
    assert send(client, bob, next="https://example.org/")["Location"] == "/users/bob/"


def test_the_fragment_answers_with_the_form_in_its_new_state(client: Client, alice: User, bob: User) -> None:
    client.force_login(alice)
    on = send(client, bob, prefix="/fragments")
    off = send(client, bob, "0", prefix="/fragments")
    assert [texts(answer, "button") for answer in (on, off)] == [["Unfollow"], ["Follow"]]
    assert [texts(answer, "span", class_="label") for answer in (on, off)] == [["1 follower"], ["0 followers"]]
    assert on["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("prefix", PREFIXES)
def test_who_may_follow_whom(client: Client, alice: User, bob: User, staff: User, prefix: str) -> None:
    gone = UserFactory(is_active=False)
    table = [
        (None, bob, 403 if prefix else 303, 0),
        (alice, bob, 200 if prefix else 303, 1),
        (staff, bob, 200 if prefix else 303, 1),
        (alice, alice, 404, 0),
        (alice, gone, 404, 0),
        (staff, gone, 404, 0),
        (alice, 10**30, 404, 0),
    ]
    for viewer, person, status, rows in table:
        Follow.objects.all().delete()
        client.logout()
        if viewer is not None:
            client.force_login(viewer)
        answer = send(client, person, prefix=prefix)
        assert (answer.status_code, Follow.objects.count()) == (status, rows)
        if viewer is None:
            place = answer["HX-Redirect" if prefix else "Location"]
            assert place == "/accounts/login/?next=/users/bob/"


def test_a_form_that_asks_for_neither_and_a_link_change_nothing(client: Client, alice: User, bob: User) -> None:
    client.force_login(alice)
    assert [send(client, bob, on).status_code for on in ("", "yes", "2")] == [400] * 3
    assert client.get(f"/follow/{bob.pk}/").status_code == 405
    assert Client(enforce_csrf_checks=True).post(f"/follow/{bob.pk}/", {"on": "1"}).status_code == 403
    assert pairs() == []


def test_the_database_refuses_what_no_form_asks_for(violated, alice: User, bob: User) -> None:  # noqa: ANN001
    Follow.objects.create(user=alice, person=bob)
    assert violated(lambda: Follow.objects.create(user=alice, person=bob)) == "follow_once"
    assert violated(lambda: Follow.objects.create(user=alice, person=alice)) == "follow_not_oneself"
    assert {
        violated(lambda time=time: Follow.objects.create(user=bob, person=alice, created_at=time))
        for time in OUTSIDE_CALENDAR
    } == {"follow_time_in_calendar"}


def test_a_person_who_goes_meanwhile_is_unknown(alice: User, bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    User.objects.filter(pk=bob.pk).update(is_active=False)
    with pytest.raises(UnknownPersonError), transaction.atomic():
        set_follow(alice, bob.pk, is_on=True)


def test_an_account_that_goes_takes_its_follows_along(alice: User, bob: User, staff: User) -> None:
    Follow.objects.create(user=alice, person=bob)
    Follow.objects.create(user=bob, person=staff)
    Follow.objects.create(user=staff, person=alice)
    delete_account(bob)
    assert pairs() == [("stella", "alice")]


# --- The profile


def test_a_profile_says_how_many_follow_and_whether_its_reader_does(client: Client, alice: User, bob: User) -> None:
    Follow.objects.create(user=alice, person=bob)
    Follow.objects.create(user=UserFactory(is_active=False), person=bob)
    anonymous = client.get("/users/bob/")
    assert [form.text for form in elements(anonymous, "form", action="/accounts/intent/")] == ["Follow"]
    shown = {}
    for viewer in (alice, bob, UserFactory(username="carol")):
        client.force_login(viewer)
        for path in ("/users/bob/", "/fragments/users/bob/list/"):
            page = client.get(path)
            [part] = elements(page, "div", class_="following")
            shown.setdefault(viewer.username, set()).add(part.text)
    assert shown == {"alice": {"Unfollow 1 follower"}, "bob": {"1 follower"}, "carol": {"Follow 1 follower"}}


def test_followers_beyond_the_limit_are_not_counted(
    client: Client, alice: User, bob: User, staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follows, "COUNT_LIMIT", 1)
    for user in (alice, staff):
        Follow.objects.create(user=user, person=bob)
    assert texts(client.get("/users/bob/"), "div", class_="following") == ["Follow 1+ followers"]


# --- The feed


@pytest.fixture
def feed(alice: User, bob: User) -> User:
    """Bob and Carol, whom alice follows, made public works and private ones; Dave's are not hers to see here."""
    carol, dave = UserFactory(username="carol"), UserFactory(username="dave")
    for person in (bob, carol):
        Follow.objects.create(user=alice, person=person)
    for day, (title, creator, is_private) in enumerate(
        [("b1", bob, False), ("c1", carol, False), ("b2", bob, True), ("d1", dave, False), ("c2", carol, False)]
    ):
        moment = datetime(2025, 3, day + 1, tzinfo=UTC)
        ContentItemFactory(title=title, creator=creator, is_private=is_private, created_at=moment, tags=[title])
    ContentItemFactory(title="own", creator=alice)
    ContentItemFactory(title="own secret", creator=alice, is_private=True)
    return alice


def test_the_feed_is_of_whom_one_follows_newest_first(client: Client, feed: User, bob: User) -> None:
    client.force_login(feed)
    answers = [client.get(face) for face in FACES]
    assert [titles(answer) for answer in answers] == [["c2", "c1", "b1"]] * 3
    assert elements(answers[1], "section", id="works")[0].attributes["data-range"] == "3 works"
    assert titles(client.get("/feed/?page_size=2&page=2")) == ["b1"]
    assert titles(client.get("/feed/?tag=c1")) == titles(client.get("/feed/?q=c1")) == ["c1"]
    assert titles(client.get("/feed/?followed=1")) == ["c2", "c1", "b1"]
    send(client, bob, "0")
    assert titles(client.get("/feed/")) == ["c2", "c1"]


def test_a_feed_shows_nobodys_private_works_whoever_reads_it(client: Client, feed: User, bob: User) -> None:
    User.objects.filter(pk=feed.pk).update(is_staff=True)
    client.force_login(feed)
    assert titles(client.get("/feed/")) == ["c2", "c1", "b1"]
    bob.is_active = False
    bob.save()
    assert titles(client.get("/feed/")) == ["c2", "c1"]


def test_an_empty_feed_says_how_it_fills(client: Client, bob: User, alice: User) -> None:
    ContentItemFactory(creator=bob)
    client.force_login(alice)
    page = client.get("/feed/")
    assert (titles(page), "Nothing in your feed yet" in texts(page, "h2")) == ([], True)
    client.logout()
    assert client.get("/feed/")["Location"] == "/accounts/login/?next=/feed/"


def test_the_feed_is_of_those_who_were_followed_last(feed: User, bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follows, "MOST_IN_FEED", 1)
    assert followed_by(feed) == [User.objects.get(username="carol").pk]


def test_whom_one_follows_is_a_list_of_ones_own(client: Client, feed: User, bob: User) -> None:
    client.force_login(feed)
    assert [part.text for part in elements(client.get("/me/following/"), "li", class_="followed")] == [
        "carol Unfollow carol",
        "Bob Unfollow Bob",
    ]
    client.force_login(bob)
    assert elements(client.get("/me/following/"), "li", class_="followed") == []
    client.logout()
    assert client.get("/me/following/")["Location"] == "/accounts/login/?next=/me/following/"


@pytest.mark.parametrize("count", [1, 20])
def test_pages_take_as_many_queries_whatever_they_show(
    client: Client, alice: User, django_assert_max_num_queries: DjangoAssertNumQueries, count: int
) -> None:
    for _ in range(count):
        person = UserFactory()
        Follow.objects.create(user=alice, person=person)
        ContentItemFactory(creator=person)
    client.force_login(alice)
    for path, most in {"/feed/": 8, "/me/following/": 5}.items():
        with django_assert_max_num_queries(most):
            assert client.get(path).status_code == 200
