"""Signing up, letters, forgotten passwords and e-mail addresses."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db.models import F
from django.test import Client
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from interactions.models import Interaction
from tests.factories import ContentItemFactory, UserFactory
from tests.pages.html import hrefs, texts
from users import worker_tasks
from users.email_addresses import await_address, key_of_link
from users.intents import COOKIE, LETTER_SECONDS, SECONDS
from users.models import PendingEmail, User

SIGN_UP = "/accounts/signup/"
RESET = "/accounts/password/"
PASSWORD, NEW = "a long password", "another long password"
DORA = {"username": "dora", "password1": PASSWORD, "password2": PASSWORD}


@pytest.fixture
def letters(settings: Settings, db: None) -> Callable[[], list[tuple[str, str, str]]]:
    """Let letters be sent; return what performs the workers' tasks and returns receiver, subject and link of each."""
    settings.SENDS_MAIL = True

    def perform() -> list[tuple[str, str, str]]:
        mail.outbox.clear()
        for job in ProcrastinateJob.objects.filter(task_name=worker_tasks.TASK).order_by("pk"):
            worker_tasks.send_letter(**job.args)
        # The rows can only be deleted by procrastinate's own functions: the next call leaves them out.
        return [
            (letter.to[0], letter.subject, (re.findall(r"http://\S+/\S+", letter.body) or [""])[-1])
            for letter in mail.outbox
        ]

    return perform


def user_of(client: Client) -> str | None:
    """Return the id of the account that a client is signed in to."""
    return client.session.get("_auth_user_id")


def test_signing_up_signs_in_and_leads_back(client: Client, db: None) -> None:
    page = client.get(f"{SIGN_UP}?next=/?tag=a")
    assert "sends no e-mail" in page.content.decode()
    assert client.post(SIGN_UP, {**DORA, "next": "/?tag=a"}).headers["Location"] == "/?tag=a"
    dora = User.objects.get(username="dora")
    assert (user_of(client), dora.email, dora.is_staff) == (str(dora.pk), "", False)
    assert client.post(SIGN_UP, {**DORA, "username": "eve", "next": "https://example.org/"}).headers["Location"] == "/"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"username": "ALICE"}, "already exists"),
        ({"username": "1234"}, "digits alone"),
        ({"username": ".."}, "one or two dots"),
        ({"password2": "other"}, "match"),
        ({"password1": "short", "password2": "short"}, "too short"),
        ({"username": "a\x00b"}, "Null characters"),
    ],
)
def test_what_an_account_cannot_have_is_refused(client: Client, alice: User, changed: dict, said: str) -> None:
    page = client.post(SIGN_UP, {**DORA, **changed})
    assert (page.status_code, said in page.content.decode(), User.objects.count()) == (200, True, 1)


def test_sign_up_is_limited_together_with_the_api(client: Client, db: None, rates: dict[str, str]) -> None:
    rates["registration"] = "1/hour"
    assert client.post(SIGN_UP, DORA).status_code == 303
    refused = client.post(SIGN_UP, {**DORA, "username": "eve"})
    assert (refused.status_code, "Retry-After" in refused.headers) == (429, True)
    assert APIClient().post("/api/v1/users/", {"username": "eve", "password": PASSWORD}).status_code == 429


def test_closed_sign_up_says_so_and_makes_nothing(client: Client, db: None, settings: Settings) -> None:
    assert SIGN_UP in hrefs(client.get("/accounts/login/"), "a")
    assert f"{SIGN_UP}?next=/tags/" in hrefs(client.get("/tags/"), "a")
    settings.SIGN_UP = False
    assert SIGN_UP not in hrefs(client.get("/accounts/login/"), "a")
    assert f"{SIGN_UP}?next=/tags/" not in hrefs(client.get("/tags/"), "a")
    assert "Sign-up is closed" in client.get(SIGN_UP).content.decode()
    assert client.post(SIGN_UP, DORA).status_code == 403
    refused = APIClient().post("/api/v1/users/", {"username": "dora", "password": PASSWORD})
    assert (refused.status_code, refused.json()["detail"]) == (403, "Sign-up is closed.")
    assert not User.objects.exists()


def test_the_first_account_is_told_how_to_become_an_administrator(client: Client, db: None) -> None:
    assert ".venv/bin/python manage.py staff NAME" in client.get(SIGN_UP).content.decode()
    client.post(SIGN_UP, DORA)
    with pytest.raises(CommandError, match="no account 'eve'"):
        call_command("staff", "eve")
    call_command("staff", "Dora", verbosity=0)
    assert "manage.py staff" not in client.get(SIGN_UP).content.decode()
    assert User.objects.filter(is_staff=True, is_superuser=True).get().username == "dora"
    call_command("staff", "dora", "--off", verbosity=0)
    assert not User.objects.filter(is_staff=True).exists()


