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
# The action of a form that Enter sent: a browser then presses its first button, whichever field was written in.
ENTERED = "entered"
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
        value = _value_of(user, action, sent)
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


def _value_of(user: User, action: Action, sent: QueryDict) -> str:
    """Return the value of an action: by the name that was written, else the chosen one. Raises WrongValueError."""
    name = sent.get(action.named_field, "").strip()
    if name and action.find is not None:
        return action.find(user, name)
    return action.check(user, sent.get(action.field, ""))


def as_pressed(sent: QueryDict) -> QueryDict | None:
    """Return a form as if the button beside its text had been pressed, where Enter sent it.

    None if not exactly one field has a text: it then says nothing of what is to be done.
    """
    if sent.get("action") != ENTERED:
        return sent
    written = [name for name in _text_fields() if sent.get(name, "").strip()]
    if len(written) != 1:
        return None
    pressed = sent.copy()
    pressed["action"] = _text_fields()[written[0]].name
    return pressed


def _text_fields() -> dict[str, Action]:
    """Return the first action of each field that is written in."""
    fields: dict[str, Action] = {}
    for action in ACTIONS.values():
        if action.field and action.choices is None:
            fields.setdefault(action.field, action)
        if action.find is not None:
            fields.setdefault(action.named_field, action)
    return fields


def _ids(sent: QueryDict) -> list[int]:
    """Return the chosen works, whose ids a task can hold."""
    ids = wanted_ids(sent, "work", MOST_AT_ONCE)
    if max(ids) > MAX_ID:
        raise InvalidParametersError({"work": [f"Must be at most {MAX_ID}."]})
    return ids
