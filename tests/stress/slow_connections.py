"""Measures how long readers wait beside 50 slow connections: slow headers, slow bodies, slow readers of answers.

    .venv/bin/python -m tests.stress.slow_connections --rows 10000

The site as `serve` runs it. A quiet round and one beside slow connections in turns; new slow ones come as the site
ends the old. The reader asks for the login page, a list of the API and a static file.
"""

import json
import re
import socket
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

from genonaut.progress import Progress
from tests.stress import report
from tests.stress.command import prepared
from tests.stress.connections import percentile
from tests.stress.contract import SITE
from tests.stress.servers import Server, serving

SLOW = 50
ROUNDS = 5
REQUESTS = 60
# A slow client sends a byte, or reads some, this often.
DRIP_SECONDS = 1.0
HEAD = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "
BODY = (
    b"POST /api/v1/users/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n"
)


def requests_of(static: str) -> tuple[bytes, ...]:
    """Return what slow clients begin with: a head, a body, and a large answer that is hardly read."""
    return HEAD, BODY, f"GET {static} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()


def drip(port: int, begin: bytes, is_over: Event) -> None:
    """Be one slow client until it is over."""
    while not is_over.is_set():
        with socket.socket() as client, suppress(OSError):
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect(("127.0.0.1", port))
            client.sendall(begin)
            while not is_over.wait(DRIP_SECONDS):
                if begin in (HEAD, BODY):
                    client.sendall(b"x")
                elif not client.recv(10):
                    break


@contextmanager
def slow_clients(port: int, begins: tuple[bytes, ...]) -> Iterator[None]:
    """Keep so many slow connections open."""
    is_over = Event()
    threads = [Thread(target=drip, args=(port, begins[number % len(begins)], is_over)) for number in range(SLOW)]
    for thread in threads:
        thread.start()
    # Each has sent its beginning by then.
    is_over.wait(DRIP_SECONDS)
    try:
        yield
    finally:
        is_over.set()
        for thread in threads:
            thread.join()


def round_of(server: Server, paths: list[str]) -> list[float]:
    """Return the seconds of each request of a round."""
    return [server.get(paths[number % len(paths)]).seconds for number in range(REQUESTS)]


def static_file(server: Server) -> str:
    """Return the address of a file of 1.4 MB."""
    page = server.get("/api/v1/docs/").body.decode()
    return re.search(r'src="(/static/[^"]*swagger-ui-bundle[^"]*)"', page)[1]


def measure(url: str, rows: int) -> report.Result:
    """Measure both in turns."""
    quiet, beside = [], []
    with serving(url, SITE, {"WEB_WORKERS": "2"}) as server, Progress(ROUNDS, " rounds", print) as progress:
        static = static_file(server)
        paths = ["/accounts/login/", "/api/v1/content/", static]
        round_of(server, paths)
        for _ in range(ROUNDS):
            quiet += round_of(server, paths)
            with slow_clients(server.port, requests_of(static)):
                beside += round_of(server, paths)
            progress.advance(1)
    shares = {str(share): [percentile(sorted(taken), share) for taken in (quiet, beside)] for share in (50, 95, 99)}
    return {"rows": rows, "slow": SLOW, "percentiles": shares}


def main() -> None:
    """Measure and print."""
    parser = ArgumentParser(prog="python -m tests.stress.slow_connections", description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=10_000)
    result = measure(prepared(parser.parse_args().rows), parser.parse_args().rows)
    for share, (quiet, beside) in result["percentiles"].items():
        print(
            f"p{share}: quiet {quiet * 1000:.1f} ms, beside {SLOW} {beside * 1000:.1f} ms, {beside / quiet:.2f} times"
        )
    json.dump(result, sys.stdout)


if __name__ == "__main__":
    main()
