"""What a form says of a selection: which works, and what is to be done to them."""

from typing import NamedTuple

from django.http import QueryDict

from culling.actions import ACTIONS, Action, WrongValueError
from culling.tasks import MOST_AT_ONCE
from genonaut.http.form_values import wanted_ids
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
    if scope == ALL and "query" not in sent:  # an empty one means every work
        raise InvalidParametersError({"query": ["Must be given."]})
    if len(query) > LONGEST_QUERY:
        raise InvalidParametersError({"query": ["Is too long."]})
    return Wish(action, value, None if scope == ALL else _ids(sent), query)


def _ids(sent: QueryDict) -> list[int]:
    """Return the chosen works, whose ids a task can hold."""
    ids = wanted_ids(sent, "work", MOST_AT_ONCE)
    if max(ids) > MAX_ID:
        raise InvalidParametersError({"work": [f"Must be at most {MAX_ID}."]})
    return ids
