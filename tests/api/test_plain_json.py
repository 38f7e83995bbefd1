"""Public lists as plain JSON for anonymous users: answered without DRF's detours, to the letter as DRF answers."""

from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.test import Client
from pytest_django.fixtures import Settings
from rest_framework.views import APIView

from genonaut.checks import check_anonymous_lists
from tests.api.endpoints import LISTS, Endpoint
from users.models import User

PUBLIC = [endpoint for endpoint in LISTS if endpoint.is_public]
PERSONAL = [endpoint for endpoint in LISTS if not endpoint.is_public]
PLAIN = "application/json"
# The same wish in words that are no plain request's.
NEGOTIATED = "application/json, application/x-unknown;q=0.5"
QUERIES = (
    "",
    "page=2&page_size=3",
    "page_size=2&order=asc",
    "page=99",
    "page=0",
    "page_size=1001",
    "unknown=1",
    "cursor=forged",
    "as_of=2020-01-01",
    "format=json",
    "format=xml",
)


@pytest.fixture(autouse=True)
def requests_have_one_id(settings: Settings) -> None:
    """Take the id of requests from `answer`: else each answer has one of its own."""
    settings.TRUST_X_REQUEST_ID = True


def answer(client: Client, address: str, accept: str | None, **headers: str) -> dict[str, Any]:
    """Return all that a client gets; the host is the test client's."""
    named = {"x-request-id": "the-same-for-all", **headers}
    response = client.get(address, headers={**named, **({"accept": accept} if accept else {})})
    return {"status": response.status_code, "headers": dict(response.headers), "body": response.content}


@pytest.mark.parametrize("endpoint", PUBLIC, ids=str)
def test_a_plain_answer_is_the_one_that_drf_gives(client: Client, alice: User, endpoint: Endpoint) -> None:
    endpoint.fill(alice, 7)
    for address in (f"{endpoint.url}?{query}" for query in QUERIES):
        expected = answer(client, address, NEGOTIATED)
        assert [answer(client, address, accept) for accept in (PLAIN, "*/*", None)] == [expected] * 3, address


@pytest.mark.parametrize("name", ["content", "content-auto"])
def test_a_plain_list_is_answered_without_drf(
    client: Client, monkeypatch: pytest.MonkeyPatch, db: None, name: str
) -> None:
    monkeypatch.delattr(APIView, "initial")
    assert answer(client, f"/api/v1/{name}/", PLAIN)["status"] == 200
    with pytest.raises(AttributeError):
        client.get(f"/api/v1/{name}/", headers={"accept": NEGOTIATED})


@pytest.mark.parametrize("endpoint", PUBLIC, ids=str)
def test_an_unchanged_list_is_a_304_either_way(client: Client, alice: User, endpoint: Endpoint) -> None:
    endpoint.fill(alice, 3)
    tag = answer(client, endpoint.url, PLAIN)["headers"]["ETag"]
    plain, negotiated = (answer(client, endpoint.url, accept, if_none_match=tag) for accept in (PLAIN, NEGOTIATED))
    assert (plain["status"], plain) == (304, negotiated)


@pytest.mark.parametrize("endpoint", PERSONAL, ids=str)
def test_a_personal_list_is_nobodys(client: Client, db: None, endpoint: Endpoint) -> None:
    plain = answer(client, endpoint.url, PLAIN)
    assert (plain["status"], plain) == (401, answer(client, endpoint.url, NEGOTIATED))


@pytest.mark.parametrize("endpoint", PUBLIC, ids=str)
def test_a_token_that_is_wrong_is_refused(client: Client, db: None, endpoint: Endpoint) -> None:
    assert answer(client, endpoint.url, PLAIN, authorization="Token wrong")["status"] == 401


def test_who_is_signed_in_is_known_to_a_plain_request(client: Client, alice: User) -> None:
    endpoint = next(endpoint for endpoint in PUBLIC if endpoint.name == "content")
    (item,) = endpoint.make(alice, 1)
    type(item).objects.filter(pk=item.pk).update(is_private=True, creator=alice)
    assert b'"items":[]' in answer(client, endpoint.url, PLAIN)["body"]
    client.force_login(alice)
    assert f'"id":{item.pk}'.encode() in answer(client, endpoint.url, PLAIN)["body"].replace(b" ", b"")


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("DEFAULT_AUTHENTICATION_CLASSES", "rest_framework.authentication.RemoteUserAuthentication"),
        ("DEFAULT_PERMISSION_CLASSES", "rest_framework.permissions.DjangoModelPermissionsOrAnonReadOnly"),
        ("DEFAULT_THROTTLE_CLASSES", "rest_framework.throttling.AnonRateThrottle"),
    ],
)
def test_a_default_that_plain_lists_would_skip_is_refused(settings: Settings, name: str, path: str) -> None:
    assert check_anonymous_lists() == []
    present = settings.REST_FRAMEWORK
    settings.REST_FRAMEWORK = {**present, name: [*present.get(name, ()), path]}
    with pytest.raises(SystemCheckError, match=path):
        call_command("check")
