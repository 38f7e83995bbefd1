"""Libraries that are followed: what is saved in them is a work a moment later.

The system tells of changes in folders of this machine. A scan of everything at intervals finds what it does not tell:
changes on network mounts, and those of a burst that was too large to be told.
"""

import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import suppress
from time import monotonic

from django.db import Error, connection
from watchfiles import watch

from genonaut.database.outages import outage_of
from libraries.picture_pass import PicturePass
from libraries.read_pass import ReadPass, identity
from libraries.scans import ScanRunsError, look_at, scan
from libraries.settling import Settling
from media.models import Library
from media.pictures.studio import Studio
from media.walking import is_wanted_path

# How often is looked whether files have settled, in milliseconds.
LOOK_MS = 150
# After so many changes at once the system may have left some out: all is compared once they have settled.
BURST_CHANGES = 1_000
# Folders that are away are looked for so often, and the database after it went away.
RETRY_SECONDS = 5.0
# Pictures are made so long, then it is looked whether files have come.
PICTURE_SECONDS = 0.5


class Watcher:
    """Follows libraries until it is interrupted."""

    def __init__(
        self,
        libraries: Callable[[], Iterable[Library]],
        *,
        read_studio: Studio,
        picture_studio: Studio,
        say: Callable[[str], object],
        every_seconds: float,
    ) -> None:
        self.libraries, self.say, self.every_seconds = libraries, say, every_seconds
        self.read_studio, self.pictures = read_studio, PicturePass(picture_studio, say)
        self.settling = Settling()
        self.watched: dict[str, Library] = {}
        # What lies at their paths: another folder there is not the one that the system tells of.
        self.identities: dict[str, tuple[int, int]] = {}
        self.scan_at = self.look_at = monotonic()
        self.has_pictures = True

    def run(self) -> None:
        """Follow the libraries; only an exception ends it, KeyboardInterrupt as a rule. An outage of the database is
        waited out."""
        while True:
            try:
                self.identities = self._present()
                self.watched = {
                    library.folder: library for library in self.libraries() if library.folder in self.identities
                }
                self._follow()
            except Error as error:
                if (outage := outage_of(error)) is None:
                    raise
                self.say(f"{outage.title} ({str(error).strip().splitlines()[0]}); trying again.")
                connection.close()
                time.sleep(RETRY_SECONDS)
                self.scan_at = monotonic()

    def _follow(self) -> None:
        """Follow the folders that are there, until others are."""
        self.look_at = monotonic() + RETRY_SECONDS
        for paths in self._changes():
            if len(paths) >= BURST_CHANGES:
                self.scan_at = min(self.scan_at, monotonic() + RETRY_SECONDS)
            self.settling.note(path for path in paths if self._library_of(path))
            self._work()
            if monotonic() >= self.look_at:
                self.look_at = monotonic() + RETRY_SECONDS
                if self._are_others():
                    self.scan_at = monotonic()
                    return

    def _changes(self) -> Iterable[set[str]]:
        """Yield changed paths, an empty set if there are none, some times a second."""
        if self.watched:
            try:
                for changes in watch(
                    *self.watched, watch_filter=None, debounce=LOOK_MS, rust_timeout=LOOK_MS, yield_on_timeout=True
                ):
                    yield {path for _kind, path in changes}
            except (OSError, RuntimeError) as error:
                self.say(f"Changes are not told ({error}); the folders are scanned at intervals.")
        while True:
            time.sleep(LOOK_MS / 1_000)
            yield set()

    def _are_others(self) -> bool:
        """Return whether folders have come, gone or been replaced since they are followed."""
        return self._present() != self.identities

    def _present(self) -> dict[str, tuple[int, int]]:
        """Return the folders that are there. One query."""
        found = {library.folder: identity(library.folder) for library in self.libraries()}
        return {folder: which for folder, which in found.items() if which is not None}

    def _library_of(self, path: str) -> tuple[Library, str] | None:
        """Return a path's library and its path in it; None if it is not looked at."""
        for folder, library in self.watched.items():
            inside = os.path.relpath(path, folder)
            if inside != "." and not inside.startswith("..") and is_wanted_path(inside):
                return library, inside
        return None

    def _work(self) -> None:
        """Do what is due: a scan of all, the files that have settled, pictures."""
        if monotonic() >= self.scan_at:
            self.scan_at = monotonic() + self.every_seconds
            self.pictures.left.clear()
            for library in self.libraries():
                self._read(library, None)
        by_library: dict[str, set[str]] = defaultdict(set)
        for path in self.settling.take():
            if place := self._library_of(path):
                by_library[place[0].folder].add(place[1])
        for folder, paths in by_library.items():
            self._read(self.watched[folder], paths)
        if self.has_pictures:
            self.has_pictures = not self.pictures.run(seconds=PICTURE_SECONDS)

    def _read(self, library: Library, paths: set[str] | None) -> None:
        """Read some paths of a library, or all of it. What another process is at is tried again."""
        with suppress(Library.DoesNotExist):
            library.refresh_from_db()
            read_pass = ReadPass(library, self.read_studio, self.say)
            try:
                scan(read_pass) if paths is None else look_at(read_pass, paths)
            except ScanRunsError:
                self._again(library, paths)
            self._again(library, read_pass.unfinished)
            self.has_pictures |= bool(read_pass.report.counts["works"] or paths is None)
            if read_pass.report.has_changes:
                for line in read_pass.report.lines():
                    self.say(f"{library.name}: {line}")

    def _again(self, library: Library, paths: set[str] | None) -> None:
        if paths is None:
            self.scan_at = min(self.scan_at, monotonic() + RETRY_SECONDS)
        else:
            self.settling.note(os.path.join(library.folder, path) for path in paths)
