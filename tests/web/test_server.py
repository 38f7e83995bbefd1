"""The web server as it is run: what is slow, odd, too large or refused on the wire. One process serves all cases."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.db import connection
from pytest_django import DjangoDbBlocker
from rest_framework.authtoken.models import Token

from generation import jobs
from tests.emptying import empty_database
from tests.processes import PATIENT, database_url
from tests.web.http import LONGEST_SECONDS, Client, chunked, request
from users.models import User

PAGE = "/accounts/login/"
USERS = "/api/v1/users/"
JSON = "Content-Type: application/json"
PROBLEM = "application/problem+json"
TOO_LARGE = settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1


@dataclass(frozen=True)
class Site:
    """The server and where it writes."""

    port: int
    log: Path
    access_log: Path


@pytest.fixture(scope="module")
def site(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """One worker with two threads."""
    folder = tmp_path_factory.mktemp("site")
    with django_db_blocker.unblock():
        url = database_url()
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "HTTPS": "off",
        "WEB_WORKERS": "1",
        "WEB_THREADS": "2",
        "EVENT_SECONDS": "300",
        "THROTTLE_REGISTRATION": "1000/hour",
        **PATIENT,
        "GUNICORN_CMD_ARGS": f"--access-logfile {folder}/access --keep-alive 10 --graceful-timeout 5",
    }
    command = [sys.executable, "-m", "gunicorn", "-c", "python:genonaut.gunicorn", "--bind", "127.0.0.1:0"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            command, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.PIPE, stderr=log, text=True
        )
    port = int(re.search(r":(\d+) ", process.stdout.readline())[1])
    yield Site(port, folder / "log", folder / "access")
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=LONGEST_SECONDS)
    process.stdout.close()
    with django_db_blocker.unblock():
        empty_database()
        connection.close()


def large_file() -> str:
    """Return the address of a static file of 1.4 MB."""
    return staticfiles_storage.url("drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js")


def test_connections_that_are_slow_to_send_or_read_hold_no_thread(site: Site) -> None:
    """The last ones ask for more than the kernel's buffers hold, and read nothing."""
    head, form = request("GET", PAGE), request("POST", USERS, [JSON, "Content-Length: 2"], b"{}")
    with ExitStack() as opened:
        slow = [opened.enter_context(Client(site.port)) for _ in range(50)]
        for number, client in enumerate(slow):
            client.send([head[:-1], form[:-1], request("GET", large_file())][number % 3])
        with Client(site.port) as reader:
            assert reader.send(request("GET", PAGE)).read().status == 200
        ended = [
            client.send([head, form][number % 3][-1:]).read() for number, client in enumerate(slow) if number % 3 < 2
        ]
    assert {answer.status for answer in ended} == {200, 400}


def test_an_answer_that_nobody_reads_yet_comes_whole(site: Site) -> None:
    with Client(site.port) as slow, Client(site.port) as other:
        slow.send(request("GET", large_file()))
        assert other.send(request("GET", PAGE)).read().status == 200
        answer = slow.read()
    assert len(answer.body) == int(answer.headers["Content-Length"]) > 1_000_000


def test_a_request_that_comes_in_pieces_is_read(site: Site) -> None:
    body = b'{"username": "7"}'
    whole = request("POST", USERS, [JSON, f"Content-Length: {len(body)}"], body)
    with Client(site.port) as client:
        answer = client.send(*(whole[at : at + 1] for at in range(len(whole)))).read()
    assert (answer.status, list(json.loads(answer.body)["errors"])) == (400, ["username", "password"])


def test_a_chunked_body_is_read(site: Site) -> None:
    with Client(site.port) as client:
        head = request("POST", USERS, [JSON, "Transfer-Encoding: chunked"])
        answer = client.send(head, chunked(b'{"username":', b'"7"', b"}")).read()
        assert json.loads(answer.body)["errors"]["username"] == ["A username must not consist of digits alone."]
        assert client.send(request("GET", PAGE)).read().status == 200


