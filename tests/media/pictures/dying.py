"""Studios whose processes are killed, as a restart or a lack of memory kills them."""

from concurrent.futures import Future
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
