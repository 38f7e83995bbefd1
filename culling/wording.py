"""What is said of bulk tasks, in words."""

from culling.actions import ACTIONS
from culling.models import BulkTask


def said_of(task: BulkTask) -> str:
    """Return what a task did so far: how many works it changed, how many were so already, and how many not and why."""
    action = ACTIONS.get(task.action)
    done = action.done if action else task.action
    if task.undoes_id is not None:
        return f"Undone: {works(task.changed)} as before." + (
            f" {works(task.unchanged)} had changed meanwhile." if task.unchanged else ""
        )
    parts = [f"{works(task.changed)} {done}."]
    if task.unchanged:
        parts.append(f"{works(task.unchanged)} {'was' if task.unchanged == 1 else 'were'} so already.")
    parts += [f"{works(count)} left alone: {reason}." for reason, count in sorted(task.refused.items())]
    return " ".join(parts)


def works(count: int) -> str:
    """Return a number of works in words."""
    return "1 work" if count == 1 else f"{count:,} works"
