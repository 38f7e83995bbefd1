"""Measures an export of all works and its import into an empty site, and compares the two sites row by row.

    .venv/bin/python -m tests.stress.exports --rows 19800

In a scratch copy of the database, to which a picture with generation data for each 99 works is added, with ratings and
comments, and albums with notes; files lie in folders of their own. The empty site is a database that is dropped at the
end.
"""

import random
import resource
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import psycopg
from django.core.management import call_command
from django.test import override_settings
from django.utils.module_loading import import_string
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.stress import command, report
from tests.stress.databases import connected_to, scratch_copy
from tests.stress.library import scratch_database

NAME = "exports"
# Records for each picture: a picture is decoded twice, once to be there and once by the import.
RECORDS_PER_PICTURE = 99
INFOTEXT = """a harbour in fog, number {0} <lora:fog:0.{1}>
Negative prompt: blurry
Steps: {2}, Sampler: Euler a, CFG scale: 7, Seed: {3}, Size: 64x48, Model hash: abcdef1234, Model: dream"""
# Ratings, comments and bookmarks of pictures, by accounts and at moments of chance.
DEEDS = """
INSERT INTO interactions_interaction (user_id, content_id, kind, rating, comment, metadata, created_at)
SELECT account.id, item.id, kind, CASE kind WHEN 'rate' THEN 1 + item.id %% 5 END,
    CASE kind WHEN 'comment' THEN 'Said of ' || item.title || E'\n"так" \\ 火' ELSE '' END, '{}',
    item.created_at + item.id %% 1000 * interval '1 minute 7 microseconds'
FROM content_contentitem AS item, unnest(ARRAY['like', 'rate', 'comment', 'bookmark']) AS kind,
    LATERAL (SELECT id FROM users_user WHERE id > item.id %% 50 ORDER BY id LIMIT 2) AS account
WHERE item.media_file_id IS NOT NULL ON CONFLICT DO NOTHING
"""
ALBUMS = """
WITH album AS (
    INSERT INTO albums_album (owner_id, title, notes, query, is_public, cover_id, created_at, updated_at)
    SELECT id, 'Kept by ' || username, 'Notes of ' || username, '', id %% 2 = 0, %(cover)s, created_at, now()
    FROM users_user ORDER BY id LIMIT 50 RETURNING id
), smart AS (
    INSERT INTO albums_album (owner_id, title, notes, query, is_public, created_at, updated_at)
    SELECT id, 'Search of ' || username, '', 'tag=sea', false, created_at, now() FROM users_user ORDER BY id LIMIT 50
)
INSERT INTO albums_albumitem (album_id, content_id, position, note, audience, added_at)
SELECT album.id, item.id, item.id * 1000000, CASE WHEN item.id %% 3 = 0 THEN 'Note ' || item.id ELSE '' END, 2,
    item.created_at + interval '1 day' FROM album, content_contentitem AS item WHERE item.id %% 37 = album.id %% 37
"""
WORK = "work.title, work.created_at"
# What is to be the same, by names: ids differ. Who answered whom in comments is not exported.
KEPT = {
    "works": f"""
        SELECT ({WORK}, work.content_type, work.source, creator.username, work.prompt, work.data, work.metadata,
            work.tags, work.quality_score, work.prior_score, work.is_private, work.hides_prompt,
            coalesce(work.generation_seed, work.seed), work.likes, work.rating_count, work.rating_sum, file.sha256,
            said.prompt, said.negative_prompt, said.seed, said.steps, said.sampler, said.lora_weights, model.name)::text
        FROM content_contentitem AS work LEFT JOIN users_user AS creator ON creator.id = work.creator_id
        LEFT JOIN media_mediafile AS file ON file.id = work.media_file_id
        LEFT JOIN media_generationdata AS said ON said.media_file_id = work.generation_id
        LEFT JOIN media_generativemodel AS model ON model.id = said.model_id""",
    "likes, ratings, comments, bookmarks, views": f"""
        SELECT ({WORK}, account.username, deed.kind, deed.rating, deed.comment, deed.duration_seconds, deed.metadata,
            deed.created_at)::text
        FROM interactions_interaction AS deed JOIN content_contentitem AS work ON work.id = deed.content_id
        LEFT JOIN users_user AS account ON account.id = deed.user_id""",
    "albums": f"""
        SELECT (owner.username, album.title, album.notes, album.query, album.is_public, album.created_at, {WORK})::text
        FROM albums_album AS album JOIN users_user AS owner ON owner.id = album.owner_id
        LEFT JOIN content_contentitem AS work ON work.id = album.cover_id""",
    "works in albums, with notes": f"""
        SELECT (album.title, album.created_at, {WORK}, item.position, item.note, item.added_at)::text
        FROM albums_albumitem AS item JOIN albums_album AS album ON album.id = item.album_id
        JOIN content_contentitem AS work ON work.id = item.content_id""",
    # Those that are named: accounts that did nothing are no part of an export.
    "accounts": """
        SELECT (username, name, created_at)::text FROM users_user AS account
        WHERE EXISTS (SELECT FROM content_contentitem WHERE creator_id = account.id)
            OR EXISTS (SELECT FROM interactions_interaction WHERE user_id = account.id)
            OR EXISTS (SELECT FROM albums_album WHERE owner_id = account.id)""",
}


