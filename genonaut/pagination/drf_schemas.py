"""What the OpenAPI schema says of every list: the parameters of both kinds of paging, `pagination` and `links`."""

from genonaut.pagination.parameters import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE
from genonaut.pagination.totals import TotalKind

PAGE_SIZE_PARAMETER = {
    "name": "page_size",
    "in": "query",
    "description": "Rows on a page.",
    "schema": {"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE, "default": DEFAULT_PAGE_SIZE},
}

# Without its default of 1: a client that sends defaults along would send it beside a cursor.
_PAGE_NUMBER = {"type": "integer", "minimum": 1}
PARAMETERS = [
    {"name": "page", "in": "query", "description": "Page number, from 1, the first.", "schema": _PAGE_NUMBER},
    PAGE_SIZE_PARAMETER,
    {
        "name": "cursor",
        "in": "query",
        "description": "A next_cursor or prev_cursor of this list, instead of page.",
        "schema": {"type": "string"},
    },
    {
        "name": "at",
        "in": "query",
        "description": "The page that holds this date, instead of page; in a list sorted by time.",
        "allowEmptyValue": True,
        "schema": {"type": "string", "format": "date-time"},
    },
]

_COUNT = {"type": "integer"}
_NUMBER = {"type": ["integer", "null"]}
_TEXT = {"type": ["string", "null"]}
_FLAG = {"type": "boolean"}
_LINK = {"type": ["string", "null"], "format": "uri"}
PAGINATION_PROPERTIES = {
    "page": _NUMBER,
    "page_size": _COUNT,
    "total_count": _COUNT,
    "total_count_kind": {"type": "string", "enum": list(TotalKind)},
    "total_pages": _NUMBER,
    "has_next": _FLAG,
    "has_more": _FLAG,
    "has_previous": _FLAG,
    "next_page": _NUMBER,
    "previous_page": _NUMBER,
    "next_cursor": _TEXT,
    "prev_cursor": _TEXT,
    "first_position": _NUMBER,
    "last_position": _NUMBER,
    "as_of": {"type": ["string", "null"], "format": "date-time"},
    "new_count": _NUMBER,
}
PAGINATION_SCHEMA = {
    "type": "object",
    "description": "Where a page stands in its list; null is what is not known, or not there.",
    "properties": PAGINATION_PROPERTIES,
    "required": list(PAGINATION_PROPERTIES),
}
LINKS_PROPERTIES = {
    "self": {"type": "string", "format": "uri"},
    "first": {"type": "string", "format": "uri"},
    "prev": _LINK,
    "next": _LINK,
    "last": _LINK,
}
LINKS_SCHEMA = {
    "type": "object",
    "description": "Addresses of the page, its neighbours and both ends; null where there is none.",
    "properties": LINKS_PROPERTIES,
    "required": list(LINKS_PROPERTIES),
}
