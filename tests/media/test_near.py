"""Near pictures: the answer of four indexes is that of a scan of everything."""

import random
from collections.abc import Iterator

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from media import hash_bands
from media.hash_bands import MOST_DISTANCE, NEAR, near_parameters
from media.models import MediaFile
from media.near import near
from media.pictures.perceptual_hash import bands, distance
from tests.factories import MediaFileFactory

ROWS = 20_000
SCAN = """
SELECT id, bit_count((perceptual_hash # %s)::bit(64)) FROM media_mediafile
WHERE bit_count((perceptual_hash # %s)::bit(64)) <= %s
"""


def signed(value: int) -> int:
    """Return 64 bits as PostgreSQL holds them."""
    return int.from_bytes(value.to_bytes(8, "big"), "big", signed=True)


def flipped(value: int, bits: list[int]) -> int:
    """Return a hash with some bits turned."""
    unsigned = value & (1 << 64) - 1
    for bit in bits:
        unsigned ^= 1 << bit
    return signed(unsigned)


def write(hashes: list[int | None]) -> list[int]:
    """Write files with these hashes; return their ids."""
    files = [MediaFileFactory.build(perceptual_hash=value) for value in hashes]
    return [file.pk for file in MediaFile.objects.bulk_create(files, batch_size=5_000)]


def scanned(value: int, most: int) -> dict[int, int]:
    """Return what a scan of all files finds."""
    with connection.cursor() as cursor:
        cursor.execute(SCAN, [value, value, most])
        return dict(cursor.fetchall())


@pytest.fixture(scope="module")
def planted(lasting_rows: None) -> list[int]:
    """Hashes of which there are copies at every distance up to 12, among random ones; some files have none."""
    source = random.Random(7)
    chosen = [signed(source.getrandbits(64)) for _ in range(40)]
    copies = [flipped(value, source.sample(range(64), bits)) for value in chosen for bits in range(13)]
    noise = [signed(source.getrandbits(64)) for _ in range(ROWS - len(copies))]
    write([*copies, *noise, *([None] * 100)])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE media_mediafile")
    return chosen


@pytest.fixture(autouse=True)
def rows(lasting_rows: None, db: None) -> Iterator[None]:
    """Each test begins with the planted rows."""
    return


@pytest.mark.parametrize("most", range(MOST_DISTANCE + 1))
def test_what_is_found_is_what_a_scan_finds(planted: list[int], most: int) -> None:
    found = near(planted, most)
    assert [one.distances for one in found] == [scanned(value, most) for value in planted]
    assert all(len(one.distances) >= most + 1 for one in found)
    assert not any(one.is_capped for one in found)


def test_the_nearest_come_first(planted: list[int]) -> None:
    distances = list(near(planted[:1], 7)[0].distances.values())
    assert distances == sorted(distances)


@pytest.mark.parametrize("most", [3, 7])
def test_only_indexes_are_read(planted: list[int], most: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {NEAR}", near_parameters(planted[:1], most))
        plan = "\n".join(line for (line,) in cursor)
    assert "Seq Scan" not in plan
    assert [plan.count(f"media_file_hash_band_{number}") for number in range(4)] == [1, 1, 1, 1]


def test_many_hashes_are_one_query(planted: list[int], django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for hashes in (planted[:1], planted[:20]):
        with django_assert_num_queries(1):
            near(hashes, 3)
    with django_assert_num_queries(0):
        assert near([], 3) == []


def test_a_crowd_is_cut_and_said_to_be(planted: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hash_bands, "MOST_OF_VALUE", (12, 12))
    flat = signed(0x8000_0000_0000_0000)
    ids = set(write([flat] * 5))
    (found,) = near([flat], 3)
    assert (set(found.distances), found.is_capped) == (ids, False)
    write([flat] * 15)
    (found,) = near([flat], 3)
    assert found.is_capped
    assert 12 <= len(found.distances) <= 16


def test_the_bands_in_sql_are_those_of_python(planted: list[int]) -> None:
    columns = ", ".join(f"(hash >> {shift}) & 65535" for shift in (48, 32, 16, 0))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM unnest(%s::bigint[]) AS hash", [planted])
        assert [list(row) for row in cursor] == [bands(value) for value in planted]


def test_the_distance_in_sql_is_that_of_python(planted: list[int]) -> None:
    first, *others = planted
    with connection.cursor() as cursor:
        cursor.execute("SELECT bit_count((hash # %s)::bit(64)) FROM unnest(%s::bigint[]) AS hash", [first, others])
        assert [row[0] for row in cursor] == [distance(first, other) for other in others]


@pytest.mark.parametrize("most", [-1, MOST_DISTANCE + 1])
def test_a_distance_that_cannot_be_found_is_refused(most: int) -> None:
    with pytest.raises(ValueError, match=f"distance must be 0 to 7; it is {most}"):
        near([1], most)
