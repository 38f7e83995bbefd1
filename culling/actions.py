"""What can be done to many works at once. An app that has more registers it in its `AppConfig.ready`:

register(Action("add_to_album", "Add to album", "added to the album", apply=..., undo=..., field="album"))
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from users.models import User

# Values that a form lets one choose; others are written by their names.
MOST_CHOICES = 100
# By id, what each work was before; a value of JSON that `undo` understands.
Changes = dict[int, Any]


class WrongValueError(ValueError):
    """An action needs another value; its text is a sentence for the user."""


@dataclass
class Outcome:
    """What became of a batch: the works that changed, how many were so already, and how many were left, by reason."""

    changed: Changes = field(default_factory=dict)
    unchanged: int = 0
    refused: dict[str, int] = field(default_factory=dict)


def no_value(_user: User, _text: str) -> str:
    """Return the value of an action that needs none."""
    return ""


def as_it_is(_user: User, value: str) -> str:
    """Return the value of an action that prepares nothing."""
    return value


def all_as_they_are(_user: User, values: Collection[str]) -> dict[str, str]:
    """Return the values of an action that shows them as they are."""
    return dict(zip(values, values, strict=True))


@dataclass(frozen=True)
class Action:
    """One action.

    `apply(user, ids, value)` is called in a transaction with up to 500 ids of works that the user sees; of an action
    with `is_of_owner`, of works that they own (staff: of all), whose rows are locked. The ids are sorted, unless
    `keeps_order`: then they come in the order chosen, and those of a query by id. `undo(user, changes, value)` takes
    back what `apply` returned as changed and returns how many works it changed.

    `check(user, text)` returns the value, or raises WrongValueError. `field` names the form's field of the value.
    `choices(user, first)` returns its values and labels if it has few: at most MOST_CHOICES, but for `first`, a value
    that comes before them if the user may choose it. `find(user, name)` returns a value that they may lack by its name,
    or raises WrongValueError. `prepare(user, value)` is called once, in the transaction that saves the task, and
    returns the value that batches are given. `shown(user, values)` returns by value what pages of tasks call it, for
    all tasks of a list at once; what it leaves out they do not name.
    """

    name: str
    label: str
    # After "12 works": what happened to them.
    done: str
    apply: Callable[[User, Sequence[int], str], Outcome]
    undo: Callable[[User, Mapping[int, Any], str], int]
    is_of_owner: bool = False
    field: str = ""
    check: Callable[[User, str], str] = no_value
    choices: Callable[[User, str], list[tuple[str, str]]] | None = None
    find: Callable[[User, str], str] | None = None
    prepare: Callable[[User, str], str] = as_it_is
    shown: Callable[[User, Collection[str]], Mapping[str, str]] = all_as_they_are
    keeps_order: bool = False
    # What the form says beside the field.
    note: str = ""
    # Whether `done` is followed by what `shown` calls the value.
    names_value: bool = False

    @property
    def named_field(self) -> str:
        """The form's field of a name that `find` takes."""
        return f"{self.field}_named"


ACTIONS: dict[str, Action] = {}


def register(*actions: Action) -> None:
    """Offer actions, after those that there are. Raises ValueError for a name that is taken."""
    for action in actions:
        if action.name in ACTIONS:
            raise ValueError(f"There is an action {action.name!r} already.")
        ACTIONS[action.name] = action
