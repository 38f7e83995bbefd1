"""One build of a list's anchors: one at a time for each list, and a few of all lists, across all processes."""

from itertools import chain
from time import monotonic

from django.db import connections, transaction
from django.db.backends.utils import CursorWrapper

from genonaut.pagination.anchors.anchored_list import AnchoredList
from genonaut.pagination.anchors.build_sql import read_keys, spacing_of
from genonaut.pagination.anchors.store import Anchors, find, save

# A list that takes longer has no anchors, and page numbers that end at their reach.
BUDGET_SECONDS = 30
# Builds of long lists that the database has at a time, and of short ones beside them, however many processes there are;
# anonymous users have half of them. First keys of advisory locks; the second is the slot.
LONG, SHORT = 0x616E6368, 0x616E6373
SLOTS, ANONYMOUS_SLOTS = 4, 2
# Compiling a statement would take longer than running it. The sort is in memory, and it is worth several workers.
SETTINGS = {"jit": "off", "work_mem": "64MB", "parallel_tuple_cost": "0", "statement_timeout": f"{BUDGET_SECONDS}s"}


class ReadOnlyServerError(Exception):
    """The server takes no changes: a replica could store no anchors, nor can it lock."""


class NoSlotError(Exception):
    """As many builds are under way as the database is to have."""


def build(listed: AnchoredList, known: Anchors | None = None, *, is_short: bool = False) -> bool:
    """Build and store a list's anchors, in one transaction; False if another connection is building or was faster.

    Raises ReadOnlyServerError, NoSlotError, NotReadyError, DatabaseError.
    """
    is_nested = connections[listed.alias].in_atomic_block
    with transaction.atomic(using=listed.alias), connections[listed.alias].cursor() as cursor:
        if not _lock(cursor, listed):
            return False
        latest = find(listed)
        if latest is not None and (known is None or latest.created_at > known.created_at):
            return False
        if is_nested:
            return _read_and_save(cursor, listed)
        has_slot = _take_slot(cursor, SHORT if is_short else LONG, SLOTS if listed.viewer else ANONYMOUS_SLOTS)
        if has_slot:
            for name, setting in SETTINGS.items():
                cursor.execute("SELECT set_config(%s, %s, true)", [name, setting])
            return _read_and_save(cursor, listed)
    # Not inside the transaction: after a rollback the connection would have lost the statements that it prepared.
    raise NoSlotError


def _read_and_save(cursor: CursorWrapper, listed: AnchoredList) -> bool:
    """Read a list's anchors and store them; return whether it has any."""
    # A change between the version and the build makes the anchors out of date, and never wrong.
    version = listed.read_version()
    begun = monotonic()
    keys, total = read_keys(cursor, listed)
    if keys:
        seconds = monotonic() - begun
        save(listed, keys, version=version, total=total, spacing=spacing_of(listed), seconds=seconds)
    return bool(keys)


def _lock(cursor: CursorWrapper, listed: AnchoredList) -> bool:
    """Lock the list until the transaction ends; return whether no other connection has. Raises ReadOnlyServerError."""
    cursor.execute(
        "SELECT CASE current_setting('transaction_read_only') WHEN 'off' THEN pg_try_advisory_xact_lock(%s) END",
        [int(listed.digest[:15], 16)],
    )
    (is_locked,) = cursor.fetchone()
    if is_locked is None:
        raise ReadOnlyServerError
    return is_locked


def _take_slot(cursor: CursorWrapper, kind: int, slots: int) -> bool:
    """Take one of the first slots for builds of a kind until the transaction ends; return whether one was free."""
    keys = [(kind, slot) for slot in range(slots)]
    tries = " ".join(["WHEN pg_try_advisory_xact_lock(%s, %s) THEN true"] * len(keys))
    cursor.execute(f"SELECT CASE {tries} ELSE false END", [*chain.from_iterable(keys)])
    return cursor.fetchone()[0]
