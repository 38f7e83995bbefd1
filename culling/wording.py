"""What is said of bulk tasks, in words."""

from culling.actions import ACTIONS
from culling.models import BulkTask
from genonaut.counted import things_text


def said_of(task: BulkTask) -> str:
    """Return what a task did so far: how many works it changed, how many were so already, and how many not and why."""
    action = ACTIONS.get(task.action)
    done = action.done if action else task.action
    if task.undoes_id is not None:
        return f"Undone: {things_text(task.changed, 'work')} as before." + (
            f" {things_text(task.unchanged, 'work')} had changed meanwhile." if task.unchanged else ""
        )
    parts = [f"{things_text(task.changed, 'work')} {done}."]
    if task.unchanged:
        parts.append(f"{things_text(task.unchanged, 'work')} {'was' if task.unchanged == 1 else 'were'} so already.")
    parts += [f"{things_text(count, 'work')} left alone: {reason}." for reason, count in sorted(task.refused.items())]
    return " ".join(parts)
