"""A request for jobs that is sent again by its key: answered alike, whatever became of what it named."""

import json
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from content.models import ContentItem
from content.trash import move_to_trash
from generation.models import GenerationJob, Workflow
from generation.workflows.shipped import write_shipped
from genonaut.api.idempotency import digest_of
from tests.factories import ContentItemFactory, GenerationJobFactory
from tests.generation.test_api import STATES
from users.models import User

JOBS = "/api/v1/generation-jobs/"
KEY = {"Idempotency-Key": "a b"}
CHANGES: dict[str, Callable[[ContentItem], object]] = {
    "hidden": lambda work: ContentItem.objects.filter(pk=work.pk).update(is_private=True),
    "in the trash": lambda work: move_to_trash(ContentItem.objects.filter(pk=work.pk)),
    "deleted": lambda work: work.delete(),
}


@pytest.fixture
def workflow(settings: Settings, db: None) -> Workflow:
    """One that is offered."""
    settings.COMFYUI_URLS = ("http://127.0.0.1:8188",)
    write_shipped(Workflow.objects.all())
    return Workflow.objects.get(name="text-to-picture")


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_the_same_body_gives_the_same_jobs_after_its_parent_went(
    api: APIClient, alice: User, bob: User, change: Callable[[ContentItem], object]
) -> None:
    parent = ContentItemFactory(creator=bob)
    api.force_login(alice)
    body = {"prompt": "A harbour", "parent": parent.pk, "count": 2}
    first = api.post(JOBS, body, headers=KEY)
    change(parent)
    again = api.post(JOBS, dict(reversed(body.items())), headers=KEY)
    assert (first.status_code, again.status_code, again.json()["id"]) == (202, 202, first.json()["id"])
    assert again.headers["Location"] == first.headers["Location"]
    other = api.post(JOBS, {**body, "prompt": "A desert"}, headers=KEY)
    assert (other.status_code, GenerationJob.objects.count()) == (400, 2)
    del body["parent"]
    assert api.post(JOBS, {**body, "prompt": "A desert"}, headers=KEY).status_code == 422


def test_the_same_body_gives_the_same_job_after_its_workflow_was_withdrawn(
    api: APIClient, alice: User, bob: User, workflow: Workflow
) -> None:
    api.force_login(alice)
    body = {"prompt": "A harbour", "workflow": workflow.name}
    first = api.post(JOBS, body, headers=KEY)
    Workflow.objects.update(is_active=False)
    again = api.post(JOBS, body, headers=KEY)
    assert (first.status_code, again.status_code, again.json()["id"]) == (202, 202, first.json()["id"])
    assert api.post(JOBS, body).status_code == 400
    api.force_login(bob)
    assert api.post(JOBS, body, headers=KEY).status_code == 400


def test_a_retry_that_is_sent_again_gives_the_same_job_after_its_workflow_was_withdrawn(
    api: APIClient, alice: User, workflow: Workflow
) -> None:
    failed = GenerationJobFactory(user=alice, status="failed", workflow=workflow, **STATES["failed"])
    api.force_login(alice)
    first = api.post(f"{JOBS}{failed.pk}/retry/", {}, headers=KEY)
    Workflow.objects.update(is_active=False)
    again = api.post(f"{JOBS}{failed.pk}/retry/", {}, headers=KEY)
    assert (first.status_code, again.status_code, again.json()["id"]) == (202, 202, first.json()["id"])
    for headers in ({}, {"Idempotency-Key": "another"}):
        assert api.post(f"{JOBS}{failed.pk}/retry/", {}, headers=headers).status_code == 409


def test_a_job_that_was_asked_for_before_digests_were_kept_is_compared_itself(api: APIClient, alice: User) -> None:
    api.force_login(alice)
    first = api.post(JOBS, {"prompt": "A harbour"}, headers=KEY)
    GenerationJob.objects.update(request_digest=None)
    again = api.post(JOBS, {"prompt": "A harbour"}, headers=KEY)
    assert (again.status_code, again.json()["id"]) == (202, first.json()["id"])
    assert api.post(JOBS, {"prompt": "A desert"}, headers=KEY).status_code == 422


def test_another_way_to_write_the_same_request_is_the_same_request(api: APIClient, alice: User) -> None:
    api.force_login(alice)
    first = api.post(JOBS, {"prompt": "A harbour"}, headers=KEY)
    form = urlencode({"prompt": "A harbour"})
    again = api.post(JOBS, form, content_type="application/x-www-form-urlencoded", headers=KEY)
    assert (again.status_code, again.json()["id"]) == (202, first.json()["id"])


def test_a_digest_is_of_what_a_body_says() -> None:
    texts = ('{"a": 1, "b": ["x"]}', '{"b":["x"],"a":1}', '{"a": 1, "b": ["y"]}', '{"a": "1", "b": ["x"]}', '"\\ud800"')
    digests = [digest_of(json.loads(text)) for text in texts]
    assert (digests[0] == digests[1], len(set(digests))) == (True, 4)
