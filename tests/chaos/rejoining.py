"""How nodes came back to the cluster: what Patroni's logs say of it."""

from collections import Counter

from tests.chaos import programs

REWIND, COPY, ITSELF = "pg_rewind", "a new copy", "itself"
WORDS = {"pg_rewind: Done!": REWIND, "replica has been created using basebackup": COPY}


def repairs() -> Counter[str]:
    """Count the nodes that could not go on with their data, by what was done to it since the logs begin."""
    texts = [path.read_text(errors="replace") for path in programs.LOGS.glob("*-patroni.log")]
    return Counter({way: sum(text.count(words) for text in texts) for words, way in WORDS.items()})


def told(repaired: Counter[str]) -> str:
    """Return the table's cell."""
    ways = [way if count == 1 else f"{count} x {way}" for way, count in sorted(repaired.items()) if count]
    return ", ".join(ways) or ITSELF
