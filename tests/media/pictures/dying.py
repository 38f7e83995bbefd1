"""Studios whose processes are killed, as a restart or a lack of memory kills them, or cannot read their files."""

from concurrent.futures import Future
from pathlib import Path
from typing import Any

from media.pictures.limits import Limits
from media.pictures.studio import Studio
from tests.media.pictures import tasks


class DyingStudio(Studio):
    """A studio whose process is killed while it works, so many times."""

    def __init__(self, deaths: int) -> None:
        super().__init__(1, Limits(seconds=60))
        self.deaths = deaths

    def submit(self, function: Any, *arguments: object) -> Future[Any]:
        """Do what a studio does, or die of it."""
        if self.deaths:
            self.deaths -= 1
            return super().submit(tasks.terminate)
        return super().submit(function, *arguments)


# A file that can be opened, and whose first read fails with EIO, as on a network drive that hiccups.
HICCUP = Path("/proc/self/mem")


class HiccupStudio(Studio):
    """A studio that cannot read its files, so many times: by a path that fails, in the place of each file's own."""

    def __init__(self, hiccups: int, path: Path = HICCUP) -> None:
        super().__init__(1, Limits(seconds=60))
        self.hiccups, self.path = hiccups, path

    def submit(self, function: Any, *arguments: object) -> Future[Any]:
        """Do what a studio does, of another file as long as there are hiccups."""
        if self.hiccups:
            self.hiccups -= 1
            return super().submit(function, self.path, *arguments[1:])
        return super().submit(function, *arguments)
