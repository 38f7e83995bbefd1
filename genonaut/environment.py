"""Values of the environment, checked: one that cannot be used is refused by its name. Empty is not set."""

import os
import re
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

SWITCHED = {"on": True, "true": True, "yes": True, "1": True, "off": False, "false": False, "no": False, "0": False}
# What PostgreSQL and the web server keep in four bytes.
MOST = 2_147_483_647


def text(name: str, default: str, *, pattern: str, such_as: str) -> str:
    """Return a value that matches a pattern. Raises ImproperlyConfigured."""
    value = os.environ.get(name, "").strip() or default
    if not re.fullmatch(pattern, value):
        raise ImproperlyConfigured(f"{name} must be {such_as}; it is {value!r}.")
    return value


def secret(name: str, *, pattern: str, such_as: str) -> str:
    """Return a value that matches a pattern, or nothing. Raises ImproperlyConfigured, which does not say it."""
    value = os.environ.get(name, "").strip()
    if value and not re.fullmatch(pattern, value):
        raise ImproperlyConfigured(f"{name} must be {such_as}.")
    return value


def whole_number(name: str, default: int, *, least: int = 0, most: int = MOST) -> int:
    """Return a whole number. Raises ImproperlyConfigured."""
    such_as = f"a whole number from {least} to {most}"
    number = int(text(name, str(default), pattern="[0-9]{1,13}", such_as=such_as))
    if not least <= number <= most:
        raise ImproperlyConfigured(f"{name} must be {such_as}; it is {number}.")
    return number


def folder(name: str, default: Path) -> Path:
    """Return an absolute path, which need not be there yet. Raises ImproperlyConfigured."""
    value = os.environ.get(name, "").strip()
    path = Path(value) if value else default
    if not path.is_absolute() or "\0" in value or ".." in path.parts or (path.exists() and not path.is_dir()):
        raise ImproperlyConfigured(f"{name} must be the absolute path of a folder; it is {value!r}.")
    return path


def addresses(name: str) -> list[str]:
    """Return the addresses of servers, without a slash at their end. Raises ImproperlyConfigured.

    The message does not repeat them, since they may hold passwords.
    """
    said = [address.strip().rstrip("/") for address in os.environ.get(name, "").split(",") if address.strip()]
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
    value = os.environ.get(name, "").strip().lower()
    if value and value not in SWITCHED:
        raise ImproperlyConfigured(f"{name} must be on or off; it is {value!r}.")
    return SWITCHED.get(value, default)
