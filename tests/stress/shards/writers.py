"""Writers of each server: works come, go, are scored again, published and hidden, one transaction each."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from random import Random
from threading import Event, Thread

import psycopg
from psycopg.errors import ForeignKeyViolation

from content.models import ContentItem

TABLE = ContentItem._meta.db_table
PAUSE_SECONDS = 0.005
# A row near a random one: of all servers alike, whatever their ids.
SOME = f"(SELECT id FROM {TABLE} WHERE id >= %(near)s ORDER BY id LIMIT 1)"
WRITES = {
    "come": f"""INSERT INTO {TABLE} (title, content_type, source, creator_id, prompt, data, metadata, tags,
            quality_score, is_private, seed, created_at, updated_at)
        SELECT title, content_type, source, creator_id, prompt, data, metadata, tags, quality_score, is_private, seed,
            created_at + %(shift)s * interval '1 minute', now() FROM {TABLE} WHERE id = {SOME}""",
    "go": f"DELETE FROM {TABLE} WHERE id = {SOME} AND random() < 0.5",
    "are scored again": f"UPDATE {TABLE} SET quality_score = random() WHERE id = {SOME}",
    "are hidden or published": f"UPDATE {TABLE} SET is_private = NOT is_private WHERE id = {SOME}",
    "are dated again": f"UPDATE {TABLE} SET created_at = created_at + interval '1 day' WHERE id = {SOME}",
}


class Writer(Thread):
    """Writes to one server until it is told to end."""

    def __init__(self, url: str, writes: Sequence[str], seed: int, ended: Event) -> None:
        super().__init__(daemon=True)
        self.url, self.writes, self.random, self.ended = url, writes, Random(seed), ended
        self.written = 0

    def run(self) -> None:
        """Write one row after the other."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            first, last = connection.execute(f"SELECT min(id), max(id) FROM {TABLE}").fetchone()
            while not self.ended.wait(PAUSE_SECONDS):
                params = {"near": self.random.randint(first, last), "shift": self.random.randint(-9, 9)}
                with suppress(ForeignKeyViolation):  # a work that a recommendation refers to stays
                    connection.execute(self.random.choice(self.writes), params)
                    self.written += 1


@contextmanager
def writing(urls: Sequence[str], kinds: Sequence[str] = tuple(WRITES)) -> Iterator[list[Writer]]:
    """Let one writer of each server write within the block, of some kinds; yield the writers."""
    ended = Event()
    writes = [WRITES[kind] for kind in kinds]
    writers = [Writer(url, writes, seed, ended) for seed, url in enumerate(urls)]
    for writer in writers:
        writer.start()
    try:
        yield writers
    finally:
        ended.set()
        for writer in writers:
            writer.join()
