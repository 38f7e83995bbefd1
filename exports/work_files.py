"""A work's file in an export, without metadata where its prompt is hidden from the viewer, and its sidecars."""

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import localtime
from typing import BinaryIO, NamedTuple
from zipfile import ZipFile, ZipInfo

from content.models import ContentItem
from exports import sidecars
from media.file_answers import file_name, suffix_of
from media.files import FileGoneError, open_original
from media.generation import generation_of
from media.generation_data.generators.infotext_writing import to_infotext
from media.making import BusyError, NoPictureError, stripped_copy
from media.models import GenerativeModel
from media.pictures.limits import PassingError
from users.models import User

FILES, A1111, JSON = "files", "a1111", "json"
# Works whose files lie in one folder.
FOLDER_WORKS = 1_000
# Opens a file of an export to write it, by its path there and its bytes.
Opener = Callable[[str, int], BinaryIO]


def below(folder: Path) -> Opener:
    """Return what opens files below a folder."""

    def opened(path: str, _size: int) -> BinaryIO:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        return (folder / path).open("wb")

    return opened


def inside(archive: ZipFile) -> Opener:
    """Return what opens files inside a zip, one at a time."""

    def opened(path: str, size: int) -> BinaryIO:
        info = ZipInfo(path, localtime()[:6])
        # Said in advance, so that an entry of more than 2 GiB is one of ZIP64.
        info.file_size = size
        return archive.open(info, "w")

    return opened


class Known(NamedTuple):
    """What is read once for a batch of works: the rating of each that has one, and LoRAs by id."""

    ratings: Mapping[int, int]
    loras: Mapping[int, GenerativeModel]


@dataclass(frozen=True)
class WorkFiles:
    """Writes files and sidecars into an export; `complain` is told of files that are left out: those that are gone,
    and unless the export `is_patient` those of which no copy could be made at the moment."""

    opener: Opener
    complain: Callable[[str], object]
    is_patient: bool = False

    def write(self, item: ContentItem, known: Known, creator: User | None, *, shows_prompt: bool) -> str | None:
        """Write a work's file and sidecars, with who is shown to have made it; return the file's path in the export,
        None if there is none.

        Raises OSError; BusyError and PassingError if it is patient.
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
        self._write(f"{FILES}/{name}.xmp", text)
        return f"{FILES}/{name}" if self._copy(item, name, shows_prompt=shows_prompt) else None

    def _generation(self, item: ContentItem, known: Known) -> None:
        generation = generation_of(item.generation, known.loras)
        self._write(f"{A1111}/{_name(item, 'txt')}", to_infotext(generation))
        self._write(f"{JSON}/{_name(item, 'json')}", sidecars.json_text(generation))

    def _copy(self, item: ContentItem, name: str, *, shows_prompt: bool) -> bool:
        try:
            opened = (open_original if shows_prompt else stripped_copy)(item.media_file)
        except (FileGoneError, NoPictureError, BusyError, PassingError) as error:
            if self.is_patient and isinstance(error, BusyError | PassingError):
                raise
            reason = f"The file {error}." if isinstance(error, PassingError) else error
            self.complain(f"Work {item.pk}, {item.title}: {reason}")
            return False
        with opened.file as source:
            size = source.seek(0, os.SEEK_END)
            source.seek(0)
            with self.opener(f"{FILES}/{name}", size) as target:
                shutil.copyfileobj(source, target)
        return True

    def _write(self, path: str, text: str) -> None:
        data = text.encode()
        with self.opener(path, len(data)) as target:
            target.write(data)


def _name(item: ContentItem, suffix: str) -> str:
    return f"{item.pk // FOLDER_WORKS:04d}/{item.pk} {file_name(item.title, suffix)}"
