"""How the OpenAPI schema describes lists: their parameters, one answer for all, and errors as problems."""

from typing import Any

from django.utils.choices import normalize_choices
from django_filters import filters
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import build_parameter_type

from genonaut.pagination.drf import PAGE_SIZE_PARAMETER
from genonaut.pagination.filters import AllOfFilter, FloatFilter, IntegerFilter, TrueFalseFilter
from genonaut.pagination.listing import Listing

PROBLEM = {
    "type": "object",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
            "description": "Messages by parameter or field.",
        },
    },
    "required": ["type", "title", "status", "detail"],
}


class ListingSchema(AutoSchema):
    """drf-spectacular's schema; a list's parameters come from its Listing."""

    def get_filter_backends(self) -> list[Any]:
        """Return none: filters are the listing's, not a backend's."""
        return []

    def _get_filter_parameters(self) -> list[dict[str, Any]]:
        listing = getattr(self.view, "listing", None)
        if listing and self.view.action in ("position", "histogram"):
            return [PAGE_SIZE_PARAMETER, *listing_parameters(listing)]
        return listing_parameters(listing) if listing and self._is_list_view() else []

    def _get_response_bodies(self, direction: str = "response") -> dict[str, Any]:
        bodies = super()._get_response_bodies(direction)
        problem = {"content": {"application/problem+json": {"schema": PROBLEM}}, "description": "What went wrong."}
        return {**bodies, "default": problem}


def listing_parameters(listing: type[Listing]) -> list[dict[str, Any]]:
    """Return the sort, order and filter parameters of a list as OpenAPI objects."""
    sort = {"type": "string", "enum": list(listing.sorts), "default": next(iter(listing.sorts))}
    order = {"type": "string", "enum": ["desc", "asc"], "default": "desc"}
    moment = {"type": "string", "format": "date-time"}
    parameters = [
        build_parameter_type("as_of", moment, "query", description="The list as it was at that moment."),
        build_parameter_type("sort", sort, "query", description="What to sort by; ties are broken, so order is total."),
        build_parameter_type("order", order, "query", description="Descending or ascending."),
    ]
    declared = listing.filters.base_filters
    return parameters + [
        build_parameter_type(name, _filter_schema(declared[name]), "query", description=str(declared[name].label))
        for name in declared
        if name not in listing.fixed
    ]


def _filter_schema(declared: filters.Filter) -> dict[str, Any]:
    if isinstance(declared, AllOfFilter):
        return {"type": "array", "items": {"type": "string"}}
    if isinstance(declared, TrueFalseFilter):
        return {"type": "boolean"}
    if isinstance(declared, filters.ChoiceFilter):
        return {"type": "string", "enum": [value for value, _ in normalize_choices(declared.extra["choices"])]}
    if isinstance(declared, filters.IsoDateTimeFilter):
        return {"type": "string", "format": "date-time"}
    bounds = {"minimum": declared.extra.get("min_value"), "maximum": declared.extra.get("max_value")}
    bounds = {name: bound for name, bound in bounds.items() if bound is not None}
    if isinstance(declared, IntegerFilter):
        return {"type": "integer", **bounds}
    return {"type": "number", **bounds} if isinstance(declared, FloatFilter) else {"type": "string"}
