"""Brings an export into this site: accounts, works with their files, what people did with them, and albums.

Done twice it adds nothing, and changes nothing of what is there: owners may have hidden since what the export shows.
Works are known by their `source_id`, accounts by their username, the rest by what it says (exports/additions.py).
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from django.db import transaction

from albums.models import Album, AlbumItem
from content.file_texts import LINE_BYTES
from content.importing.imports import Import
from exports.additions import (
    Complain,
    NumberedLine,
    add_album_items,
    add_albums,
    add_interactions,
    add_people,
)
from exports.writing import ALBUM_ITEMS, ALBUMS, INTERACTIONS, PEOPLE, WORKS, read_state
from genonaut.database.copy import catch_up_rankings, refresh_statistics
from genonaut.json_values import storable_json_text
from genonaut.progress import Progress
from interactions.models import Interaction

BATCH_LINES = 1_000
# What is added beside works and accounts, by the name of its count.
COUNTED = {Interaction: "interactions", Album: "albums", AlbumItem: "album_items"}


def import_export(folder: Path, complain: Complain, progress: Progress) -> Counter[str]:
    """Bring an export in; return how many works, accounts, interactions and albums were new, and how many lines
    were bad.

    Raises ExportError if the folder holds none. Interrupted it keeps what it did.
    """
    read_state(folder)
    counts: Counter[str] = Counter()
    reader = _Reader(folder, complain, progress, counts)
    reader.read(PEOPLE, add_people)
    works = Import(complain=complain, leaves_known=True)
    works.run([folder / WORKS], progress)
    counts.update({"works": works.counts["created"], "bad": works.counts["bad"] + works.counts["unread"]})
    reader.read(INTERACTIONS, add_interactions)
    reader.read(ALBUMS, add_albums)
    reader.read(ALBUM_ITEMS, add_album_items)
    loaded = [model for model, name in COUNTED.items() if counts[name]]
    refresh_statistics(loaded, is_big_load=False)
    catch_up_rankings(loaded, progress.say, is_shown=progress.is_shown)
    return counts


class _Reader:
    """Reads the lists of an export in batches, each of which is one transaction."""

    def __init__(self, folder: Path, complain: Complain, progress: Progress, counts: Counter[str]) -> None:
        self.folder, self.complain, self.progress, self.counts = folder, complain, progress, counts

    def read(self, name: str, add: Callable[[list[NumberedLine], Complain], Counter[str]]) -> None:
        """Read a list; one that is not there is empty."""
        path = self.folder / name
        if not path.exists():
            return
        lines = self._lines(path)
        while batch := list(islice(lines, BATCH_LINES)):
            with transaction.atomic():
                added = add(batch, self._refuse)
            self.counts.update(added)

    def _lines(self, path: Path) -> Iterator[NumberedLine]:
        with path.open("rb") as file:
            for number, line in enumerate(iter(lambda: file.readline(LINE_BYTES), b""), 1):
                self.progress.advance(len(line))
                where = f"{path}:{number}"
                try:
                    value = json.loads(line)
                    storable_json_text(value)
                except (ValueError, RecursionError) as error:
                    self._refuse(f"{where}: {error}")
                    continue
                if isinstance(value, dict):
                    yield NumberedLine(where, value)
                else:
                    self._refuse(f"{where}: a JSON object is due")

    def _refuse(self, reason: str) -> None:
        self.counts["bad"] += 1
        self.complain(reason)
