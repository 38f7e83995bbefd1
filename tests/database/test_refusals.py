"""What the database refuses for a while is 503 with a reason, everywhere; what it refuses for good stays an error."""

import logging
from collections.abc import Iterator
from time import monotonic

import django.db
import psycopg
import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import AnonymousUser
from django.db import connection, connections
from django.db.utils import DatabaseErrorWrapper
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from content.listings import ContentListing
from content.models import ContentItem
from genonaut.database.outages import AWAY, BUSY, READ_ONLY, TOO_LONG, Outage, outage_of
from genonaut.database.pool import DatabaseAwayError, PoolExhaustedError
from genonaut.pagination.anchors.building import ReadOnlyServerError, build
from genonaut.pagination.anchors.scheduler import Scheduler, State
from genonaut.pagination.models import StoredCursor
from genonaut.ranking import background
from interactions.models import Interaction, Kind
from tests.factories import ContentItemFactory, UserFactory
from users.models import User

PASSWORD = "hers, and a long one"
BY_STATE = {
    READ_ONLY: ["25006"],
    AWAY: ["57P01", "57P02", "57P03", "57P04", "57P05", "08000", "08003", "08006", "08001", "08004", "08P01"],
    BUSY: ["53000", "53100", "53200", "53300", "53400", "40001", "40P01", "40003", "55P03", "26000", "42P05"],
    TOO_LONG: ["57014", "25P03", "25P04"],
    None: ["23505", "23503", "23514", "22003", "42601", "42P01", "42501", "25001", "25P02", "55000", "XX000", "0A000"],
}


def raised(error: psycopg.Error) -> django.db.Error:
    """Return what Django makes of an error of the driver."""
    with pytest.raises(django.db.Error) as found, DatabaseErrorWrapper(connection):
        raise error
    return found.value


@pytest.mark.parametrize(
    ("state", "outage"), [(state, outage) for outage, states in BY_STATE.items() for state in states]
)
def test_each_state_of_the_database_is_told_apart(state: str, outage: Outage | None) -> None:
    kind = psycopg.errors._sqlcodes.get(state) or psycopg.errors._base_exc_map.get(state[:2], psycopg.DatabaseError)
    error = kind("as the server says")
    error.sqlstate = state
    assert (outage_of(raised(error)), outage_of(error)) == (outage, outage)


@pytest.mark.parametrize(
    ("error", "outage"),
    [
        (psycopg.OperationalError("server closed the connection unexpectedly"), AWAY),
        (psycopg.InterfaceError("the connection is closed"), AWAY),
        (psycopg.errors.ConnectionTimeout("connection timeout expired"), AWAY),
        (DatabaseAwayError("connection refused"), AWAY),
        (PoolExhaustedError("all in use"), BUSY),
        (psycopg.ProgrammingError("the last operation didn't produce a result"), None),
        (psycopg.DataError("PostgreSQL text fields cannot contain NUL"), None),
    ],
)
def test_what_the_driver_says_by_itself_is_told_apart(error: psycopg.Error, outage: Outage | None) -> None:
    assert outage_of(raised(error)) == outage


def test_what_django_says_of_a_closed_connection_is_an_outage_and_other_errors_are_none() -> None:
    assert outage_of(django.db.InterfaceError("connection already closed")) == AWAY
    assert [outage_of(error) for error in (None, ValueError(), django.db.IntegrityError(), KeyError("57014"))] == [
        None
    ] * 4


def logged(error: BaseException, status: int = 500) -> str:
    """Return what the console of the site shows of a failed request."""
    record = logging.LogRecord(
        "django.request",
        logging.ERROR,
        "here",
        1,
        "%s: %s",
        ("Server Error", "/x"),
        (type(error), error, error.__traceback__),
    )
    record.status_code = status
    (console,) = logging.getLogger().handlers[:1]
    return console.formatter.format(record)


def test_the_log_of_an_outage_is_one_line_and_any_other_has_its_traceback() -> None:
    outage = logged(raised(psycopg.OperationalError("server closed the connection\nThis probably means")))
    assert outage.endswith(
        "WARNING django.request Server Error: /x: The database is away: server closed the connection"
    )
    assert len(outage) < 200
    fault = logged(raised(psycopg.ProgrammingError("no such column")))
    assert "ERROR django.request Server Error: /x\n" in fault
    assert "Traceback (most recent call last)" in fault


