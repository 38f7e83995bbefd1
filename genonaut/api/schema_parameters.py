"""The parameters of lists as OpenAPI objects, derived from each Listing."""

from typing import Any

from django.utils.choices import normalize_choices
from django_filters import filters
from drf_spectacular.plumbing import build_parameter_type

from genonaut.pagination.filters import MAX_ID, AllOfFilter, FloatFilter, IntegerFilter, TrueFalseFilter
from genonaut.pagination.listing import Listing
from genonaut.pagination.parameters import ORDERS

IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "description": "The ETag of an answer that the client has kept: 304 while nothing has changed.",
    "schema": {"type": "string"},
}
# Given empty it is passed over, so that a form may send it.
MAY_BE_EMPTY = {"allowEmptyValue": True}
MOMENT = {"type": "string", "format": "date-time"}
ID = {"type": "integer", "format": "int64", "minimum": 1, "maximum": MAX_ID}
ID_PATTERN = "[0-9]+"


def path_parameter(name: str, pattern: str) -> dict[str, Any]:
    """Return the parameter that names a row, from the regular expression of its route."""
    schema = ID if pattern == ID_PATTERN else {"type": "string", "pattern": f"^({pattern})$"}
    return {"name": name, "in": "path", "required": True, "description": "Its id.", "schema": schema}


def listing_parameters(listing: type[Listing]) -> list[dict[str, Any]]:
    """Return the sort, order and filter parameters of a list."""
    sort = {"type": "string", "enum": [*listing.sorts, *listing.tiered], "default": next(iter(listing.sorts))}
    order = {"type": "string", "enum": list(ORDERS), "default": ORDERS[0]}
    as_of = build_parameter_type("as_of", MOMENT, "query", description="The list as it was at that moment.")
    parameters = [
        {**as_of, **MAY_BE_EMPTY},
        build_parameter_type("sort", sort, "query", description="What to sort by; ties are broken, so order is total."),
        build_parameter_type("order", order, "query", description="Descending or ascending."),
    ]
    declared = listing.filters.base_filters
    filters_shown = [
        build_parameter_type(name, _filter_schema(declared[name]), "query", description=str(declared[name].label))
        for name in declared
        if name not in listing.fixed
    ]
    return parameters + [{**parameter, **MAY_BE_EMPTY} for parameter in filters_shown]


def _filter_schema(declared: filters.Filter) -> dict[str, Any]:
    if isinstance(declared, AllOfFilter):
        return {"type": "array", "items": {"type": "string"}}
    if isinstance(declared, TrueFalseFilter):
        return {"type": "boolean"}
    if isinstance(declared, filters.ChoiceFilter):
        return {"type": "string", "enum": [value for value, _ in normalize_choices(declared.extra["choices"])]}
    if isinstance(declared, filters.IsoDateTimeFilter):
        return MOMENT
    if isinstance(declared, filters.UUIDFilter):
        return {"type": "string", "format": "uuid"}
    bounds = {"minimum": declared.extra.get("min_value"), "maximum": declared.extra.get("max_value")}
    bounds = {name: bound for name, bound in bounds.items() if bound is not None}
    if isinstance(declared, IntegerFilter):
        return {"type": "integer", **bounds}
    return {"type": "number", **bounds} if isinstance(declared, FloatFilter) else {"type": "string"}
