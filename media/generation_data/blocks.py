"""What carriers find in a file and generators read: blocks of metadata, and what they say."""

from dataclasses import dataclass, field
from enum import StrEnum

from media.generation_data.texts import text_of


class Carrier(StrEnum):
    """Where in a file a block lies. Kept in the database: a value is never renamed."""

    PNG_TEXT = "png-text"  # tEXt, zTXt and iTXt, before and after the pixels; the key is the keyword
    PNG_COMF = "png-comf"  # ComfyUI's chunk of animated PNGs; the key is what stands before its NUL
    EXIF = "exif"  # the key is IFD and tag: "0:010f", "exif:9286"
    XMP = "xmp"  # a whole packet; the key is empty
    COMMENT = "comment"  # of a JPEG or GIF; the key is empty
    TAG = "tag"  # of a container or a stream (MP4, WebM, FLAC, MP3, Ogg); the key is in lower case
    SVG = "svg"  # the content of <metadata>; the key is empty
    STEALTH = "stealth"  # the lowest bits of pixels; the key is the signature
    SIDECAR = "sidecar"  # a file beside this one; the key is its suffix: ".txt", ".json"
    C2PA = "c2pa"  # a manifest store; the key is empty


@dataclass(slots=True, unsafe_hash=True)
class Block:
    """One piece of metadata: its bytes as the file holds them, unpacked if they were compressed.

    Never changed. It is not declared frozen: such an object takes four times as long to make.
    """

    carrier: Carrier
    key: str
    data: bytes

    @property
    def text(self) -> str | None:
        """The block as text, without NUL and lone surrogates; None if it is none in any encoding that is known.

        Decoded each time.
        """
        return text_of(self)


@dataclass(slots=True, unsafe_hash=True)
class Facts:
    """What a file is: `format` by its content, never by its name; sizes in pixels, None where there are none.

    Never changed, as blocks are.
    """

    format: str  # png, apng, jpeg, webp, avif, heif, gif, svg, mp4, webm, mkv, mov, flac, mp3, opus, ogg, wav, text
    mime: str
    width: int | None = None
    height: int | None = None
    duration: float | None = None  # seconds
    frames: int | None = None
    blocks: tuple[Block, ...] = ()
    # What was passed over: a chunk that is cut off, text beyond a limit. Short English sentences.
    warnings: tuple[str, ...] = ()


@dataclass
class ModelUse:
    """A model, or a LoRA with its weight, as a generator names it: without folder and file ending."""

    name: str
    hash: str | None = None
    weight: float | None = None


@dataclass
class Generation:
    """What a generator wrote about one picture. What is not known is None, never a guess."""

    generator: str | None = None
    prompt: str | None = None
    negative_prompt: str | None = None
    model: ModelUse | None = None
    loras: list[ModelUse] = field(default_factory=list)
    sampler: str | None = None
    scheduler: str | None = None
    steps: int | None = None
    cfg: float | None = None
    seed: int | None = None  # 0 to 2^64 - 1
    has_workflow: bool = False
    # Everything else that was said, JSON values by key; other samplers of a graph under "samplers".
    more: dict[str, object] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """What describes the picture: the prompt and those of its characters, else a caption that lies beside it;
        empty if nothing does."""
        return with_characters(self.prompt, self.more.get("characters")) or str(self.more.get("caption") or "")


def with_characters(prompt: str | None, characters: object) -> str:
    """Return a prompt with those of its characters, which NovelAI keeps apart (`more["characters"]`), a line each."""
    texts = characters if isinstance(characters, list) else []
    return "\n".join(text for text in (prompt, *texts) if isinstance(text, str) and text)
