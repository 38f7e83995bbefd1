"""All that a gallery needs to know of one file, from one decoding."""

from collections.abc import Iterable
from pathlib import Path

from media.pictures.decoding import still_of
from media.pictures.limits import Limits, UnreadableError
from media.pictures.opening import errors_named
from media.pictures.perceptual_hash import perceptual_hash_of
from media.pictures.placeholders import colour_of, thumbhash_of
from media.pictures.prepared import GRID_WIDTHS, Prepared
from media.pictures.thumbnails import encoded, resized


def prepare(path: Path, widths: Iterable[int] = GRID_WIDTHS, limits: Limits = Limits()) -> Prepared:  # noqa: B008
    """Decode a file and make everything that is kept of its picture, thumbnails of the given widths among it.

    Raises a PictureError. Limits of time and memory are not kept here: they are a studio's.
    """
    widths = tuple(widths)
    try:
        source = path.open("rb")
    except OSError as error:
        raise UnreadableError(f"cannot be read: {error.strerror}") from error
    with source, errors_named():
        still = still_of(source, limits, needed=max(widths))
        images = resized(still, widths)
        smallest = images[min(images)]
        return Prepared(
            width=still.width,
            height=still.height,
            thumbhash=thumbhash_of(smallest),
            colour=colour_of(smallest),
            perceptual_hash=perceptual_hash_of(smallest),
            thumbnails={width: encoded(image) for width, image in images.items()},
            duration=still.length.duration,
            frames=still.length.frames,
        )
