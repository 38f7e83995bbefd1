"""The endpoints of following: answers hold to the schema, who may do what, and the list's pages."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from notices.models import Notice
from people.models import Follow
from tests.api.contract import Contract
from tests.factories import UserFactory
from users.models import User

URL = "/api/v1/follows/"
ClientOf = Callable[[User | None], APIClient]


def switch(person: User | int) -> str:
    """Return the address of the switch of an account."""
    return f"/api/v1/users/{getattr(person, 'pk', person)}/follow/"


def test_answers_hold_to_the_schema(
    schema: dict[str, Any], client_of: ClientOf, alice: User, bob: User, staff: User
) -> None:
    contract, faults = Contract(schema), []
    for client in (client_of(None), client_of(staff), client_of(alice)):
        for person in (bob, alice, 0, 2**63, 2**70):
            faults += contract.faults("users_follow_retrieve", client.get(switch(person)))
            faults += contract.faults("users_follow_update", client.put(switch(person)))
            for query in ("", "?page=9", "?nothing=1", "?page_size=1&order=asc", "?cursor=", "?cursor=x"):
                faults += contract.faults("follows_list", client.get(URL + query))
            faults += contract.faults("users_follow_destroy", client.delete(switch(person)))
    assert faults == []


@pytest.mark.parametrize(
    ("viewer", "person", "statuses"),
    [
        # GET, PUT, DELETE.
        (None, "bob", (200, 401, 401)),
        ("alice", "bob", (200, 200, 204)),
        ("staff", "bob", (200, 200, 204)),
        ("alice", "alice", (200, 404, 404)),
        ("alice", "gone", (404, 404, 404)),
        ("staff", "gone", (200, 404, 404)),
        ("gone", "bob", (200, 401, 401)),
    ],
)
def test_who_may_follow_whom(
    client_of: ClientOf,
    alice: User,
    bob: User,
    staff: User,
    viewer: str | None,
    person: str,
    statuses: tuple[int, int, int],
) -> None:
    people = {"alice": alice, "bob": bob, "staff": staff, "gone": UserFactory(), None: None}
    client = client_of(people[viewer])
    User.objects.filter(pk=people["gone"].pk).update(is_active=False)
    asked, address = [], switch(people[person])
    for method in (client.get, client.put, client.delete):
        asked.append(method(address).status_code)
        assert Follow.objects.exists() == (asked[-1] == 200 and method == client.put)
    assert tuple(asked) == statuses


def test_the_switch_says_how_it_stands_however_often_it_is_set(client_of: ClientOf, alice: User, bob: User) -> None:
    client = client_of(alice)
    on, off = {"followers": 1, "is_following": True}, {"followers": 0, "is_following": False}
    assert [client.put(switch(bob)).json() for _ in range(2)] == [on, on]
    assert client_of(None).get(switch(bob)).json() == {**on, "is_following": False}
    assert [client.delete(switch(bob)).status_code for _ in range(2)] == [204, 204]
    assert client.get(switch(bob)).json() == off
    assert Notice.objects.filter(user=bob, kind="follow").count() == 1


def test_the_list_is_ones_own_and_turns_as_all_lists_do(client_of: ClientOf, alice: User, staff: User) -> None:
    people = UserFactory.create_batch(5)
    for person in people:
        Follow.objects.create(user=alice, person=person)
    User.objects.filter(pk=people[0].pk).update(is_active=False)
    client = client_of(alice)
    page = client.get(f"{URL}?page_size=3").json()
    assert [row["username"] for row in page["items"]] == [person.username for person in people[:1:-1]]
    assert page["pagination"]["total_count"] == 4
    assert page == client.get(f"{URL}?page_size=3", headers={"accept": "application/json; indent=2"}).json()
    cursor = page["pagination"]["next_cursor"]
    assert [row["person"] for row in client.get(URL, {"page_size": 3, "cursor": cursor}).json()["items"]] == [
        people[1].pk
    ]
    assert client_of(staff).get(URL).json()["pagination"]["total_count"] == 0
    assert client_of(None).get(URL).status_code == 401
