"""How the OpenAPI schema describes operations: names, parameters, bodies and answers, derived from views and listings.

Bodies are described as JSON only, since client generators understand one media type for a body; a form that holds a
file is described beside it. Everything is described as staff may write it, who may write most; the schema is the same
for all.
"""

import copy
from typing import Any

from django.contrib.auth import get_user_model
from django.urls import get_script_prefix
from django.views import View
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import build_mock_request, get_doc
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request

from genonaut.api.schema_answers import (
    COMMON_HEADERS,
    components,
    error_responses,
    header_references,
    not_modified,
)
from genonaut.api.schema_parameters import IF_NONE_MATCH, listing_parameters, path_parameter
from genonaut.http.large_bodies import FORM_TYPE
from genonaut.pagination.drf_schemas import PAGE_SIZE_PARAMETER

SUMMARIES = {
    "list": "List {many}",
    "create": "Add one {one}",
    "retrieve": "Show one {one}",
    "update": "Replace one {one}",
    "partial_update": "Change one {one}",
    "destroy": "Delete one {one}",
    "position": "Find the place of one {one} in the list",
    "histogram": "Count {many} by date",
    "similar": "Show {many} like one",
    "cancel": "Cancel one {one}",
    "pause": "Pause one {one}",
    "resume": "Resume one {one}",
    "retry": "Ask again for one {one}",
    "events": "Follow one {one}",
    "cancel_many": "Cancel many {many}",
    "read": "Mark {many} as read",
}
SUCCESSES = {
    "200": "As asked for.",
    "201": "It was added.",
    "202": "It is being done: Location says how far it is.",
    "204": "It is gone.",
}
# Actions that REST has no name for: their operations are called as they are.
EXTRAS = ("position", "histogram", "similar", "cancel", "pause", "resume", "retry", "events")
CHANGES = ("update", "partial_update")
CSRF_HEADER = OpenApiParameter(
    "X-CSRFToken",
    str,
    OpenApiParameter.HEADER,
    description="The CSRF token of a session; a client with a token needs none.",
)
# Answered from the list's version, if the client knows it.
CONDITIONAL = ("list", "histogram")
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")


def request_of_staff(method: str, path: str, view: View, _original: Request | None, **_options: Any) -> Request:  # noqa: ANN401 - of the library
    """Return the request that operations are described for, the same for every viewer (GET_MOCK_REQUEST)."""
    request = build_mock_request(method, path, view, None)
    request.user = get_user_model()(is_staff=True)
    return request


def add_components(result: dict[str, Any], **_options: Any) -> dict[str, Any]:  # noqa: ANN401 - of the library
    """Add the shared answers and where the API is, a sub-path included (POSTPROCESSING_HOOKS)."""
    for kind, named in components().items():
        result["components"].setdefault(kind, {}).update(copy.deepcopy(named))
    result["servers"] = [{"url": get_script_prefix().removesuffix("/") or "/"}]
    return result


