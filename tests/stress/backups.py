"""Backs a site up in each way of docs/backups.md, makes a mistake, restores, and looks at the site that starts on it.

    .venv/bin/python -m tests.stress.backups --rows 3000

A dump; a base backup; the base backup with the log that `pg_receivewal` kept, to just before the mistake. Exit status 1
if rows are not those of the moment, a count is not right, or a client is told 304 by the ETag that it has from before.
"""

import http.client
import os
import shutil
import subprocess
import sys
import time
from argparse import ArgumentParser
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

# Else the settings would start the server of the site's own data.
os.environ.setdefault("DATABASE_URL", "postgresql://none@/none")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genonaut.settings")

import psycopg

from tests.stress.postgres_servers import Cluster, running
from tests.stress.servers import serving
from tests.stress.systems import OUR_SERVER

PORT, DUMP_PORT, BASE_PORT, MOMENT_PORT = 57410, 57411, 57412, 57413
LIST = "/api/v1/content/"
COUNTS = (("rankings", "verify"), ("catalog", "verify"), ("popularity", "verify"), ("stacks", "verify"))
ADD = """
INSERT INTO content_contentitem (title, content_type, source, prompt, data, metadata, tags, is_private, seed,
    created_at, updated_at) VALUES (%s, 'image', 'user', 'a lighthouse', '', '{}', '{sea}', false, 1, now(), now())
"""
MISTAKE = "UPDATE content_contentitem SET is_private = true, title = 'Oops'"
TITLES = "SELECT md5(string_agg(id || title || is_private, ',' ORDER BY id)) FROM content_contentitem"
LOG_SECONDS = 30


def manage(url: str, *arguments: object) -> int:
    """Run manage.py on a database; return its exit code."""
    command = [sys.executable, "manage.py", *map(str, arguments)]
    return subprocess.run(command, env={**os.environ, "DATABASE_URL": url}, stdout=subprocess.DEVNULL).returncode


def value(url: str, statement: str, *params: object) -> object:
    """Return the first value of a statement, if it has one."""
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement, params or None)
        return cursor.fetchone()[0] if cursor.description else None


def ask(port: int, etag: str = "") -> tuple[int, str]:
    """Ask for a list, as a client that has it if it has an ETag; return status and ETag."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.request("GET", LIST, headers={"If-None-Match": etag} if etag else {})
        response = connection.getresponse()
        return response.status, response.headers["ETag"]


def receive_log(url: str, folder: Path) -> subprocess.Popen:
    """Keep the server's log in a folder, from now on."""
    folder.mkdir()
    arguments = ("postgres", "pg_receivewal", f"--directory={folder}", "--slot=backup")
    manage(url, *arguments, "--create-slot", "--if-not-exists")
    command = [sys.executable, "manage.py", *arguments, "--synchronous"]
    return subprocess.Popen(
        command, env={**os.environ, "DATABASE_URL": url}, stderr=subprocess.DEVNULL, start_new_session=True
    )


def wait_for_log(url: str) -> None:
    """Wait until the folder has all of the log that there is. Raises TimeoutError."""
    position = value(url, "SELECT pg_current_wal_lsn()")
    deadline = time.monotonic() + LOG_SECONDS
    while not value(url, "SELECT coalesce(flush_lsn >= %s::pg_lsn, false) FROM pg_stat_replication", position):
        if time.monotonic() > deadline:
            raise TimeoutError("pg_receivewal does not follow.")
        time.sleep(0.2)


def copied(base: Path, cluster: Cluster, **settings: str) -> Cluster:
    """Put a base backup in the place of a server's data folder."""
    shutil.copytree(base, cluster.data, symlinks=True)
    for path in (*cluster.data.rglob("*"), cluster.data):
        os.chown(path, cluster.account.uid, cluster.account.gid, follow_symlinks=False)
    cluster.configure(**settings)
    return cluster


