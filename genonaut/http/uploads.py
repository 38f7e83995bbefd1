"""Multipart forms: read whole, or refused. Files are taken at a few addresses (large_bodies.py), to temporary
files; everywhere else each is refused by the name of its part, since nothing would keep it.

Django reads forms of pages, of the admin and of the API through these handlers (FILE_UPLOAD_HANDLERS).
"""

import re
import shutil
from collections.abc import Iterator
from io import BytesIO
from itertools import chain
from mmap import ACCESS_READ, mmap
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryFile
from typing import Any, BinaryIO

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http.multipartparser import MultiPartParser, MultiPartParserError

from genonaut.http.large_bodies import FILE_PART
from genonaut.http.media_types import media_type_of

DISPOSITION = re.compile(rb"^content-disposition:.*$", re.IGNORECASE | re.MULTILINE)
NAME = re.compile(rb';\s*name\*?=(?:"([^"]*)"|([^;\s]*))', re.IGNORECASE)
FILE_NAME = re.compile(rb';\s*filename\*?=(?:"([^"]*)"|([^;\s]*))', re.IGNORECASE)
# The header of a part is a few lines; a form has no more parts than Django takes fields and files.
PART_HEADER_BYTES = 16_384
MOST_PARTS = 4_000


class FileNotTakenError(MultiPartParserError):
    """A form holds a file: 400. `errors` has a message by the name of the part."""

    def __init__(self, part: str, message: str = "Files are not taken here: nothing of this form was kept.") -> None:
        super().__init__(f"{part}: {message}")
        self.errors = {part: [message]}


class PartsParser(MultiPartParser):
    """Django's parser of multipart forms, which passes over what it cannot read; this one refuses it."""

    def parse(self) -> tuple[Any, Any]:
        """Return the fields, and no files. Raises MultiPartParserError and FileNotTakenError."""
        body = self._input_data.read()
        self._input_data = BytesIO(body)
        fields, files = self.parsed()
        check_whole(body, self._boundary, takes_files=False)
        return fields, files

    def parsed(self) -> tuple[Any, Any]:
        """Return what Django reads. Raises MultiPartParserError, for a header at which it fails as well."""
        try:
            return MultiPartParser.parse(self)
        except TypeError as error:  # of the email package: parameters in parts, some without a number
            raise MultiPartParserError("A part of the form has a header that cannot be read.") from error

    def sanitize_file_name(self, file_name: str) -> str:
        """Return a name without folders and control characters."""
        return super().sanitize_file_name(file_name) or "unnamed"


class FilesParser(PartsParser):
    """The same for a form whose files are taken: it may be larger than memory, so it is read from a file."""

    def parse(self) -> tuple[Any, Any]:
        """Return the fields and files. Raises MultiPartParserError and FileNotTakenError."""
        with TemporaryFile(dir=uploads_dir()) as spool:
            shutil.copyfileobj(self._input_data, spool)
            spool.flush()
            if spool.tell() < max(1, self._content_length):
                raise MultiPartParserError("The form is cut off: it is shorter than its Content-Length.")
            spool.seek(0)
            self._input_data = spool
            fields, files = self.parsed()
            try:
                with mmap(spool.fileno(), 0, access=ACCESS_READ) as body:
                    check_whole(body, self._boundary, takes_files=True)
            except MultiPartParserError:
                self._close_files()
                raise
        return fields, files

    def _close_files(self) -> None:
        """Close the file that is being read, as Django does, and those that were read before it."""
        super()._close_files()
        for file in chain.from_iterable(self._files.getlist(name) for name in self._files):
            file.close()


def check_whole(body: bytes | mmap, boundary: bytes, *, takes_files: bool) -> None:
    """Raise MultiPartParserError for a form that is cut off, a part without a name, or text that is not UTF-8.

    Raises FileNotTakenError for content of a file without a name; browsers send an empty one if none was chosen.
    """
    is_whole = False
    for start, end in parts(body, b"--" + boundary):
        is_whole = body[start : start + 2] == b"--"
        if not is_whole:
            check_part(body, start, end, takes_files=takes_files)
    if not is_whole:
        raise MultiPartParserError("The form is cut off: it lacks its last boundary.")


