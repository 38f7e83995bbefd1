"""Measures drawings of synthetic works: what one costs, whether any two are alike, and a first page of fifty.

    .venv/bin/python -m tests.stress.drawings --seeds 4000
    .venv/bin/python -m tests.stress.drawings --site http://127.0.0.1:8000

The second asks a running site for fifty drawings that it has not drawn before, over six connections as a browser does,
and meanwhile for a page of the gallery.
"""

import os
from argparse import ArgumentParser
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from statistics import median
from time import monotonic, process_time, time_ns
from urllib.request import urlopen

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genonaut.settings")
django.setup()

from content.drawings import SIZES, drawing_address, drawing_size  # noqa: E402 - needs the settings
from content.painting.drawing import draw, webp  # noqa: E402
from content.synthetic import TYPE_WEIGHTS, TYPES, scattered  # noqa: E402
from media.thumbnails import WIDTHS, thumbnail_size  # noqa: E402

SMALL = 48
CARDS, CONNECTIONS = 50, 6


def kind_of(number: int) -> str:
    """Return a type, as often as seeded works have it."""
    return next(kind for kind, end in zip(TYPES, TYPE_WEIGHTS, strict=True) if number * 37 % TYPE_WEIGHTS[-1] < end)


def costs(count: int) -> None:
    """Print the processor time of a drawing of each width."""
    for width in WIDTHS:
        times, sizes = [], []
        for number in range(count):
            start = process_time()
            kind, seed = kind_of(number), scattered(number)
            sizes.append(len(webp(kind, seed, *thumbnail_size(*drawing_size(kind, seed), width))))
            times.append(1000 * (process_time() - start))
        mean = sum(times) / count
        print(f"{width} px: mean {mean:.1f} ms, most {max(times):.0f} ms, {sum(sizes) / count / 1000:.1f} kB")


def differences(count: int) -> None:
    """Print how many of the drawings of so many seeds of each type differ."""
    hashes = {sha256(draw(kind, scattered(n), SMALL, SMALL).tobytes()).digest() for kind in SIZES for n in range(count)}
    print(f"{len(hashes):,} of {count * len(SIZES):,} drawings differ")


def timed(address: str) -> float:
    """Return the milliseconds until an address is answered."""
    start = monotonic()
    with urlopen(address, timeout=60) as answer:  # noqa: S310 - as typed
        answer.read()
    return 1000 * (monotonic() - start)


def first_page(site: str) -> None:
    """Print how long fifty cold drawings take, and a page meanwhile."""
    first = time_ns() // 1_000_000 % 1_000_000_000
    addresses = [site + drawing_address(kind_of(n), scattered(first + n), WIDTHS[0]) for n in range(CARDS)]
    pages: list[float] = []
    with ThreadPoolExecutor(CONNECTIONS) as connections, ThreadPoolExecutor(1) as beside:
        start = monotonic()
        drawings = connections.map(timed, addresses)
        asked = beside.submit(ask_until, lambda: monotonic() - start > 0.5, site, pages)
        times = list(drawings)
        whole = 1000 * (monotonic() - start)
        asked.result()
    warm = [timed(address) for address in addresses]
    print(f"{CARDS} cold: {whole:.0f} ms in all, one {median(times):.0f} ms, at most {max(times):.0f} ms")
    print(f"a page meanwhile: {median(pages):.0f} ms, at most {max(pages):.0f} ms; then {timed(site + '/'):.0f} ms")
    print(f"again: one {median(warm):.1f} ms")


def ask_until(is_over: Callable[[], bool], site: str, times: list[float]) -> None:
    """Ask for the gallery until it is over, once at least."""
    times.append(timed(f"{site}/"))
    while not is_over():
        times.append(timed(f"{site}/"))


def main() -> None:
    """Measure what is asked for."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000)
    parser.add_argument("--count", type=int, default=100, help="drawings of each width")
    parser.add_argument("--site", help="a running site")
    given = parser.parse_args()
    if given.site:
        first_page(given.site.rstrip("/"))
        return
    costs(given.count)
    differences(given.seeds)


if __name__ == "__main__":
    main()
