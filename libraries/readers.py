"""Reading many files by all cores: some at a time to each process, and what one of them breaks alone."""

from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import replace

from libraries.comparing import Known
from libraries.reading import FileRead, read_files
from media.pictures.limits import PictureError
from media.pictures.studio import Studio
from media.walking import Entry

Pair = tuple[Entry, Known | None]

# What a process is given at once: calls cost half a millisecond.
CHUNK_FILES, CHUNK_BYTES = 16, 32 * 1024 * 1024
# Chunks that wait or are done, for each process: it reads on while a batch is written.
AHEAD = 6


class Readers:
    """Reads the files of a folder in the processes of a studio, in no order."""

    def __init__(self, root: str, studio: Studio) -> None:
        self.root, self.studio = root, studio
        self.waiting: dict[Future, list[Pair]] = {}

    def read(self, pairs: Iterable[Pair]) -> Iterator[tuple[FileRead, Known | None]]:
        """Yield what was read of files; those with an error are handed on as they are."""
        chunk: list[Pair] = []
        size = 0
        for entry, known in pairs:
            if entry.error:
                yield FileRead(entry.path, entry.size, entry.mtime_ns, error=entry.error), known
                continue
            chunk.append((entry, known))
            size += entry.size
            if len(chunk) == CHUNK_FILES or size > CHUNK_BYTES:
                yield from self._submit(chunk)
                chunk, size = [], 0
        if chunk:
            yield from self._submit(chunk)
        while self.waiting:
            yield from self._finished()

    def _submit(self, chunk: list[Pair]) -> Iterator[tuple[FileRead, Known | None]]:
        self._start(chunk)
        while len(self.waiting) > AHEAD * self.studio.processes:
            yield from self._finished()

    def _start(self, chunk: list[Pair]) -> None:
        files = [(entry.path, entry.beside is None) for entry, _known in chunk]
        self.waiting[self.studio.submit(read_files, self.root, files)] = chunk

    def _finished(self) -> Iterator[tuple[FileRead, Known | None]]:
        """Wait for a chunk and yield its files. The files of one that failed are read one by one."""
        for future in wait(self.waiting, return_when=FIRST_COMPLETED).done:
            chunk = self.waiting.pop(future)
            try:
                files = future.result()
            except PictureError as error:
                if len(chunk) > 1:
                    for pair in chunk:
                        self._start([pair])
                    continue
                entry = chunk[0][0]
                files = [FileRead(entry.path, entry.size, entry.mtime_ns, error=str(error), is_passing=True)]
            for file, (entry, known) in zip(files, chunk, strict=True):
                # As it was seen, before it was read: what changes meanwhile is read by the next scan.
                yield (replace(file, beside=entry.beside) if entry.beside is not None else file), known
