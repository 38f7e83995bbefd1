"""PostgreSQL servers of a version of one's choice, each with a data folder and a port of its own."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from genonaut.postgres.programs import BIN, Account

OLDEST = Path("/usr/lib/postgresql/15/bin")
NEWEST = BIN
DATABASE = "genonaut"
# What the site's servers are set to, but fsync: the machine is not cut off. Small, since several run at once.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "wal_level": "logical",
    "shared_buffers": "64MB",
    "fsync": "off",
    "log_min_messages": "warning",
}


class Cluster:
    """A data folder below `top` and the server over it."""

    def __init__(self, top: Path, name: str, port: int, programs: Path = NEWEST) -> None:
        self.data, self.port, self.programs = top / name, port, programs
        self.account = Account.for_server(self.data)
        self.account.open_the_way(self.data)
        self.account.own(top)

    @property
    def url(self) -> str:
        """The URL of the site's database."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{DATABASE}"

    def create(self, **settings: str) -> None:
        """Make the data folder."""
        program = self.programs / "initdb"
        self.account.run(
            program, "-D", self.data, "-U", "postgres", "-A", "trust", "--locale=C.UTF-8", "-E", "UTF8", "-N"
        )
        self.configure(**{**SETTINGS, **settings})

    def configure(self, **settings: str) -> None:
        """Add settings, with the port."""
        lines = [f"{name} = '{value}'\n" for name, value in {**settings, "port": str(self.port)}.items()]
        with (self.data / "postgresql.conf").open("a") as conf:
            conf.writelines(lines)

    def start(self) -> None:
        """Start the server and wait until it takes connections. Raises RuntimeError with the end of its log."""
        log = self.data.with_suffix(".log")
        try:
            self.account.run(self.programs / "pg_ctl", "-D", self.data, "-l", log, "-w", "-t", "120", "start")
        except RuntimeError as error:
            raise RuntimeError(f"{error}\n{log.read_text()[-2000:]}") from None

    def stop(self, mode: str = "fast") -> None:
        """Stop the server if it runs."""
        command = [self.programs / "pg_ctl", "-D", self.data, "-m", mode, "-w", "stop"]
        subprocess.run(command, **self.account.process_options(), capture_output=True, check=False)

    def create_database(self) -> None:
        """Make the site's database, empty."""
        maintenance = self.url.removesuffix(DATABASE) + "postgres"
        with psycopg.connect(maintenance, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {DATABASE} TEMPLATE template0")


@contextmanager
def running(cluster: Cluster, **settings: str) -> Iterator[Cluster]:
    """Make a server with an empty database, and stop it at the end."""
    cluster.create(**settings)
    cluster.start()
    try:
        cluster.create_database()
        yield cluster
    finally:
        cluster.stop("immediate")
