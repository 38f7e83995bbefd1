"""Pictures that look like another: those whose perceptual hashes differ in a few bits. Exact, by four indexes."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import connection

from media.hash_bands import NEAR, near_parameters


@dataclass
class Near:
    """The files near to a hash: distances in bits by id, nearest first. `is_capped`: there may be more."""

    distances: dict[int, int] = field(default_factory=dict)
    is_capped: bool = False


def near(hashes: Sequence[int], distance: int) -> list[Near]:
    """Return for each hash the files whose hashes differ from it in at most so many bits. One query."""
    results = [Near() for _ in hashes]
    if not results:
        return results
    with connection.cursor() as cursor:
        cursor.execute(NEAR, near_parameters(hashes, distance))
        for number, pk, bits, is_over in cursor:
            result = results[number - 1]
            result.is_capped |= is_over
            if bits <= distance:
                result.distances.setdefault(pk, bits)
    return results
