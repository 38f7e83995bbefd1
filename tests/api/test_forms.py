"""Every form of the browsable API is sent as it is shown, with and without script, its required fields filled in."""

import json
import re
from collections.abc import Callable
from itertools import product
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.db.models import Model
from rest_framework.test import APIClient

from content.models import ContentItem, Level
from genonaut.urls import router
from tests.api.endpoints import CONTENT, ENDPOINTS, INTERACTIONS, JOBS, LISTS, RECOMMENDATIONS, USERS, Endpoint
from tests.api.forms import Form, forms_of
from tests.api.test_permissions import CREATE, ROW, body
from tests.factories import ContentItemFactory, GenerationJobFactory, RecommendationFactory, UserFactory
from tests.generation.test_api import STATES
from users.accounts import prefer
from users.models import User

ClientOf = Callable[[User | None], APIClient]
HTML = {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}
# A job is asked for, which takes longer.
ADDED = (201, 202)
NO_SCRIPT, SCRIPT = Form.post, Form.post_by_script


def test_each_list_of_the_router_is_among_these() -> None:
    # The works of an album are a list for each album: tests/albums/test_api.py.
    lists = {prefix for prefix, _, _ in router.registry if "(" not in prefix}
    assert lists == {endpoint.name for endpoint in LISTS}


@pytest.fixture
def checked(client_of: ClientOf) -> ClientOf:
    """Return clients that need a CSRF token, as browsers do."""

    def client(user: User | None) -> APIClient:
        made = client_of(user)
        made.handler.enforce_csrf_checks = True
        return made

    return client


def shown(client: APIClient, url: str) -> list[Form]:
    """Return the forms of a page that write something; OPTIONS only asks."""
    response = client.get(url, headers=HTML)
    return [form for form in forms_of(response.content.decode()) if form.attributes.get("data-method") != "OPTIONS"]


def filled(form: Form, fields: dict[str, Any]) -> Form:
    """Fill in a form's required fields, in a raw one as JSON."""
    if form.is_raw:
        form.values["_content"] = json.dumps({**json.loads(form.values["_content"]), **fields})
        return form
    assert set(fields) <= set(form.values)
    return form.fill(**fields)


@pytest.mark.parametrize("who", ["owner", "staff"])
@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=str)
def test_the_forms_of_a_list_add_a_row(
    checked: ClientOf, alice: User, staff: User, endpoint: Endpoint, who: str
) -> None:
    client = checked(staff if who == "staff" else alice)
    forms = shown(client, endpoint.url)
    assert [form.is_raw for form in forms] == ([False, True] if CREATE[endpoint][who] in ADDED else [])
    for form in forms:
        for send, button in product((NO_SCRIPT, SCRIPT), form.buttons):
            response = send(filled(form, body(endpoint)), client, button)
            assert response.status_code in ADDED, re.sub("<[^>]*>", "", response.content.decode())[-900:]


@pytest.mark.parametrize("is_raw", [False, True])
def test_new_works_of_a_browser_are_as_its_reader_prefers(checked: ClientOf, alice: User, *, is_raw: bool) -> None:
    prefer(alice, private_by_default=True, new_level="explicit")
    client = checked(alice)
    [form] = [form for form in shown(client, CONTENT.url) if form.is_raw == is_raw]
    said = json.loads(form.values["_content"]) if is_raw else form.values
    assert (said["is_private"], said["level"]) == (True if is_raw else "true", "explicit")
    if is_raw:
        form.values["_content"] = json.dumps({"title": "x", "content_type": "image"})
    assert NO_SCRIPT(filled(form, body(CONTENT)), client, form.buttons[0]).status_code == 201
    assert list(ContentItem.objects.values_list("is_private", "level")) == [(True, Level.EXPLICIT)]


# What a browser sends back must be what there was.
DETAILED = {
    CONTENT: {
        "data": "two\nlines\n\nand 'quotes' \"of\" <b>all</b> &amp; kinds",
        "tags": ["sea, land", "fog", "<i>"],
        "metadata": {"seed": 2**64 - 1, "ö": [None, True, "\n"]},
        "prompt": "a\nb",
        "is_private": True,
        "exact_seed": 2**64 - 1,
    }
}


def values(row: Model) -> dict[str, Any]:
    kept = type(row).objects.filter(pk=row.pk).values().get()
    return {name: value for name, value in kept.items() if name not in ("updated_at", "last_login")}


