"""The built-in renderer's work, in a process that may die alone: draws a request and leaves a PNG in its folder."""

from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from content.painting.prompted import STEPS, Request, paint_prompt
from content.painting.recomposing import enlarged, recomposed
from generation.backends import PREVIEW_BYTES
from generation.backends.drawing_request import (
    LARGEST_SIDE,
    PICTURE,
    PREVIEW,
    PROGRESS,
    SMALLEST_SIDE,
    STOP,
    DrawingRequest,
    SourceError,
    StoppedError,
    StorageError,
)
from media.generation_data.blocks import Generation, ModelUse
from media.generation_data.writing import png_texts
from media.pictures.decoding import still_of
from media.pictures.limits import Limits, PictureError

MODEL = "Genonaut built-in"
# Shares of the work: the picture to start from, then painting; the file is the rest.
OPENED, PAINTED = 0.05, 0.85
PREVIEW_SIDE, PREVIEW_QUALITY, PREVIEW_SECONDS = 320, 72, 0.15
# Of PNG: level 6 takes three times as long as 2 for a fifth fewer bytes.
COMPRESSION = 2


@dataclass
class Journal:
    """The files by which the drawing process reports to the worker's, and learns that it is to stop."""

    folder: Path
    previewed_at: float = 0.0

    def note(self, share: float) -> None:
        """Write how much is done.

        Raises StoppedError.
        """
        if (self.folder / STOP).exists():
            raise StoppedError("The drawing was cancelled.")
        (self.folder / PROGRESS).write_text(f"{share:.4f}")

    def watch(self, share: float, canvas: Image.Image) -> None:
        """Note a layer that is painted, with a preview from time to time."""
        self.note(OPENED + (PAINTED - OPENED) * share)
        if monotonic() - self.previewed_at > PREVIEW_SECONDS:
            self._preview(canvas)
            self.previewed_at = monotonic()

    def _preview(self, canvas: Image.Image) -> None:
        small, part = canvas.copy(), self.folder / f"{PREVIEW}.part"
        small.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE), Image.Resampling.BILINEAR)
        small.save(part, "JPEG", quality=PREVIEW_QUALITY)
        if part.stat().st_size <= PREVIEW_BYTES:
            part.rename(self.folder / PREVIEW)


def draw(request: DrawingRequest, limits: Limits) -> None:
    """Draw a request; its picture appears in the folder when it is whole.

    Raises StoppedError, SourceError and StorageError.
    """
    try:
        _draw(request, limits, Journal(request.folder))
    except OSError as error:
        raise StorageError("The server has no room for the picture, or cannot write it.") from error


def _draw(request: DrawingRequest, limits: Limits, journal: Journal) -> None:
    journal.note(0.0)
    canvas = _canvas(request, limits, journal)
    journal.note(PAINTED)
    part = request.folder / f"{PICTURE}.part"
    canvas.save(part, "PNG", pnginfo=_texts(request, canvas.size), compress_level=COMPRESSION)
    journal.note(1.0)
    part.rename(request.folder / PICTURE)


def _canvas(request: DrawingRequest, limits: Limits, journal: Journal) -> Image.Image:
    if request.picture is None:
        return paint_prompt(_asked(request, request.width, request.height), journal.watch)
    source = _source(request.picture, limits)
    journal.note(OPENED)
    if request.upscale > 1:
        return _larger(source, request.upscale)
    asked = _asked(request, *_size_like(request, source))
    return recomposed(source, asked, request.denoise, journal.watch)


def _asked(request: DrawingRequest, width: int, height: int) -> Request:
    return Request(request.prompt, request.negative_prompt, request.seed, width, height, request.steps, request.cfg)


def _source(path: Path, limits: Limits) -> Image.Image:
    """Return the picture to start from.

    Raises SourceError.
    """
    try:
        with path.open("rb") as file:
            return still_of(file, limits).image
    except OSError as error:
        raise SourceError("The picture to start from cannot be read.") from error
    except PictureError as error:
        raise SourceError(f"The picture to start from {error}.") from error


def _larger(source: Image.Image, times: int) -> Image.Image:
    if max(source.size) > LARGEST_SIDE:
        size = f"{source.width:,} x {source.height:,}"
        raise SourceError(f"The picture has {size} pixels; at most {LARGEST_SIDE:,} a side can be made larger.")
    return enlarged(source, times)


def _size_like(request: DrawingRequest, source: Image.Image) -> tuple[int, int]:
    """Return the size of the new picture: a side that was not asked for follows from the source's shape."""
    if request.width and request.height:
        return request.width, request.height
    if request.width or request.height:
        scale = request.width / source.width if request.width else request.height / source.height
    else:
        scale = min(1.0, LARGEST_SIDE / max(source.size))
    width, height = (
        asked or min(max(round(side * scale), SMALLEST_SIDE), LARGEST_SIDE)
        for asked, side in zip((request.width, request.height), source.size, strict=True)
    )
    return width, height


def _texts(request: DrawingRequest, size: tuple[int, int]) -> PngInfo:
    texts = PngInfo()
    for keyword, text in png_texts(_generation(request, size), STEPS).items():
        texts.add_itxt(keyword, text)
    return texts


def _generation(request: DrawingRequest, size: tuple[int, int]) -> Generation:
    more: dict[str, object] = {"size": {"width": size[0], "height": size[1]}}
    if request.upscale > 1:
        more["upscale"] = request.upscale
    elif request.picture is not None:
        more["denoising_strength"] = request.denoise
    return Generation(
        prompt=request.prompt,
        negative_prompt=request.negative_prompt,
        model=ModelUse(MODEL),
        steps=request.steps,
        cfg=request.cfg,
        seed=request.seed,
        more=more,
    )
