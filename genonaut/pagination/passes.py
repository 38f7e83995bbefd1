"""Taking anchors: one pass over a long list, behind the back of whoever reads it, one for each list at a time.

An index-served list is hopped through from anchor to anchor in its index, which costs no more than counting it. Any
other is collected and sorted by all workers that PostgreSQL has to spare. docs/decisions/0008 has the figures.
"""

import logging
from collections import OrderedDict
from collections.abc import Sequence
from datetime import timedelta
from enum import Enum, auto
from threading import BoundedSemaphore, Lock, Thread
from time import monotonic, sleep
from typing import NamedTuple

from django.db import DatabaseError, connections, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Q, QuerySet
from django.utils import timezone

from genonaut.pagination.anchors import AnchoredList, Anchors, find
from genonaut.pagination.cursors import to_json
from genonaut.pagination.keyset import KeyValues
from genonaut.pagination.models import StoredCursor
from genonaut.pagination.ranked import ComparedWith
from genonaut.pagination.runs import Runs
from genonaut.ranking import NotReadyError, Statement, compose

# Rows from one anchor to the next. A walk of so many entries of an index costs a millisecond; 1 million rows have 500
# anchors, some 25 kB. Where no index gives the list, each row of the walk is a visit to the table, so it is shorter.
SPACING = 2_000
COLLECTED_SPACING = 500
# A list that takes longer has no anchors, and page numbers that end at their reach.
BUDGET_SECONDS = 30
LIFETIME = timedelta(hours=1)
# Anchors of a list that changes all the time are renewed after so many times what they cost.
RENEWAL_FACTOR = 20
# Passes of one process at a time: they are long, and who reads pages comes first. Beside them one over a list that is
# short: its reader waits for its total, and not for a longer list.
MOST_PASSES, MOST_SHORT_PASSES = 2, 1
# Of each kind a viewer has one, and then none for so many times what it took: all who are not signed in are one viewer,
# and whatever they ask for, they cannot keep a core busy or others' passes waiting.
REST_FACTOR = 3
# A very long list that is looked at once is not worth a pass. So many that were asked for last are remembered.
MOST_ASKED = 1_000
# How long a page that only anchors reach waits for them, and how many such pages may at a time: each holds a thread.
WAIT_SECONDS = 1.5
MOST_WAITING = 2
# After a pass that failed.
PAUSE_SECONDS = 60.0
# Lists that have anchors at a time, and how many are cleared away by each that comes.
MOST_STORED = 500
MOST_CLEARED = 100

# Compiling a statement would take longer than running it. The sort is in memory, and it is worth several workers.
SETTINGS = {"jit": "off", "work_mem": "64MB", "parallel_tuple_cost": "0", "statement_timeout": f"{BUDGET_SECONDS}s"}

logger = logging.getLogger(__name__)
_guard = Lock()
# Whose turn it is, by the digests of the lists that are passed over.
_running: dict[str, "Turn"] = {}
# When a list may be passed over next, by its digest, after a pass that failed.
_not_before: dict[str, float] = {}
# When a viewer may have the next pass of a kind made.
_resting: dict["Turn", float] = {}
_asked: OrderedDict[str, None] = OrderedDict()
_waiting = BoundedSemaphore(MOST_WAITING)


class Turn(NamedTuple):
    """A viewer's turn to have a list passed over, a short one or any."""

    viewer: object
    is_short: bool

    @property
    def has_room(self) -> bool:
        """Whether the viewer may have such a pass made now."""
        others = [other for other in _running.values() if other.is_short == self.is_short]
        is_resting = monotonic() < _resting.get(self, 0.0)
        most = MOST_SHORT_PASSES if self.is_short else MOST_PASSES
        return len(others) < most and self not in others and not is_resting


class State(Enum):
    """What becomes of a pass that is asked for."""

    UNDER_WAY = auto()  # or done: there may be anchors soon
    PUT_OFF = auto()  # others come first, or nobody needs it yet
    FAILED = auto()  # lately, and is not tried again for a while


