"""Files in forms: each is refused by the name of its part, since nothing here keeps files.

Django reads forms of pages, of the admin and of the API through these handlers (FILE_UPLOAD_HANDLERS).
"""

from typing import Any, BinaryIO

from django.core.files.uploadhandler import FileUploadHandler
from django.http.multipartparser import MultiPartParser, MultiPartParserError


class FileNotTakenError(MultiPartParserError):
    """A form holds a file: 400. `errors` has a message by the name of the part."""

    def __init__(self, part: str) -> None:
        message = "Files are not taken here: nothing of this form was kept."
        super().__init__(f"{part}: {message}")
        self.errors = {part: [message]}


class PartsParser(MultiPartParser):
    """Django's parser of multipart forms; a file's name that is no name does not make it pass over the file."""

    def sanitize_file_name(self, file_name: str) -> str:
        """Return a name, of which nothing is made."""
        return super().sanitize_file_name(file_name) or "unnamed"


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
