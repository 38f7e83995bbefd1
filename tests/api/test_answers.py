"""Real answers of every operation, good and bad, hold to the schema: nothing in them that it does not name."""

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from pytest_django.fixtures import Settings
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from albums.models import Album
from catalog.models import Creator, Tag, UsedModel
from content.models import AutoContentItem, ContentItem
from generation.models import GenerationJob
from genonaut import flags
from interactions.models import Interaction
from recommendations.models import Recommendation
from tests.api.contract import METHODS, Contract
from tests.api.endpoints import (
    ALBUMS,
    AUTO,
    CONTENT,
    CREATORS,
    ENDPOINTS,
    INTERACTIONS,
    JOBS,
    LISTS,
    MODELS,
    NAMES,
    RECOMMENDATIONS,
    TAGS,
    USERS,
    Endpoint,
)
from tests.factories import (
    ContentItemFactory,
)
from tests.uploads.files import picture
from users.models import User

NEW_BODIES = {
    CONTENT: {"title": "A", "content_type": "image"},
    AUTO: {"title": "A", "content_type": "image"},
    USERS: {"username": "newcömer", "password": "correct horse battery"},
    RECOMMENDATIONS: {"score": 0.5, "algorithm": "als-2"},
    INTERACTIONS: {"kind": "rate", "rating": 3},
    JOBS: {"job_type": "image", "prompt": "A lighthouse"},
    ALBUMS: {"title": "A", "query": "q=harbour"},
}
CHANGES = {
    CONTENT: {"title": "B"},
    AUTO: {"quality_score": 1},
    USERS: {"name": "Jörg", "preferences": {"a": [1, None]}},
    RECOMMENDATIONS: {"is_served": True},
    INTERACTIONS: {"metadata": {"a": {}}},
    JOBS: {"status": "cancelled"},
    ALBUMS: {"title": "B", "notes": "b"},
}
MODELS = {
    CONTENT: ContentItem,
    AUTO: AutoContentItem,
    USERS: User,
    RECOMMENDATIONS: Recommendation,
    INTERACTIONS: Interaction,
    JOBS: GenerationJob,
    ALBUMS: Album,
    TAGS: Tag,
    CREATORS: Creator,
    MODELS: UsedModel,
}


@pytest.fixture(scope="module")
def contract(schema: dict[str, Any]) -> Contract:
    """The schema, to hold answers against."""
    return Contract(schema)


def operation(endpoint: Endpoint, action: str) -> str:
    """Return the operationId of an endpoint's action."""
    return f"{endpoint.name.replace('-', '_')}_{action}"


def ids_of(endpoint: Endpoint) -> list[Any]:
    """Return the ids of all rows that an endpoint can show."""
    ids = list(MODELS[endpoint].objects.values_list("pk", flat=True))
    return [*ids, "me"] if endpoint == USERS else ids


def pages(client: APIClient, url: str) -> Iterator[Any]:
    """Ask for a list in every way it can be read, once if it cannot: by page, cursor, date, filter, sort, wrongly."""
    yield (plain := client.get(url))
    if plain.status_code == 401:
        return
    for query in ("?page_size=1&page=2", "?order=asc&page_size=2", "?created_after=2999-01-01", "?at=2024-01-01"):
        yield client.get(url + query)
    first = client.get(f"{url}?page_size=1")
    yield first
    yield client.get(f"{url}?page_size=1&cursor={first.json()['pagination']['next_cursor']}")
    yield client.get(url, headers={"if-none-match": plain.headers.get("ETag", "x")})
    for query in ("?page=99", "?page=0", "?nothing=1", "?cursor=x", "?page=1&page=2", "?a=" + "b" * 5_000):
        yield client.get(url + query)
    yield client.get(url, headers={"accept": "application/json; indent=2"})
    yield client.get(url, headers={"accept": "application/xml"})


def test_pages_of_lists_hold_to_the_schema(contract: Contract, world: list[User | None], client_of: Callable) -> None:
    faults = []
    for client, endpoint in product(map(client_of, world), LISTS):
        for answer in pages(client, endpoint.url):
            faults += contract.faults(operation(endpoint, "list"), answer)
    for flag in (flags.Flag.JSON_FROM_DATABASE, flags.Flag.RANKED_PAGES):
        flags.turn(flag, is_on=False)
        for client, endpoint in product(map(client_of, world), LISTS):
            faults += contract.faults(operation(endpoint, "list"), client.get(f"{endpoint.url}?page_size=9"))
    assert faults == []


def test_rows_hold_to_the_schema(contract: Contract, world: list[User | None], client_of: Callable) -> None:
    faults = []
    for client, endpoint in product(map(client_of, world), LISTS):
        for pk in [*ids_of(endpoint), 2**70]:
            faults += contract.faults(operation(endpoint, "retrieve"), client.get(endpoint.detail(pk)))
    assert faults == []


