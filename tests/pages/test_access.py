"""What opens an account: its API tokens and its sessions, on their pages."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from tests.pages.html import elements, texts
from users import sessions, worker_tasks
from users.models import ApiToken, User, UserSession
from users.sessions import device_name
from users.tokens import make_token

ME = "/accounts/me/"
PASSWORD, NEW = "a long password", "another long password"
FORM = {"name": "backup", "days": "7", "password": PASSWORD}


@pytest.fixture
def dora(db: None) -> User:
    return User.objects.create_user("dora", password=PASSWORD)


@pytest.fixture
def hers(client: Client, dora: User) -> Client:
    client.force_login(dora)
    return client


def knows(key: str) -> int:
    """Return how the API answers a program with a token that asks who it is."""
    return APIClient().get("/api/v1/users/me/", headers={"Authorization": f"Token {key}"}).status_code


def test_a_token_is_shown_once_and_opens_the_account_until_it_ends(hers: Client, dora: User) -> None:
    assert hers.post(f"{ME}tokens/", {**FORM, "password": "guessed"}).status_code == 200
    assert not ApiToken.objects.exists()
    page = hers.post(f"{ME}tokens/", FORM)
    key = texts(page, "code")[0]
    assert (knows(key), key in hers.get(f"{ME}tokens/").content.decode()) == (200, False)
    token = ApiToken.objects.get()
    assert (token.user, token.used_at is None, key in str(vars(token))) == (dora, False, False)
    assert timedelta(days=6) < token.expires_at - timezone.now() <= timedelta(days=7)
    again = hers.post(f"{ME}tokens/", FORM)
    assert ("of this name" in again.content.decode(), ApiToken.objects.count()) == (True, 1)
    ApiToken.objects.update(expires_at=timezone.now())
    assert [knows(key), knows(f"{key}x"), knows("gn_")] == [401, 401, 401]


def test_a_token_of_an_inactive_account_opens_nothing(dora: User) -> None:
    key = make_token(dora, "a", 7)
    User.objects.update(is_active=False)
    assert knows(key) == 401


def test_a_used_token_costs_one_query(dora: User) -> None:
    key = make_token(dora, "a", 7)
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            knows(key)
        counts.append(len(queries))
    assert counts[0] - counts[1] == 1


def test_a_new_password_ends_all_tokens_and_the_endpoint_its_own(hers: Client, dora: User) -> None:
    Token.objects.create(user=dora)
    key = make_token(dora, "a", 7)
    assert hers.delete("/api/v1/auth/token/").status_code == 204
    assert (Token.objects.count(), knows(key)) == (0, 200)
    dora.set_password(NEW)
    dora.save()
    assert knows(key) == 401


@pytest.mark.parametrize(
    ("viewer", "status", "left"), [(None, 303, 1), ("bob", 404, 1), ("staff", 404, 1), ("dora", 303, 0)]
)
@pytest.mark.parametrize("kind", ["tokens", "sessions"])
def test_tokens_and_sessions_are_ended_by_their_owner_alone(
    dora: User, bob: User, staff: User, viewer: str | None, status: int, left: int, kind: str
) -> None:
    make_token(dora, "a", 7)
    elsewhere, asking = Client(), Client()
    elsewhere.force_login(dora)
    row = {"tokens": ApiToken, "sessions": UserSession}[kind].objects.get(user=dora)
    if viewer is not None:
        asking.force_login({"bob": bob, "staff": staff, "dora": dora}[viewer])
    assert asking.post(f"{ME}{kind}/{row.pk}/end/").status_code == status
    assert asking.get(f"{ME}{kind}/{row.pk}/end/").status_code == 405
    assert type(row).objects.filter(pk=row.pk).count() == left
    assert elsewhere.get(ME).status_code == (302 if kind == "sessions" and not left else 200)


def test_sessions_are_shown_with_their_device_and_ended(dora: User, bob: User) -> None:
    other = Client()
    other.force_login(bob)
    agents = {
        "Firefox on Linux": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "A program": "",
    }
    clients = []
    for agent in agents.values():
        clients.append(Client(headers={"User-Agent": agent}))
        clients[-1].post("/accounts/login/", {"username": "dora", "password": PASSWORD})
    page = clients[0].get(f"{ME}sessions/")
    assert sorted(texts(page, "h2")) == ["A program", "Firefox on Linux (this one)"]
    assert clients[0].post(f"{ME}sessions/end/").status_code == 303
    assert [some.get(ME).status_code for some in (*clients, other)] == [200, 302, 200]
    assert texts(clients[0].get(f"{ME}sessions/"), "h2") == ["Firefox on Linux (this one)"]


def test_a_changed_password_leaves_this_session_alone(hers: Client, dora: User) -> None:
    elsewhere = Client()
    elsewhere.force_login(dora)
    change = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    assert hers.post(f"{ME}password/", change).status_code == 302
    assert len(elements(hers.get(f"{ME}sessions/"), "section")) == 1
    assert elsewhere.get(ME).status_code == 302


def test_a_session_is_noted_once_an_hour_and_forgotten_once_it_cannot_last(
    hers: Client, dora: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    hour_ago = timezone.now() - timedelta(hours=1)
    UserSession.objects.update(seen_at=hour_ago)
    hers.get(ME)
    assert UserSession.objects.get().seen_at == hour_ago
    monkeypatch.setattr(sessions, "SEEN_EVERY", timedelta(0))
    hers.get(ME)
    assert UserSession.objects.get().seen_at > hour_ago
    worker_tasks.forget_sessions()
    UserSession.objects.update(seen_at=timezone.now() - timedelta(days=15))
    Session.objects.all().delete()
    worker_tasks.forget_sessions()
    assert not UserSession.objects.exists()


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari on iPhone"),
        ("curl/8.0", "A program"),
    ],
)
def test_a_device_is_named_in_words(agent: str, name: str) -> None:
    assert device_name(agent) == name
