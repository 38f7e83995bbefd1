"""The read pass: real files become works, once each, and keep what they are wherever they are moved."""

import inspect
import json
import os
import shutil
import socket
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from django.utils import timezone

from content.models import ContentItem
from libraries.read_pass import OutOfTimeError, ReadPass
from libraries.reading import BUFFER, read_file
from libraries.rereading import Rereading, outdated
from media.models import GenerationData, Library, LibraryFile, MediaFile, MetadataBlocks
from media.pictures.studio import Studio
from media.walking import walk
from tests.generated_files import make
from tests.libraries.conftest import OLD_NS, SAMPLES, age
from users.models import User

EXPECTED = json.loads((SAMPLES / "expected.json").read_text())
Sample = Callable[..., Path]
Read = Callable[[], dict[str, int]]


def places() -> dict[str, str]:
    """Return the error of each place by path; empty where a content lies."""
    return dict(LibraryFile.objects.values_list("path", "error"))


def test_all_samples_are_works_with_their_generation_data(library: Library, sample: Sample, read: Read) -> None:
    for path in SAMPLES.iterdir():
        if path.name != "expected.json":
            sample(path.name)
    assert read() == {"new": 18, "works": 18}
    found = {
        place.path: {
            "prompt": place.media_file.generation.prompt,
            "seed": str(place.media_file.generation.seed),
            "model": place.media_file.generation.model and place.media_file.generation.model.name,
        }
        for place in LibraryFile.objects.select_related("media_file__generation__model")
    }
    assert found == EXPECTED
    assert ContentItem.objects.filter(generation__isnull=False, library=library).count() == 18


def test_an_unchanged_library_is_read_without_opening_a_file(sample: Sample, read: Read) -> None:
    path = sample("01_a1111.png")
    read()
    found = path.stat()
    path.write_bytes(b"other bytes".ljust(found.st_size))
    os.utime(path, ns=(found.st_mtime_ns, found.st_mtime_ns))
    assert read() == {"unchanged": 1}


@pytest.mark.parametrize("to", ["renamed.png", "below/01_a1111.png", "new\nline.png", "фонарь 🏮.png"])
def test_a_moved_file_stays_its_work(sample: Sample, read: Read, folder: Path, to: str) -> None:
    path = sample("01_a1111.png")
    read()
    item = ContentItem.objects.get()
    (folder / to).parent.mkdir(exist_ok=True)
    path.rename(folder / to)
    assert read() == {"moved": 1}
    assert (ContentItem.objects.get().pk, places()) == (item.pk, {to: ""})


def test_a_file_moved_back_after_a_scan_without_it_is_no_longer_missing(
    sample: Sample, read: Read, tmp_path: Path
) -> None:
    sample("10_comfy.png")
    path = sample("01_a1111.png")
    read()
    path.rename(tmp_path / "aside.png")
    assert read() == {"unchanged": 1, "missing": 1}
    assert LibraryFile.objects.get(missing_since__isnull=False).path == "01_a1111.png"
    assert read() == {"unchanged": 1}
    (tmp_path / "aside.png").rename(path)
    assert read() == {"unchanged": 1, "returned": 1}
    assert not LibraryFile.objects.filter(missing_since__isnull=False).exists()


def test_a_missing_file_that_comes_back_elsewhere_was_moved(sample: Sample, read: Read, tmp_path: Path) -> None:
    sample("10_comfy.png")
    path = sample("01_a1111.png")
    read()
    path.rename(tmp_path / "aside.png")
    read()
    (tmp_path / "aside.png").rename(path.with_name("other.png"))
    assert read() == {"unchanged": 1, "moved": 1}
    assert places() == {"10_comfy.png": "", "other.png": ""}
    assert not LibraryFile.objects.filter(missing_since__isnull=False).exists()


def test_a_file_that_is_moved_to_another_folder_is_not_missing_in_its_own(
    sample: Sample, read: Read, folder: Path, library: Library, studio: Studio
) -> None:
    sample("10_comfy.png", "one/a.png")
    sample("01_a1111.png", "b.png")
    read()
    (folder / "two").mkdir()
    (folder / "one/a.png").rename(folder / "two/c.png")
    (folder / "b.png").rename(folder / "two/d.png")
    report = ReadPass(library, studio).look_at({"one/a.png", "b.png", "two", "two/c.png", "two/d.png"})
    assert {kind: count for kind, count in report.counts.items() if count} == {"moved": 2}
    assert places() == {"two/c.png": "", "two/d.png": ""}


