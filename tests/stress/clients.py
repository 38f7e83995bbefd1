"""Many clients at once, in one process of their own: asyncio, each over one kept-alive connection.

    .venv/bin/python -m tests.stress.clients < PLAN

PLAN is JSON: `port`, `connections`, `seconds` and `requests` after which it stops (0 is no limit), the `paths` that are
read, `are_viewers` if each connection is a viewer of its own, and, if anything is written, `writes` a second, `tokens`
of members, and `works` that they like. Any connection sends a write that is due. A client that is told to try again
later does so. Prints how many are answered each second, then, as JSON, what came of it: the members of `Outcome`, and
how long it ran.
"""

import asyncio
import json
import random
import resource
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from genonaut.database.outages import AWAY, BUSY, READ_ONLY, TOO_LONG

# Longer than any queue that a working server lets grow.
LONGEST_SECONDS = 120
FAILURES = (OSError, EOFError, TimeoutError, ValueError, IndexError, KeyError, asyncio.LimitOverrunError)
READ, WRITE = "read", "write"
# Pages have the title, the API the detail.
REASONS = [(text, outage.title) for outage in (AWAY, BUSY, READ_ONLY, TOO_LONG) for text in outage[:2]]
UNAVAILABLE = 503


class Request(NamedTuple):
    """What is sent, and of a like the member's number and the work."""

    kind: str
    text: bytes
    like: tuple[int, int] | None = None


class Answer(NamedTuple):
    """What was answered. `wait` is for how many seconds the client is to stay away."""

    status: int
    body: bytes
    is_kept: bool
    wait: float


@dataclass
class Outcome:
    """What came of the requests. `failures` holds when each came (`perf_counter`), its kind, and what it was."""

    seconds: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    failures: list[tuple[float, str, str]] = field(default_factory=list)
    written: int = 0
    created: list[int] = field(default_factory=list)
    liked: list[tuple[int, int]] = field(default_factory=list)

    def fail(self, kind: str, error: str, reason: str = "") -> None:
        """Note a request that had no good answer."""
        self.errors[error] += 1
        self.failures.append((time.perf_counter(), kind, f"{error} {reason}".rstrip()))

    def note_written(self, request: Request, body: bytes) -> None:
        """Note what the site says it has stored."""
        self.written += 1
        if request.like:
            self.liked.append(request.like)
        else:
            self.created.append(json.loads(body)["id"])


@dataclass
class Load:
    """What is asked for, and what came of it."""

    port: int
    paths: list[str]
    connections: int
    seconds: float = 0
    requests: int = 0
    are_viewers: bool = False
    writes: float = 0
    tokens: list[str] = field(default_factory=list)
    works: list[int] = field(default_factory=list)
    begun: int = 0
    begun_writes: int = 0
    outcome: Outcome = field(default_factory=Outcome)

    def __post_init__(self) -> None:
        self.begun_at = time.perf_counter()
        self.ends_at = self.begun_at + (self.seconds or float("inf"))

    def goes_on(self) -> bool:
        """Return whether another request may begin, and count it."""
        if time.perf_counter() >= self.ends_at or (self.requests and self.begun >= self.requests):
            return False
        self.begun += 1
        return True

    def next_request(self, number: int) -> Request:
        """Return the write that is due, or else any page, as the client of a number asks for it."""
        if self.begun_writes >= self.writes * (time.perf_counter() - self.begun_at):
            cookie = [f"Cookie: sessionid=reader{number}"] if self.are_viewers else []
            return Request(READ, self._text(f"GET {random.choice(self.paths)}", cookie))
        self.begun_writes += 1
        return self._write(self.begun_writes)

    def _write(self, number: int) -> Request:
        """Return a new work, or a like that no one gave before."""
        turn, member = divmod(number // 2, len(self.tokens))
        if number % 2:
            work = {"title": f"Crowd {number}", "prompt": f"crowd {number}", "content_type": "image"}
            return Request(WRITE, self._post("/api/v1/content/", member, work))
        work = self.works[(turn + 7 * member) % len(self.works)]
        text = self._post("/api/v1/interactions/", member, {"content": work, "kind": "like"})
        return Request(WRITE, text, (member, work))

    def _post(self, path: str, member: int, values: dict[str, Any]) -> bytes:
        body = json.dumps(values)
        fields = [f"Authorization: Token {self.tokens[member]}", "Content-Type: application/json"]
        return self._text(f"POST {path}", [*fields, f"Content-Length: {len(body)}"], body)

    def _text(self, line: str, fields: Sequence[str], body: str = "") -> bytes:
        return "\r\n".join([f"{line} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", *fields, "", body]).encode()


async def client(load: Load, number: int) -> None:
    """Ask one thing after another over one connection, which is made again after a failure."""
    reader = writer = None
    while load.goes_on():
        request, begin, wait = load.next_request(number), time.perf_counter(), 0.0
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                if writer is None:
                    reader, writer = await asyncio.open_connection("127.0.0.1", load.port)
                answer = await ask(reader, writer, request)
            note(load.outcome, request, answer, time.perf_counter() - begin)
            is_kept, wait = answer.is_kept and not answer.wait, answer.wait
        except FAILURES as error:
            load.outcome.fail(request.kind, type(error).__name__)
            is_kept = False
        if not is_kept and writer is not None:
            writer.close()
            writer = None
        await asyncio.sleep(max(0.0, min(wait * random.uniform(0.5, 1), load.ends_at - time.perf_counter())))
    if writer is not None:
        writer.close()


def note(outcome: Outcome, request: Request, answer: Answer, seconds: float) -> None:
    """Note an answer. Raises ValueError, KeyError if a write's tells of no work."""
    if answer.status not in (200, 201):
        reason = next((title for text, title in REASONS if text.encode() in answer.body), "")
        outcome.fail(request.kind, str(answer.status), reason)
        return
    outcome.seconds.append(round(seconds, 5))
    if request.kind == WRITE:
        outcome.note_written(request, answer.body)


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: Request) -> Answer:
    """Send a request and read its answer."""
    writer.write(request.text)
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    status = int(head.split()[1])
    body = await body_of(reader, head)
    wait = float(field_of(head, "retry-after")) if status == UNAVAILABLE else 0.0
    return Answer(status, body, "connection: close" not in head, wait)


async def body_of(reader: asyncio.StreamReader, head: str) -> bytes:
    """Read the body of an answer: of the length that it has, or in chunks."""
    if "\r\ncontent-length:" in head:
        return await reader.readexactly(int(field_of(head, "content-length")))
    parts = []
    while size := int(await reader.readline(), 16):
        parts.append(await reader.readexactly(size))
        await reader.readline()
    await reader.readline()
    return b"".join(parts)


def field_of(head: str, name: str) -> str:
    """Return the value of a header field. Raises IndexError if it is not there."""
    return head.split(f"\r\n{name}:")[1].split("\r\n")[0].strip()


async def run(load: Load) -> float:
    """Run all clients; return the seconds until the last answer."""
    clients = [asyncio.create_task(client(load, number)) for number in range(load.connections)]
    done = asyncio.gather(*clients)
    while not done.done():
        await asyncio.wait([done], timeout=1.0)
        print(len(load.outcome.seconds), flush=True)
    await done
    return time.perf_counter() - load.begun_at


def main() -> None:
    """Run what the standard input says."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    load = Load(**json.load(sys.stdin))
    ran = asyncio.run(run(load))
    print(json.dumps({**vars(load.outcome), "ran": ran}))


if __name__ == "__main__":
    main()
