"""The temporary folder of multiprocessing that this process owns, and those that killed processes of ours left.

A server process of multiprocessing listens on a socket in a folder `pymp-*`, which its owner deletes when it ends, but
not when it is killed. A locked file in the folder says whose it is; the lock ends with its owner, however that ends.
"""

import fcntl
import os
import shutil
import time
from contextlib import suppress
from multiprocessing.util import get_temp_dir
from pathlib import Path
from tempfile import gettempdir

LOCK = "genonaut.lock"
# A younger folder may be of a process that has not locked it yet.
YOUNG_SECONDS = 60.0


def own_folder() -> None:
    """Lock the folder of this process, and delete what killed ones left. Called again, it does nothing."""
    descriptor = os.open(Path(get_temp_dir()) / LOCK, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)  # until this process ends
    except BlockingIOError:  # Locked by this process, or by the one that it was forked from.
        os.close(descriptor)
        return
    for lock in Path(gettempdir()).glob(f"pymp-*/{LOCK}"):
        with suppress(OSError):  # another account's, or gone
            _delete_unless_owned(lock)


def _delete_unless_owned(lock: Path) -> None:
    if time.time() - lock.stat().st_mtime < YOUNG_SECONDS:
        return
    with lock.open("a") as file, suppress(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(lock.parent, ignore_errors=True)
