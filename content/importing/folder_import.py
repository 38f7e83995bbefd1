"""Folders and zips of files to import: each file is a work of its own, or is reported."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.conf import settings

from content.refusals import RefusedFileError
from content.uploading import Offer, look_at, take_file
from genonaut.progress import Progress
from media.archives import Archive, ArchiveError, Entry, EntryError, TooMuchError, export_below, is_zip
from media.companions import companion_blocks, most_bytes
from media.generation_data.carriers.sidecars import sidecar_blocks
from media.walking import first_frame_of, leads_out, walk
from users.models import User

# What workbooks of Excel and LibreOffice hold.
WORKBOOKS = frozenset(["xl/workbook.xml", "xl/workbook.bin", "content.xml"])

IS_EXPORT = "holds an export, whose private works would be public: manage.py import_export {}"


def is_of_files(path: Path) -> bool:
    """Return whether a path is a folder or a zip; a workbook is a zip, but no zip of works."""
    if path.is_dir():
        return True
    try:
        with path.open("rb") as file:
            return is_zip(file) and WORKBOOKS.isdisjoint(Archive(file).zip.namelist())
    except ArchiveError:
        return True
    except OSError:
        return False


def bytes_of(path: Path) -> int:
    """Return the bytes of a file, or of all files that are read in a folder."""
    return sum(entry.size for entry in walk(str(path))) if path.is_dir() else path.stat().st_size


@dataclass
class FolderImport:
    """Imports the files of folders and zips. Those that are works already are told by their content and left."""

    complain: Callable[[str], object]
    counts: Counter[str]
    owner: User | None = None
    # The switches of all works.
    said: Mapping[str, bool] = field(default_factory=dict)
    is_dry_run: bool = False

    def load(self, path: Path, progress: Progress) -> None:
        """Import a folder or a zip; not an export, whose works these would be without what it says of them."""
        if path.is_dir():
            if export := export_below(path):
                self._refuse_whole(path, IS_EXPORT.format(export))
                return
            for entry in walk(str(path)):
                where = path / entry.path
                if entry.error:
                    self.refuse(f"{where}: {entry.error}")
                else:
                    self.take_path(where, path)
                progress.advance(entry.size)
            return
        try:
            with path.open("rb") as file:
                archive = Archive(file)
                if archive.exports:
                    self._refuse_whole(path, IS_EXPORT.format("the folder that it is unpacked to"))
                else:
                    self.load_zip(path, archive, progress)
        except (ArchiveError, OSError) as error:
            self._refuse_whole(path, str(error))

    def load_zip(self, path: Path, archive: Archive, progress: Progress) -> None:
        """Import the files of a zip, whose bytes are counted as they come out."""
        left = settings.MAX_ZIP_BYTES
        for entry in archive.entries:
            with NamedTemporaryFile() as file:
                try:
                    blocks = companion_blocks(_companions(archive, entry))
                    archive.unpack(entry, file, min(left, settings.MAX_UPLOAD_BYTES))
                    file.flush()
                    self.take(Offer.of_many(file, entry.name, self.owner, blocks, **self.said))
                except TooMuchError:
                    self.refuse(f"{path}/{entry.name}: it, or the zip with it, unpacks to more bytes than are taken")
                except (EntryError, RefusedFileError) as error:
                    self.refuse(f"{path}/{entry.name}: {error}")
                left -= file.tell() if not file.closed else 0
            progress.advance(entry.info.compress_size)

    def take_path(self, path: Path, root: Path) -> None:
        """Import one file below a folder."""
        try:
            with path.open("rb") as file:
                blocks = [*sidecar_blocks(path, root), *companion_blocks(_first_frame(path, root))]
                self.take(Offer.of_many(file, path.name, self.owner, blocks, **self.said))
        except RefusedFileError as error:
            self.refuse(f"{path}: {error}")
        except OSError as error:
            self.refuse(f"{path}: cannot be read: {error.strerror or error}")

    def take(self, offer: Offer) -> None:
        """Make a work of a file, and count it. Raises RefusedFileError and OSError."""
        is_new = look_at(offer) if self.is_dry_run else take_file(offer).is_new
        self.counts["created" if is_new else "unchanged"] += 1

    def _refuse_whole(self, path: Path, reason: str) -> None:
        self.counts["unread"] += 1
        self.complain(f"{path}: {reason}")

    def refuse(self, reason: str) -> None:
        """Count and report a file."""
        self.counts["bad"] += 1
        self.complain(reason)


def _companions(archive: Archive, entry: Entry) -> Iterator[tuple[str, bytes]]:
    for companion in entry.companions:
        content = BytesIO()
        try:
            archive.unpack(companion, content, most_bytes(companion.name))
        except (EntryError, TooMuchError):
            continue
        yield companion.name, content.getvalue()


def _first_frame(path: Path, root: Path) -> list[tuple[str, bytes]]:
    """Return the first frame that lies beside a video."""
    frame = first_frame_of(str(path))
    if frame is None or not Path(frame).is_file() or leads_out(frame, str(root)):
        return []
    if Path(frame).stat().st_size > most_bytes(frame):
        return []
    return [(Path(frame).name, Path(frame).read_bytes())]
