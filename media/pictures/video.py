"""The poster and the stripped copy of a video, by PyAV; without it videos are refused with that reason."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

from PIL import Image

from media.pictures.frames import Length
from media.pictures.limits import DamagedError, Limits, MissingDecoderError
from media.pictures.opening import check_bytes, check_pixels, errors_named

try:
    import av
except ImportError:  # It has no wheel for every machine.
    av = None

# The demuxer is named, so that a file cannot pass for a playlist that points at others.
FORMATS = {"mp4": "mov", "webm": "matroska"}
# Which muxer writes a copy: MP4 and QuickTime, WebM and Matroska share a demuxer.
MUXERS = {"mp4": "mp4", "webm": "webm"}
KEPT_STREAMS = ("video", "audio")
# What a column of the database holds.
MOST_FRAMES = 2**31 - 1


@dataclass(frozen=True)
class Poster:
    """The first frame of a video, and how long it is."""

    image: Image.Image
    length: Length


@contextmanager
def demuxed(source: BinaryIO, name: str, limits: Limits) -> Iterator["av.container.InputContainer"]:
    """Open a video; FFmpeg gets the open file, so that no name leads it elsewhere.

    Raises a PictureError.
    """
    if av is None:
        raise MissingDecoderError("av", "is a video, and PyAV (pip install av) is not installed")
    with errors_named():
        check_bytes(source, limits)
        with av.open(source, format=FORMATS[name]) as container:
            yield container


def length_of(container: "av.container.InputContainer", stream: "av.VideoStream") -> Length:
    """Return what a video says of its length; an absurd number of frames is none."""
    seconds = container.duration / av.time_base if container.duration else None
    frames = stream.frames if 0 < stream.frames <= MOST_FRAMES else None
    return Length(frames, seconds and round(seconds, 3))


def poster_of(source: BinaryIO, name: str, limits: Limits) -> Poster:
    """Return the first frame of a video, turned as it is shown.

    Raises a PictureError.
    """
    with demuxed(source, name, limits) as container:
        stream = next(iter(container.streams.video), None)
        if stream is None or stream.codec_context is None:
            raise DamagedError("is damaged: it has no video that can be decoded")
        check_pixels(stream.codec_context.width, stream.codec_context.height, limits)
        stream.thread_type, stream.codec_context.thread_count = "NONE", 1
        frame = next(container.decode(stream), None)
        if frame is None:
            raise DamagedError("is damaged: its video has no frame")
        image = frame.to_image()
        image = image.rotate(frame.rotation, expand=True) if frame.rotation else image
        return Poster(image, length_of(container, stream))


def stripped(source: BinaryIO, name: str, limits: Limits) -> bytes:
    """Return a video's pictures and sounds, not encoded again, in a container without tags.

    Raises a PictureError.
    """
    target = BytesIO()
    with demuxed(source, name, limits) as container, av.open(target, "w", format=MUXERS[name]) as output:
        output.flags |= av.container.Flags.bitexact.value  # else it names its writer
        streams = [stream for stream in container.streams if stream.type in KEPT_STREAMS]
        copies = {stream.index: output.add_stream_from_template(stream) for stream in streams}
        for packet in container.demux(streams):
            if packet.dts is not None:
                packet.stream = copies[packet.stream.index]
                output.mux(packet)
    return target.getvalue()