def test_the_log_of_a_client_s_mistake_is_one_line() -> None:
    mistake = logged(raised(psycopg.ProgrammingError("no such page")), status=400)
    assert (mistake.count("\n"), mistake.endswith("ERROR django.request Server Error: /x")) == (0, True)


# --- Read only, as a replica is or a server that is being moved


@pytest.fixture
def reader(transactional_db: None) -> User:
    """She signed in before."""
    return UserFactory(username="rea", password=make_password(PASSWORD), is_staff=True, is_superuser=True)


@pytest.fixture
def signed_in(reader: User) -> Client:
    """Her browser."""
    client = Client(raise_request_exception=False)
    client.force_login(reader)
    return client


@pytest.fixture
def read_only(signed_in: Client) -> Iterator[int]:
    """The id of a work on a database that takes no changes."""
    item = ContentItemFactory()
    place = connections.settings["default"]
    before = place["OPTIONS"]
    connection.close()
    connection.close_pool()
    place["OPTIONS"] = {**before, "options": f"{before['options']} -c default_transaction_read_only=on"}
    yield item.pk
    connection.close()
    connection.close_pool()
    place["OPTIONS"] = before


def test_whatever_only_reads_goes_on(read_only: int, signed_in: Client) -> None:
    paths = [
        "/",
        "/fragments/works/",
        f"/content/{read_only}/",
        "/api/v1/content/",
        f"/fragments/marks/?id={read_only}",
    ]
    paths += ["/api/v1/users/me/", "/api/v1/content/histogram/", "/admin/content/contentitem/", reverse("users:login")]
    strangers = Client(raise_request_exception=False)
    assert {path: signed_in.get(path).status_code for path in paths[:-1]} == dict.fromkeys(paths[:-1], 200)
    assert [strangers.get(path).status_code for path in ("/", paths[-1], "/api/v1/content/")] == [200] * 3


def test_every_change_says_that_the_site_is_read_only(read_only: int, signed_in: Client, reader: User) -> None:
    stranger = Client(raise_request_exception=False)
    known = {"username": reader.username, "password": PASSWORD}
    json = {"content_type": "application/json"}
    answers = {
        "a like": signed_in.post(f"/content/{read_only}/like/", {"on": "1"}),
        "a bookmark in place": signed_in.post(f"/fragments/content/{read_only}/bookmark/", {"on": "1"}),
        "sign in": stranger.post(reverse("users:login"), known),
        "the admin's sign in": stranger.post("/admin/login/", known),
        "sign out": signed_in.post(reverse("users:logout")),
        "a token": stranger.post("/api/v1/auth/token/", known, **json),
        "an account": stranger.post("/api/v1/users/", {**known, "username": "other", "email": "a@b.org"}, **json),
        "a new work": signed_in.post("/api/v1/content/", {"title": "New", "content_type": "image"}, **json),
        "a changed work": signed_in.patch(f"/api/v1/content/{read_only}/", {"title": "New"}, **json),
        "a deleted work": signed_in.delete(f"/api/v1/content/{read_only}/"),
        "the admin": signed_in.post(f"/admin/content/contentitem/{read_only}/delete/", {"post": "yes"}),
    }
    assert {name: (answer.status_code, answer.get("Retry-After")) for name, answer in answers.items()} == dict.fromkeys(
        answers, (503, "5")
    )
    assert [name for name, answer in answers.items() if READ_ONLY.detail not in answer.content.decode()] == []
    assert Interaction.objects.filter(kind=Kind.LIKE).count() == 0


def test_a_replica_neither_compacts_nor_takes_anchors_nor_complains(
    read_only: int, caplog: pytest.LogCaptureFixture
) -> None:
    rankings = ContentItem.rankings
    background.compactions.release(rankings.label, pause=0)
    background.compact_soon(rankings, background.MANY_DELTAS).join()
    assert background.compactions.free_at(rankings.label) > monotonic() + background.PAUSE_SECONDS + 1
    background.compactions.release(rankings.label, pause=0)
    listed = ContentListing(AnonymousUser(), QueryDict("q=item")).planner.fallback.listed
    with pytest.raises(ReadOnlyServerError):
        build(listed)
    builds = Scheduler()
    assert builds.begin(listed, is_needed=True) is State.UNDER_WAY
    assert builds.wait(listed) is None
    assert builds.begin(listed, is_needed=True) is State.FAILED
    assert StoredCursor.objects.count() == 0
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
