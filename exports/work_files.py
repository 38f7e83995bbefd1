"""A work's file in an export, without metadata where its prompt is hidden from the viewer, and its sidecars."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from content.models import ContentItem
from exports import sidecars
from media.file_answers import file_name, suffix_of
from media.files import FileGoneError, open_original
from media.generation import generation_of
from media.generation_data.generators.infotext_writing import to_infotext
from media.making import BusyError, NoPictureError, stripped_copy
from media.models import GenerativeModel
from users.models import User

FILES, A1111, JSON = "files", "a1111", "json"
# Works whose files lie in one folder.
FOLDER_WORKS = 1_000


class Known(NamedTuple):
    """What is read once for a batch of works: the rating of each that has one, and LoRAs by id."""

    ratings: Mapping[int, int]
    loras: Mapping[int, GenerativeModel]


@dataclass(frozen=True)
class WorkFiles:
    """Writes files and sidecars below a folder; `complain` is told of files that are gone."""

    folder: Path
    complain: Callable[[str], object]

    def write(self, item: ContentItem, known: Known, creator: User | None, *, shows_prompt: bool) -> str | None:
        """Write a work's file and sidecars, with who is shown to have made it; return the file's path in the folder,
        None if there is none.

        Raises OSError.
        """
        if shows_prompt and item.generation is not None:
            self._generation(item, known)
        if item.media_file is None:
            return None
        name = _name(item, suffix_of(item.media_file))
        text = sidecars.xmp(
            title=item.title,
            description=item.prompt if shows_prompt else "",
            tags=item.tags,
            creator=creator.display_name if creator else "",
            created_at=item.created_at,
            rating=known.ratings.get(item.pk),
        )
        self._made(FILES, f"{name}.xmp").write_text(text, "utf-8")
        return f"{FILES}/{name}" if self._copy(item, name, shows_prompt=shows_prompt) else None

    def _generation(self, item: ContentItem, known: Known) -> None:
        generation = generation_of(item.generation, known.loras)
        self._made(A1111, _name(item, "txt")).write_text(to_infotext(generation), "utf-8")
        self._made(JSON, _name(item, "json")).write_text(sidecars.json_text(generation), "utf-8")

    def _copy(self, item: ContentItem, name: str, *, shows_prompt: bool) -> bool:
        try:
            opened = (open_original if shows_prompt else stripped_copy)(item.media_file)
        except (FileGoneError, NoPictureError, BusyError) as error:
            self.complain(f"Work {item.pk}: {error}")
            return False
        with opened.file as source, self._made(FILES, name).open("wb") as target:
            shutil.copyfileobj(source, target)
        return True

    def _made(self, part: str, name: str) -> Path:
        path = self.folder / part / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path


def _name(item: ContentItem, suffix: str) -> str:
    return f"{item.pk // FOLDER_WORKS:04d}/{item.pk} {file_name(item.title, suffix)}"
