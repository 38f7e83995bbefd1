"""A note beside the works' files that says which database server they belong to, so that a second one is noticed.

A copy of a site that is started while the original goes on, over the same files, deletes files that works of the other
show. Each of the two finds the other's note at each look; after a restore or a failover one look does.
"""

import json
from collections.abc import Collection
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.core.checks import CheckMessage, Warning
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DatabaseError, connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from genonaut.models import FilesNote

NAME = "site.json"
EVERY = timedelta(minutes=5)
# Two looks in a row: the note of a database that was restored or moved since is met once.
STRANGERS = 2
SERVER = "SELECT system_identifier || ', started ' || pg_postmaster_start_time() FROM pg_control_system()"


def look() -> None:
    """Compare the note with what the database remembers of it, and leave a new one; once in EVERY, in one process."""
    now = timezone.now()
    is_due = Q(looked_at=None) | Q(looked_at__lt=now - EVERY)
    # One row, made by the first look of all.
    FilesNote.objects.bulk_create([FilesNote(id=1)], ignore_conflicts=True)
    if not FilesNote.objects.filter(is_due, id=1).update(looked_at=now):
        return
    with connection.cursor() as cursor:
        cursor.execute(SERVER)
        (server,) = cursor.fetchone()
    known, found = FilesNote.objects.get(id=1).token, read()
    is_strange = bool(found) and found["token"] != known and found["server"] != server
    token = uuid4().hex
    write({"token": token, "server": server})
    strangers = F("strangers") + 1 if is_strange else 0
    stranger = found["server"] if is_strange else ""
    FilesNote.objects.filter(id=1).update(token=token, strangers=strangers, stranger=stranger)


def read() -> dict[str, str]:
    """Return the note; empty if there is none, or none that can be read."""
    try:
        with default_storage.open(NAME) as file:
            note = json.loads(file.read(1_000))
        return {name: str(note[name])[:200] for name in ("token", "server")}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def write(note: dict[str, str]) -> None:
    """Replace the note. Of two that are written at once one stays."""
    default_storage.delete(NAME)
    name = default_storage.save(NAME, ContentFile(json.dumps(note).encode()))
    if name != NAME:
        default_storage.delete(name)


def check_files_note(databases: Collection[str] | None = None, **_options: Any) -> list[CheckMessage]:  # noqa: ANN401 - Django's
    """Warn of a second database server whose site uses the same files. One query."""
    if "default" not in (databases or ()):
        return []
    try:
        with transaction.atomic():
            note = FilesNote.objects.filter(strangers__gte=STRANGERS).first()
    except DatabaseError:  # not migrated yet, or away
        return []
    if note is None:
        return []
    message = f"Another database server has a site over the same files: {note.stranger}."
    hint = (
        "Two sites would delete each other's files. Stop one of them, or give it files of its own: docs/backups.md, "
        "Two databases that part."
    )
    return [Warning(message, hint=hint, id="genonaut.W023")]
