"""Which anchors are built, and when: in a few background threads, one build for each list, shared out among users."""

import logging
from collections import OrderedDict
from collections.abc import Callable
from datetime import timedelta
from enum import Enum, auto
from threading import BoundedSemaphore, Lock, Thread
from time import monotonic, sleep
from typing import NamedTuple

from django.db import DatabaseError, connections
from django.utils import timezone

from genonaut.pagination.anchors.anchored_list import AnchoredList
from genonaut.pagination.anchors.building import NoSlotError, ReadOnlyServerError, build
from genonaut.pagination.anchors.store import Anchors, find
from genonaut.ranking import NotReadyError

# Anchors of a list that changes all the time are renewed after so many times what they cost.
RENEWAL_FACTOR = 20
# Builds of one process at a time: they are long, and readers of pages come first (building.py has how many all
# processes may make). Beside them one of a short list: its reader waits for its total, and not for a longer list.
MOST_BUILDS, MOST_SHORT_BUILDS = 2, 1
# Of each kind a user has one, and then none for so many times as long as it took. All anonymous users are one: whatever
# they ask for, they cannot keep a core busy or others' builds waiting.
REST_FACTOR = 3
# Before a user asks again for a build that found all slots taken.
REFUSED_SECONDS = 1.0
# A very long list that is looked at once is not worth a build. So many that were asked for last are remembered.
MOST_ASKED = 1_000
# How long a page that only anchors reach waits for them, and how many such pages may at a time: each holds a thread.
WAIT_SECONDS = 1.5
MOST_WAITING = 2
# After a build that failed.
PAUSE_SECONDS = 60.0

logger = logging.getLogger(__name__)
# Are told how long each build took in seconds, and whether there are anchors now.
WATCHERS: list[Callable[[float, bool], None]] = []


class Turn(NamedTuple):
    """A user's turn to have anchors built, of a short list or any."""

    viewer: object
    is_short: bool


class State(Enum):
    """What becomes of a build that is asked for."""

    UNDER_WAY = auto()  # or done: there may be anchors soon
    PUT_OFF = auto()  # others come first, or no page needs it yet
    FAILED = auto()  # lately, and is not tried again for a while


