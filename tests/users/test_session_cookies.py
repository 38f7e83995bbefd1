"""The cookie of a session: what cannot be a key signs no one in, and is no error of ours."""

import pytest
from django.conf import settings
from django.test import Client

from users.models import User

# A quoted cookie holds any character, as an octal number.
ODD_KEYS = (
    '"abcdefgh\\000"',
    "a" * 41,
    "a" * 5_000,
    "ABCDEFGH",
    "abcdefg'",
    '"abcdefgh\\303"',
    "",
    "short",
    '"12345678\\012"',
)


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/api/v1/content/", "/admin/"])
def test_a_cookie_that_holds_no_key_is_of_a_visitor(path: str) -> None:
    visitor = Client().get(path)
    answers = [Client(HTTP_COOKIE=f"{settings.SESSION_COOKIE_NAME}={key}").get(path) for key in ODD_KEYS]
    assert [answer.status_code for answer in answers] == [visitor.status_code] * len(ODD_KEYS)


def test_a_key_of_ours_signs_in(client: Client, alice: User) -> None:
    client.force_login(alice)
    key = client.cookies[settings.SESSION_COOKIE_NAME].value
    answer = Client(HTTP_COOKIE=f'{settings.SESSION_COOKIE_NAME}="{key}"').get("/api/v1/users/me/")
    assert answer.json()["username"] == "alice"
