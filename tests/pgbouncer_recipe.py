"""PgBouncer as deploy/pgbouncer sets it up, with the values of a test."""

import importlib.util
import os
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlencode, urlunsplit

import psycopg
from psycopg import pq

from tests import pgbouncer
from tests.pgbouncer import PgBouncer

FOLDER = Path(__file__).resolve().parent.parent / "deploy" / "pgbouncer"
PASSWORD = "of the site, for tests"
KEPT_STATEMENTS = 200


def filler() -> ModuleType:
    """Return deploy/pgbouncer/fill.py, which is a program beside its template and in no package."""
    spec = importlib.util.spec_from_file_location("fill", FOLDER / "fill.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def example_values() -> dict[str, str]:
    """Return the values of the example."""
    return filler().read_values((FOLDER / "values.env.example").read_text())


class RecipePgBouncer(PgBouncer):
    """A PgBouncer set up by the recipe before the server of a URL, whose role has a password at the pooler.

    `values` replace those of the example, `secret` is the role's at a server that asks for one, `owner` a file whose
    owner it runs as. Statements are kept if it is of a version that can.
    """

    def __init__(
        self, url: str, *, password: str = PASSWORD, secret: str = "", owner: Path | None = None, **values: str
    ) -> None:
        super().__init__(url)
        self.role = self.server.get("user", "postgres")
        self.password = password
        self.secret = secret or secret_of(self.role, password)
        self.owner = owner
        self.values = {**example_values(), **self.own_values(), **values}

    def own_values(self) -> dict[str, str]:
        """Return the values that lead to the test's server."""
        keeps = pgbouncer.version() >= pgbouncer.KEEPING_VERSION
        return {
            "database": self.server["dbname"],
            "server_host": self.server.get("host", "127.0.0.1"),
            "server_port": str(self.server.get("port", 5432)),
            "listen_port": str(self.port),
            "admin_role": self.role,
            "web_connections": "8",
            "max_prepared_statements": str(KEPT_STATEMENTS) if keeps else "",
        }

    def config_text(self) -> str:
        """Return the recipe's settings; write its list of users beside them."""
        users = self.config.with_name("userlist.txt")
        users.write_text(f'"{self.role}" "{self.secret}"\n')
        return filler().fill({**self.values, "folder": str(users.parent)})

    def account(self) -> dict[str, object]:
        """Return under whom it runs: never root."""
        if self.owner is None or os.geteuid() != 0:
            return super().account()
        owner = self.owner.stat()
        return {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []}

    @property
    def url(self) -> str:
        """The address of the web's entry."""
        return self.address(self.server["dbname"])

    @property
    def session_url(self) -> str:
        """The address of the entry for commands."""
        return self.address(f"{self.server['dbname']}_session")

    def address(self, database: str, *others: "RecipePgBouncer") -> str:
        """Return the address of an entry, at this PgBouncer first and then at others."""
        hosts = ",".join(f"127.0.0.1:{pooler.port}" for pooler in (self, *others))
        is_encrypted = self.values["client_tls_sslmode"] == "require"
        query = urlencode({"sslmode": "require" if is_encrypted else "disable"})
        password = self.password.replace(" ", "%20")
        return urlunsplit(("postgresql", f"{self.role}:{password}@{hosts}", f"/{database}", query, ""))

    def tell(self, command: str) -> list[dict[str, Any]]:
        """Give its console a command; return the rows that it answers."""
        with psycopg.connect(self.address("pgbouncer"), autocommit=True, prepare_threshold=None) as console:
            # The console knows the simple protocol alone.
            result = console.pgconn.exec_(command.encode())
        if result.status not in (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK):
            raise RuntimeError(result.error_message.decode())
        names = [result.fname(number).decode() for number in range(result.nfields)]
        rows = range(result.ntuples)
        return [
            {name: (result.get_value(row, place) or b"").decode() for place, name in enumerate(names)} for row in rows
        ]


def secret_of(role: str, password: str) -> str:
    """Return the SCRAM secret of a password, as pg_authid would have it."""
    unconnected = pq.PGconn.connect_start(b"host=127.0.0.1 port=9")
    try:
        return unconnected.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
    finally:
        unconnected.finish()
