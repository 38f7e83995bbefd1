"""What is hidden from a viewer changes nothing they can see: rows, totals, pages, cursors or answers (trap 10)."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from content.models import ContentItem
from tests.factories import (
    AutoContentItemFactory,
    ContentItemFactory,
    GenerationJobFactory,
    InteractionFactory,
    RecommendationFactory,
)
from tests.pagination.walks import cursor_url, cursor_walk, ids, pages, read
from users.models import User

ClientOf = Callable[[User | None], APIClient]
QUERIES = [
    "",
    "sort=quality_score",
    "content_type=image",
    "q=lighthouse",
    "tag=sea",
    "creator=alice",
    "min_quality=0.1",
]
LISTS = [f"/api/v1/{name}/?{query}" for name in ("content", "content-auto") for query in QUERIES]


def everything(api: APIClient, url: str) -> list[dict[str, Any]]:
    """Return all pages of a list as they are answered."""
    by_number = list(pages(api, f"{url}&page_size=3"))
    if by_number[0]["pagination"]["next_cursor"] is None:
        return by_number
    return [*by_number, *pages(api, cursor_url(f"{url}&page_size=3", by_number[0]))]


def show_and_hide(alice: User) -> None:
    """Make alice own public and private items of both sources, alike in all the rest."""
    for factory in (ContentItemFactory, AutoContentItemFactory):
        for number in range(6):
            factory(
                creator=alice,
                title="Lighthouse",
                tags=["sea"],
                quality_score=number // 2 / 10,
                is_private=number % 2 == 1,
            )


def test_private_items_change_no_byte_of_what_others_get(client_of: ClientOf, alice: User, bob: User) -> None:
    show_and_hide(alice)
    asked = [(client, url) for client in (client_of(None), client_of(bob)) for url in LISTS]
    with_hidden = [everything(*question) for question in asked]
    ContentItem.objects.filter(is_private=True).delete()
    for question, answers in zip(asked, with_hidden, strict=True):
        assert everything(*question) == answers, question[1]
        assert len(answers[0]["items"]) > 0


def test_private_items_are_in_their_creator_s_rows_and_totals(client_of: ClientOf, alice: User, staff: User) -> None:
    """Trap 20."""
    show_and_hide(alice)
    anonymous, *seeing = (client_of(viewer) for viewer in (None, alice, staff))
    for url in LISTS:
        public = read(anonymous, url)["pagination"]["total_count"]
        answers = [read(client, url) for client in seeing]
        totals = [(len(answer["items"]), answer["pagination"]["total_count"]) for answer in answers]
        assert totals == [(2 * public, 2 * public)] * 2, url


def test_a_private_item_is_shown_to_its_creator_and_staff_only(
    client_of: ClientOf, alice: User, bob: User, staff: User
) -> None:
    item = ContentItemFactory(creator=alice, is_private=True)
    url = f"/api/v1/content/{item.pk}/"
    assert [client_of(viewer).get(url).status_code for viewer in (None, bob, alice, staff)] == [404, 404, 200, 200]


def test_hidden_and_absent_items_are_answered_alike(client_of: ClientOf, alice: User, bob: User) -> None:
    item = ContentItemFactory(creator=alice, is_private=True)
    hidden, absent = (client_of(bob).get(f"/api/v1/content/{pk}/") for pk in (item.pk, item.pk + 1))
    assert hidden.json() == absent.json() | {"request_id": hidden["X-Request-ID"]}
    assert (hidden.status_code, len(hidden.content)) == (absent.status_code, len(absent.content))


def test_cursors_hold_the_keys_of_visible_rows_only(client_of: ClientOf, alice: User, bob: User) -> None:
    show_and_hide(alice)
    visible = set(ContentItem.objects.filter(is_private=False).values_list("pk", flat=True))
    found = cursor_walk(client_of(bob), "/api/v1/content/?page_size=1")
    cursors = [page["pagination"][name] for page in found for name in ("next_cursor", "prev_cursor")]
    payloads = [cursor.split(".")[0] for cursor in cursors if cursor]
    keys = [json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))["k"] for text in payloads]
    assert {key[-1] for key in keys} == visible


def test_no_e_mail_is_in_any_answer_to_others(client_of: ClientOf, alice: User, bob: User) -> None:
    item = ContentItemFactory(creator=alice)
    InteractionFactory(user=bob, content=item)
    RecommendationFactory(user=bob, content=item)
    GenerationJobFactory(user=bob)
    addresses = ["content/", "users/", f"users/{alice.pk}/", f"content/{item.pk}/", "users/?q=alice", "schema/"]
    private = ["interactions/", "recommendations/", "generation-jobs/"]
    anonymous, signed_in = client_of(None), client_of(bob)
    answers = [anonymous.get(f"/api/v1/{address}").content for address in addresses]
    answers += [signed_in.get(f"/api/v1/{address}").content for address in addresses + private]
    assert [b"alice@" in answer for answer in answers] == [False] * 15


@pytest.mark.parametrize(
    "query", ["email=alice@example.org", "q=alice@example.org", "password=!", "email__startswith=a"]
)
def test_nobody_finds_an_account_by_what_is_hidden(api: APIClient, alice: User, query: str) -> None:
    response = api.get(f"/api/v1/users/?{query}")
    assert response.json().get("items", []) == []


def test_a_recommendation_vanishes_when_the_item_becomes_somebody_else_s_secret(
    client_of: ClientOf, alice: User, bob: User, staff: User
) -> None:
    mine, shown, hidden = (
        RecommendationFactory(user=bob, content=ContentItemFactory(creator=creator, is_private=is_private))
        for creator, is_private in ((bob, True), (alice, False), (alice, True))
    )
    answers = [read(client_of(viewer), "/api/v1/recommendations/") for viewer in (bob, staff)]
    assert [ids(answer) for answer in answers] == [[shown.pk, mine.pk], [hidden.pk, shown.pk, mine.pk]]
    assert [answer["pagination"]["total_count"] for answer in answers] == [2, 3]
    assert client_of(bob).get(f"/api/v1/recommendations/{hidden.pk}/").status_code == 404
    assert client_of(bob).delete(f"/api/v1/recommendations/{hidden.pk}/").status_code == 404
