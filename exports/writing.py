"""Writes works into a folder, batch by batch: their list, files and sidecars, and what people did with them.

A process that is killed leaves whole batches: `export.json` says how far they go, and a next run goes on there.
"""

import json
import os
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import accumulate, islice
from pathlib import Path
from sys import maxsize
from typing import Any, NamedTuple

from django.db.models import F, QuerySet

from albums.models import Album, AlbumItem
from content.models import ContentItem
from exports.album_records import album_item_line, album_lines
from exports.records import interaction_line, person_line, shown_creator, shows_prompt, work_line
from exports.work_files import Known, Opener, WorkFiles, below
from interactions.models import Interaction, Kind
from media.generation import loras_of
from users.models import User

FORMAT, VERSION = "genonaut-export", 1
STATE = "export.json"
WORKS, PEOPLE, INTERACTIONS = "works.jsonl", "people.jsonl", "interactions.jsonl"
ALBUMS, ALBUM_ITEMS = "albums.jsonl", "album_items.jsonl"
LISTS = (WORKS, PEOPLE, INTERACTIONS, ALBUMS, ALBUM_ITEMS)
BATCH_WORKS = 200
# Lines without files: what was done with works, albums, and works in them.
BATCH_LINES = 2_000


class ExportError(Exception):
    """A folder that is none of an export, or of another. The text is a sentence for people."""


@dataclass
class State:
    """How far an export is: works, albums and works in them up to an id each, and the bytes of their lists."""

    said: dict[str, str]
    last: int = 0
    works: int = 0
    files: int = 0
    last_album: int = 0
    last_album_item: int = 0
    bytes: dict[str, int] = field(default_factory=lambda: dict.fromkeys(LISTS, 0))
    is_complete: bool = False
    format: str = FORMAT
    version: int = VERSION


class Room(NamedTuple):
    """How many works fit into an export, and files of how many bytes; one work always does."""

    works: int = maxsize
    bytes: int = maxsize


ENDLESS = Room()


