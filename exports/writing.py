"""Writes works into a folder, batch by batch: their list, files and sidecars, and what people did with them.

A process that is killed leaves whole batches: `export.json` says how far they go, and a next run goes on there.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.db.models import QuerySet

from albums.models import Album, AlbumItem
from content.models import ContentItem
from exports.album_records import album_item_line, album_line
from exports.records import interaction_line, person_line, shown_creator, shows_prompt, work_line
from exports.work_files import Known, WorkFiles
from interactions.models import Interaction, Kind
from media.generation import loras_of
from users.models import User

FORMAT, VERSION = "genonaut-export", 1
STATE = "export.json"
WORKS, PEOPLE, INTERACTIONS = "works.jsonl", "people.jsonl", "interactions.jsonl"
ALBUMS, ALBUM_ITEMS = "albums.jsonl", "album_items.jsonl"
LISTS = (WORKS, PEOPLE, INTERACTIONS, ALBUMS, ALBUM_ITEMS)
BATCH_WORKS = 200
# Albums, and works in them: lines without files.
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


@dataclass
class FolderExport:
    """An export of some works to a folder.

    `viewer` is whose eyes it sees with; None sees all. `said` is what was asked for: a folder is one export's alone.
    """

    folder: Path
    works: QuerySet[ContentItem]
    viewer: User | None
    said: dict[str, str]
    complain: Callable[[str], object]

    def begin(self) -> State:
        """Return how far the folder's export is; an empty folder is a new one. Raises ExportError and OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if not (self.folder / STATE).exists():
            if any(self.folder.iterdir()):
                raise ExportError(f"{self.folder} holds other files: name a folder that is empty or does not exist.")
            state = State(self.said)
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
        """Write batch after batch; yield the works of each. Some six queries a batch. Raises OSError."""
        files = WorkFiles(self.folder, self.complain)
        known = set(self._known_people())
        works = (
            self.works.filter(trashed_at=None)
            .select_related("creator", "media_file", "generation__model")
            .defer("search_words")
        )
        while batch := list(works.filter(pk__gt=state.last).order_by("pk")[:BATCH_WORKS]):
            lines = dict(self._lines(batch, files, known))
            for name, written in lines.items():
                state.bytes[name] = _append(self.folder / name, written)
            state.files += sum("file" in line for line in lines[WORKS])
            state.last, state.works = batch[-1].pk, state.works + len(batch)
            write_state(self.folder, state)
            yield batch
        self._write_albums(state, known)
        state.is_complete = True
        write_state(self.folder, state)

    def _write_albums(self, state: State, known: set[str]) -> None:
        """Write the albums of all, or the viewer's own, and which of the works are in them."""
        albums = Album.objects.select_related("owner", "cover")
        items = AlbumItem.objects.select_related("album__owner", "content").filter(content__in=self.works.values("pk"))
        if self.viewer is not None:
            albums, items = albums.filter(owner=self.viewer), items.filter(album__owner=self.viewer)
        while batch := list(albums.filter(pk__gt=state.last_album).order_by("pk")[:BATCH_LINES]):
            owners = {album.owner.username: album.owner for album in batch if album.owner.username not in known}
            known.update(owners)
            state.bytes[PEOPLE] = _append(self.folder / PEOPLE, map(person_line, owners.values()))
            state.bytes[ALBUMS] = _append(self.folder / ALBUMS, (album_line(album, self.viewer) for album in batch))
            state.last_album = batch[-1].pk
            write_state(self.folder, state)
        while batch := list(items.filter(pk__gt=state.last_album_item).order_by("pk")[:BATCH_LINES]):
            state.bytes[ALBUM_ITEMS] = _append(
                self.folder / ALBUM_ITEMS, (album_item_line(item, self.viewer) for item in batch)
            )
            state.last_album_item = batch[-1].pk
            write_state(self.folder, state)

    def _lines(
        self, batch: Sequence[ContentItem], files: WorkFiles, known: set[str]
    ) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        """Write the files of a batch; yield the lines of each list."""
        rows = self._interactions(batch)
        read = Known(self._ratings(batch, rows), loras_of(item.generation for item in batch if item.generation))
        creators = {item.pk: shown_creator(item, self.viewer) for item in batch}
        written = {
            item.pk: files.write(item, read, creators[item.pk], shows_prompt=shows_prompt(item, self.viewer))
            for item in batch
        }
        yield WORKS, [work_line(item, self.viewer, file=written[item.pk]) for item in batch]
        found = (*creators.values(), *(row.user for row in rows))
        people = {user.username: user for user in found if user is not None}
        yield PEOPLE, [person_line(user) for name, user in people.items() if name not in known]
        known.update(people)
        yield INTERACTIONS, [interaction_line(row, self.viewer) for row in rows]

    def _interactions(self, batch: Sequence[ContentItem]) -> list[Interaction]:
        """Return what was done with works: by the viewer, or by all. One query."""
        rows = Interaction.objects.filter(content__in=batch).select_related("user").order_by("pk")
        works = {item.pk: item for item in batch}
        found = list(rows if self.viewer is None else rows.filter(user=self.viewer))
        for row in found:
            row.content = works[row.content_id]
        return found

    def _ratings(self, batch: Sequence[ContentItem], rows: Iterable[Interaction]) -> dict[int, int]:
        """Return the viewer's rating of each work; in an export of all, that of its creator."""
        raters = {item.pk: item.creator_id if self.viewer is None else self.viewer.pk for item in batch}
        rated = (row for row in rows if row.kind == Kind.RATE and row.user_id is not None)
        return {row.content_id: row.rating for row in rated if row.user_id == raters[row.content_id]}

    def _known_people(self) -> Iterator[str]:
        """Return who is in the list so far."""
        path = self.folder / PEOPLE
        if path.exists():
            with path.open(encoding="utf-8") as lines:
                yield from (json.loads(line)["username"] for line in lines)


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
