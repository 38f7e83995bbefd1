"""The OpenAPI schema and its page: valid, complete and served by ourselves."""

import json
import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db.models import Model
from drf_spectacular.drainage import GENERATOR_STATS
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from rest_framework.test import APIClient

from genonaut.api.viewsets import ListingViewSet
from genonaut.pagination.parameters import VOCABULARY
from genonaut.urls import router
from tests.api.endpoints import LISTS, Endpoint


def parameters(schema: dict[str, Any], endpoint: Endpoint) -> dict[str, dict[str, Any]]:
    """Return the parameters of a list by name."""
    declared = schema["paths"][endpoint.url]["get"]["parameters"]
    return {parameter["name"]: parameter for parameter in declared if parameter["in"] == "query"}


def test_the_schema_is_valid_openapi_3_1(schema: dict[str, Any]) -> None:
    assert schema["openapi"].startswith("3.1")
    assert [str(error) for error in OpenAPIV31SpecValidator(schema).iter_errors()] == []


def test_the_schema_is_made_without_a_warning_and_the_same_for_everybody(
    schema: dict[str, Any], client_of: Callable, staff: object
) -> None:
    answer = client_of(staff).get("/api/v1/schema/", headers={"accept": "application/vnd.oai.openapi+json"})
    assert json.loads(answer.content) == schema
    assert not GENERATOR_STATS  # of warnings and errors


def test_the_schema_names_both_ways_to_say_who_asks(schema: dict[str, Any]) -> None:
    assert sorted(schema["components"]["securitySchemes"]) == ["cookieAuth", "tokenAuth"]


@pytest.mark.parametrize("endpoint", LISTS, ids=str)
def test_every_parameter_of_a_list_is_in_the_schema(schema: dict[str, Any], endpoint: Endpoint) -> None:
    filters = set(endpoint.listing.filters.base_filters) - set(endpoint.listing.fixed)
    assert set(parameters(schema, endpoint)) == filters | set(VOCABULARY)


@pytest.mark.parametrize("endpoint", LISTS, ids=str)
def test_the_sorts_and_sizes_in_the_schema_are_the_list_s(schema: dict[str, Any], endpoint: Endpoint) -> None:
    told = parameters(schema, endpoint)
    assert told["sort"]["schema"]["enum"] == [*endpoint.listing.sorts, *endpoint.listing.tiered]
    assert told["order"]["schema"]["enum"] == ["desc", "asc"]
    assert (told["page_size"]["schema"]["minimum"], told["page_size"]["schema"]["maximum"]) == (1, 1000)


@pytest.mark.parametrize("endpoint", LISTS, ids=str)
def test_the_answer_in_the_schema_has_the_keys_of_the_answer(
    schema: dict[str, Any], api: APIClient, staff: object, endpoint: Endpoint
) -> None:
    api.force_login(staff)
    reference = schema["paths"][endpoint.url]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    components = schema["components"]["schemas"]
    answer = api.get(endpoint.url).json()
    assert list(components[reference["$ref"].rpartition("/")[2]]["properties"]) == list(answer)
    assert list(components["Pagination"]["properties"]) == list(answer["pagination"])
    assert list(components["Links"]["properties"]) == list(answer["links"])


def test_the_choices_of_a_filter_are_in_the_schema(schema: dict[str, Any]) -> None:
    told = {endpoint.name: parameters(schema, endpoint) for endpoint in LISTS}
    assert told["content"]["content_type"]["schema"]["enum"] == ["text", "image", "video", "audio"]
    assert told["content"]["source"]["schema"]["enum"] == ["user", "auto"]
    assert told["interactions"]["rating"]["schema"] == {"type": "integer", "minimum": 1, "maximum": 5}


def test_the_api_s_root_names_every_list(api: APIClient, db: None) -> None:
    assert api.get("/api/v1/").json() == {endpoint.name: f"http://testserver{endpoint.url}" for endpoint in LISTS}


def test_the_documentation_needs_no_other_site(api: APIClient, db: None) -> None:
    page = api.get("/api/v1/docs/", headers={"accept": "text/html"})
    addresses = re.findall(r'(?:src|href)="([^"]*)"', page.content.decode())
    assert (page.status_code, len(addresses) > 3) == (200, True)
    assert [address for address in addresses if re.match("(https?:)?//", address)] == []


def test_the_documentation_s_script_reads_our_schema(api: APIClient, db: None) -> None:
    page = api.get("/api/v1/docs/").content.decode()
    (script,) = [address for address in re.findall(r'src="([^"]*)"', page) if "script" in address]
    answer = api.get(script.replace("&amp;", "&"))
    assert (answer.status_code, "/api/v1/schema/" in answer.content.decode()) == (200, True)
    assert re.findall(r"https?://[^\"' ]+", answer.content.decode()) == []


def can_be_null(model: type[Model], path: list[str]) -> bool:
    """Return whether a column, or a reference on the way to it, may be NULL; what is no column is not asked for."""
    for name in path:
        column = {column.name: column for column in model._meta.concrete_fields}.get(name)
        if column is None or column.null:
            return column is not None
        model = column.related_model
    return False


@pytest.mark.parametrize("viewset", [viewset for _, viewset, _ in router.registry])
def test_what_may_be_null_in_the_database_is_nullable_in_the_schema(
    schema: dict[str, Any], viewset: type[ListingViewSet]
) -> None:
    wrong = []
    for serializer_class in (viewset.serializer_class, viewset.list_serializer_class):
        serializer = serializer_class(context={"request": SimpleNamespace(user=AnonymousUser())})
        component = schema["components"]["schemas"][serializer_class.__name__.removesuffix("Serializer")]
        for name, described in component["properties"].items():
            takes_null = OAS31Validator(schema).evolve(schema=described).is_valid(None)
            if can_be_null(serializer.Meta.model, serializer.fields[name].source_attrs) and not takes_null:
                wrong.append((serializer_class.__name__, name))
    assert wrong == []
