"""Every reference to a work: what was hidden from a viewer later is named to them by no row of theirs.

Alice owns the work and hides it, bob has rows that refer to it, charlie has none, staff see everything.
"""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from content.models import ContentItem
from generation.models import GenerationJob, Status
from interactions.models import Interaction, Kind
from recommendations.models import Recommendation
from tests.factories import (
    EPOCH,
    ContentItemFactory,
    GenerationJobFactory,
    InteractionFactory,
    RecommendationFactory,
    UserFactory,
)
from users.models import User

ClientOf = Callable[[User | None], APIClient]
INDENTED = {"Accept": "application/json; indent=1"}
HTML = {"Accept": "text/html"}
SECRET = "The secret title"
RAN = {"started_at": EPOCH, "finished_at": EPOCH, "status": Status.COMPLETED}


@pytest.fixture
def work(alice: User) -> ContentItem:
    """A work of alice's, of an id that is found in no other number."""
    return ContentItemFactory(id=7_130_509, title=SECRET, creator=alice)


@pytest.fixture
def rows(work: ContentItem, bob: User) -> dict[str, Any]:
    """Bob's rows that refer to it, by the list that they are in."""
    return {
        "generation-jobs": GenerationJobFactory(user=bob, result=work, **RAN),
        "interactions": InteractionFactory(user=bob, content=work, kind=Kind.COMMENT, comment="Fine."),
        "recommendations": RecommendationFactory(user=bob, content=work),
    }


def hide(work: ContentItem) -> None:
    ContentItem.objects.filter(pk=work.pk).update(is_private=True)


def addresses(rows: dict[str, Any]) -> list[str]:
    """Return every address that answers with the rows or something of them."""
    lists = [f"/api/v1/{name}/{query}" for name in rows for query in ("", "?page_size=1", "?order=asc")]
    lists += [f"/api/v1/interactions/?kind={Kind.COMMENT}", "/api/v1/generation-jobs/?status=completed"]
    return lists + [f"/api/v1/{name}/{row.pk}/" for name, row in rows.items()]


def tells(answer: Any, work: ContentItem) -> bool:
    """Return whether an answer names the work."""
    text = answer.content.decode()
    return SECRET in text or str(work.pk) in text


@pytest.mark.parametrize("accept", [{}, INDENTED, HTML], ids=["database", "serializer", "html"])
def test_rows_name_a_work_to_those_who_see_it_only(
    client_of: ClientOf, work: ContentItem, rows: dict[str, Any], bob: User, staff: User, accept: dict[str, str]
) -> None:
    asked = addresses(rows)
    stranger, all_seeing = client_of(bob), client_of(staff)
    shown = [tells(stranger.get(url, headers=accept), work) for url in asked]
    assert shown == [True] * len(asked)
    hide(work)
    hidden = [url for url in asked if tells(stranger.get(url, headers=accept), work)]
    unseen = [url for url in asked if not tells(all_seeing.get(url, headers=accept), work)]
    assert (hidden, unseen) == ([], [])


def test_what_is_hidden_from_its_user_is_null(
    client_of: ClientOf, work: ContentItem, rows: dict[str, Any], bob: User
) -> None:
    hide(work)
    client = client_of(bob)
    job = client.get(f"/api/v1/generation-jobs/{rows['generation-jobs'].pk}/").json()
    assert (job["status"], job["result"]) == ("completed", None)
    comment = client.get(f"/api/v1/interactions/{rows['interactions'].pk}/").json()
    assert [comment[name] for name in ("comment", "content", "title", "username")] == ["Fine.", None, None, "bob"]
    assert client.get(f"/api/v1/recommendations/{rows['recommendations'].pk}/").status_code == 404


def test_a_work_hidden_by_its_own_maker_is_still_named_to_them(client_of: ClientOf, alice: User) -> None:
    own = ContentItemFactory(creator=alice, title="Mine", is_private=True)
    GenerationJobFactory(user=alice, result=own, **RAN)
    InteractionFactory(user=alice, content=own, kind=Kind.LIKE)
    for accept in ({}, INDENTED):
        job, like = (
            client_of(alice).get(f"/api/v1/{name}/", headers=accept).json()["items"][0]
            for name in ("generation-jobs", "interactions")
        )
        assert (job["result"], like["content"], like["title"]) == (own.pk, own.pk, "Mine")


@pytest.mark.parametrize("kind", Kind)
def test_what_one_did_with_a_hidden_work_is_one_s_own_to_see_and_delete(
    client_of: ClientOf, work: ContentItem, bob: User, kind: Kind
) -> None:
    said = {Kind.COMMENT: {"comment": "Fine."}, Kind.RATE: {"rating": 5}}.get(kind, {})
    row = InteractionFactory(user=bob, content=work, kind=kind, **said)
    hide(work)
    address = f"/api/v1/interactions/{row.pk}/"
    charlie = client_of(UserFactory(username="charlie"))
    assert [charlie.get(address).status_code, charlie.delete(address).status_code] == [404, 404]
    listed = client_of(bob).get("/api/v1/interactions/").json()
    assert [(item["id"], item["content"]) for item in listed["items"]] == [(row.pk, None)]
    assert listed["pagination"]["total_count"] == 1
    assert client_of(bob).delete(address).status_code == 204
    assert not Interaction.objects.exists()


