"""Watches when a server begins to take writes."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import NamedTuple, Self

import psycopg

from tests.chaos.cluster import Node

STATE = "SELECT NOT pg_is_in_recovery(), pg_postmaster_start_time()"
POLL_SECONDS = 0.05


class Promotion(NamedTuple):
    """A server that takes writes, and did not a moment ago: it was promoted, or started again."""

    at: float
    node: str


@dataclass
class Watcher:
    """Asks each server, over a connection that outlives its promotion, whether it takes writes."""

    nodes: Iterable[Node]
    promotions: list[Promotion] = field(default_factory=list)
    is_done: Event = field(default_factory=Event)

    def __enter__(self) -> Self:
        self.threads = [Thread(target=self._watch, args=(node,), daemon=True) for node in self.nodes]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.is_done.set()
        for thread in self.threads:
            thread.join()

    def first_since(self, moment: float) -> Promotion | None:
        """Return the first promotion after a moment; None without one."""
        return min((promotion for promotion in list(self.promotions) if promotion.at > moment), default=None)

    def _watch(self, node: Node) -> None:
        seen: object = None
        while not self.is_done.wait(POLL_SECONDS):
            try:
                # Of a host that is cut off nothing is heard.
                with psycopg.connect(node.url, autocommit=True, connect_timeout=2, tcp_user_timeout=1000) as connection:
                    while not self.is_done.wait(POLL_SECONDS):
                        takes_writes, started_at = connection.execute(STATE).fetchone()
                        state = started_at if takes_writes else None
                        if state not in (None, seen):
                            self.promotions.append(Promotion(time.monotonic(), node.name))
                        seen = state
            except psycopg.Error:
                continue