def test_copies_are_one_work_with_two_places(sample: Sample, read: Read) -> None:
    sample("01_a1111.png")
    sample("01_a1111.png", "copy.png")
    assert read() == {"new": 2, "works": 1}
    assert (ContentItem.objects.count(), MediaFile.objects.count()) == (1, 1)


def test_copies_that_are_moved_together_leave_nothing_missing(sample: Sample, read: Read, folder: Path) -> None:
    sample("01_a1111.png", "one/a.png")
    sample("01_a1111.png", "one/b.png")
    read()
    (folder / "one").rename(folder / "two")
    assert read() == {"moved": 2}
    assert places() == {"two/a.png": "", "two/b.png": ""}


def test_another_file_under_the_same_name_is_another_work(sample: Sample, read: Read) -> None:
    sample("01_a1111.png", "a.png")
    read()
    old = ContentItem.objects.get()
    sample("10_comfy.png", "a.png")
    assert read() == {"changed": 1, "works": 1}
    assert ContentItem.objects.exclude(pk=old.pk).get().media_file.places.get().path == "a.png"
    old.refresh_from_db()
    assert old.media_file.places.count() == 0


def test_a_thousand_moved_files_keep_their_ids(library: Library, folder: Path, read: Read) -> None:
    for number in range(1_000):
        make(folder / "before", number)
    assert read() == {"new": 1_000, "works": 1_000}
    works = set(ContentItem.objects.values_list("pk", "media_file"))
    (folder / "before").rename(folder / "after")
    assert read() == {"moved": 1_000}
    assert set(ContentItem.objects.values_list("pk", "media_file")) == works
    assert all(path.startswith("after/") for path in places())


def test_what_cannot_be_read_says_why_and_the_rest_is_read(folder: Path, sample: Sample, read: Read) -> None:
    sample("01_a1111.png")
    whole = sample("10_comfy.png").read_bytes()
    (folder / "cut.png").write_bytes(whole[:20])
    (folder / "noise.png").write_bytes(bytes(range(256)) * 40)
    (folder / "empty.png").touch()
    os.mkfifo(folder / "pipe.png")
    with (folder / "huge.mp4").open("wb") as file:
        file.write((SAMPLES / "18_comfy.mp4").read_bytes())
        file.truncate(5 << 30)
    (folder / "device.png").symlink_to("/dev/zero")
    (folder / "nowhere.png").symlink_to("gone.png")
    (folder / "loop.png").symlink_to("loop.png")
    (folder / "notes.log").write_text("no work")
    for name in ("cut.png", "noise.png", "empty.png", "notes.log"):
        age(folder / name)
    assert read() == {"new": 2, "works": 2, "unreadable": 9}
    assert {path: error for path, error in places().items() if error} == {
        "cut.png": "The png file is damaged or cut off before its size is known.",
        "noise.png": "The file is of no format that is supported.",
        "empty.png": "is empty",
        "pipe.png": "is a pipe, a socket or a device",
        "huge.mp4": "has 5,368,709,120 bytes, more than the allowed 4,294,967,296",
        "device.png": "is a link that leads out of the library",
        "nowhere.png": "is a link that leads nowhere",
        "loop.png": "is a link that leads nowhere",
        "notes.log": "is a text: only .txt and .md files are works",
    }
    assert read() == {"unchanged": 2, "as_before": 9}


def test_a_file_that_is_mended_is_read(folder: Path, sample: Sample, read: Read) -> None:
    age(folder / "a.png", sample("01_a1111.png").read_bytes()[:20])
    read()
    sample("10_comfy.png", "a.png")
    assert read() == {"changed": 1, "works": 1, "unchanged": 1}
    assert places()["a.png"] == ""


