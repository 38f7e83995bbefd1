"""The node classes, models and other choices of the ComfyUI servers, for forms; workers look again before they send."""

import time
from typing import NamedTuple

from django.conf import settings

from generation.backends import AwayError
from generation.backends.comfyui.connection import Connection
from generation.backends.comfyui.node_classes import NodeClasses, node_classes

# A page waits so long for a server that was reached.
READ_SECONDS = 5
# Also if no server answered, so that not every page waits for one that is away.
REMEMBERED_SECONDS = 60


class Memory(NamedTuple):
    """The last answer: of these servers, until then (time.monotonic)."""

    urls: tuple[str, ...]
    classes: NodeClasses | None
    until: float


_memory = Memory((), None, 0.0)


def classes_of_servers(*, is_fresh: bool = False) -> NodeClasses | None:
    """Return the node classes of the first server that answers, at most a minute old; None if none answers."""
    global _memory
    urls = tuple(settings.COMFYUI_URLS)
    if is_fresh or urls != _memory.urls or time.monotonic() > _memory.until:
        answers = (_classes_of(url) for url in urls)
        classes = next((answer for answer in answers if answer is not None), None)
        _memory = Memory(urls, classes, time.monotonic() + REMEMBERED_SECONDS)
    return _memory.classes


def fresh_classes() -> NodeClasses | None:
    """Return the node classes as they are now: staff may just have added a model."""
    return classes_of_servers(is_fresh=True)


def _classes_of(url: str) -> NodeClasses | None:
    connection = Connection(url, read_seconds=READ_SECONDS)
    try:
        return node_classes(connection.get("/object_info")) or None
    except AwayError:
        return None
    finally:
        connection.close()