@pytest.mark.parametrize("who", ["owner", "staff"])
@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=str)
def test_the_forms_of_a_row_that_are_sent_as_they_are_change_nothing(
    checked: ClientOf, alice: User, staff: User, endpoint: Endpoint, who: str
) -> None:
    alice.set_password("a long password")
    alice.save()
    row = ROW[endpoint](alice)
    for name, value in DETAILED.get(endpoint, {}).items():
        setattr(row, name, value)
    row.save()
    before = values(row)
    client = checked(staff if who == "staff" else alice)
    *changing, deleting = shown(client, endpoint.detail(row))
    # Deeds of others are not even staff's to change.
    assert [form.is_raw for form in changing] == ([] if endpoint == INTERACTIONS and who == "staff" else [False, True])
    for form in changing:
        for send, button in product((NO_SCRIPT, SCRIPT), form.buttons):
            response = send(form, client, button)
            assert response.status_code == 200, re.sub("<[^>]*>", "", response.content.decode())[-900:]
            assert values(row) == before
    # One's own account is deleted by its password.
    assert ("current_password" in deleting.values) == (row == alice and who == "owner")
    deleting.fill(current_password="a long password")
    # What the first does is undone for the second.
    for send in (NO_SCRIPT, SCRIPT):
        with transaction.atomic():
            assert send(deleting, client, deleting.buttons[0]).status_code == 200
            left = type(row).objects.filter(pk=row.pk)
            # Owners move works to the trash; staff delete them.
            is_trashed = who == "owner" and isinstance(row, ContentItem)
            assert left.filter(trashed_at__isnull=False).exists() if is_trashed else not left.exists()
            transaction.set_rollback(True)


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=str)
def test_others_are_offered_no_form(checked: ClientOf, alice: User, bob: User, endpoint: Endpoint) -> None:
    row = ROW[endpoint](alice)
    assert shown(checked(bob), endpoint.detail(row)) == []
    assert shown(checked(None), endpoint.detail(row)) == []


@pytest.mark.parametrize("status", STATES)
def test_a_job_offers_what_its_state_allows(checked: ClientOf, alice: User, status: str) -> None:
    job = GenerationJobFactory(user=alice, status=status, **STATES[status])
    client = checked(alice)
    forms = shown(client, JOBS.detail(job))
    methods = {form.attributes["data-method"] for form in forms}
    finished = {"DELETE"}
    assert methods == {"pending": {"PUT", "DELETE"}, "running": {"PUT"}}.get(status, finished)
    if "PUT" in methods:
        assert forms[0].fill(status="cancelled").post(client, ("_method", "PUT")).status_code == 200
        job.refresh_from_db()
        assert job.status == "cancelled"


def test_jobs_are_cancelled_by_the_form_that_names_them(checked: ClientOf, alice: User) -> None:
    batch = uuid4()
    ways = {"ids": lambda job: f"{job.pk}\r\n", "batch": lambda _: batch, "waiting": lambda _: "true"}
    client, page = checked(alice), f"{JOBS.url}cancel/"
    for name, value in ways.items():
        job = GenerationJobFactory(user=alice, batch=batch)
        form = shown(client, page)[0].fill(**{name: value(job)})
        assert form.post(client, form.buttons[0]).status_code == 200
        job.refresh_from_db()
        assert job.status == "cancelled"
    form = shown(client, page)[0]
    assert form.post(client, form.buttons[0]).status_code == 400


def test_fields_of_a_form_change_what_they_say(checked: ClientOf, alice: User) -> None:
    item = ContentItemFactory(creator=alice, tags=["a"], metadata={"a": 1}, is_private=True)
    client = checked(alice)
    form = shown(client, CONTENT.detail(item))[0]
    form.fill(tags="a, b\r\n\r\n  c \r\n", metadata='{"b": 2}', is_private="false", data="x\r\ny", seed=str(2**63))
    assert form.post(client, form.buttons[0]).status_code == 200
    item.refresh_from_db()
    assert (item.tags, item.metadata, item.is_private, item.data) == (["a, b", "c"], {"b": 2}, False, "x\ny")
    assert item.exact_seed == 2**63
    for nothing in ("", "null", " "):
        form.fill(tags="", metadata=nothing)
        assert form.post(client, form.buttons[0]).status_code == 200
        item.refresh_from_db()
        assert (item.tags, item.metadata) == ([], {"b": 2})


@pytest.mark.parametrize("method", ["post", "patch", "put"])
def test_tags_of_a_form_may_be_several_fields(api: APIClient, alice: User, method: str) -> None:
    item = ContentItemFactory(creator=alice)
    api.force_login(alice)
    url = CONTENT.url if method == "post" else CONTENT.detail(item)
    form = {"title": "A", "content_type": "text", "tags": ["a", "b\nc", ""]}
    assert getattr(api, method)(url, form, format="multipart").json()["tags"] == ["a", "b", "c"]


@pytest.mark.parametrize("method", ["patch", "put"])
def test_what_a_form_leaves_out_stays_as_it_is(api: APIClient, alice: User, method: str) -> None:
    item = ContentItemFactory(creator=alice, tags=["a"], metadata={"a": 1}, is_private=True, data="d", prompt="p")
    before = values(item)
    api.force_login(alice)
    form = {"title": item.title, "content_type": item.content_type}
    assert getattr(api, method)(CONTENT.detail(item), form, format="multipart").status_code == 200
    assert values(item) == before


