"""Addresses, methods and media types that are not served: always a problem, never a 500 (traps 6 and 23)."""

import json
from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from tests.api.endpoints import ENDPOINTS, LISTS, PRIVATE, Endpoint, each_list
from tests.factories import ContentItemFactory
from users.models import User

PROBLEM = "application/problem+json"
HUGE = ["999999999", "9223372036854775807", "9223372036854775808", "9" * 30, "9" * 1_000, "9" * 5_000, "0", "000"]


@pytest.fixture(params=ENDPOINTS, ids=str)
def endpoint(request: pytest.FixtureRequest) -> Endpoint:
    """Each endpoint in turn."""
    return request.param


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_a_row_that_is_not_there_is_not_found(api: APIClient, staff: User, endpoint: Endpoint, method: str) -> None:
    api.force_login(staff)
    answers = [getattr(api, method)(endpoint.detail(number), {}) for number in HUGE]
    assert {(answer.status_code, answer.headers["Content-Type"]) for answer in answers} == {(404, PROBLEM)}


@each_list
def test_an_address_that_is_no_id_is_not_found(api: APIClient, staff: User, endpoint: Endpoint) -> None:
    """Trap 23."""
    api.force_login(staff)
    names = ["abc", "1.5", "-1", "1abc", "%00", "1%00", "٣", "'", "1 OR 1=1", "..", "true"]
    assert {name: api.get(f"{endpoint.url}{name}/").status_code for name in names} == dict.fromkeys(names, 404)


@pytest.mark.parametrize("path", ["", "nothing/", "content", "content/1", "v2/content/", "content/me/"])
def test_an_unknown_address_is_no_error_of_ours(api: APIClient, db: None, path: str) -> None:
    known = {"": 200, "content": 301, "content/1": 301}
    assert api.get(f"/api/v1/{path}").status_code == known.get(path, 404)


@pytest.mark.parametrize("path", ["schema", "docs", "auth/token"])
def test_the_literal_addresses_are_not_taken_for_rows(api: APIClient, db: None, path: str) -> None:
    """Trap 23. Without a token there is none to tell about."""
    assert api.get(f"/api/v1/{path}/").status_code == (401 if path == "auth/token" else 200)


def test_me_is_oneself_and_no_id(client_of: Callable[[User | None], APIClient], alice: User) -> None:
    """Trap 23."""
    answers = [client_of(viewer).get("/api/v1/users/me/") for viewer in (alice, None)]
    assert [answer.status_code for answer in answers] == [200, 401]
    assert answers[0].json()["id"] == alice.pk


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_a_list_is_not_replaced_changed_or_deleted(
    api: APIClient, staff: User, endpoint: Endpoint, method: str
) -> None:
    api.force_login(staff)
    response = getattr(api, method)(endpoint.url)
    assert (response.status_code, response.headers["Content-Type"]) == (405, PROBLEM)
    assert response.headers["Allow"] == "GET, POST, HEAD, OPTIONS"


@each_list
def test_a_row_knows_no_other_methods(api: APIClient, staff: User, endpoint: Endpoint) -> None:
    row = endpoint.make(staff, 1)[0]
    api.force_login(staff)
    for method in ("POST", "TRACE", "BREW", "PROPFIND"):
        response = api.generic(method, endpoint.detail(row))
        assert (response.status_code, response.headers["Content-Type"]) == (405, PROBLEM), method


@each_list
def test_another_media_type_than_ours_is_not_acceptable(api: APIClient, staff: User, endpoint: Endpoint) -> None:
    api.force_login(staff)
    for accept in ("image/png", "application/xml", "text/plain", "x", ""):
        response = api.get(endpoint.url, headers={"accept": accept})
        assert (response.status_code, response.headers["Content-Type"]) == (406, PROBLEM), accept


@pytest.mark.parametrize("accept", ["*/*", "application/*", "application/json", "image/png, */*;q=0.1"])
def test_json_is_what_most_get(api: APIClient, db: None, accept: str) -> None:
    response = api.get("/api/v1/content/", headers={"accept": accept})
    assert response.headers.get("Content-Type") == ("application/json" if response.status_code == 200 else PROBLEM)
    assert response.status_code == (406 if accept in (",", ";q=x") else 200)


