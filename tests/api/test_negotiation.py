"""Accept: what the client likes best, and nothing that it does not take."""

import pytest
from rest_framework.test import APIClient

HTML, JSON, PROBLEM = "text/html; charset=utf-8", "application/json", "application/problem+json"
YAML = "application/vnd.oai.openapi"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
LIKED = {
    "application/json;q=0, text/html": HTML,
    "application/json;q=0.1, text/html": HTML,
    "application/json, text/html;q=0.9": JSON,
    "text/html;q=0.5, application/json;q=0.6": JSON,
    "text/html;q=0.6, application/json;q=0.5": HTML,
    "text/html;q=0.1, */*;q=0.2": JSON,
    "text/html, application/json": JSON,
    "text/html, */*": HTML,
    "text/*, */*;q=0.9": HTML,
    "*/*;q=0.1": JSON,
    "application/*;q=0, */*": HTML,
    "application/json;q=0, */*": HTML,
    "text/html;q=0, */*": JSON,
    "image/png, */*;q=0.001": JSON,
    "application/json;q=1.000": JSON,
    "APPLICATION/JSON": JSON,
    "application/json ; q=0.5 , text/html ; Q=0.4": JSON,
    "text/html;q=nan, application/json;q=0.9": HTML,
    "text/html;q=nonsense, application/json;q=0.9": HTML,
    "text/html;q=2, application/json;q=0.9": HTML,
    BROWSER: HTML,
}
NOT_LIKED = ["*/*;q=0", "application/json;q=0", "application/json;q=0.0, text/html;q=0", "application/*;q=0, image/*"]
# A list in the short way and by DRF, a row, the root and an error.
PATHS = ("/api/v1/content/", "/api/v1/users/", "/api/v1/")


@pytest.mark.parametrize("accept", LIKED)
def test_the_best_liked_is_sent(api: APIClient, db: None, accept: str) -> None:
    answers = [api.get(path, headers={"accept": accept}) for path in PATHS]
    assert [(answer.status_code, answer.headers["Content-Type"]) for answer in answers] == [(200, LIKED[accept])] * 3


@pytest.mark.parametrize("accept", NOT_LIKED)
def test_nothing_is_sent_that_is_not_taken(api: APIClient, db: None, accept: str) -> None:
    answers = [api.get(path, headers={"accept": accept}) for path in PATHS]
    assert [(answer.status_code, answer.headers["Content-Type"]) for answer in answers] == [(406, PROBLEM)] * 3


def test_the_schema_is_yaml_or_json_as_it_is_liked(api: APIClient, db: None) -> None:
    liked = {f"{YAML}, application/json;q=0.5": YAML, f"{YAML};q=0.5, application/json": JSON}
    kinds = {accept: api.head("/api/v1/schema/", headers={"accept": accept})["Content-Type"] for accept in liked}
    assert {accept: kind.split(";")[0] for accept, kind in kinds.items()} == liked


def test_parameters_of_the_range_are_kept(api: APIClient, db: None) -> None:
    for accept in ("application/json; indent=4", "application/json;q=0.5;indent=4", "*/*; indent=4"):
        assert b'\n    "content": ' in api.get("/api/v1/", headers={"accept": accept}).content


def test_the_form_in_the_address_still_obeys_accept(api: APIClient, db: None) -> None:
    assert api.get("/api/v1/?format=json", headers={"accept": "application/json;q=0"}).status_code == 406
