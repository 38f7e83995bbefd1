"""Items over HTTP: making, changing and deleting them."""

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from content.drawings import drawings_of
from content.models import ContentItem
from generation.models import GenerationJob, Status
from tests.factories import (
    EPOCH,
    AutoContentItemFactory,
    ContentItemFactory,
    GenerationJobFactory,
    InteractionFactory,
)
from users.models import User

CONTENT, AUTO = "/api/v1/content/", "/api/v1/content-auto/"
ClientOf = Callable[[User | None], APIClient]


def test_a_new_item_is_kept_as_it_was_sent(api: APIClient, alice: User) -> None:
    sent = {
        "title": "Harbour",
        "content_type": "video",
        "prompt": "a harbour at night",
        "data": "https://example.org/harbour.webm",
        "metadata": {"model": {"name": "x", "steps": [1, 2.5, None]}},
        "tags": ["sea", "night"],
        "is_private": True,
        "seed": 2**31 - 1,
    }
    api.force_login(alice)
    answer = api.post(CONTENT, sent)
    assert (answer.status_code, {name: answer.json()[name] for name in sent}) == (201, sent)
    assert answer.json()["creator"] == {"id": alice.pk, "username": "alice", "name": "Alice"}
    assert api.get(f"{CONTENT}{answer.json()['id']}/").json() == answer.json()


def test_tags_are_kept_once_each_in_the_order_given(api: APIClient, alice: User) -> None:
    api.force_login(alice)
    answer = api.post(CONTENT, {"title": "A", "content_type": "text", "tags": ["b", "a", "b", " a "]})
    assert answer.json()["tags"] == ["b", "a"]


def test_a_card_and_a_detail_show_the_picture_of_the_item_s_seed(api: APIClient, db: None) -> None:
    item = ContentItemFactory(seed=7)
    card = api.get(CONTENT).json()["items"][0]["picture"]
    detail = api.get(f"{CONTENT}{item.pk}/").json()["picture"]
    drawings = [{"url": f"http://testserver{url}", "width": w, "height": h} for url, w, h in drawings_of(item)]
    assert [card, detail] == [drawings[0], drawings[-1]]


def test_staff_score_items_and_owners_do_not(client_of: ClientOf, alice: User, staff: User) -> None:
    item = ContentItemFactory(creator=alice, quality_score=0.1)
    scores = [
        client_of(user).patch(f"{CONTENT}{item.pk}/", {"quality_score": 0.9}).json()["quality_score"]
        for user in (alice, staff)
    ]
    assert scores == [0.1, 0.9]


def test_an_item_made_private_vanishes_for_others(client_of: ClientOf, alice: User, bob: User) -> None:
    item = ContentItemFactory(creator=alice)
    client_of(alice).patch(f"{CONTENT}{item.pk}/", {"is_private": True})
    totals = [client_of(user).get(CONTENT).json()["pagination"]["total_count"] for user in (None, bob, alice)]
    assert totals == [0, 0, 1]
    assert client_of(bob).get(f"{CONTENT}{item.pk}/").status_code == 404


FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("is_private", [True, False])
def test_a_form_that_leaves_a_boolean_out_keeps_it(api: APIClient, alice: User, is_private: bool) -> None:
    item = ContentItemFactory(creator=alice, is_private=is_private)
    api.force_login(alice)
    answers = [
        api.generic(method, f"{CONTENT}{item.pk}/", "title=A&content_type=text" + more, content_type=FORM)
        for method in ("PUT", "PATCH")
        for more in ("", "&is_private=")
    ]
    assert [(answer.status_code, answer.json()["is_private"]) for answer in answers] == [(200, is_private)] * 4


@pytest.mark.parametrize(("sent", "is_private"), [("", False), ("&is_private=true", True), ("&is_private=on", True)])
def test_a_form_for_a_new_item_gets_the_default_or_what_it_says(
    api: APIClient, alice: User, sent: str, is_private: bool
) -> None:
    api.force_login(alice)
    answer = api.generic("POST", CONTENT, "title=A&content_type=text" + sent, content_type=FORM)
    assert (answer.status_code, answer.json()["is_private"]) == (201, is_private)


@pytest.mark.parametrize("method", ["patch", "put", "delete"])
def test_a_private_item_of_somebody_else_is_not_there_to_be_changed(
    api: APIClient, alice: User, bob: User, method: str
) -> None:
    item = ContentItemFactory(creator=alice, is_private=True)
    api.force_login(bob)
    response = getattr(api, method)(f"{CONTENT}{item.pk}/", {"title": "Mine", "content_type": "text"})
    assert (response.status_code, ContentItem.objects.get().title) == (404, item.title)


def test_an_item_without_a_creator_is_changed_by_staff_only(client_of: ClientOf, alice: User, staff: User) -> None:
    item = ContentItemFactory(creator=None)
    answers = [client_of(user).patch(f"{CONTENT}{item.pk}/", {"title": "New"}) for user in (None, alice, staff)]
    assert [answer.status_code for answer in answers] == [401, 403, 200]


def test_the_automatic_endpoint_knows_automatic_items_only(api: APIClient, db: None) -> None:
    by_user, automatic = ContentItemFactory(), AutoContentItemFactory()
    asked = [(AUTO, by_user), (AUTO, automatic), (CONTENT, automatic)]
    assert [api.get(f"{url}{item.pk}/").status_code for url, item in asked] == [404, 200, 200]


def test_what_staff_add_to_the_automatic_items_is_automatic(api: APIClient, staff: User) -> None:
    api.force_login(staff)
    answer = api.post(AUTO, {"title": "A", "content_type": "text"})
    assert (answer.status_code, answer.json()["source"]) == (201, "auto")


def test_deleting_an_item_keeps_the_job_that_made_it(api: APIClient, alice: User, bob: User, staff: User) -> None:
    item = ContentItemFactory(creator=alice)
    InteractionFactory(user=bob, content=item)
    times = {"started_at": EPOCH, "finished_at": EPOCH}
    job = GenerationJobFactory(user=alice, result=item, status=Status.COMPLETED, **times)
    api.force_login(staff)
    assert api.delete(f"{CONTENT}{item.pk}/").status_code == 204
    assert (GenerationJob.objects.get(), GenerationJob.objects.get().result) == (job, None)


def test_deleting_twice_is_not_found(api: APIClient, alice: User) -> None:
    item = ContentItemFactory(creator=alice)
    api.force_login(alice)
    assert [api.delete(f"{CONTENT}{item.pk}/").status_code for _ in range(2)] == [204, 404]
