"""The notifications endpoint: its answers hold to the schema, and each account reads and marks its own alone."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from content.models import ContentItem
from interactions import comments
from notices.models import Notice
from notices.writing import notify_followed
from tests.api.contract import Contract
from tests.factories import ContentItemFactory, UserFactory
from users.models import User

URL = "/api/v1/notifications/"
ClientOf = Callable[[User | None], APIClient]


@pytest.fixture
def item(alice: User, bob: User) -> ContentItem:
    """Alice's work, on which bob commented; he follows her as well."""
    item = ContentItemFactory(title="Fog", creator=alice)
    comments.add(bob, item.pk, "Fine")
    notify_followed(alice, bob)
    return item


def test_answers_hold_to_the_schema(
    schema: dict[str, Any],
    client_of: ClientOf,
    alice: User,
    staff: User,
    item: ContentItem,
) -> None:
    contract, faults = Contract(schema), []
    pk = Notice.objects.filter(user=alice).first().pk
    for client in (client_of(None), client_of(staff), client_of(alice)):
        for query in (
            "",
            "?kind=follow",
            "?is_read=false",
            "?page=9",
            "?kind=x",
            "?nothing=1",
            "?page_size=1&order=asc",
        ):
            faults += contract.faults("notifications_list", client.get(URL + query))
        for one in (pk, 0, 2**70):
            faults += contract.faults("notifications_retrieve", client.get(f"{URL}{one}/"))
        for body in ({"ids": [pk]}, {}, {"ids": "x"}, {"ids": [0]}, {"colour": "red"}):
            faults += contract.faults("notifications_read", client.post(f"{URL}read/", body))
        faults += contract.faults("notifications_destroy", client.delete(f"{URL}{pk}/"))
    assert (faults, Notice.objects.filter(pk=pk).exists()) == ([], False)


def test_both_writers_say_the_same(client_of: ClientOf, alice: User, bob: User, item: ContentItem) -> None:
    client = client_of(alice)
    written = client.get(URL)
    serialized = client.get(URL, headers={"accept": "application/json; indent=2"})
    assert written.json()["items"] == serialized.json()["items"]
    follow, comment = written.json()["items"]
    assert (follow["kind"], follow["actor"], follow["content"], follow["title"]) == ("follow", bob.pk, None, None)
    said = (comment["kind"], comment["content"], comment["title"], comment["comment"])
    assert said == ("comment", item.pk, "Fog", Notice.objects.get(kind="comment").comment_id)


def test_each_reads_and_marks_their_own(
    client_of: ClientOf, alice: User, bob: User, staff: User, item: ContentItem
) -> None:
    notify_followed(bob, UserFactory())
    mine = list(Notice.objects.filter(user=alice).values_list("pk", flat=True))
    for other in (bob, staff):
        assert client_of(other).get(f"{URL}{mine[0]}/").status_code == 404
        assert client_of(other).post(f"{URL}read/", {"ids": mine}).json() == {"read": 0, "is_finished": True}
        assert client_of(other).delete(f"{URL}{mine[0]}/").status_code == 404
    assert client_of(staff).get(URL).json()["pagination"]["total_count"] == 0
    assert client_of(alice).post(f"{URL}read/", {"ids": mine[:1]}).json() == {"read": 1, "is_finished": True}
    assert client_of(alice).get(f"{URL}?is_read=true").json()["items"][0]["id"] == mine[0]
    assert client_of(alice).post(f"{URL}read/").json() == {"read": 1, "is_finished": True}
    assert Notice.objects.get(user=bob).read_at is None
    # A work that is hidden by now takes its notices out of sight.
    ContentItem.objects.filter(pk=item.pk).update(creator=staff, is_private=True)
    assert [row["kind"] for row in client_of(alice).get(URL).json()["items"]] == ["follow"]
