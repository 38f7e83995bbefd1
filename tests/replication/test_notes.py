"""Which requests note a position for their viewer, and where: no server but the primary."""

from http.cookies import Morsel

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django.fixtures import Settings
from rest_framework.authtoken.models import Token

from genonaut import flags
from genonaut.models import PrimaryStart, WriteMark
from genonaut.replicas import middleware, positions
from genonaut.replicas.positions import COOKIE, Position
from genonaut.replicas.watching import Watch
from tests.replication.test_choice import NOW, watched
from users.models import User
from users.tokens import make_token

READ_REPLICAS = "genonaut.replicas.middleware.ReadReplicas"
WORKS = "/api/v1/content/"
JSON = "application/json"


def quiet_watch(*replicas: str) -> Watch:
    """Return a watch whose threads end at once."""
    watch = Watch(watched("the primary"), [watched(alias) for alias in replicas])
    watch.stop()
    return watch


@pytest.fixture
def noting(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A site that would read replicas, if there were any."""
    settings.MIDDLEWARE = list(settings.MIDDLEWARE)
    settings.MIDDLEWARE.insert(
        settings.MIDDLEWARE.index("django.contrib.sessions.middleware.SessionMiddleware"), READ_REPLICAS
    )
    monkeypatch.setattr(middleware, "WATCH", quiet_watch())


@pytest.fixture
def era(db: None) -> None:
    """The era of a primary."""
    PrimaryStart.objects.update_or_create(pk=1, defaults={"number": 7, "started_at": NOW})


def test_a_token_that_lets_no_client_in_has_no_row(noting: None, era: None, alice: User) -> None:
    stranger = Client(headers={"Authorization": "Token 1234"})
    answers = [
        stranger.post(WORKS, {"title": "No"}, content_type=JSON),
        stranger.post("/api/v1/nothing/", {}, content_type=JSON),
        stranger.post("/", {}),
        stranger.post("/accounts/login/", {"username": "a", "password": "b"}),
    ]
    assert [answer.status_code for answer in answers] == [401, 404, 405, 200]
    assert WriteMark.objects.count() == 0
    client = Client(headers={"Authorization": f"Token {Token.objects.create(user=alice).key}"})
    for _ in range(2):  # whatever the answer is, something may have been changed
        answer = client.post(WORKS, {"title": ""}, content_type=JSON)
        assert (answer.status_code, COOKIE in answer.cookies) == (400, False)
    assert WriteMark.objects.get().number == 7


def test_a_browser_behind_a_password_of_the_proxy_has_its_position_in_a_cookie(
    noting: None, era: None, alice: User, rf: RequestFactory
) -> None:
    browser = Client(headers={"Authorization": "Basic YTpi"})
    browser.force_login(alice)
    cookie: Morsel = browser.post("/accounts/logout/").cookies[COOKIE]
    assert WriteMark.objects.count() == 0
    request = rf.get("/", headers={"Authorization": "Basic YTpi"})
    request.COOKIES[COOKIE] = cookie.value
    position = positions.position_of(request)
    assert (position.number, position.position > 0) == (7, True)


def test_programs_with_tokens_of_one_account_have_one_position(
    noting: None, era: None, alice: User, bob: User, rf: RequestFactory
) -> None:
    name = make_token(alice, "backup", days=7)
    key, stranger = (Token.objects.create(user=user).key for user in (alice, bob))
    Client(headers={"Authorization": f"Token {key}"}).post(WORKS, {"title": ""}, content_type=JSON)
    mark = WriteMark.objects.get()
    headers = [f"Token {key}", f"token {name}", f"Token {stranger}", "Token 1234", "Token", "gn_", ""]
    positions_of = [positions.position_of(rf.get("/", headers={"Authorization": text})) for text in headers]
    assert positions_of == [Position(mark.number, mark.position)] * 2 + [None] * 5


def test_counts_of_page_caches_ask_nothing_and_note_nothing(noting: None) -> None:
    # The test has no access to the database, so that any query would fail.
    flags.forget()
    answer = Client().post(reverse("monitoring:page-cache"), {"hits": "3"})
    assert (answer.status_code, answer.cookies) == (204, {})
