"""Our reader of generation data beside sd-parsers, on files that both read: files a CPU-second, milliseconds a file.

    .venv/bin/pip install -r requirements-bench.txt
    .venv/bin/python -m tests.stress.competitors.readers

The files are the samples of tests/media/generated and, of each kind that tests/generated_files.py makes, some of a
real picture's size. A file counts for the ratio only if both readers find the same prompt in it, with no pixels looked
into; the others are named. To open each file and read 16 kB of it is timed by itself: no reader can be quicker.
CPU time is taken, so that other work on the machine changes little; each round lets both
readers read every file once, and the fastest round of each counts. No database is needed.
"""

import argparse
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time_ns

from sd_parsers import ParserManager

from media.generation_data.reading import read_path
from tests.generated_files import KINDS
from tests.stress.library import pad

SAMPLES = Path(__file__).parents[2] / "media" / "generated"
NOT_PICTURES = (".json", ".txt")
MS = 1e6
HEAD_BYTES = 16_384
THEIRS = ParserManager()

Read = Callable[[Path], str | None]


@dataclass
class Measured:
    """The CPU nanoseconds that one file costs each reader, in its fastest round; None where one finds nothing."""

    path: Path
    ours: int | None
    theirs: int | None
    opened: int


def read_ours(path: Path) -> str | None:
    """Return the prompt that our reader finds."""
    return read_path(path).generation.prompt


def read_theirs(path: Path) -> str | None:
    """Return the prompt that sd-parsers finds; some files make it fail."""
    with suppress(Exception):  # it has no exception of its own for a file that it cannot read
        found = THEIRS.parse(path)
        return found.full_prompt.strip() or None if found else None
    return None


def read_head(path: Path) -> None:
    """Read the beginning of a file, and nothing out of it."""
    with open(path, "rb", buffering=0) as file:
        file.read(HEAD_BYTES)


def write_files(folder: Path, each: int, size: int) -> list[Path]:
    """Write some files of each kind, PNG padded to a size, and return them with the samples."""
    paths = [path for path in sorted(SAMPLES.iterdir()) if path.suffix not in NOT_PICTURES]
    for number, (ending, write) in enumerate(KINDS * each):
        path = folder / f"{number:05}_{ending}"
        write(number, path)
        pad(path, size)
        paths.append(path)
    return paths


def cost(read: Callable[[Path], object], path: Path) -> int:
    """Return the CPU nanoseconds of one reading."""
    began = process_time_ns()
    read(path)
    return process_time_ns() - began


def measure(paths: Sequence[Path], rounds: int) -> list[Measured]:
    """Let both readers read all files in turns, after once to warm up."""
    prompts = {path: (read_ours(path), read_theirs(path)) for path in paths}
    costs: dict[Path, tuple[list[int], list[int], list[int]]] = {path: ([], [], []) for path in paths}
    for _round in range(rounds):
        for path, (ours, theirs, opened) in costs.items():
            ours.append(cost(read_ours, path))
            theirs.append(cost(read_theirs, path))
            opened.append(cost(read_head, path))
    return [
        Measured(
            path,
            min(ours) if prompts[path][0] else None,
            min(theirs) if prompts[path][1] and prompts[path][0] == prompts[path][1] else None,
            min(opened),
        )
        for path, (ours, theirs, opened) in costs.items()
    ]


def report(measured: Sequence[Measured]) -> None:
    """Print the kinds, then the totals of the files that both read."""
    both = [(file.ours, file.theirs) for file in measured if file.ours and file.theirs]
    print(f"{'file':<28}{'ours, ms':>10}{'sd-parsers, ms':>16}{'ratio':>8}")
    for file in measured:
        if file.path.parent == SAMPLES or file.path.name < f"{len(KINDS):05}":
            print(line_of(file))
    ours, theirs = (len(both) * 1e9 / sum(costs) for costs in zip(*both, strict=True))
    medians = [median(costs) / MS for costs in zip(*both, strict=True)]
    opened = median(file.opened for file in measured) / MS
    read = [file.ours for file in measured if file.ours]
    print(f"\n{len(measured)} files; ours finds a prompt in {len(read)}, sd-parsers the same in {len(both)}. Of these:")
    print(f"    files a CPU-second: ours {ours:,.0f}, sd-parsers {theirs:,.0f}: {ours / theirs:.2f} times as many")
    print(f"    median CPU ms a file: ours {medians[0]:.3f}, sd-parsers {medians[1]:.3f}")
    print(f"    to open a file and read {HEAD_BYTES:,} bytes, by itself: median {opened:.3f} ms")
    print(f"    ours over all that it reads: median {median(read) / MS:.3f} ms, longest {max(read) / MS:.3f} ms")


def line_of(file: Measured) -> str:
    """Return a line of the table."""
    ours = f"{file.ours / MS:.3f}" if file.ours else "-"
    theirs = f"{file.theirs / MS:.3f}" if file.theirs else "-"
    ratio = f"{file.theirs / file.ours:.1f}" if file.ours and file.theirs else ""
    return f"{file.path.name:<28}{ours:>10}{theirs:>16}{ratio:>8}"


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--each", type=int, default=20, help="files of each kind")
    parser.add_argument("--bytes", type=int, default=1_500_000, help="of each PNG, at least")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    with TemporaryDirectory() as folder:
        report(measure(write_files(Path(folder), arguments.each, arguments.bytes), arguments.rounds))


if __name__ == "__main__":
    main()