@pytest.mark.parametrize("name", ["interactions", "recommendations"])
@pytest.mark.parametrize("what", ["", "position/"])
@pytest.mark.usefixtures("one_request_id")
def test_a_hidden_work_is_found_by_no_id(
    client_of: ClientOf, work: ContentItem, rows: dict[str, Any], bob: User, name: str, what: str
) -> None:
    """To be found by an id is to be told that it is the one."""
    row = f"{rows[name].pk}/" if what else ""
    absent = work.pk + 1
    hide(work)
    answers = [client_of(bob).get(f"/api/v1/{name}/{row}{what}?content={pk}") for pk in (work.pk, absent)]
    bodies = [
        answer.content.replace(str(pk).encode(), b"N") for answer, pk in zip(answers, (work.pk, absent), strict=True)
    ]
    assert (answers[0].status_code, bodies[0]) == (answers[1].status_code, bodies[1])


@pytest.mark.usefixtures("one_request_id")
def test_a_hidden_work_and_one_that_never_was_are_refused_in_the_same_words(
    client_of: ClientOf, work: ContentItem, rows: dict[str, Any], bob: User, staff: User
) -> None:
    """Bob likes and comments again: neither what he did before nor the id tells him that the work is there."""
    hide(work)
    InteractionFactory(user=bob, content=work, kind=Kind.LIKE)
    absent = work.pk + 1
    client = client_of(bob)
    for fields in ({"kind": "like"}, {"kind": "comment", "comment": "Again"}, {"kind": "rate", "rating": 9}):
        answers = [client.post("/api/v1/interactions/", {"content": pk, **fields}) for pk in (work.pk, absent)]
        texts = [
            answer.content.replace(str(pk).encode(), b"N")
            for answer, pk in zip(answers, (work.pk, absent), strict=True)
        ]
        assert ([answer.status_code for answer in answers], texts[0]) == ([400, 400], texts[1])
    pages = [
        f"/{start}{{}}/{end}"
        for start, end in (
            ("content/", ""),
            ("fragments/content/", ""),
            ("api/v1/content/", ""),
            ("api/v1/content/", "position/"),
        )
    ]
    for page in pages:
        answers = [client.get(page.format(pk)) for pk in (work.pk, absent)]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert not tells(answers[0], work) or tells(answers[1], ContentItem(pk=absent))
    forms = [
        client.post(f"/content/{pk}/like/", {"on": "0"}, format="multipart").status_code for pk in (work.pk, absent)
    ]
    assert forms == [404, 404]


def test_marks_of_a_hidden_work_are_not_told(client_of: ClientOf, work: ContentItem, bob: User, staff: User) -> None:
    for person in (bob, staff):
        InteractionFactory(user=person, content=work, kind=Kind.LIKE)
    asked = f"/fragments/marks/?id={work.pk}"
    assert client_of(bob).get(asked).json()["liked"] == [work.pk]
    hide(work)
    assert [client_of(person).get(asked).json()["liked"] for person in (bob, staff)] == [[], [work.pk]]


def test_no_kept_answer_outlives_the_hiding(
    client_of: ClientOf, work: ContentItem, rows: dict[str, Any], bob: User, staff: User
) -> None:
    """A list that names works has no ETag, or one that changes as soon as one of them is hidden."""
    asked = [url for url in addresses(rows) if not url.rstrip("/").split("/")[-1].isdecimal()]
    clients = {who: client_of(who) for who in (bob, staff)}
    kept = {(who.pk, url): client.get(url).headers.get("ETag") for who, client in clients.items() for url in asked}
    hide(work)
    for who, client in clients.items():
        for url in asked:
            etag = kept[who.pk, url]
            answer = client.get(url, headers={"If-None-Match": etag or '"none"'})
            assert answer.status_code == 200 or (who == staff and "jobs" in url), url


def test_changing_a_row_answers_without_the_hidden_work(
    client_of: ClientOf, work: ContentItem, rows: dict[str, Any], bob: User
) -> None:
    hide(work)
    changed = client_of(bob).patch(f"/api/v1/interactions/{rows['interactions'].pk}/", {"comment": "Better."})
    assert (changed.status_code, changed.json()["comment"], tells(changed, work)) == (200, "Better.", False)
    refused = client_of(bob).patch(f"/api/v1/generation-jobs/{rows['generation-jobs'].pk}/", {"status": "cancelled"})
    assert (refused.status_code, tells(refused, work)) == (409, False)


@pytest.mark.parametrize("name", ["generation-jobs", "interactions"])
def test_a_list_with_hidden_works_runs_as_many_queries_as_one_without(
    api: APIClient, bob: User, name: str, django_assert_num_queries: Callable
) -> None:
    for _ in range(20):
        hidden = ContentItemFactory(is_private=True)
        GenerationJobFactory(user=bob, result=hidden, **RAN)
        InteractionFactory(user=bob, content=hidden)
    api.force_login(bob)
    for accept in ({}, INDENTED):
        with django_assert_num_queries(6):
            answer = api.get(f"/api/v1/{name}/", headers=accept)
        assert len(answer.json()["items"]) == 20
    assert (GenerationJob.objects.count(), Recommendation.objects.count()) == (20, 0)