def test_a_file_that_could_not_be_read_and_is_gone_is_forgotten(folder: Path, sample: Sample, read: Read) -> None:
    sample("01_a1111.png")
    age(folder / "a.png", b"\0\1\2")
    read()
    (folder / "a.png").unlink()
    assert read() == {"unchanged": 1}
    assert places() == {"01_a1111.png": ""}


def test_a_file_that_is_being_written_is_left_for_the_next_scan(folder: Path, sample: Sample, read: Read) -> None:
    whole = sample("01_a1111.png").read_bytes()
    half = folder / "half.png"
    half.write_bytes(whole[:-3_000])
    counts = read()
    assert counts == {"new": 1, "works": 1, "unfinished": 1}
    assert places() == {"01_a1111.png": ""}
    half.write_bytes(whole + b"\0")
    assert read() == {"unchanged": 1, "new": 1, "works": 1}


def test_links_inside_the_library_are_no_second_files(folder: Path, sample: Sample, read: Read) -> None:
    sample("01_a1111.png", "real/a.png")
    sample("10_comfy.png", ".store/b.png")
    (folder / "again.png").symlink_to("real/a.png")
    (folder / "b.png").symlink_to(".store/b.png")
    (folder / "folder").symlink_to("real")
    (folder / "real" / "up").symlink_to("..")
    assert read() == {"new": 2, "works": 2}
    assert places() == {"real/a.png": "", "b.png": ""}


