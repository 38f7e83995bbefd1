"""A storage as those elsewhere are: it keeps files, and has no path on this machine for any."""

from io import BytesIO

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, Storage


class PathlessStorage(Storage):
    """Files in MEDIA_ROOT that are told of by name alone."""

    def __init__(self) -> None:
        self.folder = FileSystemStorage()

    def _open(self, name: str, mode: str = "rb") -> File:
        with self.folder.open(name, mode) as file:
            return File(BytesIO(file.read()), name)

    def _save(self, name: str, content: File) -> str:
        return self.folder.save(name, content)

    def exists(self, name: str) -> bool:
        """Return whether a file of this name is kept."""
        return self.folder.exists(name)

    def size(self, name: str) -> int:
        """Return the bytes of a file."""
        return self.folder.size(name)

    def delete(self, name: str) -> None:
        """Delete a file."""
        self.folder.delete(name)
