"""The Makefile's own steps: one at a time, a key for each checkout, and `make clean` asks before it deletes data."""

import os
import pty
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from genonaut.postgres.postmaster import is_alive
from genonaut.postgres.server import Server
from tests.clusters import WAIT_SECONDS, data_folder, server_of

SCRIPTS = settings.BASE_DIR / "scripts"
REFUSAL = "Genonaut is running here: stop it first (Ctrl-C in its terminal). Nothing was deleted.\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with an environment and data."""
    (tmp_path / ".venv").mkdir()
    (tmp_path / "var" / "pictures").mkdir(parents=True)
    return tmp_path


def clean(checkout: Path, *arguments: str, stdin: int = subprocess.DEVNULL) -> tuple[int, str]:
    """Run `make clean`; return its exit code and what it says."""
    command = [sys.executable, SCRIPTS / "clean.py", *arguments]
    done = subprocess.run(command, cwd=checkout, stdin=stdin, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def left(checkout: Path) -> set[str]:
    """Return the names of what is left of a checkout."""
    return {path.name for path in checkout.iterdir()}


def test_without_a_terminal_nothing_is_deleted_unless_forced(checkout: Path) -> None:
    code, said = clean(checkout)
    assert (code, said.count("\n"), "make clean FORCE=1" in said) == (1, 1, True)
    assert left(checkout) == {".venv", "var"}
    assert clean(checkout, "--force") == (0, "")
    assert left(checkout) == set()
    (checkout / ".venv").mkdir()
    assert (clean(checkout), left(checkout)) == ((0, ""), set())


@pytest.mark.parametrize(
    ("answer", "code", "remains"),
    [(b"y\n", 0, set()), (b"\n", 1, {".venv", "var"}), (b"no\n", 1, {".venv", "var"}), (b"\x04", 1, {".venv", "var"})],
)
def test_in_a_terminal_it_asks(checkout: Path, answer: bytes, code: int, remains: set[str]) -> None:
    ours, theirs = pty.openpty()
    os.write(ours, answer)
    assert (clean(checkout, stdin=theirs)[0], left(checkout)) == (code, remains)
    os.close(ours)
    os.close(theirs)


def test_it_refuses_while_a_site_runs_and_stops_a_server_that_was_left_behind() -> None:
    with data_folder("var/postgres") as data:
        server = Server(data)
        server.share()
        checkout = data.parent.parent
        assert (clean(checkout, "--force"), left(checkout)) == ((1, REFUSAL), {"var"})
        os.close(server.users)  # as at the end of a process that was killed
        server.users = None
        pid = server_of(data).pid
        assert (clean(checkout, "--force"), left(checkout)) == ((0, ""), set())
        assert not is_alive(pid)


def test_without_proc_another_program_that_took_the_server_s_id_is_left_alone(tmp_path: Path) -> None:
    pid_file = tmp_path / "postmaster.pid"
    server_pid = runpy.run_path(str(SCRIPTS / "clean.py"))["server_pid"]
    found = {}
    (tmp_path / "postgres").symlink_to(shutil.which("sleep"))
    for program in (shutil.which("sleep"), tmp_path / "postgres"):
        process = subprocess.Popen(["sleep", "600"], executable=program)
        pid_file.write_text(f"{process.pid}\n")
        found[Path(program).name] = server_pid(pid_file, tmp_path / "no-proc") == process.pid
        process.kill()
        process.wait()
    assert found == {"sleep": False, "postgres": True}


def test_of_the_environment_only_its_python_is_called_which_a_moved_checkout_has() -> None:
    steps = (SCRIPTS.parent / "Makefile").read_text() + (SCRIPTS / "environment.mk").read_text()
    assert set(re.findall(r"(?:\$\(BIN\)|\.venv/bin)/(\w+)", steps)) == {"python"}


def test_an_environment_whose_python_is_gone_is_made_again(tmp_path: Path) -> None:
    shutil.copy(SCRIPTS.parent / "Makefile", tmp_path)
    shutil.copytree(SCRIPTS, tmp_path / "scripts")
    (tmp_path / "requirements.txt").touch()
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").symlink_to("/nowhere/python3")
    for stamp in ("python", "runs", "tests"):
        (tmp_path / ".venv" / stamp).touch()
    command = ["make", "--silent", ".venv/runs", f"PYTHON={sys.executable}"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "tests" not in left(tmp_path / ".venv") and "runs" in left(tmp_path / ".venv")
    subprocess.run([tmp_path / ".venv" / "bin" / "python", "-c", "import pip"], check=True)
    before = (tmp_path / ".venv" / "python").stat().st_mtime_ns
    subprocess.run(command, cwd=tmp_path, env=environment, check=True)
    assert (tmp_path / ".venv" / "python").stat().st_mtime_ns == before


def test_a_locked_step_waits_for_the_one_before(tmp_path: Path) -> None:
    command = [sys.executable, SCRIPTS / "locked.py", tmp_path / "lock"]
    pipe = subprocess.PIPE
    first = subprocess.Popen([*command, "cat"], stdin=pipe, stdout=pipe, text=True)
    first.stdin.write("first\n")
    first.stdin.flush()
    assert first.stdout.readline() == "first\n"
    second = subprocess.Popen([*command, "echo", "second"], stdout=pipe, text=True)
    assert second.stdout.readline() == "Another make prepares this folder; waiting for it ...\n"
    first.communicate(timeout=WAIT_SECONDS)
    assert second.communicate(timeout=WAIT_SECONDS)[0] == "second\n"


def test_a_step_that_cannot_take_its_lock_says_so_in_one_line(tmp_path: Path) -> None:
    command = [sys.executable, SCRIPTS / "locked.py", tmp_path / "none" / "lock", "true"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith("This folder must be writable: ")


@pytest.mark.parametrize(
    ("before", "kept"),
    [
        (None, ""),
        ("", ""),
        ("HTTPS=on", "HTTPS=on\n"),
        ("SECRET_KEY=\nHTTPS=off\n", "SECRET_KEY=\nHTTPS=off\n"),
        ("export SECRET_KEY=''\n", "export SECRET_KEY=''\n"),
        ("SECRET_KEY=ours", None),
        ("export SECRET_KEY='ours'\n", None),
    ],
)
def test_each_checkout_has_a_key_of_its_own(tmp_path: Path, before: str | None, kept: str | None) -> None:
    shutil.copy(settings.BASE_DIR / "Makefile", tmp_path)
    shutil.copytree(SCRIPTS, tmp_path / "scripts")
    file = tmp_path / ".env"
    if before is not None:
        file.write_text(before)
    for _ in range(2):  # the second has nothing to do
        command = ["make", "--silent", f"PYTHON={sys.executable}", ".env"]
        subprocess.run(command, cwd=tmp_path, env={"PATH": os.environ["PATH"]}, check=True)
    if kept is None:
        assert file.read_text() == before
    else:
        key, end = file.read_text().removeprefix(kept).removeprefix("SECRET_KEY=").split("\n", 1)
        assert (len(key), end) == (67, "HTTPS=off\n" if before is None else "")
