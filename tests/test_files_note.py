"""The note beside the works' files: a second database server that has a site over them is noticed."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from genonaut import files_note
from genonaut.models import FilesNote

OTHER = {"token": "t", "server": "7, started 2026-11-30"}


@pytest.fixture(autouse=True)
def own_folder(settings: Settings, tmp_path: Path) -> None:
    """Keep the note out of the developer's folder."""
    settings.MEDIA_ROOT = tmp_path


def look_again() -> int:
    """Look as if the last look were long ago; return how many in a row met a stranger."""
    FilesNote.objects.update(looked_at=timezone.now() - timedelta(hours=1))
    files_note.look()
    return FilesNote.objects.get().strangers


def warnings() -> list[str]:
    return [message.msg for message in files_note.check_files_note(databases=["default"])]


def test_a_site_that_goes_on_beside_ours_is_told_by_check_until_it_ends(db: None, tmp_path: Path) -> None:
    note = tmp_path / files_note.NAME
    files_note.look()
    first = json.loads(note.read_text())
    assert (look_again(), warnings()) == (0, [])
    assert json.loads(note.read_text())["token"] != first["token"]
    for strangers, expected in ((1, 0), (2, 1), (3, 1)):  # once: a restore, or a failover
        note.write_text(json.dumps(OTHER))
        assert (look_again(), len(warnings())) == (strangers, expected)
    assert OTHER["server"] in warnings()[0]
    assert (look_again(), warnings()) == (0, [])


def test_a_restarted_server_and_a_damaged_note_are_no_strangers(db: None, tmp_path: Path) -> None:
    note = tmp_path / files_note.NAME
    files_note.look()
    ours = json.loads(note.read_text())
    # Ours, by the server's start before.
    note.write_text(json.dumps({**ours, "server": "7, started before"}))
    assert look_again() == 0
    # Of a process that was killed before it told the database.
    note.write_text(json.dumps({**json.loads(note.read_text()), "token": "another"}))
    assert look_again() == 0
    for damaged in ("", "[]", "{}", '{"token": null}', "\x00"):
        note.write_text(damaged)
        assert look_again() == 0
    note.unlink()
    files_note.look()  # not due
    assert not note.exists()
