"""Kills and stops the embedded PostgreSQL under load, and measures how long the site is away.

    .venv/bin/python -m tests.stress.outage --rounds 3

It serves this checkout as `make run` does, on a port of its own; the data survives. Six clients ask for the gallery and
one for a static file, without a pause. Goals: the first good answer within 5 s of the end of the server, 503 within
100 ms until then, static files as ever.
"""

import http.client
import os
import signal
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections import Counter
from dataclasses import dataclass, field
from threading import Event, Thread

from django.conf import settings

from genonaut.postgres import postmaster
from tests.stress.servers import free_port

LOG = "bench/outage.log"
READERS = 6
GALLERY = "/"
WARM_SECONDS, AWAY_SECONDS, START_SECONDS = 3, 60, 120
# `pg_ctl stop` sends SIGINT, or SIGQUIT with `-m immediate`.
WAYS = {"killed": signal.SIGKILL, "stopped": signal.SIGINT, "stopped at once": signal.SIGQUIT}


@dataclass(frozen=True)
class Answer:
    """One answer: when it was asked for and came, and its status; 0 without one."""

    asked_at: float
    came_at: float
    status: int


@dataclass
class Client:
    """A client that asks for one address again and again."""

    port: int
    path: str
    answers: list[Answer] = field(default_factory=list)
    is_done: Event = field(default_factory=Event)

    def run(self) -> None:
        """Ask until it is done."""
        while not self.is_done.is_set():
            asked_at = time.monotonic()
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=AWAY_SECONDS)
            try:
                connection.request("GET", self.path)
                response = connection.getresponse()
                response.read()
                status = response.status
            except (OSError, http.client.HTTPException):
                status = 0
            finally:
                connection.close()
            self.answers.append(Answer(asked_at, time.monotonic(), status))


def serve(port: int) -> subprocess.Popen:
    """Start the site on its embedded server, and return its process once it listens."""
    path = settings.VAR_DIR / LOG
    path.parent.mkdir(parents=True, exist_ok=True)
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    command = [sys.executable, "manage.py", "serve", "--port", str(port)]
    with path.open("w") as log:
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, stdout=pipe, stderr=log, text=True)
    for line in process.stdout:
        if line.startswith("Genonaut is at"):
            return process
    raise RuntimeError(f"The site did not start: see var/{LOG}.")


def outage(port: int, static: str, number: int) -> str:
    """End the server by a signal under load; return a row of the table."""
    readers = [Client(port, GALLERY) for _ in range(READERS)]
    statics = Client(port, static)
    threads = [Thread(target=client.run) for client in (*readers, statics)]
    for thread in threads:
        thread.start()
    try:
        time.sleep(WARM_SECONDS)
        ended_at = time.monotonic()
        os.kill(postmaster.running(settings.VAR_DIR / "postgres").pid, number)
        back_at = wait_until_back(readers, ended_at)
        time.sleep(WARM_SECONDS)
    finally:
        for client in (*readers, statics):
            client.is_done.set()
        for thread in threads:
            thread.join()
    answers = [answer for reader in readers for answer in reader.answers]
    return row(answers, statics.answers, ended_at, back_at)


def wait_until_back(readers: list[Client], ended_at: float) -> float:
    """Return when the first good answer came to a request that was made after one had failed."""
    for _ in postmaster.polls(AWAY_SECONDS):
        answers = [answer for reader in readers for answer in list(reader.answers) if answer.came_at > ended_at]
        failed = [answer.came_at for answer in answers if answer.status != 200]
        good = [
            answer.came_at for answer in answers if failed and answer.status == 200 and answer.asked_at > min(failed)
        ]
        if good:
            return min(good)
    raise RuntimeError(f"The site was not back after {AWAY_SECONDS} s.")


def row(answers: list[Answer], statics: list[Answer], ended_at: float, back_at: float) -> str:
    """Return the figures of one outage as cells."""
    away = [answer for answer in answers if answer.came_at > ended_at and answer.status != 200]
    statuses = Counter(answer.status for answer in away)
    # Those in flight when the server ended waited for it; the others found it away.
    quick = [1000 * (answer.came_at - answer.asked_at) for answer in away if answer.asked_at > ended_at]
    static = [1000 * (answer.came_at - answer.asked_at) for answer in statics if answer.came_at > ended_at]
    bad = sum(answer.status != 200 for answer in statics)
    cells = (
        f"{back_at - ended_at:.1f} s",
        ", ".join(f"{count} x {status}" for status, count in sorted(statuses.items())),
        f"{sorted(quick)[len(quick) // 2]:.0f} / {max(quick):.0f} ms" if quick else "-",
        f"{sorted(static)[len(static) // 2]:.0f} / {max(static):.0f} ms, {bad} failed",
    )
    return " | ".join(cells)


def main() -> None:
    """Run the rounds and print the table."""
    parser = ArgumentParser(prog="python -m tests.stress.outage", description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=3, help="how often each way is tried (default: 3)")
    rounds = parser.parse_args().rounds
    port = free_port()
    process = serve(port)
    static = next((settings.STATIC_ROOT / "css").glob("base.*.css"))
    try:
        print(
            "| server | back after | failed answers | median / slowest of those | static file |\n|---|---|---|---|---|"
        )
        for _ in range(rounds):
            for way, number in WAYS.items():
                print(f"| {way} | {outage(port, f'/static/css/{static.name}', number)} |", flush=True)
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=START_SECONDS)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genonaut.settings")
    main()