def test_places_and_histograms_hold_to_the_schema(
    contract: Contract, world: list[User | None], client_of: Callable
) -> None:
    faults = []
    for client, endpoint in product(map(client_of, world), LISTS):
        for pk in [*ids_of(endpoint)[-3:], 2**70]:
            answer = client.get(f"{endpoint.detail(pk)}position/?page_size=1&order=asc")
            faults += contract.faults(operation(endpoint, "position"), answer)
        faults += contract.faults(operation(endpoint, "position"), client.get(f"{endpoint.detail(pk)}position/?a=1"))
        if endpoint in NAMES:  # which have no times
            continue
        for query in ("?by=day", "?by=year&order=asc", "?by=hour", "?colour=red"):
            faults += contract.faults(operation(endpoint, "histogram"), client.get(f"{endpoint.url}histogram/{query}"))
        answer = client.get(f"{endpoint.url}histogram/")
        again = client.get(f"{endpoint.url}histogram/", headers={"if-none-match": answer.headers.get("ETag", "x")})
        faults += contract.faults(operation(endpoint, "histogram"), answer)
        faults += contract.faults(operation(endpoint, "histogram"), again)
    assert faults == []


@pytest.mark.parametrize("viewer", range(3), ids=["anonymous", "alice", "staff"])
def test_answers_to_writes_hold_to_the_schema(
    contract: Contract, world: list[User | None], client_of: Callable, viewer: int
) -> None:
    client = client_of(world[viewer])
    faults = []
    # Accounts come last: staff delete others'.
    for endpoint in sorted(ENDPOINTS, key=lambda endpoint: endpoint == USERS):
        ids = [*ids_of(endpoint)[:4], *(["me"] if endpoint == USERS else [])]
        for action, answer in writes(client, endpoint, ids, new_body(endpoint, world[1])):
            faults += contract.faults(operation(endpoint, action), answer)
    assert faults == []


def new_body(endpoint: Endpoint, user: User) -> dict[str, Any]:
    """Return what adds a row that is shown to a user."""
    body = dict(NEW_BODIES[endpoint])
    if endpoint in (RECOMMENDATIONS, INTERACTIONS):
        body["content"] = ContentItemFactory().pk
    if endpoint == RECOMMENDATIONS:
        body["user"] = user.pk
    return body


