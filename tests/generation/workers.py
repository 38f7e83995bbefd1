"""Worker processes for tests: on the test's database, with its folders."""

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings

from tests.processes import manage_with

WAIT_SECONDS = 300


def start_worker(*arguments: object, changes: str = "pass") -> subprocess.Popen:
    """Start a worker in a process of its own."""
    folders = {name: str(getattr(settings, name)) for name in ("MEDIA_ROOT", "THUMBNAILS_DIR", "UPLOADS_DIR")}
    said = "; ".join(f"settings.{name} = {folder!r}" for name, folder in folders.items())
    changes = f"from django.conf import settings; {said}; settings.COMFYUI_URLS = {settings.COMFYUI_URLS!r}; {changes}"
    return manage_with(changes, "worker", *arguments)


@contextmanager
def workers(number: int, *arguments: object, changes: str = "pass") -> Iterator[list[subprocess.Popen]]:
    """Give some workers, which are ended after the block however it ends."""
    started = [start_worker(*arguments, changes=changes) for _ in range(number)]
    try:
        yield started
    finally:
        for process in started:
            process.kill()
            process.communicate()


def wait_for(is_so: Callable[[], bool], seconds: float = WAIT_SECONDS) -> None:
    """Wait until something is so. Raises TimeoutError."""
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.1)
