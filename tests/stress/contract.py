"""Asks a running site for what its schema allows and what not, minutes long: as nobody, as a user and as staff.

    .venv/bin/python -m tests.stress.contract --seconds 300

Schemathesis asks and judges; schemathesis.toml says what is excepted. The site serves a copy of a database of 5,000
items. Ends with 1 if anything was found.
"""

import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import NamedTuple

from django.apps import apps
from django.contrib.auth import get_user_model

from tests.stress import report
from tests.stress.command import prepared
from tests.stress.databases import INTERRUPTED, connected_to, scratch_copy
from tests.stress.servers import serving

SITE = (str(report.ROOT / "manage.py"), "serve", "--port", "{port}")
# What is tried is what the schema says, not how often it may be asked.
ENVIRONMENT = {f"THROTTLE_{name}": "1000000/min" for name in ("REGISTRATION", "TOKEN", "HISTOGRAM")}
# With these an account or its token ends: they are asked for last, by an account of their own.
ENDINGS = ("auth_token_destroy", "users_destroy", "users_update", "users_partial_update")


class Viewer(NamedTuple):
    """Who asks, and for which operations; without `username` nobody."""

    username: str = ""
    is_staff: bool = False
    filters: tuple[str, ...] = ()


VIEWERS = (
    Viewer(),
    Viewer("schema-user", filters=tuple(f"--exclude-operation-id={name}" for name in ENDINGS)),
    Viewer("schema-staff", is_staff=True, filters=tuple(f"--exclude-operation-id={name}" for name in ENDINGS)),
    Viewer("schema-leaver", is_staff=True, filters=tuple(f"--include-operation-id={name}" for name in ENDINGS)),
)


def token_of(url: str, viewer: Viewer) -> str:
    """Return a token of the viewer's account, which is made where there is none."""
    with connected_to(url):
        rights = {"is_staff": viewer.is_staff, "is_superuser": viewer.is_staff}
        user, _ = get_user_model().objects.get_or_create(username=viewer.username, defaults=rights)
        token, _ = apps.get_model("authtoken", "Token").objects.get_or_create(user=user)
        return token.key


def is_sound(port: int, viewer: Viewer, token: str, seconds: int) -> bool:
    """Run Schemathesis, which prints what it finds; return whether it found nothing."""
    command = [str(Path(sys.executable).parent / "schemathesis"), "run", f"http://127.0.0.1:{port}/api/v1/schema/"]
    options = ["--max-time", str(seconds), "--workers", "1", "--continue-on-failure", *viewer.filters]
    sign_in = ["--header", f"Authorization: Token {token}"] if token else []
    return subprocess.run([*command, *options, *sign_in], cwd=report.ROOT).returncode == 0


def main() -> None:
    """Ask as each viewer."""
    parser = ArgumentParser(prog="python -m tests.stress.contract", description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=5_000, help="items (default: 5,000)")
    parser.add_argument("--seconds", type=int, default=300, help="for each viewer (default: 300)")
    options = parser.parse_args()
    try:
        with scratch_copy(prepared(options.rows)) as url:
            tokens = [token_of(url, viewer) if viewer.username else "" for viewer in VIEWERS]
            with serving(url, SITE, ENVIRONMENT) as server:
                sound = [
                    is_sound(server.port, viewer, token, options.seconds)
                    for viewer, token in zip(VIEWERS, tokens, strict=True)
                ]
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    sys.exit(0 if all(sound) else 1)


if __name__ == "__main__":
    main()
