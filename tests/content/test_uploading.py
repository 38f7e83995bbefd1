"""A file becomes a work, or is refused with one sentence and nothing is kept."""

import re
import struct
import zlib
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone
from PIL import Image, ImageFile
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from content import uploading
from content.models import ContentItem
from content.quotas import REFUSED_FOR
from content.refusals import RefusedFileError, check_quota, file_name
from content.uploading import Offer, kept, read_offer, take_file
from media import making
from media.models import GenerationData, MediaFile, StoredBytes
from media.thumbnails import GRID, thumbnail_path
from tests.media.pictures.dying import DyingStudio
from tests.uploads.files import GENERATED, files_below, picture, stored_bytes
from users.models import User

pytestmark = pytest.mark.usefixtures("own_folders")


def take(content: bytes, name: str, creator: User, **fields: object) -> ContentItem:
    with NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        taken = take_file(Offer(file, Path(file.name), name, creator, **fields))
    item = ContentItem.objects.get(pk=taken.item_id)
    item.is_new = taken.is_new
    return item


def refusal(content: bytes, name: str, creator: User) -> str:
    with pytest.raises(RefusedFileError) as error:
        take(content, name, creator)
    return str(error.value)


def test_a_file_is_stored_once_as_it_is_and_pictured_at_once(alice: User, settings: Settings) -> None:
    content = picture()
    item = take(content, "x.png", alice, is_private=True)
    file = item.media_file
    assert (item.creator, item.is_private, item.is_pictured, item.is_new) == (alice, True, True, True)
    assert stored_bytes(file.stored_as) == content
    assert file.stored_as == f"{file.hex[:2]}/{file.hex[2:4]}/{file.hex}.png"
    assert [thumbnail_path(file.hex, width).exists() for width in GRID] == [True] * len(GRID)
    assert len(files_below(settings.MEDIA_ROOT)) == 1


def test_what_the_generator_wrote_becomes_title_prompt_and_tags(alice: User) -> None:
    item = take((GENERATED / "10_comfy.png").read_bytes(), "ComfyUI_0001.png", alice)
    assert item.generation.generator == "comfyui"
    assert item.prompt == item.generation.prompt != ""
    said = take((GENERATED / "01_a1111.png").read_bytes(), "1.png", alice, title="T", prompt="P", tags=("t",))
    assert (said.title, said.prompt, said.tags, said.generation.generator) == ("T", "P", ["t"], "a1111")


def test_a_content_that_its_creator_has_is_the_same_work(alice: User, bob: User) -> None:
    content = picture()
    first = take(content, "a.png", alice)
    again = take(content, "b.png", alice)
    assert (again.pk, again.is_new) == (first.pk, False)
    his = take(content, "c.png", bob)
    assert (his.is_new, his.media_file, his.is_pictured) == (True, first.media_file, True)
    assert ContentItem.objects.count() == 2


def test_what_a_crash_left_half_stored_is_replaced(alice: User) -> None:
    content = picture()
    stored_as = take(content, "a.png", alice).media_file.stored_as
    ContentItem.objects.all().delete()
    GenerationData.objects.all().delete()
    MediaFile.objects.all().delete()
    with open(default_storage.path(stored_as), "wb") as file:
        file.write(content[:20])
    item = take(content, "a.png", alice)
    assert (item.media_file.stored_as, stored_bytes(stored_as)) == (stored_as, content)


def huge_png(width: int, height: int) -> bytes:
    """Return a PNG whose header says this size, and which holds one line of it."""
    out = b"\x89PNG\r\n\x1a\n"
    for kind, data in (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"\0" * 100)),
        (b"IEND", b""),
    ):
        out += struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return out


def animation(frames: int) -> bytes:
    images = [Image.new("P", (1, 1), number % 2) for number in range(frames)]
    out = BytesIO()
    images[0].save(out, "GIF", save_all=True, append_images=images[1:], optimize=False)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        (b"", "x.png", "The file is empty."),
        (b"\x89PNG\r\n\x1a\n", "x.png", "damaged"),
        (b"\x00\x01\x02\x03" * 100, "x.png", "format is not supported"),
        (b"MZ\x90\x00" + b"\x00" * 100, "x.exe", "format is not supported"),
        (b"<!DOCTYPE html><p>hello", "x.txt", "Web pages"),
        (b"\xef\xbb\xbf <html>", "x.txt", "Web pages"),
        (b"#!/bin/sh\necho", "x", "Web pages"),
        (b"alert(1)", "x.js", "Web pages"),
        (b"PK\x03\x04" + b"\x00" * 30, "x.zip", "unpack it"),
        (picture(), "film.mp4", "not what its name says: .mp4 is a video or sound, its content a picture"),
        (b"a text", "x.png", "not what its name says: .png is a picture, its content a text"),
        (huge_png(60_000, 60_000), "x.png", "3,600,000,000 pixels"),
        (huge_png(64, 64), "x.png", "damaged"),
        (picture()[:-200], "x.png", "damaged"),
        ("ä".encode() * 1_000_001, "x.txt", "at most 1,000,000"),
    ],
)
def test_a_file_that_is_refused_leaves_nothing(
    alice: User, settings: Settings, content: bytes, name: str, message: str
) -> None:
    assert message in refusal(content, name, alice)
    assert not ContentItem.objects.exists()
    assert not MediaFile.objects.exists()
    assert files_below(settings.MEDIA_ROOT) == files_below(settings.THUMBNAILS_DIR) == []