def begin(
    listed: AnchoredList, known: Anchors | None = None, *, is_needed: bool = False, is_short: bool = False
) -> State:
    """Take a list's anchors, in a thread with a connection of its own, unless they are newer than the known ones.

    `is_needed` where a page cannot do without. A list that `is_short` takes a second or two, and its reader wants to
    know how many rows it has; any other is worth a pass if it is asked for again. From inside a transaction, whose rows
    no other connection sees, they are taken at once. Never raises: a reader has an answer without them.
    """
    if known is not None and not is_due(known):
        return State.PUT_OFF
    if connections[_alias(listed)].in_atomic_block:
        return State.UNDER_WAY if _attempt(listed, known) else State.FAILED
    with _guard:
        if _has_failed(listed):
            return State.FAILED
        is_wanted = _was_asked(listed) or is_needed or is_short or known is not None
        if listed.digest in _running:
            return State.UNDER_WAY
        turn = Turn(listed.viewer, is_short)
        if not is_wanted or not turn.has_room:
            return State.PUT_OFF
        _running[listed.digest] = turn
    thread = Thread(target=_in_thread, args=(listed, known, turn), name=f"anchors {listed.digest[:8]}", daemon=True)
    try:
        thread.start()
    except RuntimeError:  # no more threads, or the interpreter is on its way out
        logger.warning("No thread to take anchors", exc_info=True)
        with _guard:
            _running.pop(listed.digest, None)
        return State.FAILED
    return State.UNDER_WAY


def _was_asked(listed: AnchoredList) -> bool:
    """Return whether a list was asked for lately; from now on it was."""
    was_asked = listed.digest in _asked
    _asked[listed.digest] = None
    _asked.move_to_end(listed.digest)
    while len(_asked) > MOST_ASKED:
        _asked.popitem(last=False)
    return was_asked


def wait(listed: AnchoredList) -> Anchors | None:
    """Return a list's anchors as soon as somebody has taken them; None where that fails or takes too long, or others
    wait already."""
    if not _waiting.acquire(blocking=False):
        return None
    try:
        deadline = monotonic() + WAIT_SECONDS
        while monotonic() < deadline and not _has_failed(listed):
            anchors = find(listed)
            if anchors is not None:
                return anchors
            sleep(0.05)
        return None
    finally:
        _waiting.release()


def _has_failed(listed: AnchoredList) -> bool:
    return monotonic() < _not_before.get(listed.digest, 0.0)


def is_due(known: Anchors) -> bool:
    """Return whether anchors have been in use for long enough to be worth renewing."""
    return timezone.now() - known.created_at >= timedelta(seconds=RENEWAL_FACTOR * known.seconds)


def take(listed: AnchoredList, known: Anchors | None = None) -> bool:
    """Take and store a list's anchors, in one transaction; False where somebody else is at it or was faster."""
    alias = _alias(listed)
    is_nested = connections[alias].in_atomic_block
    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        # A replica could store none; nor can it lock.
        cursor.execute(
            "SELECT CASE current_setting('transaction_read_only') WHEN 'off' THEN pg_try_advisory_xact_lock(%s) END",
            [int(listed.digest[:15], 16)],
        )
        is_locked = cursor.fetchone()[0]
        if not is_locked:
            if is_locked is None:
                _put_off(listed)
            return False
        latest = find(listed)
        if latest is not None and (known is None or latest.created_at > known.created_at):
            return False
        if not is_nested:
            for name, setting in SETTINGS.items():
                cursor.execute("SELECT set_config(%s, %s, true)", [name, setting])
        # What comes between the version and the pass makes the anchors out of date, and never wrong.
        version = listed.read_version()
        begun = monotonic()
        keys, total = _pass_over(cursor, listed)
        if keys:
            _store(listed, version, keys, total, monotonic() - begun)
    return bool(keys)


def _in_thread(listed: AnchoredList, known: Anchors | None, turn: Turn) -> None:
    begun = monotonic()
    try:
        _attempt(listed, known)
    finally:
        connections[_alias(listed)].close()
        with _guard:
            _running.pop(listed.digest, None)
            now = monotonic()
            for rested in [rested for rested, moment in _resting.items() if moment < now]:
                del _resting[rested]
            _resting[turn] = now + REST_FACTOR * (now - begun)


def _attempt(listed: AnchoredList, known: Anchors | None) -> bool:
    try:
        take(listed, known)
    except (DatabaseError, NotReadyError):
        logger.exception("A list of %s has no anchors for now", listed.order.model._meta.label)
        _put_off(listed)
        return False
    return True


