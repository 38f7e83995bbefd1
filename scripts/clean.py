"""`make clean`: remove the environment and all data of this checkout, once asked and only if nothing uses them.

It runs without the environment, which may be broken: Python's standard library alone.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

VENV, VAR = Path(".venv"), Path("var")
DATA = VAR / "postgres"
# Those of genonaut/postgres/server.py: processes that start the database, and that use it.
LOCKS = (VAR / "postgres.starting", VAR / "postgres.users")
STOP_SECONDS = 60


def main(*, is_forced: bool) -> None:
    """Remove both folders. Exits with one line if that cannot be."""
    refuse_while_in_use()
    if VAR.exists() and not is_forced:
        ask()
    stop_server()
    with suppress(FileNotFoundError):
        Path((DATA / "socket_folder").read_text()).rmdir()
    for folder in (VENV, VAR):
        if folder.is_symlink():
            folder.unlink()
        elif folder.exists():
            shutil.rmtree(folder)


def refuse_while_in_use() -> None:
    """Exit if a process uses the database, or starts it; none can until this one ends."""
    for path in LOCKS:
        if path.exists():
            lock = os.open(path, os.O_RDWR)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                sys.exit("Genonaut is running here: stop it first (Ctrl-C in its terminal). Nothing was deleted.")


def ask() -> None:
    """Exit unless a person agrees."""
    what = f"all data in {VAR.resolve()} (database, pictures)"
    if not sys.stdin.isatty():
        sys.exit(f"This deletes {what}: run it in a terminal, or as: make clean FORCE=1")
    try:
        answer = input(f"Delete {VENV} and {what}? [y/N] ")
    except (EOFError, KeyboardInterrupt):
        answer = ""
    if answer.strip().lower() not in {"y", "yes"}:
        sys.exit("Nothing was deleted.")


def stop_server() -> None:
    """Stop a server whose users were all killed. Exits if it does not stop."""
    pid_file = DATA / "postmaster.pid"
    pid = server_pid(pid_file)
    if pid is None:
        return
    os.kill(pid, signal.SIGINT)
    end = time.monotonic() + STOP_SECONDS
    while server_pid(pid_file) is not None:
        if time.monotonic() > end:
            sys.exit(f"PostgreSQL (process {pid}) does not stop: end it first. Nothing was deleted.")
        time.sleep(0.05)


def server_pid(pid_file: Path, processes: Path = Path("/proc")) -> int | None:
    """Return the process id of the server over our data, if one runs; without /proc (macOS), of any PostgreSQL."""
    try:
        pid = int(pid_file.read_text().split()[0])
        os.kill(pid, 0)
    except (OSError, ValueError, IndexError):
        return None
    try:
        is_server = os.path.samefile(processes / f"{pid}/cwd", DATA) if processes.is_dir() else is_postgres(pid)
    except OSError:  # it is gone, or a zombie
        return None
    return pid if is_server else None


def is_postgres(pid: int) -> bool:
    """Return whether a process is PostgreSQL by its name: after a crash its id may be that of any other."""
    command = ["/bin/ps", "-o", "comm=", "-p", str(pid)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - a number
    return Path(done.stdout.strip()).name == "postgres"


if __name__ == "__main__":
    try:
        main(is_forced="--force" in sys.argv)
    except OSError as error:
        sys.exit(f"Not all could be deleted: {error}")