def test_a_text_or_first_frame_that_leads_out_of_the_library_is_reported_and_not_read(
    folder: Path, sample: Sample, read: Read, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text(SIDECAR.format(prompt="a secret", seed=7, model="one"))
    shutil.copy(SAMPLES / "01_a1111.png", tmp_path / "frame")
    sample("34_sidecar.png", "a.png")
    (folder / "a.txt").symlink_to(tmp_path / "secret")
    sample("34_sidecar.png", "b.png").write_bytes((SAMPLES / "34_sidecar.png").read_bytes() + b"\0")
    sample("34_sidecar.txt", ".store/b")
    (folder / "b.txt").symlink_to(".store/b")
    video = (SAMPLES / "18_comfy.mp4").read_bytes()
    (folder / "c.mp4").write_bytes(video.replace(b"prompt", b"pr0mpt").replace(b"workflow", b"w0rkflow"))
    (folder / "c.png").symlink_to(tmp_path / "frame")
    assert read() == {"new": 3, "works": 3, "unreadable": 2}
    error = "is a link that leads out of the library"
    assert places() == {"a.png": "", "a.txt": error, "b.png": "", "c.mp4": "", "c.png": error}
    assert sorted(ContentItem.objects.values_list("prompt", flat=True)) == [
        "",
        "",
        EXPECTED["34_sidecar.png"]["prompt"],
    ]


def test_what_other_programs_keep_is_passed_over(sample: Sample, read: Read) -> None:
    for name in (".thumbnails/a.png", "@eaDir/a.png", ".hidden.png", ".hidden/a.png", "a.swarmpreview.png"):
        sample("01_a1111.png", name)
    sample("10_comfy.png")
    assert read() == {"new": 1, "works": 1}


def test_a_text_beside_a_picture_is_its_sidecar_and_a_text_alone_is_a_work(
    folder: Path, sample: Sample, read: Read
) -> None:
    sample("34_sidecar.png")
    sample("34_sidecar.txt")
    (folder / "34_sidecar.json").write_text("{}")
    (folder / "poem.txt").write_text("Fog on the water.\n")
    assert read() == {"new": 2, "works": 2}
    assert ContentItem.objects.get(content_type="text").data == "Fog on the water.\n"
    assert ContentItem.objects.get(content_type="image").prompt == EXPECTED["34_sidecar.png"]["prompt"]


SIDECAR = "{prompt}\nNegative prompt: blurry\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: {seed}, Model: {model}\n"


def test_a_text_that_changes_comes_or_goes_beside_a_picture_is_read_again(
    folder: Path, sample: Sample, read: Read
) -> None:
    sample("34_sidecar.png", "a.png")
    read()
    item = ContentItem.objects.get()
    sidecar = folder / "a.txt"
    for prompt, seed, model in (("a red kite", 7, "one"), ("two green boats", 8, "two")):
        sidecar.write_text(SIDECAR.format(prompt=prompt, seed=seed, model=model))
        assert read() == {"unchanged": 1, "renewed": 1}
        work = ContentItem.objects.select_related("generation__model").get(pk=item.pk)
        assert (work.title, work.prompt, work.generation_seed) == (prompt, prompt, seed)
        assert (work.generation.seed, work.generation.model.name) == (seed, model)
        assert read() == {"unchanged": 1}
    assert read_again(ContentItem.objects.get()) == ("a1111", "two green boats")
    (folder / "b").mkdir()
    for name in ("a.png", "a.txt"):
        (folder / name).rename(folder / "b" / name)
    assert read() == {"moved": 1}
    assert read() == {"unchanged": 1}
    (folder / "b/a.txt").unlink()
    assert read() == {"unchanged": 1, "renewed": 1}
    work = ContentItem.objects.select_related("generation").get(pk=item.pk)
    assert (work.title, work.prompt, work.generation.prompt, work.generation_seed) == ("a", "", "", None)


def test_a_text_beside_a_link_within_the_library_is_read_and_seen_when_it_changes(
    folder: Path, sample: Sample, read: Read
) -> None:
    sample("34_sidecar.png", ".store/a.png")
    (folder / "a.png").symlink_to(".store/a.png")
    for prompt, told in (("a red kite", {"new": 1, "works": 1}), ("two boats", {"unchanged": 1, "renewed": 1})):
        (folder / "a.txt").write_text(SIDECAR.format(prompt=prompt, seed=7, model="one"))
        assert read() == told
        assert ContentItem.objects.get().prompt == prompt


def test_a_file_is_hashed_whole_and_nothing_is_looked_for_beside_one_that_lies_alone(
    folder: Path, sample: Sample
) -> None:
    content = (SAMPLES / "34_sidecar.png").read_bytes() + bytes(len(BUFFER) * 2)
    sample("34_sidecar.png", "a.png").write_bytes(content)
    sample("34_sidecar.txt", "a.txt")
    both = [read_file(str(folder), "a.png", is_alone=is_alone) for is_alone in (False, True)]
    assert [file.sha256 for file in both] == [sha256(content).digest()] * 2
    assert [file.reading.generation.prompt for file in both] == [EXPECTED["34_sidecar.png"]["prompt"], None]


@pytest.mark.parametrize(("name", "title"), [("holiday", "holiday"), ("red kite", "Untitled")])
def test_a_work_that_hides_its_prompt_takes_no_title_of_a_text_that_comes_beside_it(
    folder: Path, sample: Sample, read: Read, name: str, title: str
) -> None:
    sample("34_sidecar.png", f"{name}.png")
    read()
    ContentItem.objects.update(hides_prompt=True)
    (folder / f"{name}.txt").write_text(SIDECAR.format(prompt="a red kite", seed=7, model="one"))
    assert read() == {"unchanged": 1, "renewed": 1}
    work = ContentItem.objects.get()
    assert (work.title, work.tags, work.prompt) == (title, [], "a red kite")


def test_a_caption_in_prose_beside_a_photo_is_shown_and_found_and_no_prompt_of_a_generator(
    folder: Path, sample: Sample, read: Read
) -> None:
    sample("34_sidecar.png", "IMG_1.png")
    caption = folder / "IMG_1.txt"
    for text in ("an heirloom teapot on a sill", "a kettle"):
        caption.write_text(text)
        read()
        item = ContentItem.objects.get()
        assert (item.title, item.prompt, item.generation) == (text, text, None)
        assert ContentItem.objects.matching(text).get() == item
    caption.unlink()
    assert read() == {"unchanged": 1, "renewed": 1}
    item.refresh_from_db()
    assert (item.title, item.prompt) == ("IMG 1", "")


def read_again(item: ContentItem) -> tuple[str, str]:
    """Return what a newer reader makes of the stored blocks of a work: generator and prompt."""
    MetadataBlocks.objects.update(reader_version=0)
    Rereading().run(outdated(), lambda _count: None)
    item.generation.refresh_from_db()
    return item.generation.generator, item.generation.prompt


def test_a_text_that_changes_beside_a_picture_leaves_what_its_owner_wrote_and_what_others_have(
    folder: Path, sample: Sample, read: Read, tmp_path: Path, studio: Studio
) -> None:
    sample("34_sidecar.png", "a.png")
    sample("34_sidecar.txt", "a.txt")
    read()
    ContentItem.objects.update(title="My own", tags=["mine"])
    (folder / "a.txt").write_text(SIDECAR.format(prompt="a red kite", seed=7, model="one"))
    assert read() == {"unchanged": 1, "renewed": 1}
    work = ContentItem.objects.get()
    assert (work.title, work.tags, work.prompt) == ("My own", ["mine"], "a red kite")
    other = Library.objects.create(
        name="other", folder=str(tmp_path / "other"), owner=User.objects.create_user("other"), is_private=True
    )
    shutil.copytree(folder, other.folder)
    ReadPass(other, studio).scan()
    Path(other.folder, "a.txt").write_text(SIDECAR.format(prompt="forged words", seed=9, model="two"))
    ReadPass(other, studio).scan()
    assert list(GenerationData.objects.values_list("prompt", "seed")) == [("a red kite", 7)]


def test_a_video_and_its_first_frame_are_one_work(sample: Sample, read: Read) -> None:
    sample("18_comfy.mp4", "a.mp4")
    sample("01_a1111.png", "a.png")
    assert read() == {"new": 1, "works": 1}
    assert ContentItem.objects.get().content_type == "video"


@pytest.mark.parametrize(
    ("name", "other", "other_name"),
    [("a.png", "18_comfy.mp4", "a.mp4"), ("a.txt", "01_a1111.png", "a.png"), ("a.png.txt", "01_a1111.png", "a.png")],
)
@pytest.mark.parametrize("scan", ["whole", "part"])
def test_a_work_stays_one_if_a_file_comes_that_it_would_belong_to(
    library: Library, sample: Sample, read: Read, studio: Studio, scan: str, name: str, other: str, other_name: str
) -> None:
    sample("10_comfy.png" if name == "a.png" else "34_sidecar.txt", name)
    assert read() == {"new": 1, "works": 1}
    sample(other, other_name)
    if scan == "whole":
        counts = read()
    else:
        counts = {
            kind: count for kind, count in ReadPass(library, studio).look_at([other_name]).counts.items() if count
        }
    counts.pop("unchanged", None)
    assert counts == {"new": 1, "works": 1}
    assert read() == {"unchanged": 2}
    assert not LibraryFile.objects.filter(missing_since__isnull=False).exists()
    assert ContentItem.objects.count() == 2


def test_a_work_that_others_came_to_is_read_again_when_it_changes_and_missing_when_it_goes(
    folder: Path, sample: Sample, read: Read
) -> None:
    sample("10_comfy.png", "a.png")
    read()
    sample("18_comfy.mp4", "a.mp4")
    read()
    sample("01_a1111.png", "a.png")
    assert read()["works"] == 1
    (folder / "a.png").unlink()
    assert read()["missing"] == 1
    # Its place is another's from then on.
    sample("01_a1111.png", "a.png")
    assert "works" not in read()


def test_a_video_without_metadata_takes_its_first_frames(folder: Path, sample: Sample, read: Read) -> None:
    video = (SAMPLES / "18_comfy.mp4").read_bytes()
    (folder / "a.mp4").write_bytes(video.replace(b"prompt", b"pr0mpt").replace(b"workflow", b"w0rkflow"))
    sample("01_a1111.png", "a.png")
    assert read() == {"new": 1, "works": 1}
    item = ContentItem.objects.get()
    assert (item.content_type, item.prompt) == ("video", EXPECTED["01_a1111.png"]["prompt"])


def test_a_name_that_is_not_utf_8_is_reported_each_time(folder: Path, library: Library, studio: Studio) -> None:
    shutil.copy(SAMPLES / "01_a1111.png", os.fsencode(folder) + b"/\xff.png")
    for _ in range(2):
        report = ReadPass(library, studio).scan()
        assert report.reasons == ["\\xff.png: has a name that is not UTF-8; rename it"]
    assert places() == {}


def test_a_path_that_is_too_long_is_reported(folder: Path, sample: Sample, read: Read) -> None:
    sample("01_a1111.png", "/".join(["d" * 250] * 11) + "/a.png")
    assert read() == {"unreadable": 1}
    assert places() == {}


def test_folders_below_folders_take_no_recursion(folder: Path, sample: Sample) -> None:
    sample("01_a1111.png", "d/" * 200 + "a.png")
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + 50)
    try:
        paths = [entry.path for entry in walk(str(folder))]
    finally:
        sys.setrecursionlimit(limit)
    assert paths == ["d/" * 200 + "a.png"]