@pytest.mark.parametrize("verification", ["none", "optional", "mandatory"])
def test_sign_up_tells_nobody_who_has_an_address(
    client: Client, alice: User, settings: Settings, letters: Callable, verification: str
) -> None:
    settings.EMAIL_VERIFICATION = verification
    said = []
    for name, email in (("dora", "dora@example.org"), ("eve", "Alice@example.org")):
        visitor = Client()
        answer = visitor.post(SIGN_UP, {**DORA, "username": name, "email": email})
        said.append((answer.status_code, answer.headers["Location"], user_of(visitor) is None))
    assert (
        said[0]
        == said[1]
        == (303, f"{SIGN_UP}sent/" if verification == "mandatory" else "/", verification == "mandatory")
    )
    sent = letters()
    assert [letter[:2] for letter in sent][-1] == ("alice@example.org", "You have an account already")
    assert len(sent) == (1 if verification == "none" else 2)
    assert User.objects.get(email="alice@example.org") == alice


def test_an_account_that_waits_for_its_address_is_used_once_that_is_confirmed(
    client: Client, settings: Settings, letters: Callable
) -> None:
    settings.EMAIL_VERIFICATION = "mandatory"
    assert client.post(SIGN_UP, DORA).status_code == 200  # without an address
    client.post(SIGN_UP, {**DORA, "email": "dora@example.org"})
    signs_in = {"username": "dora", "password": PASSWORD}
    refused = [client.post(path, signs_in).status_code for path in ("/accounts/login/", "/api/v1/auth/token/")]
    assert refused == [200, 400]
    assert client.get("/users/dora/").status_code == 404
    [(_, subject, link)] = letters()
    assert subject == "Confirm your e-mail address"
    for _ in range(2):  # what follows links of letters by itself confirms nothing
        assert "becomes the address" in client.get(link).content.decode()
    assert client.post(link).headers["Location"] == "/accounts/login/"
    assert client.post("/accounts/login/", signs_in).status_code == 302
    assert User.objects.get(username="dora").email == "dora@example.org"
    assert client.post(link).status_code == 404


def test_what_a_visitor_wanted_is_kept_until_a_letter_is_followed(
    settings: Settings, client: Client, letters: Callable
) -> None:
    settings.EMAIL_VERIFICATION = "mandatory"
    item = ContentItemFactory()
    address = item.get_absolute_url()
    wish = {"deed": "like", "pk": item.pk, "next": address}

    def wants() -> None:
        client.post("/accounts/intent/", wish, headers={"Origin": "http://testserver"})
        assert client.cookies[COOKIE]["max-age"] == SECONDS

    def signs_in(password: str) -> None:
        """Sign in as after a letter, days later; the browser has the cookie still."""
        assert client.cookies[COOKIE]["max-age"] == LETTER_SECONDS
        answer = client.post("/accounts/login/", {"username": "dora", "password": password})
        assert (answer.headers["Location"], client.cookies[COOKIE].value) == (address, "")
        rows = Interaction.objects.filter(content=item, kind="like")
        assert list(rows.values_list("user__username", flat=True)) == ["dora"]
        rows.delete()
        client.logout()

    wants()
    sent = client.post(SIGN_UP, {**DORA, "email": "dora@example.org", "next": address}, follow=True)
    assert [link for link in hrefs(sent, "a") if "/login/" in link or "?next" in link] == ["/accounts/login/"]
    [(_, _, link)] = letters()
    assert client.post(link).headers["Location"] == "/accounts/login/"
    signs_in(PASSWORD)
    wants()
    client.post(RESET, {"email": "dora@example.org"})
    place = client.get(letters()[-1][2], follow=True).redirect_chain[-1][0]
    assert client.post(place, {"new_password1": NEW, "new_password2": NEW}).headers["Location"] == "/accounts/login/"
    signs_in(NEW)


def test_an_account_that_was_never_confirmed_is_forgotten(
    settings: Settings, client: Client, letters: Callable
) -> None:
    settings.EMAIL_VERIFICATION = "mandatory"
    client.post(SIGN_UP, {**DORA, "email": "dora@example.org"})
    await_address(UserFactory(username="eve"), "other@example.org")
    worker_tasks.forget_unconfirmed()
    assert PendingEmail.objects.count() == 2
    PendingEmail.objects.update(created_at="2026-01-01T00:00:00Z")
    worker_tasks.forget_unconfirmed()
    assert (PendingEmail.objects.count(), list(User.objects.values_list("username", flat=True))) == (0, ["eve"])


def test_a_link_that_was_sent_again_lives_as_long_as_the_first(
    settings: Settings, client: Client, letters: Callable
) -> None:
    settings.EMAIL_VERIFICATION = "mandatory"
    client.post(SIGN_UP, {**DORA, "email": "dora@example.org"})
    letters()
    PendingEmail.objects.update(created_at=timezone.now() - timedelta(hours=71))
    client.post(RESET, {"email": "dora@example.org"})
    [*_, (_, subject, link)] = letters()
    PendingEmail.objects.update(created_at=F("created_at") - timedelta(hours=2))
    worker_tasks.forget_unconfirmed()
    assert (subject, client.post(link).status_code) == ("Confirm your e-mail address", 303)
    assert User.objects.get(username="dora").is_active


