"""Contents in the storage of uploads (Django's default storage): each once, named by its hash.

Who stores or drops a content holds its lock until the end of the transaction, so that no process drops what another
is about to use.
"""

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import connection

from media.models import MediaFile

# Of formats whose files are called otherwise.
SUFFIXES = {"jpeg": "jpg", "apng": "png", "text": "txt"}


def stored_name(sha256: bytes, format_name: str) -> str:
    """Return the name of a content in the storage."""
    digest = sha256.hex()
    return f"{digest[:2]}/{digest[2:4]}/{digest}.{SUFFIXES.get(format_name, format_name)}"


def lock_content(sha256: bytes) -> None:
    """Wait until no other transaction stores or drops a content. One query; it works behind a pooler."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int.from_bytes(sha256[:8], signed=True)])


def store(sha256: bytes, format_name: str, file: File) -> tuple[str, bool]:
    """Store a content unless it is there; return its name, and whether it was stored by this call.

    The caller holds the lock. A file that a crash left half written is replaced.
    """
    known = MediaFile.objects.filter(sha256=sha256).values_list("stored_as", flat=True).first()
    name = known or stored_name(sha256, format_name)
    if default_storage.exists(name):
        if known and default_storage.size(name) == file.size:
            return name, False
        default_storage.delete(name)
    file.seek(0)
    try:
        return default_storage.save(name, file), True
    except BaseException:
        # A disk that is full keeps no half of it.
        drop(name)
        raise


def drop(name: str) -> None:
    """Delete a stored content; one that is not there is no error."""
    if name:
        default_storage.delete(name)
