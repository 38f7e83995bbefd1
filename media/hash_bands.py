"""The bands of perceptual hashes in SQL: four indexes that find every hash near to one. Without Django.

A hash is four bands of 16 bits (pictures/perceptual_hash.py). Of two hashes that differ in at most 3 bits, some band is
the same; of two that differ in at most 7, some band differs in one bit at most. So candidates are found by 4 looks
into indexes, or by 68, and their distances counted.
"""

from collections.abc import Sequence

BAND_BITS = 16
BAND_MASK = 0xFFFF
# The highest band first.
BAND_SHIFTS = (48, 32, 16, 0)
# Hashes that differ in so many bits are those of copies: other sizes, formats and qualities.
COPY_DISTANCE = 3
# Farthest distance that is looked for: beyond, each band would take 137 looks.
MOST_DISTANCE = 7
# Of flat pictures very many share a band. So many candidates are read of one value of a band, for distances up to
# COPY_DISTANCE and beyond; of 10 million pictures with evenly spread hashes a value has 153.
MOST_OF_VALUE = (10_000, 2_000)

BAND = f"""
SELECT asked.number, asked.hash, candidate.*
FROM asked, flips CROSS JOIN LATERAL (
    SELECT id, perceptual_hash, row_number() OVER () AS place FROM media_mediafile
    WHERE perceptual_hash IS NOT NULL
        AND ((perceptual_hash >> {{shift}}) & {BAND_MASK}) = ((asked.hash >> {{shift}}) & {BAND_MASK}) # flips.flip
    LIMIT %(most)s + 1
) AS candidate
"""  # noqa: S608 - made of constants
# Materialised: else the planner would count bits for a condition of each index.
NEAR = f"""
WITH asked AS (SELECT number, hash FROM unnest(%(hashes)s::bigint[]) WITH ORDINALITY AS asked(hash, number)),
flips AS (SELECT flip FROM unnest(%(flips)s::bigint[]) AS flip),
candidates AS MATERIALIZED ({"UNION ALL".join(BAND.format(shift=shift) for shift in BAND_SHIFTS)}),
measured AS (
    SELECT number, id, place, bit_count((hash # perceptual_hash)::bit(64)) AS distance FROM candidates
)
SELECT DISTINCT number, id, distance, place > %(most)s AS is_over FROM measured
WHERE distance <= %(distance)s OR place > %(most)s
ORDER BY number, distance, id
"""  # noqa: S608 - made of constants


def near_parameters(hashes: Sequence[int], distance: int) -> dict[str, object]:
    """Return the parameters of NEAR. Raises ValueError for a distance that it cannot find."""
    if not 0 <= distance <= MOST_DISTANCE:
        raise ValueError(f"distance must be 0 to {MOST_DISTANCE}; it is {distance}")
    is_beyond = distance > COPY_DISTANCE
    flips = [0, *(1 << bit for bit in range(BAND_BITS))] if is_beyond else [0]
    return {"hashes": list(hashes), "flips": flips, "distance": distance, "most": MOST_OF_VALUE[is_beyond]}
