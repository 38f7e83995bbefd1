"""Bodies: whatever is sent is stored as meant or refused as a problem; never an error of ours."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test.client import BOUNDARY, encode_multipart
from django.utils.http import urlencode
from rest_framework.test import APIClient

from content.models import ContentItem
from generation.models import GenerationJob
from interactions.models import Interaction
from tests.api.endpoints import ALBUMS, AUTO, CONTENT, ENDPOINTS, INTERACTIONS, JOBS, RECOMMENDATIONS, USERS, Endpoint
from tests.factories import (
    AlbumFactory,
    ContentItemFactory,
    GenerationJobFactory,
    InteractionFactory,
    RecommendationFactory,
    UserFactory,
)
from users.models import User

JSON = "application/json"
PROBLEM = "application/problem+json"
DEEP = "[" * 100_000 + "]" * 100_000
NOT_OBJECTS = ["[]", "1", '"text"', "null", "true", "[{}]", "[[]]"]
NOT_JSON = {
    "empty": b" ",
    "half": b'{"title": "a',
    "not UTF-8": b'{"title": "\xff\xfe"}',
    "NaN": b'{"metadata": {"a": NaN}}',
    "Infinity": b'{"metadata": {"a": -Infinity}}',
    "too deep": DEEP.encode(),
    "too deep inside": b'{"metadata": {"a": ' + DEEP.encode() + b"}}",
    "a number of 5000 digits": b'{"metadata": {"a": ' + b"9" * 5_000 + b"}}",
    "a number too large for a float": b'{"score": 1e400, "content": 1e400}',
    "an integer too large for a float": b'{"score": ' + b"9" * 400 + b"}",
    "half a surrogate pair": b'{"kind": "\\ud800", "content_type": ["\\udfff"]}',
    "half a surrogate pair in a name": b'{"\\ud800": 1}',
    "101 levels deep": b'{"metadata": ' + b"[" * 101 + b"]" * 101 + b"}",
    "two values": b"{}{}",
    "a name twice": b'{"title": "a", "title": "b"}',
    "a name twice inside": b'{"metadata": {"b": [{"a": 1, "a": 1}]}}',
    "a comma too many": b'{"title": "a",}',
    "UTF-16": '{"title": "a"}'.encode("utf-16"),
    "NUL": b"\0",
}


@pytest.fixture(params=ENDPOINTS, ids=str)
def endpoint(request: pytest.FixtureRequest) -> Endpoint:
    """Each endpoint in turn."""
    return request.param


@pytest.fixture
def stella(api: APIClient, staff: User) -> APIClient:
    """A client who may create anything."""
    api.force_login(staff)
    return api


def send(api: APIClient, url: str, content: str | bytes, content_type: str = JSON) -> Any:
    """Return the answer to a POST of raw content."""
    return api.generic("POST", url, content, content_type=content_type)


def is_problem(response: Any, status: int = 400) -> bool:
    return (response.status_code, response.headers["Content-Type"]) == (status, PROBLEM)


def test_a_body_that_is_no_json_is_a_problem(stella: APIClient, endpoint: Endpoint) -> None:
    taken = [name for name, content in NOT_JSON.items() if not is_problem(send(stella, endpoint.url, content))]
    assert taken == []


def test_a_body_that_is_no_object_is_a_problem(stella: APIClient, endpoint: Endpoint) -> None:
    taken = [content for content in NOT_OBJECTS if not is_problem(send(stella, endpoint.url, content))]
    assert taken == []


def test_an_empty_body_is_a_problem_that_names_what_is_missing(stella: APIClient, endpoint: Endpoint) -> None:
    missing = {
        CONTENT: ["title", "content_type"],
        AUTO: ["title", "content_type"],
        USERS: ["username", "password"],
        RECOMMENDATIONS: ["user", "content", "score", "algorithm"],
        INTERACTIONS: ["content", "kind"],
        JOBS: ["prompt"],
        ALBUMS: ["title"],
    }
    answers = [stella.post(endpoint.url), send(stella, endpoint.url, "{}")]
    assert [is_problem(answer) for answer in answers] == [True, True]
    assert [sorted(answer.json()["errors"]) for answer in answers] == [sorted(missing[endpoint])] * 2


def test_an_unknown_field_is_a_problem_that_names_it(stella: APIClient, endpoint: Endpoint) -> None:
    response = stella.post(endpoint.url, {"is_privat": True, "": 1, "\0": 2, "__class__": 3})
    assert is_problem(response)
    assert response.json()["errors"] == {name: ["Unknown field."] for name in ("is_privat", "", "\0", "__class__")}


@pytest.mark.parametrize("media_type", ["multipart/form-data", "application/x-www-form-urlencoded"])
def test_a_field_that_a_form_gives_twice_is_a_problem_of_that_field(stella: APIClient, media_type: str) -> None:
    form = [("title", "A"), ("title", "B"), ("content_type", "text"), ("tags", "a"), ("tags", "b")]
    content = urlencode(form)
    if "multipart" in media_type:
        content = encode_multipart(BOUNDARY, {"title": ["A", "B"], "content_type": "text", "tags": ["a", "b"]})
    response = send(stella, "/api/v1/content/", content, f"{media_type}; boundary={BOUNDARY}")
    assert (is_problem(response), response.json()["errors"]) == (True, {"title": ["Given more than once."]})


@pytest.mark.parametrize("field", ["csrf_picture", "_methodology", "_content"])
def test_a_form_s_own_fields_are_known_by_their_whole_names(stella: APIClient, field: str) -> None:
    form = {"title": "A", "content_type": "text", "csrfmiddlewaretoken": "a", "_method": "POST"}
    response = send(stella, "/api/v1/content/", urlencode({**form, field: "b"}), "application/x-www-form-urlencoded")
    assert (is_problem(response), response.json()["errors"]) == (True, {field: ["Unknown field."]})
    assert is_problem(stella.post("/api/v1/content/", {**form}))
    assert send(stella, "/api/v1/content/", urlencode(form), "application/x-www-form-urlencoded").status_code == 201


def test_an_unknown_field_beside_a_password_is_a_problem_that_names_it(api: APIClient, alice: User) -> None:
    response = api.post("/api/v1/auth/token/", {"username": "alice", "password": "x", "scope": "all"})
    assert (is_problem(response), response.json()["errors"]) == (True, {"scope": ["Unknown field."]})


def test_another_media_type_is_not_supported(stella: APIClient, endpoint: Endpoint) -> None:
    for media_type in ("text/plain", "application/xml", "application/problem+json", "x"):
        assert is_problem(send(stella, endpoint.url, "{}", media_type), 415), media_type


@pytest.mark.parametrize("content", ["", "--x", "--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--", "\0"])
def test_a_broken_form_is_a_problem(stella: APIClient, endpoint: Endpoint, content: str) -> None:
    assert is_problem(send(stella, endpoint.url, content, "multipart/form-data; boundary=x"))
    assert is_problem(send(stella, endpoint.url, content, "multipart/form-data"))


def test_a_form_of_too_many_fields_is_a_problem(stella: APIClient, endpoint: Endpoint) -> None:
    content = "&".join(f"a{number}=1" for number in range(1_500))
    assert is_problem(send(stella, endpoint.url, content, "application/x-www-form-urlencoded"))


VALID = {
    CONTENT: {"title": "A", "content_type": "image"},
    AUTO: {"title": "A", "content_type": "image"},
    USERS: {"username": "newcomer", "password": "correct horse battery"},
    RECOMMENDATIONS: {"score": 0.5, "algorithm": "als-1"},
    INTERACTIONS: {"kind": "view"},
    JOBS: {"job_type": "image", "prompt": "A lighthouse"},
    ALBUMS: {"title": "A"},
}
# As JSON text, since Python's own would refuse to write some of it.
NO_TEXT = ['"a\\u0000b"', "[]", "{}", "true", "null"]
NO_NUMBER = ['"abc"', "[]", "{}", "true", "null", '"NaN"', '"\\u0000"', "-1", "9" * 40, '""']
NO_REFERENCE = [*NO_NUMBER, "0", "1.5", "999999999", "9223372036854775808", "[1]", '"1; DROP TABLE"', '{"id": 1}']
NO_CHOICE = ['"nothing"', "[]", "{}", "null", '""', "1", '"\\u0000"', "true", '["image"]']
NO_FLAG = ['"maybe"', "null", "[]", "{}", "2", '"\\u0000"']
NO_OBJECT = ["[]", "1", '"text"', "null", "true", '{"a": "\\u0000"}', '{"a\\u0000": 1}']
NO_OBJECT += ['{"a": "' + "x" * 100_000 + '"}']
NO_TAGS = [
    '"sea"',
    "null",
    "[null]",
    "[[]]",
    '[""]',
    '["a\\u0000"]',
    '{"0": "a"}',
    '["' + "a" * 101 + '"]',
]
NO_TAGS += [json.dumps([str(number) for number in range(101)]), "[{}]", "[true]"]
ITEM = {
    "title": [*NO_TEXT, '""', '"  "', '"' + "a" * 301 + '"'],
    "content_type": NO_CHOICE,
    "prompt": [*NO_TEXT, '"' + "a" * 10_001 + '"'],
    "data": [*NO_TEXT, '"' + "a" * 1_000_001 + '"'],
    "metadata": NO_OBJECT,
    "tags": NO_TAGS,
    "quality_score": [value for value in NO_NUMBER if value not in ("null", '""', "true")] + ["1.01", "-0.01"],
    "is_private": NO_FLAG,
    "seed": [*NO_NUMBER, "18446744073709551616", "-1", "1e30", "1.5"],
}
WRONG = {
    CONTENT: ITEM,
    AUTO: ITEM,
    USERS: {
        "username": [*NO_TEXT, '""', '"a b"', '"12345"', '"."', '".."', '"' + "a" * 151 + '"', '"a/b"'],
        "name": [*NO_TEXT, '"' + "a" * 201 + '"'],
        "email": [*NO_TEXT, '"nobody"', '"a@"', '"' + "a" * 250 + '@example.org"'],
        "password": [*NO_TEXT, '""', '"short"', '"12345678901"', '"password"', '"' + "a" * 129 + '"', '"newcomer"'],
        "preferences": NO_OBJECT,
        "is_active": NO_FLAG,
    },
    RECOMMENDATIONS: {
        "user": NO_REFERENCE,
        "content": NO_REFERENCE,
        "score": [value for value in NO_NUMBER if value != "true"] + ["1.01", "-0.01"],
        "algorithm": [*NO_TEXT, '""', '"' + "a" * 51 + '"'],
        "is_served": NO_FLAG,
    },
    INTERACTIONS: {
        "content": NO_REFERENCE,
        "kind": NO_CHOICE,
        "rating": ["3", "0", "6", "1.5", '"x"', "[]"],
        "comment": [*NO_TEXT, '"not with a view"'],
        "duration_seconds": ["-1", "1e10", '"x"', '"NaN"', "[]", "{}"],
        "metadata": NO_OBJECT,
    },
    JOBS: {
        "job_type": NO_CHOICE,
        "prompt": [*NO_TEXT, '""', '" "', '"' + "a" * 10_001 + '"'],
        "parameters": [*NO_OBJECT, '{"width": 1}', '{"depth": 1}', '{"seed": -1}', '{"image": {"item": 999999}}'],
        "negative_prompt": NO_TEXT,
        "workflow": [*NO_TEXT, '""', '"nothing"', '"a\\u0000b"'],
        "parent": ["999999", '"x"', "[]", "1.5"],
        "count": ["0", "-1", "65", '"1"', "1.5", "null"],
        "seeds": ["[-1]", "[1.5]", '["x"]', "[18446744073709551616]", "{}", "null"],
    },
    ALBUMS: {
        "title": [*NO_TEXT, '""', '"  "', '"' + "a" * 201 + '"'],
        "notes": [*NO_TEXT, '"' + "a" * 10_001 + '"'],
        "query": [*NO_TEXT, '"order=asc"', '"page=2"', '"nothing=1"', '"content_type=x"', '"q=' + "a" * 2_001 + '"'],
        "cover": [value for value in NO_REFERENCE if value not in ("null", '""')],
        "is_public": NO_FLAG,
    },
}
FIELDS = [(endpoint, field) for endpoint, fields in WRONG.items() for field in fields]


@pytest.mark.parametrize(("endpoint", "field"), FIELDS, ids=str)
def test_a_value_that_cannot_be_stored_is_a_problem_of_its_field(
    stella: APIClient, staff: User, endpoint: Endpoint, field: str
) -> None:
    valid = dict(VALID[endpoint])
    if endpoint in (RECOMMENDATIONS, INTERACTIONS):
        valid["content"] = ContentItemFactory().pk
    if endpoint == RECOMMENDATIONS:
        valid["user"] = staff.pk
    valid.pop(field, None)
    said = {}
    for value in WRONG[endpoint][field]:
        others = json.dumps(valid)[1:-1]
        response = send(stella, endpoint.url, f'{{"{field}": {value}{", " if others else ""}{others}}}')
        errors = response.json().get("errors") if is_problem(response) else response.status_code
        said[value[:60]] = list({name.partition(".")[0] for name in errors}) if isinstance(errors, dict) else errors
    assert said == {value[:60]: [field] for value in WRONG[endpoint][field]}


def test_the_valid_bodies_above_are_valid(stella: APIClient, staff: User, endpoint: Endpoint) -> None:
    references = {"content": ContentItemFactory().pk} if endpoint in (RECOMMENDATIONS, INTERACTIONS) else {}
    references |= {"user": staff.pk} if endpoint == RECOMMENDATIONS else {}
    answered = 202 if endpoint == JOBS else 201
    assert stella.post(endpoint.url, VALID[endpoint] | references).status_code == answered


def test_a_fraction_is_no_id_of_the_row_below_it(stella: APIClient) -> None:
    content = ContentItemFactory().pk
    response = stella.post("/api/v1/interactions/", {"content": content + 0.5, "kind": "view"})
    assert (is_problem(response), list(response.json()["errors"])) == (True, ["content"])
    assert stella.post("/api/v1/interactions/", {"content": float(content), "kind": "view"}).status_code == 201


MISTYPED = {
    CONTENT: {"title": "1", "prompt": "true", "is_private": '"true"', "tags": '["a", 1]', "quality_score": '"1"'},
    AUTO: {"data": "1.5", "is_private": "1", "quality_score": "true", "seed": "true"},
    USERS: {"username": "1e3", "name": "12", "password": "12345678901234", "is_active": '"false"'},
    RECOMMENDATIONS: {"user": '"1"', "content": "true", "score": '"0.5"', "algorithm": "1", "is_served": "0"},
    INTERACTIONS: {"content": '"1"', "rating": '"3"', "comment": "1", "duration_seconds": '"1"'},
    JOBS: {"prompt": "1"},
    ALBUMS: {"title": "1", "query": "true", "cover": '"1"', "is_public": "1"},
}


def test_a_value_of_another_json_type_is_a_problem_of_its_field(stella: APIClient, endpoint: Endpoint) -> None:
    members = ", ".join(f'"{name}": {text}' for name, text in MISTYPED[endpoint].items())
    response = send(stella, endpoint.url, f"{{{members}}}")
    names = {name.partition(".")[0] for name in response.json()["errors"]}
    assert (is_problem(response), names) == (True, set(MISTYPED[endpoint]))


@pytest.mark.parametrize("text", ['"\\\\u0000"', '"\\u20ac \\ud83c\\udf0a"', '"\\t\\n"', '"\\ufffe"', '"<script>"'])
def test_odd_text_that_can_be_stored_comes_back_as_it_was(stella: APIClient, text: str) -> None:
    content = f'{{"title": "A", "content_type": "text", "metadata": {{"a": {text}}}, "data": {text}, "tags": [{text}]}}'
    if text == '"\\t\\n"':
        content = f'{{"title": "A", "content_type": "text", "metadata": {{"a": {text}}}}}'
    response = send(stella, "/api/v1/content/", content)
    assert (response.status_code, response.json()["metadata"]) == (201, {"a": json.loads(text)})


@pytest.mark.parametrize(
    "text", ['{"a": NaN}', '{"a": 1e400}', '{"a": ' + DEEP + "}", "{", "[]", '{"a": "\\ud800"}'], ids=len
)
@pytest.mark.parametrize("media_type", ["multipart/form-data", "application/x-www-form-urlencoded"])
def test_json_inside_a_form_is_held_to_the_same(stella: APIClient, text: str, media_type: str) -> None:
    form = {"title": "A", "content_type": "text", "metadata": text}
    content = encode_multipart(BOUNDARY, form) if "multipart" in media_type else urlencode(form)
    response = send(stella, "/api/v1/content/", content, f"{media_type}; boundary={BOUNDARY}")
    assert (is_problem(response), list(response.json()["errors"])) == (True, ["metadata"])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("number", ["nan", "inf", "-inf", "1e400", "9" * 400])
def test_numbers_inside_a_form_are_finite(stella: APIClient, number: str) -> None:
    form = {"kind": "view", "content": ContentItemFactory().pk, "duration_seconds": number}
    assert is_problem(stella.post("/api/v1/interactions/", form, format="multipart"))


OWN: dict[Endpoint, tuple[Callable[[User], Any], dict[str, Any]]] = {
    CONTENT: (
        lambda user: ContentItemFactory(creator=user, source_id="x-1"),
        {
            "id": 7,
            "creator": 7,
            "source": "auto",
            "source_id": "x-2",
            "quality_score": 1,
            "created_at": "2001-01-01T00:00:00Z",
        },
    ),
    RECOMMENDATIONS: (
        lambda user: RecommendationFactory(user=user),
        {"user": 7, "content": 7, "score": 1, "algorithm": "mine", "created_at": "2001-01-01T00:00:00Z"},
    ),
    INTERACTIONS: (
        lambda user: InteractionFactory(user=user),
        {"user": 7, "content": 7, "kind": "like", "created_at": "2001-01-01T00:00:00Z"},
    ),
    JOBS: (
        lambda user: GenerationJobFactory(user=user),
        {"user": 7, "job_type": "text", "prompt": "other", "result": 7, "error": "x", "started_at": "2001-01-01"},
    ),
    ALBUMS: (
        lambda user: AlbumFactory(owner=user),
        {"id": 7, "owner": 7, "created_at": "2001-01-01T00:00:00Z", "updated_at": "2001-01-01T00:00:00Z"},
    ),
    USERS: (lambda user: user, {"id": 7, "is_active": False, "created_at": "2001-01-01T00:00:00Z"}),
}


@pytest.mark.parametrize("endpoint", OWN, ids=str)
def test_what_is_not_an_owner_s_to_change_stays_as_it_is(api: APIClient, alice: User, endpoint: Endpoint) -> None:
    make, changes = OWN[endpoint]
    row = make(alice)
    api.force_login(alice)
    before = type(row).objects.filter(pk=row.pk).values().get()
    response = api.patch(endpoint.detail(row), changes)
    after = type(row).objects.filter(pk=row.pk).values().get()
    assert (response.status_code, {**after, "updated_at": None}) == (200, {**before, "updated_at": None})


@pytest.mark.parametrize("field", ["is_staff", "is_superuser", "groups", "user_permissions", "last_login", "pk"])
def test_no_account_makes_itself_more_than_it_is(api: APIClient, alice: User, field: str) -> None:
    api.force_login(alice)
    response = api.patch(USERS.detail(alice), {field: True})
    assert (is_problem(response), response.json()["errors"]) == (True, {field: ["Unknown field."]})


@pytest.mark.parametrize("score", [-1, 1.01, "high", []])
def test_a_score_that_no_item_can_have_is_refused_of_those_too_who_write_none(
    api: APIClient, alice: User, score: object
) -> None:
    api.force_login(alice)
    item = ContentItemFactory(creator=alice, quality_score=0.5)
    answers = [
        api.post("/api/v1/content/", {**VALID[CONTENT], "quality_score": score}),
        api.patch(f"/api/v1/content/{item.pk}/", {"title": "New", "quality_score": score}),
    ]
    assert [(answer.status_code, list(answer.json()["errors"])) for answer in answers] == [(400, ["quality_score"])] * 2
    assert list(ContentItem.objects.values_list("title", "quality_score")) == [(item.title, 0.5)]
    for score_as_read in (0.5, None):
        answer = api.patch(f"/api/v1/content/{item.pk}/", {"title": "New", "quality_score": score_as_read})
        assert (answer.status_code, answer.json()["quality_score"]) == (200, 0.5)


def test_what_a_user_makes_is_theirs_whatever_the_body_says(api: APIClient, alice: User, bob: User) -> None:
    api.force_login(alice)
    item = ContentItemFactory()
    theirs = {"creator": bob.pk, "source": "auto", "quality_score": 1, "source_id": "x", "created_at": "2001-01-01"}
    answers = [
        api.post("/api/v1/content/", {**VALID[CONTENT], **theirs}),
        api.post("/api/v1/interactions/", {"kind": "view", "content": item.pk, "user": bob.pk}),
        api.post("/api/v1/generation-jobs/", {**VALID[JOBS], "user": bob.pk, "status": "completed", "result": item.pk}),
    ]
    assert [answer.status_code for answer in answers] == [201, 201, 202]
    made = ContentItem.objects.exclude(pk=item.pk).get()
    assert (made.creator, made.source, made.quality_score, made.source_id) == (alice, "user", None, None)
    assert Interaction.objects.get().user == alice
    job = GenerationJob.objects.get()
    assert (job.user, job.status, job.result) == (alice, "pending", None)


def test_what_was_read_may_be_sent_back(stella: APIClient, staff: User, endpoint: Endpoint) -> None:
    row = UserFactory() if endpoint == USERS else endpoint.make(staff, 1)[0]
    url = endpoint.detail(row)
    read = stella.get(url).json()
    response = stella.put(url, read)
    same = {name: value for name, value in response.json().items() if name != "updated_at"}
    assert (response.status_code, same) == (200, {name: read[name] for name in read if name != "updated_at"})
