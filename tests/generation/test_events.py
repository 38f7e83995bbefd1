"""A job as a stream of server-sent events, read part by part. tests/web/test_server.py reads one off a socket."""

import json
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

import pytest
from django.core.signals import request_finished
from django.db import close_old_connections
from django.http.response import HttpResponseBase
from drf_spectacular.generators import SchemaGenerator
from openapi_schema_validator import OAS31Validator
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from generation import claims, jobs
from generation.backends import Progress, State
from generation.events import PLACES, state_of
from generation.models import GenerationJob
from tests.factories import ContentItemFactory, GenerationJobFactory
from users.models import User

RETRY = b"retry: 1000\n\n"


@pytest.fixture(autouse=True)
def places() -> Iterator[None]:
    """See to it that every stream gives its place back; those that tests before left open are forgotten."""
    PLACES.taken = 0
    yield
    assert PLACES.taken == 0


def close(answer: HttpResponseBase) -> None:
    """Close an answer as a web server does, but leave the test's connection open."""
    request_finished.disconnect(close_old_connections)
    answer.close()
    request_finished.connect(close_old_connections)


@pytest.fixture
def job(alice: User) -> GenerationJob:
    """A job that waits."""
    return jobs.ask(alice, [jobs.Request("A harbour")])[0]


def address(job: GenerationJob) -> str:
    """Return where the stream of a job is."""
    return f"/api/v1/generation-jobs/{job.pk}/events/"


def parsed(part: bytes) -> tuple[str, dict[str, Any]]:
    """Return name and data of an event."""
    lines = dict(line.split(": ", 1) for line in part.decode().strip().splitlines())
    return lines["event"], json.loads(lines["data"])


def test_each_event_is_what_the_schema_says(api: APIClient, alice: User, job: GenerationJob) -> None:
    api.force_login(alice)
    parts = iter(api.get(address(job)).streaming_content)
    assert next(parts) == RETRY
    events = [next(parts)]
    jobs.cancel(job)
    events += parts
    said = [dict(line.split(": ", 1) for line in part.decode().strip().splitlines()) for part in events]
    schema = SchemaGenerator().get_schema(request=None, public=True)
    answers = schema["paths"]["/api/v1/generation-jobs/{id}/events/"]["get"]["responses"]
    validate = OAS31Validator(answers["200"]["content"]["text/event-stream"]["schema"])
    assert ([event["event"] for event in said], [*chain(*map(validate.iter_errors, said))]) == (["progress", "end"], [])


def test_a_stream_says_what_changes_until_the_job_has_ended(api: APIClient, alice: User, job: GenerationJob) -> None:
    api.force_login(alice)
    answer = api.get(address(job), headers={"accept": "text/event-stream"})
    headers = {"Content-Type": "text/event-stream", "Cache-Control": "private, no-cache", "X-Accel-Buffering": "no"}
    assert {name: answer.headers[name] for name in headers} == headers
    parts = iter(answer.streaming_content)
    assert next(parts) == RETRY
    progress = {"fraction": None, "position": 0, "attempts": 0, "preview": None}
    told = {"id": job.pk, "status": "pending", "is_paused": False, "progress": progress}
    assert parsed(next(parts)) == ("progress", told)
    jobs.pause(job)
    assert parsed(next(parts))[1]["is_paused"]
    jobs.resume(job)
    assert parsed(next(parts))[1]["progress"]["position"] == 0
    key = claims.claim("worker").attempt_key
    claims.report(key, Progress(State.RUNNING, 0.5, None, b"\xff\xd8\xff"))
    name, told = parsed(next(parts))
    preview = told["progress"].pop("preview")
    assert (name, told["status"], told["progress"]) == (
        "progress",
        "running",
        {"fraction": 0.5, "position": None, "attempts": 1},
    )
    assert api.get(preview).content == b"\xff\xd8\xff"
    claims.finish(key, [ContentItemFactory(creator=alice)])
    last = next(parts)
    assert (parsed_end(last)["status"], list(parts)) == ("completed", [])
    close(answer)
    assert api.get(address(job), headers={"last-event-id": "end"}).status_code == 204


def parsed_end(part: bytes) -> dict[str, Any]:
    """Return the data of the last event."""
    assert part.startswith(b"event: end\nid: end\ndata: ")
    return json.loads(part.partition(b"data: ")[2])


def test_a_stream_ends_by_itself_and_with_its_job(
    api: APIClient, alice: User, job: GenerationJob, settings: Settings
) -> None:
    settings.EVENT_SECONDS = 0
    api.force_login(alice)
    assert api.get(address(job)).getvalue().startswith(RETRY + b"event: progress\n")
    answer = api.get(address(job))
    pk, _ = job.pk, job.delete()
    parts = list(answer.streaming_content)
    close(answer)
    assert (len(parts), parsed_end(parts[1])) == (2, {"id": pk, "status": "deleted"})


def test_a_stream_ends_when_the_server_does_or_its_client_is_gone(
    api: APIClient, alice: User, job: GenerationJob
) -> None:
    api.force_login(alice)
    answer = api.get(address(job), **{"genonaut.is_ending": lambda: True})
    assert len(list(answer.streaming_content)) == 2
    close(answer)


def test_a_process_serves_a_few_streams_and_refuses_others(
    api: APIClient, alice: User, job: GenerationJob, settings: Settings
) -> None:
    settings.EVENT_STREAMS = 1
    api.force_login(alice)
    close(api.head(address(job)))
    open_one = api.get(address(job))
    refused = api.get(address(job))
    assert (refused.status_code, refused.headers["Retry-After"], refused.json()["status"]) == (503, "5", 503)
    close(open_one)
    close(open_one)
    again = api.get(address(job))
    close(again)
    assert again.status_code == 200


def test_a_stream_is_for_who_sees_the_job(
    client_of: Callable[[User | None], APIClient], job: GenerationJob, bob: User, staff: User, settings: Settings
) -> None:
    settings.EVENT_SECONDS = 0
    statuses = {}
    for viewer in (None, bob, staff):
        answer = client_of(viewer).get(address(job))
        statuses[viewer] = answer.status_code
        close(answer)
    assert statuses == {None: 401, bob: 404, staff: 200}
    assert client_of(staff).get(address(job), headers={"accept": "application/json"}).status_code == 406
    assert client_of(staff).get("/api/v1/generation-jobs/999999999/events/").status_code == 404


def test_one_look_takes_two_queries_while_a_job_waits_and_one_then(
    alice: User, job: GenerationJob, django_assert_num_queries: Callable[..., Any]
) -> None:
    ended = GenerationJobFactory(user=alice, status="cancelled", finished_at=job.created_at)
    for row, queries in ((job, 2), (ended, 1)):
        with django_assert_num_queries(queries):
            state_of(row.pk)
