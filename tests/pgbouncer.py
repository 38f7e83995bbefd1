"""Runs a PgBouncer in front of the tests' server; as a program it installs one: `python -m tests.pgbouncer`."""

import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self
from urllib.parse import urlunsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict

from tests.chromium import as_root, succeeds
from tests.ports import free_port

MISSING = (
    "There is no PgBouncer and none could be installed: the tests that need one fail, all others run. "
    "Install your system's pgbouncer package."
)
WAIT_SECONDS = 300
# The first version that can keep prepared statements.
KEEPING_VERSION = (1, 21)
# Debian's is outside of an ordinary account's PATH.
PATH = f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin"
CONFIG = """
[databases]
* = {server}
[pgbouncer]
unix_socket_dir =
listen_addr = 127.0.0.1
listen_port = {port}
auth_type = any
admin_users = {user}
pool_mode = transaction
server_login_retry = 1
{settings}
"""


def find() -> str | None:
    """Return the path of a PgBouncer: the one that $PGBOUNCER names, else the system's; None if there is none."""
    return os.environ.get("PGBOUNCER") or shutil.which("pgbouncer", path=PATH)


def version() -> tuple[int, int]:
    """Return the version of the PgBouncer that there is, as (1, 18)."""
    said = subprocess.run([find() or "false", "--version"], capture_output=True, text=True, check=True).stdout
    major, minor = re.search(r"PgBouncer (\d+)\.(\d+)", said).groups()
    return int(major), int(minor)


def install() -> None:
    """Install the system's package, if we may."""
    prefix = as_root()
    if shutil.which("apt-get") and prefix is not None:
        apt_get = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
        succeeds(*apt_get, "update")
        succeeds(*apt_get, "install", "-y", "pgbouncer")


class PgBouncer:
    """A PgBouncer in transaction mode before the server of a URL, while the context lasts.

        with PgBouncer(url, default_pool_size=4) as pooler:
            psycopg.connect(pooler.url)

    Keyword arguments are its settings; each server connection begins with `connect_query`. `keeps_statements` is how
    many prepared statements it keeps of each client: 0 before version 1.21. Raises FileNotFoundError if none is
    installed.
    """

    def __init__(self, url: str, *, keeps_statements: int = 0, connect_query: str = "", **settings: object) -> None:
        self.program = find()
        if self.program is None:
            raise FileNotFoundError(MISSING)
        if keeps_statements or version() >= KEEPING_VERSION:
            settings["max_prepared_statements"] = keeps_statements
        self.server = conninfo_to_dict(url)
        self.connect_query = connect_query
        self.settings = settings
        self.port = free_port()

    @property
    def url(self) -> str:
        """The address of the database through the pooler."""
        place = f"{self.server.get('user', '')}@127.0.0.1:{self.port}"
        return urlunsplit(("postgresql", place, f"/{self.server['dbname']}", "sslmode=disable", ""))

    def __enter__(self) -> Self:
        self.folder = TemporaryDirectory(prefix="pgbouncer", dir="/tmp", ignore_cleanup_errors=True)
        os.chmod(self.folder.name, 0o755)  # noqa: S103 - it runs as another account than root
        self.log = (Path(self.folder.name) / "log").open("w+")
        self.config.write_text(self.config_text())
        self.start()
        return self

    @property
    def config(self) -> Path:
        """Its settings' file."""
        return Path(self.folder.name) / "pgbouncer.ini"

    def config_text(self) -> str:
        """Return its settings."""
        server = {name: self.server[name] for name in ("host", "port", "user", "password") if self.server.get(name)}
        if self.connect_query:
            server["connect_query"] = f"'{self.connect_query}'"
        return CONFIG.format(
            server=" ".join(f"{name}={value}" for name, value in server.items()),
            port=self.port,
            user=self.server.get("user", ""),
            settings="\n".join(f"{name} = {value}" for name, value in self.settings.items()),
        )

    def start(self) -> None:
        """Start it and return once it answers. Raises RuntimeError with its log."""
        command = [self.program, str(self.config)]
        self.process = subprocess.Popen(command, stderr=self.log, stdout=self.log, **self.account())
        self.wait_until_it_answers()

    def stop(self) -> None:
        """End it as its unit does, once no transaction is under way."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(WAIT_SECONDS)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.wait()
        self.log.close()
        self.folder.cleanup()

    def account(self) -> dict[str, object]:
        """Return under whom it runs: never root, who is refused; the owner of the server's socket may connect to it."""
        if os.geteuid() != 0:
            return {}
        host = self.server.get("host", "")
        uid = Path(host).stat().st_uid if host.startswith("/") else 0
        owner = pwd.getpwuid(uid or pwd.getpwnam("nobody").pw_uid)
        return {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}

    def wait_until_it_answers(self) -> None:
        """Wait until it takes connections. Raises RuntimeError with its log."""
        deadline = time.monotonic() + WAIT_SECONDS
        while self.process.poll() is None and time.monotonic() < deadline:
            try:
                psycopg.connect(self.url).close()
                return
            except psycopg.OperationalError:
                time.sleep(0.02)
        self.log.seek(0)
        raise RuntimeError(f"PgBouncer does not answer: {self.log.read()}")


if __name__ == "__main__":
    if find() is None:
        install()
    if find() is None:
        # No failure: all that needs no pooler is still worth testing.
        print(MISSING, file=sys.stderr)
