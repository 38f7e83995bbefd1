"""Values of forms that no form class reads: a state that is set, and ids of rows."""

from django.http import HttpRequest, QueryDict

from genonaut.pagination.errors import InvalidParametersError
from genonaut.pagination.filters import MAX_ID

STATES = {"1": True, "0": False}


def wanted_state(request: HttpRequest, name: str = "on") -> bool:
    """Return what a form asks for, on or off: no toggle, so that sending it twice changes nothing more.

    Raises InvalidParametersError.
    """
    values = request.POST.getlist(name)
    if len(values) != 1 or values[0] not in STATES:
        raise InvalidParametersError({name: ["Must be 1 or 0."]})
    return STATES[values[0]]


def names_none(query: QueryDict, name: str) -> bool:
    """Return whether a form of boxes came with none of them ticked: its page then says so, and it is no error."""
    return name not in query


def wanted_ids(query: QueryDict, name: str, most: int) -> list[int]:
    """Return ids, each once; they may be larger than any row's. Raises InvalidParametersError."""
    texts = query.getlist(name)
    if not 1 <= len(texts) <= most:
        raise InvalidParametersError({name: ["Must be given once." if most == 1 else f"Choose 1 to {most:,}."]})
    if not all(text.isascii() and text.isdecimal() and len(text) <= len(str(MAX_ID)) for text in texts):
        raise InvalidParametersError({name: ["Must be a whole number."]})
    return list(dict.fromkeys(map(int, texts)))
