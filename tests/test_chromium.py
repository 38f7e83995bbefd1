"""Getting a Chromium: the system's package as root or by sudo, else a download; without any, the suite still runs."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import chromium

APT = ["env DEBIAN_FRONTEND=noninteractive apt-get -qq update"]
APT += ["env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y chromium chromium-headless-shell"]
WHOLE = "env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y chromium"
DOWNLOAD = f"{sys.executable} -m playwright install chromium"

Runs = Callable[..., list[str]]


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Runs:
    """Returns what `install` runs for a user id, where some programs are there and some commands fail."""

    def commands(user_id: int, *programs: str, failing: tuple[str, ...] = ()) -> list[str]:
        ran: list[str] = []

        def run(command: tuple[str, ...], **_options: object) -> subprocess.CompletedProcess:
            ran.append(" ".join(command))
            return subprocess.CompletedProcess(command, int(any(part in ran[-1] for part in failing)))

        for program in programs:
            (tmp_path / program).touch(mode=0o755)
        monkeypatch.setenv("PATH", str(tmp_path))
        monkeypatch.setattr(os, "geteuid", lambda: user_id)
        monkeypatch.setattr(subprocess, "run", run)
        chromium.install()
        return ran

    return commands


def test_root_installs_the_systems_package(runs: Runs) -> None:
    assert runs(0, "apt-get") == APT


def test_anybody_else_does_by_a_sudo_that_asks_for_no_password(runs: Runs) -> None:
    assert runs(1000, "apt-get", "sudo") == ["sudo -n true", *(f"sudo -n {command}" for command in APT)]


def test_where_sudo_asks_for_a_password_chromium_is_downloaded(runs: Runs) -> None:
    assert runs(1000, "apt-get", "sudo", failing=("sudo",)) == ["sudo -n true", DOWNLOAD]


def test_without_rights_chromium_is_downloaded(runs: Runs) -> None:
    assert runs(1000, "apt-get") == [DOWNLOAD]


def test_a_system_that_has_no_package_of_the_engine_alone_gets_the_whole_browser(runs: Runs) -> None:
    assert runs(0, "apt-get", failing=("headless-shell",)) == [*APT, WHOLE]


def test_root_downloads_what_chromium_needs_too(runs: Runs) -> None:
    assert runs(0, "apt-get", failing=("apt-get",)) == [*APT, WHOLE, f"{DOWNLOAD} --with-deps"]


def test_a_system_that_has_a_browser_needs_no_download(runs: Runs) -> None:
    assert runs(0, "apt-get", "chromium", failing=("install",)) == [*APT, WHOLE]


def test_where_playwright_does_not_know_the_system_chromium_is_downloaded_alone(runs: Runs) -> None:
    assert runs(0, failing=("--with-deps",)) == [f"{DOWNLOAD} --with-deps", DOWNLOAD]


def test_where_none_can_be_installed_the_suite_goes_on_after_a_word(tmp_path: Path) -> None:
    """The download is asked of a port of this machine where nobody answers: nothing here asks the network."""
    nowhere = {
        "PATH": str(tmp_path),
        "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path),
        "PLAYWRIGHT_DOWNLOAD_HOST": "http://127.0.0.1:9",
    }
    command = [sys.executable, "-m", "tests.chromium"]
    done = subprocess.run(command, env=nowhere, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr.splitlines()[-1]) == (0, "", chromium.MISSING)
