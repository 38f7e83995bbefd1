"""Who may connect to the embedded PostgreSQL: the account that runs it and root, whatever the path of the checkout."""

import os
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psutil
import psycopg
import pytest

from genonaut.postgres.folder import SOCKET
from genonaut.postgres.postmaster import PidFile
from genonaut.postgres.programs import BIN
from tests.clusters import data_folder, shared

LONG = "a-folder-with-quite-a-long-name/" * 4 + "postgres"
ODD = 'it\'s 100% $odd, a "quoted" näme & more #1?/postgres'


@pytest.fixture(params=["postgres", LONG, ODD], ids=["short", "long", "odd"])
def data(request: pytest.FixtureRequest) -> Iterator[Path]:
    """A data folder whose path does, or does not, suit a socket."""
    with data_folder(request.param) as path:
        yield path


@pytest.fixture(scope="module")
def short() -> Iterator[Path]:
    """A data folder whose path suits a socket."""
    with data_folder() as path:
        yield path


def socket_folder(url: str) -> Path:
    """Return the folder that a URL connects in."""
    return Path(parse_qs(urlsplit(url).query)["host"][0])


def mode_of(path: Path) -> int:
    """Return the permissions of a file."""
    return stat.S_IMODE(path.stat().st_mode)


def refusals(url: str) -> list[str]:
    """Return what another account of this machine is told that connects. Root alone can try: for others it is empty."""
    if os.geteuid() != 0:
        return []
    stranger = {"user": "nobody", "group": "nogroup", "extra_groups": []}
    command = [BIN / "psql", "--no-password", "--command", "SELECT 1", url]
    tried = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False, **stranger)
    return [tried.stderr]


def test_only_the_servers_account_and_root_connect_and_by_a_private_socket_alone(data: Path) -> None:
    with shared(data) as url, psycopg.connect(url) as connection:
        folder = socket_folder(url)
        socket = folder / SOCKET
        assert [mode_of(folder), mode_of(socket)] == [0o700, 0o700]
        assert folder.stat().st_uid == socket.stat().st_uid == data.stat().st_uid
        shown = {name: connection.execute(f"SHOW {name}").fetchone()[0] for name in ("listen_addresses", "port")}
        assert shown == {"listen_addresses": "", "port": "5432"}
        rules = "SELECT type, database, user_name, auth_method, options FROM pg_hba_file_rules"
        assert connection.execute(rules).fetchall() == [
            ("local", [database], ["all"], "peer", ["map=genonaut"]) for database in ("all", "replication")
        ]
        inet = psutil.Process(PidFile.read(data).pid).net_connections("inet")
        assert inet == []
        assert all("Permission denied" in refusal for refusal in refusals(url))
        for path in (folder, socket):
            path.chmod(0o777)
        assert all('Peer authentication failed for user "postgres"' in refusal for refusal in refusals(url))


def test_what_an_older_version_left_open_is_closed_while_it_runs_and_at_the_next_start(short: Path) -> None:
    with shared(short) as url:
        (short / "pg_hba.conf").write_text("local all all trust\nhost all all 127.0.0.1/32 trust\n")
        with psycopg.connect(url) as connection:
            connection.execute("SELECT pg_reload_conf()")
        assert trusted(url)
        with shared(short):
            assert not trusted(url)


def trusted(url: str) -> bool:
    """Tell whether the server trusts an account because it is of this machine."""
    with psycopg.connect(url) as connection:
        rules = connection.execute("SELECT auth_method FROM pg_hba_file_rules").fetchall()
    return ("trust",) in rules


def test_a_private_folder_is_the_same_at_the_next_start_unless_another_account_took_its_name() -> None:
    with data_folder(LONG) as data:
        with shared(data) as url:
            first = socket_folder(url)
        assert not first.exists()
        with shared(data) as url:
            assert socket_folder(url) == first
        first.symlink_to(data)
        with shared(data) as url:
            assert socket_folder(url) != first
        first.unlink()
        first.mkdir(mode=0o777)
        first.chmod(0o777)
        (data / "socket_folder").write_text(str(first))
        with shared(data) as url:
            assert socket_folder(url) != first
        first.rmdir()


def test_settings_of_the_environment_do_not_reach_the_server(short: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPORT", "5999")
    monkeypatch.setenv("PGDATA", "/nowhere")
    with shared(short) as url, psycopg.connect(url) as connection:
        assert connection.execute("SHOW port").fetchone() == ("5432",)


def test_the_locks_are_closed_to_other_accounts(short: Path) -> None:
    """Who can open a file can lock it, and would keep the server from starting for ever."""
    starting = short.parent / "postgres.starting"
    starting.touch(mode=0o644)
    with shared(short):
        assert [mode_of(path) for path in (starting, short.parent / "postgres.users")] == [0o600, 0o600]
