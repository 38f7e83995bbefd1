"""The queue of one ComfyUI at one moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf

from generation.backends import AwayError
from generation.backends.comfyui.answers import sequence


@dataclass(frozen=True)
class Queue:
    """The ids of the jobs that run, and of those that wait, in the order in which they will run."""

    running: tuple[str, ...]
    pending: tuple[str, ...]

    def __contains__(self, prompt_id: str) -> bool:
        return prompt_id in self.running or prompt_id in self.pending

    def __len__(self) -> int:
        return len(self.running) + len(self.pending)


def queue_of(answer: object) -> Queue:
    """Read the answer of GET /queue. Raises AwayError if it is none."""
    if not isinstance(answer, Mapping) or not {"queue_running", "queue_pending"} <= answer.keys():
        raise AwayError("ComfyUI's answer cannot be read.")
    return Queue(
        running=tuple(str(item[1]) for item in _items(answer["queue_running"])),
        # The list is a heap, so only its first item is in order.
        pending=tuple(str(item[1]) for item in sorted(_items(answer["queue_pending"]), key=_turn)),
    )


def _items(value: object) -> list[list]:
    return [item for item in sequence(value) if isinstance(item, list) and len(item) > 1]


def _turn(item: list) -> tuple[float, str]:
    """Return a sort key: the lowest number runs first, equal numbers in the order of their ids."""
    return (item[0] if isinstance(item[0], int | float) else inf, str(item[1]))
