"""Contents that lie in the storage of uploads or in a library, as tests of files want them."""

from hashlib import sha256
from pathlib import Path

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from media.models import Library, LibraryFile, MediaFile
from tests.factories import MediaFileFactory


def uploaded(content: bytes, **fields: object) -> MediaFile:
    """Return a content that lies in the storage of uploads."""
    digest = sha256(content)
    name = default_storage.save(f"{digest.hexdigest()}.bin", ContentFile(content))
    return MediaFileFactory(sha256=digest.digest(), size=len(content), stored_as=name, **fields)


def library_at(folder: Path, **fields: object) -> Library:
    """Return a library of a folder, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    return Library.objects.create(name=folder.name, folder=str(folder), **fields)


def placed(content: bytes, library: Library, path: str, **fields: object) -> MediaFile:
    """Return a content that lies in a library."""
    target = library.root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    media_file = MediaFileFactory(sha256=sha256(content).digest(), size=len(content), **fields)
    seen_in(library, path, media_file)
    return media_file


def seen_in(library: Library, path: str, media_file: MediaFile) -> LibraryFile:
    """Return a place at which a content was seen, whether it is there or not."""
    return LibraryFile.objects.create(
        library=library, path=path, size=media_file.size, mtime_ns=0, media_file=media_file, seen_at=timezone.now()
    )
