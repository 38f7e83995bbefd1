"""Parts of a library in which something changed: the files of some stems in a folder, or a folder with all below."""

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from operator import attrgetter

from django.db.models import QuerySet

from libraries.comparing import Known
from media.models import Library, LibraryFile
from media.walking import Entry, first_frame_of, is_text, is_wanted_path, listed, stem_of, walk

Scope = tuple[Iterable[Entry], Iterable[Known]]


def scopes_of(library: Library, paths: Iterable[str]) -> Iterator[Scope]:
    """Yield what is there and what is known of each part of a library that some paths are in. Parts do not overlap."""
    stems: dict[str, set[str]] = defaultdict(set)
    changed: dict[str, set[str]] = defaultdict(set)
    folders = set()
    for path in filter(is_wanted_path, filter(is_text, paths)):
        if os.path.isdir(os.path.join(library.folder, path)):
            folders.add(f"{path}/")
            continue
        if not os.path.lexists(os.path.join(library.folder, path)) and _is_folder(library, path):
            folders.add(f"{path}/")
            continue
        folder, _slash, name = path.rpartition("/")
        below = f"{folder}/" if folder else ""
        stems[below].add(stem_of(name))
        stems[below].add(stem_of(stem_of(name)))  # of a picture with all of its name before .txt
        changed[below].add(path)
    whole = _outermost(folders)
    for folder in whole:
        yield walk(library.folder, folder, with_companions=True), _known(library, path__startswith=folder)
    for below, names in stems.items():
        if below.startswith(tuple(whole)):
            continue
        here = listed(library.folder, below, names, with_companions=True)
        entries = [entry for entry in here if not entry.is_folder]
        paths_here = changed[below] | {entry.path for entry in entries}
        paths_here |= {frame for entry in entries if (frame := first_frame_of(entry.path))}
        yield entries, _known(library, path__in=paths_here)


def _is_folder(library: Library, path: str) -> bool:
    """Return whether a path that is gone was a folder, as far as is known."""
    files = LibraryFile.objects.filter(library=library)
    return not files.filter(path=path).exists() and files.filter(path__startswith=f"{path}/").exists()


def _outermost(folders: set[str]) -> list[str]:
    """Return folders without those that lie in another of them."""
    kept: list[str] = []
    for folder in sorted(folders):
        if not kept or not folder.startswith(kept[-1]):
            kept.append(folder)
    return kept


def _known(library: Library, **condition: object) -> list[Known]:
    rows: QuerySet[LibraryFile] = LibraryFile.objects.filter(library=library, **condition)
    fields = ("path", "size", "mtime_ns", "pk", "media_file_id", "missing_since", "beside")
    found = [Known(*row[:5], row[5] is not None, row[6]) for row in rows.values_list(*fields)]
    return sorted(found, key=attrgetter("path"))
