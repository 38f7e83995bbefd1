"""The data folder: made whole or not at all, with our settings, closed to other accounts of the machine."""

import os
import pwd
import shutil
import stat
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from genonaut.postgres.programs import BIN, VERSION, Account

PORT = 5432
SOCKET = f".s.PGSQL.{PORT}"
# sun_path of sockaddr_un: 104 bytes on macOS and the BSDs, 108 on Linux, a zero byte among them.
LONGEST_SOCKET_PATH = 103
# They part the entries of unix_socket_directories, and libpq's hosts.
SEPARATORS = frozenset(',"\n')
SHORT_FOLDERS = "/tmp"  # noqa: S108 - for folders of mkdtemp alone

# For a table of 10 million rows on a laptop or a small virtual machine. Durability stays as PostgreSQL ships it.
SETTINGS = """\
# Written by genonaut/postgres at each start; put your own settings into postgresql.conf below the include.
listen_addresses = ''         # a socket only, in a folder of mode 0700
port = {port}
unix_socket_directories = '{sockets}'
unix_socket_permissions = 0700
shared_buffers = 512MB
effective_cache_size = 2GB
work_mem = 32MB
maintenance_work_mem = 256MB
max_wal_size = 4GB            # a bulk load of millions of rows checkpoints seldom
wal_compression = off         # pglz, all that this build has, is 4 to 7 times the processor of an update of many rows
checkpoint_timeout = 15min
random_page_cost = 1.1        # solid-state disks
max_connections = 100
jit = off                     # compiling costs more than it saves on queries of a few milliseconds
autovacuum_vacuum_insert_scale_factor = 0.02  # keeps index-only scans index-only after many inserts
autovacuum_analyze_scale_factor = 0.02
timezone = 'UTC'
log_min_error_statement = panic  # a statement that fails holds what was sent: addresses, hashes of passwords
log_error_verbosity = terse   # and DETAIL the row
"""
# One call in place of 1,900 fsyncs: 0.02 s of the recovery from a crash, not 1 to 3.5 s. Linux alone.
SYNC_AT_ONCE = "recovery_init_sync_method = syncfs\n"
# The kernel tells the server which account a client runs as: no password, and no trust.
ACCESS = """\
# Written by genonaut/postgres at each start: the accounts of pg_ident.conf, over the socket. For rules of your own set
# hba_file in postgresql.conf, below the include.
local  all          all  peer  map=genonaut
local  replication  all  peer  map=genonaut
"""
AUTHENTICATION = ("--auth-local=peer", "--auth-host=reject")
INCLUDE = "include_if_exists = 'genonaut.conf'\n"


def create(data: Path, account: Account) -> None:
    """Make the data folder unless there is one. A start that was interrupted leaves no half of it.

    Raises RuntimeError if a folder is there that this version cannot run.
    """
    version = data / "PG_VERSION"
    if version.exists():
        if (made_by := version.read_text().strip()) != str(VERSION):
            raise RuntimeError(f"PostgreSQL {made_by} made it, which is not compatible with this version, {VERSION}")
        if data.stat().st_uid != account.uid:  # a copy that root put there
            for path in (*data.rglob("*"), data):
                os.chown(path, account.uid, account.gid, follow_symlinks=False)
        return
    if data.exists() and any(data.iterdir()):
        raise RuntimeError("the folder is not empty, and PostgreSQL did not make it (it has no PG_VERSION)")
    whole = data if data.is_mount() else data.with_name(f"{data.name}.half")  # a mount cannot be renamed to
    if whole != data:
        shutil.rmtree(whole, ignore_errors=True)
        whole.mkdir(mode=0o700)
    account.own(whole)
    account.run(
        BIN / "initdb", "--username=postgres", "--encoding=UTF8", "--auth-local=peer", "--auth-host=reject", "-D", whole
    )
    if whole != data:
        whole.rename(data)


def configure(data: Path, account: Account) -> None:
    """Prepare a folder over which no server runs: our settings, who may connect, and no lock that a dead server left.

    Like postmaster.pid, the lock of a socket names a process id that another program may have by now.
    """
    folder = socket_folder(data, account)
    (folder / f"{SOCKET}.lock").unlink(missing_ok=True)
    sockets = str(folder).replace("\\", "\\\\").replace("'", "''")
    settings = SETTINGS.format(port=PORT, sockets=sockets) + (SYNC_AT_ONCE if sys.platform == "linux" else "")
    _write(data / "genonaut.conf", settings, account)
    main = data / "postgresql.conf"
    if INCLUDE not in (text := main.read_text()):
        _write(main, text + INCLUDE, account)
    secure(data, account)


def secure(data: Path, account: Account) -> bool:
    """Let the server's account and root connect, each as any role, and no other; return whether that is a change."""
    names = sorted({pwd.getpwuid(0).pw_name, account.name})
    users = "".join(f'genonaut  "{name}"  all\n' for name in names)
    written = [_write(data / "pg_hba.conf", ACCESS, account), _write(data / "pg_ident.conf", users, account)]
    return any(written)


def socket_folder(data: Path, account: Account) -> Path:
    """Return the folder of the server's socket: the data folder, or a private one if its path does not suit a socket.

    The private one is the same at each start, so that clients find a server that was started again.
    """
    path = str(data)
    if len(os.fsencode(data / SOCKET)) <= LONGEST_SOCKET_PATH and not SEPARATORS.intersection(path):
        return data
    record = data / "socket_folder"
    if record.exists() and _is_private(folder := Path(record.read_text()), account):
        return folder
    folder = Path(tempfile.mkdtemp(prefix="genonaut-", dir=SHORT_FOLDERS))
    account.own(folder)
    _write(record, str(folder), account)
    return folder


def remove_socket_folder(data: Path) -> None:
    """Remove the private folder of a socket, if there is one; the next start makes it again."""
    record = data / "socket_folder"
    if record.exists():
        with suppress(OSError):
            Path(record.read_text()).rmdir()


def _is_private(folder: Path, account: Account) -> bool:
    """Tell whether a folder is the account's and closed to others; it is made again if it is gone."""
    try:
        folder.mkdir(mode=0o700)
        account.own(folder)
    except FileExistsError:
        pass
    except OSError:
        return False
    status = folder.lstat()
    return stat.S_ISDIR(status.st_mode) and status.st_uid == account.uid and not status.st_mode & 0o077


def _write(path: Path, text: str, account: Account) -> bool:
    """Write a file whole or not at all, unless it holds the text; return whether it did not."""
    if path.exists() and path.read_text() == text:
        return False
    half = path.with_name(f"{path.name}.half")
    half.write_text(text)
    half.chmod(0o600)
    account.own(half)
    half.replace(path)
    return True
