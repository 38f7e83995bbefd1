"""Signing in and out, and what the header and footer offer to whom."""

import pytest
from django.test import Client
from rest_framework.authtoken.models import Token

from tests.pages.html import elements, hrefs, texts
from users.models import User


@pytest.fixture
def dora(db: None) -> User:
    return User.objects.create_user("dora", password="a long password")


def test_signing_in_leads_back_to_where_one_was(client: Client, dora: User) -> None:
    [sign_in] = [link for link in elements(client.get("/?tag=a&tag=b"), "a") if link.text == "Sign in"]
    credentials = {"username": "dora", "password": "a long password"}
    answer = client.post(sign_in.attributes["href"], credentials)
    assert (answer.status_code, answer.url) == (302, "/?tag=a&tag=b")


def test_signing_in_never_leads_to_another_site(client: Client, dora: User) -> None:
    credentials = {"username": "dora", "password": "a long password", "next": "https://example.org/"}
    assert client.post("/accounts/login/", credentials).url == "/"


def test_a_wrong_password_is_refused_and_explained(client: Client, dora: User) -> None:
    page = client.post("/accounts/login/", {"username": "dora", "password": "wrong"})
    assert "correct username and password" in texts(page, "div", role="alert")[0]
    assert texts(page, "a", class_="button") == ["Create", "Sign up", "Sign in"]


@pytest.mark.parametrize("address", ["/accounts/login/", "/admin/login/"])
def test_tries_to_sign_in_are_limited_by_address_and_looking_is_not(
    client: Client, staff: User, rates: dict[str, str], address: str
) -> None:
    staff.set_password("a long password")
    staff.save()
    rates["token"] = "2/hour"
    right = {"username": staff.username, "password": "a long password"}
    for _ in range(3):
        assert client.get(address).status_code == 200
    said = [client.post(address, {**right, "password": "wrong"}).content.decode() for _ in range(2)]
    refused = client.post(address, right)
    assert ["Too many tries" in text for text in said] == [False, False]
    assert refused.status_code == 429
    assert 3_500 < int(refused.headers["Retry-After"]) <= 3_600
    assert "Too many tries. Try again in 60 min." in refused.content.decode()
    assert client.post("/api/v1/auth/token/", right).status_code == 429
    assert client.post(address, right, REMOTE_ADDR="10.0.0.2").status_code == 302


@pytest.mark.parametrize("username", ["", "a\x00b", "x" * 5000])
def test_an_impossible_username_is_refused(db: None, client: Client, username: str) -> None:
    assert client.post("/accounts/login/", {"username": username, "password": "wrong"}).status_code == 200


def test_the_header_shows_the_account_and_signs_out_by_post(client: Client, alice: User) -> None:
    client.force_login(alice)
    page = client.get("/")
    [account] = texts(page, "nav", class_="account")
    assert (account.startswith("Create Add works Notifications Alice "), account.endswith(" Sign out")) == (True, True)
    assert "/users/alice/" in hrefs(page, "a")
    [form] = elements(page, "form", method="post")
    assert client.get(form.attributes["action"]).status_code == 405
    assert client.post(form.attributes["action"]).url == "/"
    assert texts(client.get("/"), "nav", class_="account") == ["Create Sign up Sign in"]


def test_the_admin_is_offered_to_staff_alone(client: Client, alice: User, staff: User) -> None:
    client.force_login(alice)
    theirs = texts(client.get("/"), "footer")
    client.force_login(staff)
    assert ["Admin" in text for text in theirs + texts(client.get("/"), "footer")] == [False, True]


def test_the_search_box_keeps_what_was_searched(db: None, client: Client) -> None:
    page = client.get("/", {"q": 'low "tide"'})
    assert elements(page, "input", id="search")[0].attributes["value"] == 'low "tide"'


# --- One's own account

ME = "/accounts/me/"
OLD, NEW = "a long password", "another long password"
CHANGE = {"old_password": OLD, "new_password1": NEW, "new_password2": NEW}


def test_pages_of_the_account_are_for_who_is_signed_in(client: Client, db: None) -> None:
    for path in ("", "username/", "email/remove/", "password/", "delete/", "token/end/"):
        answer = client.post(f"{ME}{path}")
        status = 303 if path == "token/end/" else 302
        assert (answer.status_code, answer.url.split("?")[0]) == (status, "/accounts/login/"), path


def test_the_account_leads_from_the_own_profile_to_all_that_can_be_done(
    client: Client, dora: User, alice: User
) -> None:
    client.force_login(dora)
    pages = [client.get(f"/users/{name}/") for name in ("dora", "alice")]
    assert ["Your account" in texts(page, "a") for page in pages] == [True, False]
    Token.objects.create(user=dora)
    page = client.get(ME)
    assert {f"{ME}{path}/" for path in ("username", "password", "email", "tokens", "sessions", "delete")} <= set(
        hrefs(page, "a")
    )
    assert "no-store" in page.headers["Cache-Control"]
    assert client.get(f"{ME}token/end/").status_code == 405
    assert client.post(f"{ME}token/end/").status_code == 303
    assert not Token.objects.exists()
    client.logout()
    assert client.post(f"{ME}token/end/").headers["Location"] == f"/accounts/login/?next={ME}tokens/"


@pytest.mark.parametrize("address", [f"{ME}password/", "/admin/password_change/"])
def test_a_password_is_changed_by_who_knows_it(
    client: Client, staff: User, rates: dict[str, str], address: str
) -> None:
    rates["account_network"] = "3/hour"
    staff.set_password(OLD)
    staff.save()
    client.force_login(staff)
    elsewhere = Client()
    elsewhere.force_login(staff)
    wrong = client.post(address, {**CHANGE, "old_password": "guessed"})
    assert (wrong.status_code, "entered incorrectly" in wrong.content.decode()) == (200, True)
    assert client.post(address, CHANGE).status_code == 302
    assert [some.get(ME).status_code for some in (client, elsewhere)] == [200, 302]
    guesses = [client.post(address, {**CHANGE, "old_password": "guessed"}).status_code for _ in range(2)]
    assert guesses == [200, 429]


def test_an_account_is_deleted_by_who_knows_its_password(client: Client, dora: User, rates: dict[str, str]) -> None:
    rates["account_network"] = "3/hour"
    client.force_login(dora)
    assert texts(client.get(f"{ME}delete/"), "h1") == ["Delete the account “dora”?"]
    tries = [client.post(f"{ME}delete/", {"password": password}) for password in ("", "guessed", OLD)]
    assert [answer.status_code for answer in tries] == [200, 200, 303]
    assert "not the account" in tries[1].content.decode()
    assert not User.objects.filter(pk=dora.pk).exists()
    page = client.get("/")
    assert "Your account is deleted." in page.content.decode()
    assert texts(page, "nav", class_="account") == ["Create Sign up Sign in"]


def test_deleting_the_own_account_is_not_to_be_guessed_either(
    client: Client, dora: User, rates: dict[str, str]
) -> None:
    rates["account_network"] = "1/hour"
    client.force_login(dora)
    tries = [client.post(f"{ME}delete/", {"password": password}) for password in ("guessed", OLD)]
    assert [answer.status_code for answer in tries] == [200, 429]
    assert User.objects.filter(pk=dora.pk).exists()
