"""Accounts that two requests change at once, and links that are followed late."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.contrib.auth.tokens import default_token_generator
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlsafe_base64_encode
from rest_framework.test import APIClient

from genonaut import deletions
from people.models import Picture
from tests.factories import UserFactory
from tests.races import outcome_behind
from users.accounts import close_account
from users.email_addresses import CONFIRM_DAYS, LinkEndedError, await_address, confirm, key_of_link
from users.letters import send
from users.models import PendingEmail, User
from users.sign_up import register
from users.worker_tasks import forget_unconfirmed


def test_a_link_that_is_followed_while_the_account_is_closed_does_not_open_it(transactional_db: None) -> None:
    account = UserFactory()
    key = key_of_link(await_address(account, "new@example.org", activates=True))
    ended = outcome_behind(lambda: close_account(account), lambda: confirm(key))
    assert isinstance(ended, LinkEndedError)
    assert list(User.objects.values_list("email", "is_active")) == [("", False)]


@pytest.mark.parametrize("is_new", [True, False])
@pytest.mark.parametrize("act", ["confirms", "asks again"])
def test_an_address_that_is_confirmed_or_asked_for_again_while_old_ones_are_forgotten_stays(
    transactional_db: None, act: str, is_new: bool
) -> None:
    account = UserFactory(is_active=not is_new, email="")
    pending = await_address(account, "new@example.org", activates=is_new)
    PendingEmail.objects.update(created_at=timezone.now() - timedelta(days=CONFIRM_DAYS, hours=1))
    key = key_of_link(pending)
    again = {"kind": "confirm", "email": pending.email, "root": "http://testserver/", "about": {"user_id": account.pk}}
    first = {"confirms": lambda: confirm(key), "asks again": lambda: send(**again)}[act]
    assert outcome_behind(first, forget_unconfirmed) is None
    if act == "asks again":
        confirm(key)
    assert list(User.objects.values_list("username", "email", "is_active")) == [
        (account.username, "new@example.org", True)
    ]


def test_an_account_that_staff_deactivated_is_neither_opened_by_its_link_nor_closed_with_it(db: None) -> None:
    # Staff had let it in before its letter was followed.
    account = UserFactory(is_active=False, last_login=timezone.now(), email="")
    key = key_of_link(await_address(account, "new@example.org", activates=True))
    with pytest.raises(LinkEndedError):
        confirm(key)
    assert PendingEmail.objects.exists()
    PendingEmail.objects.update(created_at=timezone.now() - timedelta(days=CONFIRM_DAYS, hours=1))
    forget_unconfirmed()
    assert not PendingEmail.objects.exists()
    assert list(User.objects.values_list("username", "is_active")) == [(account.username, False)]


def test_a_new_password_ends_the_link_to_another_address(alice: User) -> None:
    key = key_of_link(await_address(alice, "thief@example.org"))
    alice.set_password("a new long password")
    alice.save()
    with pytest.raises(LinkEndedError):
        confirm(key)
    waiting = await_address(alice, "late@example.org", activates=True)
    alice.set_password("another long password")
    alice.save()
    assert PendingEmail.objects.get() == waiting


def test_an_address_that_is_taken_while_an_account_is_made_is_left_out(transactional_db: None) -> None:
    request = RequestFactory().post("/")
    made = outcome_behind(
        lambda: UserFactory(email="one@example.org"),
        lambda: register(request, "eve", "a long password", email="one@example.org"),
    )
    assert (getattr(made, "username", made), getattr(made, "email", made)) == ("eve", "")


def test_a_username_that_is_taken_in_another_case_meanwhile_is_refused(transactional_db: None) -> None:
    body = {"username": "Eve", "password": "a long password"}
    answer = outcome_behind(
        lambda: UserFactory(username="eve"), lambda: APIClient().post("/api/v1/users/", body, format="json")
    )
    assert (answer.status_code, answer.json()["detail"]) == (409, "This already exists.")
    form = {"username": "ADA", "password1": body["password"], "password2": body["password"]}
    page = outcome_behind(lambda: UserFactory(username="ada"), lambda: Client().post("/accounts/signup/", form))
    assert "A user with that username already exists." in page.content.decode()


def test_a_closed_account_leaves_no_session_and_no_letter(alice: User, client: Client) -> None:
    client.force_login(alice)
    client.get("/accounts/me/sessions/")
    close_account(alice)
    assert (Session.objects.count(), client.get("/accounts/me/").status_code) == (0, 302)
    assert not send("changed", "before@example.org", "http://testserver/", {"user_id": alice.pk})


@contextmanager
def busy(event: str, table: str) -> Iterator[None]:
    """Let statements on a table fail as if a lock were not granted in time."""
    with connection.cursor() as cursor:
        cursor.execute(f"""
            CREATE OR REPLACE FUNCTION is_busy() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE lock_not_available; END $$;
            CREATE TRIGGER is_busy BEFORE {event} ON {table} EXECUTE FUNCTION is_busy();
        """)
        yield
        cursor.execute(f"DROP TRIGGER is_busy ON {table}")


@pytest.mark.parametrize("is_forgotten", [False, True])
def test_a_new_password_is_set_if_what_the_old_one_opened_can_be_ended(
    alice: User, client: Client, is_forgotten: bool
) -> None:
    client.raise_request_exception = False
    alice.set_password("a long password")
    alice.save()
    new = dict.fromkeys(("new_password1", "new_password2"), "another long password")
    if is_forgotten:
        key = (urlsafe_base64_encode(str(alice.pk).encode()), default_token_generator.make_token(alice))
        address = client.get(reverse("users:reset-confirm", args=key))["Location"]
    else:
        client.force_login(alice)
        address = reverse("users:password")
        new["old_password"] = "a long password"
    with busy("DELETE", "users_usersession"):
        assert client.post(address, new).status_code >= 500
    alice.refresh_from_db()
    assert alice.check_password("a long password")
    assert client.post(address, new).status_code in (302, 303)
    alice.refresh_from_db()
    assert alice.check_password("another long password")


def test_staff_take_a_password_away_if_what_it_opened_can_be_ended(alice: User, staff: User, client: Client) -> None:
    client.raise_request_exception = False
    alice.set_password("a long password")
    alice.save()
    client.force_login(staff)
    with busy("DELETE", "users_usersession"):
        sent = {"usable_password": "false", "unset-password": "1"}
        assert client.post(f"/admin/users/user/{alice.pk}/password/", sent).status_code >= 500
    alice.refresh_from_db()
    assert alice.check_password("a long password")


def test_an_account_that_cannot_be_closed_stays_signed_in(alice: User, client: Client) -> None:
    alice.set_password("a long password")
    alice.save()
    client.force_login(alice)
    client.raise_request_exception = False
    with busy("UPDATE", "users_user"):
        assert client.post("/accounts/me/delete/", {"password": "a long password"}).status_code >= 500
        assert client.get("/accounts/me/").status_code == 200
    assert client.post("/accounts/me/delete/", {"password": "a long password"}).status_code == 303
    assert (client.get("/accounts/me/").status_code, User.objects.count(), Session.objects.count()) == (302, 0, 0)


def test_a_closed_account_keeps_no_choice_and_goes_with_its_picture(alice: User) -> None:
    Picture.objects.create(user=alice, version="a", small=b"s", large=b"l")
    User.objects.filter(pk=alice.pk).update(shown_level=2, blurred_level=3, preferences={"picture": "a"})
    deletion = close_account(alice)
    alice.refresh_from_db()
    assert (alice.shown_level, alice.blurred_level, alice.preferences) == (0, 1, {})
    deletions.begin([deletion])
    assert not Picture.objects.exists()
