"""The workers' tasks of libraries: reading new files, and making missing pictures.

Both take the locks of `manage.py library`, so that one process does either at a time, and leave what does not fit into
their time to their next turn.
"""

import logging
from time import monotonic

from django.db.models import F
from procrastinate.contrib.django import app

from genonaut.database.locks import try_lock
from genonaut.worker_process import stopping
from genonaut.worker_tasks import QUEUE
from libraries.locking import PICTURES
from libraries.picture_pass import PicturePass, unpictured
from libraries.read_pass import OutOfTimeError, ReadPass
from libraries.reading import LIMITS
from libraries.scans import ScanRunsError, scan
from media.models import Library
from media.pictures.studio import Studio

# For all libraries of a turn; the time that is spent on comparing is not part of it.
READING_SECONDS = 300.0
PICTURE_SECONDS = 50.0
# Between two looks whether the worker is to end.
SLICE_SECONDS = 2.0

logger = logging.getLogger(__name__)


@app.periodic(cron="*/10 * * * *")
@app.task(name="read_libraries", queue=QUEUE, queueing_lock="read_libraries")
def read_libraries(timestamp: int = 0) -> None:
    """Read what is new or changed in all libraries, those first that were not read to their end for longest.

    Each has half of what is left of READING_SECONDS, the last all of it: those behind a large one come on as well.
    Comparing takes as long as it does.
    """
    followed = Library.objects.filter(is_closed=False).select_related("owner")
    libraries = list(followed.order_by(F("scanned_at").asc(nulls_first=True), "pk"))
    if libraries:
        left = READING_SECONDS
        with Studio(limits=LIMITS) as studio:
            for library in libraries:
                if not stopping.is_set():
                    left -= read(library, studio, left if library is libraries[-1] else left / 2)


def read(library: Library, studio: Studio, seconds: float) -> float:
    """Read one library, unless another process does, for some seconds at most or until the worker is to end.

    Return how long its files were read.
    """
    read_pass = ReadPass(library, studio, logger.info, is_over=stopping.is_set, seconds=seconds)
    try:
        scan(read_pass)
    except ScanRunsError:
        return 0.0
    except OutOfTimeError:
        logger.info("%s: the rest is read later.", library.name)
    if read_pass.report.has_changes:
        for line in read_pass.report.lines():
            logger.info("%s: %s", library.name, line)
    return read_pass.seconds_read


@app.periodic(cron="* * * * *")
@app.task(name="make_pictures", queue=QUEUE, queueing_lock="make_pictures")
def make_pictures(timestamp: int = 0) -> None:
    """Make the thumbnails of contents that have none yet, the newest first."""
    if not unpictured().exists():
        return
    until = monotonic() + PICTURE_SECONDS
    with try_lock(PICTURES) as is_free:
        if is_free:
            with Studio() as studio:
                pictures = PicturePass(studio, logger.info)
                while not is_over(until) and not pictures.run(seconds=SLICE_SECONDS):
                    pass


def is_over(until: float) -> bool:
    """Return whether a time is over, or the worker is to end."""
    return stopping.is_set() or monotonic() > until
