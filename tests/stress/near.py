"""Measures near pictures: by bands of hashes against a scan of all, with equal answers, in a table of its own size.

    .venv/bin/python -m tests.stress.near --rows 1000000

It writes files in a scratch database, which it drops at the end: hashes that are spread evenly, with copies planted at
every distance, and a share of clusters, as photographs of one scene and flat pictures are.
"""

import argparse
import random
import statistics
from collections.abc import Callable, Iterator, Sequence
from time import perf_counter

import psycopg

from media.hash_bands import NEAR, near_parameters
from tests.stress.library import scratch_database

# Of files, in per cent: those in clusters, and those that are flat.
CLUSTERED, FLAT = 20, 1
CLUSTER_FILES = 200
QUERIES = 200
SCANS = 20
SCAN = """
SELECT id, bit_count((perceptual_hash # %(hash)s)::bit(64)) AS distance FROM media_mediafile
WHERE perceptual_hash IS NOT NULL AND bit_count((perceptual_hash # %(hash)s)::bit(64)) <= %(distance)s
ORDER BY distance, id
"""
COPY = (
    "COPY media_mediafile (sha256, format, mime, size, stored_as, colour, picture_error, perceptual_hash, created_at)"
)
INDEXES = (
    "SELECT sum(pg_relation_size(indexrelid))::bigint FROM pg_index WHERE indexrelid::regclass::text LIKE '%hash_band%'"
)


def hashes(rows: int, source: random.Random) -> Iterator[int]:
    """Yield hashes, 64 bits with a sign: most alone, some in clusters of a few bits, some flat."""
    for number in range(rows):
        share = number * 100 // rows
        if share < FLAT:
            value = 1 << 63
        elif share < FLAT + CLUSTERED:
            value = random.Random(number // CLUSTER_FILES).getrandbits(64)
            for _ in range(source.randrange(13)):
                value ^= 1 << source.randrange(64)
        else:
            value = source.getrandbits(64)
        yield value - (1 << 64) if value >> 63 else value


def write(connection: psycopg.Connection, rows: int) -> None:
    """Write the files, beside the indexes as they are."""
    with connection.cursor().copy(f"{COPY} FROM STDIN") as copy:
        for number, value in enumerate(hashes(rows, random.Random(1))):
            copy.write_row((number.to_bytes(32, "big"), "png", "image/png", 1, "", "", "", value, "2026-01-01"))
    connection.execute("VACUUM (ANALYZE) media_mediafile")


def asked(connection: psycopg.Connection) -> dict[str, list[int]]:
    """Return hashes to ask for by kind, some of files, chosen by chance."""
    rows = connection.execute("SELECT min(id), max(id) FROM media_mediafile").fetchone()
    source, first, last = random.Random(2), *rows
    edges = {"clusters": (FLAT, FLAT + CLUSTERED), "alone": (FLAT + CLUSTERED, 100)}
    found = {}
    for kind, (low, high) in edges.items():
        ids = [first + (last - first) * source.uniform(low, high) // 100 for _ in range(QUERIES)]
        statement = "SELECT perceptual_hash FROM media_mediafile WHERE id = ANY(%s)"
        found[kind] = [value for (value,) in connection.execute(statement, [[int(pk) for pk in ids]])]
    return found


def timed(work: Callable[[], object]) -> tuple[float, object]:
    """Return the milliseconds that something took, and its answer."""
    began = perf_counter()
    answer = work()
    return 1000 * (perf_counter() - began), answer


def by_bands(connection: psycopg.Connection, value: int, distance: int) -> tuple[list[tuple[int, int]], bool]:
    """Return ids with distances by the indexes, and whether the answer was cut."""
    rows = connection.execute(NEAR, near_parameters([value], distance)).fetchall()
    # A row that is over is there to say so.
    return [(pk, bits) for _, pk, bits, _ in rows if bits <= distance], any(is_over for *_, is_over in rows)


def by_scan(connection: psycopg.Connection, value: int, distance: int) -> list[tuple[int, int]]:
    """Return ids with distances by a scan."""
    return connection.execute(SCAN, {"hash": value, "distance": distance}).fetchall()


def measure(connection: psycopg.Connection, kind: str, values: Sequence[int], distance: int) -> None:
    """Print the figures of a kind of hash at a distance; stop if answers differ that were not cut."""
    bands, scans, found, cuts = [], [], [], 0
    for number, value in enumerate(values):
        took, (answer, is_cut) = timed(lambda value=value: by_bands(connection, value, distance))
        bands.append(took)
        found.append(len(answer))
        cuts += is_cut
        if number < SCANS:
            took, expected = timed(lambda value=value: by_scan(connection, value, distance))
            scans.append(took)
            if answer != expected and not is_cut:
                raise SystemExit(f"Of hash {value} the bands found {answer}, the scan {expected}.")
    p50, p95 = statistics.median(bands), statistics.quantiles(bands, n=20)[-1]
    scan = statistics.median(scans)
    print(
        f"{kind:<10} distance <= {distance}: p50 {p50:7.2f} ms   p95 {p95:7.2f} ms   scan {scan:7.1f} ms"
        f" ({scan / p50:,.0f} times)   files found {statistics.mean(found):,.1f}, equal in {len(scans)}, cut {cuts}",
        flush=True,
    )


def measure_crowd(connection: psycopg.Connection) -> None:
    """Print how long a flat picture takes, whose crowd is cut."""
    for distance in (3, 7):
        parameters = near_parameters([-(1 << 63)], distance)
        took = [timed(lambda: connection.execute(NEAR, parameters).fetchall())[0] for _ in range(SCANS)]  # noqa: B023
        rows = connection.execute(NEAR, parameters).fetchall()
        is_cut = any(is_over for *_, is_over in rows)
        print(
            f"flat       distance <= {distance}: p50 {statistics.median(took):7.2f} ms   {len(rows):,} rows, {is_cut=}"
        )


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    with scratch_database() as url, psycopg.connect(url, autocommit=True) as connection:
        took, _ = timed(lambda: write(connection, rows))
        (size,) = connection.execute(INDEXES).fetchone()
        print(f"{rows:,} files written beside their indexes in {took / 1000:,.0f} s; four bands {size / 1e6:,.0f} MB")
        for kind, values in asked(connection).items():
            for distance in (3, 7):
                measure(connection, kind, values, distance)
        measure_crowd(connection)


if __name__ == "__main__":
    main()
