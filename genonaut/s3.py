"""Files in a bucket that speaks S3: read in ranges, and with errors that are Python's own.

django-storages fetches a whole object into memory for the first byte that is read of it: a player that asks for the end
of a video would have all of it fetched for each range. The other things it does are used as they are.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import File
from storages.backends.s3 import S3Storage
from storages.utils import clean_name

# A file that is read in order is fetched in larger and larger pieces.
LEAST_BYTES, MOST_BYTES = 262_144, 8_388_608
NOT_THERE = (404, 416)
CONNECT_SECONDS, READ_SECONDS = 5, 30


@contextmanager
def errors_of_python(name: str) -> Iterator[None]:
    """Raise OSError for whatever goes wrong on the way to a bucket, FileNotFoundError for what is not in it."""
    try:
        yield
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        raise (FileNotFoundError if status in NOT_THERE else OSError)(f"{name}: {error}") from error
    except (BotoCoreError, Boto3Error) as error:
        raise OSError(f"{name}: {error}") from error


class RemoteFile(io.RawIOBase):
    """An object that is read where it is sought to."""

    def __init__(self, stored: Any, name: str) -> None:  # noqa: ANN401 - boto3 makes its classes as it runs
        """Ask for its size. Raises FileNotFoundError and OSError."""
        super().__init__()
        self.stored, self.name = stored, name
        with errors_of_python(name):
            self.size: int = stored.content_length
        self.position = 0
        self.piece, self.piece_start, self.piece_bytes = b"", 0, LEAST_BYTES

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def tell(self) -> int:
        """Return the position."""
        return self.position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move and return the position; nothing is fetched."""
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self.position, io.SEEK_END: self.size}[whence]
        self.position = max(0, origin + offset)
        return self.position

    def readinto(self, target: memoryview) -> int:
        """Fill the target as far as the piece at hand reaches. Raises OSError."""
        if self.position >= self.size or len(target) == 0:
            return 0
        if not self.piece_start <= self.position < self.piece_start + len(self.piece):
            self._fetch()
        start = self.position - self.piece_start
        data = self.piece[start : start + len(target)]
        target[: len(data)] = data
        self.position += len(data)
        return len(data)

    def _fetch(self) -> None:
        is_next = self.piece != b"" and self.position == self.piece_start + len(self.piece)
        self.piece_bytes = min(self.piece_bytes * 2, MOST_BYTES) if is_next else LEAST_BYTES
        last = min(self.position + self.piece_bytes, self.size) - 1
        with errors_of_python(self.name):
            answer = self.stored.get(Range=f"bytes={self.position}-{last}")
            self.piece, self.piece_start = answer["Body"].read(), self.position
        if not self.piece:
            raise OSError(f"{self.name}: ends at {self.position:,} of {self.size:,} bytes")


class S3Files(S3Storage):
    """A bucket as Django's storage: no local paths, and nothing public."""

    def get_default_settings(self) -> dict[str, Any]:
        """Return the defaults: private objects under their own names."""
        defaults = super().get_default_settings()
        return {**defaults, "default_acl": None, "file_overwrite": True, "querystring_auth": True}

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - handed on
        """Make the client's configuration: django-storages takes the style of addresses in it, or ignores it."""
        style = options.get("addressing_style", "auto")
        config = Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"mode": "standard", "max_attempts": 3},
            s3={"addressing_style": style},
            signature_version="s3v4",
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        super().__init__(**{"client_config": config, **options})

    def _open(self, name: str, mode: str = "rb") -> File:
        """Open an object for reading. Raises FileNotFoundError and OSError."""
        if mode != "rb":
            raise ValueError("Files of a bucket are opened for reading only.")
        return File(RemoteFile(self.bucket.Object(self._normalize_name(clean_name(name))), name), name)

    def _save(self, name: str, content: File) -> str:
        with errors_of_python(name):
            return super()._save(name, content)

    def delete(self, name: str) -> None:
        """Delete an object; one that is not there is no error. Raises OSError."""
        with errors_of_python(name):
            super().delete(name)

    def exists(self, name: str) -> bool:
        """Return whether there is such an object. Raises OSError."""
        with errors_of_python(name):
            return super().exists(name)

    def size(self, name: str) -> int:
        """Return the bytes of an object. Raises FileNotFoundError and OSError."""
        with errors_of_python(name):
            return super().size(name)
