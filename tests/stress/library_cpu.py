"""CPU time of one process that reads files beside SHA-256 alone, and of listing and comparing files beside `find`.

    .venv/bin/python -m tests.stress.library_cpu --files 260 --bytes 1500000 --unchanged 100000

On a busy machine it says more than the times of `tests.stress.library`. No database is needed: what PostgreSQL and
its driver add to a scan is not in it. Each round does all four in turns; medians of the rounds' ratios are printed.
"""

import argparse
import os
from collections.abc import Callable
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from statistics import median
from tempfile import TemporaryDirectory

from libraries.comparing import Comparison, Known
from libraries.reading import read_file
from media.walking import walk
from tests.stress.library import find, hash_files, make_all

ROUNDS = 7
PER_FOLDER = 500


def cpu_seconds() -> float:
    """Return the CPU seconds of this process and of its children that have ended."""
    return sum(usage.ru_utime + usage.ru_stime for usage in map(getrusage, (RUSAGE_SELF, RUSAGE_CHILDREN)))


def cost(work: Callable[[], object]) -> float:
    """Return the CPU seconds of some work."""
    began = cpu_seconds()
    work()
    return cpu_seconds() - began


def compare_in_turns(name: str, first: Callable[[], object], second: Callable[[], object]) -> None:
    """Print how much more CPU time the second takes."""
    first(), second()
    costs = [(cost(first), cost(second)) for _round in range(ROUNDS)]
    firsts, seconds = (median(column) for column in zip(*costs, strict=True))
    ratio = median(second / first for first, second in costs)
    print(f"{name}: {ratio:.2f} times ({seconds:.3f} s beside {firsts:.3f} s)", flush=True)


def compare_reading(folder: Path, files: int, size: int) -> None:
    """Read files beside hashing them."""
    make_all(folder, files, size)
    root, entries = str(folder), list(walk(str(folder)))
    paths = [entry.path for entry in entries]

    def read_all() -> None:
        for entry in entries:
            read_file(root, entry.path, is_alone=entry.beside is None)

    compare_in_turns("hash and metadata beside SHA-256 alone", lambda: hash_files(root, paths), read_all)


def compare_listing(folder: Path, files: int) -> None:
    """List and compare empty files that are as they were beside listing them with `find`."""
    for number in range(files):
        path = folder / f"{number // PER_FOLDER:04}" / f"{number:07}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    rows = [(*entry[:3], 1, 1, False, entry.beside) for entry in walk(os.fspath(folder))]

    def compare_all() -> None:
        differences = Comparison().differences(walk(os.fspath(folder)), map(Known._make, rows))
        assert not list(differences)

    compare_in_turns("listing and comparing beside find", lambda: find(folder), compare_all)


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=260)
    parser.add_argument("--bytes", type=int, default=1_500_000, help="of each PNG, at least")
    parser.add_argument("--unchanged", type=int, default=100_000)
    arguments = parser.parse_args()
    with TemporaryDirectory() as name:
        compare_reading(Path(name) / "read", arguments.files, arguments.bytes)
        compare_listing(Path(name) / "listed", arguments.unchanged)


if __name__ == "__main__":
    main()
