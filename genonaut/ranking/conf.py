"""The sizes of rankings, which the setting RANK_INDEX may change, and when the server started, for versions.

RANK_INDEX = {"LEAF_ROWS": 4_096, "STATEMENT_CACHE_BYTES": 1_000_000}
RANK_SERVER_START = "SQL of a number: on a replica, of its primary, so that both give a list the same version"
"""

from collections.abc import Mapping

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

SETTING = "RANK_INDEX"
DEFAULTS = {
    # Rows of a leaf. A reader steps over half of one on average; smaller leaves are more counts to add up.
    "LEAF_ROWS": 2_048,
    # Leaves of an inner node. At 10 million rows a reader adds up about 76 inner nodes, then about 64 leaves.
    "FANOUT": 64,
    # Deltas that one step of a compaction moves, in about a second.
    "STEP_DELTAS": 50_000,
    # Readers add up at most this many deltas, within a second; beyond them they raise TooManyChangesError.
    "MAX_DELTAS": 50_000,
    # From this many deltas on, which cost a reader about a millisecond, a reader starts a compaction in a thread.
    "COMPACT_FROM_DELTAS": 1_000,
    # Rows that a reader counts in addition or takes away (Correction); with more of them a page would be slow.
    "MAX_CORRECTIONS": 10_000,
    # Memory of one process for the text of recently used statements, 10 to 40 kB each.
    "STATEMENT_CACHE_BYTES": 2_500_000,
}


def sizes(changes: Mapping[str, int]) -> dict[str, int]:
    """Return the defaults with some changes. Raises ImproperlyConfigured for an unknown name or no positive integer."""
    for name, size in changes.items():
        if name not in DEFAULTS:
            raise ImproperlyConfigured(f"{SETTING} has no {name}; it may have: {', '.join(DEFAULTS)}.")
        if type(size) is not int or size < 1:
            raise ImproperlyConfigured(f"{SETTING}[{name!r}] must be a positive integer, not {size!r}.")
    return DEFAULTS | dict(changes)


_sizes = sizes(getattr(settings, SETTING, {}))
LEAF_ROWS = _sizes["LEAF_ROWS"]
FANOUT = _sizes["FANOUT"]
STEP_DELTAS = _sizes["STEP_DELTAS"]
MAX_DELTAS = _sizes["MAX_DELTAS"]
COMPACT_FROM_DELTAS = _sizes["COMPACT_FROM_DELTAS"]
MAX_CORRECTIONS = _sizes["MAX_CORRECTIONS"]
STATEMENT_CACHE_BYTES = _sizes["STATEMENT_CACHE_BYTES"]
SERVER_START = getattr(settings, "RANK_SERVER_START", "extract(epoch FROM pg_postmaster_start_time())")
