"""Finds the Chromium that the browser tests drive; as a program it installs one: `python -m tests.chromium STAMP`.

It touches the file STAMP once there is one, so that make need not try again.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

# The same engine without a browser around it, which costs a test less than half the processor time.
SHELL = "chromium-headless-shell"
WHOLE = ("chromium", "chromium-browser", "google-chrome")
NAMES = (SHELL, *WHOLE)
MISSING = (
    "There is no Chromium and none could be installed: the tests that need one fail, all others run. "
    "Install your system's chromium package."
)


def find(names: tuple[str, ...] = NAMES) -> str | None:
    """Return the path of a Chromium: the system's, else Playwright's own; None if there is neither."""
    if path := _installed(names):
        return path
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def _installed(names: tuple[str, ...]) -> str | None:
    """Return the path of the system's Chromium."""
    return next(filter(None, map(shutil.which, names)), None)


def install() -> None:
    """Install the system's package if possible, else Playwright's own download unless there is a Chromium."""
    prefix = as_root()
    if shutil.which("apt-get") and prefix is not None:
        apt_get = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
        succeeds(*apt_get, "update")
        install = [*apt_get, "install", "-y", "chromium"]
        if succeeds(*install, SHELL) or succeeds(*install):
            return
    if _installed(NAMES):
        return
    download = [sys.executable, "-m", "playwright", "install", "chromium"]
    # With the libraries that it needs, where we may install them and Playwright knows the system.
    if prefix != [] or not succeeds(*download, "--with-deps"):
        succeeds(*download)


def as_root() -> list[str] | None:
    """Return what makes a command root's: nothing for root, sudo where it asks no password; None where we may not."""
    if os.geteuid() == 0:
        return []
    sudo = ["sudo", "-n"]
    return sudo if shutil.which("sudo") and succeeds(*sudo, "true") else None


def succeeds(*command: str) -> bool:
    """Run a command, its output on stderr, and return whether it succeeded."""
    return subprocess.run(command, stdout=sys.stderr, check=False).returncode == 0


if __name__ == "__main__":
    if shutil.which(SHELL) is None:
        install()
    if find() is None:
        # No failure: all that needs no browser is still worth testing.
        print(MISSING, file=sys.stderr)
    elif len(sys.argv) > 1:
        Path(sys.argv[1]).touch()