def test_a_form_that_was_refused_keeps_what_was_filled_in(checked: ClientOf, alice: User) -> None:
    item = ContentItemFactory(creator=alice, title="Old")
    client = checked(alice)
    for url in (CONTENT.url, CONTENT.detail(item)):
        form = shown(client, url)[0].fill(title="Mine", tags="a\r\nb", metadata="{no", prompt="two\r\nlines", seed="-1")
        response = form.post(client, form.buttons[0])
        page = response.content.decode()
        again = forms_of(page)[1]
        assert response.status_code == 400
        kept = {name: again.values[name] for name in ("title", "tags", "metadata", "prompt", "seed")}
        assert kept == {name: form.values[name] for name in kept}
        assert "Value must be valid JSON" in page
        assert re.search(r'<details class="api-form" open>\s*<summary>(Add|Change)', page)
    assert ContentItem.objects.get().title == "Old"


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=str)
def test_forms_stand_before_the_answer_and_each_field_has_a_label(
    checked: ClientOf, alice: User, staff: User, endpoint: Endpoint
) -> None:
    row = ROW[endpoint](alice)
    for url in (endpoint.url, endpoint.detail(row)):
        page = checked(staff).get(url, headers=HTML).content.decode()
        assert page.index('class="response-info"') > page.rindex('class="api-form"')
        ids = [name for form in forms_of(page) for name in form.ids]
        labelled = [name for form in forms_of(page) for name in form.labelled]
        assert (ids, len(set(ids))) == (labelled, len(ids))
        assert "Lists are not currently supported" not in page


@pytest.mark.parametrize("data", [{"_method": "DELETE"}, {"_method": "PATCH", "title": "x"}, {"_content": "{}"}])
def test_a_form_means_another_method_for_browsers_alone_and_with_a_token(
    checked: ClientOf, alice: User, data: dict[str, str]
) -> None:
    item = ContentItemFactory(creator=alice, title="Old")
    client = checked(alice)
    refused = client.post(CONTENT.detail(item), data, format="multipart", headers=HTML)
    assert refused.status_code == 403
    assert client.post(CONTENT.detail(item), data, format="multipart").status_code == 403
    assert ContentItem.objects.get().title == "Old"


@pytest.mark.parametrize("method", ["", "put", "TRACE", "GET", "HEAD", "\0", "X"])
def test_no_other_method_is_meant(checked: ClientOf, alice: User, method: str) -> None:
    item = ContentItemFactory(creator=alice)
    client = checked(alice)
    form = shown(client, CONTENT.detail(item))[0]
    assert form.post(client, ("_method", method)).status_code == 405


@pytest.mark.parametrize(
    "raw",
    [
        {"_content": "{", "_content_type": "application/json"},
        {"_content": "x", "_content_type": "text/plain"},
        {"_content": "{}", "_content_type": ""},
        {"_content": "a=1", "_content_type": "multipart/form-data"},
        {"_content": "\0", "_content_type": "\0"},
        {"_content": "{}"},
    ],
)
def test_raw_data_that_is_none_is_refused(checked: ClientOf, alice: User, raw: dict[str, str]) -> None:
    client = checked(alice)
    form = shown(client, CONTENT.url)[1]
    form.values = {**{name: form.values[name] for name in ("csrfmiddlewaretoken",)}, **raw}
    assert form.post(client, ("_method", "POST")).status_code in (400, 415)


def test_an_account_keeps_its_password_unless_it_is_given_another(checked: ClientOf, alice: User) -> None:
    before = alice.password
    client = checked(alice)
    form = shown(client, USERS.detail(alice))[0].fill(name="Alice again")
    assert form.post(client, form.buttons[0]).status_code == 200
    alice.refresh_from_db()
    assert (alice.password, alice.name) == (before, "Alice again")


def test_a_reader_marks_a_recommendation_served(checked: ClientOf, alice: User) -> None:
    row = RecommendationFactory(user=alice)
    client = checked(alice)
    form = shown(client, RECOMMENDATIONS.detail(row))[0].fill(is_served="true")
    assert form.post(client, form.buttons[0]).status_code == 200
    row.refresh_from_db()
    assert row.is_served


@pytest.mark.parametrize("kind", ["comment", "rate", "like"])
def test_an_interaction_of_each_kind_is_added_by_the_form(checked: ClientOf, alice: User, kind: str) -> None:
    client = checked(alice)
    said = {"comment": {"comment": "two\r\nlines"}, "rate": {"rating": 5}}.get(kind, {})
    form = shown(client, INTERACTIONS.url)[0].fill(content=ContentItemFactory().pk, kind=kind, **said)
    assert form.post(client, form.buttons[0]).status_code == 201
    assert UserFactory._meta.model.objects.get(username="alice").interactions.get().kind == kind
