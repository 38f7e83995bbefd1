"""Drawings that were drawn before: files in a folder with a limit of bytes, which any of them may leave at any time.

Each file lies in one of a fixed number of shards, and each shard has its share of the limit. The process that adds a
file to a shard lists it and deletes what was used longest ago: no counter, no lock, nothing that processes share but
the folder. Whatever goes wrong with the folder, the drawing is there.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from time import time
from zlib import crc32

from django.conf import settings

SHARDS = 128
# How full a shard is after an eviction: the next files then need none.
FILL = 0.9
# A file that is read says so once an hour: so exactly is it known what was used last.
TOUCH_SECONDS = 3600


def cached(name: str, draw: Callable[[], bytes]) -> bytes:
    """Return the file of a name; draw and keep it if it is not there. No error of the folder escapes."""
    path = shard_of(name) / name
    with suppress(OSError):
        content = path.read_bytes()
        if content:
            _touch(path)
            return content
    content = draw()
    with suppress(OSError):
        _keep(path, content)
    return content


def shard_of(name: str) -> Path:
    """Return the folder in which a file of this name lies, or would."""
    return Path(settings.DRAWINGS_DIR) / f"{crc32(name.encode()) % SHARDS:02x}"


def _touch(path: Path) -> None:
    with suppress(OSError):  # evicted meanwhile, or in a folder that is only read
        if time() - path.stat().st_mtime > TOUCH_SECONDS:
            os.utime(path)


def _keep(path: Path, content: bytes) -> None:
    """Write a file as a whole, so that no reader sees half of one, within its shard's share of the limit."""
    room = settings.DRAWINGS_BYTES // SHARDS
    if len(content) > room:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    evict(path.parent, room - len(content))
    with NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as part:
        try:
            part.write(content)
            part.close()
            os.chmod(part.name, 0o644)
            os.replace(part.name, path)
        finally:
            with suppress(FileNotFoundError):
                os.unlink(part.name)


def evict(shard: Path, room: int) -> None:
    """Delete what was used longest ago, if a shard holds more than `room` bytes; parts of killed processes too."""
    files = []
    for entry in os.scandir(shard):
        with suppress(FileNotFoundError):
            state = entry.stat()
            files.append((state.st_mtime, state.st_size, entry.path))
    total = sum(size for _, size, _ in files)
    if total <= room:
        return
    for _, size, path in sorted(files):
        if total <= room * FILL:
            return
        with suppress(FileNotFoundError):
            os.unlink(path)
        total -= size
