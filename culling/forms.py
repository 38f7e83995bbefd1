"""What a form says of a selection: which works, and what is to be done to them."""

from typing import NamedTuple

from django.http import QueryDict

from culling.actions import ACTIONS, Action, WrongValueError
from culling.tasks import MOST_AT_ONCE
from genonaut.pagination.errors import InvalidParametersError
from genonaut.pagination.filters import MAX_ID
from users.models import User

THESE, ALL = "these", "all"
LONGEST_QUERY = 20_000


class Wish(NamedTuple):
    """An action with its value, on works by id or, where `ids` is None, on all works of a query."""

    action: Action
    value: str
    ids: list[int] | None
    query: str


def wish_of(user: User, sent: QueryDict) -> Wish:
    """Return what a form asks for. Raises InvalidParametersError with a sentence for each field that is wrong."""
    action = ACTIONS.get(sent.get("action", ""))
    if action is None:
        raise InvalidParametersError({"action": [f"Must be one of: {', '.join(ACTIONS)}."]})
    try:
        value = action.check(user, sent.get(action.field, ""))
    except WrongValueError as error:
        raise InvalidParametersError({action.field: [str(error)]}) from error
    scope, query = sent.get("scope", THESE), sent.get("query", "")
    if scope not in (THESE, ALL):
        raise InvalidParametersError({"scope": [f"Must be {THESE} or {ALL}."]})
    if len(query) > LONGEST_QUERY:
        raise InvalidParametersError({"query": ["Is too long."]})
    return Wish(action, value, None if scope == ALL else ids_in(sent.getlist("work")), query)


def ids_in(texts: list[str], name: str = "work") -> list[int]:
    """Return the ids of works, each once. Raises InvalidParametersError under the field's name."""
    if not 1 <= len(texts) <= MOST_AT_ONCE:
        raise InvalidParametersError({name: [f"Choose 1 to {MOST_AT_ONCE:,} works."]})
    if not all(text.isascii() and text.isdecimal() and len(text) <= len(str(MAX_ID)) for text in texts):
        raise InvalidParametersError({name: ["Must be a whole number."]})
    ids = list(dict.fromkeys(map(int, texts)))
    if max(ids) > MAX_ID:
        raise InvalidParametersError({name: [f"Must be at most {MAX_ID}."]})
    return ids
