"""Processes that die alone: of time, of memory, of signals; all others go on."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from PIL import Image

from media.pictures.limits import (
    DamagedError,
    Limits,
    PictureError,
    ProcessDiedError,
    TooLargeError,
    TooMuchMemoryError,
    TooSlowError,
    UnreadableError,
    UnsupportedError,
)
from media.pictures.preparing import prepare
from media.pictures.studio import Studio
from tests.media.pictures import tasks
from tests.media.pictures.samples import file_of, photograph, written

SECONDS = 300  # far more than anything here takes
MIB = 1024 * 1024


def wait_for(path: Path) -> str:
    """Return a file's text as soon as it is there."""
    until = time.monotonic() + SECONDS
    while not path.exists():
        assert time.monotonic() < until
        time.sleep(0.01)
    return path.read_text()


@pytest.fixture(scope="module")
def large_png(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a transparent PNG of 40 megapixels: the mode that takes most memory."""
    picture = Image.new("RGBA", (5_000, 8_000), (200, 100, 50, 90))
    return written(tmp_path_factory.mktemp("large") / "a.png", file_of(picture, "PNG", compress_level=1))


@pytest.fixture
def studio() -> Iterator[Studio]:
    with Studio(2, Limits(seconds=SECONDS)) as studio:
        yield studio


def test_a_file_is_prepared_as_it_is_in_this_process(studio: Studio, tmp_path: Path) -> None:
    path = written(tmp_path / "a.png", file_of(photograph(), "PNG"))
    assert studio.prepare(path, [100]).result(SECONDS) == prepare(path, [100])


def test_many_files_come_back_each_once_with_their_errors(studio: Studio, tmp_path: Path) -> None:
    content = file_of(photograph(64, 64), "PNG").getvalue()
    good = [written(tmp_path / f"{number}.png", content) for number in range(20)]
    cut = written(tmp_path / "cut.png", content[:500])
    text = written(tmp_path / "text.png", b"only words")
    absent = tmp_path / "absent.png"
    outcomes = list(studio.prepare_all([*good[:10], cut, text, absent, *good[10:]]))
    assert sorted(path for path, _ in outcomes) == sorted([*good, cut, text, absent])
    errors = {path.name: outcome for path, outcome in outcomes if isinstance(outcome, PictureError)}
    assert {name: type(error) for name, error in errors.items()} == {
        "cut.png": DamagedError,
        "text.png": UnsupportedError,
        "absent.png": UnreadableError,
    }
    assert str(errors["absent.png"]) == "cannot be read: No such file or directory"


def test_few_files_are_taken_from_a_long_list_at_once(studio: Studio, tmp_path: Path) -> None:
    path = written(tmp_path / "a.png", file_of(photograph(16, 16), "PNG"))
    taken = 0

    def paths() -> Iterator[Path]:
        nonlocal taken
        for _ in range(1_000):
            taken += 1
            yield path

    outcomes = studio.prepare_all(paths())
    for _ in range(10):
        next(outcomes)
    assert taken <= 10 + 4 + 4
    outcomes.close()


def test_a_call_that_takes_too_long_is_ended_and_the_next_one_works() -> None:
    with Studio(1, Limits(seconds=0.5)) as studio:
        start = time.monotonic()
        with pytest.raises(TooSlowError, match=r"^took longer than 0\.5 s$"):
            studio.submit(tasks.sleep, 600).result(SECONDS)
        assert time.monotonic() - start < SECONDS
        studio.workers[0].limits = Limits(seconds=SECONDS)
        assert studio.submit(tasks.process_id).result(SECONDS) != os.getpid()


def test_a_file_that_takes_too_long_fails_and_the_rest_goes_on(tmp_path: Path) -> None:
    small = written(tmp_path / "a.png", file_of(photograph(16, 16), "PNG"))
    endless = tmp_path / "endless.png"
    os.mkfifo(endless)  # No other process ever writes to it.
    with Studio(1, Limits(seconds=15)) as studio:  # a new process loads the decoders within it
        outcomes = list(studio.prepare_all([small, endless, small]))
    assert sorted(path.name for path, _ in outcomes) == ["a.png", "a.png", "endless.png"]
    assert str(dict(outcomes)[endless]) == "took longer than 15 s"
    assert [outcome for path, outcome in outcomes if path == small] == [prepare(small)] * 2


@pytest.mark.parametrize(("name", "megapixels"), [("PNG", 40), ("WEBP", 25), ("AVIF", 12), ("GIF", 40)])
def test_a_picture_that_needs_too_much_memory_fails_alone(name: str, megapixels: int, tmp_path: Path) -> None:
    size = (megapixels * 200, 5_000)
    options = {"lossless": True, "method": 0} if name == "WEBP" else {"speed": 10} if name == "AVIF" else {}
    large = written(tmp_path / "large", file_of(Image.new("RGB", size, "teal"), name, **options))
    small = written(tmp_path / "small", file_of(photograph(64, 64), name))
    with Studio(1, Limits(memory_bytes=24 * MIB)) as studio:
        outcomes = dict(studio.prepare_all([large, small]))
    assert (type(outcomes[large]), str(outcomes[large])) == (TooMuchMemoryError, "needs more memory than allowed")
    assert outcomes[small] == prepare(small)


def test_memory_beyond_the_limit_is_refused(studio: Studio) -> None:
    with Studio(1, Limits(memory_bytes=100 * MIB)) as small:
        assert small.submit(tasks.take_memory, 50 * MIB).result(SECONDS) == 50 * MIB
        with pytest.raises(TooMuchMemoryError):
            small.submit(tasks.take_memory, 101 * MIB).result(SECONDS)
        # The process is another one, under the same limit.
        with pytest.raises(TooMuchMemoryError):
            small.submit(tasks.take_memory, 101 * MIB).result(SECONDS)
        assert small.submit(tasks.take_memory, 50 * MIB).result(SECONDS) == 50 * MIB


def test_40_megapixels_take_less_than_400_mib(large_png: Path, tmp_path: Path) -> None:
    jpeg = written(tmp_path / "a.jpg", file_of(Image.new("RGB", (5_000, 8_000), "teal"), "JPEG", progressive=True))
    for path in (large_png, jpeg):
        with Studio(1) as studio:
            assert 30 * MIB < studio.submit(tasks.peak_memory, path).result(SECONDS) < 400 * MIB


def test_a_process_that_is_killed_in_the_middle_fails_its_file_alone(studio: Studio, tmp_path: Path) -> None:
    killed = studio.submit(tasks.sleep_and_tell, tmp_path / "pid")
    path = written(tmp_path / "a.png", file_of(photograph(64, 64), "PNG"))
    others = [studio.prepare(path) for _ in range(10)]
    os.kill(int(wait_for(tmp_path / "pid")), signal.SIGKILL)
    with pytest.raises(ProcessDiedError, match="the process that read it was killed by signal 9"):
        killed.result(SECONDS)
    assert [other.result(SECONDS) for other in others] == [prepare(path)] * 10


def test_crashes_are_named_and_the_next_call_works(studio: Studio) -> None:
    for task, message in ((lambda: (tasks.end, 3), "ended with status 3"), (lambda: (tasks.abort,), "by signal 6")):
        with pytest.raises(ProcessDiedError, match=message):
            studio.submit(*task()).result(SECONDS)
        assert studio.submit(tasks.process_id).result(SECONDS) != os.getpid()


def test_a_process_that_is_killed_while_idle_costs_no_file() -> None:
    with Studio(1) as studio:
        for _ in range(5):
            os.kill(studio.submit(tasks.process_id).result(SECONDS), signal.SIGKILL)
            assert studio.submit(tasks.process_id).result(SECONDS) != os.getpid()


def test_processes_killed_at_random_cost_their_files_alone(tmp_path: Path) -> None:
    path = written(tmp_path / "a.png", file_of(photograph(600, 900), "PNG"))
    expected, killed, outcomes = prepare(path), 0, []
    with Studio(2) as studio:
        for number, (_, outcome) in enumerate(studio.prepare_all([path] * 60)):
            outcomes.append(outcome)
            process = studio.workers[number % 2].process
            # It may not have started yet, or have ended.
            if number % 5 == 0 and process is not None and process.pid is not None:
                with suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGKILL)
                    killed += 1
    deaths = [outcome for outcome in outcomes if isinstance(outcome, ProcessDiedError)]
    assert killed > 5
    assert (len(outcomes), len(deaths) <= killed) == (60, True)
    assert [outcome for outcome in outcomes if outcome not in deaths] == [expected] * (60 - len(deaths))


def test_an_error_that_cannot_be_sent_is_told(studio: Studio) -> None:
    with pytest.raises(DamagedError, match="LocalError"):
        studio.submit(tasks.fail).result(SECONDS)


def test_limits_reach_the_processes(tmp_path: Path) -> None:
    path = written(tmp_path / "a.png", file_of(photograph(64, 64), "PNG"))
    with Studio(1, Limits(pixels=100)) as studio, pytest.raises(TooLargeError, match=r"the allowed 100$"):
        studio.prepare(path).result(SECONDS)


def test_a_studio_starts_no_more_processes_than_have_work() -> None:
    with Studio(4) as studio:
        assert [worker.process for worker in studio.workers] == [None] * 4
        for _ in range(5):
            studio.submit(tasks.process_id).result(SECONDS)
        assert sum(worker.process is not None for worker in studio.workers) == 1


def test_closing_ends_all_processes_and_cancels_what_waits() -> None:
    with Studio(1) as studio:
        process = psutil.Process(studio.submit(tasks.process_id).result(SECONDS))
        running = studio.submit(tasks.sleep, 600)
        waiting = studio.submit(tasks.sleep, 600)
        while not running.running():
            time.sleep(0.01)
        start = time.monotonic()
    assert time.monotonic() - start < SECONDS
    assert not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    with pytest.raises(ProcessDiedError):
        running.result(0)
    with pytest.raises(CancelledError):
        waiting.result(0)


def test_no_process_outlives_a_caller_that_was_killed(tmp_path: Path) -> None:
    script = (
        "import os, signal\n"
        "from media.pictures.studio import Studio\n"
        "from tests.media.pictures import tasks\n"
        "if __name__ == '__main__':\n"
        "    print(Studio(1).submit(tasks.process_id).result(), flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    written(tmp_path / "caller.py", script.encode())
    root = Path(__file__).resolve().parents[3]
    environment = os.environ | {"PYTHONPATH": str(root)}
    command = [sys.executable, str(tmp_path / "caller.py")]
    printed = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
    ).stdout
    until = time.monotonic() + SECONDS
    while psutil.pid_exists(int(printed)) and psutil.Process(int(printed)).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < until
        time.sleep(0.02)


OWNER = """
from pathlib import Path
from media.pictures.studio import Studio
if __name__ == "__main__":
    with Studio(1) as studio:
        studio.submit("os:getpid").result()
        print("ready", flush=True)
        input()
"""


def test_the_folder_of_a_process_that_was_killed_is_deleted_by_the_next(tmp_path: Path) -> None:
    script = written(tmp_path / "owner.py", OWNER.encode())
    (tmp_path / "pymp-others").mkdir()
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": os.getcwd()}
    started = [
        subprocess.Popen(
            [sys.executable, script], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    killed, living = started
    assert [process.stdout.readline() for process in started] == ["ready\n"] * 2
    killed.kill()
    killed.communicate()
    assert len(list(tmp_path.glob("pymp-*/genonaut.lock"))) == 2
    for lock in tmp_path.glob("pymp-*/genonaut.lock"):
        os.utime(lock, (1, 1))
    subprocess.run(
        [sys.executable, script], env=environment, input="\n", stdout=subprocess.DEVNULL, text=True, check=True
    )
    assert len(list(tmp_path.glob("pymp-*/genonaut.lock"))) == 1
    living.communicate("\n")
    assert [path.name for path in tmp_path.glob("pymp-*")] == ["pymp-others"]
