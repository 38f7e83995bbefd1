#!/usr/bin/env bash
# pebble: a process that is killed between two tasks ends the whole pool.
#
# Pebble is chosen over concurrent.futures because a process that dies takes its own task with it and no other: the future
# raises ProcessExpired and the pool goes on. One would guess that a process that dies while it has nothing to do is replaced
# as quietly.
# It is not: every task from then on raises RuntimeError("Unexpected error within the Pool"), for good.
# Seen on 2026-11-29 with pebble 5.2.3, Python 3.11, Linux; start method forkserver.
# It matters because the kernel's out-of-memory killer, or an operator, picks processes whatever they are doing. A service
# that keeps such a pool for days has to make a new one upon that error.

set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
export PATH="$dir/venv/bin:$PATH"
pip install -qq pebble==5.2.3

cat > check.py <<'PY'
import os
import signal
import sys
import time
from importlib.metadata import version
from multiprocessing import get_context

from pebble import ProcessExpired, ProcessPool


def pid() -> int:
    return os.getpid()


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def outcome(pool: ProcessPool, task: object) -> str:
    try:
        return type(pool.schedule(task).result(timeout=20)).__name__
    except (ProcessExpired, RuntimeError) as error:
        return f"{type(error).__name__}: {error}"


if __name__ == "__main__":
    print("pebble", version("pebble"))
    print("expected: after either death the next task is done")
    with ProcessPool(max_workers=1, context=get_context("forkserver")) as pool:
        first = outcome(pool, die)
        after_task = outcome(pool, pid)
        print(f"seen: killed in a task: {first.partition(':')[0]}; the next task: {after_task}")
        os.kill(pool.schedule(pid).result(), signal.SIGKILL)
        time.sleep(2)
        after_idle = [outcome(pool, pid) for _ in range(3)]
        print(f"seen: killed between tasks: the next three tasks: {after_idle}")
    as_seen = first.startswith("ProcessExpired") and after_task == "int"
    sys.exit(0 if as_seen and all(said.startswith("RuntimeError") for said in after_idle) else 1)
PY
python check.py
