"""Posters and copies of videos, with PyAV and without it."""

import struct
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import av
import pytest
from PIL import Image

from media.pictures.decoding import still_of
from media.pictures.limits import DamagedError, Limits, PictureError, TooLargeError
from media.pictures.preparing import prepare
from media.pictures.stripping import strip
from tests.media.pictures.samples import SECRET, mean_difference, photograph, written

CODECS = {"mp4": "mpeg4", "webm": "libvpx", "mov": "mpeg4", "matroska": "libvpx"}
ROOT = Path(__file__).resolve().parents[3]
PICTURE = photograph(128, 192, noise=0)


def video(container: str = "mp4", frames: int = 10, *, rate: int = 10) -> bytes:
    """Return a video of one picture that fades to white, with tags of its container and its stream."""
    target = BytesIO()
    options = {"movflags": "use_metadata_tags"} if container in ("mp4", "mov") else {}
    with av.open(target, "w", format=container, container_options=options) as output:
        output.metadata.update({"prompt": SECRET, "workflow": SECRET, "comment": SECRET})
        stream = output.add_stream(CODECS[container], rate=rate)
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = *PICTURE.size, "yuv420p", 4_000_000
        stream.metadata["title"] = SECRET
        for number in range(frames):
            image = Image.blend(PICTURE, Image.new("RGB", PICTURE.size, "white"), number / frames)
            output.mux(stream.encode(av.VideoFrame.from_image(image)))
        output.mux(stream.encode())
    return target.getvalue()


def decoded(content: bytes) -> list[Image.Image]:
    """Return all frames of a video."""
    with av.open(BytesIO(content)) as container:
        return [frame.to_image() for frame in container.decode(video=0)]


@pytest.mark.parametrize("container", CODECS)
def test_a_poster_is_the_first_frame(container: str, tmp_path: Path) -> None:
    path = written(tmp_path / "a", video(container))
    with path.open("rb") as file:
        assert mean_difference(still_of(file, Limits(), 64).image, PICTURE) < 6
    prepared = prepare(path, [64])
    assert (prepared.width, prepared.height, list(prepared.thumbnails)) == (128, 192, [64])
    assert prepared.duration == pytest.approx(1.0, abs=0.11)
    assert prepared.frames == (10 if container in ("mp4", "mov") else None)


def turned_clockwise(content: bytes) -> bytes:
    """Return an MP4 whose track header wants it shown turned by a quarter, as telephones write it."""
    at = content.index(b"tkhd") + 44
    one, minus_one = 0x10000, 0xFFFF0000
    matrix = struct.pack(">9I", 0, one, 0, minus_one, 0, 0, PICTURE.height << 16, 0, 0x40000000)
    return content[:at] + matrix + content[at + 36 :]


def test_a_video_is_turned_as_its_track_says_and_so_is_its_copy() -> None:
    turned = turned_clockwise(video())
    for content in (turned, strip(BytesIO(turned))):
        poster = still_of(BytesIO(content), Limits())
        assert (poster.width, poster.height) == (192, 128)
        assert mean_difference(poster.image, PICTURE.transpose(Image.Transpose.ROTATE_270)) < 6


@pytest.mark.parametrize("container", CODECS)
def test_a_copy_has_the_same_frames_and_no_tags(container: str) -> None:
    content = video(container)
    assert SECRET.encode() in content
    copy = strip(BytesIO(content))
    assert SECRET.encode() not in copy
    assert [image.tobytes() for image in decoded(copy)] == [image.tobytes() for image in decoded(content)]
    with av.open(BytesIO(copy)) as container_of_copy:
        kept = container_of_copy.metadata.keys() | container_of_copy.streams.video[0].metadata.keys()
    # Matroska demands a writer: it says "Lavf", without a version.
    matroska = {"duration", "encoder"} if container in ("webm", "matroska") else set()
    tags = {"major_brand", "minor_version", "compatible_brands", "language", "handler_name", "vendor_id"}
    assert {key for key in kept if key.lower() not in tags | matroska} == set()


def test_a_copy_keeps_the_sound_and_nothing_else() -> None:
    target = BytesIO()
    with av.open(target, "w", format="mp4") as output:
        pictures, sound = output.add_stream("mpeg4", rate=10), output.add_stream("aac", rate=44_100)
        pictures.width, pictures.height, pictures.pix_fmt = *PICTURE.size, "yuv420p"
        sound.metadata["title"] = SECRET
        for _ in range(5):
            output.mux(pictures.encode(av.VideoFrame.from_image(PICTURE)))
        silence = av.AudioFrame(format="fltp", layout="mono", samples=1_024)
        silence.sample_rate = 44_100
        for plane in silence.planes:
            plane.update(bytes(plane.buffer_size))
        output.mux(sound.encode(silence))
        output.mux(pictures.encode())
        output.mux(sound.encode())
    with av.open(BytesIO(strip(target))) as copy:
        assert [stream.type for stream in copy.streams] == ["video", "audio"]


def test_a_video_of_too_many_pixels_is_refused() -> None:
    with pytest.raises(TooLargeError, match="128 x 192 pixels"):
        still_of(BytesIO(video()), Limits(pixels=10_000))


@pytest.mark.parametrize("content", [video()[:400], b"\0\0\0\x18ftypisom" + bytes(40), b"\x1aE\xdf\xa3" + bytes(40)])
def test_a_damaged_video_is_named(content: bytes) -> None:
    for read in (lambda file: still_of(file, Limits()), strip):
        with pytest.raises(DamagedError, match=r"^is damaged"):
            read(BytesIO(content))


def test_a_video_that_is_cut_off_gives_a_poster_or_a_named_error() -> None:
    content = video("webm")
    for end in range(1, len(content), len(content) // 25):
        for read in (lambda file: still_of(file, Limits()), strip):
            try:
                read(BytesIO(content[:end]))
            except PictureError as error:
                assert str(error)


def test_without_pyav_videos_are_refused_with_the_reason_and_pictures_work(tmp_path: Path) -> None:
    path = written(tmp_path / "a.mp4", video())
    script = (
        "import sys\n"
        "sys.modules['av'] = None  # how Python marks a module that cannot be imported\n"
        "from io import BytesIO\n"
        "from pathlib import Path\n"
        "from media.pictures.limits import UnsupportedError\n"
        "from media.pictures.preparing import prepare\n"
        "from media.pictures.stripping import strip\n"
        "path = Path(sys.argv[1])\n"
        "for call in (lambda: prepare(path), lambda: strip(path.open('rb'))):\n"
        "    try:\n"
        "        call()\n"
        "    except UnsupportedError as error:\n"
        "        print(error)\n"
    )
    command = [sys.executable, "-c", script, str(path)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=True)
    assert run.stdout.splitlines() == ["is a video, and PyAV (pip install av) is not installed"] * 2
