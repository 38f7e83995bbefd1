"""Drawings that are kept: within their limit, by any number of processes, and never in the way of an answer."""

import os
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
from django.conf import settings as configured
from pytest_django.fixtures import Settings

from content.drawing_cache import FILL, SHARDS, TOUCH_SECONDS, cached, shard_of

CONTENT = b"drawing" * 100
ROOM = 10 * len(CONTENT)


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Path:
    """An empty folder with room for ten drawings in each shard."""
    settings.DRAWINGS_DIR, settings.DRAWINGS_BYTES = tmp_path / "drawings", ROOM * SHARDS
    return settings.DRAWINGS_DIR


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def never() -> bytes:
    raise AssertionError


def names_of_a_shard(count: int) -> list[str]:
    """Return names of files that lie in one shard."""
    shard = shard_of("0.webp")
    return [name for name in (f"{n}.webp" for n in range(count * SHARDS * 3)) if shard_of(name) == shard][:count]


def test_a_drawing_is_drawn_once_and_kept(folder: Path) -> None:
    assert cached("a.webp", lambda: CONTENT) == cached("a.webp", never) == CONTENT
    assert [path.name for path in files(folder)] == ["a.webp"]


def test_what_was_used_longest_ago_goes_first_and_a_read_is_a_use(folder: Path) -> None:
    names = names_of_a_shard(12)
    for age, name in enumerate(names[:10]):
        cached(name, lambda: CONTENT)
        os.utime(shard_of(name) / name, (1, 1 + age))
    os.utime(shard_of(names[5]) / names[5], (1, 1))
    cached(names[0], never)
    assert (shard_of(names[0]) / names[0]).stat().st_mtime > TOUCH_SECONDS
    cached(names[10], lambda: CONTENT)
    kept = {path.name for path in files(folder)}
    assert names[5] not in kept
    assert {names[0], *names[7:11]} <= kept
    assert sum(path.stat().st_size for path in files(folder)) <= ROOM * (FILL + 0.1)


def test_parts_of_processes_that_were_killed_go_as_well(folder: Path) -> None:
    [name] = names_of_a_shard(1)
    shard_of(name).mkdir(parents=True)
    part = shard_of(name) / "x.part"
    part.write_bytes(b"x" * ROOM)
    os.utime(part, (1, 1))
    cached(name, lambda: CONTENT)
    assert [path.name for path in files(folder)] == [name]


def use(folder: Path, start: int) -> bool:
    """Use drawings of one shard, in a process of its own."""
    configured.DRAWINGS_DIR, configured.DRAWINGS_BYTES = folder, ROOM * SHARDS
    names = names_of_a_shard(40)
    return all(cached(names[(start + n * 7) % 40], lambda: CONTENT) == CONTENT for n in range(60))


def test_processes_that_draw_and_evict_at_once_always_answer_and_keep_the_limit(folder: Path) -> None:
    with ProcessPoolExecutor(3, mp_context=get_context("fork")) as processes:
        assert all(processes.map(use, [folder] * 3, (0, 13, 26)))
    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(lambda start: use(folder, start), range(4)))
    cached(names_of_a_shard(41)[-1], lambda: CONTENT)
    assert 0 < sum(path.stat().st_size for path in files(folder)) <= ROOM
    assert [path for path in files(folder) if path.suffix != ".webp"] == []


def test_a_folder_that_cannot_be_made_read_or_written_hides_no_drawing(settings: Settings, tmp_path: Path) -> None:
    plain = tmp_path / "file"
    plain.write_bytes(b"")
    # /proc takes no files from any account; /dev/full is a full disk by name, but no folder.
    for path in (plain, plain / "below", Path("/proc/drawings"), Path("/dev/full")):
        settings.DRAWINGS_DIR = path
        assert cached("a.webp", lambda: CONTENT) == CONTENT, path
    assert plain.read_bytes() == b""


def test_a_write_that_fails_hides_no_drawing_and_leaves_no_part(folder: Path) -> None:
    # The name of the file is taken by a folder: the rename fails as on a disk that is full.
    (shard_of("a.webp") / "a.webp" / "x").mkdir(parents=True)
    assert cached("a.webp", lambda: CONTENT) == CONTENT
    assert files(folder) == []


@pytest.mark.parametrize("room", [0, len(CONTENT) * SHARDS - 1])
def test_a_drawing_that_its_shard_has_no_room_for_is_not_kept(settings: Settings, folder: Path, room: int) -> None:
    settings.DRAWINGS_BYTES = room
    assert cached("a.webp", lambda: CONTENT) == CONTENT
    assert not folder.exists()


def test_an_empty_file_is_no_drawing(folder: Path) -> None:
    shard_of("a.webp").mkdir(parents=True)
    (shard_of("a.webp") / "a.webp").write_bytes(b"")
    assert cached("a.webp", lambda: CONTENT) == cached("a.webp", never) == CONTENT