@contextmanager
def site(url: str, home: Path) -> Iterator[None]:
    """Let this process be a site with a database and folders of its own."""
    folders = {"MEDIA_ROOT": home / "media", "THUMBNAILS_DIR": home / "thumbnails"}
    with connected_to(url), override_settings(**folders):
        yield


def timed(action: Callable[[], object]) -> float:
    """Return how many seconds something takes."""
    began = perf_counter()
    action()
    return perf_counter() - began


def counted() -> None:
    """Move pending likes and ratings into the works."""
    import_string("interactions.counting.compact")()


def paint(folder: Path, pictures: int) -> None:
    """Write pictures that A1111 might have made, each another."""
    drawn = random.Random(7)
    for number in range(pictures):
        said = PngInfo()
        said.add_text("parameters", INFOTEXT.format(number, number % 10, number % 50, drawn.getrandbits(63)))
        colour = tuple(drawn.randrange(256) for _ in range(3))
        Image.new("RGB", (64, 48), colour).save(folder / f"{number}.png", "PNG", pnginfo=said)


def fill(url: str, home: Path, pictures: int) -> None:
    """Add pictures, what people did with them, and albums."""
    (home / "pictures").mkdir()
    paint(home / "pictures", pictures)
    with psycopg.connect(url) as connection:
        (owner,) = connection.execute("SELECT username FROM users_user ORDER BY id LIMIT 1").fetchone()
    with site(url, home):
        call_command("import_content", home / "pictures", "--owner", owner, verbosity=0)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(DEEDS, [])
            (cover,) = connection.execute("SELECT max(id) FROM content_contentitem").fetchone()
            connection.execute(ALBUMS, {"cover": cover})
        counted()


def kept(url: str) -> dict[str, Counter[str]]:
    """Return what is to be the same, row by row."""
    with psycopg.connect(url) as connection:
        connection.execute("SET timezone TO 'UTC'")
        return {name: Counter(row for (row,) in connection.execute(query)) for name, query in KEPT.items()}


def measure(url: str, rows: int) -> report.Result:
    """Export, import twice, and compare."""
    with TemporaryDirectory() as folder, scratch_copy(url) as source, scratch_database() as target:
        old, new, out = (Path(folder) / name for name in ("old", "new", "out"))
        old.mkdir()
        fill(source, old, rows // RECORDS_PER_PICTURE)
        seconds = {}
        with site(source, old):
            seconds["export"] = timed(lambda: call_command("export", out, verbosity=0))
        with site(target, new):
            for name in ("import", "once more"):
                seconds[name] = timed(lambda: call_command("import_export", out, verbosity=0))
            counted()
        files = [path.stat().st_size for path in out.rglob("*") if path.is_file()]
        before, after = kept(source), kept(target)
    return {
        "rows": rows,
        "works": before["works"].total(),
        "seconds": seconds,
        "files": len(files),
        "bytes": sum(files),
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "kept": {name: [found.total(), (found - after[name]).total()] for name, found in before.items()},
        "more": sum((after[name] - found).total() for name, found in before.items()),
    }


def section(result: report.Result) -> str:
    """Return the section of docs/benchmarks.md."""
    works = result["works"]
    times = [[name, f"{took:,.0f} s", report.number(works / took)] for name, took in result["seconds"].items()]
    lines = [[name, f"{total:,}", f"{lost:,}"] for name, (total, lost) in result["kept"].items()]
    return f"""An export of {works:,} works, and its import
{result["files"]:,} files, {result["bytes"] / 1e6:,.0f} MB; one in a hundred works has a picture with generation data.
The process, which does all three, took {result["memory"] / 1e6:,.0f} MB at most.

{report.table(["", "in all", "works a second"], times)}

Row by row, into an empty site; goal: no difference. Rows there that were not in the first: {result["more"]:,}.

{report.table(["", "rows", "missing or different"], lines)}
"""


if __name__ == "__main__":
    command.run(NAME, __doc__, measure, section)