@dataclass
class FolderExport:
    """An export of some works to a folder, from an id on and as far as there is room.

    `viewer` is whose eyes it sees with; None sees all. `said` is what was asked for: a folder is one export's alone.
    Files and sidecars go where `opener` opens them, if that is not the folder. One that `is_patient` ends with an error
    at a file of which no copy can be made at the moment; others leave it out.
    """

    folder: Path
    works: QuerySet[ContentItem]
    viewer: User | None
    said: dict[str, str]
    complain: Callable[[str], object]
    opener: Opener | None = None
    after: int = 0
    room: Room = ENDLESS
    is_patient: bool = False

    def begin(self) -> State:
        """Return how far the folder's export is; an empty folder is a new one. Raises ExportError and OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if not (self.folder / STATE).exists():
            if any(self.folder.iterdir()):
                raise ExportError(f"{self.folder} holds other files: name a folder that is empty or does not exist.")
            state = State(self.said, last=self.after)
            write_state(self.folder, state)
            return state
        state = read_state(self.folder)
        if state.said != self.said:
            raise ExportError(f"{self.folder} holds an export of something else: {json.dumps(state.said)}.")
        for name, size in state.bytes.items():
            if (self.folder / name).exists():
                os.truncate(self.folder / name, size)
        return state

    def run(self, state: State) -> Iterator[Sequence[ContentItem]]:
        """Write batch after batch; yield the works of each. Some six queries a batch. Raises what WorkFiles does."""
        files = WorkFiles(self.opener or below(self.folder), self.complain, self.is_patient)
        known, room = set(self._known_people()), self.room
        while batch := self._next(state, room):
            self._write(batch, state, files, known)
            room = Room(room.works - len(batch), room.bytes - sum(map(_size, batch)))
            yield batch
        self._write_albums(state, known)
        state.is_complete = True
        write_state(self.folder, state)

    @property
    def _chosen(self) -> QuerySet[ContentItem]:
        return self.works.filter(trashed_at=None, pk__gt=self.after)

    def _next(self, state: State, room: Room) -> list[ContentItem]:
        """Return the next works, as many as fit; of an export that has none, one at least. One query."""
        works = self._chosen.filter(pk__gt=state.last).select_related("creator", "media_file", "generation__model")
        batch = list(works.defer("search_words").order_by("pk")[: min(BATCH_WORKS, room.works)])
        fitting = bisect_right(list(accumulate(map(_size, batch))), room.bytes)
        return batch[: fitting if state.works else max(fitting, 1)]

    def _write(self, batch: Sequence[ContentItem], state: State, files: WorkFiles, known: set[str]) -> None:
        """Write the files and the lines of a batch. What was done with its works is read as it is written."""
        read = Known(self._ratings(batch), loras_of(item.generation for item in batch if item.generation))
        creators = {item.pk: shown_creator(item, self.viewer) for item in batch}
        written = {
            item.pk: files.write(item, read, creators[item.pk], shows_prompt=shows_prompt(item, self.viewer))
            for item in batch
        }
        self._append(state, WORKS, (work_line(item, self.viewer, file=written[item.pk]) for item in batch))
        self._append_people(state, creators.values(), known)
        done = self._interactions(batch)
        while rows := list(islice(done, BATCH_LINES)):
            self._append_people(state, (row.user for row in rows), known)
            self._append(state, INTERACTIONS, (interaction_line(row, self.viewer) for row in rows))
        state.files += sum(path is not None for path in written.values())
        state.last, state.works = batch[-1].pk, state.works + len(batch)
        write_state(self.folder, state)

    def _write_albums(self, state: State, known: set[str]) -> None:
        """Write the albums of all, or the viewer's own, and which of the works that were written are in them."""
        albums = Album.objects.select_related("owner", "cover")
        written = self._chosen.filter(pk__lte=state.last)
        items = AlbumItem.objects.select_related("album__owner", "content").filter(content__in=written.values("pk"))
        if self.viewer is not None:
            albums, items = albums.filter(owner=self.viewer), items.filter(album__owner=self.viewer)
        while batch := list(albums.filter(pk__gt=state.last_album).order_by("pk")[:BATCH_LINES]):
            self._append_people(state, (album.owner for album in batch), known)
            self._append(state, ALBUMS, album_lines(batch, self.viewer))
            state.last_album = batch[-1].pk
            write_state(self.folder, state)
        while batch := list(items.filter(pk__gt=state.last_album_item).order_by("pk")[:BATCH_LINES]):
            self._append(state, ALBUM_ITEMS, (album_item_line(item, self.viewer) for item in batch))
            state.last_album_item = batch[-1].pk
            write_state(self.folder, state)

    def _interactions(self, batch: Sequence[ContentItem]) -> Iterator[Interaction]:
        """Yield what was done with works: by the viewer, or by all. One query, whose rows are read in pieces: a popular
        work has a million."""
        rows = Interaction.objects.filter(content__in=batch).select_related("user").order_by("pk")
        works = {item.pk: item for item in batch}
        for row in (rows if self.viewer is None else rows.filter(user=self.viewer)).iterator(BATCH_LINES):
            row.content = works[row.content_id]
            yield row

    def _ratings(self, batch: Sequence[ContentItem]) -> dict[int, int]:
        """Return the viewer's rating of each work; in an export of all, that of its creator. One query."""
        rated = Interaction.objects.filter(content__in=batch, kind=Kind.RATE)
        raters = F("content__creator") if self.viewer is None else self.viewer.pk
        return dict(rated.filter(user=raters).values_list("content", "rating"))

    def _append_people(self, state: State, people: Iterable[User | None], known: set[str]) -> None:
        """Write the accounts that are not in the list so far."""
        new = {user.username: user for user in people if user is not None and user.username not in known}
        known.update(new)
        self._append(state, PEOPLE, map(person_line, new.values()))

    def _append(self, state: State, name: str, lines: Iterable[dict[str, Any]]) -> None:
        state.bytes[name] = _append(self.folder / name, lines)

    def _known_people(self) -> Iterator[str]:
        """Return who is in the list so far."""
        path = self.folder / PEOPLE
        if path.exists():
            with path.open(encoding="utf-8") as lines:
                yield from (json.loads(line)["username"] for line in lines)


def _size(item: ContentItem) -> int:
    return item.media_file.size if item.media_file else 0


def read_state(folder: Path) -> State:
    """Return how far an export is. Raises ExportError."""
    try:
        state = State(**json.loads((folder / STATE).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        raise ExportError(f"{folder} holds no export: its {STATE} is missing or damaged.") from None
    if (state.format, state.version) != (FORMAT, VERSION):
        raise ExportError(f"{folder} holds an export of another format: {state.format} {state.version}.")
    return state


def write_state(folder: Path, state: State) -> None:
    """Write how far an export is, whole or not at all."""
    path = folder / f"{STATE}.new"
    with path.open("w", encoding="utf-8") as file:
        json.dump(asdict(state), file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    path.replace(folder / STATE)


def _append(path: Path, lines: Iterable[dict[str, Any]]) -> int:
    """Write lines at the end of a list; return its bytes, which lie on the disk."""
    with path.open("ab") as file:
        for line in lines:
            file.write(json.dumps(line, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
        file.flush()
        os.fsync(file.fileno())
        return file.tell()
