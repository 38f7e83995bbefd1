"""Many clients at once, in one process of their own: asyncio, each over one kept-alive connection.

    .venv/bin/python -m tests.stress.clients PORT CONNECTIONS SECONDS REQUESTS PATH ...

Stops after so many seconds or requests; 0 is no limit. Prints how many are done each second, then, as JSON, the
seconds of every answered request, the errors by kind, and how long it ran.
"""

import asyncio
import json
import random
import resource
import sys
import time
from collections import Counter
from dataclasses import dataclass, field

# Longer than any queue that a working server lets grow.
LONGEST_SECONDS = 120
FAILURES = (OSError, EOFError, TimeoutError, ValueError, IndexError, asyncio.LimitOverrunError)


@dataclass
class Load:
    """What is asked for, and what came of it."""

    port: int
    paths: list[str]
    ends_at: float
    limit: int
    begun: int = 0
    seconds: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)

    def goes_on(self) -> bool:
        """Return whether another request may begin, and count it."""
        if time.perf_counter() >= self.ends_at or (self.limit and self.begun >= self.limit):
            return False
        self.begun += 1
        return True


async def client(load: Load) -> None:
    """Ask one thing after another over one connection; a failed one is counted and the connection made anew."""
    reader = writer = None
    while load.goes_on():
        begin = time.perf_counter()
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                if writer is None:
                    reader, writer = await asyncio.open_connection("127.0.0.1", load.port)
                is_kept = await ask(reader, writer, load)
            load.seconds.append(round(time.perf_counter() - begin, 5))
        except FAILURES as error:
            load.errors[type(error).__name__] += 1
            is_kept = False
        if not is_kept and writer is not None:
            writer.close()
            writer = None
    if writer is not None:
        writer.close()


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, load: Load) -> bool:
    """Send a request and read its answer; return whether the connection is kept."""
    path = random.choice(load.paths)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{load.port}\r\n\r\n".encode())
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    status = int(head.split()[1])
    length = int(head.split("content-length:")[1].split()[0])
    await reader.readexactly(length)
    if status != 200:
        load.errors[str(status)] += 1
    return "connection: close" not in head


async def run(load: Load, connections: int) -> float:
    """Run all clients; return the seconds until the last answer."""
    begin = time.perf_counter()
    clients = [asyncio.create_task(client(load)) for _ in range(connections)]
    done = asyncio.gather(*clients)
    while not done.done():
        await asyncio.wait([done], timeout=1.0)
        print(len(load.seconds), flush=True)
    await done
    return time.perf_counter() - begin


def main() -> None:
    """Run what the command line says."""
    port, connections, requests = (int(sys.argv[place]) for place in (1, 2, 4))
    seconds = float(sys.argv[3])
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    ends_at = time.perf_counter() + (seconds or float("inf"))
    load = Load(port, sys.argv[5:], ends_at, requests)
    ran = asyncio.run(run(load, connections))
    print(json.dumps({"seconds": load.seconds, "errors": load.errors, "ran": ran}))


if __name__ == "__main__":
    main()
