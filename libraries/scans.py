"""A scan of a library from beginning to end: by one process at a time, and what lists have to know of it."""

from collections.abc import Callable

from catalog.counting import catch_up
from content.models import ContentItem
from genonaut.database.copy import catch_up_rankings, refresh_statistics
from genonaut.database.locks import try_lock
from libraries.locking import SCAN
from libraries.read_pass import ReadPass
from media.models import GenerationData, LibraryFile, MediaFile

# Fewer works are folded and analyzed by the site's own processes.
MANY_WORKS, BIG_LOAD_WORKS = 1_000, 10_000


class ScanRunsError(Exception):
    """Another process scans this library."""


def scan(read_pass: ReadPass) -> None:
    """Read a whole library. Raises ScanRunsError."""
    _alone(read_pass, read_pass.scan)


def look_at(read_pass: ReadPass, paths: set[str]) -> None:
    """Read some paths of a library. Raises ScanRunsError."""
    _alone(read_pass, lambda: read_pass.look_at(paths))


def _alone(read_pass: ReadPass, work: Callable[[], object]) -> None:
    with try_lock(SCAN, read_pass.library.pk) as is_free:
        if not is_free:
            raise ScanRunsError
        try:
            work()
        finally:
            _finish(read_pass)


def _finish(read_pass: ReadPass) -> None:
    """Leave statistics and rankings fresh, even when interrupted."""
    works = read_pass.report.counts["works"]
    if works >= MANY_WORKS:
        models = [ContentItem, MediaFile, GenerationData, LibraryFile]
        refresh_statistics(models, is_big_load=works >= BIG_LOAD_WORKS)
        catch_up_rankings(models, read_pass.say, is_shown=read_pass.is_shown)
        catch_up()
