"""Readers and writers of the site, who keep what they were answered."""

import http.client
import json
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from secrets import token_hex
from threading import Event, Thread
from typing import Self

from tests.chaos.site import PORT

LIST = "/api/v1/content/?page_size=20"
PAGES = ("/", LIST, "/?page=9", "/api/v1/content/?page_size=20&page=9&sort=quality_score")
WRITERS = 2
# Between an answer and the next request of a client: some 50 requests a second in all.
PAUSE_SECONDS = 0.1
# What a client waits for an answer.
PATIENCE_SECONDS = 60
NO_ANSWER = 0
# So many of the last before a scene are asked about afterwards.
ETAGS = 20


@dataclass(frozen=True)
class Answer:
    """One answer: when it was asked for and came, its status (0: none came), and its ETag."""

    asked_at: float
    came_at: float
    status: int
    is_write: bool = False
    etag: str = ""

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.came_at - self.asked_at

    @property
    def is_good(self) -> bool:
        """Whether it was what the client asked for."""
        return self.status in (HTTPStatus.OK, HTTPStatus.CREATED)


def ask(method: str, path: str, body: str | None = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Ask the site, over a connection of its own; status 0 if no answer came."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=PATIENCE_SECONDS)
    try:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read()
    except (OSError, http.client.HTTPException):
        return NO_ANSWER, {}, b""
    finally:
        connection.close()


def token_of_new_member() -> str:
    """Register a member, and return a token of theirs."""
    name, password = f"writer{token_hex(4)}", token_hex()
    account = json.dumps({"username": name, "password": password})
    _expect(201, *ask("POST", "/api/v1/users/", account, Content_Type="application/json"))
    body = _expect(200, *ask("POST", "/api/v1/auth/token/", account, Content_Type="application/json"))
    return json.loads(body)["token"]


def _expect(expected: int, status: int, _headers: dict[str, str], body: bytes) -> bytes:
    assert status == expected, (status, body)
    return body


@dataclass
class Client:
    """A client that asks for one page again and again."""

    path: str
    answers: list[Answer] = field(default_factory=list)
    is_done: Event = field(default_factory=Event)

    def run(self) -> None:
        """Ask until it is done."""
        while not self.is_done.wait(PAUSE_SECONDS):
            asked_at = time.monotonic()
            self.answers.append(self.one(asked_at))

    def one(self, asked_at: float) -> Answer:
        """Ask once."""
        status, headers, _ = ask("GET", self.path)
        return Answer(asked_at, time.monotonic(), status, etag=headers.get("ETag", ""))


@dataclass
class Writer(Client):
    """A client that adds works, and keeps the titles of those that the site says it has added."""

    token: str = ""
    acknowledged: list[str] = field(default_factory=list)

    def one(self, asked_at: float) -> Answer:
        """Add a work."""
        title = f"rehearsal {token_hex()}"
        work = json.dumps({"title": title, "content_type": "image", "prompt": "a lighthouse in fog"})
        headers = {"Content_Type": "application/json", "Authorization": f"Token {self.token}"}
        status, _, _ = ask("POST", self.path, work, **headers)
        if status == HTTPStatus.CREATED:
            self.acknowledged.append(title)
        return Answer(asked_at, time.monotonic(), status, is_write=True)


class Crowd:
    """Readers and writers who use the site while the context lasts."""

    def __init__(self, token: str) -> None:
        self.readers = [Client(path) for path in PAGES]
        self.writers = [Writer("/api/v1/content/", token=token) for _ in range(WRITERS)]
        self.threads = [Thread(target=client.run) for client in (*self.readers, *self.writers)]

    def __enter__(self) -> Self:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        for client in (*self.readers, *self.writers):
            client.is_done.set()
        for thread in self.threads:
            thread.join()

    def answers(self) -> list[Answer]:
        """Return all answers until now, in the order in which they came."""
        answers = [answer for client in (*self.readers, *self.writers) for answer in list(client.answers)]
        return sorted(answers, key=lambda answer: answer.came_at)

    def acknowledged(self) -> list[str]:
        """Return the titles of all works that the site said it had added."""
        return [title for writer in self.writers for title in writer.acknowledged]

    def etags(self, before: float) -> list[str]:
        """Return the last ETags of the newest list that came before a moment."""
        reader = next(reader for reader in self.readers if reader.path == LIST)
        return [answer.etag for answer in reader.answers if answer.came_at < before and answer.etag][-ETAGS:]
