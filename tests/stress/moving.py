"""Moves the database of a site that is read and written from PostgreSQL 15 to 18 and back, as docs/upgrading.md says.

    .venv/bin/python -m tests.stress.moving --rows 20000

It has two servers of its own, a site of two processes, and a worker. Exit status 1 if a write that was acknowledged is
not in the database that the site ended on, if a count is not right there, or if an ETag came back.
"""

import http.client
import os
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

# Else the settings would start the server of the site's own data.
os.environ.setdefault("DATABASE_URL", "postgresql://none@/none")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genonaut.settings")

import psycopg

from tests.stress.moving_clients import Client, Crowd, row
from tests.stress.postgres_servers import NEWEST, OLDEST, Cluster, running
from tests.stress.servers import serving
from tests.stress.systems import OUR_SERVER

OLD_PORT, NEW_PORT = 57400, 57401
READERS, WRITERS = 3, 2
SETTLE_SECONDS = 4
ORDER_SECONDS = 20
# No job has ended for so long: the worker does not work.
JOB_SECONDS = 240
PATHS = ("/", "/api/v1/content/?page=7", "/api/v1/content/?content_type=video&sort=quality_score", "/?page=30")
LIST = "/api/v1/content/"
COUNTS = (("rankings", "verify"), ("catalog", "verify"), ("popularity", "verify"), ("stacks", "verify"))
MEMBER = """
from users.accounts import token_of
from users.models import User
print(token_of(User.objects.create_user("writer", password="does-not-matter-here")).key)
"""
PUBLIC = "SELECT id FROM content_contentitem WHERE NOT is_private AND level = 0 ORDER BY id LIMIT 500"
OPEN = ("pending", "running")
TABLES = {
    "content": "content_contentitem",
    "interactions": "interactions_interaction",
    "jobs": "generation_generationjob",
}


