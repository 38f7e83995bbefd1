"""Mutates files that hold generation data and reads them: nothing may fail but as it is meant to.

    .venv/bin/python -m tests.stress.fuzz_generation_data --files 100000

Each mutation is named by its number and the seed, so that `--first 4711 --files 1` repeats one.
"""

from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from random import Random
from time import process_time

from media.generation_data.carriers import DamagedFileError, UnknownFormatError, read_facts, read_stealth
from tests.media.generation_data.files import of_each_kind

SAMPLES = Path(__file__).resolve().parent.parent / "media" / "generated"
SEED = 20_261_129
# What a damaged file may take beyond a whole one: no mutation may make a reader loop.
MAX_SECONDS = 2.0
STEALTH_EVERY = 8
FORBIDDEN = ("\0", "\ufffd")
LYING_NUMBERS = (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\1", b"\1\0\0\0", b"\xff\xff\0\0")


def samples() -> dict[str, bytes]:
    """Return the files to mutate, by name."""
    files = {path.name: path.read_bytes() for path in sorted(SAMPLES.iterdir()) if path.suffix != ".json"}
    return files | of_each_kind()


def mutated(data: bytes, other: bytes, random: Random) -> bytes:
    """Return a file with bits flipped, a piece cut out, one doubled or taken from another file, or a number changed."""
    result = bytearray(data)
    for _ in range(random.randint(1, 4)):
        kind, place = random.randrange(7), random.randrange(len(result) or 1)
        # Headers and metadata stand at the beginning and at the end.
        place = random.choice((place, place % 600, max(0, len(result) - 1 - place % 600)))
        length = random.choice((1, 4, random.randrange(1, 200), random.randrange(1, 5_000)))
        if kind == 0:
            del result[place:]
        elif kind == 1:
            del result[place : place + length]
        elif kind == 2:
            result[place:place] = result[place : place + length]
        elif kind == 3:
            start = random.randrange(len(other))
            result[place : place + length] = other[start : start + length]
        elif kind == 4:
            result[place : place + 4] = random.choice(LYING_NUMBERS)
        else:
            flip(result, place, random)
    return bytes(result)


def flip(result: bytearray, place: int, random: Random) -> None:
    """Flip some bits near a place."""
    for offset in range(place, min(len(result), place + random.randint(1, 8))):
        result[offset] ^= 1 << random.randrange(8)


def mutations(first: int, files: int) -> Iterator[tuple[str, bytes]]:
    """Yield mutations by number, each with the name that repeats it."""
    originals = list(samples().items())
    for number in range(first, first + files):
        random = Random(SEED + number)
        (name, data), (_, other) = random.choice(originals), random.choice(originals)
        yield f"{number} of {name}", mutated(data, other, random)


def check(name: str, data: bytes, with_stealth: bool) -> str:
    """Read a file; return how that ended.

    Raises AssertionError if a text holds what no text may, or if it takes too long.
    """
    started = process_time()
    try:
        facts = read_facts(BytesIO(data))
    except (DamagedFileError, UnknownFormatError) as error:
        return type(error).__name__
    blocks = list(facts.blocks)
    stealth = read_stealth(BytesIO(data), facts) if with_stealth else None
    if stealth:
        blocks.append(stealth)
    for block in blocks:
        text = block.text
        assert text is None or is_storable(text), f"{name}: {block.carrier} {block.key} {text[:200]!r}"
    assert process_time() - started < MAX_SECONDS, f"{name}: {process_time() - started:.1f} s"
    return "warnings" if facts.warnings else "read"


def is_storable(text: str) -> bool:
    """Return whether a text is without NUL, U+FFFD and lone surrogates."""
    return not any(character in text for character in FORBIDDEN) and not any("\ud800" <= c <= "\udfff" for c in text)


def run(first: int, files: int) -> Counter[str]:
    """Read mutations; return how often each end came."""
    return Counter(
        check(name, data, with_stealth=not number % STEALTH_EVERY)
        for number, (name, data) in enumerate(mutations(first, files))
    )


def main() -> None:
    """Run the mutations that the command line asks for."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--first", type=int, default=0)
    options = parser.parse_args()
    started = process_time()
    ends = run(options.first, options.files)
    print(f"{options.files:,} files in {process_time() - started:.0f} CPU seconds: {dict(ends)}")


if __name__ == "__main__":
    main()
