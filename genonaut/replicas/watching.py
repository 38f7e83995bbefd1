"""How far each replica is behind, by a thread for each server in each process of the site.

Every half second the primary says how far its log is, and each replica how much of it is replayed. A replica holds all
that was committed before the primary was last seen at a position that the replica has passed. So lag needs no clocks
that agree, and an idle primary, or a replica that receives nothing any more, are told apart.
"""

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event, Lock, Thread
from time import monotonic
from typing import NamedTuple

import psycopg

from genonaut.database.connections import SiteConnection
from genonaut.database.starts import note_start

LOOK_SECONDS = 0.5
# An answer that takes longer is none.
ANSWER_SECONDS = 2
# Looks at the primary that are remembered: ten minutes.
REMEMBERED = 1_200
QUESTION = """SELECT clock_timestamp(), number, (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()
    ELSE pg_current_wal_lsn() END - '0/0'::pg_lsn)::bigint, pg_is_in_recovery() FROM genonaut_primarystart"""
NOT_YET = "not asked yet"
WRONG_ROLE = {False: "it takes changes: it is no replica", True: "it takes no changes: it is a replica"}
NOT_NOTED = "no start of a primary is noted: manage.py migrate"

logger = logging.getLogger(__name__)


class Seen(NamedTuple):
    """Where a server was: the times before it was asked, of `monotonic` and of its own clock, its era, its position."""

    asked_at: float
    clock: datetime
    number: int
    position: int


@dataclass
class Watched:
    """A server that a thread looks at. `problem` is empty while it answers as it should."""

    alias: str
    connect: Callable[[], SiteConnection]
    is_primary: bool = False
    problem: str = NOT_YET
    seen: deque[Seen] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    is_over: Event = field(default_factory=Event)

    def look(self) -> None:
        """Ask the server again and again until it is over. Never raises."""
        connection = None
        while not self.is_over.is_set():
            try:
                connection = connection or self._connected()
                self._ask(connection)
            except psycopg.Error as error:
                self._say(next(iter(str(error).splitlines()), type(error).__name__))
                if connection is not None:
                    connection.close()
                connection = None
            self.is_over.wait(LOOK_SECONDS)
        if connection is not None:
            connection.close()

    def _connected(self) -> SiteConnection:
        connection = self.connect()
        connection.answer_seconds = ANSWER_SECONDS
        return connection

    def _ask(self, connection: SiteConnection) -> None:
        if self.is_primary:
            note_start(connection)
        asked_at = monotonic()
        row = connection.execute(QUESTION, prepare=False).fetchone()
        if row is None or row[2] is None:
            self._say(NOT_NOTED)
            return
        clock, number, position, is_in_recovery = row
        if is_in_recovery is self.is_primary:
            self._say(WRONG_ROLE[is_in_recovery])
            return
        # One position need not be remembered a thousand times: the first and the last time that it was seen.
        if len(self.seen) > 1 and self.seen[-2][2:] == self.seen[-1][2:] == (number, position):
            self.seen.pop()
        self.seen.append(Seen(asked_at, clock, number, position))
        self._say("")

    def _say(self, problem: str) -> None:
        if problem != self.problem and (problem or self.problem != NOT_YET):
            logger.warning("%s: %s", self.alias, problem or "it is back")
        self.problem = problem

    @property
    def last(self) -> Seen | None:
        """Where it was seen last."""
        return self.seen[-1] if self.seen else None


class Watch:
    """The threads of a process that look at its servers."""

    def __init__(self, primary: Watched, replicas: list[Watched]) -> None:
        self.primary = primary
        self.replicas = {replica.alias: replica for replica in replicas}
        self._lock = Lock()
        self._threads: list[Thread] = []
        # By replica: where the primary and the replica were when this was asked last, and the answer.
        self._held: dict[str, tuple[Seen, Seen, Seen | None]] = {}

    def start(self) -> None:
        """Begin to look, unless the threads run: they do not outlive a fork."""
        with self._lock:
            if any(thread.is_alive() for thread in self._threads):
                return
            servers = [self.primary, *self.replicas.values()]
            self._threads = [
                Thread(target=server.look, name=f"watch {server.alias}", daemon=True) for server in servers
            ]
            for thread in self._threads:
                thread.start()

    def stop(self) -> None:
        """Look no more."""
        for server in (self.primary, *self.replicas.values()):
            server.is_over.set()
        for thread in self._threads:
            thread.join(ANSWER_SECONDS + LOOK_SECONDS)

    def holds_all_before(self, alias: str) -> Seen | None:
        """Return where the primary was last seen that the replica has passed; None if that is not known."""
        replica, newest = self.replicas[alias], self.primary.last
        last = replica.last
        if replica.problem or last is None or newest is None:
            return None
        held = self._held.get(alias)
        # Looks are twice a second, and requests come more often.
        if held is None or held[0] is not newest or held[1] is not last:
            held = self._held[alias] = (newest, last, self._newest_before(last))
        return held[2]

    def _newest_before(self, last: Seen) -> Seen | None:
        """Return the newest look at the primary that a replica's position has passed."""
        looks = reversed(tuple(self.primary.seen))
        return next((seen for seen in looks if seen.number == last.number and seen.position <= last.position), None)

    def has_passed(self, alias: str, number: int, position: int) -> bool:
        """Return whether a replica was seen at a position or past it. No query; it may be further by now."""
        last = self.replicas[alias].last
        return last is not None and (number, position) <= (last.number, last.position)

    def lag(self, alias: str) -> float | None:
        """Return how many seconds a replica is behind at most; None if that is not known, or it does not answer."""
        seen = self.holds_all_before(alias)
        return None if seen is None else monotonic() - seen.asked_at

    def reachable(self) -> list[str]:
        """Return the replicas that answer, the one that has come furthest first."""
        answering = [replica for replica in self.replicas.values() if not replica.problem and replica.last]
        furthest = sorted(answering, key=lambda one: (-one.last.number, -one.last.position))
        return [replica.alias for replica in furthest]
