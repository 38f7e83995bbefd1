"""Makers that write no prompt: OpenAI, Firefly, Gemini. They are known by C2PA or by XMP's digital source type.

Nothing here is verified: a claim is read as text, and no seal may be made of it.
"""

from collections.abc import Iterable, Sequence

from media.generation_data.blocks import Block, Carrier, Generation
from media.generation_data.generators.entries import Entries
from media.generation_data.generators.values import as_text, put

VOCABULARY = b"digitalsourcetype/"
GENERATED = ("trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia", "algorithmicMedia")
TERM_LENGTH_MAX = 60
TERMS_MAX = 100
# IPTC's other terms: in a manifest nothing separates a term from what follows, so only known ones are read.
TERMS = (
    *GENERATED,
    *("digitalCapture", "computationalCapture", "multiFrameComputationalCapture", "screenCapture", "virtualRecording"),
    *("negativeFilm", "positiveFilm", "print", "humanEdits", "minorHumanEdits", "digitalArt", "digitalCreation"),
    *(
        "algorithmicallyEnhanced",
        "dataDrivenMedia",
        "composite",
        "compositeCapture",
        "compositeSynthetic",
        "softwareImage",
    ),
)
# Where a claim names software, best first.
SOFTWARE_KEYS = (b"softwareAgent", b"claim_generator_info", b"claim_generator")
CBOR_NAME = b"dname"
C2PA = Carrier.C2PA


def read_provenance(blocks: Sequence[Block], entries: Entries, xmp: dict[str, str]) -> Generation | None:
    """Say who made the picture, and its digital source type. Only a generated type has a generator, "other"."""
    manifests = [block.data for block in blocks if block.carrier is C2PA]
    if not xmp and not manifests:
        return None
    source_type = _short(xmp.get("DigitalSourceType", "")) or _first(_source_type(data) for data in manifests)
    if source_type is None:
        return None
    software = _first(_software(data) for data in manifests)
    for text in (xmp.get("CreatorTool"), xmp.get("Credit"), entries.text("software", "0:0131")):
        software = software or as_text(text)
    is_generated = source_type.lower() in {name.lower() for name in GENERATED}
    generation = Generation(generator="other" if is_generated else None)
    put(generation.more, "digital_source_type", source_type)
    put(generation.more, "software", software)
    return generation


def _first(values: Iterable[str | None]) -> str | None:
    return next((value for value in values if value), None)


def _short(term: str) -> str | None:
    """Return the last part of a term's address."""
    name = term.rstrip("/").rsplit("/", 1)[-1]
    return name if name.isascii() and name.isalpha() and len(name) <= TERM_LENGTH_MAX else None


def _source_type(manifest: bytes) -> str | None:
    """Return the last term of all actions; a generated one wins."""
    terms: list[str] = []
    position = manifest.find(VOCABULARY)
    while position >= 0 and len(terms) < TERMS_MAX:
        position += len(VOCABULARY)
        raw = manifest[position : position + TERM_LENGTH_MAX]
        terms += [max((term for term in TERMS if raw.startswith(term.encode())), key=len, default="")]
        position = manifest.find(VOCABULARY, position)
    generated = [term for term in terms if term in GENERATED]
    return (generated or [term for term in terms if term] or [None])[-1]


def _software(manifest: bytes) -> str | None:
    for key in SOFTWARE_KEYS:
        position = manifest.find(key)
        if position >= 0:
            name = _cbor_name(manifest, position + len(key))
            if name:
                return name
    return None


def _cbor_name(data: bytes, position: int) -> str | None:
    """Read a CBOR text here, or the `name` of a map that begins here."""
    kind = data[position] >> 5 if position < len(data) else None
    if kind == 3:
        return _cbor_text(data, position)
    if kind not in (4, 5):
        return None
    name = data.find(CBOR_NAME, position, position + 200)
    return _cbor_text(data, name + len(CBOR_NAME)) if name >= 0 else None


def _cbor_text(data: bytes, position: int) -> str | None:
    """Read a CBOR text of up to 255 bytes."""
    head = data[position] if position < len(data) else 0
    if head >> 5 != 3:
        return None
    length, start = (head & 31, position + 1) if head & 31 < 24 else (data[position + 1 : position + 2], position + 2)
    if not isinstance(length, int):
        length = length[0] if head & 31 == 24 and length else 0
    return as_text(data[start : start + length].decode("utf-8", "ignore"))