class Scheduler:
    """The builds of one process. Threads share it."""

    def __init__(self) -> None:
        self._lock = Lock()
        # The turns of the lists that are being built, by digest.
        self._running: dict[str, Turn] = {}
        # When a list may be built again, by digest, after a build that failed.
        self._not_before: dict[str, float] = {}
        # When a user may have the next build of a kind.
        self._resting: dict[Turn, float] = {}
        # The digests of the lists that were asked for, the last one last.
        self._asked: OrderedDict[str, None] = OrderedDict()
        self._waiting = BoundedSemaphore(MOST_WAITING)

    @property
    def is_idle(self) -> bool:
        """Whether no build is under way."""
        return not self._running

    def begin(
        self, listed: AnchoredList, known: Anchors | None = None, *, is_needed: bool = False, is_short: bool = False
    ) -> State:
        """Build a list's anchors, in a thread with a connection of its own, unless they are newer than the known ones.

        `is_needed` if a page cannot do without. A list that `is_short` takes a second or two, and its reader wants to
        know how many rows it has; any other is worth a build if it is asked for again. From inside a transaction, whose
        rows no other connection sees, they are built at once. Never raises: a reader has an answer without them.
        """
        if known is not None and not is_due(known):
            return State.PUT_OFF
        if connections[listed.alias].in_atomic_block:
            return State.UNDER_WAY if self._attempt(listed, known, is_short=is_short) else State.FAILED
        turn = Turn(listed.viewer, is_short)
        with self._lock:
            state = self._state(listed, turn, is_wanted=is_needed or is_short or known is not None)
            if state is not None:
                return state
            self._running[listed.digest] = turn
        return self._start(listed, known, turn)

    def wait(self, listed: AnchoredList) -> Anchors | None:
        """Return a list's anchors as soon as they are built; None if that fails or takes too long, or if too many
        pages wait already."""
        if not self._waiting.acquire(blocking=False):
            return None
        try:
            deadline = monotonic() + WAIT_SECONDS
            while monotonic() < deadline and not self._has_failed(listed):
                anchors = find(listed)
                if anchors is not None:
                    return anchors
                sleep(0.05)
            return None
        finally:
            self._waiting.release()

    # --- Turns

    def _state(self, listed: AnchoredList, turn: Turn, *, is_wanted: bool) -> State | None:
        """Return the state of a build that cannot begin now, or need not; None if it begins."""
        if self._has_failed(listed):
            return State.FAILED
        is_wanted = self._was_asked(listed) or is_wanted
        if listed.digest in self._running:
            return State.UNDER_WAY
        return None if is_wanted and self._has_room(turn) else State.PUT_OFF

    def _has_failed(self, listed: AnchoredList) -> bool:
        return monotonic() < self._not_before.get(listed.digest, 0.0)

    def _was_asked(self, listed: AnchoredList) -> bool:
        """Return whether a list was asked for lately; from now on it was."""
        was_asked = listed.digest in self._asked
        self._asked[listed.digest] = None
        self._asked.move_to_end(listed.digest)
        while len(self._asked) > MOST_ASKED:
            self._asked.popitem(last=False)
        return was_asked

    def _has_room(self, turn: Turn) -> bool:
        """Return whether the user may have such a build now."""
        others = [other for other in self._running.values() if other.is_short == turn.is_short]
        is_resting = monotonic() < self._resting.get(turn, 0.0)
        most = MOST_SHORT_BUILDS if turn.is_short else MOST_BUILDS
        return len(others) < most and turn not in others and not is_resting

    # --- Threads

    def _start(self, listed: AnchoredList, known: Anchors | None, turn: Turn) -> State:
        name = f"anchors {listed.digest[:8]}"
        thread = Thread(target=self._run, args=(listed, known, turn), name=name, daemon=True)
        try:
            thread.start()
        except RuntimeError:  # no more threads, or the interpreter is on its way out
            logger.warning("No thread to build anchors", exc_info=True)
            with self._lock:
                self._running.pop(listed.digest, None)
            return State.FAILED
        return State.UNDER_WAY

    def _run(self, listed: AnchoredList, known: Anchors | None, turn: Turn) -> None:
        begun, is_refused = monotonic(), False
        try:
            self._attempt(listed, known, is_short=turn.is_short)
        except NoSlotError:  # other processes are building
            is_refused = True
        finally:
            connections[listed.alias].close()
            with self._lock:
                self._running.pop(listed.digest, None)
                now = monotonic()
                _drop_past(self._resting)
                self._resting[turn] = now + (REFUSED_SECONDS if is_refused else REST_FACTOR * (now - begun))

    def _attempt(self, listed: AnchoredList, known: Anchors | None, *, is_short: bool) -> bool:
        """Build the anchors, and tell the watchers. Raises NoSlotError."""
        begun = monotonic()
        is_built = self._build(listed, known, is_short=is_short)
        for watch in WATCHERS:
            watch(monotonic() - begun, is_built)
        return is_built

    def _build(self, listed: AnchoredList, known: Anchors | None, *, is_short: bool) -> bool:
        """Build the anchors; after a failure the list is built again only after a while. Raises NoSlotError."""
        try:
            build(listed, known, is_short=is_short)
        except ReadOnlyServerError:
            self._put_off(listed)
            return False
        except (DatabaseError, NotReadyError):
            logger.exception("A list of %s has no anchors for now", listed.order.model._meta.label)
            self._put_off(listed)
            return False
        return True

    def _put_off(self, listed: AnchoredList) -> None:
        with self._lock:
            _drop_past(self._not_before)
            self._not_before[listed.digest] = monotonic() + PAUSE_SECONDS


def is_due(known: Anchors) -> bool:
    """Return whether anchors have been in use for long enough to be worth renewing."""
    return timezone.now() - known.created_at >= timedelta(seconds=RENEWAL_FACTOR * known.seconds)


def _drop_past(times: dict) -> None:
    """Delete the entries whose time has passed."""
    now = monotonic()
    for key in [key for key, time in times.items() if time < now]:
        del times[key]


# Of this process.
SCHEDULER = Scheduler()
