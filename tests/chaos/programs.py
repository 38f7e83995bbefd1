"""The programs of a rehearsal: Debian's etcd and HAProxy, and Patroni in an environment of its own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TextIO

from tests.chromium import as_root, succeeds

BASE = Path(__file__).resolve().parents[2]
RECIPE = BASE / "deploy" / "patroni"
REQUIREMENTS = BASE / "requirements-chaos.txt"
ENVIRONMENT = BASE / "var" / "chaos" / "venv"
PATRONI = ENVIRONMENT / "bin" / "patroni"
LOGS = BASE / "var" / "chaos" / "logs"
PYTHON = ENVIRONMENT / "bin" / "python"
PATRONICTL = ENVIRONMENT / "bin" / "patronictl"
PACKAGES = {"etcd": "etcd-server", "haproxy": "haproxy", "ip": "iproute2", "setpriv": "util-linux"}
# Debian's are outside of an ordinary account's PATH.
PATH = f"{os.environ['PATH']}:/usr/sbin:/sbin"


def find(name: str) -> str | None:
    """Return the path of a program; None if it is not installed."""
    return shutil.which(name, path=PATH)


def missing_packages() -> list[str]:
    """Return the packages of the programs that are not installed."""
    return sorted(package for name, package in PACKAGES.items() if find(name) is None)


def install() -> None:
    """Install what is missing. Ends with a message if that fails."""
    packages = missing_packages()
    prefix = as_root()
    if packages and prefix is not None and shutil.which("apt-get"):
        apt_get = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "RUNLEVEL=1", "apt-get", "-qq"]
        succeeds(*apt_get, "update")
        succeeds(*apt_get, "install", "-y", "--no-install-recommends", *packages)
    if packages := missing_packages():
        sys.exit(f"Install {', '.join(packages)} first.")
    install_patroni()


def install_patroni() -> None:
    """Make Patroni's environment, or bring it up to the version that is pinned. Ends with a message if that fails."""
    installed = ENVIRONMENT / "requirements.txt"
    if installed.exists() and installed.read_bytes() == REQUIREMENTS.read_bytes():
        return
    ENVIRONMENT.parent.mkdir(parents=True, exist_ok=True)
    pip = [str(ENVIRONMENT / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check"]
    commands = ([sys.executable, "-m", "venv", str(ENVIRONMENT)], [*pip, "-r", str(REQUIREMENTS)])
    if any(subprocess.run(command, check=False).returncode for command in commands):
        sys.exit(f"Patroni could not be installed: see {REQUIREMENTS.name}.")
    shutil.copyfile(REQUIREMENTS, installed)


def log(name: str) -> TextIO:
    """Open the log of a program, which outlives the rehearsal."""
    LOGS.mkdir(parents=True, exist_ok=True)
    return (LOGS / f"{name}.log").open("a")


def forget_logs() -> None:
    """Delete the logs of the last rehearsal."""
    shutil.rmtree(LOGS, ignore_errors=True)