def to_moment(base: Path, log: Path, cluster: Cluster, moment: str) -> Cluster:
    """Put a base backup in place that reads the log up to a moment as it starts."""
    for path in (*log.rglob("*"), log):
        os.chown(path, cluster.account.uid, cluster.account.gid)
    copied(
        *(base, cluster),
        restore_command=f'cp "{log}/%f" "%p" || cp "{log}/%f.partial" "%p"',
        recovery_target_time=moment,
        recovery_target_action="promote",
    )
    signal = cluster.data / "recovery.signal"
    signal.touch()
    cluster.account.own(signal)
    return cluster


def wait_until_writable(url: str) -> None:
    """Wait for the end of recovery. Raises TimeoutError."""
    deadline = time.monotonic() + LOG_SECONDS
    while value(url, "SELECT pg_is_in_recovery()"):
        if time.monotonic() > deadline:
            raise TimeoutError("Recovery does not end.")
        time.sleep(0.2)


def judged(label: str, cluster: Cluster, titles: object, etags: list[str]) -> list[str]:
    """Start the site on a restored database; return what is not as it should be, and print a row."""
    began = time.monotonic()
    wait_until_writable(cluster.url)
    wrong = [] if value(cluster.url, TITLES) == titles else [f"{label}: rows are not those of the moment"]
    wrong += [f"{label}: {' '.join(command)}" for command in COUNTS if manage(cluster.url, *command)]
    with serving(cluster.url, OUR_SERVER) as server:
        statuses = [ask(server.port, etag)[0] for etag in etags]
    wrong += [f"{label}: {statuses}"] if statuses != [200] * len(etags) else []
    value(cluster.url, ADD, "After the restore")
    print(f"| {label} | {'; '.join(wrong) or 'all right'} | {time.monotonic() - began:.0f} s |", flush=True)
    return wrong


def rehearse(top: Path, rows: int) -> list[str]:
    """Back up, break, restore; return what went wrong."""
    base, log, dump = top / "base", top / "log", top / "genonaut.dump"
    with running(Cluster(top, "site", PORT)) as site:
        for arguments in (("migrate", "-v0"), ("seed", "--rows", rows), ("collectstatic", "--noinput", "-v0")):
            manage(site.url, *arguments)
        receiver = receive_log(site.url, log)
        try:
            with serving(site.url, OUR_SERVER) as server:
                etags = [ask(server.port)[1]]
                in_dump = value(site.url, TITLES)
                manage(site.url, "postgres", "pg_dump", "--format=custom", f"--file={dump}")
                manage(site.url, "postgres", "pg_basebackup", "--checkpoint=fast", f"--pgdata={base}")
                value(site.url, ADD, "After the backup")
                etags.append(ask(server.port)[1])
                before_mistake, moment = value(site.url, TITLES), value(site.url, "SELECT now()::text")
                time.sleep(0.5)
                value(site.url, MISTAKE)
                etags.append(ask(server.port)[1])
            value(site.url, "SELECT pg_switch_wal()")
            wait_for_log(site.url)
        finally:
            os.killpg(receiver.pid, 15)
            receiver.wait()
    print("| restored | the site on it | seconds of looking |\n|---|---|---|")
    with running(Cluster(top, "of_dump", DUMP_PORT)) as restored:
        manage(
            restored.url,
            "postgres",
            "pg_restore",
            "--no-owner",
            "--no-privileges",
            "--exit-on-error",
            "--dbname=genonaut",
            dump,
        )
        wrong = judged("dump", restored, in_dump, etags)
    for label, cluster, titles in (
        ("base backup", copied(base, Cluster(top, "of_base", BASE_PORT)), in_dump),
        ("to a moment", to_moment(base, log, Cluster(top, "of_moment", MOMENT_PORT), moment), before_mistake),
    ):
        cluster.start()
        try:
            wrong += judged(label, cluster, titles, etags)
        finally:
            cluster.stop("immediate")
    return wrong


def main() -> None:
    """Rehearse, print, and exit with 1 if anything went wrong."""
    parser = ArgumentParser(prog="python -m tests.stress.backups", description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=20_000, help="items (default: 20,000)")
    with TemporaryDirectory(prefix="backups", dir="/tmp", ignore_cleanup_errors=True) as top:
        wrong = rehearse(Path(top), parser.parse_args().rows)
    print("\n".join(wrong) or "Each restore is right.")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
