"""How much one file may cost, and the errors that say why a file was refused."""

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """What one file may take; the defaults suit two processes on a machine with 2 GB.

    A decoded picture takes up to 4 bytes a pixel as PNG, less as JPEG, which is decoded at a reduced size, and up to 17
    as WebP and AVIF, whose decoders hold the canvas several times. So a PNG of 100 megapixels fits into `memory_bytes`,
    a WebP of 47; one of 40 megapixels takes some 250 MB as PNG, and 100 MB as JPEG. Copies without
    metadata are decoded whole.
    """

    pixels: int = 100_000_000  # of one frame
    frames: int = 10_000  # of an animation that is stripped or measured
    bytes: int = 4096 * MIB  # of the file
    seconds: float = 60.0  # for one file, in processes of a studio
    memory_bytes: int = 768 * MIB  # beyond an idle process, in processes of a studio


class PictureError(Exception):
    """A file gives no picture. Its text completes "The file ..."."""

    # The module that is not installed and would decode it; empty if none would.
    decoder = ""


class UnsupportedError(PictureError):
    """No decoder of ours takes this format."""


class MissingDecoderError(UnsupportedError):
    """The decoder of this format is not installed."""

    def __init__(self, decoder: str, reason: str) -> None:
        super().__init__(decoder, reason)
        self.decoder = decoder

    def __str__(self) -> str:
        return self.args[1]


class DamagedError(PictureError):
    """The content is not what its format demands."""


class TooLargeError(PictureError):
    """The file has more bytes, pixels or frames than allowed."""


class TooMuchMemoryError(PictureError):
    """Decoding needs more memory than allowed."""


class PassingError(PictureError):
    """The file may not be to blame: the machine was busy or short of memory, or the site was told to end."""


class TooSlowError(PassingError):
    """Work on the file took longer than allowed, and was ended."""


class ProcessDiedError(PassingError):
    """The process that worked on the file was killed or crashed."""


class UnreadableError(PassingError):
    """The file system gave no bytes: a network drive that hiccups, or a file that is gone meanwhile."""
