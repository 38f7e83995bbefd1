"""The node classes, models and other choices of the ComfyUI servers, for forms; workers look again before they send."""

import time
from collections.abc import Mapping
from typing import Any, NamedTuple

from django.conf import settings

from generation.backends import AwayError
from generation.backends.comfyui.connection import Connection

# A page waits so long for a server that was reached.
READ_SECONDS = 5
# Also if no server answered, so that not every page waits for one that is away.
REMEMBERED_SECONDS = 60


class Memory(NamedTuple):
    """The last answer: of these servers, until then (time.monotonic)."""

    urls: tuple[str, ...]
    info: Mapping[str, Any] | None
    until: float


_memory = Memory((), None, 0.0)


def object_info(*, is_fresh: bool = False) -> Mapping[str, Any] | None:
    """Return GET /object_info of the first server that answers, at most a minute old; None if none answers."""
    global _memory
    urls = tuple(settings.COMFYUI_URLS)
    if is_fresh or urls != _memory.urls or time.monotonic() > _memory.until:
        answers = (_info_of(url) for url in urls)
        info = next((answer for answer in answers if answer is not None), None)
        _memory = Memory(urls, info, time.monotonic() + REMEMBERED_SECONDS)
    return _memory.info


def fresh_object_info() -> Mapping[str, Any] | None:
    """Return GET /object_info as it is now: staff may just have added a model."""
    return object_info(is_fresh=True)


def _info_of(url: str) -> Mapping[str, Any] | None:
    connection = Connection(url, read_seconds=READ_SECONDS)
    try:
        info = connection.get("/object_info")
    except AwayError:
        return None
    finally:
        connection.close()
    return info if isinstance(info, dict) and info else None