def test_a_socket_is_no_file(folder: Path, sample: Sample, read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    sample("01_a1111.png")
    monkeypatch.chdir(folder)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("a.png")
        assert read() == {"new": 1, "works": 1, "unreadable": 1}


@pytest.mark.parametrize("away", ["gone", "empty", "a file"])
def test_a_folder_that_is_away_loses_nothing(
    library: Library, folder: Path, sample: Sample, read: Read, away: str
) -> None:
    sample("01_a1111.png")
    read()
    aside = folder.with_name("aside")
    folder.rename(aside)
    if away == "empty":
        folder.mkdir()
    elif away == "a file":
        folder.write_text("no folder")
    assert read() == {}
    library.refresh_from_db()
    assert library.offline_since is not None
    assert not LibraryFile.objects.filter(missing_since__isnull=False).exists()
    folder.rmdir() if folder.is_dir() else folder.unlink(missing_ok=True)
    aside.rename(folder)
    assert read() == {"unchanged": 1}
    library.refresh_from_db()
    assert library.offline_since is None


def test_a_folder_that_is_back_is_online_before_all_of_it_is_read(
    library: Library, sample: Sample, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    Library.objects.filter(pk=library.pk).update(offline_since=timezone.now())
    library.refresh_from_db()
    sample("01_a1111.png")
    sample("10_comfy.png")
    monkeypatch.setattr("libraries.read_pass.BATCH_FILES", 1)
    with pytest.raises(OutOfTimeError):
        ReadPass(library, studio, seconds=-1).scan()
    library.refresh_from_db()
    assert (library.offline_since, library.scanned_at) == (None, None)


def test_a_private_librarys_works_are_its_owners(library: Library, alice: User, sample: Sample, read: Read) -> None:
    Library.objects.filter(pk=library.pk).update(owner=alice, is_private=True, hides_prompts=True)
    sample("01_a1111.png")
    read()
    item = ContentItem.objects.get()
    assert (item.is_private, item.hides_prompt, item.creator, item.library) == (True, True, alice, library)


@pytest.mark.parametrize(
    ("mtime_ns", "created_at"),
    [
        (OLD_NS, datetime(2020, 9, 13, 12, 26, 40, tzinfo=UTC)),
        (-(2**31) * 10**9, datetime(1901, 12, 13, 20, 45, 52, tzinfo=UTC)),
    ],
)
def test_a_work_is_as_old_as_its_file(sample: Sample, read: Read, mtime_ns: int, created_at: datetime) -> None:
    path = sample("01_a1111.png")
    os.utime(path, ns=(mtime_ns, mtime_ns))
    read()
    assert ContentItem.objects.get().created_at == created_at


def test_a_damaged_file_of_the_future_is_not_waited_for(folder: Path, read: Read) -> None:
    (folder / "empty.png").write_bytes(b"")
    tomorrow = time.time_ns() + 86_400 * 10**9
    os.utime(folder / "empty.png", ns=(tomorrow, tomorrow))
    assert read() == {"unreadable": 1}
    assert LibraryFile.objects.get().error == "is empty"


@pytest.mark.parametrize("mtime_ns", [2**63 - 1, 2**70])
def test_a_file_of_the_future_is_of_now(sample: Sample, read: Read, mtime_ns: int) -> None:
    before = timezone.now()
    os.utime(sample("01_a1111.png"), ns=(mtime_ns, mtime_ns))
    read()
    assert before <= ContentItem.objects.get().created_at <= timezone.now()
