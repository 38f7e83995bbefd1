"""What an account may take away or change of itself: its address, the one that waits for a link, and its username."""

from collections.abc import Callable

import pytest
from django.core import mail
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from tests.factories import UserFactory
from tests.pages.html import hrefs, texts
from tests.races import outcome_behind
from users import worker_tasks
from users.email_addresses import await_address
from users.models import PendingEmail, User

PASSWORD = "a long password"
ME, ACCOUNT = "/accounts/me/", "/api/v1/users/me/"
REMOVE = f"{ME}email/remove/"


@pytest.fixture(autouse=True)
def sends_mail(settings: Settings) -> None:
    """Let letters be sent."""
    settings.SENDS_MAIL = True


@pytest.fixture
def ada(db: None) -> User:
    return User.objects.create_user("ada", "ada@example.org", PASSWORD)


@pytest.fixture
def hers(client: Client, ada: User) -> Client:
    client.force_login(ada)
    return client


def delivered() -> list[tuple[str, str]]:
    """Perform the workers' tasks; return receiver and subject of each letter."""
    mail.outbox.clear()
    for job in ProcrastinateJob.objects.filter(task_name=worker_tasks.TASK).order_by("pk"):
        worker_tasks.send_letter(**job.args)
    return [(letter.to[0], letter.subject) for letter in mail.outbox]


def by_page(ada: User, password: str = PASSWORD) -> int:
    """Remove the address on its page; return the answer's status, as the other does."""
    client = Client()
    client.force_login(ada)
    return client.post(REMOVE, {"password": password}).status_code


def by_api(ada: User, password: str = PASSWORD) -> int:
    """Remove it by the API."""
    client = APIClient()
    client.force_login(ada)
    return client.patch(ACCOUNT, {"email": "", "current_password": password}, format="json").status_code


WAYS = [(by_page, 303, 200), (by_api, 200, 400)]


@pytest.mark.parametrize("verification", ["none", "optional"])
@pytest.mark.parametrize(("way", "done", "refused"), WAYS)
def test_an_address_is_removed_by_password_and_told(
    settings: Settings, ada: User, way: Callable, done: int, refused: int, verification: str
) -> None:
    settings.EMAIL_VERIFICATION = verification
    await_address(ada, "next@example.org")
    assert way(ada, "guessed") == refused
    assert User.objects.get(pk=ada.pk).email == "ada@example.org"
    assert way(ada) == done
    assert (User.objects.get(pk=ada.pk).email, PendingEmail.objects.exists()) == ("", False)
    # No link sets a password now, and the account is signed in to as before.
    client = Client()
    assert client.post("/accounts/password/", {"email": "ada@example.org"}).status_code == 200
    assert delivered() == [("ada@example.org", "Your e-mail address was removed")]
    assert client.post("/accounts/login/", {"username": "ada", "password": PASSWORD}).status_code == 302


@pytest.mark.parametrize(("way", "refused"), [(by_page, 404), (by_api, 400)])
def test_where_accounts_need_an_address_it_stays(settings: Settings, ada: User, way: Callable, refused: int) -> None:
    settings.EMAIL_VERIFICATION = "mandatory"
    assert way(ada) == refused
    assert User.objects.get(pk=ada.pk).email == "ada@example.org"


@pytest.mark.parametrize(("verification", "is_offered"), [("none", True), ("optional", True), ("mandatory", False)])
def test_removing_is_offered_where_it_can_be_done(
    settings: Settings, hers: Client, ada: User, verification: str, is_offered: bool
) -> None:
    settings.EMAIL_VERIFICATION = verification
    assert (REMOVE in hrefs(hers.get(f"{ME}email/"), "a")) == is_offered
    User.objects.filter(pk=ada.pk).update(email="")
    assert REMOVE not in hrefs(hers.get(f"{ME}email/"), "a")


def test_an_address_that_waits_can_be_withdrawn(hers: Client, ada: User) -> None:
    others = await_address(UserFactory(), "other@example.org")
    await_address(ada, "next@example.org")
    assert "Withdraw next@example.org" in texts(hers.get(f"{ME}email/"), "button")
    answer = hers.post(f"{ME}email/withdraw/", follow=True)
    assert (list(PendingEmail.objects.all()), answer.redirect_chain[-1]) == ([others], (f"{ME}email/", 303))
    assert not any("Withdraw" in text for text in texts(answer, "button"))
    assert User.objects.get(pk=ada.pk).email == "ada@example.org"


def test_a_username_is_changed_by_password(hers: Client, ada: User) -> None:
    assert hers.post(f"{ME}username/", {"username": "Lovelace", "password": PASSWORD}).status_code == 303
    assert [hers.get(f"/users/{name}/").status_code for name in ("ada", "Lovelace")] == [404, 200]
    signs_in = [
        Client().post("/accounts/login/", {"username": name, "password": PASSWORD}) for name in ("ada", "lovelace")
    ]
    assert [answer.status_code for answer in signs_in] == [200, 302]
    # The same name in another case is one's own.
    assert hers.post(f"{ME}username/", {"username": "LOVELACE", "password": PASSWORD}).status_code == 303
    assert User.objects.get(pk=ada.pk).username == "LOVELACE"


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"username": "ALICE"}, "already exists"),
        ({"username": "1234"}, "digits alone"),
        ({"username": ".."}, "one or two dots"),
        ({"username": "a\x00b"}, "Null characters"),
        ({"username": "a b"}, "valid username"),
        ({"username": "x" * 151}, "at most 150"),
        ({"username": "eve", "password": "guessed"}, "not the account"),
    ],
)
def test_what_a_username_cannot_be_is_refused(hers: Client, alice: User, sent: dict[str, str], said: str) -> None:
    page = hers.post(f"{ME}username/", {"password": PASSWORD, **sent})
    assert (page.status_code, said in page.content.decode()) == (200, True)
    assert set(User.objects.values_list("username", flat=True)) == {"ada", "alice"}


def test_a_username_that_is_taken_meanwhile_is_refused(transactional_db: None) -> None:
    account = User.objects.create_user("ada", password=PASSWORD)
    client = Client()
    client.force_login(account)
    page = outcome_behind(
        lambda: UserFactory(username="eve"),
        lambda: client.post(f"{ME}username/", {"username": "Eve", "password": PASSWORD}),
    )
    assert "A user with that username already exists." in page.content.decode()
    assert User.objects.get(pk=account.pk).username == "ada"