def test_what_no_column_holds_is_refused(alice: User, settings: Settings) -> None:
    with NamedTemporaryFile() as file:
        file.write(picture())
        file.flush()
        offer = Offer(file, Path(file.name), "a.png", alice)
        sent = read_offer(offer)
        absurd = replace(sent, reading=replace(sent.reading, facts=replace(sent.reading.facts, frames=2**40)))
        with pytest.raises(RefusedFileError, match="cannot be kept"), kept(absurd):
            pass
        assert files_below(settings.MEDIA_ROOT) == files_below(settings.THUMBNAILS_DIR) == []
        with kept(sent) as taken:
            assert taken.is_new


def test_a_text_that_is_hidden_in_pixels_is_read_and_no_pixel_decoded_here(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object, **_options: object) -> None:
        raise AssertionError

    monkeypatch.setattr(Image, "open", fail)
    monkeypatch.setattr(ImageFile.ImageFile, "load", fail)
    item = take((GENERATED / "09_forge_stealth.png").read_bytes(), "a.png", alice)
    assert (item.generation.generator, item.is_pictured) == ("a1111", True)


@pytest.mark.parametrize("deaths", [1, 2])
def test_a_file_is_not_taken_without_the_text_in_its_pixels_if_that_could_not_be_read(
    alice: User, deaths: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = (GENERATED / "09_forge_stealth.png").read_bytes()
    with DyingStudio(deaths) as studio:
        monkeypatch.setattr(making, "STUDIO", studio)
        if deaths == 1:
            assert take(content, "a.png", alice).generation.generator == "a1111"
        else:
            assert refusal(content, "a.png", alice) == "The file could not be read at the moment: send it again."
            assert not MediaFile.objects.exists()


def test_a_large_picture_takes_no_memory_of_the_process_that_serves(alice: User) -> None:
    out = BytesIO()
    Image.new("RGB", (4_000, 5_000), (9, 99, 200)).save(out, "WEBP", lossless=True, method=0)
    # From here on the process's peak is counted again.
    Path("/proc/self/clear_refs").write_text("5")
    before = peak_kilobytes()
    assert take(out.getvalue(), "a.webp", alice).is_pictured
    assert peak_kilobytes() - before < 30_000


def peak_kilobytes() -> int:
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1))


@pytest.mark.parametrize("deaths", [1, 2])
def test_a_death_while_a_file_is_prepared_refuses_it_only_if_it_dies_again(
    alice: User, deaths: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = (GENERATED / "01_a1111.png").read_bytes()
    with DyingStudio(deaths) as studio:
        monkeypatch.setattr(uploading, "STUDIO", studio)
        if deaths == 1:
            assert take(content, "a.png", alice).is_pictured
        else:
            assert "was killed by signal 15" in refusal(content, "a.png", alice)


@pytest.mark.django_db(transaction=True)  # what is stored is counted once it is committed
def test_limits_are_settings(alice: User, settings: Settings) -> None:
    settings.MAX_UPLOAD_BYTES = 10
    assert refusal(b"eleven byte", "x.txt", alice) == "The file is larger than 10 bytes."
    settings.UPLOAD_QUOTA_BYTES = 12
    take(b"ten bytes.", "x.txt", alice)
    assert refusal(b"another", "x.txt", alice) == "Your files may take 12 bytes; they take 10."


@pytest.mark.django_db(transaction=True)
def test_what_files_take_is_known_without_a_look_at_each(
    alice: User, settings: Settings, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    settings.UPLOAD_QUOTA_BYTES = 30
    first = take(b"ten bytes.", "x.txt", alice)
    take(b"ten bytes!", "x.txt", alice)
    # One that is known is not counted twice, nor is another's.
    take(b"ten bytes!", "x.txt", alice)
    with django_assert_num_queries(1):
        check_quota(alice, 10)
    assert StoredBytes.objects.get().bytes == 20
    take(b"ten bytes?", "x.txt", alice)
    first.delete()
    assert "they take 30" in refusal(b"ten bytes;", "x.txt", alice)
    # A deletion makes room once the count is a minute old.
    StoredBytes.objects.update(counted_at=timezone.now() - REFUSED_FOR)
    take(b"ten bytes;", "x.txt", alice)
    assert StoredBytes.objects.get().bytes == 30


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Pictures\\x.png", "x.png"),
        ("a\x00b\n.png", "ab.png"),
        ("\u202egnp.exe", "gnp.exe"),
        ("\ud800.png", ".png"),
        ("", ""),
        ("..", ".."),
        ("/", ""),
        ("富士山 🌋 é́.png", "富士山 🌋 é́.png"),
        ("x" * 400, "x" * 255),
    ],
)
def test_names_are_cleaned(name: str, right: str) -> None:
    assert file_name(name) == right


def test_any_name_is_kept_as_a_title(alice: User) -> None:
    names = ["富士山.png", "../../x.png", "🌋.png", "", "\x00", "..", "x" * 400 + ".png", "a\u202eb.png"]
    titles = [take(picture(seed), name, alice).title for seed, name in enumerate(names)]
    assert titles == ["富士山", "x", "🌋", "Untitled", "Untitled", "..", "x" * 255, "ab"]


def test_a_text_is_a_work(alice: User) -> None:
    item = take("Ein Gedicht\r\nüber Ä".encode(), "poem.txt", alice)
    assert (item.content_type, item.data, item.title) == ("text", "Ein Gedicht\nüber Ä", "poem")
