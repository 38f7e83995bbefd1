"""Files a second through a studio, everything included, beside a plain loop of Pillow over the same files.

Wall time tells only on an idle machine; CPU time of the processes that work is given beside it.
"""

import os
import resource
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy
import psutil
from PIL import Image

from media.pictures.preparing import Prepared, prepare
from media.pictures.studio import Studio

SIZE = (1024, 1536)
WIDTHS = ((320,), (320, 640))
# Of eight files, six are PNG as generators write them, one is a JPEG, one a WebP.
KINDS = (("png", {}),) * 6 + (("jpg", {"quality": 92}), ("webp", {"quality": 90}))
MIB = 1024 * 1024


@dataclass(frozen=True)
class Speed:
    """What one way of working reached."""

    name: str
    files_a_second: float
    cpu_seconds: float  # for one file
    peak_bytes: int | None = None


def picture(seed: int) -> Image.Image:
    """Return large shapes, gradients and grain, which compress about as photographs do: some 2.8 MB as PNG."""
    random = numpy.random.default_rng(seed)
    width, height = SIZE
    shapes = Image.fromarray(random.integers(0, 255, (48, 32, 3), dtype=numpy.uint8))
    blurred = numpy.asarray(shapes.resize(SIZE, Image.Resampling.BICUBIC), dtype=numpy.float32)
    across, down = numpy.sin(numpy.arange(width) / 170 + seed), numpy.cos(numpy.arange(height) / 230)
    gradient = (120 + 80 * across[None, :] + 50 * down[:, None])[..., None]
    grain = random.normal(0, 4, (height, width, 1)) + random.normal(0, 1.5, (height, width, 3))
    return Image.fromarray((gradient * 0.6 + blurred * 0.4 + grain).clip(0, 255).astype(numpy.uint8))


def write_files(folder: Path, count: int) -> list[Path]:
    """Write so many pictures and return where."""
    paths = []
    for number in range(count):
        suffix, options = KINDS[number % len(KINDS)]
        paths.append(folder / f"{number:04}.{suffix}")
        picture(number).save(paths[-1], **options)
    return paths


def plain(call: tuple[Path, Sequence[int]]) -> float:
    """Make thumbnails as most programs do: open, thumbnail, save, once for each width. Return the CPU seconds."""
    path, widths = call
    start = time.process_time()
    for width in widths:
        with Image.open(path) as image:
            image.thumbnail((width, 100_000))
            image.convert("RGB").save(BytesIO(), "WEBP")
    return time.process_time() - start


def timed(work: Callable[[], Iterable[Any]]) -> tuple[float, list[Any]]:
    """Return how long something takes, and what it gives."""
    start = time.perf_counter()
    results = list(work())
    return time.perf_counter() - start, results


def cpu_of(studio: Studio) -> float:
    """Return the CPU seconds that the processes of a studio have taken."""
    times = [psutil.Process(worker.process.pid).cpu_times() for worker in studio.workers if worker.process]
    return sum(each.user + each.system for each in times)


def peak(path: Path, widths: Sequence[int]) -> int:
    """Prepare a file and return the most bytes that this process has held in memory."""
    prepare(path, widths)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def studio_speed(paths: list[Path], widths: Sequence[int], processes: int) -> Speed:
    """Prepare all files in a studio that is already running; its peak is that of one process at the end."""
    with Studio(processes) as studio:
        list(studio.prepare_all(paths[: 2 * processes], widths))
        before = cpu_of(studio)
        seconds, outcomes = timed(lambda: studio.prepare_all(paths, widths))
        cpu = cpu_of(studio) - before
        if not all(isinstance(outcome, Prepared) for _, outcome in outcomes):
            raise RuntimeError(f"not all files were prepared: {outcomes}")
        highest = max(studio.submit(peak, paths[0], widths).result() for _ in range(processes))
    return Speed("studio: thumbnails, thumbhash, colour, pHash", len(paths) / seconds, cpu / len(paths), highest)


def plain_speed(paths: list[Path], widths: Sequence[int], processes: int) -> Speed:
    """Make thumbnails in a pool of plain processes that is already running."""
    calls = [(path, widths) for path in paths]
    with get_context("forkserver").Pool(processes) as pool:
        pool.map(plain, calls[: 2 * processes], 1)
        seconds, cpu = timed(lambda: pool.map(plain, calls, 1))
    return Speed("plain Pillow: thumbnail() and save()", len(paths) / seconds, sum(cpu) / len(paths))


def measure(paths: list[Path], widths: Sequence[int], processes: int, rounds: int) -> None:
    """Print both speeds by turns, the best round of each, and their ratio."""
    ours = [(studio_speed(paths, widths, processes), plain_speed(paths, widths, processes)) for _ in range(rounds)]
    best = [max(speeds, key=lambda speed: speed.files_a_second) for speeds in zip(*ours, strict=True)]
    print(f"\nwidths {', '.join(map(str, widths))}; {len(paths)} files, {processes} processes, best of {rounds}")
    for speed in best:
        memory = f", {speed.peak_bytes / MIB:.0f} MiB a process" if speed.peak_bytes else ""
        print(f"  {speed.name:46} {speed.files_a_second:6.1f} files/s, {speed.cpu_seconds * 1000:5.1f} ms CPU{memory}")
    by_clock = best[0].files_a_second / best[1].files_a_second
    print(f"  ratio {by_clock:.2f} by the clock, {best[1].cpu_seconds / best[0].cpu_seconds:.2f} by CPU time")


def main() -> None:
    """Write the files, measure, and remove them."""
    parser = ArgumentParser(prog="python -m tests.stress.pictures", description=__doc__)
    parser.add_argument("--files", type=int, default=60, help="pictures of 1024 x 1536 (default: 60)")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        paths = write_files(Path(folder), options.files)
        sizes = sum(path.stat().st_size for path in paths)
        print(f"{len(paths)} files of {SIZE[0]} x {SIZE[1]}, {sizes / MIB:.0f} MiB; {os.cpu_count()} cores")
        for widths in WIDTHS:
            measure(paths, widths, options.processes, options.rounds)


if __name__ == "__main__":
    main()
