"""What is said of bulk tasks, in words."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from django.utils.html import format_html
from django.utils.safestring import SafeString

from culling.actions import ACTIONS, all_as_they_are
from culling.models import BulkTask, Status
from genonaut.counted import things_text
from genonaut.sentences import with_names
from users.models import User

# The direction of a name ends with it, in text as in HTML: FIRST STRONG ISOLATE and POP DIRECTIONAL ISOLATE.
ISOLATE, POP = "\u2068", "\u2069"
ENDS = {Status.DONE: "Done", Status.CANCELLED: "Stopped", Status.FAILED: "Could not go on"}


def titles_of(user: User, tasks: Sequence[BulkTask]) -> list[SafeString]:
    """Return the actions of a user's tasks as HTML, with what they call their values. One query for each action whose
    values are ids."""
    values: dict[str, set[str]] = defaultdict(set)
    for task in tasks:
        values[task.action].add(task.value)
    names = {name: _shown(user, name, values[name]) for name in values}
    return [_title(task, names[task.action].get(task.value, "")) for task in tasks]


def _shown(user: User, action: str, values: Collection[str]) -> Mapping[str, str]:
    return (ACTIONS[action].shown if action in ACTIONS else all_as_they_are)(user, values)


def _title(task: BulkTask, value: str) -> SafeString:
    action = ACTIONS.get(task.action)
    undo, label = "Undo: " if task.undoes_id else "", action.label if action else task.action
    return format_html("{}{}{}", undo, label, with_names(" “{}”", value) if value else "")


def state_of(task: BulkTask) -> str:
    """Return how far a task is. One query, unless its `undone_by` is loaded."""
    if not task.is_finished:
        return "Waiting" if task.status == Status.WAITING else f"{task.percent} %"
    undoing = getattr(task, "undone_by", None)
    if undoing is not None:
        return "Undone" if undoing.is_finished else "Being undone"
    return ENDS[Status(task.status)]


def answer_of(user: User, task: BulkTask) -> str:
    """Return what a user's task did so far, as the answer to who asked for it: with the name of its value, if its
    action names it. One query if it does."""
    action = ACTIONS.get(task.action)
    names_value = action is not None and action.names_value and task.undoes_id is None
    return said_of(task, _shown(user, task.action, {task.value}).get(task.value, "") if names_value else "")


def said_of(task: BulkTask, name: str = "") -> str:
    """Return what a task did so far: how many works it changed, how many were so already, and how many not and why.

    `name` is what its value is called; empty if that is said beside it.
    """
    action = ACTIONS.get(task.action)
    done = action.done if action else task.action
    if name:
        done += f" “{ISOLATE}{name}{POP}”"
    if task.undoes_id is not None:
        return f"Undone: {things_text(task.changed, 'work')} as before." + (
            f" {things_text(task.unchanged, 'work')} had changed meanwhile." if task.unchanged else ""
        )
    parts = [f"{things_text(task.changed, 'work')} {done}."]
    if task.unchanged:
        parts.append(f"{things_text(task.unchanged, 'work')} {'was' if task.unchanged == 1 else 'were'} so already.")
    parts += [f"{things_text(count, 'work')} left alone: {reason}." for reason, count in sorted(task.refused.items())]
    return " ".join(parts)