@pytest.mark.parametrize("media_type", ["text/plain; a*=x''1", "application/json; charset=rot13"])
def test_a_media_type_that_cannot_be_read_is_none_and_a_charset_changes_no_query(site: Site, media_type: str) -> None:
    asked = {("GET", PAGE, ""): 200, ("GET", "/api/v1/?a=%41", ""): 200, ("POST", USERS, "{}"): 415}
    for (method, path, body), status in asked.items():
        headers = [f"Content-Type: {media_type}", f"Content-Length: {len(body)}"]
        with Client(site.port) as client:
            answer = client.send(request(method, path, headers, body.encode())).read()
        assert (answer.status, answer.headers["Content-Type"] == PROBLEM) == (status, status == 415)


def test_a_client_that_hangs_up_before_its_body_is_whole_is_not_answered(site: Site) -> None:
    path = f"{USERS}?hung-up"
    with Client(site.port) as client:
        client.send(request("POST", path, [JSON, "Content-Length: 100"], b"{}"))
    with Client(site.port) as other:
        other.send(request("GET", PAGE)).read()
    assert path not in site.access_log.read_text()


@pytest.mark.parametrize(
    ("version", "headers", "is_kept"),
    [
        ("1.1", [], True),
        ("1.1", ["Connection: close"], False),
        ("1.0", [], False),
        ("1.0", ["Connection: keep-alive"], True),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_a_connection_is_kept_as_the_client_says(
    site: Site, method: str, version: str, headers: list[str], is_kept: bool
) -> None:
    """An answer to HEAD and one without a body (204) too."""
    path = "/content/7/views/" if method == "POST" else PAGE
    token = ["Cookie: csrftoken=" + "a" * 32, "X-CSRFToken: " + "a" * 32]
    with Client(site.port) as client:
        first = client.send(request(method, path, [*headers, *token], version=version)).read(method)
        assert first.headers.get("Connection") != ("close" if is_kept else None)
        assert (first.body == b"") == (method != "GET")
        if is_kept:
            assert client.send(request("GET", PAGE)).read().status == 200
        else:
            assert client.is_at_end()


def test_an_idle_connection_is_closed(site: Site) -> None:
    with Client(site.port) as client, Client(site.port) as silent:
        client.send(request("GET", PAGE)).read()
        assert client.is_at_end()
        assert silent.is_at_end()


def test_requests_in_a_row_are_answered_in_their_order(site: Site) -> None:
    with Client(site.port) as client:
        client.send(request("GET", PAGE) + request("GET", "/api/v1/users/me/") + request("HEAD", PAGE))
        assert [client.read(method).status for method in ("GET", "GET", "HEAD")] == [200, 401, 200]


def test_a_head_has_the_headers_of_get_and_no_warning(site: Site) -> None:
    with Client(site.port) as client:
        answers = [client.send(request(method, "/api/v1/docs/")).read(method) for method in ("GET", "HEAD")]
    headers = [{**answer.headers, "Date": "", "Content-Security-Policy": "", "X-Request-ID": ""} for answer in answers]
    assert headers[0] == headers[1]
    assert int(headers[1]["Content-Length"]) > 100
    assert "WARNING waitress" not in site.log.read_text()


def test_a_client_that_waits_to_continue_is_told(site: Site) -> None:
    head = request("POST", USERS, [JSON, "Expect: 100-continue", "Content-Length: 2"])
    with Client(site.port) as client:
        client.send(head)
        assert client.socket.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        assert client.send(b"{}").read().status == 400


@pytest.mark.parametrize("length", [0, TOO_LARGE])
def test_a_client_that_waits_for_nothing_gets_its_answer(site: Site, length: int) -> None:
    head = request("POST", USERS, [JSON, "Expect: 100-continue", f"Content-Length: {length}"])
    with Client(site.port) as client:
        assert client.send(head).read().status == (413 if length else 400)


REFUSED = {
    "a line": (400, b"GET {path}\r\n\r\n".replace(b"GET ", b"G\x00T ")),
    "a header": (400, b"GET {path} HTTP/1.1\r\nno header\r\n\r\n"),
    "two lengths": (400, b"POST {path} HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}"),
    "no number": (400, b"POST {path} HTTP/1.1\r\nContent-Length: -1\r\n\r\n"),
    "length and chunks": (400, b"POST {path} HTTP/1.1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n"),
    "chunks of 1.0": (400, b"POST {path} HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    "no chunk": (400, b"POST {path} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
    "gzip": (501, b"POST {path} HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"),
    "an address": (414, b"GET {path}?" + b"x" * 100_000 + b" HTTP/1.1\r\n\r\n"),
    "headers": (431, b"GET {path} HTTP/1.1\r\n" + (b"X: " + b"x" * 1_000 + b"\r\n") * 170 + b"\r\n"),
    "a body": (413, b"POST {path} HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % TOO_LARGE + b"x" * TOO_LARGE),
    "chunks": (413, b"POST {path} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(b"x" * TOO_LARGE)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_before_django_is_a_problem_under_api_and_text_elsewhere(site: Site, name: str) -> None:
    status, data = REFUSED[name]
    for path, media_type in ((USERS, PROBLEM), (PAGE, "text/plain; charset=utf-8")):
        with Client(site.port) as client:
            # The client has sent everything before it reads, as many do.
            answer = client.send(data.replace(b"{path}", path.encode())).read()
            assert (answer.status, answer.headers["Content-Type"]) == (status, media_type)
            assert (answer.headers["Cache-Control"], answer.headers["Connection"]) == ("no-store", "close")
            assert (str(status) in answer.body.decode(), b"waitress" in answer.body) == (True, False)
            assert client.is_at_end()


def test_a_body_of_the_largest_size_is_taken(site: Site) -> None:
    body = b" " * (TOO_LARGE - 3) + b"{}"
    with Client(site.port) as client:
        answer = client.send(request("POST", USERS, [JSON, f"Content-Length: {len(body)}"], body)).read()
    assert (answer.status, list(json.loads(answer.body)["errors"])) == (400, ["username", "password"])


FORM = "Content-Type: multipart/form-data; boundary=x"
PIECE = "Content-Type: application/offset+octet-stream"


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("POST", "/api/v1/content/", FORM),
        ("POST", "/upload/", FORM),
        ("POST", "/api/v1/uploads/", PIECE),
        ("PATCH", "/api/v1/uploads/00000000-0000-4000-8000-000000000000/", PIECE),
    ],
)
def test_bodies_with_files_may_be_large_where_they_are_taken(site: Site, method: str, path: str, kind: str) -> None:
    """From clients that say who they are; a wrong token is found out once the body is there."""
    length, token = f"Content-Length: {TOO_LARGE}", "Authorization: Token x"
    cases = {
        (token, kind): True,
        ("Cookie: a=b; sessionid=x", kind): True,
        ("Cookie: a=b", kind): False,
        (token, JSON): False,
        ("X: y", kind): False,
    }
    for (credentials, media_type), is_taken in cases.items():
        with Client(site.port) as client:
            headers = [media_type, length, credentials]
            answer = client.send(request(method, path, headers, b"x" * TOO_LARGE)).read(method)
        leads_to_sign_in = path == "/upload/" and media_type == FORM
        assert (answer.status != 413) == (is_taken or leads_to_sign_in), (credentials, media_type, answer.status)
        assert answer.status < 500
        if leads_to_sign_in and not is_taken:
            assert (answer.status, answer.headers["location"]) == (303, "/accounts/login/?next=/upload/")
    with Client(site.port) as client:
        huge = request(method, path, [kind, "Content-Length: 99999999999", token])
        assert client.send(huge).read(method).status == 413


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("POST", "/api/v1/content", FORM),
        ("POST", "/upload", FORM),
        ("POST", "/api/v1/uploads", PIECE),
        ("PUT", "/api/v1/users/1/picture", FORM),
        ("PUT", "/api/v1/users/me/picture", FORM),
    ],
)
def test_a_large_body_to_an_address_without_its_slash_is_sent_on(site: Site, method: str, path: str, kind: str) -> None:
    headers = [kind, f"Content-Length: {TOO_LARGE}", "Authorization: Token x"]
    with Client(site.port) as client:
        answer = client.send(request(method, path, headers, b"x" * TOO_LARGE)).read(method)
    assert (answer.status, answer.headers["Location"]) == (308, f"{path}/")


def test_a_large_chunked_form_is_taken(site: Site) -> None:
    parts = [
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n',
        b"x" * TOO_LARGE,
        b"\r\n--x--",
    ]
    head = request("POST", "/api/v1/content/", [FORM, "Transfer-Encoding: chunked", "Authorization: Token x"])
    with Client(site.port) as client:
        assert client.send(head, chunked(*parts)).read().status == 401


def test_no_forwarding_header_is_believed_unless_settings_say_so(site: Site) -> None:
    forged = ["X-Forwarded-Proto: https", "X-Forwarded-Ssl: on", "X-Forwarded-Protocol: ssl", "Forwarded: proto=https"]
    forged += ["X-Forwarded-Host: example.org", "X-Forwarded-Prefix: /x", "SCRIPT_NAME: /x", "Script-Name: /x"]
    forged += ["X-Forwarded-For: 192.0.2.1", "PATH_INFO: /x", "REMOTE_ADDR: 192.0.2.1"]
    with Client(site.port) as client:
        address = json.loads(client.send(request("GET", "/api/v1/", forged)).read().body)["content"]
    assert address == "http://localhost/api/v1/content/"
    assert "192.0.2.1" not in site.access_log.read_text()


def test_a_request_without_a_host_is_answered(site: Site) -> None:
    """As load balancers ask."""
    with Client(site.port) as client:
        assert client.send(f"GET {PAGE} HTTP/1.0\r\n\r\n".encode()).read().status == 200


def test_the_access_log_has_a_line_for_each_answer(site: Site) -> None:
    with Client(site.port) as client:
        client.send(request("GET", f"{PAGE}?next=/logged/", ["Connection: close"])).read()
        assert client.is_at_end()
    with Client(site.port) as other:
        other.send(request("GET", PAGE)).read()
    line = next(line for line in site.access_log.read_text().splitlines() if "logged" in line)
    assert re.fullmatch(r'127\.0\.0\.1 .*"GET /accounts/login/\?next=/logged/ HTTP/1\.1" 200 \d{4,5} "-" "-"', line)


@pytest.mark.django_db(transaction=True)
def test_a_stream_of_events_comes_in_pieces_and_a_client_that_goes_frees_its_place(site: Site, alice: User) -> None:
    """With two threads there is one place, and a stream by itself goes on for 300 seconds."""
    key = Token.objects.create(user=alice).key
    [job] = jobs.ask(alice, [jobs.Request("A harbour")])
    ask = request("GET", f"/api/v1/generation-jobs/{job.pk}/events/", [f"Authorization: Token {key}"])
    with Client(site.port) as first:
        first.send(ask)
        read_until(first, b"event: progress")
        # Opened only now: the site closes connections that are silent for a while.
        with Client(site.port) as second:
            assert second.send(ask).read().status == 503
        jobs.pause(job)
        read_until(first, b'"is_paused": true')
    began = time.monotonic()
    while time.monotonic() - began < LONGEST_SECONDS:
        with Client(site.port) as third:
            if third.send(ask).socket.recv(12) == b"HTTP/1.1 200":
                return
        time.sleep(0.5)
    pytest.fail("The place was not freed.")


def read_until(client: Client, wanted: bytes) -> None:
    """Read from a connection until something has come; the client's own time limit ends it else."""
    received = b""
    while wanted not in received:
        part = client.socket.recv(4096)
        assert part, received
        received += part
