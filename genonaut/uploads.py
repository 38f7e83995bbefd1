"""Multipart forms: read whole, or refused; each file is refused by the name of its part, since nothing keeps files.

Django reads forms of pages, of the admin and of the API through these handlers (FILE_UPLOAD_HANDLERS).
"""

import re
from io import BytesIO
from typing import Any, BinaryIO

from django.core.files.uploadhandler import FileUploadHandler
from django.http.multipartparser import MultiPartParser, MultiPartParserError

DISPOSITION = re.compile(rb"^content-disposition:.*$", re.IGNORECASE | re.MULTILINE)
NAME = re.compile(rb';\s*name\*?=(?:"([^"]*)"|([^;\s]*))', re.IGNORECASE)
FILE_NAME = re.compile(rb";\s*filename\*?=", re.IGNORECASE)


class FileNotTakenError(MultiPartParserError):
    """A form holds a file: 400. `errors` has a message by the name of the part."""

    def __init__(self, part: str) -> None:
        message = "Files are not taken here: nothing of this form was kept."
        super().__init__(f"{part}: {message}")
        self.errors = {part: [message]}


class PartsParser(MultiPartParser):
    """Django's parser of multipart forms, which passes over what it cannot read; this one refuses it."""

    def parse(self) -> tuple[Any, Any]:
        """Return the fields, and no files. Raises MultiPartParserError and FileNotTakenError."""
        body = self._input_data.read()
        self._input_data = BytesIO(body)
        fields, files = super().parse()
        check_whole(body, self._boundary)
        return fields, files

    def sanitize_file_name(self, file_name: str) -> str:
        """Return a name, of which nothing is made."""
        return super().sanitize_file_name(file_name) or "unnamed"


def check_whole(body: bytes, boundary: bytes) -> None:
    """Raise MultiPartParserError for a form that is cut off, a part without a name, or text that is not UTF-8.

    Raises FileNotTakenError for content of a file without a name; browsers send an empty one if none was chosen.
    """
    _, *parts = body.split(b"--" + boundary)
    if not parts or not parts[-1].startswith(b"--"):
        raise MultiPartParserError("The form is cut off: it lacks its last boundary.")
    for part in parts[:-1]:
        header, _, content = part.partition(b"\r\n\r\n")
        disposition = DISPOSITION.search(header)
        name = disposition and NAME.search(disposition[0])
        if not name:
            raise MultiPartParserError("A part of the form has no name.")
        if FILE_NAME.search(disposition[0]) and content.strip():
            raise FileNotTakenError((name[1] or name[2] or b"").decode(errors="replace"))
    try:
        body.decode()
    except UnicodeDecodeError as error:
        raise MultiPartParserError("The form is not UTF-8.") from error


class FileRefuser(FileUploadHandler):
    """Refuses the first file of a form before its content is read."""

    def new_file(self, field_name: str, *_args: Any, **_kwargs: Any) -> None:  # noqa: ANN401 - of the part
        """Raise FileNotTakenError."""
        raise FileNotTakenError(field_name)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Take no data: no file gets so far."""

    def file_complete(self, file_size: int) -> None:
        """Make no file."""


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
