"""Readers and writers of a site whose database moves: what they asked, what was answered, what was acknowledged."""

import http.client
import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event, Thread

LONGEST_SECONDS = 60
PAUSE_SECONDS = 0.1


@dataclass(frozen=True)
class Answer:
    """One answer: when it was asked for and came, its status (0 without one), and its JSON or None."""

    asked_at: float
    came_at: float
    status: int
    document: dict | None


@dataclass
class Client:
    """A client that makes requests, one after the other, until it is told to end."""

    port: int
    # Makes method, path and body of the request of a number.
    request: Callable[[int], tuple[str, str, dict | None]]
    headers: dict[str, str] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)
    is_done: Event = field(default_factory=Event)

    def run(self) -> None:
        """Ask until it is done."""
        number = 0
        while not self.is_done.wait(PAUSE_SECONDS):
            self.answers.append(self.ask(*self.request(number)))
            number += 1

    def ask(self, method: str, path: str, body: dict | None) -> Answer:
        """Make one request over a connection of its own."""
        asked_at = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LONGEST_SECONDS)
        headers = {**self.headers, "Accept": "application/json", "Content-Type": "application/json"}
        try:
            connection.request(method, path, json.dumps(body) if body else None, headers)
            response = connection.getresponse()
            content, status = response.read(), response.status
        except (OSError, http.client.HTTPException):
            content, status = b"", 0
        finally:
            connection.close()
        document = json.loads(content) if body and status in (201, 202) else None
        return Answer(asked_at, time.monotonic(), status, document)


class Crowd:
    """Clients, each in a thread of its own."""

    def __init__(self, clients: Sequence[Client]) -> None:
        self.clients = clients
        self.threads = [Thread(target=client.run) for client in clients]

    def __enter__(self) -> "Crowd":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        for client in self.clients:
            client.is_done.set()
        for thread in self.threads:
            thread.join()

    def answers(self, since: float = 0.0) -> list[Answer]:
        """Return what was asked since a moment."""
        return [answer for client in self.clients for answer in list(client.answers) if answer.asked_at >= since]

    def acknowledged(self) -> list[dict]:
        """Return the rows that the site said it has."""
        return [answer.document for answer in self.answers() if answer.document]


def row(label: str, answers: Sequence[Answer]) -> str:
    """Return a table's row: requests, failures by status, the time that they span, the longest answer."""
    bad = [answer for answer in answers if not 200 <= answer.status < 400]
    statuses = ", ".join(f"{count} x {status}" for status, count in sorted(Counter(a.status for a in bad).items()))
    span = max(a.came_at for a in bad) - min(a.asked_at for a in bad) if bad else 0
    longest = max((answer.came_at - answer.asked_at for answer in answers), default=0)
    return f"| {label} | {len(answers):,} | {statuses or 'none'} | {span:.1f} s | {longest:.2f} s |"
