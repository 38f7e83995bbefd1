"""Measures libraries: scans beside plain SHA-256 of the same files, and scans of nothing new beside `find`.

    .venv/bin/python -m tests.stress.library --files 20000 --bytes 1000000

It makes generated files of every kind, padded with noise to a size (those that are PNG), in a folder of its own, and
works in a scratch database, which it drops at the end; nothing of it is kept.
"""

import argparse
import os
import random
import subprocess
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from hashlib import file_digest
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import psycopg
from django.conf import settings
from psycopg import sql

from libraries.readers import Readers
from libraries.reading import LIMITS
from media.pictures.studio import Studio
from media.walking import walk
from tests.generated_files import make
from tests.stress.databases import call_on, manage, name_in, server_url, url_of

CHUNK = 16
# Beside the name of the server's database.
SCRATCH = "libraries_scratch"
IEND_BYTES = 12
ROUNDS = 5


def pad(path: Path, size: int) -> None:
    """Add a chunk of noise to a PNG, so that it has some size."""
    content = path.read_bytes()
    missing = size - len(content)
    if path.suffix == ".png" and missing > 0:
        chunk = b"noIz" + random.Random(path.name).randbytes(missing)
        framed = missing.to_bytes(4, "big") + chunk + zlib.crc32(chunk).to_bytes(4, "big")
        path.write_bytes(content[:-IEND_BYTES] + framed + content[-IEND_BYTES:])


def make_all(folder: Path, files: int, size: int) -> None:
    """Write the files."""
    for number in range(files):
        pad(make(folder, number), size)


def hash_files(root: str, paths: Sequence[str]) -> None:
    """Hash some files, and nothing else."""
    for path in paths:
        with open(os.path.join(root, path), "rb") as file:
            file_digest(file, "sha256")


def timed(what: str, work: Callable[[], object], files: int) -> float:
    """Do something and print how long it took; return the seconds."""
    began = perf_counter()
    work()
    took = perf_counter() - began
    print(f"{what:<58}{took:9.2f} s {files / took:11,.0f} files/s", flush=True)
    return took


def in_turns(
    first: str, do_first: Callable[[], object], second: str, do_second: Callable[[], object], files: int
) -> None:
    """Do two things in turns, so that other work on the machine meets both, and print the median of their ratios."""
    ratios = []
    for _round in range(ROUNDS):
        took = timed(first, do_first, files)
        ratios.append(timed(second, do_second, files) / took)
    print(f"    {median(ratios):.2f} times {first}, median of {ROUNDS} rounds")


@contextmanager
def scratch_database() -> Iterator[str]:
    """Yield the URL of an empty, migrated database; drop it at the end."""
    url = url_of(f"{name_in(server_url())}_{SCRATCH}")
    name = sql.Identifier(name_in(url))
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name)
    with psycopg.connect(server_url(), autocommit=True) as server:
        server.execute(drop)
        server.execute(sql.SQL("CREATE DATABASE {}").format(name))
        try:
            manage(url, "migrate", "--verbosity", "0")
            yield url
        finally:
            server.execute(drop)


def measure(url: str, folder: Path, files: int) -> None:
    """Print all figures, of the commands that people run."""
    paths = [entry.path for entry in walk(str(folder))]
    chunks = [paths[start : start + CHUNK] for start in range(0, len(paths), CHUNK)]

    def library(*arguments: str) -> None:
        call_on(url, "library", *arguments, verbosity=0)

    with Studio(limits=LIMITS) as studio:

        def hash_all() -> None:
            for future in [studio.submit(hash_files, str(folder), chunk) for chunk in chunks]:
                future.result()

        def read_all() -> None:
            for _file in Readers(str(folder), studio).read((entry, None) for entry in walk(str(folder))):
                pass

        read_all()  # the processes start, and the files are in memory
        in_turns("SHA-256 alone, all cores", hash_all, "hash and metadata, all cores", read_all, files)
    library("add", str(folder), "--name", "stress")
    timed("first scan: works, generation data, places", lambda: library("scan", "--no-pictures"), files)
    again = partial(library, "scan", "--no-pictures")
    in_turns("find -printf '%s %T@'", partial(find, folder), "scan of nothing new", again, files)
    timed("pictures", lambda: library("scan"), files)
    move_tenth(folder, paths)
    timed("scan after a tenth was moved, with its pictures", lambda: library("scan"), files // 10)


def find(folder: Path) -> None:
    """List all files with size and time, as a shell would."""
    subprocess.run(["find", folder, "-type", "f", "-printf", "%s %T@\n"], stdout=subprocess.DEVNULL, check=True)


def move_tenth(folder: Path, paths: Sequence[str]) -> None:
    """Move each tenth file into another folder."""
    (folder / "moved").mkdir()
    for path in paths[::10]:
        (folder / path).rename(folder / "moved" / Path(path).name)


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--bytes", type=int, default=0, help="of each PNG, at least")
    arguments = parser.parse_args()
    with TemporaryDirectory() as name, scratch_database() as url:
        folder = Path(name) / "output"
        timed("making files", lambda: make_all(folder, arguments.files, arguments.bytes), arguments.files)
        settings.THUMBNAILS_DIR = Path(name) / "thumbnails"
        measure(url, folder, arguments.files)


if __name__ == "__main__":
    main()