def parts(body: bytes | mmap, mark: bytes) -> Iterator[tuple[int, int]]:
    """Yield where each part of a form starts and ends. Raises MultiPartParserError if there are too many."""
    start = body.find(mark)
    for _ in range(MOST_PARTS):
        if start < 0:
            return
        following = body.find(mark, start + len(mark))
        yield start + len(mark), len(body) if following < 0 else following
        start = following
    raise MultiPartParserError(f"The form has more than {MOST_PARTS:,} parts.")


def check_part(body: bytes | mmap, start: int, end: int, *, takes_files: bool) -> None:
    """Raise for one part what `check_whole` raises."""
    header, blank, _ = body[start : min(end, start + PART_HEADER_BYTES)].partition(b"\r\n\r\n")
    disposition = DISPOSITION.search(header)
    name = disposition and NAME.search(disposition[0])
    # Django passes over a header that it cannot read, and with it the part.
    if not name or not media_type_of(disposition[0].decode(errors="replace"))[0]:
        raise MultiPartParserError("A part of the form has no name.")
    content = start + len(header) + len(blank)
    file_name = FILE_NAME.search(disposition[0])
    if file_name and not (file_name[1] or file_name[2]) and not is_blank(body, content, end):
        part = (name[1] or name[2] or b"").decode(errors="replace")
        message = ["The file has no name."] if takes_files and part == FILE_PART else []
        raise FileNotTakenError(part, *message)
    try:
        (header if file_name and takes_files else body[start:end]).decode()
    except UnicodeDecodeError as error:
        raise MultiPartParserError("The form is not UTF-8.") from error


def is_blank(body: bytes | mmap, start: int, end: int) -> bool:
    """Return whether there is nothing but white space between two places."""
    return end - start <= PART_HEADER_BYTES and not body[start:end].strip()


class FileRefuser(FileUploadHandler):
    """Refuses the first file of a form before its content is read."""

    def new_file(self, field_name: str, *_args: Any, **_kwargs: Any) -> None:  # noqa: ANN401 - of the part
        """Raise FileNotTakenError."""
        raise FileNotTakenError(field_name)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Take no data: no file gets so far."""

    def file_complete(self, file_size: int) -> None:
        """Make no file."""


class FileKeeper(FileUploadHandler):
    """Takes the files of one part to temporary files, which end with the request."""

    def new_file(self, field_name: str, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - of the part
        """Begin a file. Raises FileNotTakenError for one in another part."""
        super().new_file(field_name, *args, **kwargs)
        if field_name != FILE_PART:
            raise FileNotTakenError(field_name)
        self.file = temporary_file()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Write a piece of the file."""
        self.file.write(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile:
        """Return the file, from its beginning."""
        self.file.flush()
        self.file.seek(0)
        return UploadedFile(self.file, self.file_name, self.content_type, file_size, self.charset)


class RefuseFiles(FileRefuser):
    """Reads a form with PartsParser."""

    def handle_raw_input(
        self,
        input_data: BinaryIO,
        META: dict[str, Any],
        content_length: int,
        boundary: bytes,
        encoding: str | None = None,
    ) -> tuple[Any, Any]:
        """Return the fields, and no files. Raises FileNotTakenError."""
        return PartsParser(META, input_data, [FileRefuser(self.request)], encoding).parse()


class TakeFiles(FileKeeper):
    """Reads a form with FilesParser."""

    def handle_raw_input(
        self,
        input_data: BinaryIO,
        META: dict[str, Any],
        content_length: int,
        boundary: bytes,
        encoding: str | None = None,
    ) -> tuple[Any, Any]:
        """Return the fields and files. Raises MultiPartParserError."""
        return FilesParser(META, input_data, [FileKeeper(self.request)], encoding).parse()


def uploads_dir() -> Path:
    """Return the folder of files that are on their way; make it if it is not there."""
    folder = Path(settings.UPLOADS_DIR)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def temporary_file() -> Any:  # noqa: ANN401 - tempfile names no type
    """Return a file that is deleted once it is closed."""
    return NamedTemporaryFile(dir=uploads_dir(), suffix=".upload")
