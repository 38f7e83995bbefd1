"""Accounts over HTTP: registration, tokens, one's own account and what others see of it."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django.fixtures import Settings
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from content.models import ContentItem
from genonaut import deletions
from tests.api.forms import forms_of
from tests.factories import ContentItemFactory, UserFactory
from users.models import User

USERS = "/api/v1/users/"
TOKEN = "/api/v1/auth/token/"
PASSWORD = "correct horse battery"
NEWCOMER = {"username": "newcomer", "password": PASSWORD}
NEW_PASSWORD = "battery horse correct"
CHANGE = {"password": NEW_PASSWORD, "current_password": PASSWORD}
ClientOf = Callable[[User | None], APIClient]


CLOSE = {"current_password": PASSWORD}


def give_password(user: User) -> None:
    """Give an account the password of these tests."""
    user.set_password(PASSWORD)
    user.save()


def test_who_registers_gets_an_account_and_not_its_password(api: APIClient, db: None) -> None:
    response = api.post(USERS, {**NEWCOMER, "email": "New@Example.org", "preferences": {"theme": "dark"}})
    user = User.objects.get()
    assert response.status_code == 201
    assert response.json() == {
        "id": user.pk,
        "username": "newcomer",
        "name": "",
        "created_at": user.created_at.isoformat().replace("+00:00", "Z"),
        "picture": None,
        "email": "new@example.org",
        "preferences": {"theme": "dark"},
        "shown_level": "general",
        "blurred_level": "sensitive",
        "is_active": True,
    }
    assert (user.check_password(PASSWORD), user.is_staff, user.is_superuser) == (True, False, False)


@pytest.mark.parametrize("field", ["is_staff", "is_superuser"])
def test_nobody_registers_as_more_than_a_user(api: APIClient, db: None, field: str) -> None:
    response = api.post(USERS, {**NEWCOMER, field: True})
    assert (response.status_code, User.objects.count()) == (400, 0)


def test_nobody_but_staff_says_whether_an_account_is_active(client_of: ClientOf, staff: User) -> None:
    for client, name in ((client_of(None), "one"), (client_of(staff), "two")):
        client.post(USERS, {**NEWCOMER, "username": name, "is_active": False})
    assert list(User.objects.filter(username__in=["one", "two"]).order_by("username").values_list("is_active")) == [
        (True,),
        (False,),
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [("username", "alice"), ("username", "ALICE"), ("email", "alice@example.org"), ("email", "ALICE@EXAMPLE.ORG")],
)
def test_a_username_and_an_e_mail_belong_to_one_account(api: APIClient, alice: User, field: str, value: str) -> None:
    response = api.post(USERS, {**NEWCOMER, field: value})
    assert (response.status_code, list(response.json()["errors"])) == (400, [field])


@pytest.mark.parametrize(("username", "stored"), [("ﬁsh", "fish"), ("\u212bsa", "Åsa"), ("ａl", "al")])
def test_a_username_is_stored_in_the_form_that_one_signs_in_by(
    client_of: ClientOf, alice: User, username: str, stored: str
) -> None:
    give_password(alice)
    renamed = client_of(alice).patch(f"{USERS}me/", {"username": username, **CLOSE})
    credentials = {"username": username, "password": PASSWORD}
    assert (renamed.status_code, renamed.json()["username"]) == (200, stored)
    assert Client().post("/accounts/login/", credentials).status_code == 302
    assert client_of(alice).patch(f"{USERS}me/", {"username": "alice", **CLOSE}).status_code == 200
    new = client_of(None).post(USERS, credentials)
    assert (new.status_code, new.json()["username"]) == (201, stored)
    assert Client().post("/accounts/login/", credentials).status_code == 302


@pytest.mark.parametrize("username", ["ａlice", "ALICE", "ａｌｉｃｅ", "²", "ﷺ" * 9, "a\u00a0b"])
def test_a_username_is_checked_as_it_would_be_stored(client_of: ClientOf, alice: User, username: str) -> None:
    """Of another, of digits alone, too long, with a space."""
    bob = UserFactory(username="bob")
    give_password(bob)
    renamed = client_of(bob).patch(f"{USERS}me/", {"username": username, **CLOSE})
    new = client_of(None).post(USERS, {**NEWCOMER, "username": username})
    assert [(answer.status_code, list(answer.json()["errors"])) for answer in (renamed, new)] == [
        (400, ["username"])
    ] * 2
    assert set(User.objects.values_list("username", flat=True)) == {"alice", "bob"}


@pytest.mark.parametrize("username", ["me", "a.b-c_d+e@f", "Ωmega", "0x", "1a", "٣٤", "..."])
def test_odd_usernames_are_names(api: APIClient, db: None, username: str) -> None:
    assert api.post(USERS, {**NEWCOMER, "username": username}).json()["username"] == username


def test_an_own_account_shows_all_to_its_owner_and_staff_and_little_to_others(
    client_of: ClientOf, alice: User, bob: User, staff: User
) -> None:
    url = f"{USERS}{alice.pk}/"
    keys = [list(client_of(viewer).get(url).json()) for viewer in (None, bob, alice, staff)]
    public = ["id", "username", "name", "created_at", "picture"]
    known = ["email", "preferences", "shown_level", "blurred_level", "is_active"]
    assert keys == [public, public, *[[*public, *known]] * 2]


def test_an_owner_changes_their_own_account(api: APIClient, alice: User) -> None:
    give_password(alice)
    api.force_login(alice)
    changes = {
        "current_password": PASSWORD,
        "name": "Alice L.",
        "email": "A@Example.org",
        "preferences": {"a": 1},
        "username": "alicia",
    }
    response = api.patch(f"{USERS}me/", changes)
    alice.refresh_from_db()
    assert response.status_code == 200
    assert (alice.name, alice.email, alice.preferences, alice.username) == (
        "Alice L.",
        "a@example.org",
        {"a": 1},
        "alicia",
    )


def test_a_changed_password_is_hashed(api: APIClient, alice: User) -> None:
    give_password(alice)
    api.force_login(alice)
    assert api.patch(f"{USERS}me/", CHANGE).status_code == 200
    alice.refresh_from_db()
    assert (alice.check_password(NEW_PASSWORD), NEW_PASSWORD in alice.password) == (True, False)


def test_an_e_mail_may_be_sent_back_or_emptied(api: APIClient, alice: User) -> None:
    UserFactory(email="")
    give_password(alice)
    api.force_login(alice)
    bodies = ({"email": "alice@example.org"}, {"email": "", **CLOSE}, {"email": ""})
    assert [api.patch(f"{USERS}me/", body).json()["email"] for body in bodies] == ["alice@example.org", "", ""]


@pytest.mark.parametrize("changed", [{"email": ""}, {"username": "mallory"}, {"username": "Alice"}])
def test_a_stolen_token_takes_neither_name_nor_address_away(
    client_of: ClientOf, alice: User, staff: User, changed: dict[str, str]
) -> None:
    give_password(alice)
    api = client_of(alice)
    answer = api.patch(f"{USERS}me/", changed)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["current_password"])
    assert api.patch(f"{USERS}me/", {**changed, "current_password": "guess"}).status_code == 400
    assert api.patch(f"{USERS}me/", {"username": "alice", "email": alice.email}).status_code == 200
    assert User.objects.filter(pk=alice.pk, username="alice", email=alice.email).exists()
    assert client_of(staff).patch(f"{USERS}{alice.pk}/", changed).status_code == 200


def test_a_form_that_is_shown_again_counts_one_guess(client_of: ClientOf, alice: User, rates: dict[str, str]) -> None:
    rates["account_network"] = "2/hour"
    give_password(alice)
    api, body = client_of(alice), {"username": "alice", "name": "A. L.", **CHANGE, "current_password": "guess"}
    pages = [api.put(f"{USERS}me/", body, format="multipart", headers={"Accept": "text/html"}) for _ in range(3)]
    assert [page.status_code for page in pages] == [400, 400, 429]
    [form] = [form for form in forms_of(pages[0].content.decode()) if "name" in form.values]
    assert form.values["name"] == "A. L."
    assert "not the password so far" in pages[0].content.decode()


def test_nobody_but_superusers_changes_a_superuser(client_of: ClientOf, staff: User) -> None:
    editor = UserFactory(is_staff=True)
    url = f"{USERS}{staff.pk}/"
    asked = [client_of(editor).patch(url, {"password": PASSWORD}), client_of(editor).delete(url)]
    assert [answer.status_code for answer in asked] == [403, 403]
    assert client_of(staff).patch(url, {"name": "Stella"}).status_code == 200


def test_an_inactive_account_is_shown_to_staff_only(client_of: ClientOf, alice: User, staff: User) -> None:
    gone = UserFactory(is_active=False)
    url = f"{USERS}{gone.pk}/"
    assert [client_of(viewer).get(url).status_code for viewer in (None, alice, staff)] == [404, 404, 200]
    totals = [
        client_of(viewer).get(f"{USERS}?is_active=false").json()["pagination"]["total_count"]
        for viewer in (None, alice, staff)
    ]
    assert totals == [0, 0, 1]


def test_deleting_an_account_keeps_its_public_items_and_its_session_ends(api: APIClient, alice: User) -> None:
    public = ContentItemFactory(creator=alice)
    ContentItemFactory(creator=alice, is_private=True)
    give_password(alice)
    api.force_login(alice)
    answers = [api.delete(f"{USERS}me/", CLOSE), api.get(f"{USERS}me/")]
    assert [answer.status_code for answer in answers] == [204, 401]
    assert list(ContentItem.objects.values_list("pk", "creator")) == [(public.pk, None)]
    assert api.get("/api/v1/content/").json()["items"][0]["creator"] is None


@pytest.mark.parametrize("address", ["me", "{}", "00{}"])
def test_a_stolen_token_does_not_close_an_account(
    api: APIClient, alice: User, rates: dict[str, str], address: str
) -> None:
    rates["account_network"] = "2/hour"
    give_password(alice)
    api.credentials(HTTP_AUTHORIZATION=f"Token {Token.objects.create(user=alice).key}")
    url = f"{USERS}{address.format(alice.pk)}/"
    without, *wrong = (
        api.delete(url, body) for body in ({}, [], {"current_password": "guess"}, {"password": PASSWORD})
    )
    assert without.json()["errors"] == {"current_password": ["Needed to delete the account."]}
    assert [answer.status_code for answer in (without, *wrong)] == [400] * 4
    guesses = [api.delete(url, {"current_password": guess}).status_code for guess in ("another", PASSWORD)]
    assert (guesses, User.objects.filter(pk=alice.pk, is_active=True).exists()) == ([400, 429], True)


def test_staff_delete_others_without_a_password_and_themselves_with_it(client_of: ClientOf, alice: User) -> None:
    editor = UserFactory(is_staff=True)
    give_password(editor)
    answers = [client_of(editor).delete(f"{USERS}{pk}/").status_code for pk in (alice.pk, editor.pk)]
    assert (answers, client_of(editor).delete(f"{USERS}me/", CLOSE).status_code) == ([204, 400], 204)


def test_an_account_with_much_is_closed_before_its_works_are_reached(
    client_of: ClientOf, alice: User, staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deletions, "REQUEST_SECONDS", 0)
    monkeypatch.setattr(deletions, "REQUEST_ROWS", 1)
    alice.set_password(PASSWORD)
    alice.save()
    token = Token.objects.create(user=alice)
    ContentItemFactory.create_batch(3, creator=alice)
    api, elsewhere, stranger = client_of(alice), client_of(alice), client_of(None)
    listed = stranger.get("/api/v1/content/")
    assert api.delete(f"{USERS}me/", CLOSE).status_code == 204
    stranger.credentials(HTTP_AUTHORIZATION=f"Token {token.key}")
    assert [client.get(f"{USERS}me/").status_code for client in (api, elsewhere, stranger)] == [401] * 3
    stranger.credentials()
    assert stranger.post(TOKEN, {"username": "alice", "password": PASSWORD}).status_code == 400
    assert [stranger.get(url).status_code for url in (f"{USERS}{alice.pk}/", "/users/alice/")] == [404, 404]
    lists = ("/api/v1/content/", "/api/v1/users/", "/", "/api/v1/content/?creator=alice")
    assert ["alice" in stranger.get(url).content.decode().lower().split("creator=alice")[0] for url in lists] == [
        False
    ] * 4
    changed = stranger.get("/api/v1/content/", HTTP_IF_NONE_MATCH=listed.headers["ETag"])
    assert (changed.status_code, changed.json()["pagination"]["total_count"]) == (200, 3)
    # Its username is free again at once.
    assert stranger.post(USERS, {**NEWCOMER, "username": "Alice"}).status_code == 201
    assert deletions.Worker().work(seconds=60)
    assert not User.objects.filter(pk=alice.pk).exists()
    assert ContentItem.objects.filter(creator=None).count() == 3


def test_username_and_password_are_exchanged_for_a_token_that_opens_the_account(api: APIClient, db: None) -> None:
    user = User.objects.create_user("zoe", password=PASSWORD)
    answer = api.post(TOKEN, {"username": "zoe", "password": PASSWORD})
    assert (answer.status_code, answer.json()) == (200, {"token": Token.objects.get(user=user).key})
    api.credentials(HTTP_AUTHORIZATION=f"Token {answer.json()['token']}")
    assert api.get(f"{USERS}me/").json()["username"] == "zoe"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"username": "zoe"},
        {"username": "zoe", "password": "wrong"},
        {"username": "nobody", "password": PASSWORD},
        {"username": "ghost", "password": PASSWORD},
        {"username": "zoe\0", "password": PASSWORD},
        {"username": ["zoe"], "password": {"a": 1}},
        [],
    ],
    ids=str,
)
def test_nothing_else_is_exchanged_for_a_token(api: APIClient, db: None, body: object) -> None:
    User.objects.create_user("zoe", password=PASSWORD)
    User.objects.create_user("ghost", password=PASSWORD, is_active=False)
    response = api.post(TOKEN, body)
    assert (response.status_code, response.headers["Content-Type"]) == (400, "application/problem+json")
    assert Token.objects.count() == 0


@pytest.mark.parametrize(("url", "scope"), [(USERS, "registration"), (TOKEN, "token")])
def test_tries_are_limited_by_address_and_reading_is_not(
    api: APIClient, db: None, rates: dict[str, str], url: str, scope: str
) -> None:
    rates[scope] = "2/hour"
    answers = [api.post(url, {}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [400, 400, 429]
    assert answers[2].headers["Content-Type"] == "application/problem+json"
    assert 0 < int(answers[2].headers["Retry-After"]) <= 3_600
    assert [api.get(USERS).status_code for _ in range(3)] == [200] * 3
    assert api.post(url, {}, REMOTE_ADDR="10.0.0.2").status_code == 400


def test_the_limits_are_set(settings: Settings) -> None:
    assert settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"].keys() == {
        *("registration", "token", "account_network", "account", "letter", "letter_network", "export")
    }


def test_staff_change_people_but_no_other_staff(client_of: ClientOf, alice: User) -> None:
    """With a new password they could act as them."""
    moderator, colleague = UserFactory(is_staff=True), UserFactory(is_staff=True)
    client = client_of(moderator)
    answers = [client.patch(f"/api/v1/users/{user.pk}/", {"name": "New"}).status_code for user in (alice, colleague)]
    assert answers == [200, 403]


def test_whether_a_username_is_free_is_asked_of_the_index(api: APIClient, alice: User) -> None:
    with CaptureQueriesContext(connection) as queries:
        api.post(USERS, {**NEWCOMER, "username": "ALICE"})
    asked = [query["sql"] for query in queries if "username" in query["sql"]]
    assert (len(asked), "LOWER" in asked[0], "UPPER" in asked[0]) == (1, True, False)


@pytest.mark.parametrize("zeros", ["", "0", "000"])
def test_an_own_account_is_one_s_own_however_its_id_is_written(api: APIClient, alice: User, zeros: str) -> None:
    api.force_login(alice)
    assert api.get(f"{USERS}{zeros}{alice.pk}/").json()["email"] == "alice@example.org"


def test_a_new_password_ends_tokens_and_all_sessions_but_the_own(client_of: ClientOf, alice: User, bob: User) -> None:
    Token.objects.create(user=alice)
    Token.objects.create(user=bob)
    give_password(alice)
    here, elsewhere = client_of(alice), client_of(alice)
    assert here.patch(f"{USERS}me/", CHANGE).status_code == 200
    assert [client.get(f"{USERS}me/").status_code for client in (here, elsewhere)] == [200, 401]
    assert list(Token.objects.values_list("user", flat=True)) == [bob.pk]


def test_a_password_changed_with_a_token_ends_that_token_and_opens_no_session(api: APIClient, alice: User) -> None:
    give_password(alice)
    api.credentials(HTTP_AUTHORIZATION=f"Token {Token.objects.create(user=alice).key}")
    answer = api.patch(f"{USERS}me/", CHANGE)
    assert (answer.status_code, dict(answer.cookies)) == (200, {})
    assert api.get(f"{USERS}me/").status_code == 401


def test_a_password_that_staff_gives_ends_the_account_s_tokens_and_keeps_their_own_session(
    client_of: ClientOf, alice: User, staff: User
) -> None:
    Token.objects.create(user=alice)
    client = client_of(staff)
    session = client.session.session_key
    assert client.patch(f"{USERS}{alice.pk}/", {"password": PASSWORD}).status_code == 200
    assert (Token.objects.count(), client.session.session_key) == (0, session)


def test_other_changes_leave_the_token(api: APIClient, alice: User) -> None:
    Token.objects.create(user=alice)
    api.force_login(alice)
    api.patch(f"{USERS}me/", {"name": "Alice L."})
    assert Token.objects.count() == 1


def test_a_token_is_ended_by_its_owner(api: APIClient, alice: User, bob: User) -> None:
    Token.objects.create(user=bob)
    api.credentials(HTTP_AUTHORIZATION=f"Token {Token.objects.create(user=alice).key}")
    assert [api.delete(TOKEN).status_code for _ in range(2)] == [204, 401]
    assert list(Token.objects.values_list("user", flat=True)) == [bob.pk]


def test_nobody_anonymous_ends_a_token(api: APIClient, alice: User) -> None:
    Token.objects.create(user=alice)
    answer = api.delete(TOKEN)
    assert (answer.status_code, answer.headers["Content-Type"]) == (401, "application/problem+json")
    assert Token.objects.count() == 1


@pytest.mark.parametrize("way", ["session", "token"])
@pytest.mark.parametrize("method", ["patch", "put"])
@pytest.mark.parametrize("current", [{}, {"current_password": "wrong"}, {"current_password": ""}], ids=str)
def test_a_stolen_session_or_token_changes_no_password(
    api: APIClient, alice: User, way: str, method: str, current: dict
) -> None:
    give_password(alice)
    if way == "session":
        api.force_login(alice)
    else:
        api.credentials(HTTP_AUTHORIZATION=f"Token {Token.objects.create(user=alice).key}")
    body = {"username": "alice", "password": NEW_PASSWORD, **current}
    answer = getattr(api, method)(f"{USERS}me/", body)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["current_password"])
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)


def test_guesses_of_the_password_so_far_are_limited(api: APIClient, alice: User, rates: dict[str, str]) -> None:
    rates["account_network"] = "2/hour"
    give_password(alice)
    api.force_login(alice)
    tries = [api.patch(f"{USERS}me/", {**CHANGE, "current_password": guess}) for guess in ("a", "b", PASSWORD)]
    assert [answer.status_code for answer in tries] == [400, 400, 429]
    assert 0 < int(tries[2].headers["Retry-After"]) <= 3_600


def test_an_account_is_replaced_without_its_password(api: APIClient, alice: User) -> None:
    give_password(alice)
    api.force_login(alice)
    answer = api.put(f"{USERS}me/", {"username": "alice", "name": "A."})
    alice.refresh_from_db()
    assert (answer.status_code, alice.name, alice.check_password(PASSWORD)) == (200, "A.", True)


def test_a_token_ends_after_its_days_and_is_replaced(api: APIClient, alice: User, settings: Settings) -> None:
    settings.TOKEN_DAYS = 10
    give_password(alice)
    token = Token.objects.create(user=alice)
    answers = []
    for days in (9, 10):
        Token.objects.update(created=timezone.now() - timedelta(days=days))
        api.credentials(HTTP_AUTHORIZATION=f"Token {token.key}")
        answers.append(api.get(TOKEN))
    assert [answer.status_code for answer in answers] == [200, 401]
    times = answers[0].json()
    lasts = datetime.fromisoformat(times["expires_at"]) - datetime.fromisoformat(times["created_at"])
    assert lasts == timedelta(days=10)
    assert answers[1].json()["detail"] == "This token has ended; ask for another."
    api.credentials()
    keys = [api.post(TOKEN, {"username": "alice", "password": PASSWORD}).json()["token"] for _ in range(2)]
    assert keys[0] == keys[1] != token.key
    api.credentials(HTTP_AUTHORIZATION=f"Token {keys[0]}")
    assert api.get(f"{USERS}me/").status_code == 200


def test_an_account_without_a_token_is_told(client_of: ClientOf, alice: User) -> None:
    assert client_of(None).get(TOKEN).status_code == 401
    assert client_of(alice).get(TOKEN).json() == {"created_at": None, "expires_at": None}