def manage(environment: dict[str, str], *arguments: str) -> str:
    """Run manage.py and return what it prints. Raises CalledProcessError."""
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(
        command, env={**os.environ, **environment}, check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def crowds(port: int, token: str, public: list[int]) -> tuple[Crowd, Crowd]:
    """Return the readers, and those who add works, view and order some."""
    signed_in = {"Authorization": f"Token {token}"}

    def add(name: int, number: int) -> tuple[str, str, dict]:
        work = {"title": f"Work {name}-{number}", "content_type": "image", "prompt": f"lighthouse {number % 7}"}
        return "POST", "/api/v1/content/", {**work, "tags": ["sea", f"tag{number % 5}"]}

    def view(number: int) -> tuple[str, str, dict]:
        return "POST", "/api/v1/interactions/", {"content": public[number % len(public)], "kind": "view"}

    def order(number: int) -> tuple[str, str, dict]:
        time.sleep(ORDER_SECONDS)
        return "POST", "/api/v1/generation-jobs/", {"prompt": f"a boat {number}"}

    readers = [
        Client(port, lambda number, shift=shift: ("GET", PATHS[(number + shift) % len(PATHS)], None))
        for shift in range(READERS)
    ]
    adders = [Client(port, lambda n, name=name: add(name, n), signed_in) for name in range(WRITERS)]
    return Crowd(readers), Crowd([*adders, Client(port, view, signed_in), Client(port, order, signed_in)])


@contextmanager
def working(environment: dict[str, str]) -> Iterator[None]:
    """Run a worker."""
    command = [sys.executable, "manage.py", "worker"]
    process = subprocess.Popen(command, env={**os.environ, **environment})
    try:
        yield
    finally:
        process.terminate()
        process.wait(60)


def step(environment: dict[str, str], readers: Crowd, writers: Crowd, *arguments: str) -> None:
    """Take a step, and print what the clients saw meanwhile."""
    began = time.monotonic()
    print(f"\n$ manage.py move_database {' '.join(arguments)}")
    print(manage(environment, "move_database", *arguments).rstrip())
    time.sleep(SETTLE_SECONDS)
    print(f"{time.monotonic() - began:.0f} s with {SETTLE_SECONDS} s afterwards; meanwhile:")
    print("| | requests | failed | from the first failure to the last | longest |\n|---|---|---|---|---|")
    print(row("reads", readers.answers(began)))
    print(row("writes", writers.answers(began)), flush=True)


def lost(writers: Crowd, url: str) -> list[str]:
    """Return the acknowledged writes that a database has not."""
    documents = writers.acknowledged()
    with psycopg.connect(url) as connection:
        ids = {name: {pk for (pk,) in connection.execute(f"SELECT id FROM {table}")} for name, table in TABLES.items()}
    kinds = [(kind_of(document), document["id"]) for document in documents]
    print(
        f"\n{len(kinds):,} acknowledged writes: " + ", ".join(f"{sum(k == n for k, _ in kinds):,} {n}" for n in TABLES)
    )
    return [f"{kind} {pk}" for kind, pk in kinds if pk not in ids[kind]]


def kind_of(document: dict) -> str:
    """Return which of TABLES holds the row that an answer tells of."""
    return "interactions" if "kind" in document else "jobs" if "job_type" in document else "content"


def unfinished_jobs(url: str) -> int:
    """Wait for the worker as long as it ends jobs; return how many have not ended."""
    statement = "SELECT count(*) FROM generation_generationjob WHERE status = ANY(%s)"
    deadline, fewest = time.monotonic() + JOB_SECONDS, sys.maxsize
    with psycopg.connect(url, autocommit=True) as connection:
        while (count := connection.execute(statement, [list(OPEN)]).fetchone()[0]) and time.monotonic() < deadline:
            if count < fewest:
                deadline, fewest = time.monotonic() + JOB_SECONDS, count
            time.sleep(1)
    return count


def ask(port: int, etag: str = "") -> tuple[int, str]:
    """Ask for a list, as a client that has it if it has an ETag; return status and ETag."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    with closing(connection):
        connection.request("GET", LIST, headers={"If-None-Match": etag} if etag else {})
        response = connection.getresponse()
        return response.status, response.headers["ETag"]


def rehearse(old: Cluster, new: Cluster, rows: int) -> list[str]:
    """Move there, back and there again under clients; return what went wrong."""
    on_old = {"DATABASE_URL": old.url}
    manage(on_old, "migrate", "-v0")
    manage(on_old, "seed", "--rows", str(rows))
    manage(on_old, "collectstatic", "--noinput", "-v0")
    token = manage(on_old, "shell", "-v0", "-c", MEMBER).strip()
    with psycopg.connect(old.url) as connection:
        public = [pk for (pk,) in connection.execute(PUBLIC)]
    both = f"postgresql://postgres@127.0.0.1:{old.port},127.0.0.1:{new.port}/genonaut?target_session_attrs=read-write"
    move = {"DATABASE_URL": both, "MOVE_DATABASE_FROM": old.url, "MOVE_DATABASE_TO": new.url}
    with serving(both, OUR_SERVER, {"WEB_WORKERS": "2"}) as server, working({"DATABASE_URL": both}):
        readers, writers = crowds(server.port, token, public)
        with readers:
            with writers:
                for arguments in (("prepare",), ("status",), ("switch", "--compare"), ("back",)):
                    step(move, readers, writers, *arguments)
            _, before = ask(server.port)
            quiet = ask(server.port, before)[0]
            with Crowd([]) as none:
                step(move, readers, none, "switch")
            after = ask(server.port, before)[0]
            left = unfinished_jobs(new.url)
    print(manage(move, "move_database", "finish"))
    wrong = [f"lost: {one}" for one in lost(writers, new.url)]
    wrong += [] if (quiet, after) == (304, 200) else [f"an ETag was answered {quiet}, and {after} after the switch"]
    wrong += [f"{left} jobs did not end"] if left else []
    for command in COUNTS:
        done = subprocess.run([sys.executable, "manage.py", *command], env={**os.environ, "DATABASE_URL": new.url})
        wrong += [f"{' '.join(command)} ended with {done.returncode}"] if done.returncode else []
    return wrong


def main() -> None:
    """Rehearse, print, and exit with 1 if anything went wrong."""
    parser = ArgumentParser(prog="python -m tests.stress.moving", description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=20_000, help="items (default: 20,000)")
    parser.add_argument("--old", type=Path, default=OLDEST, help=f"programs of the old server (default: {OLDEST})")
    options = parser.parse_args()
    with TemporaryDirectory(prefix="moving", dir="/tmp", ignore_cleanup_errors=True) as top:
        old = Cluster(Path(top), "old", OLD_PORT, options.old)
        new = Cluster(Path(top), "new", NEW_PORT, NEWEST)
        with running(old), running(new):
            wrong = rehearse(old, new, options.rows)
    print("\n".join(wrong) or "\nNothing was lost, and every count is right.")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
