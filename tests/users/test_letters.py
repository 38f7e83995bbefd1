"""Letters about a new password and about the end of an account, whichever way it came."""

from collections.abc import Callable

import pytest
from django.contrib.auth.tokens import default_token_generator
from django.core import mail
from django.test import Client
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from users import worker_tasks
from users.models import User

OLD, NEW = "a long password", "another long password"
ME, ACCOUNT = "/accounts/me/", "/api/v1/users/me/"
TWICE = {"new_password1": NEW, "new_password2": NEW}
ADMIN_TWICE = {"password1": NEW, "password2": NEW, "usable_password": "true"}

# Of an API request that gives both.
SUBJECTS = ["Your e-mail address was changed", "Your password was changed"]


@pytest.fixture(autouse=True)
def sends_mail(settings: Settings) -> None:
    """Let letters be sent."""
    settings.SENDS_MAIL = True


@pytest.fixture
def ada(db: None) -> User:
    return User.objects.create_user("ada", "ada@example.org", OLD)


@pytest.fixture
def hers(client: Client, ada: User) -> Client:
    client.force_login(ada)
    return client


def delivered() -> list[tuple[str, str]]:
    """Perform the workers' tasks; return receiver and subject of each letter."""
    for job in ProcrastinateJob.objects.filter(task_name=worker_tasks.TASK).order_by("pk"):
        worker_tasks.send_letter(**job.args)
    return [(letter.to[0], letter.subject) for letter in mail.outbox]


def api_of(user: User) -> APIClient:
    """Return a client of the API that is signed in."""
    client = APIClient()
    client.force_login(user)
    return client


def by_page(ada: User, staff: User) -> int:
    """Set a new password on the account's page; return the answer's status, as the others do."""
    client = Client()
    client.force_login(ada)
    return client.post(f"{ME}password/", {"old_password": OLD, **TWICE}).status_code


def by_reset(ada: User, staff: User) -> int:
    """Set it by the link of a letter."""
    uid = urlsafe_base64_encode(force_bytes(ada.pk))
    client = Client()
    form = client.get(f"/accounts/password/{uid}/{default_token_generator.make_token(ada)}/", follow=True)
    return client.post(form.redirect_chain[-1][0], TWICE).status_code


def by_api(ada: User, staff: User) -> int:
    """Set it by the API, with another address."""
    body = {"password": NEW, "current_password": OLD, "email": "thief@example.org"}
    return api_of(ada).patch(ACCOUNT, body, format="json").status_code


def by_staff(ada: User, staff: User) -> int:
    """Let staff set it by the API."""
    return api_of(staff).patch(f"/api/v1/users/{ada.pk}/", {"password": NEW}, format="json").status_code


def by_admin(ada: User, staff: User) -> int:
    """Let staff set it in the admin."""
    client = Client()
    client.force_login(staff)
    return client.post(f"/admin/users/user/{ada.pk}/password/", ADMIN_TWICE).status_code


Door = Callable[[User, User], int]


@pytest.mark.parametrize(
    ("door", "status", "is_by_staff"),
    [
        (by_page, 302, False),
        (by_reset, 303, False),
        (by_api, 200, False),
        (by_staff, 200, True),
        (by_admin, 302, True),
    ],
)
def test_a_new_password_is_told_to_the_address_before(
    ada: User, admin_user: User, door: Door, status: int, is_by_staff: bool
) -> None:
    assert door(ada, admin_user) in (302, status)
    assert User.objects.get(pk=ada.pk).check_password(NEW)
    expected = ["Your password was changed"] if door is not by_api else SUBJECTS
    assert delivered() == [("ada@example.org", subject) for subject in expected]
    said = mail.outbox[-1].body
    assert ("from the network 127.0.0.1" in said, "staff of the site set it" in said) == (not is_by_staff, is_by_staff)
    # Another password is asked for by the account's address alone.
    assert ("http://testserver/accounts/password/" in said) == (door is not by_api)


def test_a_wrong_password_sends_no_letter(hers: Client) -> None:
    assert hers.post(f"{ME}password/", {"old_password": "guessed", **TWICE}).status_code == 200
    assert hers.post(f"{ME}delete/", {"password": "guessed"}).status_code == 200
    assert delivered() == []


def test_a_password_that_staff_take_away_sends_no_letter(ada: User, admin_client: Client) -> None:
    answer = admin_client.post(
        f"/admin/users/user/{ada.pk}/password/", {"usable_password": "false", "unset-password": "1"}
    )
    assert (answer.status_code, User.objects.get(pk=ada.pk).has_usable_password()) == (302, False)
    assert delivered() == []


@pytest.mark.parametrize("without", ["address", "mail server"])
def test_no_letter_goes_to_no_address(hers: Client, ada: User, settings: Settings, without: str) -> None:
    settings.SENDS_MAIL = without == "address"
    if without == "address":
        User.objects.filter(pk=ada.pk).update(email="")
    assert hers.post(f"{ME}password/", {"old_password": OLD, **TWICE}).status_code == 302
    assert hers.post(f"{ME}delete/", {"password": NEW}).status_code == 303
    assert delivered() == []


def closed_by_page(ada: User, staff: User) -> int:
    """Close the account on its page; return the answer's status, as the others do."""
    client = Client()
    client.force_login(ada)
    return client.post(f"{ME}delete/", {"password": OLD}).status_code


def closed_by_api(ada: User, staff: User) -> int:
    """Close it by the API."""
    return api_of(ada).delete(ACCOUNT, {"current_password": OLD}, format="json").status_code


def closed_by_admin(ada: User, staff: User) -> int:
    """Let staff close it in the admin."""
    client = Client()
    client.force_login(staff)
    return client.post(f"/admin/users/user/{ada.pk}/delete/", {"post": "yes"}).status_code


def closed_in_a_list(ada: User, staff: User) -> int:
    """Let staff close it in the admin's list."""
    client = Client()
    client.force_login(staff)
    ticked = {"action": "delete_selected", "_selected_action": [ada.pk], "post": "yes"}
    return client.post("/admin/users/user/", ticked).status_code


@pytest.mark.parametrize(
    ("door", "status"),
    [(closed_by_page, 303), (closed_by_api, 204), (closed_by_admin, 302), (closed_in_a_list, 302)],
)
def test_the_end_of_an_account_is_told_to_its_address(ada: User, admin_user: User, door: Door, status: int) -> None:
    assert door(ada, admin_user) == status
    assert not User.objects.filter(username="ada").exists()
    assert delivered() == [("ada@example.org", "Your account was deleted")]
    assert "Hello ada," in mail.outbox[0].body