def test_options_tell_of_an_endpoint_without_listing_rows(api: APIClient, staff: User, endpoint: Endpoint) -> None:
    """Trap 21."""
    ContentItemFactory(title="Do not list me")
    api.force_login(staff)
    response = api.options(endpoint.url)
    assert (response.status_code, b"Do not list me" in response.content) == (200, False)
    fields = response.json()["actions"]["POST"]
    assert [
        name for name, field in fields.items() if name in ("user", "content", "creator") and "choices" in field
    ] == []


def test_every_problem_says_its_status_and_title(api: APIClient, alice: User) -> None:
    answers = [
        api.get("/api/v1/content/?page=0"),
        api.get("/api/v1/interactions/"),
        api.get("/api/v1/content/1/"),
        api.get("/api/v1/content/?page=9"),
        api.delete("/api/v1/content/"),
        api.get("/api/v1/content/", headers={"accept": "x"}),
        api.generic("POST", "/api/v1/users/", "", content_type="x"),
        api.generic("POST", "/api/v1/users/", "{", content_type="application/json"),
    ]
    said = [(answer.json()["status"], answer.json()["title"], answer.json()["type"]) for answer in answers]
    titles = {400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 405: "Method Not Allowed"}
    titles |= {406: "Not Acceptable", 415: "Unsupported Media Type"}
    assert said == [(answer.status_code, titles[answer.status_code], "about:blank") for answer in answers]
    assert [bool(answer.json()["detail"]) for answer in answers] == [True] * len(answers)


@pytest.mark.parametrize("sort", ["id) --", "created_at; DELETE FROM users_user", "(SELECT password FROM users_user)"])
@pytest.mark.parametrize("parameter", ["sort", "order"])
def test_nothing_reaches_the_database_through_sort_or_order(
    api: APIClient, alice: User, parameter: str, sort: str
) -> None:
    """Trap 23."""
    for endpoint in (one for one in LISTS if one not in PRIVATE):
        assert api.get(endpoint.url, {parameter: sort}).status_code == 400
    assert User.objects.count() == 1


def test_a_host_that_is_not_ours_is_refused(api: APIClient, db: None) -> None:
    response = api.get("/api/v1/content/", headers={"host": "evil.example"})
    assert response.status_code == 400


@pytest.mark.parametrize("query", ["format=json", "format=api"])
def test_the_renderer_may_be_named_in_the_address(api: APIClient, db: None, query: str) -> None:
    kinds = {"format=json": "application/json", "format=api": "text/html; charset=utf-8"}
    response = api.get(f"/api/v1/content/?{query}")
    assert (response.status_code, response.headers["Content-Type"]) == (200, kinds[query])


def test_an_unknown_renderer_is_not_found(api: APIClient, db: None) -> None:
    response = api.get("/api/v1/content/?format=xml")
    assert (response.status_code, response.headers["Content-Type"]) == (404, PROBLEM)


def test_errors_are_lists_of_texts_by_name(api: APIClient, alice: User) -> None:
    api.force_login(alice)
    sent = {"title": "", "content_type": "text", "tags": ["a", "b" * 101, "", "c"]}
    errors = api.post("/api/v1/content/", sent).json()["errors"]
    assert list(errors) == ["title", "tags.1", "tags.2"]
    assert {type(text) for texts in errors.values() for text in texts} == {str}


@pytest.mark.parametrize("accept", ["application/vnd.oai.openapi", "application/yaml", "image/png"])
def test_an_error_is_json_whatever_its_view_renders(api: APIClient, db: None, accept: str) -> None:
    response = api.post("/api/v1/schema/", headers={"accept": accept})
    assert (response.status_code, response.headers["Content-Type"]) == (406 if "png" in accept else 405, PROBLEM)
    assert json.loads(response.content)["status"] == response.status_code
