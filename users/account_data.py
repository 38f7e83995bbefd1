"""An account's data as a zip of JSON lines, written as it is sent. Apps add their parts to PARTS."""

import json
from collections.abc import Callable, Iterator
from threading import BoundedSemaphore
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from django.core.serializers.json import DjangoJSONEncoder
from django.urls import get_script_prefix

from users.levels import BLUR_NAMES, LEVEL_NAMES
from users.models import User
from users.pictures import uploaded_address
from users.preferences import PORTRAIT_WIDTHS

Row = dict[str, Any]
# What yields the rows of a file, by its name, for an account and the address at which the site begins.
PARTS: dict[str, Callable[[User, str], Iterator[Row]]] = {}
# A copy takes a thread for as long as its client reads: one at a time in each process.
PLACE = BoundedSemaphore(1)
# Level 1 of 9: JSON shrinks to a fifth, and a core compresses 50 MB a second.
LEVEL = 1
CHUNK_BYTES = 65_536


class Sink:
    """A file that cannot be read or moved in: what was written and is not sent yet."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.size = 0

    def write(self, data: bytes) -> int:
        """Keep what is written."""
        self.parts.append(bytes(data))
        self.size += len(data)
        return len(data)

    def flush(self) -> None:
        """Do nothing."""

    def take(self) -> bytes:
        """Return what was written since, and forget it."""
        taken = b"".join(self.parts)
        self.parts, self.size = [], 0
        return taken


class AccountData:
    """The parts of one answer. It has its place until it is closed, whether or not a part was read."""

    def __init__(self, account: User, root: str) -> None:
        self.chunks = zipped({name: part(account, root) for name, part in PARTS.items()})

    def __iter__(self) -> Iterator[bytes]:
        return self.chunks

    def close(self) -> None:
        """Free the place. Django calls this once, when the answer is sent or the client is gone."""
        self.chunks.close()
        PLACE.release()


def zipped(files: dict[str, Iterator[Row]]) -> Iterator[bytes]:
    """Yield a zip with a file of JSON lines for each name, in chunks: no row is kept after it was written."""
    sink = Sink()
    with ZipFile(sink, "w", ZIP_DEFLATED, compresslevel=LEVEL) as archive:
        for name, rows in files.items():
            with archive.open(f"{name}.jsonl", "w", force_zip64=True) as file:
                for row in rows:
                    file.write(line(row))
                    if sink.size >= CHUNK_BYTES:
                        yield sink.take()
    yield sink.take()


def line(row: Row) -> bytes:
    """Return a row as one line of JSON."""
    return json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def account_rows(account: User, root: str) -> Iterator[Row]:
    """Yield the account itself, then its tokens and sessions, without what opens it."""
    names = ("id", "username", "name", "email", "preferences", "created_at", "last_login")
    levels = {"shown_level": LEVEL_NAMES[account.shown_level], "blurred_level": BLUR_NAMES[account.blurred_level]}
    picture = uploaded_address(account, PORTRAIT_WIDTHS[-1])
    address = picture and root + picture.removeprefix(get_script_prefix())
    yield {"kind": "account", **{name: getattr(account, name) for name in names}, **levels, "picture": address}
    for row in account.api_tokens.order_by("pk").values("name", "created_at", "expires_at", "used_at"):
        yield {"kind": "token", **row}
    for row in account.sessions.order_by("pk").values("device", "started_at", "seen_at"):
        yield {"kind": "session", **row}


PARTS["account"] = account_rows