def test_a_forgotten_password_is_set_by_a_link(client: Client, alice: User, letters: Callable) -> None:
    alice.set_password(PASSWORD)
    alice.save()
    inside = Client()
    inside.force_login(alice)
    said = [client.post(RESET, {"email": email}) for email in ("ALICE@example.org", "unknown@example.org")]
    told = [
        page.content.decode().replace(email, "")
        for page, email in zip(said, ("alice@example.org", "unknown@example.org"), strict=True)
    ]
    assert told[0] == told[1]
    [(receiver, subject, link)] = letters()
    assert (receiver, subject) == ("alice@example.org", "Set a new password")
    form = client.get(link, follow=True)
    assert texts(form, "h1") == ["Set a new password"]
    place = form.redirect_chain[-1][0]
    assert client.post(place, {"new_password1": NEW, "new_password2": NEW}).headers["Location"] == "/accounts/login/"
    assert inside.get("/accounts/me/").status_code == 302
    assert client.post("/accounts/login/", {"username": "alice", "password": NEW}).status_code == 302
    assert "used, or is too old" in Client().get(link).content.decode()


@pytest.mark.parametrize("state", [{"is_active": False}, {"password": "!none"}])
def test_no_link_goes_to_an_account_that_could_not_use_it(
    client: Client, alice: User, letters: Callable, state: dict[str, object]
) -> None:
    User.objects.filter(pk=alice.pk).update(**state)
    assert client.post(RESET, {"email": alice.email}).status_code == 200
    assert letters() == []


def test_letters_to_an_address_are_limited(client: Client, letters: Callable, rates: dict[str, str]) -> None:
    rates["letter"] = "2/hour"
    tries = [client.post(RESET, {"email": "unknown@example.org"}).status_code for _ in range(3)]
    assert tries == [200, 200, 429]


def test_without_a_mail_server_the_page_says_who_sets_passwords(client: Client, alice: User) -> None:
    for answer in (client.get(RESET), client.post(RESET, {"email": alice.email})):
        assert "sends no e-mail" in answer.content.decode()
    assert not ProcrastinateJob.objects.filter(task_name=worker_tasks.TASK).exists()


def test_an_address_is_changed_by_password_and_link(client: Client, alice: User, letters: Callable) -> None:
    alice.set_password(PASSWORD)
    alice.save()
    client.force_login(alice)
    address = "/accounts/me/email/"
    tries = [
        client.post(address, {"email": "new@example.org", "password": word}).status_code for word in ("wrong", PASSWORD)
    ]
    assert tries == [200, 303]
    assert "waits to be followed" in client.get(address).content.decode()
    [(receiver, _, link)] = letters()
    assert (receiver, User.objects.get(pk=alice.pk).email) == ("new@example.org", "alice@example.org")
    assert client.post(link).headers["Location"] == "/accounts/me/"
    assert User.objects.get(pk=alice.pk).email == "new@example.org"
    assert letters() == [("alice@example.org", "Your e-mail address was changed", "")]


def test_another_account_s_address_is_not_taken_over(client: Client, alice: User, bob: User, letters: Callable) -> None:
    bob.set_password(PASSWORD)
    bob.save()
    client.force_login(bob)
    assert client.post("/accounts/me/email/", {"email": alice.email, "password": PASSWORD}).status_code == 303
    assert [letter[:2] for letter in letters()] == [(alice.email, "You have an account already")]
    link = f"/accounts/email/{key_of_link(PendingEmail.objects.get(user=bob))}/"
    assert client.post(link).status_code == 404
    assert set(User.objects.values_list("email", flat=True)) == {alice.email, bob.email}
    assert client.post(f"{link[:-2]}x/").status_code == 404


def test_the_api_asks_for_the_password_before_it_changes_an_address(
    alice: User, bob: User, client_of: Callable, settings: Settings
) -> None:
    alice.set_password(PASSWORD)
    alice.save()
    api, me, new = client_of(alice), "/api/v1/users/me/", {"email": "new@example.org"}
    assert api.patch(me, new).json()["errors"] == {"current_password": ["Needed to change the e-mail address."]}
    assert api.patch(me, {"email": alice.email.upper()}).status_code == 200
    assert api.patch(me, {**new, "current_password": PASSWORD}).status_code == 200
    settings.EMAIL_VERIFICATION = "optional"
    other = {"email": "third@example.org", "current_password": PASSWORD}
    assert "letter" in api.patch(me, other).json()["errors"]["email"][0]
    assert User.objects.get(pk=alice.pk).email == "new@example.org"


def test_the_rules_of_a_new_password_speak_of_no_tokens(client: Client, db: None) -> None:
    hint = " ".join(texts(client.get("/accounts/signup/"), "small"))
    assert ("8 characters" in hint, "token" in hint) == (True, False)
