"""Values of the environment, checked: one that cannot be used is refused by its name. Empty is not set."""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

SWITCHED = {"on": True, "true": True, "yes": True, "1": True, "off": False, "false": False, "no": False, "0": False}
# What PostgreSQL and the web server keep in four bytes.
MOST = 2_147_483_647
POSTGRESQL = ("postgresql://", "postgres://", "pgsql://", "psql://")


def read_file(path: Path) -> None:
    """Set what a file of lines NAME=value says and the environment does not. Raises ImproperlyConfigured.

    Messages say no line's value: django-environ would pass over `NAME = value`, and log it.
    """
    if not path.exists():
        return
    if not os.access(path, os.R_OK):  # read_env would pass over it
        raise ImproperlyConfigured(f"{path} cannot be read by this account; IGNORE_DOTENV=on does without it.")
    for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
        said = re.match(r"\s*(export\s+)?([A-Za-z_0-9]+)\s*=", line)
        if said and said.group() not in (f"{said[2]}=", f"export {said[2]}="):
            raise ImproperlyConfigured(f"{path}, line {number}: write {said[2]}=, without spaces around the name.")
    environ.Env.read_env(path)


def value(name: str, default: str = "") -> str:
    """Return what is set. Unlike django-environ's, one that begins with `$` is not the name of another variable."""
    return os.environ.get(name, "").strip() or default


def text(name: str, default: str, *, pattern: str, such_as: str) -> str:
    """Return a value that matches a pattern. Raises ImproperlyConfigured."""
    said = value(name, default)
    if not re.fullmatch(pattern, said):
        raise ImproperlyConfigured(f"{name} must be {such_as}; it is {said!r}.")
    return said


def names(name: str, default: Sequence[str] = (), *, pattern: str, such_as: str) -> list[str]:
    """Return values with commas between, each of which matches a pattern. Raises ImproperlyConfigured."""
    said = [part.strip() for part in value(name).split(",") if part.strip()]
    for part in said:
        if not re.fullmatch(pattern, part):
            raise ImproperlyConfigured(f"{name} must be {such_as}, separated by commas; one is {part!r}.")
    return said or list(default)


def secret(name: str, *, pattern: str, such_as: str) -> str:
    """Return a value that matches a pattern, or nothing. Raises ImproperlyConfigured, which does not say it."""
    said = value(name)
    if said and not re.fullmatch(pattern, said):
        raise ImproperlyConfigured(f"{name} must be {such_as}.")
    return said


def whole_number(name: str, default: int, *, least: int = 0, most: int = MOST) -> int:
    """Return a whole number. Raises ImproperlyConfigured."""
    such_as = f"a whole number from {least} to {most}"
    number = int(text(name, str(default), pattern="[0-9]{1,13}", such_as=such_as))
    if not least <= number <= most:
        raise ImproperlyConfigured(f"{name} must be {such_as}; it is {number}.")
    return number


def folder(name: str, default: Path) -> Path:
    """Return an absolute path, which need not be there yet. Raises ImproperlyConfigured."""
    path = Path(value(name, str(default)))
    if not path.is_absolute() or ".." in path.parts or (path.exists() and not path.is_dir()):
        raise ImproperlyConfigured(f"{name} must be the absolute path of a folder; it is {str(path)!r}.")
    return path


def database_url(name: str) -> str:
    """Return the address of a database as PostgreSQL's programs take it; Django takes two more schemes."""
    return re.sub("^p(g)?sql://", POSTGRESQL[0], value(name))


def database(name: str, url: str) -> dict[str, Any]:
    """Return Django's settings of a database, whose address came from a variable.

    Raises ImproperlyConfigured. The message repeats no part of the address, since it may hold a password.
    """
    try:
        place = environ.Env.db_url_config(url) if url.startswith(POSTGRESQL) else {}
    except (ImproperlyConfigured, KeyError, ValueError):  # a port that is no number: a password with a slash, say
        place = {}
    if not place:
        such_as = "as in postgresql://user:password@host/name; in a password %2F is a slash, %40 an @"
        raise ImproperlyConfigured(f"{name} must name a PostgreSQL server, {such_as}.")
    return place


def addresses(name: str) -> list[str]:
    """Return the addresses of servers, without a slash at their end. Raises ImproperlyConfigured.

    The message does not repeat them, since they may hold passwords.
    """
    said = [address.strip().rstrip("/") for address in value(name).split(",") if address.strip()]
    for number, address in enumerate(said, 1):
        if not _is_address(address):
            such_as = "addresses separated by commas, as in http://127.0.0.1:8188"
            raise ImproperlyConfigured(f"{name} must be {such_as}; number {number} of them is none.")
    return said


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        is_whole = bool(parts.hostname) and parts.port != 0  # raises ValueError for a port that is no number
    except ValueError:
        return False
    is_plain = not (parts.query or parts.fragment or re.search(r"[\s\x00-\x1f\\]", text))
    return parts.scheme in ("http", "https") and is_whole and is_plain


def switch(name: str, default: bool | None) -> bool | None:
    """Return whether something is on; the default if it is not set. Raises ImproperlyConfigured."""
    said = value(name).lower()
    if said and said not in SWITCHED:
        raise ImproperlyConfigured(f"{name} must be on or off; it is {said!r}.")
    return SWITCHED.get(said, default)