class ListingSchema(AutoSchema):
    """drf-spectacular's schema; a list's parameters come from its Listing."""

    @property
    def action(self) -> str:
        """The view set's action; the method of any other view."""
        return getattr(self.view, "action", self.method.lower())

    def get_operation_id(self) -> str:
        """Return the name of the operation: `content_list`, `content_retrieve`, `content_position`."""
        name = super().get_operation_id()
        if self.action not in EXTRAS:
            return name
        return name.removesuffix("_retrieve").removesuffix("_create")

    def get_summary(self) -> str | None:
        """Return one line about the operation: of its action, else the first of its docstring."""
        listing = getattr(self.view, "listing", None)
        if listing is None:
            return self.get_description().partition("\n")[0].removesuffix(".")
        about = getattr(self.view, "shown_model", listing.model)._meta
        return SUMMARIES[self.action].format(one=about.verbose_name, many=about.verbose_name_plural)

    def get_description(self) -> str:
        """Return the action's docstring, and what the view's says of the rows."""
        own, general = super().get_description(), get_doc(self.view.__class__)
        return own if own == general or not hasattr(self.view, "listing") else f"{own}\n\n{general}"

    def get_filter_backends(self) -> list[Any]:
        """Return none: filters are the listing's, not a backend's."""
        return []

    def get_request_serializer(self) -> Any:  # noqa: ANN401 - a serializer, or what extend_schema was given
        """Return the serializer of the body; for a change that of a row that is there, which may take fewer fields."""
        serializer = super().get_request_serializer()
        if self.action in CHANGES and isinstance(serializer, serializers.ModelSerializer):
            return type(serializer)(serializer.Meta.model(), context=serializer.context)
        return serializer

    def get_serializer_name(self, serializer: serializers.Serializer, direction: str) -> str:
        """Return the component's name; what replaces a row takes other fields than what adds one."""
        name = super().get_serializer_name(serializer, direction).removesuffix("Serializer")
        is_replacement = direction == "request" and serializer.instance is not None and not serializer.partial
        return f"{name}Update" if is_replacement else name

    def _map_basic_serializer(self, serializer: serializers.Serializer, direction: str) -> dict[str, Any]:
        schema = super()._map_basic_serializer(serializer, direction)
        if direction == "response":
            # A serializer writes all of its fields.
            schema["required"] = list(schema["properties"])
        return schema

    def _insert_field_validators(self, field: serializers.Field, schema: dict[str, Any]) -> None:
        super()._insert_field_validators(field, schema)
        # Written for Python: \w takes letters of any script there, in JSON Schema those of ASCII alone.
        schema.pop("pattern", None)
        if {"type": "string", "maxLength": 0} in schema.get("oneOf", ()):
            # An empty text is both of them where formats are not checked, which JSON Schema leaves open.
            schema["anyOf"] = schema.pop("oneOf")

    def _resolve_path_parameters(self, variables: list[str]) -> list[dict[str, Any]]:
        pattern = getattr(self.view, "lookup_value_regex", None)
        if pattern is None:
            return super()._resolve_path_parameters(variables)
        return [path_parameter(name, pattern) for name in variables]

    def get_override_parameters(self) -> list[OpenApiParameter]:
        """Return parameters beside path and list. A form with a file names what a session sends with it.

        openapi-python-client 0.29 imports what a choice of two bodies needs only beside a parameter that is optional.
        """
        return [CSRF_HEADER] if self._form_serializer() else super().get_override_parameters()

    def _get_filter_parameters(self) -> list[dict[str, Any]]:
        listing = getattr(self.view, "listing", None)
        if listing is None or self.action not in (*CONDITIONAL, "position"):
            return []
        size = [] if self._is_list_view() else [PAGE_SIZE_PARAMETER]
        condition = [IF_NONE_MATCH] if self.action in CONDITIONAL else []
        return [*size, *listing_parameters(listing), *condition]

    def _form_serializer(self) -> type[serializers.Serializer] | None:
        """Return the serializer of a form with a file that the operation takes beside JSON; None if it takes none."""
        return getattr(self.view, "form_serializers", {}).get(self.action)

    def _get_request_body(self, direction: str = "request") -> dict[str, Any] | None:
        if self.action == "destroy" and (taken := getattr(self.view, "destroy_serializer_class", None)):
            return {"content": {"application/json": {"schema": self.resolve_serializer(taken, direction).ref}}}
        body = super()._get_request_body(direction)
        form = self._form_serializer()
        if body and form:
            body["content"][FORM_TYPE] = {"schema": self.resolve_serializer(form, direction).ref}
        return body

    def _get_response_bodies(self, direction: str = "response") -> dict[str, Any]:
        bodies = super()._get_response_bodies(direction)
        if self._form_serializer():
            bodies["200"] = copy.deepcopy(bodies["201"])
            accepted = self.resolve_serializer(self.view.accepted_serializer, direction).ref
            bodies["202"] = {"content": {"application/json": {"schema": accepted}}}
        for status, body in bodies.items():
            body["description"] = SUCCESSES[status]
            of_a_file = ["Content-Location"] if self._form_serializer() else []
            address = ["Location"] if status == "202" else of_a_file
            body["headers"] = header_references(*address, *self._headers(), *COMMON_HEADERS)
        unchanged = not_modified() if self.action in CONDITIONAL else {}
        return {**bodies, **unchanged, **error_responses(*self._errors())}

    def _headers(self) -> list[str]:
        return [
            *(["Link"] if self.action == "list" else []),
            *(["ETag"] if self.action in CONDITIONAL else []),
        ]

    def _errors(self) -> set[int]:
        """Return the statuses of the errors that the operation may end with."""
        statuses = {400, 401, 406, 503}
        if self.method in UNSAFE:
            statuses |= {403, 409, 411, 413}
        if self.method in ("POST", "PUT", "PATCH"):
            statuses.add(415)
        if self.action == "list" or "{" in self.path:
            statuses.add(404)
        if self._is_throttled():
            statuses.add(429)
        statuses |= set(getattr(self.view, "more_errors", {}).get(self.action, ()))
        # A key that named another request.
        return statuses | ({422} if self.action in getattr(self.view, "keyed_actions", ()) else set())

    def _is_throttled(self) -> bool:
        request = self.view.request
        if self.action in getattr(self.view, "limited_actions", ()):
            return True
        return any(throttle.get_cache_key(request, self.view) for throttle in self.view.get_throttles())
