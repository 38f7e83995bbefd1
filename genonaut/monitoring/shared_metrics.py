"""The files in which the processes of one site count together: a folder for each gunicorn, in var/metrics.

They must be named before prometheus_client is imported, hence in the master, before it forks.
"""

import os
import shutil
from contextlib import suppress
from pathlib import Path

import psutil

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


def share(parent: Path) -> None:
    """Make a folder for this process and those that it forks; delete those of processes that are gone."""
    folder = parent / str(os.getpid())
    for other in parent.iterdir() if parent.is_dir() else ():
        if other.name.isdigit() and (other == folder or not psutil.pid_exists(int(other.name))):
            shutil.rmtree(other, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ[VARIABLE] = str(folder)


def forget_process(pid: int) -> None:
    """Delete what a process that ended said of the moment; what it counted stays."""
    for file in _folder().glob(f"gauge_live*_{pid}.db"):
        with suppress(FileNotFoundError):
            file.unlink()


def end() -> None:
    """Delete the folder."""
    shutil.rmtree(_folder(), ignore_errors=True)


def _folder() -> Path:
    return Path(os.environ[VARIABLE])
