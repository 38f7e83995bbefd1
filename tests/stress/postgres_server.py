"""A PostgreSQL server of any version that is installed, over TCP with SCRAM and TLS, holding a copy of a database."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

from genonaut.postgres.programs import BIN, Account
from tests.ports import free_port

DEBIAN = "/usr/lib/postgresql/{}/bin"
ROLE, PASSWORD, NAME = "genonaut", "of the site, for tests", "genonaut"
SETTINGS = """
listen_addresses = 'localhost'
port = {port}
unix_socket_directories = ''
{tls}
fsync = off
shared_buffers = 256MB
random_page_cost = 1.1
max_connections = 200
"""
TLS = """
ssl = on
ssl_cert_file = '{folder}/server.crt'
ssl_key_file = '{folder}/server.key'
"""
ACCESS = "host all postgres 127.0.0.1/32 trust\n{kind} all all 127.0.0.1/32 scram-sha-256\n"
CERTIFICATE = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"


@dataclass(frozen=True)
class OwnServer:
    """A running server: as its superuser, who needs no password, and as the site's role, who does."""

    port: int
    certificate: Path
    key: Path
    secret: str
    # The wheel's PostgreSQL is built without.
    has_tls: bool

    def cpu_seconds(self) -> float:
        """Return the processor time of the server and all its backends, those that ended among them."""
        pid = int((self.certificate.parent / "data" / "postmaster.pid").read_text().split()[0])
        server = psutil.Process(pid)
        living = sum(sum(process.cpu_times()[:2]) for process in server.children(recursive=True))
        return living + sum(server.cpu_times()[:4])

    @property
    def superuser_url(self) -> str:
        """The address for tests' own statements."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{NAME}"

    @property
    def url(self) -> str:
        """The address of the site."""
        mode = "require" if self.has_tls else "disable"
        return f"postgresql://{ROLE}:{quote(PASSWORD)}@localhost:{self.port}/{NAME}?sslmode={mode}"


def programs_of(version: int) -> Path:
    """Return the folder of a version's programs: the wheel's or Debian's. Raises FileNotFoundError."""
    folder = next((path for path in (BIN, Path(DEBIAN.format(version))) if _is_of(path, version)), None)
    if folder is None:
        raise FileNotFoundError(f"PostgreSQL {version} is not installed.")
    return folder


def _is_of(folder: Path, version: int) -> bool:
    program = folder / "postgres"
    return program.exists() and f" {version}" in subprocess.check_output([program, "--version"], text=True)


@contextmanager
def own_server(version: int, source: str) -> Iterator[OwnServer]:
    """Run a server with a copy of the database of a URL, which belongs to the site's role; remove it at the end."""
    programs = programs_of(version)
    with TemporaryDirectory(prefix="pg", dir="/tmp", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        account = Account.for_server(folder)
        account.own(folder)
        options = account.process_options()
        port = free_port()
        subprocess.run(
            ["openssl", *CERTIFICATE.split(), "-keyout", folder / "server.key", "-out", folder / "server.crt"],
            check=True,
            capture_output=True,
            **options,
        )
        data = folder / "data"
        has_tls = "openssl" in subprocess.check_output([programs / "pg_config", "--configure"], text=True)
        subprocess.run(
            [programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8"],
            check=True,
            capture_output=True,
            **options,
        )
        with (data / "postgresql.conf").open("a") as settings:
            settings.write(SETTINGS.format(port=port, tls=TLS.format(folder=folder) if has_tls else ""))
        (data / "pg_hba.conf").write_text(ACCESS.format(kind="hostssl" if has_tls else "host"))
        control = [programs / "pg_ctl", "-D", data, "-l", folder / "log", "-w", "-m", "immediate"]
        subprocess.run([*control, "start"], check=True, capture_output=True, **options)
        try:
            yield _filled(port, folder, source, has_tls)
        finally:
            subprocess.run([*control, "stop"], check=True, capture_output=True, **options)


def _filled(port: int, folder: Path, source: str, has_tls: bool) -> OwnServer:
    """Make the site's role and its database, and copy the source's rows."""
    with psycopg.connect(f"postgresql://postgres@127.0.0.1:{port}/postgres", autocommit=True) as server:
        server.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(ROLE), PASSWORD))
        server.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(NAME), sql.Identifier(ROLE)))
        secret = server.execute("SELECT rolpassword FROM pg_authid WHERE rolname = %s", [ROLE]).fetchone()[0]
    made = OwnServer(port, folder / "server.crt", folder / "server.key", secret, has_tls)
    environment = {**os.environ, "PGOPTIONS": f"-c role={ROLE}"}
    dump = [BIN / "pg_dump", "--no-owner", "--no-privileges", "--format=custom", "--compress=0", source]
    restore = [BIN / "pg_restore", "--no-owner", "--dbname", made.superuser_url]
    with subprocess.Popen(dump, stdout=subprocess.PIPE) as dumping:
        subprocess.run(restore, stdin=dumping.stdout, env=environment, check=False, capture_output=True)
    with psycopg.connect(made.superuser_url, autocommit=True) as copy:
        copy.execute("VACUUM ANALYZE")
    return made
