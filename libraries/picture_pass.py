"""The picture pass: thumbnails, placeholders and perceptual hashes of all contents that have none yet, newest first."""

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import NamedTemporaryFile
from time import monotonic

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from content.models import ContentItem
from genonaut.interruptions import interruption_waits
from genonaut.progress import Progress
from genonaut.worker_process import stopping
from libraries.reports import printable
from media.files import FileGoneError, open_original
from media.models import LibraryFile, MediaFile
from media.pictures.limits import PassingError, PictureError, UnreadableError
from media.pictures.prepared import Prepared
from media.pictures.studio import Studio
from media.thumbnails import GRID, keep_thumbnail, thumbnail_size

BATCH_FILES = 50
# Pictures may wait for their batch so long before works show them.
BATCH_SECONDS = 2.0
QUERIED_FILES = 500
# By name: no process of the site or of a worker imports a decoder.
DECODERS = "media.pictures.decoding:optional_decoders"
PREPARE = "libraries.picturing:prepare_nicely"
AHEAD = 2
FIELDS = ["pictured_at", "thumbhash", "colour", "perceptual_hash", "picture_error", "width", "height", "duration"]
FIELDS += ["frames", "waits_for"]


def unpictured() -> QuerySet[MediaFile]:
    """Return the contents without pictures that can be opened: stored, or in a library that is there."""
    places = LibraryFile.objects.filter(media_file=OuterRef("pk"), missing_since=None, library__offline_since=None)
    return MediaFile.objects.filter(~Q(stored_as="") | Exists(places), pictured_at=None)