def _put_off(listed: AnchoredList) -> None:
    """Try a list again only after a while."""
    with _guard:
        _not_before[listed.digest] = monotonic() + PAUSE_SECONDS
        for digest in [digest for digest, moment in _not_before.items() if moment < monotonic()]:
            del _not_before[digest]


def spacing_of(listed: AnchoredList) -> int:
    """Return how many rows there are from one anchor of a list to the next."""
    return SPACING if listed.is_index_served else COLLECTED_SPACING


def _alias(listed: AnchoredList) -> str:
    return listed.querysets[0].db


# --- The pass


def _pass_over(cursor: CursorWrapper, listed: AnchoredList) -> tuple[list[KeyValues], int]:
    """Return the keys of every so many rows and of the last one, and how many rows there are."""
    spacing = spacing_of(listed)
    statement = _hops(listed, spacing) if listed.is_index_served else _numbered(listed, spacing)
    cursor.execute(statement.sql, statement.params)
    keys = cursor.fetchall()
    if not keys:
        return [], 0
    rest = Runs(listed.between(keys[-1], None).querysets, listed.rising).at_offset(0, 2 * spacing)
    return [*keys, rest[-1] if rest else keys[-1]], (len(keys) - 1) * spacing + len(rest)


def _hops(listed: AnchoredList, spacing: int) -> Statement:
    """Return SQL that seeks each anchor from the one before."""
    order, names = listed.rising, ", ".join(listed.order.aliases)
    last = Statement(", ".join(f"anchor.{alias}" for alias in order.aliases))
    beyond = ComparedWith(*order.expressions, operator=">", keys=last)
    following = Runs([queryset.filter(beyond) for queryset in listed.querysets], order)
    return compose(
        "WITH RECURSIVE anchor AS ((SELECT {names} FROM ({first}) AS first ORDER BY {sort} LIMIT 1)"
        " UNION ALL SELECT hop.* FROM anchor CROSS JOIN LATERAL"
        " (SELECT {names} FROM ({rows}) AS following ORDER BY {sort} OFFSET {skipped} LIMIT 1) AS hop)"
        " SELECT {names} FROM anchor",
        names=names,
        sort=order.sort_sql(),
        first=Runs(listed.querysets, order).statement(reach=1, is_sorted=True),
        rows=following.statement(reach=spacing, is_sorted=True),
        skipped=str(spacing - 1),
    )


def _numbered(listed: AnchoredList, spacing: int) -> Statement:
    """Return SQL that collects all rows, sorts them and keeps every so many.

    They are numbered as they come from the sort: by an order of the window PostgreSQL 15 would compare each row again.
    """
    names = ", ".join(listed.order.aliases)
    return compose(
        "SELECT {names} FROM (SELECT {names}, row_number() OVER () AS number"
        " FROM (SELECT {names} FROM ({rows}) AS matches ORDER BY {names}) AS sorted)"
        " AS numbered WHERE mod(number - 1, {spacing}) = 0 ORDER BY number",
        names=names,
        rows=Runs(listed.querysets, listed.rising).statement(reach=None, is_sorted=False),
        spacing=str(spacing),
    )


def _store(listed: AnchoredList, version: str, keys: Sequence[KeyValues], total: int, seconds: float) -> None:
    """Store anchors in the place of older ones, and clear away what has expired."""
    now, alias = timezone.now(), _alias(listed)
    head = {"version": version, "total": total, "spacing": spacing_of(listed), "count": len(keys), "seconds": seconds}
    data = {"head": head, "keys": [[to_json(value) for value in some] for some in keys]}
    row = StoredCursor(query_hash=listed.digest, cursor_data=data, created_at=now, expires_at=now + LIFETIME)
    StoredCursor.objects.using(alias).bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["query_hash"],
        update_fields=["cursor_data", "created_at", "expires_at"],
    )
    _clear_away(StoredCursor.objects.using(alias).exclude(query_hash=listed.digest))


def _clear_away(stored: QuerySet) -> None:
    """Delete some of the anchors that expired, and of the oldest where there are too many."""
    too_many = stored.order_by("-created_at").values("pk")[MOST_STORED - 1 :]
    old = stored.filter(Q(expires_at__lt=timezone.now()) | Q(pk__in=too_many))
    # Those that somebody is renewing are none of ours.
    pks = list(old.select_for_update(skip_locked=True).values_list("pk", flat=True)[:MOST_CLEARED])
    stored.filter(pk__in=pks).delete()
