"""Interactions over HTTP: what counts once counts once, also when two ask at the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from content.models import ContentItem
from interactions.counting import compact
from interactions.models import Interaction, Kind
from interactions.viewing import ONCE_EVERY
from tests.factories import ContentItemFactory, InteractionFactory, UserFactory
from tests.interactions.test_likes import at_once
from users.models import User

INTERACTIONS = "/api/v1/interactions/"
ClientOf = Callable[[User | None], APIClient]


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "view", "duration_seconds": 2.5},
        {"kind": "like"},
        {"kind": "share", "metadata": {"to": "a friend"}},
        {"kind": "download"},
        {"kind": "bookmark"},
        {"kind": "comment", "comment": "Fine"},
        {"kind": "rate", "rating": 5},
    ],
    ids=str,
)
def test_what_was_done_is_recorded_as_the_viewer_s(api: APIClient, alice: User, fields: dict) -> None:
    item = ContentItemFactory(title="Harbour")
    api.force_login(alice)
    answer = api.post(INTERACTIONS, {"content": item.pk, **fields})
    expected = {**fields, "content": item.pk, "user": alice.pk, "username": "alice", "title": "Harbour"}
    assert (answer.status_code, {name: answer.json()[name] for name in expected}) == (201, expected)


@pytest.mark.parametrize("fields", [{"kind": "like"}, {"kind": "bookmark"}, {"kind": "rate", "rating": 5}], ids=str)
def test_what_counts_once_is_refused_the_second_time(api: APIClient, alice: User, fields: dict) -> None:
    body = {"content": ContentItemFactory().pk, **fields}
    api.force_login(alice)
    answers = [api.post(INTERACTIONS, body) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 400]
    assert (list(answers[1].json()["errors"]), Interaction.objects.count()) == (["kind"], 1)


@pytest.mark.parametrize(("kind", "weight"), [("view", 1), ("share", 3), ("download", 3)])
def test_what_counts_once_an_hour_is_answered_with_what_is_there(
    api: APIClient, alice: User, bob: User, kind: str, weight: int
) -> None:
    item = ContentItemFactory()
    body = {"content": item.pk, "kind": kind}
    for user in (alice, bob):
        api.force_login(user)
        answers = [api.post(INTERACTIONS, body) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [201] * 3
        assert {answer.json()["id"] for answer in answers} == {Interaction.objects.get(user=user).pk}
    compact()
    assert ContentItem.objects.get().popularity == 2 * weight
    Interaction.objects.update(created_at=timezone.now() - ONCE_EVERY)
    assert api.post(INTERACTIONS, body).json()["id"] not in {answer.json()["id"] for answer in answers}


@pytest.mark.django_db(transaction=True)
def test_of_two_shares_at_the_same_moment_one_is_kept(client_of: ClientOf) -> None:
    alice, item = UserFactory(), ContentItemFactory()
    body = {"content": item.pk, "kind": "share"}
    answers = at_once(*[partial(client_of(alice).post, INTERACTIONS, body) for _ in range(3)])
    assert {(answer.status_code, answer.json()["id"]) for answer in answers} == {(201, Interaction.objects.get().pk)}


@pytest.mark.parametrize(
    "fields",
    [{"kind": "comment", "comment": "Fine"}, {"kind": "like"}, {"kind": "view", "metadata": {"a": 1}}],
    ids=str,
)
def test_a_request_that_is_sent_again_with_its_key_is_recorded_once(
    api: APIClient, alice: User, bob: User, fields: dict
) -> None:
    body, key = {"content": ContentItemFactory().pk, **fields}, {"Idempotency-Key": "a b"}
    api.force_login(alice)
    first, again = (api.post(INTERACTIONS, body, headers=key) for _ in range(2))
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    other = api.post(INTERACTIONS, {**body, "content": ContentItemFactory().pk}, headers=key)
    assert (other.status_code, Interaction.objects.count()) == (422, 1)
    api.force_login(bob)  # whose keys are his own
    assert api.post(INTERACTIONS, body, headers=key).status_code == 201
    wrong = api.post(INTERACTIONS, body, headers={"Idempotency-Key": "x" * 201})
    assert (wrong.status_code, list(wrong.json()["errors"]), Interaction.objects.count()) == (
        400,
        ["Idempotency-Key"],
        2,
    )


@pytest.mark.django_db(transaction=True)
def test_of_one_request_that_comes_twice_at_once_one_comment_is_kept(client_of: ClientOf) -> None:
    alice, item = UserFactory(), ContentItemFactory()
    together = Barrier(2, timeout=300)
    body = {"content": item.pk, "kind": "comment", "comment": "Fine"}

    def write(client: APIClient) -> tuple[int, int]:
        try:
            together.wait()
            answer = client.post(INTERACTIONS, body, headers={"Idempotency-Key": "k"})
            return answer.status_code, answer.json()["id"]
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=2) as pool:
        answers = set(pool.map(write, [client_of(alice), client_of(alice)]))
    assert answers == {(201, Interaction.objects.get().pk)}


@pytest.mark.django_db(transaction=True)
def test_of_two_likes_at_the_same_moment_one_counts(client_of: ClientOf) -> None:
    alice, item = UserFactory(), ContentItemFactory()
    together = Barrier(2, timeout=300)

    def like(client: APIClient) -> int:
        try:
            together.wait()
            return client.post(INTERACTIONS, {"content": item.pk, "kind": "like"}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=2) as pool:
        statuses = sorted(pool.map(like, [client_of(alice), client_of(alice)]))
    assert statuses in ([201, 400], [201, 409])
    assert Interaction.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"kind": "rate"}, "rating"),
        ({"kind": "rate", "rating": None}, "rating"),
        ({"kind": "comment"}, "comment"),
        ({"kind": "comment", "comment": ""}, "comment"),
        ({"kind": "comment", "comment": "  "}, "comment"),
        ({"kind": "like", "rating": 3}, "rating"),
        ({"kind": "like", "comment": "Fine"}, "comment"),
    ],
    ids=str,
)
def test_rating_and_comment_come_with_their_kinds_alone(api: APIClient, alice: User, fields: dict, wrong: str) -> None:
    api.force_login(alice)
    answer = api.post(INTERACTIONS, {"content": ContentItemFactory().pk, **fields})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [wrong])


def test_a_hidden_item_is_answered_as_an_absent_one(client_of: ClientOf, alice: User, bob: User) -> None:
    hidden = ContentItemFactory(creator=alice, is_private=True).pk
    answers = [client_of(bob).post(INTERACTIONS, {"content": pk, "kind": "view"}) for pk in (hidden, hidden + 1)]
    said = [
        answer.json()["errors"]["content"][0].replace(str(pk), "N")
        for answer, pk in zip(answers, (hidden, hidden + 1), strict=True)
    ]
    assert [answer.status_code for answer in answers] == [400, 400]
    assert said[0] == said[1]
    assert client_of(alice).post(INTERACTIONS, {"content": hidden, "kind": "view"}).status_code == 201


@pytest.mark.parametrize(
    ("kind", "before", "change", "status"),
    [
        ("rate", {"rating": 1}, {"rating": 4}, 200),
        ("rate", {"rating": 1}, {"rating": None}, 400),
        ("rate", {"rating": 1}, {"rating": 6}, 400),
        ("rate", {"rating": 1}, {"comment": "Fine"}, 400),
        ("comment", {"comment": "Fine"}, {"comment": "Better"}, 200),
        ("comment", {"comment": "Fine"}, {"comment": ""}, 400),
        ("view", {}, {"duration_seconds": 7.5}, 200),
        ("view", {}, {"rating": 3}, 400),
    ],
    ids=str,
)
def test_a_rating_and_a_comment_may_be_changed(
    api: APIClient, alice: User, kind: str, before: dict, change: dict, status: int
) -> None:
    row = InteractionFactory(user=alice, kind=kind, **before)
    api.force_login(alice)
    assert api.patch(f"{INTERACTIONS}{row.pk}/", change).status_code == status
    ((name, value),) = change.items()
    kept = getattr(Interaction.objects.get(), name)
    assert kept == (value if status == 200 else before.get(name, Interaction._meta.get_field(name).get_default()))


def test_item_and_kind_stay_what_they_were(api: APIClient, alice: User) -> None:
    row = InteractionFactory(user=alice, kind="view")
    api.force_login(alice)
    api.put(f"{INTERACTIONS}{row.pk}/", {"kind": "like", "content": ContentItemFactory().pk})
    assert list(Interaction.objects.values_list("kind", "content")) == [("view", row.content_id)]


def test_what_a_deleted_user_did_is_shown_to_staff_without_them(api: APIClient, alice: User, staff: User) -> None:
    InteractionFactory(user=alice)
    alice.delete()
    api.force_login(staff)
    row = api.get(INTERACTIONS).json()["items"][0]
    assert (row["user"], row["username"]) == (None, None)


@pytest.mark.parametrize("method", ["patch", "put"])
def test_words_of_a_member_are_changed_by_that_member_alone(
    client_of: Callable[[User | None], APIClient], alice: User, bob: User, staff: User, method: str
) -> None:
    row = InteractionFactory(user=alice, kind=Kind.COMMENT, comment="Fine")
    url, said = f"{INTERACTIONS}{row.pk}/", []
    for user in (staff, bob, alice):
        answer = getattr(client_of(user), method)(url, {"comment": f"By {user.username}"})
        row.refresh_from_db()
        said.append((answer.status_code, row.comment))
    assert said == [(403, "Fine"), (404, "Fine"), (200, "By alice")]
    # Those of an account that is gone as well.
    Interaction.objects.update(user=None)
    assert getattr(client_of(staff), method)(url, {"comment": "Back"}).status_code == 403
    assert client_of(staff).delete(url).status_code == 204
