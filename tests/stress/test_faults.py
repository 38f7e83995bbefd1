"""What a crowd's clients send and read, and what of their failures a fault excuses."""

import asyncio
import json
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.db import connection

from genonaut.database.outages import AWAY, BUSY, READ_ONLY
from interactions.models import Kind
from tests.factories import ContentItemFactory, InteractionFactory, UserFactory
from tests.processes import database_url
from tests.stress import clients, faults
from tests.stress.faults import FAULTS, OTHERWISE, Window, judged

READ_ONLY_WINDOW, _, KILLED = (Window(fault.name, 10 * n, 10 * n + 5, fault.allowed) for n, fault in enumerate(FAULTS))


def test_only_what_a_fault_is_documented_to_do_is_excused() -> None:
    failures = [
        (1, "write", f"503 {READ_ONLY.title}"),
        (1, "read", f"503 {READ_ONLY.title}"),
        (21, "read", f"503 {AWAY.title}"),
        (21, "write", f"503 {BUSY.title}"),
        (22, "write", "ConnectionResetError"),
        (26, "read", f"503 {AWAY.title}"),
    ]
    judgement = judged(failures, [READ_ONLY_WINDOW, KILLED])
    assert judgement["unexcused"] == 4
    assert judgement["failed"] == {
        READ_ONLY_WINDOW.name: {"write: 503 Read only at the moment": 1, "read: 503 Read only at the moment": 1},
        KILLED.name: {
            "read: 503 The database is away": 1,
            "write: 503 Too busy": 1,
            "write: ConnectionResetError": 1,
        },
        OTHERWISE: {"read: 503 The database is away": 1},
    }
    assert not faults.all_happened(judgement)
    assert faults.all_happened({"failed": {fault.name: {} for fault in FAULTS}})


def test_writes_are_as_many_as_asked_for_and_no_like_is_given_twice() -> None:
    load = clients.Load(1, ["/"], 1, writes=100, tokens=["a", "b", "c"], works=list(range(20)))
    load.begun_at -= 1.2  # 120 writes are due, and nothing else until they have begun
    sent = [load.next_request(0) for _ in range(120)]
    assert {request.kind for request in sent} == {clients.WRITE}
    likes = [request.like for request in sent if request.like]
    assert (len(likes), len(set(likes))) == (60, 60)
    load.begun_writes = 10**6
    assert load.next_request(0).kind == clients.READ


@pytest.mark.parametrize(
    ("head", "sent"),
    [
        ("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n", b"hello"),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", b"3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"),
    ],
)
def test_a_body_is_read_to_its_end_and_no_further(head: str, sent: bytes) -> None:
    async def read() -> tuple[bytes, bytes]:
        reader = asyncio.StreamReader()
        reader.feed_data(sent + b"HTTP/1.1")
        reader.feed_eof()
        return await clients.body_of(reader, head), await reader.read()

    # In a thread of its own: browser tests leave a loop running in this one.
    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(asyncio.run, read()).result() == (b"hello", b"HTTP/1.1")


class Refusing(BaseHTTPRequestHandler):
    """Takes likes, and answers all else 503."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer 503."""
        self.answer(503, f"<h1>{AWAY.title}</h1>")

    def do_POST(self) -> None:
        """Answer 201 to a like."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        is_like = body.get("kind") == "like" and self.headers["Authorization"] == "Token t"
        self.answer(201 if is_like else 503, "{}" if is_like else json.dumps({"detail": READ_ONLY.detail}))

    def answer(self, status: int, text: str) -> None:
        """Send an answer."""
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        if status == 503:
            self.send_header("Retry-After", "0")
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


def test_clients_tell_what_was_stored_and_why_the_rest_was_not() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        plan = {"port": server.server_address[1], "connections": 1, "requests": 40, "writes": 10**9}
        plan |= {"paths": ["/"], "tokens": ["t"], "works": [5] * 40}
        command = [sys.executable, "-m", "tests.stress.clients"]
        said = subprocess.run(command, input=json.dumps(plan), capture_output=True, text=True, check=True).stdout
        plan |= {"writes": 0, "requests": 3}
        read = subprocess.run(command, input=json.dumps(plan), capture_output=True, text=True, check=True).stdout
        server.shutdown()
    outcome = json.loads(said.splitlines()[-1])
    assert (outcome["written"], outcome["liked"], outcome["created"]) == (20, [[0, 5]] * 20, [])
    assert [failure[1:] for failure in outcome["failures"]] == [["write", "503 Read only at the moment"]] * 20
    failed = json.loads(read.splitlines()[-1])["failures"]
    assert [failure[1:] for failure in failed] == [["read", "503 The database is away"]] * 3


def test_what_was_acknowledged_and_is_not_there_is_counted(transactional_db: None) -> None:
    work = ContentItemFactory()
    InteractionFactory(user=UserFactory(username="crowd-3"), content=work, kind=Kind.LIKE)
    connection.close()
    assert faults.lost(database_url(), [work.pk], [(3, work.pk)]) == 0
    assert faults.lost(database_url(), [work.pk, work.pk + 1], [(3, work.pk), (2, work.pk), (3, 0)]) == 3