def undone(ask: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """Return the answer to a write, and undo it: what the database alone refuses ends its transaction."""
    with transaction.atomic():
        answer = ask(*arguments, **options)
        transaction.set_rollback(True)
    return answer


def writes(client: APIClient, endpoint: Endpoint, ids: list[Any], body: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Write rightly and wrongly: give each answer with its action."""
    yield "create", client.post(endpoint.url, body)
    yield "create", undone(client.post, endpoint.url, body)
    yield "create", undone(client.post, endpoint.url, body, format="multipart")
    yield "create", client.post(endpoint.url, {"colour": "red"})
    yield "create", client.post(endpoint.url, "{", content_type="application/json")
    yield "create", client.post(endpoint.url, "x", content_type="text/plain")
    for url in map(endpoint.detail, [*ids, 0]):
        yield "partial_update", client.patch(url, CHANGES[endpoint])
        yield "update", undone(client.put, url, body)
    yield "partial_update", client.patch(url, {"id": 1, "colour": "red"})
    yield "update", client.put(url, "x", content_type="text/plain")
    for pk in [0, *reversed(ids)]:
        yield "destroy", client.delete(endpoint.detail(pk))


def test_answers_about_tokens_hold_to_the_schema(contract: Contract, api: APIClient, alice: User) -> None:
    alice.set_password("correct horse battery")
    alice.save()
    url, known = "/api/v1/auth/token/", {"username": "alice", "password": "correct horse battery"}
    created = api.post(url, known)
    token = {"authorization": f"Token {created.json()['token']}"}
    answers = [
        created,
        api.post(url, {**known, "password": "x"}),
        api.post(url, []),
        api.generic("POST", url, "a", "text/csv"),
    ]
    answers += [api.post(url, known) for _ in range(60)]
    shown = [api.get(url, headers=headers) for headers in ({}, token)]
    faults = [fault for answer in shown for fault in contract.faults("auth_token_retrieve", answer)]
    ends = [api.delete(url, headers=headers) for headers in ({}, token, token)]
    faults += [fault for answer in answers for fault in contract.faults("auth_token_create", answer)]
    faults += [fault for answer in ends for fault in contract.faults("auth_token_destroy", answer)]
    assert (faults, answers[-1].status_code, [end.status_code for end in ends]) == ([], 429, [401, 204, 401])


def test_answers_about_jobs_hold_to_the_schema(
    contract: Contract, world: list[User | None], client_of: Callable, settings: Settings
) -> None:
    settings.GENERATION_OPEN_JOBS = 20
    settings.EVENT_STREAMS = 0
    settings.COMFYUI_URLS = ("http://127.0.0.1:8188",)
    faults = []
    for client in map(client_of, world):
        key = {"headers": {"idempotency-key": "a"}}
        bodies = [
            {"prompt": "A", "count": 2},
            {"prompt": "A"},
            {"prompt": "A", "count": 60},
            {"prompt": "A", "seeds": [1]},
        ]
        asked = [
            client.post(JOBS.url, body, **options) for body, options in zip(bodies, (key, key, {}, {}), strict=True)
        ]
        faults += [fault for answer in asked for fault in contract.faults("generation_jobs_create", answer)]
        for act, pk in product(("pause", "resume", "retry", "cancel", "retry"), [*ids_of(JOBS)[-6:], 2**70]):
            answer = client.post(f"{JOBS.detail(pk)}{act}/")
            faults += contract.faults(f"generation_jobs_{act}", answer)
        for body in ({"ids": ids_of(JOBS)[-2:]}, {"waiting": True}, {}):
            faults += contract.faults("generation_jobs_cancel_many", client.post(f"{JOBS.url}cancel/", body))
        for headers in ({}, {"last-event-id": "end"}, {"accept": "text/html"}):
            answer = client.get(f"{JOBS.detail(ids_of(JOBS)[-1])}events/", headers=headers)
            faults += contract.faults("generation_jobs_events", answer)
        faults += contract.faults("workflows_list", client.get("/api/v1/workflows/"))
    assert (faults, [answer.status_code for answer in asked]) == ([], [202, 422, 429, 202])


@pytest.mark.usefixtures("own_folders")
def test_answers_about_files_hold_to_the_schema(contract: Contract, api: APIClient, alice: User) -> None:
    api.force_login(alice)
    url, known = "/api/v1/content/", "/api/v1/uploads/known/"
    contents = [picture(), picture(), b"", b"<html>"]
    answers = [api.post(url, {"file": SimpleUploadedFile("x.png", each)}, format="multipart") for each in contents]
    faults = [fault for answer in answers for fault in contract.faults("content_create", answer)]
    asked = [
        api.post(known, {"sha256": [answers[0].json()["file"]["sha256"], "0" * 64]}),
        api.post(known, {"sha256": ["x"]}),
        api.post(known, {}),
        APIClient().post(known, {"sha256": []}),
    ]
    faults += [fault for answer in asked for fault in contract.faults("uploads_known", answer)]
    statuses = [answer.status_code for answer in (*answers, *asked)]
    assert (faults, statuses) == ([], [201, 200, 400, 400, 200, 400, 400, 401])


def test_every_operation_says_what_it_does(contract: Contract) -> None:
    assert len(contract.operations) == 95
    for name, (method, _, described) in contract.operations.items():
        texts = described["summary"], described["description"]
        assert all(texts), name
        assert (len(described["summary"]) <= 70, "\n" in described["summary"]) == (True, False), name
        if "requestBody" in described:
            # A file, which JSON cannot say, comes in a form.
            forms = ["multipart/form-data"] if name in ("content_create", "users_picture_update") else []
            kinds = [*(["application/json"] if name != "users_picture_update" else []), *forms]
            assert (method in METHODS, list(described["requestBody"]["content"])) == (True, kinds), name


def test_every_operation_refuses_a_token_that_is_not_one(contract: Contract, api: APIClient, alice: User) -> None:
    row = Token.objects.create(user=alice).user
    for name, (method, path, _) in contract.operations.items():
        if name == "auth_token_create":
            continue
        pk = UUID(int=1) if name.startswith("uploads_") else row.pk
        answer = getattr(api, method)(
            path.replace("{id}", str(pk)).replace("{album}", "1"), headers={"authorization": "Token x"}
        )
        assert (name, answer.status_code, contract.faults(name, answer)) == (name, 401, [])


def test_an_answer_that_is_not_ready_holds_to_the_schema(
    contract: Contract, api: APIClient, db: None, two_deltas_at_most: None
) -> None:
    item = ContentItemFactory.create_batch(3)[0]
    answers = {"list": api.get(f"{CONTENT.url}?as_of=2030-01-01"), "histogram": api.get(f"{CONTENT.url}histogram/")}
    answers["position"] = api.get(f"{CONTENT.detail(item)}position/")
    assert {answer.status_code for answer in answers.values()} == {503}
    faults = [contract.faults(operation(CONTENT, action), answer) for action, answer in answers.items()]
    assert faults == [[], [], []]
