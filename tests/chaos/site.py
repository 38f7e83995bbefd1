"""The site before the cluster: HAProxy as deploy/patroni describes it, gunicorn, and the commands that verify."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from secrets import token_hex

import psycopg
from psycopg import sql

from tests.chaos import network, programs
from tests.chaos.cluster import PASSWORD, Cluster, polls

PORT = 8000
NAME = "genonaut"
URL = f"postgresql://{NAME}:{PASSWORD}@127.0.0.1:5000/{NAME}?target_session_attrs=primary"
GUNICORN = ["-m", "gunicorn", "-c", "python:genonaut.gunicorn", "--bind", f"127.0.0.1:{PORT}"]
STOP_SECONDS = 30


def environment(url: str = URL) -> dict[str, str]:
    """Return what the site and its commands run with."""
    return {**os.environ, "DATABASE_URL": url, "HTTPS": "off", "SECRET_KEY": token_hex(), "WEB_WORKERS": "2"}


def make_database(cluster: Cluster) -> None:
    """Make the site's role and its empty database on the leader."""
    with psycopg.connect(cluster.leader().url, autocommit=True) as connection:
        role = sql.Identifier(NAME)
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(role, PASSWORD))
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(role, role))


@contextmanager
def proxy() -> Iterator[None]:
    """Run HAProxy on the site's machine."""
    nodes = {f"NODE{number}": network.address(name) for number, name in enumerate(network.NODES, 1)}
    command = [programs.find("haproxy"), "-db", "-f", str(programs.RECIPE / "haproxy.cfg")]
    with started(command, "haproxy", {**os.environ, **nodes}):
        for _ in polls("HAProxy leads to no leader"):
            if answers(URL.replace(f"/{NAME}", "/postgres")):
                break
        yield


def answers(url: str) -> bool:
    """Tell whether a database answers."""
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError as error:
        return "password authentication failed" in str(error)
    return True


def manage(*arguments: object) -> None:
    """Run manage.py on the cluster. Raises RuntimeError with its output."""
    run_python("manage.py", *arguments)


def verify() -> list[str]:
    """Return what is wrong with the counts of the database."""
    try:
        run_python("-m", "tests.chaos.verifying")
    except RuntimeError as error:
        return [str(error)]
    return []


def run_python(*arguments: object) -> None:
    """Run a program of this checkout on the cluster. Raises RuntimeError with its output."""
    done = subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=programs.BASE,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, arguments))} ended with {done.returncode}: {done.stdout}")


@contextmanager
def serving() -> Iterator[None]:
    """Serve the site, and yield when it answers."""
    with started([sys.executable, *GUNICORN], "site", environment()):
        for _ in polls("the site does not answer"):
            if is_up():
                break
        yield


def is_up() -> bool:
    """Tell whether the site has a page to show."""
    connection = HTTPConnection("127.0.0.1", PORT, timeout=STOP_SECONDS)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


@contextmanager
def started(command: list[str], log: str, environment: dict[str, str]) -> Iterator[subprocess.Popen]:
    """Run a program while the context lasts."""
    with programs.log(log) as output:
        process = subprocess.Popen(command, cwd=programs.BASE, env=environment, stdout=output, stderr=output)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
