"""HTTP to one ComfyUI: limits on time and size, and errors that tell what the server may have done."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

import httpx
from django.template.defaultfilters import filesizeformat

from generation.backends import AwayError, OutputGoneError, UnsureError
from generation.backends.comfyui.answers import parsed

CONNECT_SECONDS = 3
# ComfyUI checks graphs in the loop that also answers, and loads models under Python's lock: answers may take long.
READ_SECONDS = 30
# What is asked again soon must not hold up the worker for so long.
LOOK_SECONDS = 10
# The queue's answer holds the graphs of all waiting jobs.
ANSWER_BYTES = 64 * 1024**2
CHUNK_BYTES = 256 * 1024
# Nothing was sent: no connection was made.
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
# A kept connection that the server closed fails at the next request; a GET is then asked again on a new one.
CLOSED = (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)
OK, BAD_REQUEST, FORBIDDEN, NOT_FOUND = 200, 400, 403, 404
AWAY = "ComfyUI cannot be reached."


class OutputTooLargeError(OutputGoneError):
    """An output is larger than the limit on downloads."""


@dataclass(frozen=True)
class Answer:
    """A status and the whole body of an answer."""

    status: int
    body: bytes

    def json(self) -> object:
        """Return the body as cleaned JSON. Raises ValueError."""
        return parsed(self.body)


class Connection:
    """A pool of connections to one server."""

    def __init__(self, url: str, *, read_seconds: float = READ_SECONDS) -> None:
        """Prepare connections to a base URL; user and password in it are sent as basic authentication.

        Raises ValueError if the URL is not http:// or https:// with a host.
        """
        address = _address(url)
        credentials = (address.username, address.password) if address.username else None
        self.url = str(address.copy_with(username=None, password=None)).rstrip("/")
        self.auth = httpx.BasicAuth(*credentials) if credentials else None
        self._look_timeout = httpx.Timeout(min(read_seconds, LOOK_SECONDS), connect=CONNECT_SECONDS)
        self._client = httpx.Client(
            base_url=self.url,
            auth=self.auth,
            timeout=httpx.Timeout(read_seconds, connect=CONNECT_SECONDS),
            # ComfyUI's host is the operator's: no proxy of the environment stands before it.
            trust_env=False,
        )

    def get(self, path: str) -> object:
        """Return the JSON of a path. Raises AwayError for any other answer, or none."""
        answer = self._get(path)
        if answer.status != OK:
            raise AwayError(f"ComfyUI answered with status {answer.status}.")
        try:
            return answer.json()
        except ValueError as error:
            raise AwayError("ComfyUI's answer cannot be read.") from error

    def post(self, path: str, body: Mapping[str, object]) -> Answer:
        """Post JSON. Raises AwayError if nothing was sent, UnsureError if no answer came."""
        return self._post(path, json=body)

    def upload(self, file: BinaryIO, name: str, fields: Mapping[str, str]) -> Answer:
        """Send a file into the input folder, under a name.

        Raises AwayError; an upload whose answer was lost may simply be sent again.
        """
        try:
            return self._post("/upload/image", files={"image": (name, file)}, data=dict(fields))
        except UnsureError as error:
            raise AwayError(AWAY) from error

    def download(self, address: Mapping[str, str], target: BinaryIO, *, limit: int) -> None:
        """Write one output to a file; what it wrote before an error, it takes back.

        Raises OutputGoneError if the server has no such file, OutputTooLargeError, AwayError.
        """
        start = target.tell()
        try:
            with self._client.stream("GET", "/view", params=dict(address)) as response:
                _check_output(response)
                _copy(response.iter_bytes(CHUNK_BYTES), target, limit)
        except (httpx.HTTPError, httpx.StreamError, OutputTooLargeError) as error:
            target.seek(start)
            target.truncate()
            if isinstance(error, OutputTooLargeError):
                raise
            raise AwayError(AWAY) from error

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def _get(self, path: str) -> Answer:
        try:
            try:
                return self._send("GET", path, timeout=self._look_timeout)
            except CLOSED:
                return self._send("GET", path, timeout=self._look_timeout)
        except httpx.HTTPError as error:
            raise AwayError(AWAY) from error

    def _post(self, path: str, **content: object) -> Answer:
        with _told_apart():
            return self._send("POST", path, **content)

    def _send(self, method: str, path: str, **content: object) -> Answer:
        with self._client.stream(method, path, **content) as response:
            body = bytearray()
            for chunk in response.iter_bytes(CHUNK_BYTES):
                body += chunk
                if len(body) > ANSWER_BYTES:
                    raise httpx.DecodingError("longer than any answer of ComfyUI", request=response.request)
            return Answer(response.status_code, bytes(body))


@contextmanager
def _told_apart() -> Iterator[None]:
    """Raise AwayError for a request that was not sent, UnsureError for one whose answer was lost."""
    try:
        yield
    except NOT_SENT as error:
        raise AwayError(AWAY) from error
    except httpx.HTTPError as error:
        raise UnsureError("ComfyUI's answer was lost.") from error


def _address(url: str) -> httpx.URL:
    try:
        address = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise ValueError("the address of a ComfyUI is not a URL") from error
    if address.scheme not in ("http", "https") or not address.host:
        raise ValueError("the address of a ComfyUI must begin with http:// or https:// and name a host")
    return address


def _check_output(response: httpx.Response) -> None:
    # 400: a name that /view never gives out, 403: a folder that it does not.
    if response.status_code in (BAD_REQUEST, FORBIDDEN, NOT_FOUND):
        raise OutputGoneError("ComfyUI no longer has the file that it listed.")
    if response.status_code != OK:
        raise AwayError(f"ComfyUI answered with status {response.status_code}.")


def _copy(chunks: Iterator[bytes], target: BinaryIO, limit: int) -> None:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise OutputTooLargeError(f"The file that ComfyUI made is larger than {filesizeformat(limit)}.")
        target.write(chunk)