@dataclass
class PicturePass:
    """Makes pictures; `counts` says how many were `made`, `failed` (each is reported) and `left` for another time."""

    studio: Studio
    say: Callable[[str], object] = print
    is_shown: bool = False
    counts: Counter[str] = field(default_factory=Counter)
    # They could not be opened: left until the next pass.
    left: set[int] = field(default_factory=set)
    # The file may not be to blame: they are tried once more.
    again: list[MediaFile] = field(default_factory=list)
    # Whether it is known what decoders there are: a process imports them once.
    has_asked: bool = False

    def run(self, *, seconds: float | None = None) -> bool:
        """Make pictures until there is none to make, or for some seconds; return whether none is left."""
        until = None if seconds is None else monotonic() + seconds
        self._take_up()
        is_shown = self.is_shown and unpictured().exists()
        with Progress(unpictured().count() if is_shown else 0, " pictures", self.say, is_shown=is_shown) as progress:
            batch: list[MediaFile] = []
            saved_at = monotonic()
            for file in self._prepared(until):
                batch.append(file)
                if len(batch) >= BATCH_FILES or monotonic() - saved_at > BATCH_SECONDS:
                    self._save(batch)
                    progress.advance(len(batch))
                    batch, saved_at = [], monotonic()
            self._save(batch)
            progress.advance(len(batch))
        return until is None or monotonic() < until

    def _take_up(self) -> None:
        """Let contents that waited for a decoder be pictured again, if it is installed by now. One query as a rule."""
        waiting = MediaFile.objects.exclude(waits_for="")
        if self.has_asked or not waiting.exists():
            return
        self.has_asked = True
        waiting = waiting.filter(waits_for__in=self.studio.submit(DECODERS).result())
        while pks := list(waiting.order_by("pk").values_list("pk", flat=True)[:QUERIED_FILES]):
            with transaction.atomic():
                locked = MediaFile.objects.filter(pk__in=pks).order_by("sha256").select_for_update(no_key=True)
                list(locked.values_list("pk"))
                MediaFile.objects.filter(pk__in=pks).update(pictured_at=None, picture_error="", waits_for="")

    def _pending(self, until: float | None) -> Iterator[MediaFile]:
        """Yield contents until there are none, or until the time is over."""
        last = None
        while files := self._next(last):
            for file in files:
                if until is not None and monotonic() > until:
                    return
                yield file
            last = files[-1].pk

    def _next(self, last: int | None) -> list[MediaFile]:
        """Return some contents whose ids are below the last one's."""
        files = unpictured().exclude(pk__in=self.left).order_by("-pk")
        return list((files if last is None else files.filter(pk__lt=last))[:QUERIED_FILES])

    def _prepared(self, until: float | None) -> Iterator[MediaFile]:
        """Yield contents with what their pictures are, in no order."""
        waiting: dict[Future, tuple[MediaFile, ExitStack]] = {}
        try:
            for file in self._pending(until):
                if not file.mime.startswith(("image/", "video/")):
                    yield file  # a sound or a text
                    continue
                with ExitStack() as stack:
                    path = self._opened(file, stack)
                    if path is None:
                        continue
                    waiting[self._submit(file, path)] = file, stack.pop_all()
                if len(waiting) > AHEAD * self.studio.processes:
                    yield from self._finished(waiting)
            while waiting:
                yield from self._finished(waiting)
            yield from self._tried_again()
        finally:
            for _file, stack in waiting.values():
                stack.close()

    def _opened(self, file: MediaFile, stack: ExitStack) -> Path | None:
        """Return a path of a content on this machine; None if it cannot be opened now."""
        try:
            original = open_original(file)
        except FileGoneError:
            self._leave(file)
            return None
        with original.file as source:
            if original.path is not None:
                return original.path
            copy = stack.enter_context(NamedTemporaryFile())  # noqa: SIM115 - the stack closes it
            shutil.copyfileobj(source, copy)
            copy.flush()
            return Path(copy.name)

    def _finished(self, waiting: dict[Future, tuple[MediaFile, ExitStack]]) -> Iterator[MediaFile]:
        for future in wait(waiting, return_when=FIRST_COMPLETED).done:
            file, stack = waiting.pop(future)
            stack.close()
            if isinstance(future.exception(), PassingError):
                self.again.append(file)
            else:
                yield from self._outcome(file, future)

    def _tried_again(self) -> Iterator[MediaFile]:
        """Try contents once more, one at a time, whose processes died or were too slow beside others."""
        while self.again:
            file = self.again.pop()
            with ExitStack() as stack:
                path = self._opened(file, stack)
                if path is not None:
                    future = self._submit(file, path)
                    wait([future])
                    yield from self._outcome(file, future)

    def _submit(self, file: MediaFile, path: Path) -> Future[Prepared | None]:
        return self.studio.submit(PREPARE, path, bytes(file.sha256), GRID, self.studio.limits)

    def _outcome(self, file: MediaFile, future: Future[Prepared | None]) -> Iterator[MediaFile]:
        """Yield a content with its picture, or with why it has none; leave one that is another by now. So too one whose
        bytes the file system did not give, and one that was ended with the worker."""
        try:
            prepared = future.result()
        except PictureError as error:
            if isinstance(error, UnreadableError) or (stopping.is_set() and isinstance(error, PassingError)):
                self._leave(file)
                return
            file.picture_error, file.waits_for = str(error).replace("\0", ""), error.decoder
            yield file
            return
        if prepared is None:
            self._leave(file)
        else:
            keep(file, prepared)
            yield file

    def _leave(self, file: MediaFile) -> None:
        self.left.add(file.pk)
        self.counts["left"] += 1

    def _save(self, files: list[MediaFile]) -> None:
        """Write what was made of some contents, and that their works have pictures. One transaction, 3 queries."""
        if not files:
            return
        now = timezone.now()
        for file in files:
            file.pictured_at = now
        pictured = [file.pk for file in files if file.thumbhash is not None]
        with interruption_waits():
            with transaction.atomic():
                # In the order in which files that arrive are locked.
                contents = MediaFile.objects.filter(pk__in=[file.pk for file in files]).order_by("sha256")
                known = {file.pk for file in contents.select_for_update(no_key=True).only("pk")}
                MediaFile.objects.bulk_update([file for file in files if file.pk in known], FIELDS)
                ContentItem.objects.filter(media_file__in=pictured).update(is_pictured=True)
            self.counts["made"] += len(pictured)
            for file in files:
                if file.picture_error:
                    self.counts["failed"] += 1
                    self.say(f"{name_of(file)}: no picture: the file {file.picture_error}")


def name_of(file: MediaFile) -> str:
    """Return where a content lies in a library; its format and hash if it is stored. One query."""
    places = file.places.filter(missing_since=None).select_related("library").order_by("pk")
    place = places.first()
    return str(file) if place is None else f"{place.library.name}: {printable(place.path)}"


def keep(file: MediaFile, prepared: Prepared) -> None:
    """Write thumbnails, and set what is kept of a picture; sizes that carriers do not tell among it."""
    for width in GRID:
        size = thumbnail_size(prepared.width, prepared.height, width)
        keep_thumbnail(file.hex, width, prepared.thumbnails[size[0]])
    file.thumbhash, file.colour = prepared.thumbhash, prepared.colour
    file.perceptual_hash, file.picture_error = prepared.perceptual_hash, ""
    if file.width is None:
        file.width, file.height = prepared.width, prepared.height
    file.duration = file.duration or prepared.duration
    file.frames = file.frames or prepared.frames
